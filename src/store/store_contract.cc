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
  ComponentRow component;
  component.id = ComponentId("cmp_1");
  component.deployment = run.deployment;
  component.name = "db";
  component.producers = {"net", "o\"dd"};
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
  const ComponentRow read_component = tx->FindComponent(run.deployment, "db").value().value();
  EXPECT_EQ(read_component.producers, component.producers);
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
  EXPECT_EQ(names({DeploymentId("dep_1"), false, RunId("run_4"), 5}), "20");
  EXPECT_EQ(names({{}, true, {}, 5}), "54");
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

TEST_P(StoreContract, AReaderMayNotWrite) {
  Scope reader{"local", "guest", false};
  EXPECT_EQ(store_->Begin(reader, Mode::kWrite).error().code, ErrorCode::kDenied);
  EXPECT_TRUE(store_->Begin(reader, Mode::kRead));
}

TEST_P(StoreContract, SweepKeepsWhatIsReferenced) {
  auto tx = Write();
  ASSERT_TRUE(tx->PutSmallBlob("kept", "x"));
  ASSERT_TRUE(tx->PutSmallBlob("dropped", "y"));
  StateVersionRow version;
  version.id = StateVersionId("st_1");
  version.blob = "kept";
  ASSERT_TRUE(tx->PutStateVersion(version));
  EXPECT_EQ(tx->SweepSmallBlobs(tx->ReferencedBlobs().value()).value(), 1);
  EXPECT_TRUE(tx->GetSmallBlob("kept").value());
  EXPECT_FALSE(tx->GetSmallBlob("dropped").value());
}

}  // namespace
}  // namespace davit::store
