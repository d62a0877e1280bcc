#include "cli/affected_view.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace davit::cli {
namespace {

using control::AffectedCause;
using Kind = AffectedCause::Kind;

TEST(RevisionRange, IsReadAsGitReadsIt) {
  const auto read = [](const std::string& text) {
    const Result<RevisionRange> range = ParseRevisionRange(text);
    return range ? range->base + " " + range->head : range.error().suggestion;
  };
  EXPECT_EQ(read("main..HEAD"), "main HEAD");
  EXPECT_EQ(read("v1.0..origin/main~2"), "v1.0 origin/main~2");
  EXPECT_EQ(read("main.."), "main ");
  EXPECT_EQ(read("main"), "main ");
  const std::string usage = "write BASE..HEAD, or BASE.. to compare with the files as they are";
  for (const char* text : {"", "..", "..HEAD", "...", "...HEAD", "-x", "-x..HEAD", "HEAD..-x", "a..b..c", "a..b.."})
    EXPECT_EQ(read(text), usage) << text;
  EXPECT_NE(read("main...topic").find("\"$(git merge-base main topic)..topic\""), std::string::npos);
  EXPECT_NE(read("main...").find("\"$(git merge-base main HEAD)..HEAD\""), std::string::npos);
}

control::AffectedView View() {
  control::AffectedView view;
  view.stack = "shop";
  view.components = 4;
  view.base_commit = "b0";
  view.affected.push_back({"old", "removed", {}});
  view.affected.push_back({"db",
                           "changed",
                           {{Kind::kFile, "db/main.tf", "changed"},
                            {Kind::kFile, "db/new.tf", "added"},
                            {Kind::kInput, "size", "changed", {"size", "tier"}},
                            {Kind::kInput, "mode", "removed"},
                            {Kind::kOutput, "url", "changed", {"domain"}},
                            {Kind::kKey, "depends", "changed"},
                            {Kind::kCapabilities, "", "changed"},
                            {Kind::kProducer, "id", "", {}, "net"}}});
  return view;
}

TEST(AffectedText, NamesEachCause) {
  EXPECT_EQ(Join(RenderAffected(View(), {"main", ""}, {}, false), "\n"),
            "shop: 2 of 5 components differ between main and the files as they are\n"
            "  - old: removed\n"
            "  ~ db: changed\n"
            "      file db/main.tf\n"
            "      file db/new.tf (added)\n"
            "      input size, from parameters size, tier\n"
            "      input mode (removed)\n"
            "      output url, from parameter domain\n"
            "      key depends\n"
            "      what is provided to it\n"
            "      uses output id of net");
}

TEST(AffectedText, CutsManyFilesUnlessAllAreWanted) {
  control::AffectedView view = View();
  view.affected = {{"db", "changed", {}}};
  for (int i = 0; i < 7; ++i) view.affected[0].because.push_back({Kind::kFile, std::to_string(i), "changed"});
  const std::string cut = Join(RenderAffected(view, {"a", "b"}, {}, false), "\n");
  EXPECT_NE(cut.find("file 4\n      2 more files (--full shows all)"), std::string::npos) << cut;
  EXPECT_EQ(cut.find("file 5"), std::string::npos) << cut;
  view.affected[0].because.push_back({Kind::kKey, "depends", "changed"});
  EXPECT_NE(Join(RenderAffected(view, {"a", "b"}, {}, false), "\n").find("shows all)\n      key depends"),
            std::string::npos);
  const std::string all = Join(RenderAffected(view, {"a", "b"}, {}, true), "\n");
  EXPECT_NE(all.find("file 6\n      key depends"), std::string::npos) << all;
}

TEST(AffectedText, SaysThatNothingDiffers) {
  control::AffectedView view = View();
  view.affected.clear();
  EXPECT_EQ(Join(RenderAffected(view, {"a", "b"}, {}, false), "\n"),
            "shop: nothing differs between a and b (4 components)");
}

TEST(AffectedJson, HasNamesAndNoValue) {
  const json::object answer = AffectedJson(View(), {"main", ""});
  EXPECT_EQ(json::serialize(answer),
            R"({"v":1,"stack":"shop","base":{"revision":"main","commit":"b0"},"head":null,"total":4,"components":[)"
            R"({"component":"old","action":"removed","because":[]},)"
            R"({"component":"db","action":"changed","because":[)"
            R"({"kind":"file","name":"db/main.tf","change":"changed"},)"
            R"({"kind":"file","name":"db/new.tf","change":"added"},)"
            R"({"kind":"input","name":"size","change":"changed","parameters":["size","tier"]},)"
            R"({"kind":"input","name":"mode","change":"removed"},)"
            R"({"kind":"output","name":"url","change":"changed","parameters":["domain"]},)"
            R"({"kind":"key","name":"depends","change":"changed"},)"
            R"({"kind":"capabilities","change":"changed"},)"
            R"({"kind":"producer","name":"id","producer":"net"}]}]})");
}

}  // namespace
}  // namespace davit::cli
