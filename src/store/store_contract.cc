#include "store/store_contract.h"

namespace davit::store {
namespace {

GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(StoreContract);

TEST_P(StoreContract, RowsComeBackWhole) {
  RunRow run;
  run.id = RunId("run_1");
  run.deployment = DeploymentId("dep_1");
  run.kind = RunKind::kDestroy;
  run.state = RunState::kRunning;
  run.cancel = CancelKind::kForced;
  run.direct = true;
  run.message = std::string("nul \0 inside", 12);
  run.open_tasks = 7;
  run.next_event = 42;
  run.moves = true;
  ComponentRow component;
  component.id = ComponentId("cmp_1");
  component.deployment = run.deployment;
  component.name = "db";
  component.producers = {"net", "o\"dd"};
  component.snapshot_name = "base";
  component.success_name = "data";
  component.last_result = RunResult::kUnchanged;
  EventRow event;
  event.run = run.id;
  event.sequence = 1;
  event.kind = "x";
  event.data = {{"v", 1}, {"text", "é"}};
  {
    auto tx = Write();
    ASSERT_TRUE(tx->PutRun(run));
    ASSERT_TRUE(tx->PutComponent(component));
    ASSERT_TRUE(tx->AppendEvent(event));
    ASSERT_TRUE(tx->PutSmallBlob("name", std::string("\0\1\2", 3)));
    ASSERT_TRUE(tx->Commit());
  }
  auto tx = Read();
  const RunRow read = tx->GetRun(run.id).value().value();
  EXPECT_EQ(read.kind, RunKind::kDestroy);
  EXPECT_EQ(read.cancel, CancelKind::kForced);
  EXPECT_EQ(read.message, run.message);
  EXPECT_TRUE(read.direct);
  EXPECT_EQ(read.next_event, 42);
  EXPECT_TRUE(read.moves);
  const ComponentRow read_component = tx->FindComponent(run.deployment, "db").value().value();
  EXPECT_EQ(read_component.producers, component.producers);
  EXPECT_EQ(read_component.snapshot_name, "base");
  EXPECT_EQ(read_component.success_name, "data");
  EXPECT_EQ(read_component.last_result, RunResult::kUnchanged);
  EXPECT_EQ(tx->ListEvents(run.id, 0, 10).value().at(0).data, event.data);
  EXPECT_EQ(tx->GetSmallBlob("name").value(), std::string("\0\1\2", 3));
  EXPECT_EQ(tx->GetRun(RunId("run_2")).value(), std::nullopt);
}

TEST_P(StoreContract, NothingIsKeptWithoutACommit) {
  const int64_t commits = store_->counters().commits;
  {
    auto tx = Write();
    ASSERT_TRUE(tx->PutSetting("a", "1"));
  }
  EXPECT_EQ(Read()->GetSetting("a").value(), std::nullopt);
  EXPECT_EQ(store_->counters().commits, commits);
}

TEST_P(StoreContract, ARowIsReadOnceInATransaction) {
  {
    auto tx = Write();
    TaskRow task;
    task.id = TaskId("tsk_1");
    ASSERT_TRUE(tx->PutTask(task));
    EXPECT_EQ(tx->GetTask(task.id).value()->attempt_number, 0);
    task.attempt_number = 1;
    ASSERT_TRUE(tx->PutTask(task));
    const int64_t statements = store_->counters().statements;
    EXPECT_EQ(tx->GetTask(task.id).value()->attempt_number, 1) << "as it was put last";
    EXPECT_EQ(store_->counters().statements, statements);
    EXPECT_EQ(tx->GetTask(TaskId("tsk_2")).value(), std::nullopt);
    EXPECT_EQ(store_->counters().statements, statements + 1);
  }
  EXPECT_EQ(Read()->GetTask(TaskId("tsk_1")).value(), std::nullopt) << "nothing outlives the transaction";
}

TEST_P(StoreContract, StatementsAreCountedWhenTheyBegin) {
  auto tx = Write();
  const int64_t statements = store_->counters().statements;
  ASSERT_TRUE(tx->PutSetting("a", "1"));
  EXPECT_EQ(tx->GetSetting("a").value(), "1");
  EXPECT_EQ(tx->GetSetting("b").value(), std::nullopt);
  EXPECT_EQ(tx->NextLockSequence("k").value(), 1);
  EXPECT_EQ(store_->counters().statements - statements, 4);
}

TEST_P(StoreContract, ReadyTasksComeByPriorityAndBackoff) {
  auto tx = Write();
  for (int i = 0; i < 5; ++i) {
    TaskRow task;
    task.id = TaskId("tsk_" + std::to_string(i));
    task.run = RunId("run_1");
    task.state = i == 4 ? TaskState::kBlocked : TaskState::kReady;
    task.priority = i;
    task.not_before_ms = i == 3 ? 1000 : 0;
    ASSERT_TRUE(tx->PutTask(task));
  }
  std::vector<std::string> ids;
  const std::vector<TaskRow> ready = tx->ReadyTasks(RunId("run_1"), 999, 2).value();
  for (const TaskRow& task : ready) ids.push_back(task.id.text);
  EXPECT_EQ(ids, (std::vector<std::string>{"tsk_2", "tsk_1"}));
  EXPECT_EQ(tx->ReadyTasks(RunId("run_1"), 1000, 9).value().at(0).id.text, "tsk_3");
  EXPECT_EQ(tx->ReadyTasks(RunId("run_1"), 1000 - kMaxBackoffMs - 1, 9).value().at(0).id.text,
            "tsk_3");  // of another clock
  EXPECT_TRUE(tx->HeldTasks().value().empty());
}

TEST_P(StoreContract, LocksAreFirstComeFirstServed) {
  auto tx = Write();
  for (const char* run : {"run_a", "run_b"}) {
    LockRow lock;
    lock.key = "k";
    lock.sequence = tx->NextLockSequence("k").value();
    lock.run = RunId(run);
    ASSERT_TRUE(tx->PutLock(lock));
  }
  EXPECT_EQ(tx->ListLocks("k").value().at(0).run.text, "run_a");
  ASSERT_TRUE(tx->DeleteLocks(RunId("run_a")));
  EXPECT_EQ(tx->ListLocks("k").value().size(), 1u);
  EXPECT_EQ(tx->ListLocks("k").value().at(0).run.text, "run_b");
}

TEST_P(StoreContract, RunsAreListedNewestFirstInPages) {
  auto tx = Write();
  for (int i = 0; i < 6; ++i) {
    RunRow run;
    run.id = RunId("run_" + std::to_string(i));
    run.deployment = DeploymentId(i % 2 == 0 ? "dep_1" : "dep_2");
    run.state = i < 4 ? RunState::kFinished : RunState::kRunning;
    ASSERT_TRUE(tx->PutRun(run));
  }
  auto names = [&](const RunQuery& query) {
    std::string text;
    const std::vector<RunRow> runs = tx->ListRuns(query).value();
    for (const RunRow& run : runs) text += run.id.text.back();
    return text;
  };
  EXPECT_EQ(names({}), "543210");
  EXPECT_EQ(names({DeploymentId("dep_1"), false, true, RunId("run_4"), 5}), "20");
  EXPECT_EQ(names({{}, true, true, {}, 5}), "54");
  EXPECT_EQ(tx->FindRuns("3", 5).value().size(), 1u);
  EXPECT_EQ(tx->FindRuns("run_", 2).value().size(), 2u);
}

TEST_P(StoreContract, LogChunksComeInTheirOrder) {
  auto tx = Write();
  for (const char* attempt : {"att_a", "att_b"}) {
    for (int i = 0; i < 12; ++i) {
      LogChunkRow chunk;
      chunk.attempt = AttemptId(attempt);
      chunk.sequence = i;
      chunk.first_line = 1 + 10 * i;
      ASSERT_TRUE(tx->PutLogChunk(chunk));
    }
  }
  EXPECT_EQ(tx->LastLogChunk(AttemptId("att_a")).value().value().sequence, 11);
  EXPECT_FALSE(tx->LastLogChunk(AttemptId("att_c")).value().has_value());
  const std::vector<LogChunkRow> rest = tx->ListLogChunks(AttemptId("att_b"), 10).value();
  ASSERT_EQ(rest.size(), 2u);
  EXPECT_EQ(rest[0].first_line, 101);
}

TEST_P(StoreContract, StackVersionsAreListedNewestFirst) {
  auto tx = Write();
  for (const char* deployment : {"dep_1", "dep_2"}) {
    for (int64_t version = 1; version <= 11; ++version) {
      StackVersionRow row;
      row.deployment = DeploymentId(deployment);
      row.version = version;
      row.message = deployment + std::to_string(version);
      row.components = R"({"v":1,"components":{}})";
      ASSERT_TRUE(tx->PutStackVersion(row));
    }
  }
  const std::vector<StackVersionRow> newest = tx->ListStackVersions(DeploymentId("dep_2"), 2).value();
  ASSERT_EQ(newest.size(), 2u);
  EXPECT_EQ(newest[0].message, "dep_211");
  EXPECT_EQ(newest[1].version, 10);
  EXPECT_EQ(tx->GetStackVersion(DeploymentId("dep_1"), 3).value()->message, "dep_13");
  EXPECT_FALSE(tx->GetStackVersion(DeploymentId("dep_1"), 12).value());
}

TEST_P(StoreContract, PlansAndAnswersAreThoseOfOneComponentOfOneRun) {
  auto tx = Write();
  for (const char* run : {"run_a", "run_b"}) {
    for (const char* component : {"cmp_1", "cmp_2"}) {
      for (const char* task : {"plan", "apply"}) {
        PlanRow plan;
        plan.task = TaskId(std::string(run) + component + task);
        plan.run = RunId(run);
        plan.component = ComponentId(component);
        plan.grade = PlanGrade::kProvisional;
        plan.producers = {"net", "db"};
        ASSERT_TRUE(tx->PutPlan(plan));
      }
      ApprovalRow approval;
      approval.id = ApprovalId(std::string("apr_") + run + component);
      approval.run = RunId(run);
      approval.component = ComponentId(component);
      approval.approved = true;
      approval.reason = "it is fine";
      ASSERT_TRUE(tx->PutApproval(approval));
    }
  }
  const std::vector<PlanRow> plans = tx->ListPlans(RunId("run_b"), ComponentId("cmp_1")).value();
  ASSERT_EQ(plans.size(), 2u);
  EXPECT_EQ(plans[1].task.text, "run_bcmp_1plan");
  EXPECT_EQ(plans[1].grade, PlanGrade::kProvisional);
  EXPECT_EQ(plans[1].producers, (std::vector<std::string>{"net", "db"}));
  EXPECT_FALSE(tx->GetPlan(TaskId("run_c")).value());
  const std::vector<ApprovalRow> said = tx->ListApprovals(RunId("run_a"), ComponentId("cmp_2")).value();
  ASSERT_EQ(said.size(), 1u);
  EXPECT_TRUE(said[0].approved);
  EXPECT_EQ(said[0].reason, "it is fine");
}

TEST_P(StoreContract, PreviewsCanBeLeftOutOfTheList) {
  auto tx = Write();
  for (int i = 0; i < 4; ++i) {
    RunRow run;
    run.id = RunId("run_" + std::to_string(i));
    run.deployment = DeploymentId("dep_1");
    run.kind = i % 2 == 0 ? RunKind::kDeploy : RunKind::kPreview;
    run.state = i < 2 ? RunState::kFinished : RunState::kRunning;
    ASSERT_TRUE(tx->PutRun(run));
  }
  RunQuery query;
  query.previews = false;
  EXPECT_EQ(tx->ListRuns(query).value().size(), 2u);
  query.only_open = true;
  ASSERT_EQ(tx->ListRuns(query).value().size(), 1u);
  EXPECT_EQ(tx->ListRuns(query).value()[0].id.text, "run_2");
  query.deployment = DeploymentId("dep_2");
  EXPECT_TRUE(tx->ListRuns(query).value().empty());
}

TEST_P(StoreContract, AReaderMayNotWrite) {
  Scope reader{"local", "guest", false};
  EXPECT_EQ(store_->Begin(reader, Mode::kWrite).error().code, ErrorCode::kDenied);
  EXPECT_TRUE(store_->Begin(reader, Mode::kRead));
}

}  // namespace
}  // namespace davit::store
