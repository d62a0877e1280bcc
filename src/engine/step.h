// The step function: every change of a run's rows is Step(rows, event, now) → changes, within one transaction of the caller
// (engine.md 1). It is pure: it reads rows through Rows, writes nothing, and never looks further than the touched tasks and their
// successors. Production (control/) and the simulator (tests/sim) call the same function. Any thread that owns the rows.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "model/rows.h"

namespace davit::engine {

/// What Step may look at; the caller loads lazily inside its transaction. A missing row is internal.
class Rows {
 public:
  virtual ~Rows() = default;
  virtual Result<RunRow> Run(const RunId& id) = 0;
  virtual Result<JobRow> Job(const JobId& id) = 0;
  virtual Result<TaskRow> Task(const TaskId& id) = 0;
  virtual Result<ComponentRow> Component(const ComponentId& id) = 0;
  virtual Result<std::vector<EdgeRow>> OutEdges(const TaskId& from) = 0;
  virtual Result<std::vector<TaskRow>> JobTasks(const JobId& job) = 0;
  virtual Result<std::vector<TaskRow>> RunTasks(const RunId& run) = 0;  // only cancel, interrupt and gate look at all
};

// Events. Every event about a leased task carries the fence of the lease; a lower one gives conflict and no change.
struct StartRun {
  bool gate = false;
};                   // the run got its locks; with a gate it becomes awaiting_approval: plans may run, nothing else
struct OpenGate {};  // a person said yes; conflict while something is still being planned
struct ClaimTask {
  TaskId task;
  ProcessId process;
  AttemptId attempt;
  int64_t now_monotonic_ms = 0;
};  // ready → leased, fence + 1
struct RenewLease {
  TaskId task;
  int64_t fence = 0;
};
struct BeginMutation {
  TaskId task;
  int64_t fence = 0;
};  // durable before the tool may start
struct FinishTask {
  TaskId task;
  int64_t fence = 0;
  RunResult result = RunResult::kNone;
  std::string reason;         // one line for people
  bool job_complete = false;  // the job's later tasks have nothing to do: they end `unchanged`
  std::string changes;        // JSON counts for JobRow::changes; empty = keep
};
struct FinishUntouched {
  TaskId task;
  std::string reason;
  RunResult result = RunResult::kUnchanged;  // or excluded: tuning leaves it out
};                                           // ready → finished, and the job's later tasks with it
struct HoldTask {
  TaskId task;
  int64_t fence = 0;
  std::string reason;
};  // leased → blocked: what was planned again differs from what was approved (engine.md 6)
struct GoOn {
  TaskId task;
  int64_t fence = 0;
};  // leased → ready: what was planned again is approved, and may be applied
struct PlanRefused {
  TaskId task;
  int64_t fence = 0;
  std::string reason;
};  // leased → ready: its tool would not apply the plan, and changed nothing: it is to be planned again
struct ApproveTask {
  TaskId task;
};  // held → ready
struct RejectTask {
  TaskId task;
  std::string reason;
};  // held → finished cancelled, and all that waits for it
struct LeaseLost {
  TaskId task;
  int64_t fence = 0;
  int64_t now_monotonic_ms = 0;
  std::string reason;
};  // decides by mutating_begun
struct MarkReconcile {
  TaskId task;
  int64_t fence = 0;
  std::string reason;
};  // its own runner saw an unclean end
struct AdoptTask {
  TaskId task;
  ProcessId process;
};  // needs_reconcile → leased, new fence, same attempt
struct ResumeTask {
  TaskId task;
};  // needs_reconcile → ready
struct AbandonTask {
  TaskId task;
  std::string reason;
};  // needs_reconcile → finished failed
struct FinishReconciled {
  FinishTask finish;
};  // needs_reconcile → finished: its result was found
struct CancelRun {
  CancelKind kind = CancelKind::kGraceful;
  std::string reason;
};  // idempotent; blocked and ready tasks end cancelled
using Event = std::variant<StartRun, OpenGate, ClaimTask, RenewLease, BeginMutation, FinishTask, FinishUntouched,
                           HoldTask, GoOn, PlanRefused, ApproveTask, RejectTask, LeaseLost, MarkReconcile, AdoptTask,
                           ResumeTask, AbandonTask, FinishReconciled, CancelRun>;

/// Everything that changed, whole rows; the caller writes them and the events in the same transaction.
struct Changes {
  std::vector<RunRow> runs;  // none or one
  std::vector<JobRow> jobs;
  std::vector<TaskRow> tasks;
  std::vector<ComponentRow> components;  // fences
  std::vector<EventRow> events;
  bool run_finished = false;  // the caller frees its locks
};

/// Errors: conflict (an old fence, or the state does not allow it: nothing changes), internal (a broken row).
/// An event that is already true (cancel twice, begin twice) gives empty changes.
Result<Changes> Step(Rows& rows, const RunId& run, const Event& event, int64_t wall_ms);

}  // namespace davit::engine
