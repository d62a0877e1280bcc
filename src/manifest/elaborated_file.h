// The elaborate file of seed 004: a stack merged from all of its files, as one document, and one more for each component
// (spec/stacks.md 1.2). `davit hub elaborate` writes it, the other commands of `davit hub` read it. One thread.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "manifest/implicit.h"
#include "manifest/source.h"
#include "model/stack.h"

namespace davit::manifest {

struct ElaborateRequest {
  Path manifest;
  std::vector<Path> parameter_files;
  Path components_base;                          // -b: where clones of git sources lie; "" = beside the manifest
  std::map<std::string, std::string> overrides;  // -e: of variables that fromEnv names
  std::vector<std::string> provides;             // -p: what the platform provides
  std::optional<uint32_t> platform;              // -s: the state of a platform stack, its file in the source map
  bool platform_parameters = true;               // not only its outputs
};

/// The text of the elaborate file. nullopt where `diagnostics` has errors. Error: there is no manifest.
Result<std::optional<std::string>> ElaborateToFile(const ElaborateRequest& request, Source& source, SourceMap& map,
                                                   Diagnostics& diagnostics);

/// A stack parameter as a state file has it.
struct StateParameter {
  std::string name;
  std::string component;
  json::value value;
};

struct ElaboratedOptions {
  std::vector<Path> files;                       // the first that is there is read
  Path clones_dir;                               // -b: where clones of git sources lie; "" = beside the file
  std::map<std::string, std::string> overrides;  // -e: stand before the process environment
  std::vector<StateParameter> state;             // joined after everything is settled
  Implicit implicit;
};

/// The stack of an elaborate file, settled, as Load gives one of a manifest; components in the order of the file. What is empty takes the
/// state's value, with a warning; what differs from the state's stays, with a warning; what only the state has is added.
/// Error: there is no such file.
Result<Stack> LoadElaborated(const ElaboratedOptions& options, Source& source, SourceMap& map,
                             Diagnostics& diagnostics);

}  // namespace davit::manifest
