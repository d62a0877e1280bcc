// Laws of the step function over random runs, results and interleavings (engine.md 1 to 3).
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <functional>
#include <set>

#include "engine/step_driver.h"

namespace davit::engine {
namespace {

RC_GTEST_PROP(StepLaws, EveryOrderOfClaimsEndsAsTheOracleSays, (uint32_t first, uint32_t second)) {
  const Drawing drawing = *ADrawing();
  for (const uint32_t seed : {first, second}) {
    Driver driver(drawing, seed);
    driver.Start();
    while (driver.Move()) {
    }
    driver.CheckEnd(driver.oracle().ends());
    for (const auto& [id, task] : driver.rows().tasks()) {
      const auto claims = driver.claims().find(id);
      const bool ran = claims != driver.claims().end();
      if (ran) RC_ASSERT(claims->second == 1);
      // Not claimed: stopped by a failure, or its job's plan found nothing to do.
      if (!ran) RC_ASSERT((task.result == RunResult::kNotReached || task.result == RunResult::kUnchanged));
    }
  }
}

RC_GTEST_PROP(StepLaws, LostLeasesDoNotChangeTheEnd, (uint32_t seed)) {
  Driver driver(*ADrawing(), seed);
  driver.Start();
  for (int i = 0; i < 60; ++i) {
    driver.Move();
    driver.LoseALease();
  }
  for (const TaskId& id : driver.rows().In(TaskState::kNeedsReconcile))
    RC_ASSERT(driver.rows().Do(ResumeTask{id}).has_value());
  while (driver.Move()) {
  }
  driver.CheckEnd(driver.oracle().ends());
}

RC_GTEST_PROP(StepLaws, ACancelKeepsTheTrueResultOfWhatWasRunning, (uint32_t seed)) {
  const Drawing drawing = *ADrawing();
  Driver driver(drawing, seed);
  driver.Start();
  for (size_t i = driver.Below(30); i > 0; --i) driver.Move();
  MemoryRows& rows = driver.rows();
  if (rows.run().state == RunState::kFinished) {
    RC_ASSERT(rows.Do(CancelRun{CancelKind::kGraceful, "late"})->events.empty());
    return driver.CheckEnd(driver.oracle().ends());
  }
  std::vector<RunResult> ends = driver.oracle().ends();
  std::map<size_t, bool> running;
  for (size_t i = 0; i < ends.size(); ++i) {
    if (rows.job(driver.made().jobs[i].id).state != JobState::kFinished) ends[i] = RunResult::kCancelled;
  }
  for (const TaskId& id : rows.In(TaskState::kLeased)) {
    const TaskRow& task = rows.task(id);
    const size_t job = driver.IndexOf(task.job);
    const Drawing::Job& drawn = drawing.jobs[job];
    if (task.kind != TaskKind::kPlan) {
      ends[job] = drawn.work;
    } else if (!CountsAsSuccess(drawn.plan)) {
      ends[job] = drawn.plan;
    }
  }
  RC_ASSERT(rows.Do(CancelRun{CancelKind::kGraceful, "enough"}).has_value());
  RC_ASSERT(rows.In(TaskState::kReady).empty());
  RC_ASSERT(rows.In(TaskState::kBlocked).empty());
  while (driver.Move()) {
  }
  driver.CheckEnd(ends);
}

RC_GTEST_PROP(StepLaws, OnlyPlansRunBeforeTheGateOpens, (uint32_t seed, bool approve)) {
  Driver driver(*ADrawing(), seed, /*gate=*/true);
  MemoryRows& rows = driver.rows();
  auto refuses = [&](bool plans_too) {
    for (const auto& [id, task] : rows.tasks()) {
      if (!IsMutating(task.kind) && !plans_too) continue;
      RC_ASSERT(rows.Do(ClaimTask{id, ProcessId("prc_1"), AttemptId("att_1"), 0}).error().code == ErrorCode::kConflict);
    }
  };
  refuses(true);
  RC_ASSERT(rows.Do(OpenGate{}).error().code == ErrorCode::kConflict);
  driver.Start();
  if (rows.tasks().empty()) return driver.CheckEnd(driver.oracle().ends());
  RC_ASSERT(rows.run().state == RunState::kAwaitingApproval);
  for (bool more = true; more && driver.Below(8) != 0;) {
    refuses(false);
    std::vector<TaskId> plans;
    for (const TaskId& id : rows.In(TaskState::kReady)) {
      if (!IsMutating(rows.task(id).kind)) plans.push_back(id);
    }
    more = !plans.empty();
    if (!more) break;
    const TaskId id = driver.Any(plans);
    driver.Claim(id);
    driver.Finish(id);
  }
  for (const auto& [id, task] : rows.tasks()) RC_ASSERT(!IsMutating(task.kind) || task.attempt_number == 0);
  if (rows.run().state == RunState::kFinished) {
    // A plan failed and so nothing is applied, or all of them found nothing to do.
    if (rows.run().failed_mandatory > 0) return;
    return driver.CheckEnd(driver.oracle().ends());
  }
  if (approve) {
    while (driver.Move()) {
    }
    return driver.CheckEnd(driver.oracle().ends());
  }
  RC_ASSERT(rows.Do(CancelRun{CancelKind::kGraceful, "no"})->run_finished);
  // An optional plan that failed may have kept a mandatory consumer from ever running.
  RC_ASSERT(rows.run().result == (rows.run().failed_mandatory > 0 ? RunResult::kFailed : RunResult::kCancelled));
  RC_ASSERT(rows.run().open_tasks == 0);
}

RC_GTEST_PROP(StepLaws, AnOldFenceAndARepeatChangeNothing, (uint32_t seed)) {
  Driver driver(*ADrawing(), seed);
  driver.Start();
  MemoryRows& rows = driver.rows();
  auto nothing = [&](const Event& event) {
    Result<Changes> changes = rows.Do(event);
    if (!changes) {
      RC_ASSERT(changes.error().code == ErrorCode::kConflict);
    } else {
      RC_ASSERT(changes->runs.empty() && changes->jobs.empty() && changes->tasks.empty() &&
                changes->components.empty());
    }
  };
  do {
    for (const auto& [id, task] : std::map<TaskId, TaskRow>(rows.tasks())) {
      if (task.fence == 0) continue;
      const int64_t old = task.fence - 1;
      nothing(RenewLease{id, old});
      nothing(BeginMutation{id, old});
      nothing(FinishTask{id, old, RunResult::kSucceeded, "", false, ""});
      nothing(LeaseLost{id, old, 0, "gone"});
      nothing(MarkReconcile{id, old, "gone"});
      nothing(HoldTask{id, old, "differs"});
      nothing(GoOn{id, old});
      nothing(PlanRefused{id, old, "stale"});
      nothing(ApproveTask{id});
      nothing(RejectTask{id, "no"});
      if (task.state != TaskState::kReady) nothing(ClaimTask{id, ProcessId("prc_2"), AttemptId("att"), 0});
      nothing(AdoptTask{id, ProcessId("prc_2")});
      nothing(AbandonTask{id, "no"});
      nothing(ResumeTask{id});
      if (task.state == TaskState::kLeased) continue;
      nothing(RenewLease{id, task.fence});
      nothing(BeginMutation{id, task.fence});
      nothing(FinishTask{id, task.fence, RunResult::kFailed, "", false, ""});
      nothing(LeaseLost{id, task.fence, 0, "gone"});
      nothing(MarkReconcile{id, task.fence, "gone"});
      nothing(HoldTask{id, task.fence, "differs"});
      nothing(GoOn{id, task.fence});
      nothing(PlanRefused{id, task.fence, "stale"});
    }
    nothing(StartRun{});
    if (rows.run().state != RunState::kAwaitingApproval) nothing(OpenGate{});
  } while (driver.Move());
  driver.CheckEnd(driver.oracle().ends());
}

RC_GTEST_PROP(StepLaws, MakeRunCountsEdgesAndTheLongestPath, (uint32_t seed)) {
  const Drawing drawing = *ADrawing();
  Driver driver(drawing, seed);
  const RunRows& made = driver.made();
  std::map<TaskId, int> incoming;
  std::map<TaskId, std::vector<TaskId>> out;
  std::set<std::pair<TaskId, TaskId>> pairs;
  for (const EdgeRow& edge : made.edges) {
    ++incoming[edge.to];
    out[edge.from].push_back(edge.to);
    RC_ASSERT(pairs.emplace(edge.from, edge.to).second);
  }
  std::function<int64_t(const TaskRow&)> longest = [&](const TaskRow& task) {
    int64_t most = 0;
    for (const TaskId& next : out[task.id]) most = std::max(most, longest(driver.rows().task(next)));
    return most + static_cast<int64_t>(1 + driver.IndexOf(task.job) * 7 % 5);
  };
  std::map<JobId, int> tasks_of;
  for (const TaskRow& task : made.tasks) {
    RC_ASSERT(task.blocked_on == incoming[task.id]);
    RC_ASSERT((task.state == TaskState::kReady) == (task.blocked_on == 0));
    RC_ASSERT(task.priority == longest(task));
    ++tasks_of[task.job];
  }
  for (size_t i = 0; i < drawing.jobs.size(); ++i) {
    const int expected = drawing.jobs[i].excluded ? 0 : drawing.HasPlan(i) ? 2 : 1;
    RC_ASSERT(tasks_of[made.jobs[i].id] == expected);
  }
}

TEST(StepCost, AStepLooksAtWhatItTouchesAndNoFurther) {
  for (const bool chain : {false, true}) {
    std::vector<int64_t> looked;
    for (const size_t size : {100u, 10'000u}) {
      Driver driver(Fan(size, chain), 1);
      driver.Start();
      driver.rows().TakeLooked();
      driver.Move();  // claims the first
      looked.push_back(driver.rows().TakeLooked());
      EXPECT_LE(looked.back(), 8);
      driver.Move();  // begins and finishes it: two steps
      const int64_t cost = driver.rows().TakeLooked();
      const auto touched = static_cast<int64_t>(chain ? 1 : size);
      EXPECT_LE(cost, 20 + 6 * touched) << size;
    }
    EXPECT_EQ(looked[0], looked[1]);
  }
}

TEST(StepCost, AFailureRunsDownALongChainAndAWideFan) {
  for (const bool chain : {false, true}) {
    Drawing drawing = Fan(10'000, chain);
    drawing.jobs[0].work = RunResult::kFailed;
    Driver driver(drawing, 1);
    driver.Start();
    while (driver.Move()) {
    }
    EXPECT_EQ(driver.claims().size(), 1u);
    EXPECT_EQ(driver.rows().run().state, RunState::kFinished);
    EXPECT_EQ(driver.rows().run().result, RunResult::kFailed);
    EXPECT_EQ(driver.rows().job(driver.made().jobs.back().id).result, RunResult::kNotReached);
  }
}

TEST(StepCost, ACycleIsRefused) {
  Drawing drawing = Fan(3, true);
  RunRequest request;
  CountingIds ids;
  request.edges = drawing.edges;
  request.edges.push_back({3, 1, EdgeKind::kAfter, ""});
  request.jobs.resize(4);
  for (size_t i = 0; i < request.jobs.size(); ++i) request.jobs[i].component.name = "c" + std::to_string(i);
  EXPECT_EQ(MakeRun(request, ids, 0).error().code, ErrorCode::kInvalidInput);
}

}  // namespace
}  // namespace davit::engine
