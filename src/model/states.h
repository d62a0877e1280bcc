// States, results and kinds of runs, jobs, tasks, operations and edges, with the one table of legal transitions (engine.md 2).
// Everything else (status lines, projections of the seeds) is derived from these. Plain values.
#pragma once

#include <optional>
#include <string_view>

namespace davit {

enum class RunKind { kDeploy, kDestroy, kPreview, kRefresh, kRollback, kImport, kErrand, kAction, kShell };

/// queued: waits for its locks. awaiting_approval: holds its locks, nothing may start until the gate is opened.
enum class RunState { kQueued, kAwaitingApproval, kRunning, kFinished };

enum class JobAction { kDeploy, kDestroy };
/// Derived from a job's tasks and stored for lists.
enum class JobState { kBlocked, kReady, kRunning, kAwaitingApproval, kNeedsReconcile, kFinished };

enum class TaskKind { kPlan, kApply, kDestroy, kAction };
enum class TaskState { kBlocked, kReady, kLeased, kNeedsReconcile, kFinished };
inline constexpr int kTaskStateCount = 5;

/// How a task, a job or a run ended; none while it has not. failed: the tool or the input was wrong. errored: Davit or its
/// surroundings were. excluded: left out by --target or tuning; counts as done for its dependents.
enum class RunResult { kNone, kSucceeded, kUnchanged, kFailed, kErrored, kCancelled, kNotReached, kExcluded };

enum class OperationKind { kInit, kRefresh, kPlan, kApply, kDestroy, kImport, kScript, kShow };
enum class OperationResult { kSucceeded, kFailed, kErrored, kCancelled, kNotRequired };

/// needs: after success. after: after the end, whatever the result. value: needs that carries an output.
enum class EdgeKind { kNeeds, kAfter, kValue };

/// What a preview of a component is worth (engine.md 6). firm: made from actual inputs. provisional: some are values that a producer has
/// planned; never applied. deferred: some are unknown, so nothing could be planned.
enum class PlanGrade { kNone, kFirm, kProvisional, kDeferred };

enum class CancelKind { kNone, kGraceful, kForced };

/// The table of engine.md 2. Every write of a task's state goes through it (engine::Step CHECKs it).
bool IsLegalTransition(TaskState from, TaskState to);

/// succeeded, unchanged, excluded: dependents over `needs` may go on.
bool CountsAsSuccess(RunResult result);
bool IsMutating(TaskKind kind);       // apply, destroy, action
bool IsMutating(OperationKind kind);  // apply, destroy, import, script

// Names as stored and as shown: "needs_reconcile". The From… functions return nullopt for an unknown name.
std::string_view ToString(RunKind);
std::string_view ToString(RunState);
std::string_view ToString(JobAction);
std::string_view ToString(JobState);
std::string_view ToString(TaskKind);
std::string_view ToString(TaskState);
std::string_view ToString(RunResult);
std::string_view ToString(OperationKind);
std::string_view ToString(OperationResult);
std::string_view ToString(EdgeKind);
std::string_view ToString(CancelKind);
std::string_view ToString(PlanGrade);
/// FromString<TaskState>("ready").
template <typename Enum>
std::optional<Enum> FromString(std::string_view name);

}  // namespace davit
