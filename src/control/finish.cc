// Reports of runners: states, logs and ends, each under the fence of its lease. A report with an old fence changes nothing; the state
// that it brings goes to quarantine.
#include <algorithm>

#include "base/digest.h"
#include "base/fault.h"
#include "base/text.h"
#include "control/direct.h"
#include "control/log_chunk.h"
#include "control/run_document.h"
#include "engine/resolve.h"
#include "secrets/masker.h"

namespace davit::control {
namespace {

constexpr char kOldFence[] = "written under an old fence";

/// Seed 004: who comes after a component that provides a cluster finds that by these outputs.
Result<> CheckCluster(const Component& component, const ValueMap& outputs) {
  static constexpr std::string_view kCluster = "kubernetes";
  if (std::find(component.provides.begin(), component.provides.end(), kCluster) == component.provides.end()) return {};
  for (const std::string_view name : {"dns.domain", "kubernetes.api.endpoint"}) {
    if (outputs.contains(name)) continue;
    return Fail(ErrorCode::kInvalidInput,
                "component '" + component.name + "' provides kubernetes and left no output '" + std::string(name) + "'",
                "let it leave one, or take kubernetes out of its `provides`", component.pos);
  }
  return {};
}

}  // namespace

Result<> DirectClient::KeepState(Tx& tx, const Lease& lease, ComponentRow& row, const std::string& bytes,
                                 int64_t serial, const std::string& lineage, bool complete) {
  TRY_ASSIGN(std::string blob, PutBlob(tx, "state", bytes));
  std::optional<StateVersionRow> newest;
  if (!row.state.empty()) {
    TRY_ASSIGN(newest, tx.GetStateVersion(row.state));
  }
  if (newest && newest->blob == blob && (newest->complete || !complete)) return {};  // the same state is no new version
  // The copies of one attempt's growing state are one version.
  StateVersionRow version;
  if (newest && newest->fence == lease.fence && !newest->complete) {
    version = *newest;
  } else {
    version.id = StateVersionId::New(parts_.ids);
    version.component = row.id;
    version.version = newest ? newest->version + 1 : 1;
    version.run = lease.run;
    version.fence = lease.fence;
    version.created_ms = parts_.clock.WallMs();
  }
  version.serial = serial;
  version.lineage = lineage;
  version.blob = blob;
  version.complete = complete;
  TRY(tx.PutStateVersion(version));
  row.state = version.id;
  return TakeSources(tx, lease, row);
}

Result<> DirectClient::TakeSources(Tx& tx, const Lease& lease, ComponentRow& row) {
  TRY_ASSIGN(const TaskRow task, NeedTask(tx, lease.task));
  TRY_ASSIGN(std::optional<JobRow> job, tx.GetJob(lease.job));
  if (!job) return Fail(ErrorCode::kInternal, "job " + lease.job.text + " is missing in the store");
  // What was taken over was not made from these.
  if (job->action == JobAction::kDestroy || task.resolution.empty() || lease.adopt) return {};
  TRY_ASSIGN(std::shared_ptr<const RunDocument> document, Document(tx, job->snapshot));
  row.snapshot = job->snapshot;
  row.snapshot_name = NameInSnapshot(*job);
  row.bundle = document->bundle;
  row.resolution = task.resolution;
  return {};
}

Result<> DirectClient::Quarantine(const Lease& lease, const std::string& bytes, int64_t serial,
                                  const std::string& lineage, const std::string& reason) {
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(std::string blob, PutBlob(*tx, "state", bytes));
  StateVersionRow version;
  version.id = StateVersionId::New(parts_.ids);
  version.component = lease.component_id;
  version.serial = serial;
  version.lineage = lineage;
  version.blob = blob;
  version.run = lease.run;
  version.fence = lease.fence;
  version.created_ms = parts_.clock.WallMs();
  version.complete = true;
  version.quarantined = true;
  version.reason = reason;
  TRY(tx->PutStateVersion(version));
  return CommitAt(*tx, "quarantine");
}

Result<> DirectClient::QuarantineState(const Lease& lease, const std::string& bytes, const std::string& reason) {
  return Quarantine(lease, bytes, 0, "", reason);
}

Result<> DirectClient::PutState(const Lease& lease, const std::string& bytes, int64_t serial,
                                const std::string& lineage) {
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(TaskRow task, NeedTask(*tx, lease.task));
  TRY_ASSIGN(std::optional<ComponentRow> row, tx->GetComponent(lease.component_id));
  if (!row) return Fail(ErrorCode::kInternal, "component " + lease.component + " is missing in the store");
  if (row->fence != lease.fence || task.fence != lease.fence) {
    tx.reset();
    TRY(Quarantine(lease, bytes, serial, lineage, kOldFence));
    return Fail(ErrorCode::kConflict, "another attempt owns " + lease.component + " now; this state is in quarantine");
  }
  TRY(KeepState(*tx, lease, *row, bytes, serial, lineage, /*complete=*/false));
  TRY(tx->PutComponent(*row));
  return CommitAt(*tx, "state");
}

Result<> DirectClient::KeepLog(Tx& tx, const LogUpload& log) {
  if (log.lines.empty()) return {};
  TRY_ASSIGN(std::optional<LogChunkRow> last, tx.LastLogChunk(log.attempt));
  LogChunkRow row;
  row.attempt = log.attempt;
  row.first_line = 1;
  if (last) {
    // A report that was sent twice, or by an adopter that read from the start.
    if (log.stdout_offset <= last->stdout_offset && log.stderr_offset <= last->stderr_offset) return {};
    row.sequence = last->sequence + 1;
    row.first_line = last->first_line + last->lines;
  }
  row.lines = static_cast<int64_t>(log.lines.size());
  row.stdout_offset = log.stdout_offset;
  row.stderr_offset = log.stderr_offset;
  row.wall_ms = parts_.clock.WallMs();
  TRY_ASSIGN(row.blob, PutBlob(tx, "log", PackLog(log.lines)));
  return tx.PutLogChunk(row);
}

Result<> DirectClient::PutLog(const Lease& lease, const LogUpload& log) {
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(std::optional<AttemptRow> attempt, tx->GetAttempt(log.attempt));
  // Adopted: its lines come from another process now, from the same files. An attempt that nobody adopted may still say what it saw.
  if (attempt && attempt->fence != lease.fence)
    return Fail(ErrorCode::kConflict, "another process follows the log of " + lease.component + " now");
  TRY(KeepLog(*tx, log));
  return CommitAt(*tx, "log");
}

Result<bool> DirectClient::PutOutputs(Tx& tx, const RunId& run, ComponentRow& row, const ValueMap& values,
                                      const std::vector<std::string>& provides) {
  json::array capabilities;
  for (const std::string& capability : provides) capabilities.emplace_back(capability);
  const std::string content =
      json::serialize(json::object{{"v", 1}, {"outputs", ToJson(values)}, {"provides", std::move(capabilities)}});
  const std::string digest = KeyedDigestOf(parts_.keyring.digest_key(), content);
  std::optional<OutputVersionRow> before;
  if (!row.outputs.empty()) {
    TRY_ASSIGN(before, tx.GetOutputVersion(row.outputs));
  }
  if (before && before->digest == digest) return false;
  OutputVersionRow version;
  version.id = OutputVersionId::New(parts_.ids);
  version.component = row.id;
  version.version = before ? before->version + 1 : 1;
  TRY_ASSIGN(version.blob, PutBlob(tx, "output", content));
  version.digest = digest;
  version.run = run;
  version.created_ms = parts_.clock.WallMs();
  TRY(tx.PutOutputVersion(version));
  row.outputs = version.id;
  return true;
}

Result<> DirectClient::KeepSuccess(Tx& tx, const Lease& lease, const TaskOutcome& outcome, ComponentRow& row) {
  if (!lease.import_address.empty()) {
    // The state knows more now. Whether what it knows is what the manifest says, the next `up` finds out.
    if (row.fingerprint.empty()) row.last_result = RunResult::kNone;
    return {};
  }
  TRY_ASSIGN(std::optional<JobRow> job, tx.GetJob(lease.job));
  if (!job) return Fail(ErrorCode::kInternal, "job " + lease.job.text + " is missing in the store");
  if (job->action == JobAction::kDestroy) {
    row.live = false;
    row.fingerprint.clear();
    row.fingerprint_parts.clear();
    if (!lease.in_place)
      row.outputs = {};  // as its state file keeps them: who was made from them may be taken away later
    row.producers.clear();
    row.tool.clear();
    row.tool_version.clear();
    return {};
  }
  TRY_ASSIGN(std::shared_ptr<const RunDocument> document, Document(tx, job->snapshot));
  const int index = document->stack.Find(job->name);
  if (index < 0) return Fail(ErrorCode::kInternal, "component " + job->name + " is missing in its snapshot");
  if (outcome.has_outputs) {
    // Declared outputs with a `value:` are computed from the component's own inputs and what it left.
    ValueMap values = outcome.outputs;
    ValueMap inputs;
    for (const LeaseInput& input : lease.inputs) inputs[input.name] = input.value;
    TRY(engine::ResolveOutputs(document->stack, index, inputs, values));
    if (lease.in_place) TRY(CheckCluster(document->stack.components[static_cast<size_t>(index)], values));
    MarkSecrets(lease.inputs, values);
    TRY(PutOutputs(tx, lease.run, row, values, outcome.provides));
  }
  row.driver = lease.driver;
  row.tool = lease.module.tool;
  row.tool_version = lease.module.tool_version;
  row.success_bundle = document->bundle;
  row.success_snapshot = job->snapshot;
  row.success_name = NameInSnapshot(*job);
  row.success_resolution = row.resolution;
  // The fingerprint of what was just deployed, its own new state included. It is taken from the snapshot, not from the present files.
  Result<Evaluation> evaluation = Evaluate(tx, *document, index, row);
  if (evaluation) {
    row.fingerprint = evaluation->fingerprint;
    row.fingerprint_parts = FingerprintRecord(*evaluation);
  } else {
    row.fingerprint.clear();  // its inputs cannot be resolved any more: the next `up` looks again
  }
  return {};
}

Result<> DirectClient::CountAsMandatory(Tx& tx, const Lease& lease) {
  TRY_ASSIGN(const RunRow run, NeedRun(tx, lease.run));
  TRY_ASSIGN(std::optional<JobRow> job, tx.GetJob(lease.job));
  const bool forced = lease.in_place && !run.stops_on_failure;
  if (!job || !job->optional || forced) return {};
  job->optional = false;
  return tx.PutJob(*job);
}

Result<FinishAnswer> DirectClient::Finish(const Lease& lease, const TaskOutcome& outcome, const LogUpload& last_log,
                                          int claim_max) {
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(TaskRow task, NeedTask(*tx, lease.task));
  PlanEnd end;
  end.event = engine::FinishTask{lease.task,     lease.fence,          outcome.result,
                                 outcome.reason, outcome.job_complete, outcome.changes};
  TRY_ASSIGN(std::optional<ComponentRow> row, tx->GetComponent(lease.component_id));
  if (!row) return Fail(ErrorCode::kInternal, "component " + lease.component + " is missing in the store");
  const bool success = outcome.result == RunResult::kSucceeded;
  if (lease.kind == TaskKind::kPlan && success && task.fence == lease.fence) {
    TRY_ASSIGN(end, lease.adopt ? TakePulled(*tx, lease, task, outcome) : TakePlan(*tx, lease, task, outcome, *row));
  }
  if (outcome.plan_refused && task.fence == lease.fence) {
    TRY_ASSIGN(end.event, TakeRefusal(*tx, lease, task, outcome));
  }
  if (outcome.hook_failed && task.fence == lease.fence) TRY(CountAsMandatory(*tx, lease));
  const bool refused = std::holds_alternative<engine::PlanRefused>(end.event);
  const auto* finish = std::get_if<engine::FinishTask>(&end.event);
  Result<engine::Changes> step = Step(*tx, lease.run, end.event);
  if (!step) {
    tx.reset();
    if (step.error().code == ErrorCode::kConflict && outcome.state) {
      TRY(Quarantine(lease, *outcome.state, outcome.state_serial, outcome.state_lineage, kOldFence));
    }
    return tl::unexpected(step.error());
  }
  if (step->tasks.empty()) return FinishAnswer{};  // sent twice

  if (lease.kind == TaskKind::kPlan && success) TRY(KeepPlanned(*tx, lease, task, end.artifact, outcome.changes));
  TRY_ASSIGN(row, tx->GetComponent(lease.component_id));  // with the fence of the step
  const bool only_fetched = lease.adopt && (finish == nullptr || !CountsAsSuccess(finish->result));
  if (outcome.state && !only_fetched) {
    TRY(KeepState(*tx, lease, *row, *outcome.state, outcome.state_serial, outcome.state_lineage, /*complete=*/true));
  }
  if (!outcome.lock_file.empty() && !lease.preview) TRY(tx->PutSetting("lock-file/" + row->id.text, outcome.lock_file));
  TRY_ASSIGN(std::optional<AttemptRow> attempt, tx->GetAttempt(lease.attempt));
  // An import that failed took nothing in.
  // Another verb in place is a rehearsal: what stands does so as before.
  const bool rehearsed = lease.in_place && !lease.in_place->verb.empty();
  const bool left_nothing = outcome.never_began || refused || rehearsed || (!success && !lease.import_address.empty());
  if (left_nothing && attempt && !attempt->before.empty()) {
    // Of something that stands too: it does so as it did. A new one shows that it failed.
    TRY(UndoClaim(*attempt, *row));
    if (outcome.result != RunResult::kCancelled && !refused && !rehearsed && !row->live) {
      row->last_run = lease.run;
      row->last_result = outcome.result;
    }
  } else if (lease.kind == TaskKind::kPlan) {
    if (lease.preview || only_fetched) {
      // It only looked.
    } else if (lease.adopt) {
      TRY(KeepAdopted(*tx, lease, *row));
    } else if (success && outcome.job_complete && row->live) {
      // The tool found nothing to do: what was true at the last success is true with these files and inputs too.
      row->resolution = task.resolution;
      TRY_ASSIGN(std::optional<JobRow> job, tx->GetJob(lease.job));
      if (job) {
        row->snapshot = job->snapshot;
        row->snapshot_name = NameInSnapshot(*job);
      }
      row->last_run = lease.run;
      row->last_result = RunResult::kSucceeded;
      TRY(KeepSuccess(*tx, lease, outcome, *row));
      row->bundle = row->success_bundle;  // of that snapshot
    } else if (finish != nullptr && !CountsAsSuccess(finish->result) && !row->live) {
      // What stands does so as before: a plan that fails changed nothing of it.
      row->last_run = lease.run;
      row->last_result = finish->result;
    }
  } else {
    row->last_run = lease.run;
    row->last_result = outcome.result;
    if (success) {
      TRY(TakeSources(*tx, lease, *row));
      TRY(KeepSuccess(*tx, lease, outcome, *row));
    } else {
      row->fingerprint.clear();
    }
  }
  TRY(tx->PutComponent(*row));

  if (attempt) {
    attempt->before.clear();
    attempt->finished_ms = parts_.clock.WallMs();
    attempt->result = outcome.result;
    attempt->operations = json::serialize(outcome.operations);
    TRY(tx->PutAttempt(*attempt));
  }
  TRY(KeepLog(*tx, last_log));

  TRY(KeepCleaned(*tx));

  FinishAnswer answer;
  if (!step->run_finished && claim_max >= 0) {
    TRY_ASSIGN(answer.leases, ClaimIn(*tx, lease.run, claim_max));
  }
  TRY_ASSIGN(RunRow run, NeedRun(*tx, lease.run));
  answer.run_finished = run.state == RunState::kFinished;
  TRY(CommitAt(*tx, "finish"));
  return answer;
}

Result<> DirectClient::MarkReconcile(const Lease& lease, const std::string& reason, const json::object& report) {
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(engine::Changes changes, Step(*tx, lease.run, engine::MarkReconcile{lease.task, lease.fence, reason}));
  if (changes.tasks.empty()) return {};
  json::object kept = report;
  kept["v"] = 1;
  kept["reason"] = reason;
  TRY(tx->PutSetting("reconcile/" + lease.task.text, json::serialize(kept)));
  TRY_ASSIGN(std::optional<ComponentRow> row, tx->GetComponent(lease.component_id));
  if (row) {
    row->fingerprint.clear();
    TRY(tx->PutComponent(*row));
  }
  return CommitAt(*tx, "reconcile");
}

Result<> DirectClient::AttemptCleaned(const AttemptId& id) {
  cleaned_.push_back(id);  // written with the next commit: a crash before it finds the directory gone, which is as good
  return {};
}

Result<> DirectClient::KeepCleaned(Tx& tx) {
  for (const AttemptId& id : cleaned_) {
    TRY_ASSIGN(std::optional<AttemptRow> attempt, tx.GetAttempt(id));
    if (!attempt || attempt->cleaned) continue;
    attempt->cleaned = true;
    TRY(tx.PutAttempt(*attempt));
  }
  cleaned_.clear();
  return {};
}

Result<std::vector<AttemptRow>> DirectClient::UncleanedAttempts() {
  TRY_ASSIGN(TxPtr tx, Read());
  TRY_ASSIGN(std::vector<AttemptRow> attempts, tx->UncleanedAttempts());
  std::erase_if(attempts, [](const AttemptRow& attempt) { return attempt.finished_ms == 0; });
  for (AttemptRow& attempt : attempts) attempt.directory = DirectoryOf(attempt).string();
  return attempts;
}

Result<std::string> DirectClient::GetBundle(const std::string& digest) {
  TRY_ASSIGN(TxPtr tx, Read());
  TRY_ASSIGN(std::optional<std::string> blob, tx->GetSetting("bundle/" + digest));
  if (!blob) return Fail(ErrorCode::kNotFound, "the bundle " + digest.substr(0, 12) + " is missing in the store");
  return GetBlob(*tx, *blob);
}

}  // namespace davit::control
