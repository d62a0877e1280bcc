// Fingerprints, rows of a run, and single steps; the laws of the step function over random runs are in step_laws_test.cc.
#include <gtest/gtest.h>

#include <map>

#include "engine/fingerprint.h"
#include "engine/step.h"
#include "engine/tasks.h"

namespace davit::engine {
namespace {

TEST(Fingerprint, EachPartCounts) {
  const FingerprintParts parts{"m", "i", "e", "t", "d", "s"};
  const std::string fingerprint = FingerprintOf(parts);
  EXPECT_EQ(FingerprintOf(parts), fingerprint);
  EXPECT_TRUE(Differences(parts, parts).empty());
  const std::pair<std::string FingerprintParts::*, std::string> fields[] = {
      {&FingerprintParts::module, "module files"},
      {&FingerprintParts::inputs, "inputs"},
      {&FingerprintParts::environment, "process environment"},
      {&FingerprintParts::tool, "tool binary"},
      {&FingerprintParts::driver, "driver version"},
      {&FingerprintParts::state, "state"}};
  for (const auto& [field, words] : fields) {
    FingerprintParts other = parts;
    other.*field = "other";
    EXPECT_NE(FingerprintOf(other), fingerprint) << words;
    EXPECT_EQ(Differences(parts, other), std::vector<std::string>{words});
  }
  const FingerprintParts shifted{"mi", "", "e", "t", "d", "s"};
  EXPECT_NE(FingerprintOf(shifted), fingerprint);  // what moves from one part to the next is seen
}

TEST(Fingerprint, PartsAreKept) {
  const FingerprintParts parts{"m", "i", "e", "t", "d", "s"};
  EXPECT_EQ(FingerprintOf(FingerprintPartsFromJson(ToJson(parts))), FingerprintOf(parts));
  EXPECT_EQ(ToJson(parts).at("v"), 1);
  EXPECT_EQ(FingerprintPartsFromJson(json::object{}).module, "");
}

class CountingIds final : public IdSource {
 public:
  std::string NewUlid() override {
    static constexpr unsigned char kNoRandom[10] = {};
    return Ulid(++count_, kNoRandom);
  }

 private:
  int64_t count_ = 0;
};

/// Rows in maps, with the step function on top.
class World final : public Rows {
 public:
  RunRequest request;

  JobRequest& Add(const std::string& name) {
    JobRequest& job = request.jobs.emplace_back();
    job.component.id = ComponentId::New(ids_);
    job.component.name = name;
    job.order = static_cast<int>(request.jobs.size());
    job.snapshot = "snapshot";
    return job;
  }
  void Edge(int from, int to, EdgeKind kind = EdgeKind::kNeeds) { request.edges.push_back({from, to, kind, ""}); }

  Result<RunRows> Make() {
    request.run.id = RunId::New(ids_);
    return MakeRun(request, ids_, 5);
  }
  void Begin(bool gate = false) {
    Result<RunRows> made = Make();
    ASSERT_TRUE(made.has_value());
    run_ = made->run;
    for (const ComponentRow& row : made->components) components_[row.id] = row;
    for (const JobRow& row : made->jobs) jobs_[row.id] = row;
    for (const TaskRow& row : made->tasks) tasks_[row.id] = row;
    edges_ = made->edges;
    ASSERT_TRUE(Do(StartRun{gate}).has_value());
  }
  Result<Changes> Do(const Event& event) {
    Result<Changes> changes = Step(*this, run_.id, event, ++now_);
    if (!changes) return changes;
    for (const RunRow& row : changes->runs) run_ = row;
    for (const JobRow& row : changes->jobs) jobs_[row.id] = row;
    for (const TaskRow& row : changes->tasks) tasks_[row.id] = row;
    for (const ComponentRow& row : changes->components) components_[row.id] = row;
    return changes;
  }
  TaskRow& Of(const std::string& component, TaskKind kind = TaskKind::kApply) {
    for (auto& [id, task] : tasks_) {
      if (task.kind == kind && jobs_.at(task.job).name == component) return task;
    }
    ADD_FAILURE() << "no such task of " << component;
    return tasks_.begin()->second;
  }
  const JobRow& JobOf(const std::string& component) {
    for (const auto& [id, job] : jobs_) {
      if (job.name == component) return job;
    }
    ADD_FAILURE() << "no such job " << component;
    return jobs_.begin()->second;
  }
  int64_t Claim(const std::string& component, TaskKind kind = TaskKind::kApply) {
    EXPECT_TRUE(Do(ClaimTask{Of(component, kind).id, ProcessId("prc_1"), AttemptId("att_1"), 1000}).has_value());
    return Of(component, kind).fence;
  }
  Result<Changes> End(const std::string& component, RunResult result, TaskKind kind = TaskKind::kApply) {
    const TaskRow& task = Of(component, kind);
    return Do(FinishTask{task.id, task.fence, result, "why", false, ""});
  }
  const RunRow& run() const { return run_; }
  const std::map<TaskId, TaskRow>& tasks() const { return tasks_; }

  Result<RunRow> Run(const RunId&) override { return run_; }
  Result<JobRow> Job(const JobId& id) override { return jobs_.at(id); }
  Result<TaskRow> Task(const TaskId& id) override { return tasks_.at(id); }
  Result<ComponentRow> Component(const ComponentId& id) override { return components_.at(id); }
  Result<std::vector<EdgeRow>> OutEdges(const TaskId& from) override {
    std::vector<EdgeRow> out;
    for (const EdgeRow& edge : edges_) {
      if (edge.from == from) out.push_back(edge);
    }
    return out;
  }
  Result<std::vector<TaskRow>> JobTasks(const JobId& job) override {
    std::vector<TaskRow> out;
    for (const auto& [id, task] : tasks_) {
      if (task.job == job) out.push_back(task);
    }
    return out;
  }
  Result<std::vector<TaskRow>> RunTasks(const RunId&) override {
    std::vector<TaskRow> out;
    for (const auto& [id, task] : tasks_) out.push_back(task);
    return out;
  }

 private:
  CountingIds ids_;
  RunRow run_;
  std::map<ComponentId, ComponentRow> components_;
  std::map<JobId, JobRow> jobs_;
  std::map<TaskId, TaskRow> tasks_;
  std::vector<EdgeRow> edges_;
  int64_t now_ = 10;
};

TEST(MakeRun, ADirectRunHasOneTaskAJob) {
  World world;
  world.request.run.direct = true;
  world.Add("db").weight_ms = 10;
  world.Add("api").weight_ms = 20;
  world.Edge(0, 1, EdgeKind::kAfter);
  world.Edge(0, 1, EdgeKind::kValue);  // the strictest of a pair counts
  const Result<RunRows> rows = world.Make();
  ASSERT_TRUE(rows.has_value());
  ASSERT_EQ(rows->tasks.size(), 2u);
  EXPECT_EQ(rows->tasks[0].kind, TaskKind::kApply);
  EXPECT_EQ(rows->tasks[0].state, TaskState::kReady);
  EXPECT_EQ(rows->tasks[0].priority, 30);
  EXPECT_EQ(rows->tasks[1].state, TaskState::kBlocked);
  EXPECT_EQ(rows->tasks[1].blocked_on, 1);
  EXPECT_EQ(rows->tasks[1].priority, 20);
  ASSERT_EQ(rows->edges.size(), 1u);
  EXPECT_EQ(rows->edges[0].kind, EdgeKind::kValue);
  EXPECT_EQ(rows->jobs[0].state, JobState::kReady);
  EXPECT_EQ(rows->jobs[1].state, JobState::kBlocked);
  EXPECT_EQ(rows->jobs[1].snapshot, "snapshot");
  EXPECT_EQ(rows->components.size(), 2u);  // neither has run before
  EXPECT_EQ(rows->run.open_tasks, 2);
  ASSERT_EQ(rows->events.size(), 1u);
  EXPECT_EQ(rows->events[0].kind, "run.tasks");
}

TEST(MakeRun, PlansFollowPlansAndAppliesFollowApplies) {
  World world;
  world.Add("db");
  world.Add("api");
  world.Edge(0, 1);
  const Result<RunRows> rows = world.Make();
  ASSERT_TRUE(rows.has_value());
  ASSERT_EQ(rows->tasks.size(), 4u);
  EXPECT_EQ(rows->tasks[0].kind, TaskKind::kPlan);
  EXPECT_EQ(rows->tasks[1].kind, TaskKind::kApply);
  ASSERT_EQ(rows->edges.size(), 4u);  // plan to apply in each, and one of each kind between them
  EXPECT_EQ(rows->edges[2].from, rows->tasks[0].id);
  EXPECT_EQ(rows->edges[2].to, rows->tasks[2].id);
  EXPECT_EQ(rows->edges[3].from, rows->tasks[1].id);
  EXPECT_EQ(rows->edges[3].to, rows->tasks[3].id);
  EXPECT_EQ(rows->jobs[0].open_tasks, 2);
}

TEST(MakeRun, ARemovalWaitsForAllThatWasBuiltOnIt) {
  World world;
  world.request.run.direct = true;
  JobRequest& old = world.Add("old");
  old.action = JobAction::kDestroy;
  old.removal = true;
  old.component.fence = 3;
  world.Add("api").component.producers = {"old", "gone"};
  const Result<RunRows> rows = world.Make();
  ASSERT_TRUE(rows.has_value());
  EXPECT_EQ(rows->tasks[0].kind, TaskKind::kDestroy);
  EXPECT_EQ(rows->tasks[0].state, TaskState::kBlocked);
  EXPECT_EQ(rows->tasks[1].state, TaskState::kReady);
  EXPECT_TRUE(rows->jobs[0].removal);
  ASSERT_EQ(rows->components.size(), 1u);
  EXPECT_EQ(rows->components[0].name, "api");
}

TEST(MakeRun, WhatIsExcludedIsOverAndHoldsNobodyUp) {
  World world;
  world.Add("db").excluded = true;
  world.Add("api");
  world.Edge(0, 1);
  const Result<RunRows> rows = world.Make();
  ASSERT_TRUE(rows.has_value());
  EXPECT_EQ(rows->jobs[0].state, JobState::kFinished);
  EXPECT_EQ(rows->jobs[0].result, RunResult::kExcluded);
  EXPECT_EQ(rows->jobs[0].reason, "left out by --target");
  ASSERT_EQ(rows->tasks.size(), 2u);
  EXPECT_EQ(rows->tasks[0].state, TaskState::kReady);
}

TEST(MakeRun, APreviewOnlyPlans) {
  World world;
  world.request.run.kind = RunKind::kPreview;
  world.Add("db");
  world.Add("api");
  world.Edge(0, 1);
  const Result<RunRows> rows = world.Make();
  ASSERT_TRUE(rows.has_value());
  ASSERT_EQ(rows->tasks.size(), 2u);
  EXPECT_EQ(rows->tasks[1].kind, TaskKind::kPlan);
  EXPECT_EQ(rows->edges.size(), 1u);
}

TEST(MakeRun, AComponentThatIsOnlyLookedAtHasOnePlanTask) {
  World world;
  world.request.run.kind = RunKind::kImport;
  world.request.run.direct = true;
  world.Add("db").looks = true;
  world.Begin();
  ASSERT_EQ(world.tasks().size(), 1u);
  const int64_t fence = world.Claim("db", TaskKind::kPlan);
  ASSERT_TRUE(world.Do(HoldTask{world.Of("db", TaskKind::kPlan).id, fence, "why"}).has_value());
  EXPECT_EQ(world.run().approval_tasks, 1);
  ASSERT_TRUE(world.Do(ApproveTask{world.Of("db", TaskKind::kPlan).id}).has_value());
  EXPECT_EQ(world.Claim("db", TaskKind::kPlan), fence + 1) << "it counts as whoever writes";
  ASSERT_TRUE(world.End("db", RunResult::kSucceeded, TaskKind::kPlan).has_value());
  EXPECT_EQ(world.run().result, RunResult::kSucceeded) << "that is all there was to be done";
}

TEST(MakeRun, ACycleWithRemovalsIsRefused) {
  World world;
  JobRequest& old = world.Add("old");
  old.action = JobAction::kDestroy;
  world.Add("api").component.producers = {"old"};
  world.Edge(0, 1);
  const Result<RunRows> rows = world.Make();
  ASSERT_FALSE(rows.has_value());
  EXPECT_EQ(rows.error().code, ErrorCode::kInvalidInput);
}

TEST(Step, ASuccessMakesItsConsumersReady) {
  World world;
  world.request.run.direct = true;
  world.Add("db");
  world.Add("api");
  world.Edge(0, 1);
  world.Begin();
  EXPECT_EQ(world.Claim("db"), 1);
  EXPECT_EQ(world.Of("db").state, TaskState::kLeased);
  EXPECT_EQ(world.Of("db").attempt_number, 1);
  EXPECT_EQ(world.JobOf("db").state, JobState::kRunning);
  ASSERT_TRUE(world.End("db", RunResult::kSucceeded).has_value());
  EXPECT_EQ(world.Of("api").state, TaskState::kReady);
  world.Claim("api");
  const Result<Changes> last = world.End("api", RunResult::kSucceeded);
  ASSERT_TRUE(last.has_value());
  EXPECT_TRUE(last->run_finished);
  EXPECT_EQ(world.run().state, RunState::kFinished);
  EXPECT_EQ(world.run().result, RunResult::kSucceeded);
}

TEST(Step, AFailureReachesThoseWhoNeedItOnly) {
  World world;
  world.request.run.direct = true;
  world.Add("db");
  world.Add("needs");
  world.Add("after");
  world.Edge(0, 1);
  world.Edge(0, 2, EdgeKind::kAfter);
  world.Begin();
  world.Claim("db");
  ASSERT_TRUE(world.End("db", RunResult::kFailed).has_value());
  EXPECT_EQ(world.JobOf("needs").result, RunResult::kNotReached);
  EXPECT_EQ(world.JobOf("needs").reason, "db did not succeed");
  EXPECT_EQ(world.Of("after").state, TaskState::kReady);
  world.Claim("after");
  ASSERT_TRUE(world.End("after", RunResult::kSucceeded).has_value());
  EXPECT_EQ(world.run().result, RunResult::kFailed);
}

TEST(Step, AFailureOfAnOptionalComponentIsSoft) {
  World world;
  world.request.run.direct = true;
  world.Add("flowers").optional = true;
  world.Begin();
  world.Claim("flowers");
  ASSERT_TRUE(world.End("flowers", RunResult::kFailed).has_value());
  EXPECT_EQ(world.run().result, RunResult::kSucceeded);
  EXPECT_EQ(world.run().soft_failures, 1);
}

TEST(Step, NothingIsClaimedBeforeTheGateOpens) {
  World world;
  world.request.run.direct = true;
  world.Add("db");
  world.Begin(/*gate=*/true);
  EXPECT_EQ(world.run().state, RunState::kAwaitingApproval);
  const Result<Changes> early = world.Do(ClaimTask{world.Of("db").id, ProcessId("prc_1"), AttemptId("att_1"), 1000});
  ASSERT_FALSE(early.has_value());
  EXPECT_EQ(early.error().code, ErrorCode::kConflict);
  ASSERT_TRUE(world.Do(OpenGate{}).has_value());
  world.Claim("db");
  EXPECT_EQ(world.Of("db").state, TaskState::kLeased);
}

TEST(Step, ANewNameIsAskedForAlsoWhereNothingRuns) {
  for (const bool yes : {true, false}) {
    World world;
    world.request.run.moves = true;
    world.Add("db");
    world.Begin(/*gate=*/true);
    world.Claim("db", TaskKind::kPlan);
    const TaskRow& plan = world.Of("db", TaskKind::kPlan);
    ASSERT_TRUE(world.Do(FinishTask{plan.id, plan.fence, RunResult::kUnchanged, "", true, ""}).has_value());
    EXPECT_EQ(world.run().open_tasks, 0);
    EXPECT_EQ(world.run().state, RunState::kAwaitingApproval);
    EXPECT_NE(world.run().waiting_since_ms, 0);
    EXPECT_FALSE(world.run().any_done);
    if (yes) {
      EXPECT_TRUE(world.Do(OpenGate{})->run_finished);
    } else {
      EXPECT_TRUE(world.Do(CancelRun{CancelKind::kGraceful, "declined"})->run_finished);
    }
    EXPECT_EQ(world.run().result, yes ? RunResult::kSucceeded : RunResult::kCancelled);
    EXPECT_EQ(world.run().any_done, yes);
    EXPECT_EQ(world.run().waiting_since_ms, 0);
  }
  World nothing;
  nothing.request.run.moves = true;
  nothing.Begin(/*gate=*/true);
  EXPECT_EQ(nothing.run().state, RunState::kAwaitingApproval);
  World unasked;
  unasked.request.run.moves = true;
  unasked.Begin(/*gate=*/false);
  EXPECT_EQ(unasked.run().result, RunResult::kSucceeded);
}

TEST(Step, WhereAPlanFailsANewNameIsNotAskedFor) {
  World world;
  world.request.run.moves = true;
  world.Add("db");
  world.Begin(/*gate=*/true);
  world.Claim("db", TaskKind::kPlan);
  ASSERT_TRUE(world.End("db", RunResult::kFailed, TaskKind::kPlan).has_value());
  EXPECT_EQ(world.run().state, RunState::kFinished);
  EXPECT_EQ(world.run().result, RunResult::kFailed);
  EXPECT_FALSE(world.run().any_done);
}

TEST(Step, PlansAreMadeBeforeTheGateOpens) {
  World world;
  world.Add("db");
  world.Add("api");
  world.Edge(0, 1, EdgeKind::kValue);
  world.Begin(/*gate=*/true);
  world.Claim("db", TaskKind::kPlan);
  ASSERT_TRUE(world.End("db", RunResult::kSucceeded, TaskKind::kPlan).has_value());
  EXPECT_EQ(world.Of("db").state, TaskState::kReady);
  const ClaimTask apply{world.Of("db").id, ProcessId("prc_1"), AttemptId("att_1"), 1000};
  EXPECT_EQ(world.Do(apply).error().code, ErrorCode::kConflict);
  EXPECT_EQ(world.Of("api", TaskKind::kPlan).state, TaskState::kReady);  // it may use what db has planned
  EXPECT_EQ(world.JobOf("db").state, JobState::kAwaitingApproval);
  EXPECT_EQ(world.run().state, RunState::kAwaitingApproval);
  EXPECT_EQ(world.Do(OpenGate{}).error().code, ErrorCode::kConflict);  // not everything has been seen
  world.Claim("api", TaskKind::kPlan);
  ASSERT_TRUE(world.End("api", RunResult::kSucceeded, TaskKind::kPlan).has_value());
  ASSERT_TRUE(world.Do(OpenGate{}).has_value());
  EXPECT_EQ(world.JobOf("db").state, JobState::kReady);
  EXPECT_TRUE(world.Do(apply).has_value());
}

/// A run past its gate whose only component was planned again.
void PlannedAgain(World& world) {
  world.Add("db");
  world.Add("api");
  world.Edge(0, 1);
  world.Begin(/*gate=*/true);
  for (const char* name : {"db", "api"}) {
    world.Claim(name, TaskKind::kPlan);
    ASSERT_TRUE(world.End(name, RunResult::kSucceeded, TaskKind::kPlan).has_value());
  }
  ASSERT_TRUE(world.Do(OpenGate{}).has_value());
  world.Claim("db");
}

TEST(Step, WhatIsPlannedAgainAsApprovedGoesOn) {
  World world;
  PlannedAgain(world);
  const int64_t fence = world.Of("db").fence;
  ASSERT_TRUE(world.Do(GoOn{world.Of("db").id, fence}).has_value());
  EXPECT_EQ(world.Of("db").state, TaskState::kReady);
  EXPECT_EQ(world.Do(GoOn{world.Of("db").id, fence}).error().code, ErrorCode::kConflict);
  EXPECT_EQ(world.Claim("db"), fence + 1);
}

TEST(Step, APlanThatItsToolRefusesIsNoChange) {
  World world;
  PlannedAgain(world);
  const TaskId db = world.Of("db").id;
  const int64_t fence = world.Of("db").fence;
  ASSERT_TRUE(world.Do(BeginMutation{db, fence}).has_value());
  EXPECT_EQ(world.Do(GoOn{db, fence}).error().code, ErrorCode::kConflict) << "it may have changed something";
  ASSERT_TRUE(world.Do(PlanRefused{db, fence, "stale"}).has_value());
  EXPECT_EQ(world.Of("db").state, TaskState::kReady);
  EXPECT_FALSE(world.Of("db").mutating_begun);
  EXPECT_EQ(world.Do(PlanRefused{db, fence, "stale"}).error().code, ErrorCode::kConflict);
  const int64_t next = world.Claim("db");
  EXPECT_EQ(next, fence + 1);
  ASSERT_TRUE(world.Do(CancelRun{CancelKind::kGraceful, "no more"}).has_value());
  ASSERT_TRUE(world.Do(PlanRefused{db, next, "stale"}).has_value());
  EXPECT_EQ(world.JobOf("db").result, RunResult::kCancelled);
}

TEST(Step, WhatDiffersIsHeldWithoutALeaseUntilSomebodySaysYes) {
  World world;
  PlannedAgain(world);
  const TaskId db = world.Of("db").id;
  const HoldTask hold{db, world.Of("db").fence, "it differs"};
  ASSERT_TRUE(world.Do(hold).has_value());
  EXPECT_EQ(world.Of("db").state, TaskState::kBlocked);
  EXPECT_TRUE(world.Of("db").holder.empty());
  EXPECT_EQ(world.JobOf("db").state, JobState::kAwaitingApproval);
  EXPECT_EQ(world.run().state, RunState::kRunning);
  EXPECT_EQ(world.run().approval_tasks, 1);
  EXPECT_NE(world.run().waiting_since_ms, 0);
  EXPECT_TRUE(world.Do(hold)->tasks.empty());  // told twice
  EXPECT_EQ(world.Do(ClaimTask{db, ProcessId("prc_1"), AttemptId("att_9"), 1000}).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(world.Do(ApproveTask{db}).has_value());
  EXPECT_EQ(world.Of("db").state, TaskState::kReady);
  EXPECT_EQ(world.run().approval_tasks, 0);
  EXPECT_EQ(world.run().waiting_since_ms, 0);
  EXPECT_EQ(world.Do(ApproveTask{db}).error().code, ErrorCode::kConflict);
}

TEST(Step, ARejectedComponentEndsWithAllThatWaitsForIt) {
  World world;
  PlannedAgain(world);
  const TaskId db = world.Of("db").id;
  ASSERT_TRUE(world.Do(HoldTask{db, world.Of("db").fence, "it differs"}).has_value());
  ASSERT_TRUE(world.Do(RejectTask{db, "rejected: too large"}).has_value());
  EXPECT_EQ(world.JobOf("db").result, RunResult::kCancelled);
  EXPECT_EQ(world.JobOf("db").reason, "rejected: too large");
  EXPECT_EQ(world.JobOf("api").result, RunResult::kCancelled);
  EXPECT_EQ(world.run().state, RunState::kFinished);
  EXPECT_EQ(world.run().result, RunResult::kCancelled);
  EXPECT_EQ(world.run().approval_tasks, 0);
}

TEST(Step, ACancelEndsWhatIsHeld) {
  World world;
  PlannedAgain(world);
  ASSERT_TRUE(world.Do(HoldTask{world.Of("db").id, world.Of("db").fence, "it differs"}).has_value());
  EXPECT_TRUE(world.Do(CancelRun{CancelKind::kGraceful, "enough"})->run_finished);
  EXPECT_EQ(world.run().approval_tasks, 0);
}

TEST(Step, APlanThatMayHaveChangedSomethingIsNeverHeld) {
  World world;
  PlannedAgain(world);
  const TaskRow db = world.Of("db");
  ASSERT_TRUE(world.Do(BeginMutation{db.id, db.fence}).has_value());
  EXPECT_EQ(world.Do(HoldTask{db.id, db.fence, "it differs"}).error().code, ErrorCode::kConflict);
  EXPECT_EQ(world.Do(GoOn{db.id, db.fence}).error().code, ErrorCode::kConflict);
}

TEST(Step, APreviewMovesNoFence) {
  World world;
  world.request.run.kind = RunKind::kPreview;
  world.Add("db").component.fence = 7;
  world.Begin();
  EXPECT_EQ(world.Claim("db", TaskKind::kPlan), 1);
  const Result<Changes> end = world.End("db", RunResult::kSucceeded, TaskKind::kPlan);
  ASSERT_TRUE(end.has_value());
  EXPECT_TRUE(end->components.empty());
  EXPECT_EQ(world.run().result, RunResult::kSucceeded);
}

TEST(Step, WhereAPlanFailsBeforeTheGateNothingIsApplied) {
  World world;
  world.Add("db");
  world.Add("cache");
  JobRequest& extra = world.Add("extra");
  extra.optional = true;
  world.Begin(/*gate=*/true);
  world.Claim("extra", TaskKind::kPlan);
  ASSERT_TRUE(world.End("extra", RunResult::kFailed, TaskKind::kPlan).has_value());
  EXPECT_EQ(world.run().state, RunState::kAwaitingApproval);  // a soft failure
  world.Claim("db", TaskKind::kPlan);
  world.Claim("cache", TaskKind::kPlan);
  ASSERT_TRUE(world.End("db", RunResult::kFailed, TaskKind::kPlan).has_value());
  EXPECT_EQ(world.run().state, RunState::kAwaitingApproval);  // until the other plan has ended
  ASSERT_TRUE(world.End("cache", RunResult::kSucceeded, TaskKind::kPlan).has_value());
  EXPECT_EQ(world.run().state, RunState::kFinished);
  EXPECT_EQ(world.run().result, RunResult::kFailed);
  EXPECT_EQ(world.JobOf("cache").result, RunResult::kCancelled);
  EXPECT_EQ(world.JobOf("cache").reason, "db could not be planned");
}

TEST(Step, WherePlansFindNothingToDoNobodyIsAsked) {
  World world;
  world.Add("db");
  world.Begin(/*gate=*/true);
  const int64_t fence = world.Claim("db", TaskKind::kPlan);
  const TaskId plan = world.Of("db", TaskKind::kPlan).id;
  ASSERT_TRUE(world.Do(FinishTask{plan, fence, RunResult::kSucceeded, "", true, ""}).has_value());
  EXPECT_EQ(world.run().state, RunState::kFinished);
  EXPECT_EQ(world.run().result, RunResult::kUnchanged);
}

TEST(Step, ACancelledRunIsNotApproved) {
  World world;
  world.Add("db");
  world.Begin(/*gate=*/true);
  world.Claim("db", TaskKind::kPlan);
  ASSERT_TRUE(world.Do(CancelRun{CancelKind::kGraceful, "no"}).has_value());
  EXPECT_EQ(world.Do(OpenGate{}).error().code, ErrorCode::kConflict);
  ASSERT_TRUE(world.End("db", RunResult::kCancelled, TaskKind::kPlan).has_value());
  EXPECT_EQ(world.run().result, RunResult::kCancelled);
}

TEST(Step, AnOldFenceIsAConflictAndARepeatIsNothing) {
  World world;
  world.request.run.direct = true;
  world.Add("db");
  world.Begin();
  const int64_t old = world.Claim("db");
  ASSERT_TRUE(world.Do(LeaseLost{world.Of("db").id, old, 1000, "gone"}).has_value());
  EXPECT_EQ(world.Of("db").state, TaskState::kReady);
  ASSERT_TRUE(world.Do(ClaimTask{world.Of("db").id, ProcessId("prc_2"), AttemptId("att_2"), 100000}).has_value());
  EXPECT_EQ(world.Of("db").fence, old + 1);
  const Result<Changes> late = world.Do(FinishTask{world.Of("db").id, old, RunResult::kSucceeded, "", false, ""});
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().code, ErrorCode::kConflict);
  ASSERT_TRUE(world.End("db", RunResult::kSucceeded).has_value());
  const Result<Changes> again = world.End("db", RunResult::kSucceeded);
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(again->tasks.empty());
}

TEST(Step, ALostApplyWaitsToBeReconciled) {
  World world;
  world.request.run.direct = true;
  world.Add("db");
  world.Begin();
  const int64_t fence = world.Claim("db");
  ASSERT_TRUE(world.Do(BeginMutation{world.Of("db").id, fence}).has_value());
  ASSERT_TRUE(world.Do(LeaseLost{world.Of("db").id, fence, 1000, "its process is gone"}).has_value());
  EXPECT_EQ(world.Of("db").state, TaskState::kNeedsReconcile);
  EXPECT_EQ(world.JobOf("db").state, JobState::kNeedsReconcile);
  EXPECT_EQ(world.run().reconcile_tasks, 1);
  ASSERT_TRUE(world.Do(AbandonTask{world.Of("db").id, "given up"}).has_value());
  EXPECT_EQ(world.run().result, RunResult::kFailed);
  EXPECT_EQ(world.run().reconcile_tasks, 0);
}

TEST(Step, APlanThatFindsNothingEndsItsJob) {
  World world;
  world.Add("db");
  world.Add("api");
  world.Edge(0, 1);
  world.Begin();
  world.Claim("db", TaskKind::kPlan);
  const TaskRow& plan = world.Of("db", TaskKind::kPlan);
  ASSERT_TRUE(world.Do(FinishTask{plan.id, plan.fence, RunResult::kUnchanged, "", true, ""}).has_value());
  EXPECT_EQ(world.JobOf("db").state, JobState::kFinished);
  EXPECT_EQ(world.JobOf("db").result, RunResult::kUnchanged);
  EXPECT_EQ(world.Of("api", TaskKind::kPlan).state, TaskState::kReady);
}

TEST(Step, UnchangedNeedsNoLease) {
  World world;
  world.request.run.direct = true;
  world.Add("db");
  world.Begin();
  ASSERT_TRUE(world.Do(FinishUntouched{world.Of("db").id, "nothing changed"}).has_value());
  EXPECT_EQ(world.run().result, RunResult::kUnchanged);
  EXPECT_EQ(world.Of("db").fence, 0);
}

TEST(Step, WhatTuningLeavesOutHoldsNobodyUp) {
  World world;
  world.Add("cdn");
  world.Add("app");
  world.Edge(0, 1);
  world.Begin();
  ASSERT_TRUE(
      world.Do(FinishUntouched{world.Of("cdn", TaskKind::kPlan).id, "no cdn", RunResult::kExcluded}).has_value());
  EXPECT_EQ(world.JobOf("cdn").result, RunResult::kExcluded);
  EXPECT_EQ(world.JobOf("cdn").reason, "no cdn");
  EXPECT_EQ(world.Of("app", TaskKind::kPlan).state, TaskState::kReady);
}

TEST(Step, AFailureEndsARunThatStopsOnOne) {
  World world;
  world.request.run.direct = true;
  world.request.run.stops_on_failure = true;
  world.Add("extra").optional = true;
  world.Add("db");
  world.Add("running");
  world.Add("later");
  world.Edge(0, 1, EdgeKind::kAfter);
  world.Edge(1, 3, EdgeKind::kAfter);
  world.Begin();
  world.Claim("extra");
  ASSERT_TRUE(world.End("extra", RunResult::kFailed).has_value());
  EXPECT_EQ(world.Of("db").state, TaskState::kReady) << "a soft failure stops nothing";
  world.Claim("db");
  world.Claim("running");
  ASSERT_TRUE(world.End("db", RunResult::kFailed).has_value());
  EXPECT_EQ(world.JobOf("later").result, RunResult::kCancelled);
  EXPECT_EQ(world.run().state, RunState::kRunning) << "what has begun ends by itself";
  ASSERT_TRUE(world.End("running", RunResult::kSucceeded).has_value());
  EXPECT_EQ(world.run().result, RunResult::kFailed);
}

TEST(Step, ACancelLetsWhatRunsFinish) {
  World world;
  world.request.run.direct = true;
  world.Add("running");
  world.Add("waiting");
  world.Edge(0, 1);
  world.Begin();
  world.Claim("running");
  ASSERT_TRUE(world.Do(CancelRun{CancelKind::kGraceful, "enough"}).has_value());
  EXPECT_EQ(world.JobOf("waiting").result, RunResult::kCancelled);
  EXPECT_EQ(world.run().state, RunState::kRunning);
  ASSERT_TRUE(world.End("running", RunResult::kSucceeded).has_value());
  EXPECT_EQ(world.JobOf("running").result, RunResult::kSucceeded);
  EXPECT_EQ(world.run().result, RunResult::kCancelled);
}

}  // namespace
}  // namespace davit::engine
