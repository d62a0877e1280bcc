// The life of runs: what is started and what is not, in which order, in how many commits.
#include "control/control_test.h"

#include <algorithm>

namespace davit::control {
namespace {

using Names = std::vector<std::string>;

using RunsTest = ChainTest;

TEST_F(RunsTest, DeploysInOrder) {
  const RunId run = Submit(DeployRequest());
  EXPECT_EQ(Overview(run), (Names{"db new", "api new", "web new"}));
  const Lease db = ClaimOne(run, "db");
  EXPECT_EQ(db.kind, TaskKind::kApply);
  EXPECT_EQ(db.fence, 1);
  ASSERT_EQ(db.inputs.size(), 1u);
  EXPECT_EQ(ToText(db.inputs[0].value.data), "3");
  EXPECT_TRUE(Component("db").live) << "from the claim on something may be left of it";
  const FinishAnswer answer = Finish(db, Done(leaves_["db"]), 5);
  ASSERT_EQ(answer.leases.size(), 1u);
  EXPECT_EQ(answer.leases[0].component, "api");
  EXPECT_EQ(ToText(answer.leases[0].inputs[0].value.data), "db.internal");
  const FinishAnswer next = Finish(answer.leases[0], Done(leaves_["api"]), 5);
  ASSERT_EQ(next.leases.size(), 1u);
  const FinishAnswer last = Finish(next.leases[0], Done(), 5);
  EXPECT_TRUE(last.run_finished);
  EXPECT_EQ(Row(run).result, RunResult::kSucceeded);
  EXPECT_TRUE(Tx()->ListLocksOfRun(run)->empty());
  EXPECT_EQ(Component("api").producers, (Names{"db"}));
}

TEST_F(RunsTest, UnchangedStartsNothingAndCostsOneCommit) {
  Up();
  const SubmitRequest request = DeployRequest();
  const int64_t commits = davit_->store().counters().commits;
  const RunId run = Submit(request);
  EXPECT_EQ(davit_->store().counters().commits - commits, 1);
  EXPECT_EQ(Overview(run), (Names{"db unchanged", "api unchanged", "web unchanged"}));
  EXPECT_EQ(Row(run).state, RunState::kFinished);
  EXPECT_EQ(Row(run).result, RunResult::kUnchanged);
  for (const JobView& job : Show(run).jobs) {
    EXPECT_EQ(job.job.result, RunResult::kUnchanged);
    EXPECT_TRUE(job.tasks.empty());
    EXPECT_TRUE(job.attempts.empty());
  }
  EXPECT_TRUE(Claim(run).empty());
}

TEST_F(RunsTest, UnchangedNeedsNoAnswer) {
  Up();
  SubmitRequest request = DeployRequest();
  request.gate = true;
  request.direct = false;
  const RunId run = Submit(request);
  EXPECT_EQ(Row(run).state, RunState::kFinished);
  EXPECT_TRUE(client().Answered(run, {})) << "the answer to a question that nobody had to be asked";
}

TEST_F(RunsTest, NothingStartsBeforeTheGateOpens) {
  SubmitRequest request = DeployRequest();
  request.gate = true;
  const RunId run = Submit(request);
  EXPECT_EQ(Row(run).state, RunState::kAwaitingApproval);
  EXPECT_TRUE(Claim(run).empty());
  ASSERT_TRUE(client().Answered(run, {}));
  ASSERT_TRUE(client().Answered(run, {}));
  ClaimOne(run, "db");
}

TEST_F(RunsTest, AConsumerOfWhatDidNotChangeEndsUnchangedWithoutALease) {
  Up();
  WriteChain("4");
  const RunId run = Submit(DeployRequest());
  EXPECT_EQ(Overview(run), (Names{"db changed", "api may_change", "web unchanged"}));
  const Lease db = ClaimOne(run, "db");
  const int64_t fence = Component("api").fence;
  const int64_t commits = davit_->store().counters().commits;
  const FinishAnswer answer = Finish(db, Done(leaves_["db"]), 5);
  EXPECT_EQ(davit_->store().counters().commits - commits, 1);
  EXPECT_TRUE(answer.leases.empty());
  EXPECT_TRUE(answer.run_finished);
  EXPECT_EQ(Job(run, "api").job.result, RunResult::kUnchanged);
  EXPECT_TRUE(Job(run, "api").attempts.empty());
  EXPECT_EQ(Component("api").fence, fence);
  EXPECT_EQ(Row(run).result, RunResult::kSucceeded);
}

TEST_F(RunsTest, AConsumerOfWhatDidChangeRuns) {
  Up();
  const OutputVersionId before = Component("db").outputs;
  WriteChain("4");
  EXPECT_EQ(Up(), (Names{"db"}));
  EXPECT_EQ(Component("db").outputs, before) << "identical outputs are no new version";
  WriteChain("5");
  leaves_["db"] = {{"host", Text("db2.internal")}};
  EXPECT_EQ(Up(), (Names{"db", "api"}));
  const OutputVersionId after = Component("db").outputs;
  EXPECT_NE(after, before);
  EXPECT_EQ(Tx()->GetOutputVersion(after).value()->version, 2);
}

TEST_F(RunsTest, AFinishAndTheClaimsOfItsSuccessorsAreOneCommit) {
  std::string stack = "components:\n  - {name: db, source: db}\n";
  for (int i = 0; i < 20; ++i)
    stack += "  - {name: c" + std::to_string(i) + ", source: api, parameters: {host: \"${db:host}\"}}\n";
  WriteStack(stack, {"db", "api"});
  const RunId run = Submit(DeployRequest());
  const Lease db = ClaimOne(run, "db");
  TaskOutcome outcome = Done(leaves_["db"]);
  outcome.state = "{\"resources\": 1}";
  LogUpload log;
  log.attempt = db.attempt;
  log.stdout_offset = 3;
  log.lines.push_back({0, false, "hi"});
  ASSERT_TRUE(client().AttemptCleaned(db.attempt));
  const int64_t commits = davit_->store().counters().commits;
  const FinishAnswer answer = client().Finish(db, outcome, log, 20).value();
  EXPECT_EQ(davit_->store().counters().commits - commits, 1);
  EXPECT_EQ(answer.leases.size(), 20u);
  // All the rest: one commit each, none for looking.
  for (const Lease& lease : answer.leases) Finish(lease, Done(), 20);
  EXPECT_EQ(davit_->store().counters().commits - commits, 21);
  EXPECT_EQ(Row(run).state, RunState::kFinished);
}

TEST_F(RunsTest, ClaimsNoMoreThanThereIsRoomFor) {
  WriteStack("components:\n  - {name: a, source: m}\n  - {name: b, source: m}\n  - {name: c, source: m}\n", {"m"});
  const RunId run = Submit(DeployRequest());
  EXPECT_EQ(Claim(run, 2).size(), 2u);
  EXPECT_EQ(Claim(run, 0).size(), 0u);
  EXPECT_EQ(Claim(run, 2).size(), 1u);
}

TEST_F(RunsTest, AReportThatIsSentTwiceCountsOnce) {
  const RunId run = Submit(DeployRequest());
  const Lease db = ClaimOne(run, "db");
  Finish(db, Done(leaves_["db"]));
  const int64_t version = Row(run).next_event;
  EXPECT_TRUE(Finish(db, Failed("no")).leases.empty());
  EXPECT_EQ(Row(run).next_event, version);
  EXPECT_EQ(Job(run, "db").job.result, RunResult::kSucceeded);
}

TEST_F(RunsTest, AFailureStopsWhatDependsOnIt) {
  WriteChain("3", "  - {name: alone, source: web}\n");
  fails_["db"] = "exit code 1";
  EXPECT_EQ(Up(), (Names{"db", "alone"}));
  EXPECT_EQ(Row(last_).result, RunResult::kFailed);
  EXPECT_EQ(Job(last_, "db").job.reason, "exit code 1");
  EXPECT_EQ(Job(last_, "api").job.result, RunResult::kNotReached);
  EXPECT_EQ(Component("db").last_result, RunResult::kFailed);
  EXPECT_EQ(Why("db").because, (Names{"its last deployment did not succeed"}));
  fails_.clear();
  EXPECT_EQ(Up(), (Names{"db", "api", "web"}));
  EXPECT_EQ(Row(last_).result, RunResult::kSucceeded);
}

TEST_F(RunsTest, AnOptionalFailureIsSoft) {
  WriteChain("3", "lifecycle: {optional: [web]}\n");
  fails_["web"] = "exit code 1";
  Up();
  EXPECT_EQ(Row(last_).result, RunResult::kSucceeded);
  EXPECT_EQ(Row(last_).soft_failures, 1);
  EXPECT_EQ(Job(last_, "web").job.result, RunResult::kFailed);
}

TEST_F(RunsTest, AnInputThatCannotBeResolvedFailsWithoutALease) {
  leaves_["db"] = {{"address", Text("nobody asked for this")}};
  EXPECT_EQ(Up(), (Names{"db"}));
  const JobView api = Job(last_, "api");
  EXPECT_EQ(api.job.result, RunResult::kFailed);
  EXPECT_NE(api.job.reason.find("host"), std::string::npos) << api.job.reason;
  EXPECT_TRUE(api.attempts.empty());
  EXPECT_EQ(Row(last_).result, RunResult::kFailed);
}

TEST_F(RunsTest, ARequirementThatNobodyPrintedFails) {
  WriteStack("components:\n  - {name: db, source: db}\n  - {name: api, source: api}\n", {"db"});
  Write("api/component.yaml", "version: 1\nkind: component\nmeta: {name: api}\nrequires: [postgres]\n");
  Up();
  EXPECT_EQ(Job(last_, "api").job.result, RunResult::kFailed);
  EXPECT_NE(Job(last_, "api").job.reason.find("'postgres'"), std::string::npos);
  const RunId run = Submit(DeployRequest());
  std::vector<Lease> leases = Claim(run);
  EXPECT_TRUE(leases.empty()) << "what stands did not change and prints nothing new";
  Write("db/deploy", "#!/bin/sh\nprints more\n");
  const RunId again = Submit(DeployRequest());
  TaskOutcome outcome = Done();
  outcome.provides = {"postgres"};
  const FinishAnswer answer = Finish(ClaimOne(again, "db"), outcome, 5);
  ASSERT_EQ(answer.leases.size(), 1u);
  EXPECT_EQ(answer.leases[0].capabilities, (Names{"postgres"}));
}

TEST_F(RunsTest, APlanIsAppliedAsItIs) {
  MakeTerraform("db", {"host"});
  SubmitRequest request = DeployRequest();
  request.direct = false;
  const RunId run = Submit(request);
  const Lease plan = ClaimOne(run, "db");  // what uses its outputs is not planned before they are known
  EXPECT_EQ(plan.kind, TaskKind::kPlan);
  EXPECT_TRUE(plan.saved_plan.empty());
  EXPECT_FALSE(plan.live);
  TaskOutcome planned = Done();
  planned.has_outputs = false;
  planned.plan = std::string(100'000, 'p');
  planned.changes = "{\"v\":1,\"create\":2}";
  const FinishAnswer answer = Finish(plan, planned, 5);
  ASSERT_EQ(answer.leases.size(), 1u);
  EXPECT_EQ(answer.leases[0].kind, TaskKind::kApply);
  EXPECT_EQ(answer.leases[0].saved_plan, planned.plan);
  EXPECT_FALSE(answer.leases[0].direct);
  EXPECT_EQ(ToText(answer.leases[0].inputs[0].value.data), "3");
  EXPECT_EQ(Job(run, "db").job.changes, planned.changes);
  EXPECT_EQ(Job(run, "db").attempts.size(), 2u);
}

TEST_F(RunsTest, APlanWithoutChangesEndsItsJob) {
  MakeTerraform("db", {"host"});
  Up();
  WriteChain("4");
  SubmitRequest request = DeployRequest();
  request.direct = false;
  const RunId run = Submit(request);
  TaskOutcome planned = Done(leaves_["db"]);
  planned.job_complete = true;
  Finish(ClaimOne(run, "db"), planned, 5);
  EXPECT_EQ(Job(run, "db").job.state, JobState::kFinished);
  EXPECT_EQ(Row(run).state, RunState::kFinished);
  EXPECT_EQ(Why("db").kind, JobOverview::Kind::kUnchanged)
      << "what the tool found nothing to do for is not planned again";
}

TEST_F(RunsTest, TargetsAndWhatTheyWaitFor) {
  SubmitRequest request = DeployRequest();
  request.targets = {"api"};
  const RunId run = Submit(request);
  EXPECT_EQ(Overview(run), (Names{"db new", "api new", "web excluded"}));
  EXPECT_EQ(Drive(run), (Names{"db", "api"}));
  EXPECT_EQ(Job(run, "web").job.result, RunResult::kExcluded);
  EXPECT_EQ(Row(run).result, RunResult::kSucceeded);
  request.targets = {"apj"};
  const Error refused = client().Submit(request).error();
  EXPECT_EQ(refused.code, ErrorCode::kInvalidInput);
  EXPECT_EQ(refused.suggestion, "did you mean 'api'?");
}

TEST_F(RunsTest, WhatLeftTheManifestIsTakenAway) {
  Up();
  WriteStack("components:\n  - {name: web, source: web}\n", {});
  std::filesystem::remove_all(directory_ / "db");
  SubmitRequest targeted = DeployRequest();
  targeted.targets = {"web"};
  EXPECT_EQ(Drive(Submit(targeted)), (Names{})) << "a removal only where it is named";
  const RunId run = Submit(DeployRequest());
  EXPECT_EQ(Overview(run), (Names{"db removed", "api removed", "web unchanged"}));
  const Lease api = ClaimOne(run, "api");
  EXPECT_EQ(api.kind, TaskKind::kDestroy);
  EXPECT_TRUE(api.live);
  ASSERT_EQ(api.inputs.size(), 1u);
  EXPECT_EQ(ToText(api.inputs[0].value.data), "db.internal") << "with the inputs that it was made with";
  const FinishAnswer answer = Finish(api, Done(), 5);
  ASSERT_EQ(answer.leases.size(), 1u);
  EXPECT_EQ(answer.leases[0].component, "db");
  EXPECT_EQ(ToText(answer.leases[0].inputs[0].value.data), "3");
  EXPECT_TRUE(client().GetBundle(answer.leases[0].bundle)) << "its files are those of its last deployment";
  EXPECT_TRUE(Finish(answer.leases[0], Done(), 5).run_finished);
  EXPECT_FALSE(Component("db").live);
  EXPECT_EQ(Up(), (Names{}));
}

TEST_F(RunsTest, DownGoesBackwardsWithoutAManifest) {
  Up();
  std::filesystem::remove(directory_ / "stack.yaml");
  const RunId run = Submit(DestroyRequest());
  EXPECT_EQ(Overview(run), (Names{"web destroy", "api destroy", "db destroy"}));
  EXPECT_EQ(Drive(run), (Names{"web", "api", "db"}));
  EXPECT_EQ(Row(run).result, RunResult::kSucceeded);
  for (const char* name : {"web", "api", "db"}) {
    EXPECT_FALSE(Component(name).live);
    EXPECT_TRUE(Component(name).outputs.empty());
    EXPECT_TRUE(Component(name).fingerprint.empty());
  }
  EXPECT_EQ(Drive(Submit(DestroyRequest())), (Names{}));
  WriteChain();
  EXPECT_EQ(Up(), (Names{"db", "api", "web"}));
}

TEST_F(RunsTest, AComponentThatCouldNotBeTakenAwayKeepsWhatItStandsOn) {
  Up();
  fails_["api"] = "still in use";
  EXPECT_EQ(Down(), (Names{"web", "api"}));
  EXPECT_EQ(Row(last_).result, RunResult::kFailed);
  EXPECT_TRUE(Component("api").live);
  EXPECT_TRUE(Component("db").live);
  EXPECT_FALSE(Component("web").live);
  fails_.clear();
  EXPECT_EQ(Down(), (Names{"api", "db"}));
}

TEST_F(RunsTest, CancelEndsWhatHasNotBegun) {
  const RunId run = Submit(DeployRequest());
  const Lease db = ClaimOne(run, "db");
  ASSERT_TRUE(client().Cancel(run, CancelKind::kGraceful, "Ctrl-C"));
  ASSERT_TRUE(client().Cancel(run, CancelKind::kGraceful, "Ctrl-C"));
  EXPECT_EQ(Row(run).state, RunState::kRunning);
  EXPECT_TRUE(Finish(db, Done(leaves_["db"]), 5).run_finished);
  EXPECT_EQ(Row(run).result, RunResult::kCancelled);
  EXPECT_EQ(Job(run, "db").job.result, RunResult::kSucceeded) << "the true result of what finished";
  EXPECT_EQ(Job(run, "api").job.result, RunResult::kCancelled);
  EXPECT_TRUE(Component("db").live);
  EXPECT_TRUE(client().Cancel(run, CancelKind::kForced, "late"));
}

}  // namespace
}  // namespace davit::control
