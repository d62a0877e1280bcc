// What the use cases share: transactions, sealed blobs, documents, locks.
#include "control/direct.h"

#include <algorithm>

#include "base/fault.h"
#include "base/text.h"
#include "control/apply_step.h"

namespace davit::control {
namespace {

/// Blobs up to this size live in the store's own file and are committed with the rows that name them; larger ones are files.
constexpr size_t kSmallBlobBytes = size_t{16} * 1024;

}  // namespace

DirectClient::DirectClient(DirectParts parts) : parts_(std::move(parts)) {}

DirectClient::~DirectClient() {
  if (cleaned_.empty()) return;
  if (Result<TxPtr> tx = Write(); tx && KeepCleaned(**tx)) (void)(*tx)->Commit();
}

const ProcessId& DirectClient::process() const {
  return parts_.process != nullptr ? parts_.process->id() : no_process_;
}

Result<DirectClient::TxPtr> DirectClient::Write() {
  CHECK(parts_.process != nullptr, "a reading client was asked to write");
  ended_.clear();  // of a transaction that was dropped
  return parts_.store.Begin(parts_.scope, store::Mode::kWrite);
}

Result<> DirectClient::CommitAt(Tx& tx, [[maybe_unused]] const char* what) {
#ifdef DAVIT_FAULTS
  FaultPoint((std::string("control.before_commit.") + what).c_str());
#endif
  TRY(KeepHistory(tx));
  TRY(tx.Commit());
#ifdef DAVIT_FAULTS
  FaultPoint((std::string("control.after_commit.") + what).c_str());
#endif
  return {};
}

Result<std::string> DirectClient::PutBlob(Tx& tx, const char* kind, const std::string& bytes) {
  if (bytes.size() > kSmallBlobBytes) return parts_.blobs.Put(kind, bytes);
  std::string name = blob::BlobName(parts_.keyring, kind, bytes);
  TRY_ASSIGN(std::string sealed, parts_.keyring.Seal(bytes));
  TRY(tx.PutSmallBlob(name, sealed));
  return name;
}

Result<std::string> DirectClient::GetBlob(Tx& tx, const std::string& name) {
  if (parts_.key_error) return Fail(*parts_.key_error);
  TRY_ASSIGN(std::optional<std::string> sealed, tx.GetSmallBlob(name));
  if (sealed) return parts_.keyring.Open(*sealed);
  return parts_.blobs.Get(name);
}

Result<std::shared_ptr<const RunDocument>> DirectClient::Document(Tx& tx, const std::string& blob) {
  if (auto found = documents_.find(blob); found != documents_.end()) return found->second;
  TRY_ASSIGN(std::string text, GetBlob(tx, blob));
  TRY_ASSIGN(RunDocument parsed, ParseRunDocument(text));
  auto document = std::make_shared<const RunDocument>(std::move(parsed));
  documents_[blob] = document;
  return document;
}

Result<RunRow> DirectClient::NeedRun(Tx& tx, const RunId& run) {
  TRY_ASSIGN(std::optional<RunRow> row, tx.GetRun(run));
  if (!row)
    return Fail(ErrorCode::kNotFound, "there is no run " + run.text, "`davit run list` shows the runs of this store");
  return *row;
}

Result<TaskRow> DirectClient::NeedTask(Tx& tx, const TaskId& task) {
  TRY_ASSIGN(std::optional<TaskRow> row, tx.GetTask(task));
  if (!row) return Fail(ErrorCode::kNotFound, "there is no task " + task.text);
  return *row;
}

Result<engine::Changes> DirectClient::Step(Tx& tx, const RunId& run, const engine::Event& event) {
  TRY_ASSIGN(engine::Changes changes, ApplyStep(tx, run, event, parts_.clock.WallMs()));
  if (changes.run_finished) {
    TRY(tx.DeleteLocks(run));
    ended_.push_back(run);
  }
  return changes;
}

Result<DeploymentRow> DirectClient::FindDeployment(Tx& tx, const DeploymentSelector& selector) {
  TRY_ASSIGN(std::vector<DeploymentRow> all, tx.ListDeployments());
  auto short_name = [](const DeploymentRow& row) { return row.name.substr(row.name.rfind('/') + 1); };
  std::string wanted = selector.name;
  if (wanted.empty() && !selector.stack_name.empty()) wanted = selector.stack_name;
  if (!wanted.empty()) {
    const std::string full =
        wanted.find('/') != std::string::npos ? wanted : "local/default/" + selector.environment + "/" + wanted;
    for (const DeploymentRow& row : all) {
      if (row.name == full) return row;
    }
    std::vector<std::string_view> names;
    std::vector<std::string> shorts;
    shorts.reserve(all.size());
    for (const DeploymentRow& row : all) shorts.push_back(short_name(row));
    names.assign(shorts.begin(), shorts.end());
    std::string help = DidYouMean(wanted, names);
    if (help == "did you mean '" + wanted + "'?") help.clear();  // of another environment
    std::vector<std::string> full_names;
    for (const DeploymentRow& row : all) full_names.push_back(row.name);
    if (help.empty())
      help = all.empty() ? "nothing was deployed from here yet: run `davit up`"
                         : "deployments here: " + Join(full_names, ", ");
    return Fail(ErrorCode::kNotFound, "there is no deployment " + full + " in this store", help);
  }
  std::vector<DeploymentRow> matching;
  for (const DeploymentRow& row : all) {
    if (row.name.starts_with("local/default/" + selector.environment + "/")) matching.push_back(row);
  }
  if (all.empty()) return Fail(ErrorCode::kNotFound, "nothing was deployed from here yet", "run `davit up`");
  // "default" is also what nobody typed, so the only one is meant; an environment that was named is never another one.
  if (matching.empty() && all.size() == 1 && selector.environment == "default") return all[0];
  if (matching.size() == 1) return matching[0];
  std::vector<DeploymentRow> live;
  for (const DeploymentRow& row : matching) {
    TRY_ASSIGN(std::vector<ComponentRow> components, tx.ListComponents(row.id));
    const bool stands =
        std::any_of(components.begin(), components.end(), [](const ComponentRow& component) { return component.live; });
    if (stands) live.push_back(row);
  }
  if (live.size() == 1) return live[0];
  std::vector<std::string> names;
  for (const DeploymentRow& row : all) names.push_back(row.name);
  if (matching.empty() && selector.environment != "default") {
    return Fail(ErrorCode::kNotFound, "there is no deployment in the environment " + selector.environment,
                "deployments here: " + Join(names, ", "));
  }
  return Fail(ErrorCode::kInvalidInput, "this store has several deployments: " + Join(names, ", "),
              "say which one with --env ENVIRONMENT or --deployment NAME");
}

Result<QueueStatus> DirectClient::QueueOf(Tx& tx, const RunRow& run) {
  QueueStatus status;
  if (run.state != RunState::kQueued) {
    status.started = true;
    return status;
  }
  TRY_ASSIGN(std::vector<LockRow> locks, tx.ListLocks("deployment/" + run.deployment.text));
  for (const LockRow& lock : locks) {
    if (lock.run == run.id) break;
    if (status.position == 0) status.blocker = lock.run;
    ++status.position;
  }
  if (status.blocker.empty()) return status;
  TRY_ASSIGN(RunRow blocker, NeedRun(tx, status.blocker));
  TRY_ASSIGN(status.blocker_reason, WaitsFor(tx, blocker));
  status.blocker_dead = !IsAlive(parts_.store_directory, blocker.process);
  // While its davit lives a person at that terminal answers, or is told what to do.
  status.blocker_needs_person = status.blocker_dead && (blocker.reconcile_tasks > 0 || blocker.waiting_since_ms != 0);
  status.blocker_remedy =
      blocker.reconcile_tasks > 0 ? "davit run reconcile " + blocker.id.text : "davit run approve " + blocker.id.text;
  if (status.blocker_reason.empty()) status.blocker_reason = "running since " + FormatUtc(blocker.started_ms);
  return status;
}

Result<std::string> DirectClient::WaitsFor(Tx& tx, const RunRow& run) {
  if (run.state == RunState::kFinished) return std::string();
  if (run.kind == RunKind::kShell) return std::string("a person works by hand in it: `davit shell --write`");
  if (IsExpired(run) && run.reconcile_tasks == 0) {
    return "nobody said yes or no within " + FormatDuration(run.approval_timeout_s * 1000) +
           ": the next davit command that may change something ends it";
  }
  if (run.state == RunState::kAwaitingApproval)
    return "waits for a person to say yes or no: `davit run approve " + run.id.text + "`";
  if (run.state == RunState::kQueued) {
    TRY_ASSIGN(std::vector<LockRow> locks, tx.ListLocks("deployment/" + run.deployment.text));
    if (!locks.empty() && locks[0].run != run.id) return "waits for " + locks[0].run.text;
    return std::string("waits for its turn");
  }
  if (run.reconcile_tasks > 0) {
    TRY_ASSIGN(std::vector<JobRow> jobs, tx.ListJobs(run.id));
    std::vector<std::string> names;
    for (const JobRow& job : jobs) {
      if (job.state == JobState::kNeedsReconcile) names.push_back(job.name);
    }
    return "waits for a person: " + Join(names, ", ") + " needs `davit run reconcile " + run.id.text + "`";
  }
  if (run.approval_tasks > 0) {
    TRY_ASSIGN(std::vector<JobRow> jobs, tx.ListJobs(run.id));
    std::vector<std::string> names;
    for (const JobRow& job : jobs) {
      if (job.state == JobState::kAwaitingApproval) names.push_back(job.name);
    }
    if (run.kind == RunKind::kImport)
      return "waits for a person to say yes or no to adopting the state of " + Join(names, ", ") +
             ": `davit run approve " + run.id.text + "`";
    return "waits for a person: " + Join(names, ", ") +
           (names.size() == 1 ? " was planned again and differs" : " were planned again and differ") +
           " from what was shown: `davit run approve " + run.id.text + "`";
  }
  return std::string();
}

}  // namespace davit::control
