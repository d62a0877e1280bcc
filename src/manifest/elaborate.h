// Elaborate: what the files declare, merged into one stack (spec 1.2). Components have their parameters and outputs, the stack's parameters
// are merged but not yet settled. Pure; one thread.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "manifest/declarations.h"
#include "manifest/trace.h"
#include "model/stack.h"

namespace davit::manifest {

/// What one stack of a chain of fromStack says of capabilities itself.
struct LevelCapabilities {
  std::vector<Name> requires_;
  std::vector<Name> provides;
};

/// Everything that was read, base stacks and the stack that comes from them merged into one (but for their parameters). `component_files`
/// holds each file once; `file_of` and `source_dirs` go by component.
struct Declarations {
  StackFile stack;
  std::vector<ParameterDeclaration> base_parameters;  // of the base stack, as they came out there
  std::vector<ParametersFile> parameter_files;        // in order
  std::vector<ComponentFile> component_files;
  std::vector<int> file_of;               // index into component_files; -1 = a bare directory
  std::vector<Path> source_dirs;          // absolute
  std::vector<LevelCapabilities> levels;  // the lowest of the chain first; one where there is no fromStack
  bool elaborated = false;                // read from an elaborate file: nothing is left to merge
  bool saw_hub = false;                   // some name begins with "hub" (Decoder::saw_hub)

  int top() const { return static_cast<int>(levels.size()) - 1; }
};

/// What a stack has from what it is put upon, and from the command line (`davit hub elaborate -e -p`).
struct Surroundings {
  std::map<std::string, std::string> overrides;  // of variables that fromEnv names
  std::vector<std::string> provides;
  std::map<std::string, std::vector<std::string>> platform_provides;  // capability → who, of a platform stack
  bool hub = false;        // `davit hub elaborate`: what only its reference does is no mistake
  Trace* trace = nullptr;  // what becomes of its parameters is kept there, where somebody asks
};

struct Elaborated {
  Stack stack;
  std::vector<ParameterPlaces> places;  // of stack.parameters
  std::vector<bool> kind_given;         // of stack.parameters
  std::vector<uint32_t> notable;        // indexes of stack.parameters, ascending (ParameterMerger::Notable)
  std::vector<std::string> provides;    // what the stack and its components provide
};

/// For suggestions; views into `stack`.
std::vector<std::string_view> ComponentNames(const StackFile& stack);
/// What can be wrong with the names of the components of one manifest: twice the same, not allowed, an order of others. Errors.
void CheckComponents(const StackFile& stack, Diagnostics& diagnostics);
/// A given order in which a component comes before one that it depends on (DESIGN 4). Errors.
void CheckOrderOfDepends(const StackFile& stack, Diagnostics& diagnostics);
/// With the names that lead from one to another, when all are known: `depends`, `lifecycle`, `moved`. Errors; of the lists of `lifecycle`
/// only warnings where `lists_may_differ`.
void CheckNames(const StackFile& stack, bool lists_may_differ, Diagnostics& diagnostics);

/// `declarations` is used up. `stack` brings what the files do not say: directory, environment, convention.
Elaborated Elaborate(Declarations declarations, Stack stack, const Surroundings& surroundings,
                     Diagnostics& diagnostics);

/// The parameters of a stack as another one that comes from it gets them, sorted by `name|component`. Those of
/// `declarations`, its own and those of its base, are used up.
std::vector<ParameterDeclaration> ParametersOfBase(Declarations& declarations, const Surroundings& surroundings,
                                                   Diagnostics& diagnostics);

/// `meta.name` without its `:version`.
std::string_view StackName(std::string_view name);

/// Whether the last part of an output's name says that it is a secret, by the convention of hub.yaml.
bool LooksSecret(std::string_view name);

}  // namespace davit::manifest
