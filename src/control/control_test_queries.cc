// What people see: runs, status, outputs.
#include <algorithm>

#include "base/text.h"
#include "control/control_test.h"

namespace davit::control {
namespace {

using Names = std::vector<std::string>;

using QueriesTest = ShopTest;

// ---- Runs -------------------------------------------------------------------------------------------------------------------------

TEST_F(QueriesTest, NamesOfRuns) {
  EXPECT_EQ(client().ResolveRun("last").error().code, ErrorCode::kNotFound);
  EXPECT_EQ(client().ResolveRun("01").error().code, ErrorCode::kNotFound);
  Up();
  const RunId first = last_;
  clock_.now_ms += 3'600'000;
  Up();
  const RunId second = last_;
  EXPECT_EQ(client().ResolveRun("last").value(), second);
  EXPECT_EQ(client().ResolveRun(first.text).value(), first);
  EXPECT_EQ(client().ResolveRun(" " + first.text.substr(4) + "\n").value(), first);
  std::string upper = first.text.substr(4);
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  EXPECT_EQ(client().ResolveRun(upper).value(), first);
  const auto [a, b] = std::mismatch(first.text.begin(), first.text.end(), second.text.begin());
  const size_t same = static_cast<size_t>(a - first.text.begin());
  EXPECT_EQ(client().ResolveRun(second.text.substr(0, same + 1)).value(), second);
  EXPECT_EQ(client().ResolveRun(first.text.substr(4, same - 3)).value(), first);
  for (const std::string& shared : {first.text.substr(0, same), first.text.substr(4, same - 4), std::string("run_")}) {
    const Error several = client().ResolveRun(shared).error();
    EXPECT_EQ(several.code, ErrorCode::kInvalidInput) << shared;
    EXPECT_NE(several.message.find(first.text + ", " + second.text), std::string::npos) << several.message;
  }
  EXPECT_EQ(client().ResolveRun("nonsense").error().code, ErrorCode::kNotFound);
  for (const char* wrong : {"", " ", "run_%", "a b", "run_\xff", "~", "-1"}) {
    EXPECT_EQ(client().ResolveRun(wrong).error().code, ErrorCode::kInvalidInput) << wrong;
  }
}

TEST_F(QueriesTest, ListsOfRuns) {
  EXPECT_TRUE(client().ListRuns({}, false, 10)->empty());
  Up();
  const RunId first = last_;
  const SubmitRequest request = [&] {
    WriteShop("4");
    SubmitRequest made = DeployRequest();
    made.message = "bigger";
    return made;
  }();
  const RunId second = Submit(request);
  std::vector<RunView> runs = client().ListRuns({}, false, 10).value();
  ASSERT_EQ(runs.size(), 2u);
  EXPECT_EQ(runs[0].run.id, second);
  EXPECT_EQ(runs[0].run.message, "bigger");
  EXPECT_EQ(runs[0].run.principal, "tester@here");
  EXPECT_EQ(runs[0].deployment, "local/default/default/shop");
  EXPECT_EQ(runs[1].run.id, first);
  EXPECT_EQ(client().ListRuns({}, true, 10)->size(), 1u);
  EXPECT_EQ(client().ListRuns({}, false, 1)->size(), 1u);
  DeploymentSelector selector;
  selector.name = "shopp";
  EXPECT_EQ(client().ListRuns(selector, false, 10).error().suggestion, "did you mean 'shop'?");
  selector.name = "shop";
  EXPECT_EQ(client().ListRuns(selector, false, 10)->size(), 2u);
}

TEST_F(QueriesTest, ARunWhoseDavitIsGoneSaysSo) {
  const RunId run = Submit(DeployRequest());
  EXPECT_EQ(Show(run).waits_for, "");
  davit_.reset();
  davit_ = Open(/*reads=*/true);
  EXPECT_NE(Show(run).waits_for.find("is gone"), std::string::npos);
  EXPECT_EQ(client().ListRuns({}, true, 10)->at(0).waits_for, Show(run).waits_for);
}

TEST_F(QueriesTest, ARunShowsWhatEachComponentWaitsFor) {
  SubmitRequest request = DeployRequest();
  request.gate = true;
  const RunId run = Submit(request);
  EXPECT_EQ(Show(run).waits_for, "waits for a person to say yes or no: `davit run approve " + run.text + "`");
  EXPECT_EQ(Job(run, "db").waits_for, "waits for the answer to the preview");
  ASSERT_TRUE(client().Answered(run, {}));
  EXPECT_EQ(Job(run, "db").waits_for, "ready, waits for a free slot");
  EXPECT_EQ(Job(run, "api").waits_for, "waits for db");
  EXPECT_EQ(Job(run, "web").waits_for, "waits for db, api");
  const Lease db = ClaimOne(run, "db");
  EXPECT_EQ(Job(run, "db").waits_for, "");
  ASSERT_EQ(Job(run, "db").attempts.size(), 1u);
  EXPECT_EQ(Job(run, "db").attempts[0].id, db.attempt);
  Finish(db, Done(leaves_["db"]));
  EXPECT_EQ(Job(run, "web").waits_for, "waits for api");
  Drive(run);
  const RunView view = Show(run);
  EXPECT_EQ(view.waits_for, "");
  EXPECT_EQ(view.deployment, "local/default/default/shop");
  Names names;
  for (const JobView& job : view.jobs) {
    names.push_back(job.job.name);
    EXPECT_EQ(job.waits_for, "");
    EXPECT_EQ(job.tasks.size(), 1u);
    EXPECT_EQ(job.attempts.size(), 1u);
    EXPECT_EQ(job.attempts[0].result, RunResult::kSucceeded);
  }
  EXPECT_EQ(names, (Names{"db", "api", "web"}));
  EXPECT_EQ(client().ShowRun(RunId("run_0")).error().code, ErrorCode::kNotFound);
}

TEST_F(QueriesTest, ManyProducersAreNotAllNamed) {
  std::string stack = "components:\n";
  std::string depends;
  for (int i = 0; i < 9; ++i) {
    stack += "  - {name: p" + std::to_string(i) + ", source: db}\n";
    depends += (i == 0 ? "p" : ", p") + std::to_string(i);
  }
  WriteStack(stack + "  - {name: last, source: api, depends: [" + depends + "]}\n", {});
  const RunId run = Submit(DeployRequest());
  EXPECT_EQ(Job(run, "last").waits_for, "waits for p0, p1, p2, p3, p4 and 4 more");
}

TEST_F(QueriesTest, ShowingARunCostsTheSameForEachComponent) {
  auto statements = [&](int count) {
    std::string stack = "components:\n";
    for (int i = 0; i < count; ++i) {
      stack += "  - {name: c" + std::to_string(i) + ", source: db" +
               (i == 0 ? "" : ", depends: [c" + std::to_string(i - 1) + "]") + "}\n";
    }
    WriteStack(stack, {});
    const RunId run = Submit(DeployRequest());
    const Lease first = ClaimOne(run, "c0");
    const int64_t before = davit_->store().counters().statements;
    EXPECT_EQ(Show(run).jobs.size(), static_cast<size_t>(count));
    const int64_t cost = davit_->store().counters().statements - before;
    EXPECT_TRUE(client().Cancel(run, CancelKind::kGraceful, "seen enough"));
    Finish(first, Failed("so that the next one is new again"));
    return cost;
  };
  const int64_t fifty = statements(50);
  const int64_t hundred = statements(100);
  const int64_t two_hundred = statements(200);
  EXPECT_EQ(two_hundred - hundred, 2 * (hundred - fifty));
  EXPECT_LE(hundred - fifty, 100);
}

TEST_F(QueriesTest, EventsAreNumberedWithoutAGap) {
  Up();
  const std::vector<EventRow> events = client().Events(last_, 0, 1000).value();
  ASSERT_GT(events.size(), 10u);
  for (size_t i = 0; i < events.size(); ++i) EXPECT_EQ(events[i].sequence, static_cast<int64_t>(i) + 1);
  EXPECT_EQ(events.front().kind, "run.created");
  EXPECT_EQ(events.back().kind, "run.finished");
  EXPECT_EQ(client().Events(last_, 3, 2)->at(0).sequence, 4);
  EXPECT_EQ(client().Events(last_, 3, 2)->size(), 2u);
}

// ---- Status -----------------------------------------------------------------------------------------------------------------------

TEST_F(QueriesTest, StatusBeforeWhileAndAfter) {
  EXPECT_EQ(client().Status({}).error().code, ErrorCode::kNotFound);
  const RunId run = Submit(DeployRequest());
  StatusView status = client().Status({}).value();
  Names names;
  for (const ComponentView& view : status.components) names.push_back(view.component.name);
  EXPECT_EQ(names, (Names{"db", "api", "web"})) << "also those that were not begun yet, in their order";
  ASSERT_EQ(status.open_runs.size(), 1u);
  EXPECT_FALSE(status.last_run);
  const Lease db = ClaimOne(run, "db");
  status = client().Status({}).value();
  EXPECT_TRUE(status.components[0].running);
  EXPECT_FALSE(status.components[1].running);
  TaskOutcome outcome = Done(leaves_["db"]);
  outcome.state = "{}";
  outcome.state_serial = 7;
  Finish(db, outcome);
  Drive(run);
  status = client().Status({}).value();
  EXPECT_FALSE(status.components[0].running);
  EXPECT_EQ(status.components[0].state_version, 1);
  EXPECT_EQ(status.components[0].state_serial, 7);
  EXPECT_TRUE(status.open_runs.empty());
  ASSERT_TRUE(status.last_run);
  EXPECT_EQ(status.last_run->id, run);
  // While the next one is open, the last that has ended is still shown.
  WriteShop("4");
  const RunId next = Submit(DeployRequest());
  status = client().Status({}).value();
  EXPECT_EQ(status.open_runs.at(0).id, next);
  ASSERT_TRUE(status.last_run);
  EXPECT_EQ(status.last_run->id, run);
}

TEST_F(QueriesTest, WhatWasTakenAwayIsShownOnce) {
  Up();
  Down();
  StatusView status = client().Status({}).value();
  EXPECT_EQ(status.components.size(), 3u);
  for (const ComponentView& view : status.components) {
    EXPECT_FALSE(view.component.live);
    EXPECT_EQ(view.state_version, 0);
  }
  Down();
  EXPECT_TRUE(client().Status({})->components.empty());
}

// ---- Outputs ----------------------------------------------------------------------------------------------------------------------

TEST_F(QueriesTest, OutputsOfComponentsAndStack) {
  WriteShop("3",
            "  - {name: url, value: \"${api:url}/x\"}\n"
            "  - {name: password, value: \"${db:password}\"}\n"
            "  - {name: secret-url, value: \"${api:url}\", sensitive: true}\n");
  Up();
  OutputsView view = client().Outputs({}).value();
  EXPECT_EQ(ToText(view.stack.at("url").data), "http://api/x");
  EXPECT_TRUE(view.stack.at("password").sensitive) << "as the component's is";
  EXPECT_TRUE(view.components.at("db").at("password").sensitive);
  EXPECT_FALSE(view.components.at("db").at("host").sensitive);
  EXPECT_TRUE(view.components.at("api").at("url").sensitive) << "the stack says so, and there it is the same value";
  EXPECT_FALSE(view.components.contains("web") && !view.components.at("web").empty());
  Down();
  view = client().Outputs({}).value();
  EXPECT_TRUE(view.stack.empty());
  EXPECT_TRUE(view.components.empty());
}

TEST_F(QueriesTest, OutputsThatWereOnlyDeclaredAnewAreThere) {
  Up();
  WriteShop("3", "  - {name: address, value: \"${db:host}\"}\n");
  EXPECT_EQ(Up(), Names{});
  const OutputsView view = client().Outputs({}).value();
  EXPECT_EQ(view.stack.size(), 1u);
  EXPECT_EQ(ToText(view.stack.at("address").data), "db.internal");
}

TEST_F(QueriesTest, ADeployThatChangedNothingAndFailedHasNoSay) {
  Up();
  WriteShop("4", "  - {name: address, value: \"${db:host}\"}\n");
  const RunId cancelled = Submit(DeployRequest());
  ASSERT_TRUE(client().Cancel(cancelled, CancelKind::kGraceful, "declined"));
  EXPECT_TRUE(client().Outputs({})->stack.contains("url"));
  fails_["api"] = "exit code 1";
  leaves_["db"]["host"] = Text("db2.internal");
  EXPECT_EQ(Up(), (Names{"db", "api"}));
  const OutputsView view = client().Outputs({}).value();
  ASSERT_TRUE(view.stack.contains("address")) << "db stands as this one wants it";
  EXPECT_EQ(ToText(view.stack.at("address").data), "db2.internal");
  EXPECT_EQ(ToText(view.components.at("api").at("url").data), "http://api") << "of its last success";
}

TEST_F(QueriesTest, OutputsThatAreMissingAreLeftOut) {
  leaves_["api"].clear();
  Up();
  EXPECT_TRUE(client().Outputs({})->stack.empty());
  EXPECT_EQ(client().Outputs({})->components.at("db").size(), 2u);
}

}  // namespace
}  // namespace davit::control
