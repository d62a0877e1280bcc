// Elaborate: what the files declare, merged into one stack (spec 1.2). Components have their parameters and outputs, the stack's parameters
// are merged but not yet settled. Pure; one thread.
#pragma once

#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "manifest/declarations.h"
#include "model/stack.h"

namespace davit::manifest {

/// Everything that was read. `component_files` holds each file once; `file_of` and `source_dirs` go by component.
struct Declarations {
  StackFile stack;
  std::vector<ParametersFile> parameter_files;  // in order
  std::vector<ComponentFile> component_files;
  std::vector<int> file_of;       // index into component_files; -1 = a bare directory
  std::vector<Path> source_dirs;  // absolute
};

struct Elaborated {
  Stack stack;
  std::vector<ParameterPlaces> places;  // of stack.parameters
};

/// For suggestions; views into `stack`.
std::vector<std::string_view> ComponentNames(const StackFile& stack);
/// What can be wrong with the names of components: twice the same, not allowed, unknown in `lifecycle`. Errors.
void CheckComponents(const StackFile& stack, Diagnostics& diagnostics);

/// `declarations` is used up. `stack` brings what the files do not say: directory, environment, convention.
Elaborated Elaborate(Declarations declarations, Stack stack, Diagnostics& diagnostics);

/// Whether the last part of an output's name says that it is a secret, by the convention of hub.yaml.
bool LooksSecret(std::string_view name);

}  // namespace davit::manifest
