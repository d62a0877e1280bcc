// The Client: everything that a face (CLI, later UI and API) and a runner may ask of Davit. Direct calls here (control/direct.h), HTTP
// later; callers cannot tell which. Plain requests and answers; blocking; one thread at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "base/fd.h"
#include "model/module.h"
#include "model/rows.h"
#include "model/stack.h"
#include "model/value.h"

namespace davit::control {

// ---- Stacks -----------------------------------------------------------------------------------------------------------------------

struct LoadRequest {
  Path directory = ".";
  std::string environment = "default";
  std::vector<Path> parameter_files;
  /// Asks a person for a user parameter: (name, brief, default) → answer; empty function = no terminal.
  std::function<std::optional<std::string>(const Parameter&)> prompt;
};

/// A loaded manifest with what was found wrong in it. `ok` = it can be deployed.
struct StackDocument {
  bool ok = false;
  Stack stack;
  std::vector<StackEdge> edges;
  std::vector<ModuleInfo> modules;    // by component index
  std::vector<Path> parameter_files;  // as requested
  SourceMap sources;
  Diagnostics diagnostics;
  std::optional<Error> failure;  // where not even a manifest was found
};

enum class GraphFormat { kText, kDot, kJson };

// ---- Runs: faces ------------------------------------------------------------------------------------------------------------------

/// Which deployment: by full name, or by the manifest's name and environment; all empty = the store's only live one.
struct DeploymentSelector {
  std::string name;  // --deployment: "shop" or "local/default/default/shop"
  std::string environment = "default";
  std::string stack_name;  // from the manifest, where there is one
};

struct SubmitRequest {
  RunKind kind = RunKind::kDeploy;  // deploy or destroy
  DeploymentSelector deployment;
  std::shared_ptr<const StackDocument> document;  // deploy
  bool direct = false;                            // --auto-approve: plan and apply in one process
  bool gate = false;                              // nothing starts before OpenGate
  std::vector<std::string> targets;
  std::string message;
};

/// Where a run stands in the queue of its locks.
struct QueueStatus {
  bool started = false;
  int position = 0;  // 1 = next
  RunId blocker;
  std::string blocker_reason;  // "running since …", "waits for reconcile of db"
  bool blocker_needs_person = false;
  bool blocker_dead = false;  // its process is gone: Runner::Recover settles it
};

struct Submitted {
  RunId run;
  QueueStatus queue;
};

/// One line of what a run is going to do, before it does it.
struct JobOverview {
  std::string component;
  enum class Kind { kNew, kChanged, kMayChange, kUnchanged, kRemoved, kDestroy, kExcluded } kind = Kind::kNew;
  std::vector<std::string> because;  // "input size", "module files: main.tf", "waits for output host of db"
  std::string driver;
  bool optional = false;
};

struct JobView {
  JobRow job;
  std::vector<TaskRow> tasks;
  std::vector<AttemptRow> attempts;
  std::string waits_for;  // why it has not started, for people
};

struct RunView {
  RunRow run;
  std::string deployment;
  std::vector<JobView> jobs;  // by order
  QueueStatus queue;
  std::string waits_for;  // what the run waits for, for people; empty where it moves or has ended
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
  TaskKind kind = TaskKind::kApply;
  int64_t fence = 0;
  AttemptId attempt;
  int attempt_number = 1;
  bool direct = false;
  bool idempotent = false;
  bool always = false;
  bool live = false;              // an earlier attempt may have left something of it
  bool shared_directory = false;  // another script component works in the same directory: it gets a copy of its own
  std::string driver;
  ModuleInfo module;
  std::string module_path;  // of the component's directory, relative to the tree
  std::string base_path;    // of the manifest's directory, relative to the tree
  std::string module_digest;
  std::string bundle;  // digest
  std::vector<LeaseInput> inputs;
  std::vector<OutputDeclaration> output_declarations;
  std::vector<std::string> capabilities;
  std::vector<std::string> pass_env;
  std::string prior_state;  // bytes; empty = none
  std::string saved_plan;   // bytes of the plan of this job's plan task; empty = none
  std::string lock_file;
  int64_t timeout_ms = 0;
  Path attempt_directory;            // where an earlier process laid it out (adoption); empty for a new one
  std::vector<std::string> secrets;  // to be masked
};

/// How a task ended.
struct TaskOutcome {
  RunResult result = RunResult::kSucceeded;
  std::string reason;
  bool job_complete = false;
  std::string changes;  // JSON counts of planned changes
  bool has_outputs = false;
  ValueMap outputs;
  std::vector<std::string> provides;
  std::optional<std::string> state;  // complete state it left, bytes
  int64_t state_serial = 0;
  std::string state_lineage;
  int64_t state_resources = 0;
  std::string plan;  // bytes of the saved plan
  std::string lock_file;
  json::array operations;  // AttemptRow::operations
  std::vector<std::string> warnings;
};

struct FinishAnswer {
  std::vector<Lease> leases;  // claimed in the same commit
  bool run_finished = false;
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

  // Runs: faces. Submit does the pre-flight and writes the run; TryStart starts it when it is its turn.
  virtual Result<Submitted> Submit(const SubmitRequest& request) = 0;
  virtual Result<QueueStatus> TryStart(const RunId& run) = 0;
  virtual Result<std::vector<JobOverview>> Overview(const RunId& run) = 0;
  virtual Result<> OpenGate(const RunId& run) = 0;
  virtual Result<> Cancel(const RunId& run, CancelKind kind, const std::string& reason) = 0;
  virtual Result<RunId> ResolveRun(const std::string& text) = 0;  // full id, unique prefix, "last"
  virtual Result<std::vector<RunView>> ListRuns(const DeploymentSelector& deployment, bool only_open,
                                                int limit) = 0;  // without jobs
  virtual Result<RunView> ShowRun(const RunId& run) = 0;
  virtual Result<std::vector<EventRow>> Events(const RunId& run, int64_t after, int limit) = 0;
  virtual Result<StatusView> Status(const DeploymentSelector& deployment) = 0;
  virtual Result<std::vector<DeploymentRow>> Deployments() = 0;
  virtual Result<OutputsView> Outputs(const DeploymentSelector& deployment) = 0;
  virtual Result<JobOverview> Why(const std::shared_ptr<const StackDocument>& document,
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
  virtual Result<> Resume(const RunId& run, const TaskId& task) = 0;
  virtual Result<> Abandon(const RunId& run) = 0;

  // Runs: runner.
  virtual const ProcessId& process() const = 0;
  virtual Result<RunRow> GetRun(const RunId& run) = 0;  // cheap: for cancel and end
  virtual Result<std::vector<Lease>> Claim(const RunId& run, int max) = 0;
  virtual Result<> PutState(const Lease& lease, const std::string& bytes, int64_t serial,
                            const std::string& lineage) = 0;
  virtual Result<> PutLog(const Lease& lease, const LogUpload& log) = 0;
  /// Keeps a state that nobody may work from: torn, or of another lineage than the one that the attempt began with.
  virtual Result<> QuarantineState(const Lease& lease, const std::string& bytes, const std::string& reason) = 0;
  /// Finishes the task, keeps what it left, claims up to `claim_max` successors: one commit. conflict: the fence is old; its state is in
  /// quarantine.
  virtual Result<FinishAnswer> Finish(const Lease& lease, const TaskOutcome& outcome, const LogUpload& last_log,
                                      int claim_max) = 0;
  virtual Result<> MarkReconcile(const Lease& lease, const std::string& reason, const json::object& report) = 0;
  virtual Result<> AttemptCleaned(const AttemptId& attempt) = 0;
  virtual Result<std::vector<AttemptRow>> UncleanedAttempts() = 0;  // of finished attempts: their directories may go
  /// Tasks whose process is dead; each is made needs_reconcile or ready first (LeaseLost).
  virtual Result<std::vector<Orphan>> TakeOrphans() = 0;
  virtual Result<Lease> Adopt(const TaskId& task) = 0;  // needs_reconcile → leased by this process, new fence
  /// Runs whose process is dead and that nobody has to look at: the rest ends cancelled (interrupted). Those that wait for a person are returned.
  virtual Result<std::vector<RunId>> SettleRuns() = 0;
  virtual Result<std::string> GetBundle(const std::string& digest) = 0;
  virtual Path work_root() const = 0;
  virtual Path cache_root() const = 0;
};

}  // namespace davit::control
