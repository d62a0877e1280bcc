// DirectClient: the Client by direct call on a store in this process. Each use case is one function: authorize, one transaction around
// engine::Step, and what must be durable before it (blobs). Its parts stand in one .cc each: stacks, submit, claim, finish, recover,
// queries. One thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "blob/blob_store.h"
#include "control/client.h"
#include "control/evaluate.h"
#include "control/processes.h"
#include "control/run_document.h"
#include "engine/step.h"
#include "engine/tasks.h"
#include "secrets/keyring.h"
#include "source/bundle.h"
#include "store/store.h"

namespace davit::control {

/// What main wires in; references outlive the client.
struct DirectParts {
  store::Store& store;
  blob::FileBlobStore& blobs;
  const secrets::Keyring& keyring;
  ModuleInspector& inspector;
  source::StatCache& stat_cache;
  const Clock& clock;
  IdSource& ids;
  std::map<std::string, std::string> environment;  // of this process: fromEnv, passEnv, PATH
  Path store_directory;                            // .davit
  store::Scope scope;
  ProcessEntry* process = nullptr;  // nullptr: only reading
  std::optional<Error> key_error =
      {};  // the store's key is missing: only what needs no blob works, all else answers this
};

class DirectClient final : public Client {
 public:
  explicit DirectClient(DirectParts parts);
  ~DirectClient() override;

  std::shared_ptr<StackDocument> Load(const LoadRequest& request) override;
  std::string RenderGraph(const StackDocument& document, GraphFormat format) override;

  Result<Submitted> Submit(const SubmitRequest& request) override;
  Result<QueueStatus> TryStart(const RunId& run) override;
  Result<std::vector<JobOverview>> Overview(const RunId& run) override;
  Result<> OpenGate(const RunId& run) override;
  Result<> Cancel(const RunId& run, CancelKind kind, const std::string& reason) override;
  Result<RunId> ResolveRun(const std::string& text) override;
  Result<std::vector<RunView>> ListRuns(const DeploymentSelector& deployment, bool only_open, int limit) override;
  Result<RunView> ShowRun(const RunId& run) override;
  Result<std::vector<EventRow>> Events(const RunId& run, int64_t after, int limit) override;
  Result<StatusView> Status(const DeploymentSelector& deployment) override;
  Result<std::vector<DeploymentRow>> Deployments() override;
  Result<OutputsView> Outputs(const DeploymentSelector& deployment) override;
  Result<JobOverview> Why(const std::shared_ptr<const StackDocument>& document, const DeploymentSelector& deployment,
                          const std::string& component) override;
  Result<LogPage> ReadLog(LogCursor& cursor) override;
  Result<std::vector<ReconcileItem>> ReconcileItems(const RunId& run) override;
  Result<> Resume(const RunId& run, const TaskId& task) override;
  Result<> Abandon(const RunId& run) override;

  const ProcessId& process() const override;
  Result<RunRow> GetRun(const RunId& run) override;
  Result<std::vector<Lease>> Claim(const RunId& run, int max) override;
  Result<> PutState(const Lease& lease, const std::string& bytes, int64_t serial, const std::string& lineage) override;
  Result<> PutLog(const Lease& lease, const LogUpload& log) override;
  Result<> QuarantineState(const Lease& lease, const std::string& bytes, const std::string& reason) override;
  Result<FinishAnswer> Finish(const Lease& lease, const TaskOutcome& outcome, const LogUpload& last_log,
                              int claim_max) override;
  Result<> MarkReconcile(const Lease& lease, const std::string& reason, const json::object& report) override;
  Result<> AttemptCleaned(const AttemptId& attempt) override;
  Result<std::vector<AttemptRow>> UncleanedAttempts() override;
  Result<std::vector<Orphan>> TakeOrphans() override;
  Result<Lease> Adopt(const TaskId& task) override;
  Result<std::vector<RunId>> SettleRuns() override;
  Result<std::string> GetBundle(const std::string& digest) override;
  Path work_root() const override { return parts_.store_directory / "work"; }
  Path cache_root() const override { return parts_.store_directory / "cache"; }

 private:
  using Tx = store::Transaction;
  using TxPtr = std::unique_ptr<store::Transaction>;

  /// A run submitted by this process and not started yet.
  struct Pending {
    SubmitRequest request;
    std::shared_ptr<const RunDocument> document;  // deploy
    std::string document_blob;
    std::vector<JobOverview> overview;  // filled by the start
  };

  // direct.cc: transactions, blobs, documents, locks.
  Result<TxPtr> Read() { return parts_.store.Begin(parts_.scope, store::Mode::kRead); }
  Result<TxPtr> Write();
  Result<> CommitAt(Tx& tx, const char* what);
  Result<std::string> PutBlob(Tx& tx, const char* kind, const std::string& bytes);
  Result<std::string> GetBlob(Tx& tx, const std::string& name);
  Result<std::shared_ptr<const RunDocument>> Document(Tx& tx, const std::string& blob);
  Result<RunRow> NeedRun(Tx& tx, const RunId& run);
  Result<TaskRow> NeedTask(Tx& tx, const TaskId& task);
  Result<engine::Changes> Step(Tx& tx, const RunId& run, const engine::Event& event);
  Result<DeploymentRow> FindDeployment(Tx& tx, const DeploymentSelector& selector);
  Result<QueueStatus> QueueOf(Tx& tx, const RunRow& run);
  Result<std::string> WaitsFor(Tx& tx, const RunRow& run);

  // submit.cc
  Result<std::shared_ptr<RunDocument>> MakeDocument(const StackDocument& document, source::Bundle* bundle);
  Result<> Preflight(Tx& tx, const DeploymentRow& deployment, const RunDocument& document);
  Result<DeploymentRow> OpenDeployment(Tx& tx, const SubmitRequest& request);
  Result<> StartDeploy(Tx& tx, RunRow run, Pending& pending);
  Result<> StartDestroy(Tx& tx, RunRow run, Pending& pending);
  Result<> StartRows(Tx& tx, const RunRow& run, const engine::RunRequest& request, const std::vector<JobRow>& unchanged,
                     bool gate);

  // claim.cc
  Result<std::vector<Lease>> ClaimIn(Tx& tx, const RunId& run, int max);
  Result<Lease> FillLease(Tx& tx, const RunRow& run, const TaskRow& task);
  Result<std::string> PutResolution(Tx& tx, const std::vector<LeaseInput>& inputs,
                                    const std::vector<std::string>& capabilities);
  Result<std::shared_ptr<const ComponentOutputs>> OutputsOf(Tx& tx, const ComponentRow& row);
  Result<Evaluation> Evaluate(Tx& tx, const RunDocument& document, int index, const ComponentRow& row);

  // finish.cc
  Result<> KeepState(Tx& tx, const Lease& lease, ComponentRow& row, const std::string& bytes, int64_t serial,
                     const std::string& lineage, bool complete);
  Result<> Quarantine(const Lease& lease, const std::string& bytes, int64_t serial, const std::string& lineage,
                      const std::string& reason);
  Result<> KeepLog(Tx& tx, const LogUpload& log);
  Result<> KeepCleaned(Tx& tx);
  Result<> KeepSuccess(Tx& tx, const Lease& lease, const TaskOutcome& outcome, ComponentRow& row);

  // recover.cc
  Result<> EndAttempt(Tx& tx, const AttemptId& attempt);

  DirectParts parts_;
  ProcessId no_process_;
  std::map<RunId, Pending> pending_;
  std::map<std::string, std::shared_ptr<const RunDocument>> documents_;               // by blob
  std::map<OutputVersionId, std::shared_ptr<const ComponentOutputs>> outputs_cache_;  // immutable versions
  std::vector<AttemptId> cleaned_;  // directories that are gone, not written yet
  std::set<TaskId> needs_process_;  // ready tasks that were looked at and have something to do
};

}  // namespace davit::control
