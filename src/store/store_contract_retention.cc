// What is forgotten, and what never is.
#include <algorithm>
#include <map>
#include <utility>

#include "store/store_contract.h"

namespace davit::store {
namespace {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(RetentionContract);

constexpr int64_t kDayMs = 86'400'000;

/// A run of one component with a plan, an attempt and a line of its log; finished_ms 0: it has not ended.
void PutRunThatEnded(Transaction& tx, const std::string& name, int64_t finished_ms) {
  RunRow run;
  run.id = RunId("run_" + name);
  run.state = finished_ms == 0 ? RunState::kRunning : RunState::kFinished;
  run.finished_ms = finished_ms;
  run.bundle = "bundle of " + name;
  ASSERT_TRUE(tx.PutRun(run));
  ASSERT_TRUE(tx.PutSetting("bundle/" + run.bundle, "archive of " + name));
  JobRow job;
  job.id = JobId("sj_" + name);
  job.run = run.id;
  ASSERT_TRUE(tx.PutJob(job));
  TaskRow task;
  task.id = TaskId("tsk_" + name);
  task.run = run.id;
  task.job = job.id;
  task.plan = "plan of " + name;
  ASSERT_TRUE(tx.PutTask(task));
  AttemptRow attempt;
  attempt.id = AttemptId("att_" + name);
  attempt.task = task.id;
  attempt.job = job.id;
  ASSERT_TRUE(tx.PutAttempt(attempt));
  LogChunkRow chunk;
  chunk.attempt = attempt.id;
  chunk.blob = "log of " + name;
  ASSERT_TRUE(tx.PutLogChunk(chunk));
}

TEST_P(RetentionContract, LogsPlansAndBundlesOfRunsThatEndedLongAgoExpire) {
  for (const auto& [name, finished_ms] :
       std::map<std::string, int64_t>{{"old", 99}, {"middle", 100}, {"new", 200}, {"open", 0}})
    PutRunThatEnded(*tx_, name, finished_ms);
  auto logs = [&] {
    std::string names;
    for (const char* name : {"old", "middle", "new", "open"})
      if (tx_->LastLogChunk(AttemptId(std::string("att_") + name)).value()) names += std::string(name) + " ";
    return names;
  };
  auto plans = [&] {
    std::string names;
    for (const char* name : {"old", "middle", "new", "open"})
      if (!tx_->GetTask(TaskId(std::string("tsk_") + name)).value()->plan.empty()) names += std::string(name) + " ";
    return names;
  };
  auto bundles = [&] {
    std::string names;
    for (const char* name : {"old", "middle", "new", "open"})
      if (tx_->GetSetting(std::string("bundle/bundle of ") + name).value()) names += std::string(name) + " ";
    return names;
  };
  ASSERT_TRUE(tx_->Expire({.logs_ms = 0, .plans_ms = 0}));
  EXPECT_EQ(logs() + plans() + bundles(), "old middle new open old middle new open old middle new open ");
  ASSERT_TRUE(tx_->Expire({.logs_ms = 100, .plans_ms = 0}));
  EXPECT_EQ(logs(), "middle new open ");
  EXPECT_EQ(plans(), "old middle new open ");
  ComponentRow component;  // stands as the old one made it
  component.id = ComponentId("cmp_1");
  component.bundle = "bundle of old";
  ASSERT_TRUE(tx_->PutComponent(component));
  ASSERT_TRUE(tx_->Expire({.logs_ms = 0, .plans_ms = 150}));
  EXPECT_EQ(plans(), "new open ");
  EXPECT_EQ(bundles(), "old new open ");
  component.success_bundle = std::exchange(component.bundle, "");
  ASSERT_TRUE(tx_->PutComponent(component));
  ASSERT_TRUE(tx_->Expire({.logs_ms = 1000, .plans_ms = 1000}));
  EXPECT_EQ(logs(), "open ");
  EXPECT_EQ(plans(), "open ");
  EXPECT_EQ(bundles(), "old open ");
  component.success_bundle.clear();
  ASSERT_TRUE(tx_->PutComponent(component));
  ASSERT_TRUE(tx_->Expire({.logs_ms = 1000, .plans_ms = 1000}));
  EXPECT_EQ(bundles(), "open ");
}

TEST_P(RetentionContract, WhatAPlanChangedGoesWithItAndThatItWasMadeStays) {
  for (const auto& [name, finished_ms] : std::map<std::string, int64_t>{{"old", 99}, {"open", 0}}) {
    PutRunThatEnded(*tx_, name, finished_ms);
    PlanRow plan;
    plan.task = TaskId("tsk_" + name);
    plan.run = RunId("run_" + name);
    plan.changes = "changes";
    plan.digest = "digest";
    ASSERT_TRUE(tx_->PutPlan(plan));
  }
  ASSERT_TRUE(tx_->Expire({.logs_ms = 0, .plans_ms = 150}));
  EXPECT_EQ(tx_->GetPlan(TaskId("tsk_old")).value()->changes, "");
  EXPECT_EQ(tx_->GetPlan(TaskId("tsk_old")).value()->digest, "digest");
  EXPECT_EQ(tx_->GetPlan(TaskId("tsk_open")).value()->changes, "changes");
}

TEST_P(RetentionContract, OfOldOnesTheLastOfEachDayStays) {
  for (int version = 1; version <= 9; ++version) PutState(version, (version - 1) / 3 * kDayMs + version);
  ASSERT_TRUE(tx_->Expire({.states_ms = kDayMs, .states_kept = 0}));
  EXPECT_EQ(Versions(), (std::vector<int64_t>{9, 8, 7, 6, 5, 4, 3})) << "the last two days are not old";
  ASSERT_TRUE(tx_->Expire({.states_ms = 10 * kDayMs, .states_kept = 0}));
  EXPECT_EQ(Versions(), (std::vector<int64_t>{9, 6, 3}));
}

TEST_P(RetentionContract, TheNewestStayHoweverOld) {
  for (int version = 1; version <= 9; ++version) PutState(version, version);
  ASSERT_TRUE(tx_->Expire({.states_ms = kDayMs, .states_kept = 4}));
  EXPECT_EQ(Versions(), (std::vector<int64_t>{9, 8, 7, 6}));
}

TEST_P(RetentionContract, WhatAComponentNamesStays) {
  for (int version = 1; version <= 3; ++version) PutState(version, version);
  ComponentRow component;
  component.id = ComponentId("cmp_1");
  component.state = StateVersionId("st_101");
  ASSERT_TRUE(tx_->PutComponent(component));
  ASSERT_TRUE(tx_->Expire({.states_ms = kDayMs, .states_kept = 1}));
  EXPECT_EQ(Versions(), (std::vector<int64_t>{3, 1}));
}

TEST_P(RetentionContract, WhatARunThatHasNotEndedMadeStays) {
  RunRow run;
  run.id = RunId("run_open");
  run.state = RunState::kRunning;
  ASSERT_TRUE(tx_->PutRun(run));
  for (int version = 1; version <= 3; ++version) PutState(version, version, version == 2 ? "run_open" : "run_1");
  ASSERT_TRUE(tx_->Expire({.states_ms = kDayMs, .states_kept = 1}));
  EXPECT_EQ(Versions(), (std::vector<int64_t>{3, 2}));
}

TEST_P(RetentionContract, WhatIsInQuarantineTakesNoPlaceOfWhatIsGood) {
  for (int version = 1; version <= 3; ++version) PutState(version, version);
  for (int i = 0; i < 3; ++i) PutState(0, 10 + i);
  ASSERT_TRUE(tx_->Expire({.states_ms = kDayMs, .states_kept = 2}));
  EXPECT_EQ(Versions(), (std::vector<int64_t>{0, 0, 3, 2}));
}

/// Whoever adds a column that names a blob adds it here.
TEST_P(RetentionContract, SweepKeepsWhatIsReferenced) {
  const std::vector<std::string> named{"c1", "c2",  "c3",    "c4",     "run",   "job", "t1",     "t2",      "b1",
                                       "b2", "log", "state", "output", "stack", "s1",  "bundle", "changes", "overview"};
  for (const std::string& name : named) ASSERT_TRUE(tx_->PutSmallBlob(name, "x"));
  ASSERT_TRUE(tx_->PutSmallBlob("dropped", "y"));
  ComponentRow component;
  component.id = ComponentId("cmp_1");
  component.snapshot = "c1";
  component.resolution = "c2";
  component.success_snapshot = "c3";
  component.success_resolution = "c4";
  ASSERT_TRUE(tx_->PutComponent(component));
  RunRow run;
  run.id = RunId("run_1");
  run.document = "run";
  run.overview = "overview";
  ASSERT_TRUE(tx_->PutRun(run));
  JobRow job;
  job.id = JobId("sj_1");
  job.snapshot = "job";
  ASSERT_TRUE(tx_->PutJob(job));
  TaskRow task;
  task.id = TaskId("tsk_1");
  task.resolution = "t1";
  task.plan = "t2";
  ASSERT_TRUE(tx_->PutTask(task));
  PlanRow plan;
  plan.task = TaskId("tsk_1");
  plan.run = RunId("run_1");
  plan.changes = "changes";
  ASSERT_TRUE(tx_->PutPlan(plan));
  AttemptRow attempt;
  attempt.id = AttemptId("att_1");
  attempt.before = R"({"v":1,"snapshot":"b1","resolution":"b2"})";
  ASSERT_TRUE(tx_->PutAttempt(attempt));
  LogChunkRow chunk;
  chunk.blob = "log";
  ASSERT_TRUE(tx_->PutLogChunk(chunk));
  StateVersionRow version;
  version.id = StateVersionId("st_1");
  version.blob = "state";
  ASSERT_TRUE(tx_->PutStateVersion(version));
  OutputVersionRow output;
  output.id = OutputVersionId("out_1");
  output.blob = "output";
  ASSERT_TRUE(tx_->PutOutputVersion(output));
  StackVersionRow stack;
  stack.document = "stack";
  stack.components = R"({"v":1,"components":{"db":{"outputs":"out_1","resolution":"s1"}}})";
  ASSERT_TRUE(tx_->PutStackVersion(stack));
  ASSERT_TRUE(tx_->PutSetting("bundle/digest", "bundle"));
  const std::vector<std::string> referenced = tx_->ReferencedBlobs().value();
  EXPECT_EQ(tx_->SweepSmallBlobs().value(), 1);
  EXPECT_FALSE(tx_->GetSmallBlob("dropped").value());
  for (const std::string& name : named) {
    EXPECT_TRUE(tx_->GetSmallBlob(name).value()) << name;
    EXPECT_NE(std::find(referenced.begin(), referenced.end(), name), referenced.end()) << name;
  }
}

}  // namespace
}  // namespace davit::store
