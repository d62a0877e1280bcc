// Changing a state by hand, and who holds a deployment meanwhile. What a tool works from changes in one writing transaction that sees the
// lock free: no run can start inside of it. It is a run of its own, over as it begins, so that lists, audit and history show it.
#include <algorithm>
#include <utility>

#include "base/text.h"
#include "control/direct.h"
#include "engine/resolve.h"

namespace davit::control {
namespace {

Error RefusalOf(const LockView& lock) {
  const std::string& run = lock.run.id.text;
  const std::string who = "run " + run + " (" + std::string(ToString(lock.run.kind)) + " by " + lock.run.principal +
                          ") holds " + lock.deployment.name;
  Error error;
  error.code = ErrorCode::kNeedsPerson;
  if (lock.run.kind == RunKind::kShell) {
    error.code = ErrorCode::kConflict;
    error.message = who + ": a person works by hand in it (`davit shell --write`)";
    error.suggestion = "it ends when that shell is left";
    return error;
  }
  if (!lock.uncertain.empty()) {
    error.message = who + ": nobody saw how " + Join(lock.uncertain, ", ") + " ended";
    error.suggestion = "davit run reconcile " + run;
  } else if (lock.run.state == RunState::kAwaitingApproval || lock.run.approval_tasks > 0) {
    error.message = who + " and waits for a person to say yes or no";
    error.suggestion = "`davit run approve " + run + "` answers it, `davit run cancel " + run + "` ends it";
  } else {
    error.code = ErrorCode::kConflict;
    error.message = lock.alive ? who : who + ", and its davit is gone";
    error.suggestion = lock.alive ? "wait for its end, or end it with `davit run cancel " + run + "`"
                                  : "`davit state unlock` settles it";
  }
  return error;
}

}  // namespace

Result<LockView> DirectClient::LockIn(Tx& tx, const DeploymentRow& deployment) {
  LockView view;
  view.deployment = deployment;
  TRY_ASSIGN(const std::vector<LockRow> locks, tx.ListLocks("deployment/" + deployment.id.text));
  if (locks.empty()) return view;
  view.held = true;
  TRY_ASSIGN(view.run, NeedRun(tx, locks[0].run));
  for (size_t i = 1; i < locks.size(); ++i) view.queue.push_back(locks[i].run);
  TRY_ASSIGN(view.waits_for, WaitsFor(tx, view.run));
  view.alive = IsAlive(parts_.store_directory, view.run.process);
  TRY_ASSIGN(const std::vector<TaskRow> tasks, tx.ListTasks(view.run.id));
  for (const TaskRow& task : tasks) {
    if (task.state != TaskState::kLeased && task.state != TaskState::kNeedsReconcile) continue;
    TRY_ASSIGN(const std::optional<JobRow> job, tx.GetJob(task.job));
    if (!job) continue;
    (task.state == TaskState::kLeased ? view.at_work : view.uncertain).push_back(job->name);
    // Another process may have taken over what this one left.
    if (task.state == TaskState::kLeased && IsAlive(parts_.store_directory, task.holder)) view.alive = true;
  }
  view.refusal = RefusalOf(view);
  return view;
}

Result<LockView> DirectClient::LockOf(const DeploymentSelector& selector) {
  TRY_ASSIGN(TxPtr tx, Read());
  TRY_ASSIGN(const DeploymentRow deployment, FindDeployment(*tx, selector));
  return LockIn(*tx, deployment);
}

Result<> DirectClient::NeedFree(Tx& tx, const DeploymentRow& deployment) {
  TRY_ASSIGN(const LockView lock, LockIn(tx, deployment));
  if (lock.refusal) return Fail(*lock.refusal);
  return {};
}

Result<RunRow> DirectClient::BeginHandRun(Tx& tx, const DeploymentRow& deployment, RunKind kind,
                                          const std::string& message) {
  RunRow run;
  run.id = RunId::New(parts_.ids);
  run.deployment = deployment.id;
  run.kind = kind;
  run.state = RunState::kRunning;
  run.message = message;
  run.principal = parts_.scope.principal;
  run.process = process();
  run.created_ms = run.started_ms = parts_.clock.WallMs();
  TRY(AppendHandEvent(tx, run, "run.created", {{"kind", std::string(ToString(kind))}}));
  TRY(tx.PutRun(run));
  return run;
}

Result<> DirectClient::AppendHandEvent(Tx& tx, RunRow& run, const char* kind, json::object data) {
  EventRow event;
  event.run = run.id;
  event.sequence = run.next_event++;
  event.wall_ms = parts_.clock.WallMs();
  event.kind = kind;
  event.data = std::move(data);
  event.data["v"] = 1;
  return tx.AppendEvent(event);
}

Result<> DirectClient::EndHandRun(Tx& tx, RunRow& run, RunResult result, const std::string& reason, json::object what) {
  run.any_done = !what.empty();
  if (run.any_done) TRY(AppendHandEvent(tx, run, "state.changed", std::move(what)));
  run.state = RunState::kFinished;
  run.result = result;
  run.reason = reason;
  run.finished_ms = parts_.clock.WallMs();
  TRY(AppendHandEvent(tx, run, "run.finished", {{"result", std::string(ToString(result))}, {"reason", reason}}));
  return tx.PutRun(run);
}

Result<RunRow> DirectClient::PutHandRun(Tx& tx, const DeploymentRow& deployment, RunKind kind,
                                        const std::string& message, json::object what) {
  TRY_ASSIGN(RunRow run, BeginHandRun(tx, deployment, kind, message));
  TRY(EndHandRun(tx, run, RunResult::kSucceeded, "", std::move(what)));
  return run;
}

Result<bool> DirectClient::OutputsFollow(Tx& tx, const RunRow& run, ComponentRow& row, const StateFile& state) {
  const bool success = !row.success_snapshot.empty() && !row.success_resolution.empty();
  const std::string& snapshot = success ? row.success_snapshot : row.snapshot;
  const std::string& name = success ? row.success_name : row.snapshot_name;
  const std::string& resolution = success ? row.success_resolution : row.resolution;
  if (snapshot.empty() || resolution.empty()) return false;  // never deployed: the first `up` says what it leaves
  TRY_ASSIGN(const std::shared_ptr<const RunDocument> document, Document(tx, snapshot));
  const int index = document->stack.Find(name.empty() ? row.name : name);
  if (index < 0) return Fail(ErrorCode::kInternal, "component " + row.name + " is missing in its snapshot");
  TRY_ASSIGN(const ValueMap inputs, InputsOf(tx, resolution));
  ValueMap values = state.outputs;
  // An older module left other outputs than the component declares now: what there is stays until the next `up`.
  if (!engine::ResolveOutputs(document->stack, index, inputs, values)) return false;
  TRY_ASSIGN(const std::shared_ptr<const ComponentOutputs> now, OutputsOf(tx, row));
  return PutOutputs(tx, run.id, row, values, now == nullptr ? std::vector<std::string>() : now->provides);
}

Result<StateChange> DirectClient::PutStateByHand(Tx& tx, const RunRow& run, ComponentRow& row,
                                                 const std::optional<StateVersionRow>& newest, const std::string& bytes,
                                                 const StateFile& state, int64_t serial) {
  StateChange change;
  change.run = run.id;
  StateVersionRow& made = change.version;
  made.id = StateVersionId::New(parts_.ids);
  made.component = row.id;
  made.version = newest ? newest->version + 1 : 1;
  made.serial = serial;
  made.lineage = state.lineage;
  TRY_ASSIGN(const std::string numbered, WithSerial(bytes, serial));
  TRY_ASSIGN(made.blob, PutBlob(tx, "state", numbered));
  made.run = run.id;
  made.fence = row.fence;
  made.created_ms = parts_.clock.WallMs();
  made.complete = true;
  TRY(tx.PutStateVersion(made));
  // The state is part of the fingerprint, so the next `up` looks again, and `why` can say what differs.
  row.state = made.id;
  if (!row.live && state.CountManaged() > 0) {
    row.live = true;
    row.last_run = run.id;
    row.last_result = RunResult::kNone;
  }
  TRY_ASSIGN(change.outputs_changed, OutputsFollow(tx, run, row, state));
  return change;
}

Result<StateChange> DirectClient::RollbackState(const RollbackRequest& request) {
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(Kept kept, FindKept(*tx, request.to.deployment, request.to.component));
  ComponentRow& row = kept.component;
  TRY(NeedFree(*tx, kept.deployment));
  TRY_ASSIGN(const StateVersionRow to, FindVersion(kept, request.to.version));
  TRY_ASSIGN(const StateVersionRow newest, FindVersion(kept, ""));
  if (newest.id != request.expected)
    return Fail(ErrorCode::kConflict, "the state of " + row.name + " has changed since it was shown", "say it again");
  if (to.id == newest.id)
    return Fail(ErrorCode::kInvalidInput, row.name + " works from that version already", "name an older one");
  TRY_ASSIGN(const std::string old, GetBlob(*tx, to.blob));
  TRY_ASSIGN(const StateFile state, OpenState(*tx, row, to));

  const int64_t version = newest.version + 1;
  TRY_ASSIGN(const RunRow run, PutHandRun(*tx, kept.deployment, RunKind::kRollback, request.message,
                                          {{"component", row.name},
                                           {"from", newest.version},
                                           {"to", to.quarantined ? to.id.text : std::to_string(to.version)},
                                           {"version", version}}));
  row.fence += 1;  // whoever still holds an older one writes into quarantine
  // The numbers that tools and saved plans compare only grow: a plan that was made before can never be applied (engine.md 6).
  TRY_ASSIGN(StateChange change,
             PutStateByHand(*tx, run, row, newest, old, state, std::max(newest.serial, to.serial) + 1));
  TRY(tx->PutComponent(row));
  TRY(CommitAt(*tx, "rollback"));
  return change;
}

}  // namespace davit::control
