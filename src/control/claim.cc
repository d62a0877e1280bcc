// Claiming: from ready tasks to leases. A ready task whose fingerprint equals that of the last success ends `unchanged` in the same
// transaction; for the others the inputs are resolved, kept as the resolution, and handed out with all that an attempt needs.
#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/text.h"
#include "control/direct.h"
#include "engine/resolve.h"
#include "model/stack_ready.h"

namespace davit::control {
namespace {

constexpr int kReadyAtOnce = 64;  // ready tasks that one claim looks at, most urgent first
constexpr int kAllReady = 1'000'000;
constexpr int kRandomBytesInPlace = 128;  // of HUB_RANDOM where the component asks for no other number (seed 004)

/// <root>/<job id>, the seed's name, for the first attempt of a job; a suffix for the others.
Path AttemptDirectory(const Path& root, const TaskRow& task, bool direct) {
  std::string name = task.job.text;
  if (task.kind == TaskKind::kApply && !direct) name += ".apply";
  if (task.attempt_number > 1) name += "." + std::to_string(task.attempt_number);
  return root / name;
}

json::array ToJson(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

}  // namespace

Result<std::string> DirectClient::PutResolution(Tx& tx, const std::vector<LeaseInput>& inputs,
                                                const std::vector<std::string>& capabilities) {
  json::array list;
  for (const LeaseInput& input : inputs) {
    list.push_back(json::object{{"name", input.name},
                                {"value", input.value.data},
                                {"sensitive", input.value.sensitive},
                                {"env", input.env},
                                {"var", input.var}});
  }
  return PutBlob(
      tx, "resolution",
      json::serialize(json::object{{"v", 1}, {"inputs", std::move(list)}, {"capabilities", ToJson(capabilities)}}));
}

Result<DirectClient::Resolved> DirectClient::ReadResolution(Tx& tx, const std::string& blob) {
  TRY_ASSIGN(const std::string text, GetBlob(tx, blob));
  TRY_ASSIGN(const json::value parsed, ParseJson(text));
  if (!parsed.is_object()) return Fail(ErrorCode::kInternal, "resolved inputs cannot be read from the store");
  Resolved resolved;
  resolved.capabilities = GetTexts(parsed.as_object(), "capabilities");
  if (const json::array* inputs = GetArray(parsed.as_object(), "inputs")) {
    for (const json::value& item : *inputs) {
      if (!item.is_object()) continue;
      const json::object& object = item.as_object();
      LeaseInput& input = resolved.inputs.emplace_back();
      input.name = GetString(object, "name");
      input.value.data = object.contains("value") ? object.at("value") : json::value();
      input.value.sensitive = GetBool(object, "sensitive");
      input.env = GetString(object, "env");
      input.var = GetString(object, "var");
    }
  }
  return resolved;
}

Result<Lease> DirectClient::FillLease(Tx& tx, const RunRow& run, const TaskRow& task) {
  TRY_ASSIGN(std::optional<JobRow> job, tx.GetJob(task.job));
  TRY_ASSIGN(std::optional<ComponentRow> row, tx.GetComponent(task.component));
  if (!job || !row) return Fail(ErrorCode::kInternal, "rows of task " + task.id.text + " are missing");
  TRY_ASSIGN(const std::shared_ptr<const RunDocument> document, Document(tx, job->snapshot));
  const bool by_hand = run.kind == RunKind::kImport;
  if (by_hand && document->adopt) row->state = {};  // what is in the module's own backend has nothing to do with it
  TRY_ASSIGN(Lease lease, LeaseFrom(tx, *row, job->snapshot, NameInSnapshot(*job), task.resolution));
  if (by_hand) {
    lease.import_address = document->import_address;
    lease.import_id = document->import_id;
    lease.adopt = document->adopt;
  }
  lease.run = run.id;
  lease.job = job->id;
  lease.task = task.id;
  lease.component = job->name;
  lease.kind = task.kind;
  lease.preview = run.kind == RunKind::kPreview;
  lease.fence = task.fence;
  lease.attempt = task.attempt;
  lease.attempt_number = task.attempt_number;
  if (const int index = document->stack.Find(NameInSnapshot(*job)); index >= 0) {
    const int wanted = document->stack.components[static_cast<size_t>(index)].random_bytes;
    lease.random = RandomFor(wanted == 0 && document->in_place ? kRandomBytesInPlace : wanted, task.attempt);
  }
  if (!task.plan.empty()) {
    TRY_ASSIGN(lease.saved_plan, GetBlob(tx, task.plan));
  }
  lease.direct = lease.saved_plan.empty();
  return lease;
}

Result<Lease> DirectClient::LeaseFrom(Tx& tx, const ComponentRow& row, const std::string& snapshot,
                                      const std::string& name, const std::string& resolution_blob) {
  TRY_ASSIGN(std::shared_ptr<const RunDocument> document, Document(tx, snapshot));
  const int index = document->stack.Find(name.empty() ? row.name : name);
  if (index < 0) return Fail(ErrorCode::kInternal, "component " + row.name + " is missing in its snapshot");
  const auto at = static_cast<size_t>(index);
  const Component& component = document->stack.components[at];

  Lease lease;
  lease.component_id = row.id;
  lease.deployment = row.deployment;
  lease.component = row.name;
  lease.snapshot_name = component.name;
  lease.idempotent = component.idempotent;
  lease.always = component.always;
  lease.live = row.live;
  lease.shared_directory = document->shared_directories[at];
  lease.module = document->modules[at];
  // Whose state davit has works from it, whatever its module declares.
  if (!row.state.empty()) lease.module.overridden_backend = std::exchange(lease.module.foreign_backend, "");
  lease.driver = lease.module.driver;
  lease.in_place = document->in_place;
  lease.module_path = document->module_paths[at];
  lease.base_path = document->base_path;
  lease.module_digest = document->module_digests[at];
  lease.bundle = document->bundle;
  lease.output_declarations = component.outputs;
  lease.pass_env = component.pass_env;
  lease.bare = component.bare;
  lease.templates = component.templates;
  lease.hooks = component.hooks;
  lease.waits_until_ready = !component.ready_conditions.empty();
  lease.timeout_ms = int64_t{component.timeout_s} * 1000;

  TRY_ASSIGN(Resolved resolved, ReadResolution(tx, resolution_blob));
  lease.capabilities = std::move(resolved.capabilities);
  lease.inputs = std::move(resolved.inputs);
  lease.secrets = document->secrets;
  for (const LeaseInput& input : lease.inputs) {
    if (input.value.sensitive) CollectSecrets(input.value.data, lease.secrets);
  }
  if (!row.state.empty()) {
    TRY_ASSIGN(std::optional<StateVersionRow> state, tx.GetStateVersion(row.state));
    if (!state) return Fail(ErrorCode::kInternal, "the state of " + row.name + " is missing in the store");
    TRY_ASSIGN(lease.prior_state, GetBlob(tx, state->blob));
  }
  // Sensitive outputs that it left before may be printed by its tool again.
  TRY_ASSIGN(std::shared_ptr<const ComponentOutputs> outputs, OutputsOf(tx, row));
  if (outputs != nullptr) {
    for (const auto& [name, value] : outputs->values) {
      if (value.sensitive) CollectSecrets(value.data, lease.secrets);
    }
  }
  std::sort(lease.secrets.begin(), lease.secrets.end());
  lease.secrets.erase(std::unique(lease.secrets.begin(), lease.secrets.end()), lease.secrets.end());
  TRY_ASSIGN(std::optional<std::string> lock_file, tx.GetSetting("lock-file/" + row.id.text));
  if (lock_file) lease.lock_file = *lock_file;
  return lease;
}

Result<DirectClient::Decision> DirectClient::Decide(Tx& tx, const RunRow& run, const TaskRow& task, const JobRow& job,
                                                    const ComponentRow& row) {
  Decision decision;
  TRY_ASSIGN(decision.document, Document(tx, job.snapshot));
  const bool destroys = job.action == JobAction::kDestroy;
  if (destroys && !decision.document->in_place) {
    decision.resolution = row.resolution;  // of the last write
    return decision;
  }
  decision.index = decision.document->stack.Find(NameInSnapshot(job));
  if (decision.index < 0) return Fail(ErrorCode::kInternal, "component " + job.name + " is missing in its snapshot");
  const bool planning = task.kind == TaskKind::kPlan && run.kind != RunKind::kImport;
  if (decision.document->in_place && !destroys) {
    TRY_ASSIGN(const std::string failed, FailedProducer(tx, run, *decision.document, decision.index));
    if (!failed.empty()) {
      decision.what = Decision::What::kFail;
      decision.reason = "it depends on " + failed + ", which failed";
      return decision;
    }
  }
  Result<Evaluation> evaluated =
      Evaluate(tx, *decision.document, decision.index, row, planning ? &run : nullptr, destroys);
  if (!evaluated) {
    if (evaluated.error().code != ErrorCode::kInvalidInput) return tl::unexpected(evaluated.error());
    decision.what = Decision::What::kFail;
    decision.reason = evaluated.error().message;
    if (!evaluated.error().suggestion.empty()) decision.reason += " (" + evaluated.error().suggestion + ")";
    return decision;
  }
  decision.evaluation = std::move(*evaluated);
  if (!decision.evaluation.excluded.empty()) {
    decision.what = Decision::What::kExcluded;
    decision.reason = decision.evaluation.excluded;
    return decision;
  }
  if (run.kind == RunKind::kImport || destroys || job.name == kStackReady)
    return decision;  // it does what it was asked for, whether or not anything differs
  if (planning) {
    TRY(DecidePlan(tx, run, task, row, decision));
  } else if (decision.evaluation.unchanged && task.plan.empty()) {
    decision.what = Decision::What::kUnchanged;
  } else {
    TRY(DecideApply(tx, run, task, row, decision));
  }
  return decision;
}

Result<> DirectClient::FinishHere(Tx& tx, const RunRow& run, const TaskRow& task, RunResult result,
                                  const std::string& reason) {
  const AttemptId attempt = AttemptId::New(parts_.ids);
  TRY(Step(tx, run.id, engine::ClaimTask{task.id, process(), attempt, parts_.clock.MonotonicMs()}));
  TRY_ASSIGN(const TaskRow claimed, NeedTask(tx, task.id));
  TRY(Step(tx, run.id, engine::FinishTask{task.id, claimed.fence, result, reason, false, {}}));
  return {};
}

Result<> DirectClient::KeepBegin(Tx& tx, const RunRow& run, const JobRow& job, const TaskRow& claimed,
                                 const std::string& resolution, std::string* before) {
  // One commit for claim and begin: that the tool never started can be proven from the attempt directory (exec::TakeBack).
  TRY(Step(tx, run.id, engine::BeginMutation{claimed.id, claimed.fence}));
  TRY_ASSIGN(std::optional<ComponentRow> begun, tx.GetComponent(claimed.component));
  TRY_ASSIGN(std::shared_ptr<const RunDocument> document, Document(tx, job.snapshot));
  *before = BeforeClaim(*begun);
  const bool was_live = std::exchange(begun->live, job.name != kStackReady);
  // What it left before it was taken away is nobody's input any more, even where this fails.
  if (!was_live && job.action == JobAction::kDeploy) begun->outputs = {};
  begun->order = job.order;
  // What `down` works from is the last attempt that wrote the state (engine.md 5). A script writes none, so there it is this one.
  const int index = document->stack.Find(NameInSnapshot(job));
  const bool keeps_state = index >= 0 && document->modules[static_cast<size_t>(index)].driver != "script";
  if (!was_live || !keeps_state || job.action == JobAction::kDestroy) {
    begun->snapshot = job.snapshot;
    begun->snapshot_name = NameInSnapshot(job);
    begun->bundle = document->bundle;
    begun->resolution = resolution;
  }
  begun->last_run = run.id;
  begun->last_result = RunResult::kNone;
  if (job.action == JobAction::kDeploy && job.name != kStackReady) {
    begun->producers.clear();
    for (const StackEdge& edge : EdgesInto(document->edges, index)) {
      const std::string& producer = document->stack.components[static_cast<size_t>(edge.from)].name;
      if (begun->producers.empty() || begun->producers.back() != producer) begun->producers.push_back(producer);
    }
  }
  return tx.PutComponent(*begun);
}

Result<Lease> DirectClient::LeaseOut(Tx& tx, const RunRow& run, const JobRow& job, const TaskRow& task,
                                     const Decision& decision) {
  std::string resolution = decision.resolution;
  if (resolution.empty()) {
    TRY_ASSIGN(resolution, PutResolution(tx, decision.evaluation.inputs, decision.evaluation.capabilities));
  }
  const AttemptId attempt = AttemptId::New(parts_.ids);
  TRY(Step(tx, run.id, engine::ClaimTask{task.id, process(), attempt, parts_.clock.MonotonicMs()}));
  TRY_ASSIGN(TaskRow claimed, NeedTask(tx, task.id));
  claimed.resolution = resolution;
  if (decision.replan) claimed.plan.clear();
  TRY(tx.PutTask(claimed));
  std::string before;
  if (IsMutating(task.kind) && !decision.replan) TRY(KeepBegin(tx, run, job, claimed, resolution, &before));
  TRY_ASSIGN(claimed, NeedTask(tx, task.id));
  TRY_ASSIGN(Lease lease, FillLease(tx, run, claimed));
  if (decision.plan) {
    PlanRow plan = *decision.plan;
    TRY(tx.PutPlan(plan));
    lease.kind = TaskKind::kPlan;
    lease.grade = plan.grade;
    lease.show = decision.show;
    lease.stale = decision.reason;
  }
  AttemptRow row;
  row.id = attempt;
  row.task = task.id;
  row.job = task.job;
  row.number = claimed.attempt_number;
  row.fence = claimed.fence;
  row.process = process();
  row.started_ms = parts_.clock.WallMs();
  row.directory = AttemptDirectory(work_root(), claimed, run.direct).string();
  lease.attempt_directory = row.directory;
  row.before = std::move(before);
  TRY(tx.PutAttempt(row));
  return lease;
}

Result<std::vector<Lease>> DirectClient::ClaimIn(Tx& tx, const RunId& run_id, int max) {
  std::vector<Lease> leases;
  // Unchanged components end here and make others ready, so look until nothing moves.
  for (bool moved = true; moved;) {
    moved = false;
    TRY_ASSIGN(RunRow run, NeedRun(tx, run_id));
    const bool gated = run.state == RunState::kAwaitingApproval;
    if (run.state != RunState::kRunning && !gated) break;
    // At the gate what waits for it stands before the plans that do not.
    TRY_ASSIGN(std::vector<TaskRow> ready,
               tx.ReadyTasks(run_id, parts_.clock.MonotonicMs(), gated ? kAllReady : kReadyAtOnce));
    for (const TaskRow& task : ready) {
      const bool waits = gated && IsMutating(task.kind);
      const bool room = static_cast<int>(leases.size()) < max;
      if (waits || (!room && needs_process_.contains(task.id))) continue;
      TRY_ASSIGN(std::optional<JobRow> job, tx.GetJob(task.job));
      TRY_ASSIGN(std::optional<ComponentRow> row, tx.GetComponent(task.component));
      if (!job || !row) return Fail(ErrorCode::kInternal, "rows of task " + task.id.text + " are missing");
      TRY_ASSIGN(Decision decision, Decide(tx, run, task, *job, *row));
      using What = Decision::What;
      if (decision.what == What::kLease && !room) {
        needs_process_.insert(task.id);
        continue;
      }
      moved = true;
      switch (decision.what) {
        case What::kLease: {
          TRY_ASSIGN(Lease lease, LeaseOut(tx, run, *job, task, decision));
          leases.push_back(std::move(lease));
          continue;
        }
        case What::kUnchanged:
          TRY(Step(tx, run_id, engine::FinishUntouched{task.id, "nothing that it is made from has changed"}));
          if (run.kind == RunKind::kPreview) continue;
          row->last_run = run_id;
          row->last_result = RunResult::kUnchanged;
          row->order = job->order;
          TRY(tx.PutComponent(*row));
          continue;
        case What::kExcluded:
          TRY(Step(tx, run_id, engine::FinishUntouched{task.id, decision.reason, RunResult::kExcluded}));
          continue;
        case What::kPlanned:
          TRY(KeepPlanHere(tx, run, task, decision));
          continue;
        case What::kHold:
          TRY(HoldHere(tx, run, task, decision));
          continue;
        case What::kFail:
          TRY(FinishHere(tx, run, task, RunResult::kFailed, decision.reason));
          if (run.kind == RunKind::kPreview || run.kind == RunKind::kImport) continue;
          TRY_ASSIGN(row, tx.GetComponent(task.component));
          row->last_run = run_id;
          row->last_result = RunResult::kFailed;
          TRY(tx.PutComponent(*row));
          continue;
      }
    }
  }
  return leases;
}

Result<std::vector<Lease>> DirectClient::Claim(const RunId& run, int max) {
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(RunRow row, NeedRun(*tx, run));
  if (row.process != process() && row.state != RunState::kFinished) {  // resumed: it is ours to drive from now on
    if (IsAlive(parts_.store_directory, row.process))
      return Fail(ErrorCode::kConflict, "another davit drives run " + run.text, "davit run show " + run.text);
    row.process = process();
    TRY(tx->PutRun(row));
  }
  TRY_ASSIGN(std::vector<Lease> leases, ClaimIn(*tx, run, max));
  TRY(CommitAt(*tx, "claim"));
  return leases;
}

}  // namespace davit::control
