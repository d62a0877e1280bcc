// Moves a drawn run by chance, as runners would, and checks at each claim that nothing comes before what it waits for.
// Tests only.
#pragma once

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "engine/step_laws.h"

namespace davit::engine {

/// A drawing made into a run, and moved by chance.
class Driver {
 public:
  Driver(const Drawing& drawing, uint32_t seed, bool gate = false)
      : drawing_(drawing), oracle_(drawing), random_(seed), made_(Made(drawing)), rows_(made_) {
    for (size_t i = 0; i < made_.jobs.size(); ++i) index_[made_.jobs[i].id] = i;
    gate_ = gate || !drawing.direct;  // what is planned is shown to somebody
  }
  void Start() { RC_ASSERT(rows_.Do(StartRun{gate_}).has_value()); }

  size_t Below(size_t bound) { return random_() % bound; }
  TaskId Any(const std::vector<TaskId>& ids) { return ids[Below(ids.size())]; }

  void Claim(const TaskId& id) {
    const size_t job = index_.at(rows_.task(id).job);
    if (rows_.task(id).kind == TaskKind::kPlan) {
      for (const auto& [other, must_succeed] : oracle_.BeforePlan(job)) {
        for (const auto& [_, task] : rows_.tasks()) {
          if (task.job != made_.jobs[other].id || task.kind != TaskKind::kPlan) continue;
          RC_ASSERT(task.state == TaskState::kFinished);
          RC_ASSERT(!must_succeed || CountsAsSuccess(task.result));
        }
      }
    } else {
      CheckBefore(job);
    }
    const int64_t fence = rows_.task(id).fence;
    Result<Changes> changes =
        rows_.Do(ClaimTask{id, ProcessId("prc_1"), AttemptId("att_" + std::to_string(++attempts_)), now_ms_});
    RC_ASSERT(changes.has_value());
    RC_ASSERT(rows_.task(id).fence > fence);
    ++claims_[id];
  }

  void CheckBefore(size_t job) const {
    for (const auto& [other, must_succeed] : oracle_.Before(job)) {
      const JobRow& before = rows_.job(made_.jobs[other].id);
      RC_ASSERT(before.state == JobState::kFinished);
      RC_ASSERT(!must_succeed || CountsAsSuccess(before.result));
    }
  }

  FinishTask TrueEnd(const TaskId& id) const {
    const TaskRow& task = rows_.task(id);
    const Drawing::Job& job = drawing_.jobs[index_.at(task.job)];
    const bool plan = task.kind == TaskKind::kPlan;
    return {id, task.fence, plan ? job.plan : job.work, "", plan && job.complete, ""};
  }
  void Begin(const TaskId& id) {
    RC_ASSERT(rows_.Do(BeginMutation{id, rows_.task(id).fence}).has_value());
    begun_.insert(id);
  }
  void Finish(const TaskId& id) {
    if (IsMutating(rows_.task(id).kind)) Begin(id);
    RC_ASSERT(rows_.Do(TrueEnd(id)).has_value());
  }

  /// One act of a runner; false when there is nothing to do.
  bool Move() {
    std::vector<TaskId> ready = rows_.In(TaskState::kReady);
    const std::vector<TaskId> leased = rows_.In(TaskState::kLeased);
    if (rows_.run().state == RunState::kAwaitingApproval) {
      std::erase_if(ready, [&](const TaskId& id) { return IsMutating(rows_.task(id).kind); });
      if (ready.empty() && leased.empty()) {
        RC_ASSERT(rows_.Do(OpenGate{}).has_value());
        return true;
      }
    }
    if (ready.empty() && leased.empty()) return false;
    if (leased.empty() || (!ready.empty() && Below(2) == 0)) {
      Claim(Any(ready));
    } else {
      Finish(Any(leased));
    }
    return true;
  }

  /// The lease of a task is lost; what waits is then settled as the world has it.
  void LoseALease() {
    const std::vector<TaskId> leased = rows_.In(TaskState::kLeased);
    if (!leased.empty()) {
      const TaskId id = Any(leased);
      const TaskRow task = rows_.task(id);
      const int64_t fence = task.fence;
      if (IsMutating(task.kind) && Below(2) == 0) Begin(id);
      if (begun_.contains(id)) {
        RC_ASSERT(rows_.Do(LeaseLost{id, fence, now_ms_, "gone"}).has_value());
        RC_ASSERT(rows_.task(id).state == TaskState::kNeedsReconcile);
      } else if (task.lost_leases < 2) {
        RC_ASSERT(rows_.Do(LeaseLost{id, fence, now_ms_, "gone"}).has_value());
        RC_ASSERT(rows_.task(id).state == TaskState::kReady);
        RC_ASSERT(!rows_.Do(ClaimTask{id, ProcessId("prc_2"), AttemptId("att"), now_ms_})
                       .has_value());  // not before its time
        now_ms_ += 16'000;
      }
    }
    const std::vector<TaskId> waiting = rows_.In(TaskState::kNeedsReconcile);
    if (waiting.empty() || Below(2) == 0) return;
    const TaskId id = Any(waiting);
    const AttemptId attempt = rows_.task(id).attempt;
    const int64_t fence = rows_.task(id).fence;
    switch (Below(3)) {
      case 0:
        RC_ASSERT(rows_.Do(AdoptTask{id, ProcessId("prc_2")}).has_value());
        RC_ASSERT(rows_.task(id).attempt == attempt);
        RC_ASSERT(rows_.task(id).fence > fence);
        break;
      case 1:
        RC_ASSERT(rows_.Do(ResumeTask{id}).has_value());
        begun_.erase(id);
        break;
      default:
        RC_ASSERT(rows_.Do(FinishReconciled{TrueEnd(id)}).has_value());
    }
  }

  void CheckEnd(const std::vector<RunResult>& ends) const {
    bool stopped = false, cancelled = false, done = false;
    for (size_t i = 0; i < ends.size(); ++i) {
      RC_ASSERT(rows_.job(made_.jobs[i].id).state == JobState::kFinished);
      RC_ASSERT(rows_.job(made_.jobs[i].id).result == ends[i]);
      const bool failure =
          ends[i] == RunResult::kFailed || ends[i] == RunResult::kErrored || ends[i] == RunResult::kNotReached;
      stopped = stopped || (failure && !drawing_.jobs[i].optional);
      cancelled = cancelled || ends[i] == RunResult::kCancelled;
      done = done || (ends[i] != RunResult::kUnchanged && ends[i] != RunResult::kExcluded);
    }
    RC_ASSERT(rows_.run().state == RunState::kFinished);
    RC_ASSERT(rows_.run().open_tasks == 0);
    RC_ASSERT(rows_.run().reconcile_tasks == 0);
    const RunResult result = rows_.run().result;
    if (stopped) {
      RC_ASSERT((result == RunResult::kFailed || result == RunResult::kErrored));
    } else {
      RC_ASSERT(result == (cancelled ? RunResult::kCancelled : done ? RunResult::kSucceeded : RunResult::kUnchanged));
    }
  }

  const Oracle& oracle() const { return oracle_; }
  MemoryRows& rows() { return rows_; }
  const RunRows& made() const { return made_; }
  const std::map<TaskId, int>& claims() const { return claims_; }
  size_t IndexOf(const JobId& job) const { return index_.at(job); }

 private:
  static RunRows Made(const Drawing& drawing) {
    CountingIds ids;
    RunRequest request;
    request.run.id = RunId::New(ids);
    request.run.direct = drawing.direct;
    for (size_t i = 0; i < drawing.jobs.size(); ++i) {
      JobRequest job;
      job.component.id = ComponentId::New(ids);
      job.component.name = "c" + std::to_string(i);
      for (const auto& [consumer, producer] : drawing.built_on) {
        if (static_cast<size_t>(consumer) == i) job.component.producers.push_back("c" + std::to_string(producer));
      }
      job.action = drawing.jobs[i].removal ? JobAction::kDestroy : JobAction::kDeploy;
      job.removal = drawing.jobs[i].removal;
      job.optional = drawing.jobs[i].optional;
      job.excluded = drawing.jobs[i].excluded;
      job.order = static_cast<int>(i);
      job.weight_ms = static_cast<int64_t>(1 + i * 7 % 5);
      request.jobs.push_back(std::move(job));
    }
    request.edges = drawing.edges;
    Result<RunRows> made = MakeRun(request, ids, 0);
    RC_ASSERT(made.has_value());
    return *made;
  }

  Drawing drawing_;
  Oracle oracle_;
  std::mt19937 random_;
  RunRows made_;
  MemoryRows rows_;
  std::map<JobId, size_t> index_;
  std::map<TaskId, int> claims_;
  std::set<TaskId> begun_;
  bool gate_ = false;
  int attempts_ = 0;
  int64_t now_ms_ = 1000;
};

/// One producer of many consumers, or a long chain; everything succeeds.
inline Drawing Fan(size_t consumers, bool chain) {
  Drawing drawing;
  drawing.direct = true;
  drawing.jobs.resize(consumers + 1);
  for (size_t i = 1; i <= consumers; ++i) {
    drawing.edges.push_back({chain ? static_cast<int>(i) - 1 : 0, static_cast<int>(i), EdgeKind::kNeeds, ""});
  }
  return drawing;
}

}  // namespace davit::engine
