// The Client: everything that a face (CLI, later UI and API) and a runner may ask of Davit. Direct calls here (control/direct.h), HTTP
// later; callers cannot tell which. Plain requests and answers; blocking; one thread at a time.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "base/fd.h"
#include "control/affected_view.h"
#include "control/explain_view.h"
#include "control/history_views.h"
#include "control/in_place.h"
#include "control/state_views.h"
#include "model/changes.h"
#include "model/module.h"
#include "model/ready.h"
#include "model/rows.h"
#include "model/stack.h"
#include "model/value.h"

namespace davit::control {

// ---- Stacks -----------------------------------------------------------------------------------------------------------------------

/// A stack that `davit hub elaborate` wrote down.
struct ElaboratedRequest {
  std::string name;                              // of the file, for messages; its directory is the stack's
  std::string content;                           // neither packed nor encrypted
  Path clones_directory;                         // of sources in git; empty = the elaborate file's
  std::map<std::string, std::string> overrides;  // over the process environment
  struct StateValue {
    std::string name;
    std::string component;
    json::value value;
  };
  std::vector<StateValue> state;  // stack parameters of the state file (spec/stacks.md 1.4)
  std::string deployment_id;      // hub.deploymentId and hub.stackName, where the stack does not say them
  std::string stack_name;
  bool sequential = true;   // one after the other, in the order
  bool git_outputs = true;  // hub.components.NAME.git.ref and .clean, where mentioned (spec/stacks.md 1.7)
  bool git_status = false;  // .clean is looked for
};

struct LoadRequest {
  Path directory = ".";
  std::string environment = "default";
  std::vector<Path> parameter_files;
  /// Reads the state of the stack that this one is put upon into the map, and gives its file there; empty function = there is none.
  std::function<Result<uint32_t>(SourceMap&)> platform;
  std::optional<ElaboratedRequest> elaborated;  // instead of the manifest of `directory`
  std::string deployment;                       // where it is not the stack's own name
  bool update_sources = false;                  // pins of sources in git are moved to what their refs are now
  /// Asks a person for a user parameter: (name, brief, default) → answer; empty function = no terminal.
  std::function<std::optional<std::string>(const Parameter&)> prompt;
};

/// A loaded manifest with what was found wrong in it. `ok` = it can be deployed.
struct StackDocument {
  bool ok = false;
  Stack stack;
  std::vector<StackEdge> edges;
  ModuleList modules;                 // by component index
  std::vector<Path> parameter_files;  // as requested
  std::vector<Path> manifest_files;   // that were read, but for those of components: absolute
  SourceMap sources;
  Diagnostics diagnostics;
  std::optional<Error> failure;  // where not even a manifest was found
};

enum class GraphFormat { kText, kDot, kJson };

// ---- Runs: faces ------------------------------------------------------------------------------------------------------------------

/// Is a plan to be shown attribute by attribute, which costs a process? changes: where it changes or takes away what stands.
enum class ShowPlan { kNever, kChanges, kAlways };

struct SubmitRequest {
  RunKind kind = RunKind::kDeploy;  // deploy or destroy
  DeploymentSelector deployment;
  std::shared_ptr<const StackDocument> document;   // deploy; destroy only in place
  bool direct = false;                             // --auto-approve: plan and apply in one process
  bool gate = false;                               // nothing is applied before a yes (Answered)
  ShowPlan show = ShowPlan::kNever;                // what is planned, attribute by attribute
  int64_t approval_timeout_s = kApprovalTimeoutS;  // 0 = it waits for ever
  std::vector<std::string> targets;
  std::string message;
  std::optional<InPlace> in_place;  // deploy, and destroy: then that of `document`
};

/// Where a run stands in the queue of its locks.
struct QueueStatus {
  bool started = false;
  int position = 0;  // 1 = next
  RunId blocker;
  std::string blocker_reason;  // "running since …", "waits for reconcile of db"
  bool blocker_needs_person = false;
  std::string blocker_remedy;  // the command that a person answers it with
  bool blocker_dead = false;   // its process is gone: Runner::Recover settles it
};

struct Submitted {
  RunId run;
  QueueStatus queue;
  std::vector<Diagnostic> warnings;  // of what was submitted, and what is known of the deployment
};

/// One line of what a run is going to do, before it does it.
struct JobOverview {
  std::string component;
  enum class Kind { kNew, kChanged, kMayChange, kUnchanged, kRemoved, kDestroy, kExcluded } kind = Kind::kNew;
  std::vector<std::string> because;  // "input size", "module files: main.tf", "waits for output host of db"
  std::string driver;
  bool optional = false;
  std::string moved_from;  // its name until now; "" = it keeps it
  // What its tool has planned, as far as it could before the gate; kUnchanged where it planned nothing.
  bool planned = false;
  std::string changes;  // JSON counts
  struct Resource {
    std::string address;
    std::string action;  // create update replace delete
  };
  std::vector<Resource> resources;  // no more than a plan records of them (runner/attempt.h)
  using Grade = PlanGrade;          // none: nothing to plan (unchanged, excluded, removed)
  Grade grade = Grade::kNone;
  std::string reason;                  // of deferred: "input db_host is the output host of db, which is not known yet"
  std::vector<std::string> producers;  // of provisional and deferred: whose outputs those are
  std::shared_ptr<const PlannedChanges>
      detail;                     // attribute by attribute; null where nobody has looked, or nothing could be planned
  bool empty = false;             // planned, and as far as is known nothing changes
  std::string digest;             // change digest of the plan that this is made of; "" where nobody has looked
  bool held = false;              // planned again, and waits for a yes: `detail` is what differs from what was shown
  std::vector<std::string> gone;  // of a held one: addresses that were to change and do not any more
  std::map<std::string, std::vector<std::string>> touches;  // output that changes → components of the stack that use it
};

struct JobView {
  JobRow job;
  std::vector<TaskRow> tasks;
  std::vector<AttemptRow> attempts;
  std::string waits_for;  // why it has not started, for people
  std::string stale;      // why its first plan was not applied, for people; "" = it was, or is going to be
};

struct RunView {
  RunRow run;
  std::string deployment;
  std::vector<JobView> jobs;  // by order
  QueueStatus queue;
  std::string waits_for;  // what the run waits for, for people; empty where it moves or has ended
  bool alive = false;     // the davit that drives it lives
};

struct ComponentView {
  ComponentRow component;
  int64_t state_serial = 0;
  int64_t state_version = 0;
  bool running = false;
};

struct StatusView {
  DeploymentRow deployment;
  std::vector<ComponentView> components;
  std::vector<RunRow> open_runs;
  std::optional<RunRow> last_run;
};

struct OutputsView {
  DeploymentRow deployment;
  ValueMap stack;
  std::map<std::string, std::string> missing;  // outputs of the stack that are not there, and why
  std::map<std::string, ValueMap> components;
};

struct LogLine {
  int64_t number = 0;  // within the attempt, from 1
  bool from_stderr = false;
  std::string text;  // masked, valid UTF-8
};

/// Where a reader of logs is; start with the attempt only.
struct LogCursor {
  AttemptId attempt;
  int64_t chunk = 0;
  int64_t next_line = 1;
  int64_t stdout_offset = 0;
  int64_t stderr_offset = 0;
};

struct LogPage {
  std::vector<LogLine> lines;
  bool ended = false;  // the attempt has finished and everything was read
};

// ---- Runs: runner -----------------------------------------------------------------------------------------------------------------

/// A resolved input of a leased task.
struct LeaseInput {
  std::string name;
  Value value;
  std::string env;
  std::string var;
};

/// Everything that a runner needs for one attempt.
struct Lease {
  RunId run;
  JobId job;
  TaskId task;
  ComponentId component_id;
  DeploymentId deployment;
  std::string component;
  std::string
      snapshot_name;  // what its tool is told that it is called: after a rename it is taken away under the name it was made
  TaskKind kind = TaskKind::kApply;
  int64_t fence = 0;
  AttemptId attempt;
  int attempt_number = 1;
  bool preview = false;                // of a run that only looks: it works in a tree of its own
  PlanGrade grade = PlanGrade::kNone;  // of a plan
  ShowPlan show = ShowPlan::kNever;    // of a plan
  std::string stale;  // of a plan that is made again: what changed since the first was made, for people
  bool direct = false;
  std::string import_address;  // apply: only import this; "" = apply
  std::string import_id;
  bool adopt = false;  // plan: only fetch the state that the module's own backend holds
  bool idempotent = false;
  bool always = false;
  bool live = false;              // an earlier attempt may have left something of it
  bool shared_directory = false;  // another script component works in the same directory: it gets a copy of its own
  std::string driver;
  ModuleInfo module;
  std::optional<InPlaceTools> in_place;
  std::string module_path;  // of the component's directory, relative to the tree; absolute in place, as is the next
  std::string base_path;    // of the manifest's directory
  std::string module_digest;
  std::string bundle;  // digest
  std::vector<LeaseInput> inputs;
  std::vector<OutputDeclaration> output_declarations;
  std::vector<std::string> capabilities;
  std::vector<std::string> pass_env;
  bool bare = false;
  std::vector<TemplateSet> templates;
  std::vector<Hook> hooks;
  bool waits_until_ready = false;  // it has ready conditions: Client::ReadyTargets
  std::string random;              // bytes of HUB_RANDOM, the same for the whole attempt; empty = none
  std::string prior_state;         // bytes; empty = none
  std::string saved_plan;          // bytes of the plan of this job's plan task; empty = none
  std::string lock_file;
  int64_t timeout_ms = 0;
  Path attempt_directory;            // where an earlier process laid it out (adoption); empty for a new one
  std::vector<std::string> secrets;  // to be masked
};

/// How a task ended.
struct TaskOutcome {
  RunResult result = RunResult::kSucceeded;
  std::string reason;
  bool never_began = false;   // nothing that changes anything was started: what its claim changed is undone
  bool hook_failed = false;   // as a failure of a mandatory component, even where it is optional (spec/stacks.md 1.9)
  bool plan_refused = false;  // its tool would not apply the saved plan any more, and changed nothing
  bool job_complete = false;
  std::string changes;  // JSON counts of planned changes
  bool has_outputs = false;
  ValueMap outputs;
  std::vector<std::string> provides;
  bool no_changes = false;           // a plan: the tool found nothing to do
  std::optional<std::string> state;  // complete state it left, bytes
  int64_t state_serial = 0;
  std::string state_lineage;
  int64_t state_resources = 0;
  std::string plan;                       // bytes of the saved plan
  std::optional<PlannedChanges> planned;  // its changes, where they were shown
  std::string lock_file;
  json::array operations;  // AttemptRow::operations
  std::vector<std::string> warnings;
};

struct FinishAnswer {
  std::vector<Lease> leases;  // claimed in the same commit
  bool run_finished = false;
};

/// An attempt that a person wants to work like.
struct HandView {
  Lease lease;  // with the state that goes with it
  RunRow run;
  AttemptRow attempt;
  int64_t state_version = 0;  // 0 = there is none
  RunId writes;               // the run that holds the deployment meanwhile; "" = what is done by hand is not kept
  int alive_fd = -1;          // of one that writes: while anybody has it open its davit is not taken for dead
};

/// What became of the state that a shell left.
struct HandEnd {
  std::string component;
  std::string problem;                     // why it is in quarantine; "" = it is not
  std::optional<StateVersionRow> version;  // the new one; nullopt = it is the same as before, or there is none
  bool outputs_changed = false;
};

/// A task whose process is gone.
struct Orphan {
  Lease lease;
  TaskState state = TaskState::kLeased;
  bool mutating_begun = false;
};

struct LogUpload {
  AttemptId attempt;
  int64_t stdout_offset = 0;  // raw bytes covered, this chunk included
  int64_t stderr_offset = 0;
  std::vector<LogLine> lines;  // numbers are given by control
};

class Client {
 public:
  virtual ~Client() = default;

  // Stacks.
  virtual std::shared_ptr<StackDocument> Load(const LoadRequest& request) = 0;
  virtual std::string RenderGraph(const StackDocument& document, GraphFormat format) = 0;
  /// Which components differ between two revisions of the git repository that the stack lies in; `head` "" = the files as they are. A
  /// revision that has no such stack has no components. Needs no store and writes none. Errors: not_found (no git, no such revision, no
  /// stack in either), invalid_input (no repository; files that no bundle can hold), unavailable (git cannot read one).
  virtual Result<AffectedView> Affected(const LoadRequest& request, const std::string& base,
                                        const std::string& head) = 0;

  /// Where a value comes from. `component` "": a parameter of the stack, `name` or `name|component`, or an output `component:name`; else a
  /// parameter of this component, as it sees it. Asks nobody. not_found: there is no such name; what else is wrong is in the answer.
  virtual Result<ExplainView> Explain(const LoadRequest& request, const DeploymentSelector& deployment,
                                      const std::string& name, const std::string& component) = 0;
  /// Which variables of the process environment the stack takes values from, whether they are set or not.
  virtual CapturesView Captures(const LoadRequest& request) = 0;

  // Runs: faces. Submit does the pre-flight and writes the run; TryStart starts it when it is its turn.
  virtual Result<Submitted> Submit(const SubmitRequest& request) = 0;
  virtual Result<QueueStatus> TryStart(const RunId& run) = 0;
  virtual Result<std::vector<JobOverview>> Overview(const RunId& run) = 0;  // with the plans made so far
  /// A person's word on what a run shows: at its gate for the whole run, later for components that were planned again and came out
  /// different. conflict: it does not wait for one; invalid_input: not for those components.
  struct Answer {
    bool approve = true;
    std::vector<std::string> components = {};  // empty = all that wait
    std::string reason = {};
    /// What was shown: JobOverview::digest by component. conflict where what waits now is something else; empty = nothing was shown.
    std::map<std::string, std::string> seen = {};
  };
  virtual Result<> Answered(const RunId& run, const Answer& answer) = 0;
  virtual Result<> Cancel(const RunId& run, CancelKind kind, const std::string& reason) = 0;
  /// Before a state file of a run in place is written: the digest of its bytes, so that the next run knows whose it is (KnownState).
  virtual Result<> KeepStateFile(const RunId& run, const std::string& digest) = 0;
  virtual Result<RunId> ResolveRun(const std::string& text) = 0;  // full id, unique prefix, "last"
  virtual Result<std::vector<RunView>> ListRuns(const DeploymentSelector& deployment, bool only_open,
                                                int limit) = 0;  // without jobs
  virtual Result<RunView> ShowRun(const RunId& run) = 0;
  virtual Result<std::vector<EventRow>> Events(const RunId& run, int64_t after, int limit) = 0;
  virtual Result<StatusView> Status(const DeploymentSelector& deployment) = 0;
  virtual Result<OutputsView> Outputs(const DeploymentSelector& deployment) = 0;
  virtual Result<JobOverview> Why(const std::shared_ptr<const StackDocument>& document,
                                  const DeploymentSelector& deployment, const std::string& component) = 0;
  /// What a name in an expression is now, for people who try one out (`davit eval`): parameters of the stack by name, outputs as
  /// `component:name`, `component.name` and bare; with a component, its own inputs too, which come first. Outputs that are declared and not there
  /// are unknown. not_found: no such component.
  virtual Result<ValueMap> Names(const std::shared_ptr<const StackDocument>& document,
                                 const DeploymentSelector& deployment, const std::string& component) = 0;
  virtual Result<LogPage> ReadLog(LogCursor& cursor) = 0;
  /// needs_reconcile tasks of a run with their reports (the data of the event "task.needs_reconcile").
  struct ReconcileItem {
    TaskRow task;
    std::string component;
    json::object
        report;  // {v, state_resources, created_not_in_state:[{address,import}], perhaps_made:[address], reason}
  };
  virtual Result<std::vector<ReconcileItem>> ReconcileItems(const RunId& run) = 0;
  /// resume: task ready again; the caller then drives the run. abandon: job failed, the rest of the run is cancelled.
  /// Resume: conflict where the run's own davit still lives.
  virtual Result<> Resume(const RunId& run, const TaskId& task) = 0;
  virtual Result<> Abandon(const RunId& run) = 0;

  /// Takes away what is too old to be kept, at most once a day; a look at one row where it is not time. Safe beside other processes and
  /// against a kill at any point: what it left undone is done the next day. Errors: unavailable, exhausted, denied; nothing is lost by them.
  virtual Result<> Housekeep() = 0;

  // States. Errors: not_found where there is no such component or version, or its state is kept elsewhere.
  /// Of all components, or of one; at most `limit` versions each.
  virtual Result<StatesView> ListStates(const DeploymentSelector& deployment, const std::string& component,
                                        int limit) = 0;
  virtual Result<StateView> ShowState(const StateSelector& selector) = 0;
  /// `from` "": the one before `to`.
  virtual Result<StateDiff> DiffState(const StateSelector& to, const std::string& from) = 0;
  virtual Result<StateBytes> PullState(const StateSelector& selector) = 0;
  /// Makes the content of an older version the newest one. conflict or needs_person: a run holds the deployment; conflict too where the
  /// newest version is another one than `expected`.
  virtual Result<StateChange> RollbackState(const RollbackRequest& request) = 0;
  /// What adopting a file would take over. invalid_input: there is nothing, or it may not be.
  virtual Result<AdoptView> LookAtAdoption(const AdoptRequest& request) = 0;
  /// Takes the file over as the component's newest state version. conflict: as RollbackState, and where the file has changed.
  virtual Result<StateChange> AdoptState(const AdoptRequest& request) = 0;
  /// Starts a run of one task, which fetches the state that the module's own backend holds; the caller drives it. It then waits for a yes
  /// (Answered), fetches it once more, and takes over what is still the same. Errors: as LookAtAdoption and RollbackState.
  virtual Result<RunId> SubmitAdoption(const AdoptRequest& request) = 0;
  /// What that run has fetched. not_found before that.
  virtual Result<AdoptView> AdoptionOf(const RunId& run) = 0;
  /// Starts a run of one task, the tool's import; the caller drives it. conflict or needs_person: as RollbackState.
  virtual Result<RunId> SubmitImport(const ImportRequest& request) = 0;
  virtual Result<LockView> LockOf(const DeploymentSelector& deployment) = 0;

  // History.
  virtual Result<HistoryView> History(const DeploymentSelector& deployment, int limit) = 0;
  /// Versions by number; 0: `to` the newest, `from` the one before `to`.
  virtual Result<StackDiff> DiffStack(const DeploymentSelector& deployment, int64_t from, int64_t to) = 0;

  // Runs: runner.
  virtual const ProcessId& process() const = 0;
  virtual Result<RunRow> GetRun(const RunId& run) = 0;  // cheap: for cancel and end
  virtual Result<std::vector<Lease>> Claim(const RunId& run, int max) = 0;
  virtual Result<> PutState(const Lease& lease, const std::string& bytes, int64_t serial,
                            const std::string& lineage) = 0;
  /// Keeps lines of an attempt; what is kept already is left out. conflict: somebody adopted the attempt, and keeps its log.
  virtual Result<> PutLog(const Lease& lease, const LogUpload& log) = 0;
  /// The ready conditions of a leased component, with its inputs and what its tool has just left put in. invalid_input: a value is
  /// missing.
  virtual Result<std::vector<ReadyTarget>> ReadyTargets(const Lease& lease, const ValueMap& outputs) = 0;
  /// Keeps a state that nobody may work from: torn, or of another lineage than the one that the attempt began with.
  virtual Result<> QuarantineState(const Lease& lease, const std::string& bytes, const std::string& reason) = 0;
  /// Finishes the task, keeps what it left, claims up to `claim_max` successors: one commit. conflict: the fence is old; its state is in
  /// quarantine. invalid_input: a success whose outputs are not those that the component declares; nothing was written, it is to be finished
  /// as failed.
  virtual Result<FinishAnswer> Finish(const Lease& lease, const TaskOutcome& outcome, const LogUpload& last_log,
                                      int claim_max) = 0;
  virtual Result<> MarkReconcile(const Lease& lease, const std::string& reason, const json::object& report) = 0;
  virtual Result<> AttemptCleaned(const AttemptId& attempt) = 0;
  virtual Result<std::vector<AttemptRow>> UncleanedAttempts() = 0;  // of finished attempts: their directories may go
  /// Tasks whose process is dead; each is made needs_reconcile or ready first (LeaseLost).
  virtual Result<std::vector<Orphan>> TakeOrphans() = 0;
  /// What an attempt at a task that waits for a person would have, with the state that is kept: for looking. Claims and changes nothing.
  virtual Result<Lease> LeaseToLook(const TaskId& task) = 0;
  /// The same of what stands: made as its last success was (where it has none, as what last wrote its state), with the state of now. Of no
  /// run: also while one holds the deployment. not_found: nothing stands of it.
  virtual Result<Lease> LeaseStanding(const ComponentId& component) = 0;
  /// What the last attempt at a component had, or its last one of `run`, with the state of now or of then. Claims and changes nothing.
  virtual Result<HandView> LeaseByHand(const DeploymentSelector& deployment, const std::string& component,
                                       const std::optional<RunId>& run) = 0;
  /// The same, always with the state of now, to be kept afterwards: a run of its own holds the deployment until EndByHand. conflict or
  /// needs_person: as RollbackState. invalid_input: davit keeps no state of it.
  virtual Result<HandView> BeginByHand(const DeploymentSelector& deployment, const std::string& component,
                                       const std::optional<RunId>& run, const std::string& message) = 0;
  /// The end of a run that BeginByHand started, with the state that is there now; nullopt = no file. What is no state, or not one of the same
  /// lineage, goes to quarantine. `interrupted`: its davit is gone.
  virtual Result<HandEnd> EndByHand(const RunId& run, const std::optional<std::string>& state, bool interrupted) = 0;
  /// Runs of BeginByHand that nobody is going to end any more.
  virtual Result<std::vector<RunId>> LostHands() = 0;
  /// Of a task whose tool never began: ready again, and what its claim changed is undone. conflict: somebody else was first.
  virtual Result<> TakeBack(const RunId& run, const TaskId& task) = 0;
  virtual Result<Lease> Adopt(const TaskId& task) = 0;  // needs_reconcile → leased by this process, new fence
  /// Runs whose process is dead and that nobody has to look at: the rest ends cancelled (interrupted). Those that wait for a person are returned.
  virtual Result<std::vector<RunId>> SettleRuns() = 0;
  virtual Result<std::string> GetBundle(const std::string& digest) = 0;
  virtual Path work_root() const = 0;
  virtual Path cache_root() const = 0;
};

}  // namespace davit::control
