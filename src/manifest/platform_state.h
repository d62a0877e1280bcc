// What a stack takes from the state file of the platform stack that it is put upon: `davit hub elaborate -s` (spec/stacks.md 1.2). Pure;
// any thread.
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

struct PlatformState {
  std::map<std::string, json::value> values;                 // of its outputs, and of its parameters where they count
  std::map<std::string, std::vector<std::string>> provides;  // capability → who
  std::map<std::string, json::value> cluster;  // how to reach its Kubernetes: `kubernetes.api.endpoint` and the like
};

/// Of `text`, the state file called `name`; without the values of its parameters unless `parameters`. What is no state gives an error.
PlatformState ReadPlatformState(const std::string& name, const std::string& text, bool parameters, SourceMap& map,
                                Diagnostics& diagnostics);

/// Empty parameters of the stack get their values, or where they have `fromEnv` their defaults, with a warning for another one. One that
/// requires `kubernetes` or `kubectl` gets parameters for the cluster.
void TakeFromPlatform(const PlatformState& state, Elaborated& elaborated, Diagnostics& diagnostics);

}  // namespace davit::manifest
