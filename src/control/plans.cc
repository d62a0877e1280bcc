// Plans (engine.md 6): what is planned and from what, whether it may still be applied, and whether what is planned now is what a person
// approved.
#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "control/direct.h"
#include "engine/changes.h"

namespace davit::control {
namespace {

constexpr size_t kMostNamed = 10;  // resources, in one sentence
constexpr char kResumed[] = "it was interrupted after it had begun";

bool IsScript(const RunDocument& document, int index) {
  return document.modules[static_cast<size_t>(index)].driver == "script";
}

/// What a person approves of a script: the verb, the files and what it gets (engine.md 6).
std::string ScriptDigest(const Evaluation& evaluation) {
  return DigestOf("deploy\n" + evaluation.parts.module + "\n" + evaluation.parts.inputs + "\n" +
                  evaluation.parts.environment);
}

/// How many resources a plan destroys or replaces.
int64_t CountDestroyed(const TaskOutcome& outcome) {
  const Result<json::value> counts = ParseJson(outcome.changes);
  if (!counts || !counts->is_object()) return 0;
  return GetInt(counts->get_object(), "delete") + GetInt(counts->get_object(), "replace");
}

/// Their names, as far as the attempt recorded them.
std::vector<std::string> Destroyed(const TaskOutcome& outcome) {
  std::vector<std::string> addresses;
  for (const json::value& operation : outcome.operations) {
    const json::object* record = operation.if_object();
    const json::array* changes = record == nullptr ? nullptr : GetArray(*record, "changes");
    if (changes == nullptr) continue;
    for (const json::value& item : *changes) {
      const json::object* change = item.if_object();
      if (change == nullptr) continue;
      const std::string action = GetString(*change, "action");
      if (action == "delete" || action == "replace") addresses.push_back(GetString(*change, "address"));
    }
  }
  return addresses;
}

}  // namespace

Result<PlanRow> DirectClient::NewPlan(Tx& tx, const RunRow& run, const TaskRow& task, const Decision& decision,
                                      const ComponentRow& row) {
  const Evaluation& evaluation = decision.evaluation;
  const Path& tool_path = decision.document->modules[static_cast<size_t>(decision.index)].tool_path;
  PlanRow plan;
  plan.task = task.id;
  plan.run = run.id;
  plan.job = task.job;
  plan.component = task.component;
  plan.grade = evaluation.grade;
  plan.empty = evaluation.unchanged;
  plan.reason = evaluation.reason;
  plan.producers = evaluation.producers;
  plan.created_ms = parts_.clock.WallMs();
  // The tool as it is now, which may not be the one that the run began with.
  std::string tool;
  if (!tool_path.empty()) {
    TRY_ASSIGN(tool, parts_.tool_digests.DigestOfFile(tool_path));
  }
  TRY_ASSIGN(std::optional<std::string> lock_file, tx.GetSetting("lock-file/" + row.id.text));
  plan.basis = json::serialize(json::object{{"v", 1},
                                            {"state", row.state.text},
                                            {"inputs", evaluation.parts.inputs},
                                            {"tool", tool},
                                            {"lock_file", lock_file ? DigestOf(*lock_file) : std::string()}});
  return plan;
}

Result<std::string> DirectClient::StaleBecause(Tx& tx, const PlanRow& plan, const Decision& decision,
                                               const ComponentRow& row) {
  Result<json::value> parsed = ParseJson(plan.basis);
  if (!parsed || !parsed->is_object()) return std::string("what it was made from is not known");
  const json::object& basis = parsed->get_object();
  const ModuleInfo& module = decision.document->modules[static_cast<size_t>(decision.index)];
  std::vector<std::string> parts;
  if (GetString(basis, "state") != row.state.text) {
    int64_t version = 0;
    if (!row.state.empty()) {
      TRY_ASSIGN(std::optional<StateVersionRow> state, tx.GetStateVersion(row.state));
      if (state) version = state->version;
    }
    parts.push_back("its state (now version " + std::to_string(version) + ")");
  }
  if (GetString(basis, "inputs") != decision.evaluation.parts.inputs) parts.push_back("its inputs");
  if (!module.tool_path.empty()) {
    Result<std::string> tool = parts_.tool_digests.DigestOfFile(module.tool_path);
    if (!tool || *tool != GetString(basis, "tool")) parts.push_back(module.tool);
  }
  TRY_ASSIGN(std::optional<std::string> lock_file, tx.GetSetting("lock-file/" + row.id.text));
  if (GetString(basis, "lock_file") != (lock_file ? DigestOf(*lock_file) : std::string()))
    parts.push_back("its lock file of providers");
  return parts.empty() ? std::string() : Join(parts, ", ") + " changed since it was planned";
}

ShowPlan DirectClient::ShowOf(const RunId& run) const {
  const auto pending = pending_.find(run);
  return pending == pending_.end() ? ShowPlan::kNever : pending->second.request.show;
}

Result<> DirectClient::DecidePlan(Tx& tx, const RunRow& run, const TaskRow& task, const ComponentRow& row,
                                  Decision& decision) {
  const Evaluation& evaluation = decision.evaluation;
  if (evaluation.unchanged && evaluation.grade == PlanGrade::kFirm) {
    decision.what = Decision::What::kUnchanged;
    return {};
  }
  TRY_ASSIGN(decision.plan, NewPlan(tx, run, task, decision, row));
  const bool script = IsScript(*decision.document, decision.index);
  if (script && evaluation.grade != PlanGrade::kDeferred) decision.plan->digest = ScriptDigest(evaluation);
  if (script || evaluation.grade == PlanGrade::kDeferred || evaluation.unchanged) {
    decision.what = Decision::What::kPlanned;
  } else {
    // A provisional plan is dropped when its changes are known; what it leaves to others is read from them too.
    const bool needed =
        evaluation.grade == PlanGrade::kProvisional || decision.document->feeds[static_cast<size_t>(decision.index)];
    decision.show = needed ? ShowPlan::kAlways : ShowOf(run.id);
  }
  return {};
}

Result<> DirectClient::DecideApply(Tx& tx, const RunRow& run, const TaskRow& task, const ComponentRow& row,
                                   Decision& decision) {
  const Component& component = decision.document->stack.components[static_cast<size_t>(decision.index)];
  const bool script = IsScript(*decision.document, decision.index);
  // What is protected has its plan looked at first; also where davit has made nothing of it: its state may be adopted, or kept elsewhere.
  const bool guarded = component.protect && !script;
  if (run.direct && !guarded) return {};
  TRY_ASSIGN(const std::vector<PlanRow> plans, tx.ListPlans(run.id, row.id));
  const auto again =
      std::find_if(plans.begin(), plans.end(), [&](const PlanRow& plan) { return plan.task == task.id; });
  if (script) {
    const std::string digest = ScriptDigest(decision.evaluation);
    TRY_ASSIGN(const std::vector<ApprovalRow> approvals, tx.ListApprovals(run.id, row.id));
    // A deferred script has nothing to show: what was approved is that it runs.
    const bool deferred =
        std::any_of(plans.begin(), plans.end(), [](const PlanRow& plan) { return plan.grade == PlanGrade::kDeferred; });
    if (std::any_of(approvals.begin(), approvals.end(), [&](const ApprovalRow& approval) {
          return approval.approved && (approval.digest == digest || (approval.digest.empty() && deferred));
        })) {
      return {};
    }
    TRY_ASSIGN(decision.plan, NewPlan(tx, run, task, decision, row));
    decision.plan->digest = digest;
    decision.what = Decision::What::kHold;
    decision.reason = "its inputs are not those that were shown: " + Join(decision.evaluation.because, "; ");
    decision.plan->reason = decision.reason;
    return {};
  }
  if (!task.plan.empty()) {
    PlanRow basis = again != plans.end() ? *again : plans.empty() ? PlanRow() : plans[0];
    if (basis.stale.empty()) {
      TRY_ASSIGN(basis.stale, StaleBecause(tx, basis, decision, row));
    }
    if (basis.stale.empty()) {
      decision.resolution = task.resolution;
      return {};
    }
    TRY(tx.PutPlan(basis));
    decision.reason = basis.stale;
  }
  decision.replan = true;
  TRY_ASSIGN(decision.plan, NewPlan(tx, run, task, decision, row));
  decision.show = run.direct ? ShowPlan::kNever : ShowPlan::kAlways;
  return {};
}

Result<> DirectClient::KeepPlanHere(Tx& tx, const RunRow& run, const TaskRow& task, const Decision& decision) {
  TRY(tx.PutPlan(*decision.plan));
  return FinishHere(tx, run, task, RunResult::kSucceeded, "");
}

Result<> DirectClient::HoldHere(Tx& tx, const RunRow& run, const TaskRow& task, const Decision& decision) {
  TRY(tx.PutPlan(*decision.plan));
  const AttemptId attempt = AttemptId::New(parts_.ids);
  TRY(Step(tx, run.id, engine::ClaimTask{task.id, process(), attempt, parts_.clock.MonotonicMs()}));
  TRY_ASSIGN(const TaskRow claimed, NeedTask(tx, task.id));
  TRY(Step(tx, run.id, engine::HoldTask{task.id, claimed.fence, decision.reason}));
  return {};
}

Result<PlannedChanges> DirectClient::ChangesOf(Tx& tx, const PlanRow& plan) {
  if (plan.changes.empty()) return PlannedChanges();
  TRY_ASSIGN(const std::string text, GetBlob(tx, plan.changes));
  TRY_ASSIGN(const json::value parsed, ParseJson(text));
  return PlannedChangesFromJson(parsed);
}

Result<bool> DirectClient::IsApproved(Tx& tx, const PlanRow& plan, const PlannedChanges& changes, bool live) {
  TRY_ASSIGN(const std::vector<ApprovalRow> approvals, tx.ListApprovals(plan.run, plan.component));
  const auto said_yes = [&](const std::string& digest) {
    return std::any_of(approvals.begin(), approvals.end(),
                       [&](const ApprovalRow& approval) { return approval.approved && approval.digest == digest; });
  };
  if (!plan.digest.empty() && said_yes(plan.digest)) return true;
  TRY_ASSIGN(const std::vector<PlanRow> plans, tx.ListPlans(plan.run, plan.component));
  for (const PlanRow& shown : plans) {
    if (!said_yes(shown.digest)) continue;
    // Nothing could be shown: what was approved is the bound that stood there.
    if (shown.grade == PlanGrade::kDeferred && !live && engine::OnlyCreates(changes)) return true;
    if (shown.changes.empty()) {
      if (shown.empty && changes.empty()) return true;
      continue;
    }
    TRY_ASSIGN(const PlannedChanges approved, ChangesOf(tx, shown));
    if (engine::Compare(approved, changes).approved) return true;
    if (shown.stale == kResumed && engine::IsSubset(changes, approved)) return true;
  }
  return false;
}

Result<DirectClient::PlanEnd> DirectClient::TakePlan(Tx& tx, const Lease& lease, const TaskRow& task,
                                                     const TaskOutcome& outcome, const ComponentRow& row) {
  PlanEnd end;
  engine::FinishTask finish{lease.task,     lease.fence,          outcome.result,
                            outcome.reason, outcome.job_complete, outcome.changes};
  const bool again = task.kind == TaskKind::kApply;
  TRY_ASSIGN(const RunRow run, NeedRun(tx, lease.run));
  TRY_ASSIGN(std::optional<PlanRow> plan, tx.GetPlan(task.id));
  TRY_ASSIGN(std::optional<JobRow> job, tx.GetJob(lease.job));
  if (!plan || !job) return Fail(ErrorCode::kInternal, "rows of task " + task.id.text + " are missing");
  TRY_ASSIGN(std::shared_ptr<const RunDocument> document, Document(tx, job->snapshot));
  const int index = document->stack.Find(job->name);
  if (index >= 0 && document->stack.components[static_cast<size_t>(index)].protect) {
    if (const int64_t count = CountDestroyed(outcome); count > 0) {
      std::vector<std::string> names = Destroyed(outcome);
      if (names.size() > kMostNamed) names.resize(kMostNamed);
      const int64_t more = count - static_cast<int64_t>(names.size());
      if (more > 0)
        names.push_back(names.empty() ? Plural(static_cast<size_t>(more), "resource")
                                      : "and " + std::to_string(more) + " more");
      finish.result = RunResult::kFailed;
      finish.reason = "it is protected (`protect: true`), and the plan would destroy " + Join(names, ", ") +
                      ". To let that happen take `protect` out of the manifest for this change";
      end.event = finish;
      return end;
    }
  }
  plan->empty = outcome.no_changes;
  if (!outcome.lock_file.empty()) {
    // Its own init made it.
    TRY_ASSIGN(const json::value basis, ParseJson(plan->basis));
    json::object with_lock_file = basis.as_object();
    with_lock_file["lock_file"] = DigestOf(outcome.lock_file);
    plan->basis = json::serialize(with_lock_file);
  }
  PlannedChanges changes = outcome.planned.value_or(PlannedChanges());
  MarkSecrets(lease.inputs, document->secrets, changes);
  if (outcome.planned) {
    TRY_ASSIGN(plan->changes, PutBlob(tx, "changes", json::serialize(ToJson(changes))));
  }
  if (outcome.planned || outcome.no_changes) plan->digest = engine::ChangeDigest(changes, parts_.keyring.digest_key());
  TRY(tx.PutPlan(*plan));
  if (again && outcome.job_complete) finish.result = RunResult::kUnchanged;
  end.event = finish;
  if (outcome.job_complete || run.kind == RunKind::kPreview) return end;
  // A provisional plan is never applied: its file is not even kept.
  if (plan->grade == PlanGrade::kFirm) {
    TRY_ASSIGN(end.artifact, PutBlob(tx, "plan", outcome.plan));
  }
  if (!again) return end;
  bool approved = run.direct;
  if (!approved) {
    TRY_ASSIGN(approved, IsApproved(tx, *plan, changes, row.live));
  }
  if (approved) {
    end.event = engine::GoOn{lease.task, lease.fence};
    return end;
  }
  TRY_ASSIGN(const std::vector<PlanRow> plans, tx.ListPlans(run.id, row.id));
  const PlanRow shown = plans.empty() ? PlanRow() : plans[0];
  plan->reason = !shown.stale.empty()                  ? shown.stale
                 : shown.grade == PlanGrade::kDeferred ? "it could not be planned before"
                                                       : "what is planned now is not what was shown";
  TRY(tx.PutPlan(*plan));
  end.event = engine::HoldTask{lease.task, lease.fence, plan->reason};
  return end;
}

Result<> DirectClient::KeepPlanned(Tx& tx, const Lease& lease, const TaskRow& task, const std::string& artifact,
                                   const std::string& counts) {
  if (task.kind == TaskKind::kApply && !counts.empty()) {
    TRY_ASSIGN(std::optional<JobRow> job, tx.GetJob(lease.job));
    if (!job) return Fail(ErrorCode::kInternal, "job " + lease.job.text + " is missing in the store");
    job->changes = counts;
    TRY(tx.PutJob(*job));
  }
  if (artifact.empty()) return {};
  // The apply runs exactly this plan, with exactly these inputs.
  TRY_ASSIGN(std::vector<TaskRow> tasks, tx.ListJobTasks(lease.job));
  for (TaskRow& other : tasks) {
    if (other.kind != TaskKind::kApply) continue;
    other.resolution = task.resolution;
    other.plan = artifact;
    TRY(tx.PutTask(other));
  }
  return {};
}

Result<> DirectClient::MarkResumed(Tx& tx, const TaskRow& task) {
  TRY_ASSIGN(std::vector<PlanRow> plans, tx.ListPlans(task.run, task.component));
  for (PlanRow& plan : plans) {
    plan.stale = kResumed;
    TRY(tx.PutPlan(plan));
  }
  return {};
}

Result<engine::Event> DirectClient::TakeRefusal(Tx& tx, const Lease& lease, const TaskRow& task,
                                                const TaskOutcome& outcome) {
  TRY_ASSIGN(const std::vector<PlanRow> plans, tx.ListPlans(lease.run, task.component));
  const bool again = std::any_of(plans.begin(), plans.end(), [&](const PlanRow& plan) { return plan.task == task.id; });
  if (plans.empty() || again) {
    return engine::Event(engine::FinishTask{lease.task, lease.fence, outcome.result, outcome.reason, false, {}});
  }
  PlanRow plan = plans[0];
  plan.stale = "its tool found another state where it keeps it";
  TRY(tx.PutPlan(plan));
  return engine::Event(engine::PlanRefused{lease.task, lease.fence, plan.stale});
}

}  // namespace davit::control
