#include "manifest/requirements.h"

#include <algorithm>
#include <set>
#include <unordered_map>

#include "manifest/from_stack.h"
#include "model/capabilities.h"

namespace davit::manifest {
namespace {

template <typename Visit>
void ForEach(const Declarations& declarations, size_t component, std::vector<Name> ComponentSettings::*list,
             const Visit& visit) {
  const int file = declarations.file_of[component];
  if (file >= 0) {
    for (const Name& name : declarations.component_files[static_cast<size_t>(file)].settings.*list) visit(name.text);
  }
  for (const Name& name : declarations.stack.components[component].settings.*list) visit(name.text);
}

bool RequiresAnything(const Declarations& declarations) {
  const auto any = [](const auto& items, const auto& of) {
    return std::any_of(items.begin(), items.end(), [&](const auto& item) { return !of(item).empty(); });
  };
  return any(declarations.levels, [](const LevelCapabilities& level) -> const auto& { return level.requires_; }) ||
         any(declarations.component_files,
             [](const ComponentFile& file) -> const auto& { return file.settings.requires_; }) ||
         any(declarations.stack.components,
             [](const ComponentEntry& entry) -> const auto& { return entry.settings.requires_; });
}

}  // namespace

bool IsOfEnvironment(std::string_view capability) {
  static constexpr std::string_view kAll[] = {"aws", "gcp", "gcs", "azure", "kubectl", "kubernetes", "helm", "vault"};
  return std::find(std::begin(kAll), std::end(kAll), capability) != std::end(kAll);
}

std::vector<std::string> RequirementsOf(const Declarations& declarations) {
  const std::vector<ComponentEntry>& components = declarations.stack.components;
  std::vector<std::set<std::string>> required(declarations.levels.size());
  if (!RequiresAnything(declarations)) return {};
  std::vector<std::set<std::string>> below(1);  // by level: what the stacks below it provide, all of them together
  for (size_t level = 0; level < declarations.levels.size(); ++level) {
    const LevelCapabilities& own = declarations.levels[level];
    for (const Name& name : own.requires_) {
      if (!below[level].contains(name.text)) required[level].insert(name.text);
    }
    std::set<std::string> provided = below[level];
    for (const Name& name : own.provides) AddCapability(provided, name.text);
    for (size_t i = 0; i < components.size(); ++i) {
      if (components[i].level != static_cast<int>(level)) continue;
      ForEach(declarations, i, &ComponentSettings::provides,
              [&](const std::string& capability) { AddCapability(provided, capability); });
    }
    below.push_back(std::move(provided));
  }
  std::unordered_map<std::string_view, size_t> index;
  for (size_t i = 0; i < components.size(); ++i) index.emplace(components[i].name.text, i);
  std::set<std::string> provided;  // by the components so far
  Diagnostics said_elsewhere;
  for (const Name& name : OrderOf(declarations.stack, said_elsewhere)) {
    const auto found = index.find(name.text);
    if (found == index.end()) continue;
    const auto level = static_cast<size_t>(components[found->second].level);
    ForEach(declarations, found->second, &ComponentSettings::requires_, [&](const std::string& capability) {
      if (!provided.contains(capability) && !below[level].contains(capability)) required[level].insert(capability);
    });
    ForEach(declarations, found->second, &ComponentSettings::provides,
            [&](const std::string& capability) { AddCapability(provided, capability); });
  }
  std::vector<std::string> all;
  for (const std::set<std::string>& of_level : required) {
    for (const std::string& capability : of_level) {
      if (std::find(all.begin(), all.end(), capability) == all.end()) all.push_back(capability);
    }
  }
  return all;
}

std::vector<std::string> CapabilitiesOf(const Declarations& declarations) {
  std::set<std::string> provided;
  for (const Name& name : declarations.stack.provides) provided.insert(name.text);
  for (size_t i = 0; i < declarations.stack.components.size(); ++i) {
    ForEach(declarations, i, &ComponentSettings::provides,
            [&](const std::string& capability) { provided.insert(capability); });
  }
  return {provided.begin(), provided.end()};
}

}  // namespace davit::manifest
