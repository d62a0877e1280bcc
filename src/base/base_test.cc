#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <set>

#include "base/clock.h"
#include "base/diagnostics.h"
#include "base/digest.h"
#include "base/fd.h"
#include "base/ids.h"
#include "base/json.h"
#include "base/text.h"

namespace davit {
namespace {

TEST(Diagnostics, NamesLineColumnAndSuggestion) {
  SourceMap map;
  map.AddFile("first.yaml", "x: 1\n");
  const uint32_t file = map.AddFile("stack.yaml", "a: 1\n日本: zz\nlast");
  const Location place = map.Locate(map.At(file, 13));  // the z after the two wide characters
  EXPECT_EQ(place.file, "stack.yaml");
  EXPECT_EQ(place.line, 2u);
  EXPECT_EQ(place.column, 5u);
  Diagnostics diagnostics;
  diagnostics.AddError("wrong", map.At(file, 13), "try y");
  EXPECT_EQ(RenderDiagnostic(map, diagnostics.list()[0], false),
            "error: wrong\n --> stack.yaml:2:5\n 2 | 日本: zz\n   |     ^\n  help: try y\n");
  EXPECT_EQ(map.Locate(map.At(file, 1000)).line, 3u);
  EXPECT_EQ(map.Locate(Pos{}).file, "");
}

TEST(Diagnostics, SuggestsOnlyWhatIsNear) {
  EXPECT_EQ(DidYouMean("depend", {"depends", "requires"}), "did you mean 'depends'?");
  EXPECT_EQ(DidYouMean("zzz", {"depends", "requires"}), "");
}

TEST(Ids, SortInTheOrderTheyAreMadeAlsoWhenTheClockGoesBack) {
  struct Back : Clock {
    mutable int64_t now = 1000000;
    int64_t WallMs() const override { return now -= 5; }
    int64_t MonotonicMs() const override { return 0; }
  } clock;
  SystemIdSource ids(clock);
  std::string last;
  for (int i = 0; i < 1000; ++i) {
    const std::string id = ids.NewUlid();
    EXPECT_EQ(id.size(), 26u);
    EXPECT_LT(last, id);
    last = id;
  }
}

TEST(Digest, PiecesAreSeparated) {
  EXPECT_NE(Digester().Add("ab").Add("c").Finish(), Digester().Add("a").Add("bc").Finish());
  EXPECT_NE(DigestOf("x"), KeyedDigestOf("0123456789abcdef", "x"));
  EXPECT_EQ(ToBase64("hello"), "aGVsbG8=");
}

TEST(Files, AtomicWriteReplacesAndLeavesNothingBehind) {
  char name[] = "/tmp/davit-base-XXXXXX";
  const Path directory = ::mkdtemp(name);
  ASSERT_TRUE(MakeDirectories(directory / "a/b"));
  ASSERT_TRUE(WriteFileAtomic(directory / "a/b/f", "one"));
  ASSERT_TRUE(WriteFileAtomic(directory / "a/b/f", "two"));
  EXPECT_EQ(ReadFile(directory / "a/b/f").value(), "two");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(directory / "a/b"), {}), 1);
  EXPECT_EQ(ReadFile(directory / "none").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(ReadFile(directory / "a/b/f", 2).error().code, ErrorCode::kExhausted);
  EXPECT_FALSE(ReadFile(directory / "a"));
  EXPECT_FALSE(MakeDirectories(directory / "a/b/f/x"));
  std::filesystem::remove_all(directory);
}

TEST(Json, CanonicalIsTheSameForEqualValues) {
  EXPECT_EQ(CanonicalJson(json::parse(R"({"b":1,"a":[1,2.0,{"z":null,"y":"é"}]})")),
            R"({"a":[1,2,{"y":"é","z":null}],"b":1})");
  EXPECT_EQ(ParseJson("{\"a\":").error().code, ErrorCode::kInvalidInput);
  EXPECT_FALSE(ParseJson(std::string(1000, '[')));
}

TEST(Text, InvalidBytesAndControlsDoNotReachATerminal) {
  EXPECT_EQ(ValidUtf8("a\xFFz\xC3\xA9\xE2\x82"), "a\xEF\xBF\xBDz\xC3\xA9\xEF\xBF\xBD\xEF\xBF\xBD");
  EXPECT_EQ(StripControls("\033[31mred\033[0m\a \033]0;title\007x"), "red x");
  EXPECT_EQ(Split("a,,b", ',').size(), 3u);
  EXPECT_EQ(Trim("  a b\n"), "a b");
  EXPECT_EQ(FormatDuration(12340), "12.3s");
  EXPECT_EQ(FormatDuration(185000), "3m05s");
}

TEST(Digest, Sha256IsThatOfOthers) {
  EXPECT_EQ(Sha256Of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace davit
