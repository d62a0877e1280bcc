// From a run to the state file: what stands now, put together from what the run has done so far and what the file said before it
// (engine.md 8). A pure function, so a state file is the same whoever writes it, whenever, with any parallelism, but for times and ids.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hub/state_file.h"
#include "model/stack.h"

namespace davit::hub {

/// Where a component stands in a run.
enum class Progress {
  kNotPart,      // left out by -c, -o, -l, or it was not come to: the file goes on saying what it said
  kRunning,      // its verb is under way
  kDone,         // also where nothing had to be done, as it is unchanged
  kFailed,       // also where its ready condition, a hook, or what it depends on did
  kUnmet,        // left out, as a tuned requirement has no provider: it keeps an entry without a status
  kSwitchedOff,  // left out, as a tuned parameter is false: it has no entry
};

struct ComponentPicture {
  Progress progress = Progress::kNotPart;
  std::string message;  // why it failed
  TimeMs start = 0;
  TimeMs end = 0;  // 0 while it is running
  /// What is empty of origin, kind and title is taken from the stack.
  ComponentMeta meta;
  std::vector<LockedParameter> parameters;  // as expanded, with hub.componentName, hub.provides, …
  std::vector<RawOutput> raw_outputs;
  /// Its own only; `component` is its name, origin and kind are set here. Also of a component that failed, what it left.
  std::vector<CapturedOutput> outputs;
  std::vector<std::string> provides;  // static and printed
};

enum class RunEnd {
  kNotYet,
  kSuccess,      // also where only optional components failed
  kError,        // a mandatory component, a hook or a ready condition failed
  kInterrupted,  // by ^C, a cancel, a lost davit
};

/// All that a state file says of one run of `davit hub deploy`, `undeploy` or another verb.
struct RunPicture {
  const Stack* stack = nullptr;  // components in deploy order
  std::string stack_kind = "stack";
  std::string operation;  // the verb
  std::string id;         // of the operation
  std::vector<std::string> arguments;
  std::string initiator;
  std::string logs;  // of what failed, with --write-oplog-to-state-on-error
  TimeMs now = 0;
  RunEnd end = RunEnd::kNotYet;
  std::string message;                            // of the stack, where it ended with an error that is no component's
  std::vector<LockedParameter> stack_parameters;  // as locked; links as they are written
  std::vector<StackOutput> stack_outputs;         // those that are known
  std::vector<ComponentPicture> components;       // one for each of stack->components, in their order
  std::vector<std::string> secrets;               // values that become "***" in arguments, messages and logs
};

/// `previous`: as it was read when the run began; nullptr where there was none. A verb other than deploy and undeploy changes no
/// component: it is only kept with the operations.
StateFile Project(const RunPicture& run, const StateFile* previous);

/// `status` of a stack: deployed if all mandatory components are (an entry without a status counts as deployed), undeployed if they all
/// are and no optional one is deployed, else incomplete. `left_out`: components that do not count.
std::string_view StackStatus(const Stack& stack, const StateFile& state, const std::vector<std::string>& left_out);

/// "deploying" and "deployed" for "deploy".
std::string Doing(std::string_view operation);
std::string Done(std::string_view operation);

/// Whether what goes by this name is a secret, by the words in it.
bool LooksSecret(std::string_view name);
/// The arguments of a command line as they may be kept: of `NAME=value` where the name looks secret, and of all that holds a secret, the
/// value becomes "***".
std::vector<std::string> MaskArguments(const std::vector<std::string>& arguments,
                                       const std::vector<std::string>& secrets);

}  // namespace davit::hub
