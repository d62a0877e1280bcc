// A driver knows one tool: how to inspect a module, which processes make a task, how to read what they printed and left. It knows no
// store and no run; it gets plain values and answers plain values. Any thread; drivers are stateless.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "exec/supervisor.h"
#include "model/changes.h"
#include "model/module.h"
#include "model/states.h"
#include "model/value.h"

namespace davit::drivers {

/// A resolved input as the tool gets it.
struct InputValue {
  std::string name;
  Value value;
  std::string env;  // as declared
  std::string var;
};

/// Everything a driver may know of the task it prepares. Directories exist; `state/terraform.tfstate` holds the prior state, if any.
struct TaskInput {
  TaskKind kind = TaskKind::kApply;
  std::string verb;       // of a script, where it is not that of `kind`; "" = it is
  bool in_place = false;  // `davit hub`: what has nothing to take it away is not taken away
  bool direct = false;    // apply: plan and apply in one process; else the saved plan of the plan task is applied
  std::string component;
  ModuleInfo module;
  Path module_directory;   // in the tree, absolute
  Path attempt_directory;  // {config, state, logs}
  Path cache_directory;    // is there; shared between attempts: initialised data directories
  std::string module_digest;
  std::string lock_file;   // content of a kept .terraform.lock.hcl; empty = the module's own
  std::string saved_plan;  // apply after a plan task: bytes of the plan file; empty = direct
  std::vector<InputValue> inputs;
  bool bare = false;  // it may have nothing to run
  std::vector<TemplateSet> templates;
  std::vector<Hook> hooks;
  bool waits_until_ready = false;                  // it has ready conditions
  std::string random;                              // bytes of HUB_RANDOM; empty = none
  std::set<std::string> from_keys;                 // what its declared outputs take from what it prints (`fromTfVar`)
  Path self;                                       // this binary; it waits for ready conditions
  exec::ProcessEnv passed_environment;             // PATH, HOME, the driver's documented names, passEnv: as captured
  std::vector<std::string> provided_capabilities;  // HUB_PROVIDES
  Path base_directory;                             // of the stack, in the tree
  int64_t timeout_ms = 0;
  std::string import_address;  // apply: only import this; "" = apply
  std::string import_id;
  bool refresh_only = false;  // plan: only look (reconcile)
  bool pull_state =
      false;  // plan: only fetch the state that the module's own backend holds, to state/terraform.tfstate
  /// Plan: also the account of it attribute by attribute (OperationOutcome::planned). With a `saved_plan`: only that, of this plan.
  bool show_plan = false;
};

struct File {
  Path path;  // absolute, inside the attempt directory or a copy of the module that nobody else works in
  std::string content;
  unsigned mode = 0600;
};

/// One process of a task.
struct Operation {
  /// Beside the tool's own processes a component may have hooks, and something to wait for (drivers/around.h).
  enum class Role { kTool, kHook, kReady } role = Role::kTool;
  bool failure_is_soft = false;  // of a hook: `error: ignore`; that of others is hard, even of an optional component
  OperationKind kind = OperationKind::kApply;
  std::string name;   // "init", "plan", "apply", "destroy", "deploy": names its files in state/
  std::string title;  // of a hook: what people call it, "hook 'bin/check' (pre-deploy)"
  bool mutating = false;
  exec::ProcessSpec process;
  std::vector<File> files;  // written before it starts
  /// What else is written then and not known earlier: rendered templates, which a hook before it may have changed. invalid_input: the
  /// component cannot be run like this.
  std::function<Result<std::vector<File>>(std::vector<std::string>* warnings)> more_files;
};

struct ResourceChange {
  std::string address;
  std::string action;  // create update replace delete read no-op
};

/// A line of the tool, understood.
struct ToolEvent {
  enum class Kind { kText, kPlanned, kApplyStart, kApplyComplete, kApplyErrored, kDiagnostic, kSummary, kProgress };
  Kind kind = Kind::kText;
  std::string text;  // for people, one line, without control characters
  std::string address;
  std::string action;
  std::string id_key;  // what the provider calls it: of what was made, and of what is to be destroyed
  std::string id_value;
  bool error = false;
};

/// Turns the lines of one operation into events; keeps what it needs from line to line.
class LineReader {
 public:
  virtual ~LineReader() = default;
  /// nullopt: nothing that a person wants to see.
  virtual std::optional<ToolEvent> Read(std::string_view line, bool from_stderr) = 0;
};

struct StateInfo {
  int64_t serial = 0;
  std::string lineage;
  int64_t resources = 0;
  std::vector<std::string> addresses;  // of managed resource instances
  std::vector<std::string> ids;        // what the provider calls each of them; "" = it does not say
};

/// What an operation did, from its exit status and the files it left. Only for clean ends.
struct OperationOutcome {
  OperationResult result = OperationResult::kSucceeded;
  std::string reason;                   // of a failure: the tool's own error, one line
  std::vector<std::string> details;     // more of it
  bool no_changes = false;              // plan: nothing to do
  bool plan_refused = false;            // apply: the tool would not apply its saved plan any more; it changed nothing
  std::vector<ResourceChange> changes;  // planned
  bool output_changes = false;
  bool has_outputs = false;
  ValueMap outputs;                       // apply, destroy (empty), script
  std::vector<std::string> provides;      // capabilities printed by a script
  Path plan_file;                         // plan: to be stored
  std::optional<PlannedChanges> planned;  // show of a plan
  Path state_file;                        // the state it left; empty = it has none
  bool uncertain = false;                 // it failed, and may have made what its state does not hold
  bool log_lost = false;                  // uncertain: and what its log does not hold
  std::string lock_file;                  // content of a lock file that init had to write; empty = none
  std::vector<std::string> warnings;
};

/// What a person needs who works by hand where an attempt would.
struct Workbench {
  std::vector<Operation> before;    // what the tool needs first: init
  std::vector<File> files;          // written before anything is started; these may lie in the module's directory
  exec::ProcessEnv environment;     // over the person's own
  std::vector<std::string> hidden;  // names (patterns) of the person's own that would change what the tool does
  Path state_file;  // where the prior state belongs, so that the tool finds it by itself; empty = nowhere
  std::vector<std::string> commands;  // what can be said there
};

class Driver {
 public:
  virtual ~Driver() = default;
  virtual std::string_view name() const = 0;
  /// Part of the fingerprint: raised when the same inputs would be run differently.
  virtual std::string_view version() const = 0;
  /// Can it plan (terraform), or only run (script)?
  virtual bool can_plan() const = 0;
  virtual Result<std::vector<Operation>> Operations(const TaskInput& input) = 0;
  /// `input`: of a direct apply, in a tree that nobody else uses.
  virtual Result<Workbench> ByHand(const TaskInput& input) = 0;
  virtual std::unique_ptr<LineReader> Reader(const Operation& operation) = 0;
  virtual Result<OperationOutcome> Finish(const TaskInput& input, const Operation& operation,
                                          const exec::ExitStatus& status) = 0;
  /// A complete state or invalid_input: torn, empty, not a state.
  virtual Result<StateInfo> ReadState(std::string_view bytes) = 0;
  /// Does it leave a state file, which is copied as it grows?
  virtual bool keeps_state() const = 0;
  /// Does its tool write beside the module's own files (a lock file that init has to make)? Then each component works in a copy of its own.
  /// `module_directory`: where the module was laid out.
  virtual bool WritesIntoModule(const ModuleInfo& module, const Path& module_directory) const = 0;
};

/// All drivers, wired by main; also the ModuleInspector for control.
class Registry final : public ModuleInspector {
 public:
  /// `environment`: PATH and the rest of davit's own; `cache_file` keeps versions of tools by their file identity.
  Registry(exec::ProcessEnv environment, Path cache_file);
  ~Registry() override;
  Result<ModuleInfo> Inspect(const Component& component, const Path& base_directory) override;
  std::string Missing(std::string_view capability) override;
  Driver* Find(std::string_view name) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace davit::drivers
