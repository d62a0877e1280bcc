// The preview as text, Markdown and JSON.
#include "cli/plan_view.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/text.h"

namespace davit::cli {
namespace {

using control::JobOverview;
using Kind = JobOverview::Kind;
using Grade = JobOverview::Grade;

const Style kPlain;

std::string Joined(const std::vector<std::string>& lines) {
  return Join(lines, "\n") + "\n";
}

JobOverview Job(std::string name, Kind kind, std::vector<std::string> because = {}) {
  JobOverview job;
  job.component = std::move(name);
  job.kind = kind;
  job.because = std::move(because);
  job.driver = "script";
  return job;
}

Value Known(json::value data) {
  return {std::move(data), false, false};
}

/// A changed database: a replacement, an update with a secret, an output that others use.
JobOverview Database() {
  JobOverview job = Job("db", Kind::kChanged, {"input size"});
  job.driver = "terraform";
  job.grade = Grade::kFirm;
  job.planned = true;
  job.changes = R"({"v":1,"create":1,"update":1,"replace":1,"delete":0})";
  PlannedChanges changes;
  changes.resources = {{"db.disk",
                        "",
                        "replace",
                        "",
                        "",
                        false,
                        {{"id", Known("d-1"), {nullptr, false, true}, false}, {"size", Known(10), Known(20), true}}},
                       {"db.new", "", "create", "", "", false, {{"name", Known(nullptr), Known("n"), false}}},
                       {"db.user",
                        "db.person",
                        "update",
                        "",
                        "",
                        false,
                        {{"password", {"a", true, false}, {"b", true, false}, false},
                         {"text", Known("one\ntwo\nthree\n"), Known("one\n2\nthree\n"), false}}}};
  changes.outputs = {{"host", "update", Known("h1"), {nullptr, false, true}}};
  job.detail = std::make_shared<const PlannedChanges>(std::move(changes));
  job.touches["host"] = {"api", "web"};
  return job;
}

TEST(PlanView, RemovedFirstUnchangedCounted) {
  const std::vector<JobOverview> overview = {Job("network", Kind::kNew), Job("api", Kind::kChanged, {"input size"}),
                                             Job("web", Kind::kUnchanged),
                                             Job("old", Kind::kRemoved, {"it left the manifest"})};
  EXPECT_EQ(Joined(RenderPlan(overview, "local/default/default/shop", kPlain, 80, false)),
            "local/default/default/shop\n"
            "\n"
            "  - old       removed: it left the manifest\n"
            "  + network   new\n"
            "  ~ api       changed: input size; would run deploy\n"
            "\n"
            "  1 to remove, 1 new, 1 changed, 1 unchanged\n");
  EXPECT_TRUE(HasWork(overview));
  EXPECT_TRUE(HasChanges(overview));
  EXPECT_FALSE(HasWork({Job("web", Kind::kUnchanged), Job("dns", Kind::kExcluded)}));
  EXPECT_EQ(RenderPlan({Job("web", Kind::kUnchanged)}, "d", kPlain, 80, false).back(), "  No changes: 1 unchanged");
}

TEST(PlanView, NamesWhatIsReplacedAndWhy) {
  EXPECT_EQ(Joined(RenderPlan({Database()}, "d", kPlain, 80, false)),
            "d\n"
            "\n"
            "  ~ db        changed: input size; will create 1, change 1, replace 1\n"
            "      -/+ db.disk is replaced: forced by `size`\n"
            "            id: \"d-1\" -> (known after apply)\n"
            "            size: 10 -> 20  (forces replacement)\n"
            "        ~ db.user (moved from db.person)\n"
            "            password: (sensitive), changes\n"
            "            text: \"one\\ntwo\\nthree\\n\" -> \"one\\n2\\nthree\\n\"\n"
            "        output host: \"h1\" -> (known after apply)  (used by api, web)\n"
            "\n"
            "  1 changed\n"
            "  `davit plan --full` shows all of it\n");
}

TEST(PlanView, CutsAndSaysWhereTheRestIs) {
  JobOverview job = Database();
  PlannedChanges changes = *job.detail;
  changes.resources[0].attributes.resize(12, {"z", Known(1), Known(2), false});
  changes.resources[2].attributes[1].after = Known(json::string(300, 'q'));
  job.detail = std::make_shared<const PlannedChanges>(changes);
  const std::vector<std::string> lines = RenderPlan({job}, "d", kPlain, 80, false);
  for (const std::string& line : lines) EXPECT_LE(Width(line), 80) << line;
  EXPECT_NE(Joined(lines).find("and 6 more attributes"), std::string::npos);
  EXPECT_EQ(lines.back(), "  `davit plan --full` shows all of it");
  const std::string full = Joined(RenderPlan({job}, "d", kPlain, 80, true));
  EXPECT_EQ(std::count(full.begin(), full.end(), 'q'), 300);
  EXPECT_NE(full.find("+ db.new\n            name: \"n\"\n"), std::string::npos);
  EXPECT_EQ(full.find("davit plan --full"), std::string::npos);
}

TEST(PlanView, WhatIsSaidOfAValueIsNeverCut) {
  JobOverview job = Database();
  PlannedChanges changes = *job.detail;
  changes.resources[0].attributes[1].before = Known(json::string(std::string(40, 'a') + "  " + std::string(30, 'b')));
  changes.outputs[0].before = Known(json::string(90, 'c'));
  changes.outputs.push_back({"key", "update", {"a", true, false}, {"b", true, false}});
  changes.outputs.push_back({"token", "update", {"a", true, false}, {nullptr, true, true}});
  job.detail = std::make_shared<const PlannedChanges>(changes);
  job.touches["host"] = {"application", "administration", "background-workers", "website", "reports"};
  const std::string shown = Joined(RenderPlan({job}, "d", kPlain, 80, false));
  EXPECT_NE(shown.find("            size: \"" + std::string(40, 'a') + "  " + std::string(18, 'b') +
                       "~\n"
                       "                -> 20  (forces replacement)\n"),
            std::string::npos)
      << shown;
  EXPECT_NE(shown.find("        output host: \"" + std::string(57, 'c') +
                       "~\n"
                       "            -> (known after apply)\n"
                       "            (used by application, administration, background-workers, website,\n"
                       "            reports)\n"),
            std::string::npos)
      << shown;
  EXPECT_NE(shown.find("        output key: (sensitive), changes\n"), std::string::npos) << shown;
  EXPECT_NE(shown.find("        output token: (sensitive) -> (known after apply)\n"), std::string::npos) << shown;
  const std::string full = Joined(RenderPlan({job}, "d", kPlain, 80, true));
  EXPECT_NE(full.find("            size: \"" + std::string(40, 'a') +
                      "\n"
                      "                " +
                      std::string(30, 'b') +
                      "\"\n"
                      "                -> 20  (forces replacement)\n"),
            std::string::npos)
      << full;
}

TEST(PlanView, ShowsTextsOfSeveralLinesByLine) {
  const std::string full = Joined(RenderPlan({Database()}, "d", kPlain, 80, true));
  EXPECT_NE(full.find("            text:\n"
                      "                (1 line as before)\n"
                      "              - two\n"
                      "              + 2\n"
                      "                (2 lines as before)\n"),
            std::string::npos)
      << full;
}

TEST(PlanView, SaysWhatIsProvisionalAndWhatIsDeferredAndWhatAYesCovers) {
  JobOverview api = Job("api", Kind::kMayChange, {"uses outputs of db"});
  api.driver = "terraform";
  api.grade = Grade::kProvisional;
  api.producers = {"db"};
  api.planned = true;
  api.changes = R"({"v":1,"create":0,"update":1,"replace":0,"delete":0})";
  JobOverview dns = Job("dns", Kind::kNew);
  dns.driver = "terraform";
  dns.grade = Grade::kDeferred;
  dns.reason = "input ip is the output ip of lb, which is not known before lb is there";
  EXPECT_EQ(Joined(RenderPlan({api, dns}, "d", kPlain, 80, false)),
            "d\n"
            "\n"
            "  ? api       will change 1; provisional: uses planned outputs of db\n"
            "  + dns       new; deferred: input ip is the output ip of lb, which is not known\n"
            "              before lb is there\n"
            "\n"
            "  A yes covers what is shown. A new component that is deferred may only create.\n"
            "  What is planned again later and comes out different is asked about again.\n"
            "\n"
            "  1 new, 1 may change\n");
}

TEST(PlanView, WhatIsHeldShowsOnlyTheDifference) {
  JobOverview db = Database();
  db.held = true;
  db.reason = "what is planned now is not what was shown";
  db.gone = {"db.old"};
  JobOverview other = Job("web", Kind::kNew);
  const std::string shown = Joined(RenderHeld({db, other}, kPlain, 80));
  EXPECT_NE(shown.find("  ? db        what is planned now is not what was shown; it will create 1,\n"
                       "              change 1, replace 1\n"),
            std::string::npos)
      << shown;
  EXPECT_NE(shown.find("          db.old was to change, and does not any more\n"), std::string::npos);
  EXPECT_EQ(shown.find("web: "), std::string::npos);
}

TEST(PlanView, CountedResourcesWhereNobodyLooked) {
  JobOverview db = Job("db", Kind::kChanged, {"input size"});
  db.driver = "terraform";
  db.planned = true;
  db.changes = R"({"v":1,"create":0,"update":21,"replace":1,"delete":1})";
  db.resources = {{"db.disk", "replace"}, {"db.old", "delete"}};
  db.resources.resize(23, {"db.user", "update"});
  const std::string shown = Joined(RenderPlan({db}, "d", kPlain, 80, false));
  EXPECT_EQ(shown.substr(0, shown.find("db.old")),
            "d\n"
            "\n"
            "  ~ db        changed: input size; will change 21, replace 1, destroy 1\n"
            "      -/+ db.disk is replaced\n"
            "        - ");
  EXPECT_NE(shown.find("and 3 more\n"), std::string::npos);
}

TEST(PlanMarkdown, MasksAndEscapes) {
  JobOverview db = Database();
  db.component = "d|b";
  const std::string text = RenderPlanMarkdown({db, Job("web", Kind::kUnchanged)}, "shop");
  EXPECT_EQ(text,
            "## Plan of shop\n\n1 changed, 1 unchanged.\n\n"
            "| component | plan | create | change | replace | destroy |\n|---|---|---|---|---|---|\n"
            "| d\\|b | firm | 1 | 1 | 1 | 0 |\n"
            "\n<details><summary>d\\|b</summary>\n\ninput size\n\n"
            "```diff\n"
            "- db.disk (replace): forced by `size`\n"
            "-     id = \"d-1\"\n+     id = (known after apply)\n"
            "-     size = 10\n+     size = 20\n"
            "+ db.new (create)\n+     name = \"n\"\n"
            "! db.user (update)\n    moved from db.person\n"
            "-     password = (sensitive)\n+     password = (sensitive)\n"
            "-     text = \"one\\ntwo\\nthree\\n\"\n+     text = \"one\\n2\\nthree\\n\"\n"
            "- output host = \"h1\"\n+ output host = (known after apply)  (used by api, web)\n"
            "```\n\n</details>\n");
  EXPECT_EQ(RenderPlanMarkdown({Job("web", Kind::kUnchanged)}, "shop"),
            "## Plan of shop\n\nNo changes: 1 unchanged.\n");
}

TEST(PlanMarkdown, SaysOfScriptsThatTheyRun) {
  JobOverview queue = Job("queue", Kind::kNew);
  queue.grade = Grade::kFirm;
  JobOverview mail = Job("mail", Kind::kMayChange);
  mail.grade = Grade::kProvisional;
  mail.producers = {"net"};
  const std::string text = RenderPlanMarkdown({queue, mail}, "shop");
  EXPECT_NE(text.find("| queue | runs deploy | 0 | 0 | 0 | 0 |\n"
                      "| mail | runs deploy; provisional (net) | 0 | 0 | 0 | 0 |\n"),
            std::string::npos)
      << text;
}

TEST(PlanJson, HasASchemaAndNoSecrets) {
  const json::object plan = PlanJson({Database(), Job("web", Kind::kUnchanged)}, "shop");
  EXPECT_EQ(plan.at("v"), 1);
  EXPECT_EQ(plan.at("changes"), true);
  EXPECT_EQ(json::serialize(plan.at("summary")),
            R"({"create":1,"update":1,"replace":1,"delete":0,"unchanged":1,"provisional":0,"deferred":0})");
  const json::object& db = plan.at("components").as_array()[0].as_object();
  EXPECT_EQ(db.at("grade"), "firm");
  const json::object& planned = db.at("plan").as_object();
  EXPECT_EQ(
      json::serialize(planned.at("resources").as_array()[2]),
      R"({"address":"db.user","action":"update","attributes":[{"path":"password","before":{"sensitive":true},)"
      R"("after":{"sensitive":true}},{"path":"text","before":{"value":"one\ntwo\nthree\n"},"after":{"value":"one\n2\nthree\n"}}],)"
      R"("previous_address":"db.person"})");
  EXPECT_EQ(
      json::serialize(planned.at("outputs").as_array()[0]),
      R"({"name":"host","action":"update","before":{"value":"h1"},"after":{"unknown":true},"used_by":["api","web"]})");
}

}  // namespace
}  // namespace davit::cli
