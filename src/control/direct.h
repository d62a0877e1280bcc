// DirectClient: the Client by direct call on a store in this process. Each use case is one function: authorize, one transaction around
// engine::Step, and what must be durable before it (blobs). Its parts stand in one .cc each: stacks, submit, claim, finish, recover,
// queries. One thread.
#pragma once

#include <functional>
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
#include "graph/lookup_trace.h"
#include "manifest/implicit.h"
#include "manifest/load.h"
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
  source::StatCache& stat_cache;    // of the deployment's files
  source::StatCache& tool_digests;  // of tools, which are large and the same for all of a user's deployments
  const Clock& clock;
  IdSource& ids;
  std::map<std::string, std::string> environment;  // of this process: fromEnv, passEnv, PATH
  Path store_directory;                            // .davit
  store::Scope scope;
  ProcessEntry* process = nullptr;  // nullptr: only reading
  std::optional<Error> key_error =
      {};  // the store's key is missing: only what needs no blob works, all else answers this
};

/// What a stack's bundle is made of.
source::BundleRequest BundleOf(const StackDocument& document);

/// The whole name of a deployment.
std::string FullName(const std::string& name, const std::string& environment);
/// `hub.deploymentId` stays what it was at the first submit.
Result<> KeepDeploymentId(store::Transaction& tx, const std::string& deployment, const Stack& stack);

class DirectClient final : public Client {
 public:
  explicit DirectClient(DirectParts parts);
  ~DirectClient() override;

  std::shared_ptr<StackDocument> Load(const LoadRequest& request) override;
  std::string RenderGraph(const StackDocument& document, GraphFormat format) override;
  Result<AffectedView> Affected(const LoadRequest& request, const std::string& base, const std::string& head) override;
  Result<ExplainView> Explain(const LoadRequest& request, const DeploymentSelector& deployment, const std::string& name,
                              const std::string& component) override;
  CapturesView Captures(const LoadRequest& request) override;

  Result<Submitted> Submit(const SubmitRequest& request) override;
  Result<QueueStatus> TryStart(const RunId& run) override;
  Result<std::vector<JobOverview>> Overview(const RunId& run) override;
  Result<> Answered(const RunId& run, const Answer& answer) override;
  Result<> Cancel(const RunId& run, CancelKind kind, const std::string& reason) override;
  Result<> KeepStateFile(const RunId& run, const std::string& digest) override;
  Result<RunId> ResolveRun(const std::string& text) override;
  Result<std::vector<RunView>> ListRuns(const DeploymentSelector& deployment, bool only_open, int limit) override;
  Result<RunView> ShowRun(const RunId& run) override;
  Result<std::vector<EventRow>> Events(const RunId& run, int64_t after, int limit) override;
  Result<StatusView> Status(const DeploymentSelector& deployment) override;
  Result<OutputsView> Outputs(const DeploymentSelector& deployment) override;
  Result<JobOverview> Why(const std::shared_ptr<const StackDocument>& document, const DeploymentSelector& deployment,
                          const std::string& component) override;
  Result<ValueMap> Names(const std::shared_ptr<const StackDocument>& document, const DeploymentSelector& selector,
                         const std::string& component) override;
  Result<LogPage> ReadLog(LogCursor& cursor) override;
  Result<std::vector<ReconcileItem>> ReconcileItems(const RunId& run) override;
  Result<> Resume(const RunId& run, const TaskId& task) override;
  Result<> TakeBack(const RunId& run, const TaskId& task) override;
  Result<> Abandon(const RunId& run) override;
  Result<> Housekeep() override;

  Result<StatesView> ListStates(const DeploymentSelector& deployment, const std::string& component, int limit) override;
  Result<StateView> ShowState(const StateSelector& selector) override;
  Result<StateDiff> DiffState(const StateSelector& to, const std::string& from) override;
  Result<StateBytes> PullState(const StateSelector& selector) override;
  Result<StateChange> RollbackState(const RollbackRequest& request) override;
  Result<AdoptView> LookAtAdoption(const AdoptRequest& request) override;
  Result<StateChange> AdoptState(const AdoptRequest& request) override;
  Result<RunId> SubmitAdoption(const AdoptRequest& request) override;
  Result<AdoptView> AdoptionOf(const RunId& run) override;
  Result<RunId> SubmitImport(const ImportRequest& request) override;
  Result<LockView> LockOf(const DeploymentSelector& deployment) override;
  Result<HistoryView> History(const DeploymentSelector& deployment, int limit) override;
  Result<StackDiff> DiffStack(const DeploymentSelector& deployment, int64_t from, int64_t to) override;

  const ProcessId& process() const override;
  Result<RunRow> GetRun(const RunId& run) override;
  Result<std::vector<Lease>> Claim(const RunId& run, int max) override;
  Result<> PutState(const Lease& lease, const std::string& bytes, int64_t serial, const std::string& lineage) override;
  Result<> PutLog(const Lease& lease, const LogUpload& log) override;
  Result<std::vector<ReadyTarget>> ReadyTargets(const Lease& lease, const ValueMap& outputs) override;
  Result<> QuarantineState(const Lease& lease, const std::string& bytes, const std::string& reason) override;
  Result<FinishAnswer> Finish(const Lease& lease, const TaskOutcome& outcome, const LogUpload& last_log,
                              int claim_max) override;
  Result<> MarkReconcile(const Lease& lease, const std::string& reason, const json::object& report) override;
  Result<> AttemptCleaned(const AttemptId& attempt) override;
  Result<std::vector<AttemptRow>> UncleanedAttempts() override;
  Result<std::vector<Orphan>> TakeOrphans() override;
  Result<Lease> LeaseToLook(const TaskId& task) override;
  Result<Lease> LeaseStanding(const ComponentId& component) override;
  Result<HandView> LeaseByHand(const DeploymentSelector& deployment, const std::string& component,
                               const std::optional<RunId>& run) override;
  Result<HandView> BeginByHand(const DeploymentSelector& deployment, const std::string& component,
                               const std::optional<RunId>& run, const std::string& message) override;
  Result<HandEnd> EndByHand(const RunId& run, const std::optional<std::string>& state, bool interrupted) override;
  Result<std::vector<RunId>> LostHands() override;
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
  /// Where it is now, by its name: the store may have been moved since.
  Path DirectoryOf(const AttemptRow& attempt) const { return work_root() / Path(attempt.directory).filename(); }

  // stacks.cc
  Result<manifest::LoadOptions> OptionsOf(const LoadRequest& request, SourceMap& sources) const;
  Result<Stack> LoadStack(const LoadRequest& request, manifest::Trace* trace, StackDocument& document);
  /// Load, which keeps how it went where somebody asks; both may be null.
  std::shared_ptr<StackDocument> LoadTraced(const LoadRequest& request, manifest::Trace* trace,
                                            graph::LookupTrace* lookups);
  static void CheckInputs(StackDocument& document);
  manifest::Implicit ImplicitOf(const Stack& stack, const LoadRequest& request);

  // submit.cc
  Result<std::shared_ptr<RunDocument>> MakeDocument(const StackDocument& document, source::Bundle* bundle,
                                                    bool waits = false);
  /// HUB_RANDOM of an attempt: nobody can guess it without the key, and whoever adopts the attempt has the same.
  std::string RandomFor(int bytes, const AttemptId& attempt) const;
  Result<> Preflight(Tx& tx, const DeploymentRow& deployment, const RunDocument& document);
  /// A warning of each backend that a module declares and that is not used, as davit has the component's state.
  Result<std::vector<Diagnostic>> OverriddenBackends(Tx& tx, const DeploymentRow& deployment,
                                                     const RunDocument& document);
  Result<DeploymentRow> OpenDeployment(Tx& tx, const SubmitRequest& request);
  Result<> Start(Tx& tx, const RunRow& run, Pending& pending);
  Result<> StartDeploy(Tx& tx, const RunRow& run, Pending& pending);
  Result<> StartDestroy(Tx& tx, const RunRow& run, Pending& pending);
  // in_place.cc
  /// What the stack requires and nothing provides, unless some tuning names it or only optional components need it (spec/stacks.md 1.8).
  static Result<> CheckStackRequires(const Stack& stack);
  static std::shared_ptr<RunDocument> MakeDocumentInPlace(const StackDocument& document, const InPlace& how,
                                                          bool waits);
  /// The rows of components that stand as a state file says.
  Result<> TakeKnown(Tx& tx, const RunRow& run, const Pending& pending);
  /// A component that this one needs and that failed in this run; "" = none.
  Result<std::string> FailedProducer(Tx& tx, const RunRow& run, const RunDocument& document, int index);
  /// All components that may stand, and those before them in the order, in reverse order.
  Result<> StartDestroyInPlace(Tx& tx, const RunRow& run, Pending& pending);
  Result<> StartRows(Tx& tx, const RunRow& run, const engine::RunRequest& request, const std::vector<JobRow>& unchanged,
                     bool gate);

  // moves.cc
  /// Something of it may be there: it was deployed, or its state was adopted.
  Result<bool> Stands(Tx& tx, const ComponentRow& row);
  /// The row that a component of the stack goes on with: its own or, where only one stands that `moved` says it was, that one, under its
  /// old name.
  Result<std::optional<ComponentRow>> FindRow(Tx& tx, const DeploymentId& deployment, const Stack& stack,
                                              const std::string& component);
  /// invalid_input: the component still has its old name.
  Result<> NeedOwnName(Tx& tx, const DeploymentId& deployment, const Stack& stack, const std::string& component);
  /// Gives `rows`, all of a deployment, the names of `moved`; writes nothing. The old names of those that got another one. invalid_input:
  /// both names stand.
  Result<std::map<ComponentId, std::string>> MoveRows(Tx& tx, const Stack& stack, std::vector<ComponentRow>& rows);
  /// Writes new names, with an event of `run` for each, and puts the run.
  Result<> GiveNames(Tx& tx, RunRow& run, const std::map<ComponentId, std::string>& names);
  /// The names that a run that may begin now gives its components.
  Result<> OpenNames(Tx& tx, const RunId& run);

  // claim.cc
  Result<std::vector<Lease>> ClaimIn(Tx& tx, const RunId& run, int max);
  /// All but the attempt's directory.
  Result<Lease> FillLease(Tx& tx, const RunRow& run, const TaskRow& task);
  struct Resolved {
    std::vector<LeaseInput> inputs;
    std::vector<std::string> capabilities;
  };
  Result<Resolved> ReadResolution(Tx& tx, const std::string& blob);
  /// What is to be done with a ready task.
  struct Decision {
    enum class What { kLease, kUnchanged, kExcluded, kPlanned, kHold, kFail };
    What what = What::kLease;
    std::string reason;                           // of a failure, of a hold, of leaving it out
    std::shared_ptr<const RunDocument> document;  // deploy
    int index = -1;                               // of its component
    Evaluation evaluation;
    std::string resolution;       // to work with; "" = that of the evaluation
    std::optional<PlanRow> plan;  // it is to be planned, or planned already without a process
    bool replan = false;          // of an apply task: planned again before it is applied
    ShowPlan show = ShowPlan::kNever;
  };
  Result<Decision> Decide(Tx& tx, const RunRow& run, const TaskRow& task, const JobRow& job, const ComponentRow& row);
  /// Claims and ends a task for which no process has to be started.
  Result<> FinishHere(Tx& tx, const RunRow& run, const TaskRow& task, RunResult result, const std::string& reason);
  Result<> KeepBegin(Tx& tx, const RunRow& run, const JobRow& job, const TaskRow& claimed,
                     const std::string& resolution, std::string* before);
  Result<Lease> LeaseOut(Tx& tx, const RunRow& run, const JobRow& job, const TaskRow& task, const Decision& decision);
  /// What is in it of the component itself: its kept sources and its newest state. Of no run and no task. `name`: what the component is
  /// called in `snapshot`; "" = as it is now.
  Result<Lease> LeaseFrom(Tx& tx, const ComponentRow& row, const std::string& snapshot, const std::string& name,
                          const std::string& resolution);
  Result<std::string> PutResolution(Tx& tx, const std::vector<LeaseInput>& inputs,
                                    const std::vector<std::string>& capabilities);
  Result<std::shared_ptr<const ComponentOutputs>> OutputsOf(Tx& tx, const ComponentRow& row);

  // evaluate.cc
  /// What a producer left or, where `planning` is the run that is being planned, is going to leave.
  struct Left {
    std::shared_ptr<const ComponentOutputs> outputs;
    bool deployed = false;
    bool planned = false;  // it changes in this run: what it leaves is only planned
    bool unknown = false;  // none of its outputs is known
    bool gone = false;     // it was taken away: `outputs` are those that it had
  };
  Result<Left> LeftBy(Tx& tx, const RunDocument& document, int producer, const DeploymentId& deployment,
                      const RunRow* planning);
  /// nullptr: what was planned does not fit what the component declares.
  Result<std::shared_ptr<const ComponentOutputs>> PlannedOutputs(Tx& tx, const RunDocument& document, int index,
                                                                 const PlanRow& plan);
  /// `planning`: planned values count too (engine.md 6); nullptr: actual ones only. `destroys`: it is to be taken away. One that tuning
  /// leaves out is not looked at any further.
  Result<Evaluation> Evaluate(Tx& tx, const RunDocument& document, int index, const ComponentRow& row,
                              const RunRow* planning = nullptr, bool destroys = false);

  // plans.cc
  /// The row of what is going to be planned for a task, with what it will be valid for.
  Result<PlanRow> NewPlan(Tx& tx, const RunRow& run, const TaskRow& task, const Decision& decision,
                          const ComponentRow& row);
  /// What changed since a plan was made; "" = it may be applied.
  Result<std::string> StaleBecause(Tx& tx, const PlanRow& plan, const Decision& decision, const ComponentRow& row);
  ShowPlan ShowOf(const RunId& run) const;
  Result<> DecidePlan(Tx& tx, const RunRow& run, const TaskRow& task, const ComponentRow& row, Decision& decision);
  Result<> DecideApply(Tx& tx, const RunRow& run, const TaskRow& task, const ComponentRow& row, Decision& decision);
  Result<> KeepPlanHere(Tx& tx, const RunRow& run, const TaskRow& task, const Decision& decision);
  Result<> HoldHere(Tx& tx, const RunRow& run, const TaskRow& task, const Decision& decision);
  Result<PlannedChanges> ChangesOf(Tx& tx, const PlanRow& plan);
  /// Is what `plan` changes covered by what a person said yes to? `live`: something of the component stands.
  Result<bool> IsApproved(Tx& tx, const PlanRow& plan, const PlannedChanges& changes, bool live);
  /// What the end of a plan means for its task, and the plan file that is to be applied.
  struct PlanEnd {
    engine::Event event;
    std::string artifact;  // blob; "" = none
  };
  Result<PlanEnd> TakePlan(Tx& tx, const Lease& lease, const TaskRow& task, const TaskOutcome& outcome,
                           const ComponentRow& row);
  /// Of a plan: its file, and what it counted where it was made again.
  Result<> KeepPlanned(Tx& tx, const Lease& lease, const TaskRow& task, const std::string& artifact,
                       const std::string& counts);
  Result<> MarkResumed(Tx& tx, const TaskRow& task);
  /// What it means that a tool refused the plan that it was to apply: it is planned again, where that has not been done already.
  Result<engine::Event> TakeRefusal(Tx& tx, const Lease& lease, const TaskRow& task, const TaskOutcome& outcome);
  // gate.cc
  Result<> PutWord(Tx& tx, const RunId& run, const JobRow& job, const std::string& digest, bool approved,
                   const std::string& reason);
  /// What the manifest says of protection counts from the moment on at which its run may change something.
  Result<> KeepProtection(Tx& tx, const RunRow& run);
  Result<> AnswerGate(Tx& tx, const RunRow& run, const Answer& answer);
  Result<> AnswerHeld(Tx& tx, const RunRow& run, const Answer& answer);
  bool IsExpired(const RunRow& run) const;
  Result<> ExpireWait(Tx& tx, const RunRow& run);
  /// Runs before `run` in its queue that wait for a yes, that nobody drives and that applied nothing, end.
  Result<> Supersede(Tx& tx, const RunRow& run);

  // overview.cc
  /// What was planned for a job; of one that is held, only what differs from what was shown.
  Result<> AddPlan(Tx& tx, const JobRow& job, JobOverview& one);
  /// Of one that is taken away: what its newest state has.
  Result<> AddStanding(Tx& tx, const DeploymentId& deployment, JobOverview& one);

  // by_hand.cc
  Result<std::optional<HandView>> HandOf(Tx& tx, const RunRow& run, const ComponentRow& row);
  /// `state_of_now`: also where `of_run` is an older one.
  Result<HandView> HandFrom(Tx& tx, const DeploymentRow& deployment, const std::string& component,
                            const std::optional<RunId>& of_run, bool state_of_now);
  // undo.cc
  static std::string BeforeClaim(const ComponentRow& row);
  static Result<> UndoClaim(const AttemptRow& attempt, ComponentRow& row);
  // recover.cc
  Result<> ResumeIn(Tx& tx, const RunId& run, const TaskId& task);
  // finish.cc: the first and the last change the component's row and leave it to the caller to put it.
  Result<> KeepState(Tx& tx, const Lease& lease, ComponentRow& row, const std::string& bytes, int64_t serial,
                     const std::string& lineage, bool complete);
  /// From now on `down` works from what this attempt was made of.
  Result<> TakeSources(Tx& tx, const Lease& lease, ComponentRow& row);
  Result<> Quarantine(const Lease& lease, const std::string& bytes, int64_t serial, const std::string& lineage,
                      const std::string& reason);
  Result<> KeepLog(Tx& tx, const LogUpload& log);
  Result<> KeepCleaned(Tx& tx);
  /// A new version of the component's outputs; false where they are the same as before: identical data makes none (DESIGN 15).
  Result<bool> PutOutputs(Tx& tx, const RunId& run, ComponentRow& row, const ValueMap& values,
                          const std::vector<std::string>& provides);
  /// Its failure, whatever the manifest says of it; not where a run is forced.
  Result<> CountAsMandatory(Tx& tx, const Lease& lease);
  Result<> KeepSuccess(Tx& tx, const Lease& lease, const TaskOutcome& outcome, ComponentRow& row);

  // recover.cc
  Result<> EndAttempt(Tx& tx, const AttemptId& attempt);

  // states.cc
  /// A component and the state versions that are kept of it, newest first.
  struct Kept {
    DeploymentRow deployment;
    ComponentRow component;
    std::vector<StateVersionRow> versions;
  };
  Result<Kept> FindKept(Tx& tx, const DeploymentSelector& deployment, const std::string& component);
  static Result<StateVersionRow> FindVersion(const Kept& kept, const std::string& text);
  /// The inputs of a resolution, by name.
  Result<ValueMap> InputsOf(Tx& tx, const std::string& resolution);
  /// What is secret among the inputs and outputs that a state version was made with, and is kept now.
  Result<std::vector<std::string>> SecretsAround(Tx& tx, const ComponentRow& row, const StateVersionRow& version);
  Result<StateFile> OpenState(Tx& tx, const ComponentRow& row, const StateVersionRow& version);
  Result<> Describe(Tx& tx, const Kept& kept, StateVersionView& view);

  // history.cc
  /// A stack version of each run that ended in this transaction having done something.
  Result<> KeepHistory(Tx& tx);
  struct StackContent;
  Result<StackContent> ContentOf(Tx& tx, const StackVersionRow& row);

  // rollback.cc
  Result<LockView> LockIn(Tx& tx, const DeploymentRow& deployment);
  Result<> NeedFree(Tx& tx, const DeploymentRow& deployment);
  /// The row and events of a run that is over as it begins: a change of a state by hand.
  Result<RunRow> PutHandRun(Tx& tx, const DeploymentRow& deployment, RunKind kind, const std::string& message,
                            json::object what);
  /// Its two halves, for one that takes its time. `what`: the event of what changed; empty = nothing did.
  Result<RunRow> BeginHandRun(Tx& tx, const DeploymentRow& deployment, RunKind kind, const std::string& message);
  Result<> AppendHandEvent(Tx& tx, RunRow& run, const char* kind, json::object data);
  Result<> EndHandRun(Tx& tx, RunRow& run, RunResult result, const std::string& reason, json::object what);
  /// A new version of the component's state, by hand, under this serial: the row points to it, and its outputs follow. The caller puts
  /// the row.
  Result<StateChange> PutStateByHand(Tx& tx, const RunRow& run, ComponentRow& row,
                                     const std::optional<StateVersionRow>& newest, const std::string& bytes,
                                     const StateFile& state, int64_t serial);
  // alone.cc
  /// Index of the component whose state is to be changed by hand. not_found, with what was perhaps meant; invalid_input where it has none.
  static Result<int> FindKeeper(const StackDocument& document, const std::string& component);
  /// The row of a component that may be new; then it is not kept yet.
  Result<ComponentRow> RowOf(Tx& tx, const DeploymentRow& deployment, const std::string& component);
  Result<> KeepBundle(Tx& tx, const source::Bundle& bundle);
  /// A run of one task on one component.
  struct Alone {
    const DeploymentSelector& deployment;
    const std::shared_ptr<const StackDocument>& document;
    int index = -1;  // of the component
    const std::string& message;
    bool looks = false;                                       // its task is a plan task
    json::object what;                                        // of its event "run.created"
    std::function<void(RunDocument&)> mark;                   // writes down what it is for
    std::function<Result<>(Tx&, const ComponentRow&)> check;  // may it be, as the component is?
  };
  /// Writes it with its lock, and starts it: it waits in no queue. conflict or needs_person: a run holds the deployment.
  Result<RunId> SubmitAlone(Alone alone);
  // import.cc
  Result<> NeedNew(Tx& tx, const ComponentRow& row, const std::string& address);
  // adopt.cc
  /// Is nothing of it davit's to work from? What stands with a backend of its own may be taken over.
  Result<> NeedUnmanaged(Tx& tx, const ComponentRow& row, const ModuleInfo& module);
  // adopt_backend.cc
  /// What was fetched waits for a yes; what is fetched after it, and is the same, is taken over.
  Result<PlanEnd> TakePulled(Tx& tx, const Lease& lease, const TaskRow& task, const TaskOutcome& outcome);
  /// The component's row, whose state is kept by now, and what the run's events say of it.
  Result<> KeepAdopted(Tx& tx, const Lease& lease, ComponentRow& row);
  // rollback.cc
  /// The component's outputs follow those of its state; true where that made a new output version.
  Result<bool> OutputsFollow(Tx& tx, const RunRow& run, ComponentRow& row, const StateFile& state);

  DirectParts parts_;
  ProcessId no_process_;
  std::map<RunId, Pending> pending_;
  std::map<std::string, std::shared_ptr<const RunDocument>> documents_;               // by blob
  std::map<OutputVersionId, std::shared_ptr<const ComponentOutputs>> outputs_cache_;  // immutable versions
  std::map<TaskId, std::shared_ptr<const ComponentOutputs>> planned_cache_;           // by plan task
  /// Of a run in place whose components come one after the other: what those before `end` provide.
  struct Line {
    const RunDocument* document = nullptr;
    DeploymentId deployment;
    int end = 0;
    std::set<std::string> provided;
  };
  Line line_;
  std::vector<AttemptId> cleaned_;  // directories that are gone, not written yet
  std::vector<RunId> ended_;        // in the transaction that is open
  std::set<TaskId> needs_process_;  // ready tasks that were looked at and have something to do
};

}  // namespace davit::control
