#include "manifest/load.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "manifest/merge.h"
#include "manifest/platform_state.h"
#include "manifest/read.h"
#include "manifest/settle.h"

namespace davit::manifest {
namespace {

/// Where the manifest is wrong: of its components what is needed to look at their modules, so that what is wrong there is said as well.
void AddBareComponents(const Declarations& declarations, Source& source, Stack& stack) {
  for (size_t i = 0; i < declarations.source_dirs.size(); ++i) {
    if (declarations.source_dirs[i].empty() || !source.IsDirectory(declarations.source_dirs[i])) continue;
    const ComponentEntry& entry = declarations.stack.components[i];
    const int own = declarations.file_of[i];
    Component& component = stack.components.emplace_back();
    component.name = entry.name.text;
    component.pos = entry.name.pos;
    component.source_dir = declarations.source_dirs[i];
    component.source_text = entry.source.text;
    component.provisioner = entry.settings.provisioner;
    if (component.provisioner.empty() && own >= 0)
      component.provisioner = declarations.component_files[static_cast<size_t>(own)].settings.provisioner;
    for (const Name& glob : entry.inputs) component.inputs_globs.push_back(glob.text);
  }
}

ReadOptions Reading(const LoadOptions& options, const PlatformState& platform) {
  ReadOptions read;
  read.directory = options.directory;
  read.environment = options.environment;
  read.parameter_files = options.parameter_files;
  read.surroundings.trace = options.trace;
  read.surroundings.platform_provides = platform.provides;
  read.fetch = options.fetch;
  return read;
}

PlatformState PlatformOf(const LoadOptions& options, SourceMap& map, Diagnostics& diagnostics) {
  return options.platform ? ReadPlatformState(map, *options.platform, true, diagnostics) : PlatformState();
}

}  // namespace

Result<Stack> Load(const LoadOptions& options, Source& source, SourceMap& map, Diagnostics& diagnostics) {
  const PlatformState platform = PlatformOf(options, map, diagnostics);
  const ReadOptions read = Reading(options, platform);
  Stack stack;
  TRY_ASSIGN(Declarations declarations, ReadDeclarations(read, source, map, diagnostics, stack));
  if (diagnostics.HasErrors()) {
    stack.name = StackName(declarations.stack.header.meta.name.text);
    AddBareComponents(declarations, source, stack);
    return stack;
  }
  const bool saw_hub = declarations.saw_hub;
  Elaborated elaborated = Elaborate(std::move(declarations), std::move(stack), read.surroundings, diagnostics);
  TakeFromPlatform(platform, options.trace, elaborated, diagnostics);
  if (options.platform && platform.status.starts_with("undeploy")) {
    diagnostics.AddWarning("platform-down",
                           "the platform's stack is " + platform.status + ": what its state has may be gone",
                           map.At(*options.platform, 0), "deploy it first, or name another state with -s");
  }
  if (options.implicit && saw_hub && MentionsImplicit(elaborated.stack)) {
    AddImplicit(options.implicit(elaborated.stack), true, options.trace, elaborated.stack);
    elaborated.places.resize(elaborated.stack.parameters.size());
  }
  WarnOfVariables(elaborated, source, diagnostics);
  if (!diagnostics.HasErrors()) Settle(elaborated, source, options.trace, diagnostics);
  return std::move(elaborated.stack);
}

Result<Captures> FindCaptures(const LoadOptions& options, Source& source, SourceMap& map, Diagnostics& diagnostics) {
  const PlatformState platform = PlatformOf(options, map, diagnostics);
  const ReadOptions read = Reading(options, platform);
  Captures captures;
  TRY_ASSIGN(Declarations declarations, ReadDeclarations(read, source, map, diagnostics, captures.stack));
  if (diagnostics.HasErrors()) return captures;
  Elaborated elaborated = Elaborate(std::move(declarations), std::move(captures.stack), read.surroundings, diagnostics);
  TakeFromPlatform(platform, nullptr, elaborated, diagnostics);
  captures.stack = std::move(elaborated.stack);
  std::vector<const Parameter*> takers;
  for (const Parameter& parameter : captures.stack.parameters) {
    if (parameter.kind == ParameterKind::kUser && !IsFilled(parameter.has_value, parameter.value))
      takers.push_back(&parameter);
  }
  std::stable_sort(takers.begin(), takers.end(),
                   [](const Parameter* a, const Parameter* b) { return a->pos.index < b->pos.index; });
  std::unordered_map<std::string, size_t> known;
  const auto add = [&](const std::string& variable, bool path, const Parameter* taker) {
    const auto [found, added] = known.emplace((path ? "$" : "") + variable, captures.variables.size());
    if (added) captures.variables.push_back({variable, path, {}});
    captures.variables[found->second].takers.push_back(taker);
  };
  for (const Parameter* taker : takers) {
    const std::string& file = *taker->from_file;
    if (!taker->from_env.empty()) add(*taker->from_env, false, taker);
    if (file.size() > 1 && file.front() == '$') add(file.substr(1), true, taker);
  }
  return captures;
}

}  // namespace davit::manifest
