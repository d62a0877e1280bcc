#include "engine/step.h"

#include <algorithm>
#include <map>

namespace davit::engine {
namespace {

constexpr int kMaxLostLeases = 3;

bool IsFailure(RunResult result) {
  return result != RunResult::kNone && !CountsAsSuccess(result);
}

/// The rows touched by one step: copied on first touch, written back whole. An error of a load is kept and ends the step.
class Working {
 public:
  Working(Rows& rows, RunId run_id, int64_t wall_ms) : rows_(rows), run_id_(std::move(run_id)), wall_ms_(wall_ms) {}

  Result<> Load() {
    TRY_ASSIGN(run_, rows_.Run(run_id_));
    return {};
  }

  RunRow& run() { return run_; }
  void TouchRun() { run_touched_ = true; }

  Result<TaskRow*> Task(const TaskId& id) {
    if (auto found = tasks_.find(id); found != tasks_.end()) return &found->second;
    TRY_ASSIGN(TaskRow row, rows_.Task(id));
    return &tasks_.emplace(id, std::move(row)).first->second;
  }

  Result<JobRow*> Job(const JobId& id) {
    if (auto found = jobs_.find(id); found != jobs_.end()) return &found->second;
    TRY_ASSIGN(JobRow row, rows_.Job(id));
    return &jobs_.emplace(id, std::move(row)).first->second;
  }

  /// All tasks of the job, as this step has them.
  Result<std::vector<TaskRow*>> JobTasks(const JobId& id) {
    TRY_ASSIGN(std::vector<TaskRow> rows, rows_.JobTasks(id));
    std::vector<TaskRow*> tasks;
    for (TaskRow& row : rows) {
      TaskId task = row.id;
      tasks.push_back(&tasks_.emplace(task, std::move(row)).first->second);
    }
    return tasks;
  }

  Result<std::vector<TaskRow*>> RunTasks() {
    TRY_ASSIGN(std::vector<TaskRow> rows, rows_.RunTasks(run_id_));
    std::vector<TaskRow*> tasks;
    for (TaskRow& row : rows) {
      TaskId task = row.id;
      tasks.push_back(&tasks_.emplace(task, std::move(row)).first->second);
    }
    return tasks;
  }

  Result<int64_t> BumpFence(const ComponentId& id) {
    auto found = components_.find(id);
    if (found == components_.end()) {
      TRY_ASSIGN(ComponentRow row, rows_.Component(id));
      found = components_.emplace(id, std::move(row)).first;
    }
    return ++found->second.fence;
  }

  Rows& rows() { return rows_; }
  int64_t wall_ms() const { return wall_ms_; }

  void Emit(std::string kind, const TaskRow* task, const JobRow* job, json::object data) {
    EventRow event;
    event.run = run_id_;
    event.sequence = run_.next_event++;
    event.wall_ms = wall_ms_;
    event.kind = std::move(kind);
    if (task != nullptr) {
      event.task = task->id;
      event.job = task->job;
    }
    if (job != nullptr) event.job = job->id;
    event.data = std::move(data);
    event.data["v"] = 1;
    events_.push_back(std::move(event));
    run_touched_ = true;
  }

  void Move(TaskRow& task, TaskState to) {
    CHECK(IsLegalTransition(task.state, to), std::string(ToString(task.state)) + " -> " + std::string(ToString(to)));
    if (task.state == TaskState::kNeedsReconcile) --run_.reconcile_tasks;
    if (to == TaskState::kNeedsReconcile) ++run_.reconcile_tasks;
    if (task.awaits_approval) {
      task.awaits_approval = false;
      if (--run_.approval_tasks == 0) run_.waiting_since_ms = 0;
    }
    task.state = to;
    touched_tasks_.push_back(task.id);
    touched_jobs_.push_back(task.job);
    run_touched_ = true;
  }
  void Hold(TaskRow& task) {
    Move(task, TaskState::kBlocked);
    task.awaits_approval = true;
    if (run_.approval_tasks++ == 0) run_.waiting_since_ms = wall_ms_;
  }
  void Touch(const TaskRow& task) { touched_tasks_.push_back(task.id); }
  void TouchJob(const TaskRow& task) { touched_jobs_.push_back(task.job); }
  void Touch(const JobRow& job) { touched_jobs_.push_back(job.id); }

  /// Derives the touched jobs from their tasks. Gives the name of one that is the first failure of a mandatory component, or "".
  Result<std::string> DeriveJobs() {
    std::sort(touched_jobs_.begin(), touched_jobs_.end());
    touched_jobs_.erase(std::unique(touched_jobs_.begin(), touched_jobs_.end()), touched_jobs_.end());
    const bool failed_before = run_.failed_mandatory > 0;
    std::string failed;
    for (const JobId& id : touched_jobs_) {
      const int before = run_.failed_mandatory;
      TRY(DeriveJob(id));
      if (run_.failed_mandatory > before && !failed_before && failed.empty()) failed = jobs_.at(id).name;
    }
    return failed;
  }

  /// Derives jobs and the run and gives everything that changed.
  Result<Changes> Finish() {
    TRY(DeriveJobs());
    Changes changes;
    if (run_touched_) DeriveRun(changes);
    std::sort(touched_tasks_.begin(), touched_tasks_.end());
    touched_tasks_.erase(std::unique(touched_tasks_.begin(), touched_tasks_.end()), touched_tasks_.end());
    for (const TaskId& id : touched_tasks_) changes.tasks.push_back(tasks_.at(id));
    for (const JobId& id : touched_jobs_) changes.jobs.push_back(jobs_.at(id));
    for (const auto& [id, row] : components_) changes.components.push_back(row);
    if (run_touched_) changes.runs.push_back(run_);
    changes.events = std::move(events_);
    return changes;
  }

 private:
  Result<> DeriveJob(const JobId& id) {
    TRY_ASSIGN(JobRow * job, Job(id));
    TRY_ASSIGN(std::vector<TaskRow*> tasks, JobTasks(id));
    const JobState before = job->state;
    job->open_tasks = 0;
    bool leased = false;
    bool reconcile = false;
    bool ready = false;
    bool held = false;
    bool planned = false;
    RunResult result = RunResult::kUnchanged;
    for (const TaskRow* task : tasks) {
      held = held || task->awaits_approval;
      planned = planned || (task->kind == TaskKind::kPlan && task->state == TaskState::kFinished);
      leased = leased || task->state == TaskState::kLeased;
      reconcile = reconcile || task->state == TaskState::kNeedsReconcile;
      ready = ready || task->state == TaskState::kReady;
      if (task->state != TaskState::kFinished) {
        ++job->open_tasks;
      } else if (IsFailure(task->result)) {
        // The first cause wins over what it stopped.
        if (!IsFailure(result) || result == RunResult::kNotReached || result == RunResult::kCancelled) {
          if (!IsFailure(result) || (task->result != RunResult::kNotReached && task->result != RunResult::kCancelled))
            result = task->result;
        }
      } else if (!IsFailure(result) && task->result != RunResult::kUnchanged &&
                 (task->kind != TaskKind::kPlan || tasks.size() == 1)) {
        result = task->result;  // that it was planned says nothing where it was to be applied too
      }
    }
    if (job->open_tasks == 0) {
      job->state = JobState::kFinished;
      job->result = result;
    } else if (reconcile) {
      job->state = JobState::kNeedsReconcile;
    } else if (held || (planned && run_.state == RunState::kAwaitingApproval)) {
      job->state = JobState::kAwaitingApproval;
    } else if (leased || (before == JobState::kRunning && ready)) {
      job->state = JobState::kRunning;
    } else {
      job->state = ready ? JobState::kReady : JobState::kBlocked;
    }
    if (leased && job->started_ms == 0) job->started_ms = wall_ms_;
    if (job->state == JobState::kFinished && before != JobState::kFinished) {
      job->finished_ms = wall_ms_;
      if (result == RunResult::kFailed || result == RunResult::kErrored) {
        ++(job->optional ? run_.soft_failures : run_.failed_mandatory);
      } else if (result == RunResult::kCancelled) {
        ++run_.cancelled_tasks;
      } else if (result == RunResult::kNotReached && !job->optional) {
        ++run_.failed_mandatory;  // a removal or a consumer that a soft failure kept from running is not done either
      }
      Emit("job.finished", nullptr, job, {{"result", std::string(ToString(result))}, {"reason", job->reason}});
    }
    return {};
  }

  void DeriveRun(Changes& changes) {
    // Where nothing is to be run, a new name is still something to say yes to.
    const bool asks = run_.state == RunState::kAwaitingApproval && run_.moves && run_.cancel == CancelKind::kNone &&
                      run_.failed_mandatory == 0;
    const bool refused = run_.state == RunState::kAwaitingApproval && run_.moves && run_.cancel != CancelKind::kNone;
    if (run_.state != RunState::kFinished && run_.open_tasks == 0 && !asks &&
        (run_.state != RunState::kQueued || run_.cancel != CancelKind::kNone)) {
      run_.state = RunState::kFinished;
      run_.waiting_since_ms = 0;
      run_.finished_ms = wall_ms_;
      if (run_.failed_mandatory > 0) {
        run_.result = RunResult::kFailed;
      } else if (refused || run_.cancelled_tasks > 0 || (run_.cancel != CancelKind::kNone && run_.started_ms == 0)) {
        run_.result = RunResult::kCancelled;
      } else {
        run_.result = run_.any_done || run_.soft_failures > 0 ? RunResult::kSucceeded : RunResult::kUnchanged;
      }
      changes.run_finished = true;
      Emit("run.finished", nullptr, nullptr, {{"result", std::string(ToString(run_.result))}, {"reason", run_.reason}});
    }
  }

  Rows& rows_;
  RunId run_id_;
  int64_t wall_ms_;
  RunRow run_;
  bool run_touched_ = false;
  std::map<TaskId, TaskRow> tasks_;
  std::map<JobId, JobRow> jobs_;
  std::map<ComponentId, ComponentRow> components_;
  std::vector<TaskId> touched_tasks_;
  std::vector<JobId> touched_jobs_;
  std::vector<EventRow> events_;
};

tl::unexpected<Error> Conflict(std::string message) {
  return Fail(ErrorCode::kConflict, std::move(message));
}

/// Ends a task and carries its end along the edges: a list instead of recursion, as chains are long.
Result<> EndTask(Working& working, TaskRow& first, RunResult result, const std::string& reason) {
  struct End {
    TaskId task;
    RunResult result;
    std::string reason;
  };
  std::vector<End> ends{{first.id, result, reason}};
  while (!ends.empty()) {
    const End end = std::move(ends.back());
    ends.pop_back();
    TRY_ASSIGN(TaskRow * task, working.Task(end.task));
    if (task->state == TaskState::kFinished) continue;
    working.Move(*task, TaskState::kFinished);
    task->result = end.result;
    --working.run().open_tasks;
    TRY_ASSIGN(JobRow * job, working.Job(task->job));
    if (!end.reason.empty() && (job->reason.empty() || IsFailure(end.result))) {
      if (end.result != RunResult::kNotReached || job->reason.empty()) job->reason = end.reason;
    }
    // Of a preview, or of fetching a state, that is all there is to be done.
    const bool planned = task->kind == TaskKind::kPlan && working.run().kind == RunKind::kDeploy;
    const bool did =
        end.result == RunResult::kSucceeded || end.result == RunResult::kFailed || end.result == RunResult::kErrored;
    if (did && !planned) working.run().any_done = true;
    working.Emit("task.finished", task, nullptr,
                 {{"result", std::string(ToString(end.result))}, {"reason", end.reason}});

    TRY_ASSIGN(std::vector<EdgeRow> edges, working.rows().OutEdges(task->id));
    for (const EdgeRow& edge : edges) {
      TRY_ASSIGN(TaskRow * successor, working.Task(edge.to));
      if (successor->state != TaskState::kBlocked) continue;
      if (edge.kind == EdgeKind::kAfter || CountsAsSuccess(end.result)) {
        CHECK(successor->blocked_on > 0, "counter of " + successor->id.text);
        working.Touch(*successor);
        if (--successor->blocked_on == 0) {
          working.Move(*successor, TaskState::kReady);
          working.Emit("task.ready", successor, nullptr, {});
        }
        continue;
      }
      // Cancelled stays cancelled along the way; anything else that did not succeed makes its consumers not reached.
      const bool cancelled = end.result == RunResult::kCancelled;
      std::string why =
          successor->job == task->job ? end.reason : (cancelled ? "cancelled" : job->name + " did not succeed");
      ends.push_back({edge.to, cancelled ? RunResult::kCancelled : RunResult::kNotReached, std::move(why)});
    }
  }
  return {};
}

/// The later tasks of a job that is complete end before the edges of its first one make them ready: `unchanged`, or excluded with it.
Result<> EndJobWith(Working& working, TaskRow& task, RunResult result, const std::string& reason) {
  const RunResult of_later = result == RunResult::kExcluded ? result : RunResult::kUnchanged;
  TRY_ASSIGN(std::vector<TaskRow*> tasks, working.JobTasks(task.job));
  std::vector<TaskId> later;
  for (const TaskRow* other : tasks) {
    if (other->id != task.id && other->state == TaskState::kBlocked) later.push_back(other->id);
  }
  TRY(EndTask(working, task, result, reason));
  for (const TaskId& id : later) {
    TRY_ASSIGN(TaskRow * other, working.Task(id));
    TRY(EndTask(working, *other, of_later, ""));
  }
  return {};
}

/// Nothing begins any more: what is not at work ends cancelled.
bool IsEnding(const RunRow& run) {
  return run.cancel != CancelKind::kNone || (run.stops_on_failure && run.failed_mandatory > 0);
}

Result<TaskRow*> Leased(Working& working, const TaskId& id, int64_t fence) {
  TRY_ASSIGN(TaskRow * task, working.Task(id));
  if (task->fence != fence) return Conflict("an older lease of task " + id.text + " reported");
  if (task->state != TaskState::kLeased) return Conflict("task " + id.text + " is not leased");
  return task;
}

Result<> Apply(Working& w, const StartRun& event) {
  if (w.run().state != RunState::kQueued) return {};
  const bool asks = event.gate && (w.run().open_tasks > 0 || w.run().moves);
  w.run().state = asks ? RunState::kAwaitingApproval : RunState::kRunning;
  if (!asks && w.run().moves) w.run().any_done = true;
  w.run().started_ms = w.wall_ms();
  if (w.run().state == RunState::kAwaitingApproval) w.run().waiting_since_ms = w.wall_ms();
  w.Emit("run.started", nullptr, nullptr, {{"gate", event.gate}});
  return {};
}

Result<> Apply(Working& w, const OpenGate&) {
  if (w.run().state == RunState::kRunning) return {};
  if (w.run().state != RunState::kAwaitingApproval)
    return Conflict("run " + w.run().id.text + " does not wait for an approval");
  if (w.run().cancel != CancelKind::kNone) return Conflict("run " + w.run().id.text + " is being cancelled");
  TRY_ASSIGN(const std::vector<TaskRow*> tasks, w.RunTasks());
  for (const TaskRow* task : tasks) {
    if (task->kind == TaskKind::kPlan && task->state != TaskState::kFinished)
      return Conflict("run " + w.run().id.text + " is still being planned");
    w.TouchJob(*task);
  }
  w.run().state = RunState::kRunning;
  w.run().waiting_since_ms = 0;
  if (w.run().moves) w.run().any_done = true;
  w.Emit("run.approved", nullptr, nullptr, {});
  return {};
}

Result<> Apply(Working& w, const ClaimTask& event) {
  TRY_ASSIGN(TaskRow * task, w.Task(event.task));
  // Before the gate is open only what changes nothing may run (engine.md 6, "Run gate").
  const bool looks = w.run().state == RunState::kAwaitingApproval && !IsMutating(task->kind);
  if (w.run().state != RunState::kRunning && !looks) return Conflict("run " + w.run().id.text + " is not running");
  if (w.run().cancel != CancelKind::kNone) return Conflict("run " + w.run().id.text + " is being cancelled");
  if (task->state != TaskState::kReady) return Conflict("task " + task->id.text + " is not ready");
  if (task->not_before_ms > event.now_monotonic_ms && task->not_before_ms <= event.now_monotonic_ms + kMaxBackoffMs)
    return Conflict("task " + task->id.text + " waits before its next try");
  w.Move(*task, TaskState::kLeased);
  if (w.run().kind == RunKind::kPreview) {
    ++task->fence;  // it writes no state, and must not disturb whoever does (engine.md 7)
  } else {
    TRY_ASSIGN(task->fence, w.BumpFence(task->component));
  }
  task->holder = event.process;
  task->attempt = event.attempt;
  ++task->attempt_number;
  task->renewals = 0;
  task->mutating_begun = false;
  w.Emit("task.leased", task, nullptr,
         {{"fence", task->fence}, {"attempt", task->attempt.text}, {"process", task->holder.text}});
  return {};
}

Result<> Apply(Working& w, const RenewLease& event) {
  TRY_ASSIGN(TaskRow * task, Leased(w, event.task, event.fence));
  ++task->renewals;
  w.Touch(*task);
  return {};
}

Result<> Apply(Working& w, const BeginMutation& event) {
  TRY_ASSIGN(TaskRow * task, Leased(w, event.task, event.fence));
  if (task->mutating_begun) return {};
  task->mutating_begun = true;
  w.Touch(*task);
  w.Emit("task.begun", task, nullptr, {{"fence", task->fence}});
  return {};
}

/// Everything that has not begun ends `cancelled`.
Result<> CancelWaiting(Working& w, const std::string& reason) {
  TRY_ASSIGN(std::vector<TaskRow*> tasks, w.RunTasks());
  for (TaskRow* task : tasks) {
    if (task->state == TaskState::kBlocked || task->state == TaskState::kReady)
      TRY(EndTask(w, *task, RunResult::kCancelled, reason));
  }
  return {};
}

Result<> EndByReport(Working& w, TaskRow& task, const FinishTask& event) {
  TRY_ASSIGN(JobRow * job, w.Job(task.job));
  if (!event.changes.empty()) {
    job->changes = event.changes;
    w.Touch(*job);
  }
  task.holder = {};
  task.mutating_begun = false;
  TRY(event.job_complete ? EndJobWith(w, task, event.result, event.reason)
                         : EndTask(w, task, event.result, event.reason));
  // Where a plan fails before the gate nothing is applied (engine.md 2); an optional component's failure is a soft one.
  if (w.run().state == RunState::kAwaitingApproval && IsFailure(event.result) && !job->optional)
    return CancelWaiting(w, job->name + " could not be planned");
  return {};
}

Result<> Apply(Working& w, const FinishTask& event) {
  TRY_ASSIGN(TaskRow * task, w.Task(event.task));
  if (task->fence == event.fence && task->state == TaskState::kFinished) return {};  // reported twice
  // A runner that was taken for lost returns before anybody took over: as if nothing had happened (engine.md 3).
  if (task->fence == event.fence && task->state == TaskState::kNeedsReconcile) return EndByReport(w, *task, event);
  TRY_ASSIGN(task, Leased(w, event.task, event.fence));
  return EndByReport(w, *task, event);
}

Result<> Apply(Working& w, const FinishReconciled& event) {
  TRY_ASSIGN(TaskRow * task, w.Task(event.finish.task));
  if (task->state == TaskState::kFinished) return {};
  if (task->state != TaskState::kNeedsReconcile)
    return Conflict("task " + task->id.text + " does not wait for a reconcile");
  return EndByReport(w, *task, event.finish);
}

Result<> Apply(Working& w, const FinishUntouched& event) {
  TRY_ASSIGN(TaskRow * task, w.Task(event.task));
  if (task->state == TaskState::kFinished) return {};
  if (task->state != TaskState::kReady) return Conflict("task " + task->id.text + " is not ready");
  return EndJobWith(w, *task, event.result, event.reason);
}

Result<> Apply(Working& w, const HoldTask& event) {
  TRY_ASSIGN(TaskRow * task, w.Task(event.task));
  if (task->fence == event.fence && task->awaits_approval) return {};
  TRY_ASSIGN(task, Leased(w, event.task, event.fence));
  if (task->mutating_begun) return Conflict("task " + task->id.text + " may have changed something already");
  task->holder = {};
  if (IsEnding(w.run())) return EndTask(w, *task, RunResult::kCancelled, "cancelled");
  w.Hold(*task);
  w.Emit("task.held", task, nullptr, {{"reason", event.reason}});
  return {};
}

Result<> Apply(Working& w, const GoOn& event) {
  TRY_ASSIGN(TaskRow * task, Leased(w, event.task, event.fence));
  if (task->mutating_begun) return Conflict("task " + task->id.text + " may have changed something already");
  task->holder = {};
  if (IsEnding(w.run())) return EndTask(w, *task, RunResult::kCancelled, "cancelled");
  w.Move(*task, TaskState::kReady);
  w.Emit("task.ready", task, nullptr, {{"reason", "planned again as approved"}});
  return {};
}

Result<> Apply(Working& w, const PlanRefused& event) {
  TRY_ASSIGN(TaskRow * task, Leased(w, event.task, event.fence));
  task->holder = {};
  if (IsEnding(w.run())) return EndTask(w, *task, RunResult::kCancelled, "cancelled");
  task->mutating_begun = false;
  w.Move(*task, TaskState::kReady);
  w.Emit("task.ready", task, nullptr, {{"reason", event.reason}});
  return {};
}

/// A held task, or a conflict that says how it was decided already.
Result<TaskRow*> Held(Working& w, const TaskId& id) {
  TRY_ASSIGN(TaskRow * task, w.Task(id));
  if (!task->awaits_approval) return Conflict("task " + id.text + " does not wait for an approval");
  return task;
}

Result<> Apply(Working& w, const ApproveTask& event) {
  TRY_ASSIGN(TaskRow * task, Held(w, event.task));
  w.Move(*task, TaskState::kReady);
  w.Emit("task.approved", task, nullptr, {});
  return {};
}

Result<> Apply(Working& w, const RejectTask& event) {
  TRY_ASSIGN(TaskRow * task, Held(w, event.task));
  w.Emit("task.rejected", task, nullptr, {{"reason", event.reason}});
  return EndTask(w, *task, RunResult::kCancelled, event.reason);
}

Result<> NeedReconcile(Working& w, TaskRow& task, const std::string& reason) {
  w.Move(task, TaskState::kNeedsReconcile);
  TRY_ASSIGN(JobRow * job, w.Job(task.job));
  job->reason = reason;
  w.Emit("task.needs_reconcile", &task, nullptr, {{"reason", reason}});
  return {};
}

Result<> Apply(Working& w, const LeaseLost& event) {
  TRY_ASSIGN(TaskRow * task, w.Task(event.task));
  if (task->fence != event.fence || task->state != TaskState::kLeased) return {};  // somebody was first
  if (task->mutating_begun) return NeedReconcile(w, *task, event.reason);
  if (IsEnding(w.run())) return EndTask(w, *task, RunResult::kCancelled, "cancelled");
  task->holder = {};
  if (++task->lost_leases >= kMaxLostLeases) {
    return EndTask(w, *task, RunResult::kErrored,
                   "its process was lost " + std::to_string(kMaxLostLeases) + " times: " + event.reason);
  }
  w.Move(*task, TaskState::kReady);
  task->not_before_ms =
      event.now_monotonic_ms + std::min(kMaxBackoffMs, int64_t{1000} << (2 * (task->lost_leases - 1)));
  w.Emit("task.ready", task, nullptr, {{"reason", event.reason}, {"lost_leases", task->lost_leases}});
  return {};
}

Result<> Apply(Working& w, const MarkReconcile& event) {
  TRY_ASSIGN(TaskRow * task, w.Task(event.task));
  if (task->fence == event.fence && task->state == TaskState::kNeedsReconcile) return {};
  TRY_ASSIGN(task, Leased(w, event.task, event.fence));
  return NeedReconcile(w, *task, event.reason);
}

Result<> Apply(Working& w, const AdoptTask& event) {
  TRY_ASSIGN(TaskRow * task, w.Task(event.task));
  if (task->state != TaskState::kNeedsReconcile)
    return Conflict("task " + task->id.text + " does not wait for a reconcile");
  w.Move(*task, TaskState::kLeased);
  TRY_ASSIGN(task->fence, w.BumpFence(task->component));
  task->holder = event.process;
  task->renewals = 0;
  task->mutating_begun = true;
  w.Emit("task.adopted", task, nullptr, {{"fence", task->fence}, {"process", task->holder.text}});
  return {};
}

Result<> Apply(Working& w, const ResumeTask& event) {
  TRY_ASSIGN(TaskRow * task, w.Task(event.task));
  if (task->state == TaskState::kReady) return {};
  if (task->state != TaskState::kNeedsReconcile)
    return Conflict("task " + task->id.text + " does not wait for a reconcile");
  task->holder = {};
  task->mutating_begun = false;
  task->lost_leases = 0;  // somebody looked: the tries begin anew
  task->not_before_ms = 0;
  if (IsEnding(w.run())) return EndTask(w, *task, RunResult::kCancelled, "cancelled");
  w.Move(*task, TaskState::kReady);
  w.Emit("task.ready", task, nullptr, {{"reason", "resumed"}});
  return {};
}

Result<> Apply(Working& w, const AbandonTask& event) {
  TRY_ASSIGN(TaskRow * task, w.Task(event.task));
  if (task->state == TaskState::kFinished) return {};
  if (task->state != TaskState::kNeedsReconcile)
    return Conflict("task " + task->id.text + " does not wait for a reconcile");
  task->holder = {};
  return EndTask(w, *task, RunResult::kFailed, event.reason);
}

Result<> Apply(Working& w, const CancelRun& event) {
  if (w.run().state == RunState::kFinished || event.kind <= w.run().cancel) return {};
  const bool first = w.run().cancel == CancelKind::kNone;
  w.run().cancel = event.kind;
  if (!event.reason.empty()) w.run().reason = event.reason;
  w.Emit("run.cancelled", nullptr, nullptr, {{"kind", std::string(ToString(event.kind))}, {"reason", event.reason}});
  if (!first) return {};
  return CancelWaiting(w, event.reason.empty() ? "cancelled" : event.reason);
}

}  // namespace

Result<Changes> Step(Rows& rows, const RunId& run, const Event& event, int64_t wall_ms) {
  Working working(rows, run, wall_ms);
  TRY(working.Load());
  TRY(std::visit([&](const auto& e) { return Apply(working, e); }, event));
  if (working.run().stops_on_failure) {
    TRY_ASSIGN(const std::string failed, working.DeriveJobs());
    if (!failed.empty()) TRY(CancelWaiting(working, failed + " failed"));
  }
  return working.Finish();
}

}  // namespace davit::engine
