// The state file of a stack as `davit hub` reads and writes it (spec/stacks.md 1.10): what stands, with which parameters and outputs, and
// what was done. The format is that of hubctl. For Davit it is a projection (hub/projection.h): the store is what counts. Keys that
// are not known are kept. Plain values; any thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostics.h"
#include "base/json.h"

namespace davit::hub {

/// A point in time: milliseconds since the epoch, 0 = none.
using TimeMs = int64_t;

/// `status` of a stack and a component; another one is kept as it is.
inline constexpr std::string_view kDeploying = "deploying";
inline constexpr std::string_view kDeployed = "deployed";
inline constexpr std::string_view kUndeploying = "undeploying";
inline constexpr std::string_view kUndeployed = "undeployed";
inline constexpr std::string_view kIncomplete = "incomplete";  // of a stack
inline constexpr std::string_view kError = "error";            // of a component, an operation, a phase
/// `status` of an operation and a phase.
inline constexpr std::string_view kInProgress = "in-progress";
inline constexpr std::string_view kSuccess = "success";
inline constexpr std::string_view kInterrupted = "interrupted";  // of an operation

struct LockedParameter {
  std::string component;  // qualifier; "" = for all
  std::string name;
  json::value value;
  std::string env;
  /// "name|component", or the name alone: what it is sorted and found by.
  std::string QualifiedName() const { return component.empty() ? name : name + "|" + component; }
};

struct RawOutput {
  std::string name;
  std::string value;
};

struct CapturedOutput {
  std::string component;
  std::string component_origin;
  std::string component_kind;
  std::string name;
  json::value value;
  std::string brief;
  std::string kind;  // "secret", …
  std::string QualifiedName() const { return component.empty() ? name : component + ":" + name; }
};
/// Each component has all that was known after it, so lists share their entries. Sorted by qualified name.
using CapturedOutputs = std::vector<std::shared_ptr<const CapturedOutput>>;

struct StackOutput {
  std::string name;
  json::value value;
  std::string brief;
  std::string kind;
};

struct ComponentMeta {
  std::string origin;
  std::string kind;
  std::string title;
  std::string brief;
  std::string description;
  std::string version;
  std::string maturity;
  std::string icon;
};

struct ComponentState {
  TimeMs timestamp = 0;
  TimeMs start = 0;  // timestamps.start, .end
  TimeMs end = 0;
  std::string status;
  ComponentMeta meta;
  std::string message;
  std::vector<LockedParameter> parameters;
  std::vector<RawOutput> raw_outputs;
  CapturedOutputs captured_outputs;  // cumulative
  json::object other;                // keys that are not known, here and below
};

struct Phase {
  std::string phase;  // a component
  std::string status;
};

struct Operation {
  std::string id;
  std::string operation;  // the verb
  TimeMs timestamp = 0;
  std::string status;
  json::object options;  // {"args": [...]}
  std::string description;
  std::string initiator;
  std::string logs;
  std::vector<Phase> phases;
  json::object other;
};

/// Who provides a capability: components, or `*platform*`.
using Providers = std::map<std::string, std::vector<std::string>>;

struct StateFile {
  TimeMs timestamp = 0;
  std::string status;
  std::string message;
  std::string meta_kind;  // "stack", "application"
  std::string meta_name;
  std::vector<std::string> order;  // lifecycle.order
  std::vector<LockedParameter> stack_parameters;
  CapturedOutputs captured_outputs;
  std::vector<StackOutput> stack_outputs;
  Providers provides;
  std::map<std::string, ComponentState> components;
  std::vector<Operation> operations;
  json::object other;

  const ComponentState* Find(const std::string& component) const;
};

/// From this size on equal lines of a state file are read once (hub/captured_lists.h).
inline constexpr size_t kLargeState = size_t{4} << 20;

/// Reads the file of `map`. What is wrong comes as an error with its place: no YAML, another kind or version, a value of another shape than
/// its key has. Warnings (of YAML) are left out.
Result<StateFile> ParseStateFile(SourceMap& map, uint32_t file_index, size_t large = kLargeState);
/// As YAML. Equal values give equal bytes.
std::string WriteStateFile(const StateFile& state);

/// "2026-11-24T14:03:05.25Z", and back; also with an offset and up to nine digits. 0 = it is none.
std::string FormatTime(TimeMs time);
TimeMs ParseTime(std::string_view text);

}  // namespace davit::hub
