#include "sim/backend.h"

namespace davit::sim {
namespace {

template <typename... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Overloaded(Ts...) -> Overloaded<Ts...>;

/// The fence under which an event reports; -1 where it names none.
int64_t FenceOf(const engine::Event& event) {
  return std::visit(
      Overloaded{
          [](const engine::RenewLease& e) { return e.fence; }, [](const engine::BeginMutation& e) { return e.fence; },
          [](const engine::FinishTask& e) { return e.fence; }, [](const engine::LeaseLost& e) { return e.fence; },
          [](const engine::MarkReconcile& e) { return e.fence; },
          [](const engine::FinishReconciled& e) { return e.finish.fence; }, [](const auto&) { return int64_t{-1}; }},
      event);
}

TaskId TaskOf(const engine::Event& event) {
  return std::visit(Overloaded{[](const engine::FinishReconciled& e) { return e.finish.task; },
                               [](const auto& e) {
                                 if constexpr (requires { e.task; }) {
                                   return e.task;
                                 } else {
                                   return TaskId();
                                 }
                               }},
                    event);
}

const char* NameOf(const engine::Event& event) {
  static constexpr const char* kNames[] = {
      "StartRun",  "OpenGate",   "ClaimTask",   "RenewLease",       "BeginMutation", "FinishTask", "FinishUntouched",
      "HoldTask",  "GoOn",       "PlanRefused", "ApproveTask",      "RejectTask",    "LeaseLost",  "MarkReconcile",
      "AdoptTask", "ResumeTask", "AbandonTask", "FinishReconciled", "CancelRun"};
  static_assert(std::size(kNames) == std::variant_size_v<engine::Event>);
  return kNames[event.index()];
}

}  // namespace

std::string Describe(const Message& message) {
  std::string text = message.run.text;
  if (const auto* event = std::get_if<engine::Event>(&message.what)) {
    text += " " + std::string(NameOf(*event)) + " " + TaskOf(*event).text;
    if (int64_t fence = FenceOf(*event); fence >= 0) text += " fence " + std::to_string(fence);
    if (const auto* finish = std::get_if<engine::FinishTask>(event))
      text += " " + std::string(ToString(finish->result));
  } else if (const auto* copy = std::get_if<StateCopy>(&message.what)) {
    text += " StateCopy " + copy->task.text + " fence " + std::to_string(copy->fence);
  } else {
    text += " Start";
  }
  return text;
}

Result<RunId> Backend::Submit(RunRow run, Wish wish, int64_t wall_ms) {
  TRY_ASSIGN(auto tx, store_.Begin(scope_, store::Mode::kWrite));
  run.id = RunId::New(ids_);
  run.created_ms = wall_ms;
  LockRow lock;
  lock.key = "deployment/" + run.deployment.text;
  TRY_ASSIGN(lock.sequence, tx->NextLockSequence(lock.key));
  lock.run = run.id;
  TRY(tx->PutLock(lock));
  TRY(tx->PutRun(run));
  TRY(tx->Commit());
  wishes_[run.id] = std::move(wish);
  touched_.insert(run.id);
  ++counts_.runs;
  return run.id;
}

Result<engine::Changes> Backend::Deliver(const Message& message, int64_t wall_ms, bool commit) {
  TRY_ASSIGN(auto tx, store_.Begin(scope_, store::Mode::kWrite));
  started_edges_.clear();
  TRY_ASSIGN(engine::Changes changes, Apply(*tx, message, wall_ms));
  if (!commit) return changes;
  TRY(tx->Commit());
  touched_.insert(message.run);
  if (!started_edges_.empty()) edges_[message.run] = std::move(started_edges_);
  if (changes.run_finished) ++counts_.finished;
  if (const auto* event = std::get_if<engine::Event>(&message.what); event != nullptr && !changes.tasks.empty()) {
    if (std::holds_alternative<engine::AdoptTask>(*event)) ++counts_.adopted;
    if (std::holds_alternative<engine::AbandonTask>(*event)) ++counts_.abandoned;
    if (const auto* held = std::get_if<engine::HoldTask>(event)) {
      world_.Hold(held->task);
      ++counts_.held;
    }
    if (const auto* approved = std::get_if<engine::ApproveTask>(event)) world_.Approve(approved->task);
    if (const auto* as_shown = std::get_if<engine::GoOn>(event)) world_.Approve(as_shown->task);
    if (std::holds_alternative<engine::RejectTask>(*event)) rejected_.insert(message.run);
    if (const auto* resume = std::get_if<engine::ResumeTask>(event); resume != nullptr && message.by_person) {
      world_.AllowAgain(resume->task);
      ++counts_.resumed;
    }
  }
  return changes;
}

Result<engine::Changes> Backend::Apply(Tx& tx, const Message& message, int64_t wall_ms) {
  if (std::holds_alternative<StartRequest>(message.what)) return Start(tx, message.run, wall_ms);
  if (const auto* copy = std::get_if<StateCopy>(&message.what)) return Copy(tx, message, *copy, wall_ms);
  return ApplyEvent(tx, message, std::get<engine::Event>(message.what), wall_ms);
}

Result<engine::Changes> Backend::ApplyEvent(Tx& tx, const Message& message, const engine::Event& event,
                                            int64_t wall_ms) {
  const TaskId task_id = TaskOf(event);
  int64_t fence_before = 0;
  if (!task_id.empty()) {
    TRY_ASSIGN(TaskRow task, Need(tx.GetTask(task_id), task_id.text));
    fence_before = task.fence;
    if (message.looked_at_fence >= 0 && task.fence != message.looked_at_fence) {
      return Fail(ErrorCode::kConflict, "the decision was about an older lease of " + task_id.text);
    }
  }
  TRY_ASSIGN(engine::Changes changes, control::ApplyStep(tx, message.run, event, wall_ms));
  const bool nothing = changes.tasks.empty() && changes.jobs.empty() && changes.runs.empty() &&
                       changes.components.empty() && changes.events.empty();
  const int64_t fence = FenceOf(event);
  if (fence >= 0 && fence < fence_before && !nothing) {
    return Fail(ErrorCode::kInternal, "an old fence changed something: " + Describe(message));
  }
  if (changes.run_finished) TRY(tx.DeleteLocks(message.run));
  if (!changes.tasks.empty()) TRY(KeepWhatGoesAlong(tx, message, event, wall_ms));
  return changes;
}

Result<> Backend::KeepWhatGoesAlong(Tx& tx, const Message& message, const engine::Event& event, int64_t wall_ms) {
  const TaskId task_id = TaskOf(event);
  if (task_id.empty()) return {};
  TRY_ASSIGN(TaskRow task, Need(tx.GetTask(task_id), task_id.text));
  if (std::holds_alternative<engine::ClaimTask>(event)) {
    AttemptRow attempt;
    attempt.id = message.attempt;
    attempt.task = task.id;
    attempt.job = task.job;
    attempt.number = task.attempt_number;
    attempt.fence = task.fence;
    attempt.process = task.holder;
    attempt.started_ms = wall_ms;
    return tx.PutAttempt(attempt);
  }
  if (std::holds_alternative<engine::BeginMutation>(event) && task.kind == TaskKind::kApply) {
    // From here on something may be out there, and `down` has to know of it.
    TRY_ASSIGN(ComponentRow row, Need(tx.GetComponent(task.component), task.component.text));
    row.live = true;
    row.last_run = message.run;
    row.producers.clear();
    const Wish& wish = wishes_[message.run];
    for (const StackEdge& edge : wish.edges) {
      if (wish.components[static_cast<size_t>(edge.to)].name != row.name) continue;
      row.producers.push_back(wish.components[static_cast<size_t>(edge.from)].name);
    }
    return tx.PutComponent(row);
  }
  if (const auto* finish = std::get_if<engine::FinishTask>(&event))
    return KeepEnd(tx, message, task, finish->result, wall_ms);
  if (const auto* found = std::get_if<engine::FinishReconciled>(&event))
    return KeepEnd(tx, message, task, found->finish.result, wall_ms);
  return {};
}

Result<> Backend::KeepEnd(Tx& tx, const Message& message, const TaskRow& task, RunResult result, int64_t wall_ms) {
  if (!IsMutating(task.kind)) return {};
  const Tool* tool = world_.Find(message.attempt);
  if (result == RunResult::kSucceeded &&
      (tool == nullptr || tool->state != ToolState::kEnded || tool->result != result)) {
    return Fail(ErrorCode::kInternal, task.id.text + " ended succeeded, but its tool did not");
  }
  if (tool != nullptr) TRY(KeepState(tx, message.run, task, message.attempt, true, false, wall_ms));
  if (task.kind != TaskKind::kDestroy || result != RunResult::kSucceeded) return {};
  TRY_ASSIGN(ComponentRow row, Need(tx.GetComponent(task.component), task.component.text));
  row.live = false;
  row.producers.clear();
  return tx.PutComponent(row);
}

Result<> Backend::KeepState(Tx& tx, const RunId& run, const TaskRow& task, const AttemptId& attempt, bool complete,
                            bool quarantined, int64_t wall_ms) {
  const Tool* tool = world_.Find(attempt);
  StateVersionRow version;
  version.id = StateVersionId::New(ids_);
  version.component = task.component;
  TRY_ASSIGN(std::vector<StateVersionRow> newest, tx.ListStateVersions(task.component, 1));
  version.version = newest.empty() ? 1 : newest[0].version + 1;
  version.serial = tool->writes;
  version.blob = tool->StateText();
  version.run = run;
  version.fence = task.fence;
  version.created_ms = wall_ms;
  version.complete = complete;
  version.quarantined = quarantined;
  TRY(tx.PutStateVersion(version));
  if (quarantined) {
    ++counts_.quarantined;
    return {};
  }
  TRY_ASSIGN(ComponentRow row, Need(tx.GetComponent(task.component), task.component.text));
  row.state = version.id;
  return tx.PutComponent(row);
}

Result<engine::Changes> Backend::Copy(Tx& tx, const Message& message, const StateCopy& copy, int64_t wall_ms) {
  // A write under the fence is one under the lease: the same check decides.
  Result<engine::Changes> changes =
      control::ApplyStep(tx, message.run, engine::RenewLease{copy.task, copy.fence}, wall_ms);
  if (!changes && changes.error().code != ErrorCode::kConflict) return changes;
  TRY_ASSIGN(TaskRow task, Need(tx.GetTask(copy.task), copy.task.text));
  const bool quarantined = !changes;
  task.fence = copy.fence;
  TRY(KeepState(tx, message.run, task, message.attempt, false, quarantined, wall_ms));
  return quarantined ? engine::Changes{} : *changes;
}

Result<engine::Changes> Backend::Start(Tx& tx, const RunId& id, int64_t wall_ms) {
  TRY_ASSIGN(RunRow run, Need(tx.GetRun(id), id.text));
  if (run.state != RunState::kQueued) return Fail(ErrorCode::kConflict, "the run has started");
  TRY_ASSIGN(std::vector<LockRow> line, tx.ListLocks("deployment/" + run.deployment.text));
  if (line.empty() || line[0].run != id) return Fail(ErrorCode::kConflict, "another run is before it");
  line[0].held = true;
  TRY(tx.PutLock(line[0]));

  const Wish& wish = wishes_[id];
  engine::RunRequest request;
  request.run = run;
  TRY_ASSIGN(std::vector<ComponentRow> known, tx.ListComponents(run.deployment));
  std::map<std::string, ComponentRow> rows;
  for (ComponentRow& row : known) rows[row.name] = row;
  auto add = [&](const ComponentRow& row, JobAction action, const PlannedComponent& planned, bool removal) {
    engine::JobRequest job;
    job.component = row;
    job.action = action;
    job.optional = planned.optional;
    job.excluded = planned.excluded;
    job.removal = removal;
    job.order = static_cast<int>(request.jobs.size());
    request.jobs.push_back(std::move(job));
  };
  if (run.kind == RunKind::kDeploy) {
    std::set<std::string> named;
    for (const PlannedComponent& planned : wish.components) {
      named.insert(planned.name);
      ComponentRow row = rows[planned.name];
      if (row.id.empty()) row.id = ComponentId::New(ids_);
      row.deployment = run.deployment;
      row.name = planned.name;
      add(row, JobAction::kDeploy, planned, false);
    }
    request.edges = wish.edges;
    for (const ComponentRow& row : known) {
      if (row.live && !named.contains(row.name)) add(row, JobAction::kDestroy, {row.name}, true);
    }
  } else {
    for (const ComponentRow& row : known) {
      if (row.live) add(row, JobAction::kDestroy, {row.name}, false);
    }
  }
  Result<engine::RunRows> made = engine::MakeRun(request, ids_, wall_ms);
  if (!made) {
    // A removal and a deployment that wait for each other: the pre-flight of control refuses such a run.
    if (made.error().code != ErrorCode::kInvalidInput) return tl::unexpected(made.error());
    TRY_ASSIGN(engine::Changes changes,
               control::ApplyStep(tx, id, engine::CancelRun{CancelKind::kGraceful, made.error().message}, wall_ms));
    TRY(tx.DeleteLocks(id));
    return changes;
  }
  TRY(tx.PutRun(made->run));
  for (const ComponentRow& row : made->components) TRY(tx.PutComponent(row));
  for (const JobRow& row : made->jobs) TRY(tx.PutJob(row));
  for (const TaskRow& row : made->tasks) TRY(tx.PutTask(row));
  for (const EdgeRow& row : made->edges) TRY(tx.PutEdge(row));
  for (const EventRow& row : made->events) TRY(tx.AppendEvent(row));
  started_edges_ = made->edges;
  TRY_ASSIGN(engine::Changes changes, control::ApplyStep(tx, id, engine::StartRun{wish.gate || !run.direct}, wall_ms));
  if (changes.run_finished) TRY(tx.DeleteLocks(id));
  return changes;
}

}  // namespace davit::sim
