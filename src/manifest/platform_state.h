// What a stack takes from the state file of the platform stack that it is put upon: `-s` (spec/stacks.md 1.2). Pure; any thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "base/json.h"
#include "manifest/elaborate.h"
#include "yaml/yaml.h"

namespace davit::manifest {

struct PlatformValue {
  json::value value;
  Pos pos;
  bool secret = false;  // the state says so
};
using PlatformValues = std::map<std::string, PlatformValue>;  // by name

struct PlatformState {
  PlatformValues values;                                     // of its outputs, and of its parameters where they count
  std::map<std::string, std::vector<std::string>> provides;  // capability → who
  std::string status;                                        // "deployed", …
  PlatformValues cluster;  // how to reach its Kubernetes: `kubernetes.api.endpoint` and the like
};

/// Of the state file `file` of `map`; without the values of its parameters unless `parameters`. What is no YAML gives an error.
PlatformState ReadPlatformState(SourceMap& map, uint32_t file, bool parameters, Diagnostics& diagnostics);

/// Empty parameters of the stack get their values, or where they have `fromEnv` their defaults, with a warning for another one. One that
/// requires `kubernetes` or `kubectl` gets parameters for the cluster. What the state calls secret, anywhere, is sensitive. Texts become what the
/// parameter's type asks for, as states have all outputs as text. `trace` may be null.
void TakeFromPlatform(const PlatformState& state, Trace* trace, Elaborated& elaborated, Diagnostics& diagnostics);

}  // namespace davit::manifest
