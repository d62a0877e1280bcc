#include "sim/checker.h"

#include <algorithm>

namespace davit::sim {
namespace {

tl::unexpected<Error> Broken(std::string what) {
  return Fail(ErrorCode::kInternal, std::move(what));
}

/// The edge lets its consumer go on.
bool Satisfied(const TaskRow& from, EdgeKind kind) {
  return from.state == TaskState::kFinished && (kind == EdgeKind::kAfter || CountsAsSuccess(from.result));
}

/// A job's result by the words of the issue: its first failure, else succeeded if anything was done.
RunResult ResultOf(const std::vector<const TaskRow*>& tasks) {
  for (const TaskRow* task : tasks) {
    if (task->result == RunResult::kFailed || task->result == RunResult::kErrored) return task->result;
  }
  for (const TaskRow* task : tasks) {
    if (task->result == RunResult::kCancelled || task->result == RunResult::kNotReached) return task->result;
  }
  for (const TaskRow* task : tasks) {
    // That it was planned says nothing of what was then not applied.
    if (task->result == RunResult::kSucceeded && (task->kind != TaskKind::kPlan || tasks.size() == 1))
      return RunResult::kSucceeded;
  }
  for (const TaskRow* task : tasks) {
    if (task->result == RunResult::kExcluded) return RunResult::kExcluded;
  }
  return RunResult::kUnchanged;
}

}  // namespace

Result<> Checker::CheckRun(const RunId& id) {
  TRY_ASSIGN(auto tx, backend_.Read());
  TRY_ASSIGN(RunRow run, Need(tx->GetRun(id), id.text));
  TRY_ASSIGN(std::vector<TaskRow> list, tx->ListTasks(id));
  Tasks tasks;
  for (const TaskRow& task : list) tasks.emplace(task.id, task);
  TRY(CheckTasks(run, tasks));
  TRY(CheckEdges(run, tasks));
  TRY(CheckJobs(*tx, run, list));
  TRY(CheckEvents(*tx, run));
  TRY(CheckComponents(*tx, run, list));
  if (run.state == RunState::kFinished) {
    TRY_ASSIGN(std::vector<LockRow> locks, tx->ListLocksOfRun(id));
    if (!locks.empty()) return Broken(id.text + " is finished and holds a lock");
  }
  return {};
}

Result<> Checker::CheckTasks(const RunRow& run, const Tasks& tasks) {
  int open = 0;
  int reconcile = 0;
  for (const auto& [id, task] : tasks) {
    open += task.state != TaskState::kFinished;
    reconcile += task.state == TaskState::kNeedsReconcile;
    Seen& seen = seen_[id];
    if (seen.state == TaskState::kFinished && (task.state != TaskState::kFinished || task.result != seen.result)) {
      return Broken(id.text + " was finished and has changed: an acknowledged result is lost");
    }
    if (task.fence < seen.fence) return Broken(id.text + " went back to an older fence");
    seen = {task.state, task.result, task.fence};
    if ((task.state == TaskState::kFinished) != (task.result != RunResult::kNone))
      return Broken(id.text + " has a result too early, or none");
    if (task.state == TaskState::kLeased && (task.holder.empty() || task.attempt.empty()))
      return Broken(id.text + " is leased to nobody");
    if (task.state == TaskState::kLeased &&
        leases_.emplace(std::pair(task.component, task.fence), task.holder).first->second != task.holder) {
      return Broken(id.text + " has two holders under one fence");
    }
    if (task.state == TaskState::kReady && task.not_before_ms != 0 && task.lost_leases == 0)
      return Broken(id.text + " waits for no reason");
    if (task.lost_leases > 4) return Broken(id.text + " lost its lease too often");
    if (task.state == TaskState::kReady && run.cancel != CancelKind::kNone)
      return Broken(id.text + " is ready in a cancelled run");
    if ((task.state == TaskState::kBlocked || task.state == TaskState::kReady) && run.stops_on_failure &&
        run.failed_mandatory > 0) {
      return Broken(id.text + " is still to come in a run that a failure stops");
    }
    if (task.state == TaskState::kBlocked && run.cancel != CancelKind::kNone)
      return Broken(id.text + " is blocked in a cancelled run");
    if ((task.state == TaskState::kLeased || task.state == TaskState::kNeedsReconcile) &&
        run.state != RunState::kRunning && (IsMutating(task.kind) || run.state != RunState::kAwaitingApproval)) {
      return Broken(id.text + " is held in a run that is " + std::string(ToString(run.state)));
    }
    if (task.state == TaskState::kFinished && task.result == RunResult::kSucceeded && IsMutating(task.kind) &&
        world_.EffectsOf(id) == 0) {
      return Broken(id.text + " succeeded without doing anything");
    }
  }
  const auto held =
      std::count_if(tasks.begin(), tasks.end(), [](const auto& entry) { return entry.second.awaits_approval; });
  if (held != run.approval_tasks) return Broken("approval_tasks of " + run.id.text + " is wrong");
  const bool waits = run.state == RunState::kAwaitingApproval || held > 0;
  if (run.state != RunState::kFinished && waits != (run.waiting_since_ms != 0))
    return Broken(run.id.text + " does not know whether it waits");
  if (open != run.open_tasks) return Broken("open_tasks of " + run.id.text + " is wrong");
  if (reconcile != run.reconcile_tasks) return Broken("reconcile_tasks of " + run.id.text + " is wrong");
  return {};
}

Result<> Checker::CheckEdges(const RunRow& run, const Tasks& tasks) {
  std::map<TaskId, int> waiting;
  std::map<TaskId, bool> stopped;           // a producer ended without success
  std::map<TaskId, bool> can_still_change;  // some producer is open
  for (const EdgeRow& edge : backend_.Edges(run.id)) {
    auto from = tasks.find(edge.from);
    if (from == tasks.end()) return Broken(edge.from.text + " is in an edge and nowhere else");
    if (Satisfied(from->second, edge.kind)) continue;
    ++waiting[edge.to];
    if (from->second.state == TaskState::kFinished) {
      stopped[edge.to] = true;
    } else {
      can_still_change[edge.to] = true;
    }
  }
  // Where one fails before the gate, what has not begun is not applied.
  const bool plan_failed = run.failed_mandatory > 0 && std::any_of(tasks.begin(), tasks.end(), [](const auto& entry) {
                             const TaskRow& task = entry.second;
                             return task.kind == TaskKind::kPlan &&
                                    (task.result == RunResult::kFailed || task.result == RunResult::kErrored);
                           });
  for (const auto& [id, task] : tasks) {
    if (task.awaits_approval) {
      if (task.state != TaskState::kBlocked || !task.holder.empty() || waiting[id] > 0)
        return Broken(id.text + " waits for a yes and for something else");
      continue;
    }
    if (task.state == TaskState::kBlocked) {
      if (task.blocked_on != waiting[id]) return Broken("blocked_on of " + id.text + " is wrong");
      if (task.blocked_on == 0) return Broken(id.text + " is blocked by nothing: stuck");
      if (stopped[id]) return Broken(id.text + " waits for something that can no longer happen");
      if (!can_still_change[id]) return Broken(id.text + " waits for nothing that moves: stuck");
      continue;
    }
    const bool ran = task.attempt_number > 0;
    if (waiting[id] > 0 && (task.state != TaskState::kFinished || ran))
      return Broken(id.text + " moved before its producers");
    if (task.state != TaskState::kFinished) continue;
    if (task.result == RunResult::kNotReached && !stopped[id]) return Broken(id.text + " was stopped by nothing");
    if (stopped[id] && task.result != RunResult::kNotReached && task.result != RunResult::kCancelled &&
        task.result != RunResult::kUnchanged && task.result != RunResult::kExcluded) {
      return Broken(id.text + " went on after its producer failed");
    }
    const bool stopped_run = run.stops_on_failure && run.failed_mandatory > 0;
    if (task.result == RunResult::kCancelled && run.cancel == CancelKind::kNone && !plan_failed && !stopped_run &&
        !backend_.WasRejected(run.id))
      return Broken(id.text + " is cancelled and nobody asked");
  }
  return {};
}

Result<> Checker::CheckJobs(Tx& tx, const RunRow& run, const std::vector<TaskRow>& tasks) {
  std::map<JobId, std::vector<const TaskRow*>> by_job;
  for (const TaskRow& task : tasks) by_job[task.job].push_back(&task);
  TRY_ASSIGN(std::vector<JobRow> jobs, tx.ListJobs(run.id));
  for (const JobRow& job : jobs) {
    const std::vector<const TaskRow*>& own = by_job[job.id];
    if (own.empty()) {
      if (job.state != JobState::kFinished || job.result != RunResult::kExcluded)
        return Broken(job.id.text + " has no tasks");
      continue;
    }
    int open = 0;
    bool leased = false, reconcile = false, ready = false;
    for (const TaskRow* task : own) {
      open += task->state != TaskState::kFinished;
      leased = leased || task->state == TaskState::kLeased;
      reconcile = reconcile || task->state == TaskState::kNeedsReconcile;
      ready = ready || task->state == TaskState::kReady;
    }
    if (job.open_tasks != open) return Broken("open_tasks of " + job.id.text + " is wrong");
    bool fits = false;
    switch (job.state) {
      case JobState::kFinished:
        fits = open == 0;
        break;
      case JobState::kNeedsReconcile:
        fits = reconcile;
        break;
      case JobState::kRunning:
        fits = !reconcile && (leased || ready);
        break;
      case JobState::kReady:
        fits = !reconcile && !leased && ready;
        break;
      case JobState::kBlocked:
        fits = !reconcile && !leased && !ready && open > 0;
        break;
      case JobState::kAwaitingApproval:
        fits = !leased && open > 0;
        break;
    }
    if (!fits) return Broken(job.id.text + " is " + std::string(ToString(job.state)) + ", which its tasks are not");
    const RunResult expected = open == 0 ? ResultOf(own) : RunResult::kNone;
    if (job.result != expected) {
      return Broken("the result of " + job.id.text + " is '" + std::string(ToString(job.result)) + "' instead of '" +
                    std::string(ToString(expected)) + "'");
    }
  }
  return CheckResult(run, jobs);
}

Result<> Checker::CheckResult(const RunRow& run, const std::vector<JobRow>& jobs) {
  int failed = 0, errored = 0, soft = 0, cancelled = 0, not_reached = 0;
  bool done = false;
  for (const JobRow& job : jobs) {
    if (job.state != JobState::kFinished) continue;
    const bool bad = job.result == RunResult::kFailed || job.result == RunResult::kErrored;
    soft += bad && job.optional;
    failed += job.result == RunResult::kFailed && !job.optional;
    errored += job.result == RunResult::kErrored && !job.optional;
    not_reached += job.result == RunResult::kNotReached && !job.optional;
    cancelled += job.result == RunResult::kCancelled;
    done = done || (job.result != RunResult::kUnchanged && job.result != RunResult::kExcluded);
  }
  if (run.failed_mandatory != failed + errored + not_reached)
    return Broken("failed_mandatory of " + run.id.text + " is wrong");
  if (run.soft_failures != soft) return Broken("soft_failures of " + run.id.text + " is wrong");
  if (run.cancelled_tasks != cancelled) return Broken("cancelled_tasks of " + run.id.text + " is wrong");
  summaries_[run.id] = std::string(ToString(run.state)) + "/" + std::string(ToString(run.result)) + " open " +
                       std::to_string(run.open_tasks) + " event " + std::to_string(run.next_event);
  if (run.state != RunState::kFinished) {
    if (run.result != RunResult::kNone) return Broken(run.id.text + " has a result and is not finished");
    if (run.state == RunState::kRunning && run.open_tasks == 0)
      return Broken(run.id.text + " has nothing to do and does not end");
    if (run.state == RunState::kAwaitingApproval && run.any_done)
      return Broken(run.id.text + " did something before anybody said yes");
    // A plan that is being made before the gate keeps a cancelled run open.
    if (run.cancel != CancelKind::kNone && run.state != RunState::kRunning && run.open_tasks == 0)
      return Broken(run.id.text + " is cancelled and goes on waiting");
    return {};
  }
  if (run.open_tasks != 0) return Broken(run.id.text + " ended with open tasks");
  bool fits = false;
  switch (run.result) {
    case RunResult::kFailed:
      fits = failed + errored + not_reached > 0;
      break;
    case RunResult::kErrored:
      fits = failed == 0 && errored > 0;
      break;
    case RunResult::kCancelled:
      fits = (run.cancel != CancelKind::kNone || backend_.WasRejected(run.id)) && failed + errored == 0 &&
             (cancelled > 0 || run.started_ms == 0 || run.moves);
      break;
    case RunResult::kSucceeded:
      fits = failed + errored + not_reached + cancelled == 0 && (done || run.moves);
      break;
    case RunResult::kUnchanged:
      fits = failed + errored + not_reached + cancelled == 0 && !done && !run.moves;
      break;
    default:
      break;
  }
  if (!fits) return Broken(run.id.text + " ended '" + std::string(ToString(run.result)) + "', which its jobs did not");
  return {};
}

Result<> Checker::CheckEvents(Tx& tx, const RunRow& run) {
  int64_t& last = last_event_[run.id];
  for (;;) {
    TRY_ASSIGN(std::vector<EventRow> events, tx.ListEvents(run.id, last, 100));
    for (const EventRow& event : events) {
      if (event.sequence != last + 1)
        return Broken("the events of " + run.id.text + " have a gap after " + std::to_string(last));
      last = event.sequence;
    }
    if (events.size() < 100) break;
  }
  if (run.next_event != last + 1) return Broken("next_event of " + run.id.text + " is wrong");
  return {};
}

Result<> Checker::CheckComponents(Tx& tx, const RunRow& run, const std::vector<TaskRow>& tasks) {
  TRY_ASSIGN(std::vector<ComponentRow> components, tx.ListComponents(run.deployment));
  std::map<ComponentId, const ComponentRow*> by_id;
  for (const ComponentRow& component : components) {
    by_id[component.id] = &component;
    int64_t& fence = fences_[component.id];
    if (component.fence < fence) return Broken("the fence of " + component.id.text + " went back");
    fence = component.fence;
    if (world_.Exists(component.id) && !component.live)
      return Broken(component.id.text + " exists and nobody would take it away");
  }
  for (const TaskRow& task : tasks) {
    auto component = by_id.find(task.component);
    if (component == by_id.end()) return Broken(task.component.text + " is missing");
    if (task.fence > component->second->fence) return Broken(task.id.text + " has a fence that was never given");
    const bool held = task.state == TaskState::kLeased || task.state == TaskState::kNeedsReconcile;
    if (held && task.fence != component->second->fence) return Broken(task.id.text + " is held under an old fence");
    // The newest lease of a component left its whole state, where its tool has ended and the task succeeded.
    if (task.state != TaskState::kFinished || task.result != RunResult::kSucceeded || !IsMutating(task.kind)) continue;
    if (task.fence != component->second->fence) continue;
    const Tool* tool = world_.Find(task.attempt);
    if (tool == nullptr) return Broken(task.id.text + " succeeded, but its attempt never ran");
    TRY_ASSIGN(StateVersionRow state,
               Need(tx.GetStateVersion(component->second->state), component->second->state.text));
    if (state.blob != tool->StateText() || !state.complete)
      return Broken("the last state of " + task.component.text + " is lost");
  }
  return {};
}

Result<> Checker::CheckHeld() {
  TRY_ASSIGN(auto tx, backend_.Read());
  TRY_ASSIGN(std::vector<TaskRow> held, tx->HeldTasks());
  std::map<ComponentId, TaskId> holders;
  for (const TaskRow& task : held) {
    auto [other, first] = holders.emplace(task.component, task.id);
    if (!first)
      return Broken(task.component.text + " is held twice: by " + other->second.text + " and " + task.id.text);
  }
  return {};
}

}  // namespace davit::sim
