// What a yes covers, whose it is, and for how long it is waited for.
#include "control/control_test.h"

namespace davit::control {
namespace {

class GateTest : public ChainTest {
 protected:
  void SetUp() override {
    ChainTest::SetUp();
    MakeTerraform("db", {"host"});
    Up();
    WriteChain("4");
  }

  RunId SubmitGated() {
    SubmitRequest request = DeployRequest();
    request.direct = false;
    request.gate = true;
    return Submit(request);
  }
  /// Something in `db` changes, and its host comes out as `host`.
  static TaskOutcome PlannedHost(const std::string& host) {
    TaskOutcome outcome;
    outcome.plan = "a plan";
    outcome.changes = R"({"v":1,"create":0,"update":1})";
    PlannedChanges changes;
    changes.resources.push_back({"terraform_data.r", "", "update", "", "", false, {{"input", Text("3"), Text("4")}}});
    changes.planned_outputs["host"] = Text(host);
    outcome.planned = changes;
    return outcome;
  }
  /// A run that has applied `db`, whose host came out as `host` where it was planned to stay.
  RunId RunWithHost(const std::string& host) {
    const RunId run = SubmitGated();
    Finish(ClaimOne(run, "db"), PlannedHost("db.internal"));
    EXPECT_TRUE(Claim(run).empty());
    EXPECT_EQ(Row(run).state, RunState::kAwaitingApproval);
    EXPECT_TRUE(client().Answered(run, {}));
    const Lease apply = ClaimOne(run, "db");
    EXPECT_EQ(apply.kind, TaskKind::kApply);
    Finish(apply, Done({{"host", Text(host)}}));
    return run;
  }
};

TEST_F(GateTest, AScriptThatWasShownAsUnchangedIsHeldWhereItsInputsComeOutOtherwise) {
  const RunId run = RunWithHost("elsewhere");
  EXPECT_TRUE(Claim(run).empty()) << "nobody has seen api with this host";
  EXPECT_EQ(Row(run).approval_tasks, 1);
  const std::vector<JobOverview> overview = client().Overview(run).value();
  EXPECT_TRUE(overview[1].held);
  EXPECT_EQ(overview[1].component, "api");
  ASSERT_TRUE(client().Answered(run, {}));
  EXPECT_EQ(ToText(ClaimOne(run, "api").inputs[0].value.data), "elsewhere");
}

TEST_F(GateTest, AScriptThatWasShownAsUnchangedStaysSoWhereItsInputsAreThoseThatWerePlanned) {
  const RunId run = RunWithHost("db.internal");
  EXPECT_TRUE(Claim(run).empty());
  EXPECT_EQ(Row(run).state, RunState::kFinished);
  EXPECT_EQ(Job(run, "api").job.result, RunResult::kUnchanged);
}

TEST_F(GateTest, NobodySaysYesToWhatHeDidNotSee) {
  const RunId run = RunWithHost("elsewhere");
  Claim(run);
  Client::Answer answer;
  answer.seen = {{"api", "of something else"}};
  EXPECT_EQ(client().Answered(run, answer).error().code, ErrorCode::kConflict);
  EXPECT_EQ(Row(run).approval_tasks, 1);
  answer.seen = {{"web", ""}};
  EXPECT_EQ(client().Answered(run, answer).error().code, ErrorCode::kConflict) << "api was not shown at all";
  answer.seen = {{"api", client().Overview(run).value()[1].digest}};
  EXPECT_TRUE(client().Answered(run, answer));
  EXPECT_EQ(Row(run).approval_tasks, 0);
}

TEST_F(GateTest, WhatIsProtectedIsJudgedByAllThatThePlanDestroys) {
  WriteStack("components:\n  - {name: db, source: db, protect: true, parameters: {size: 4}}\n", {});
  TaskOutcome outcome = PlannedHost("db.internal");
  outcome.changes = R"({"v":1,"create":0,"delete":600,"replace":1})";
  const RunId run = SubmitGated();
  const std::vector<Lease> leases = Claim(run);
  for (const Lease& lease : leases) {
    if (lease.component == "db") Finish(lease, outcome);
  }
  EXPECT_EQ(Job(run, "db").job.result, RunResult::kFailed);
  EXPECT_NE(Job(run, "db").job.reason.find("would destroy 601 resources"), std::string::npos)
      << Job(run, "db").job.reason;
}

TEST_F(GateTest, WhatStandsIsNotFailedByAPlan) {
  const RunId run = SubmitGated();
  Finish(ClaimOne(run, "db"), Failed("no credentials"));
  EXPECT_EQ(Row(run).result, RunResult::kFailed);
  EXPECT_EQ(Component("db").last_result, RunResult::kSucceeded);
  EXPECT_EQ(Why("db").kind, JobOverview::Kind::kChanged);
}

TEST_F(GateTest, APlanOfWhatIsProtectedIsLookedAtAlsoWhereNothingStands) {
  WriteStack("components:\n  - {name: new, source: db, protect: true}\n", {});
  SubmitRequest request = DeployRequest();
  request.targets = {"new"};
  ASSERT_TRUE(request.direct);
  EXPECT_EQ(ClaimOne(Submit(request), "new").kind, TaskKind::kPlan);
}

TEST_F(GateTest, ADeclinedRunChangesNoProtection) {
  WriteStack("components:\n  - {name: db, source: db, protect: true, parameters: {size: 3}}\n", {});
  const RunId declined = SubmitGated();
  EXPECT_FALSE(Component("db").protect);
  Client::Answer no;
  no.approve = false;
  ASSERT_TRUE(client().Answered(declined, no));
  EXPECT_FALSE(Component("db").protect);
  ASSERT_TRUE(client().Answered(SubmitGated(), {}));
  EXPECT_TRUE(Component("db").protect);
}

TEST_F(GateTest, OneDavitDrivesARun) {
  const RunId run = RunWithHost("elsewhere");
  std::unique_ptr<Davit> other = Open();
  const Result<std::vector<Lease>> refused = (*other)->Claim(run, 5);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kConflict);
  davit_.reset();
  EXPECT_TRUE((*other)->Claim(run, 5)) << "nobody else drives it any more";
  davit_ = std::move(other);
}

TEST_F(GateTest, AYesThatComesTooLateIsRefused) {
  const RunId run = SubmitGated();
  Finish(ClaimOne(run, "db"), PlannedHost("db.internal"));
  Claim(run);
  clock_.now_ms += (kApprovalTimeoutS * 1000) + 1;
  EXPECT_EQ(client().Answered(run, {}).error().code, ErrorCode::kConflict);
  EXPECT_EQ(Row(run).state, RunState::kFinished);
  EXPECT_EQ(Row(run).result, RunResult::kCancelled);
}

class NewTest : public ChainTest {};

TEST_F(NewTest, AConsumerIsPlannedWithWhatAnAdoptedStateHolds) {
  MakeTerraform("db", {"host"});
  MakeTerraform("api", {"url"});
  SubmitRequest request = DeployRequest();
  request.direct = false;
  request.gate = true;
  const RunId run = Submit(request);
  TaskOutcome nothing_to_do;
  nothing_to_do.no_changes = true;
  nothing_to_do.plan = "a plan";
  nothing_to_do.planned.emplace();
  nothing_to_do.planned->planned_outputs["host"] = Text("db.internal");
  Finish(ClaimOne(run, "db"), nothing_to_do);
  const Lease api = ClaimOne(run, "api");
  EXPECT_EQ(api.grade, PlanGrade::kProvisional);
  ASSERT_EQ(api.inputs.size(), 1u);
  EXPECT_EQ(ToText(api.inputs[0].value.data), "db.internal");
}

}  // namespace
}  // namespace davit::control
