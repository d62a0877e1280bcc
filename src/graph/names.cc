#include "graph/names.h"

#include <algorithm>
#include <numeric>

namespace davit::graph {
namespace {

bool Before(const Parameter& a, const Parameter& b) {
  const int order = a.name.compare(b.name);
  return order != 0 ? order < 0 : a.component < b.component;
}

/// The tool's output `name` is given another name by a declaration, and none has its own.
bool IsRenamed(const Component& component, std::string_view name) {
  return std::any_of(component.outputs.begin(), component.outputs.end(),
                     [&](const OutputDeclaration& output) { return output.from_tf_var == name; });
}

}  // namespace

NameParts SplitName(std::string_view text) {
  if (const size_t bar = text.find('|'); bar != std::string_view::npos) {
    return {NameParts::Form::kQualified, text.substr(0, bar), text.substr(bar + 1)};
  }
  if (const size_t colon = text.find(':'); colon != std::string_view::npos) {
    return {NameParts::Form::kOutput, text.substr(colon + 1), text.substr(0, colon)};
  }
  return {NameParts::Form::kBare, text, {}};
}

void SortParameters(Stack& stack) {
  if (std::is_sorted(stack.parameters.begin(), stack.parameters.end(), Before)) return;
  // Parameters are large: their places are sorted, then each is moved once, along the circles of the permutation.
  std::vector<Parameter>& parameters = stack.parameters;
  std::vector<uint32_t> from(parameters.size());  // where the one comes from that belongs here
  std::iota(from.begin(), from.end(), 0u);
  std::stable_sort(from.begin(), from.end(),
                   [&](uint32_t x, uint32_t y) { return Before(parameters[x], parameters[y]); });
  for (uint32_t start = 0; start < from.size(); ++start) {
    if (from[start] == start) continue;
    Parameter held = std::move(parameters[start]);
    uint32_t hole = start;
    while (from[hole] != start) {
      const uint32_t next = from[hole];
      parameters[hole] = std::move(parameters[next]);
      from[hole] = hole;
      hole = next;
    }
    parameters[hole] = std::move(held);
    from[hole] = hole;
  }
}

const Parameter* FindParameter(const Stack& stack, std::string_view key) {
  const NameParts parts = SplitName(key);
  const auto found = std::lower_bound(stack.parameters.begin(), stack.parameters.end(), parts,
                                      [](const Parameter& parameter, const NameParts& wanted) {
                                        const int order = std::string_view(parameter.name).compare(wanted.name);
                                        return order != 0 ? order < 0 : parameter.component < wanted.component;
                                      });
  if (found == stack.parameters.end() || found->name != parts.name || found->component != parts.component)
    return nullptr;
  return &*found;
}

std::string KeyOf(const Parameter& parameter) {
  return parameter.component.empty() ? parameter.name : parameter.name + "|" + parameter.component;
}

bool Answers(const Stack& stack, const Parameter& parameter) {
  return parameter.has_value || parameter.empty_allowed || stack.hub_convention;
}

const Expression* OwnValue(const Parameter& parameter) {
  if (parameter.has_value) return &parameter.value;
  return parameter.has_default ? &parameter.default_value : nullptr;
}

const OutputDeclaration* FindOutput(const Component& component, std::string_view name) {
  for (const OutputDeclaration& output : component.outputs) {
    if (output.name == name) return &output;
  }
  return nullptr;
}

bool HasOutput(const Component& component, const ModuleInfo& module, std::string_view name) {
  if (FindOutput(component, name) != nullptr) return true;
  return !module.outputs.empty() && module.outputs.contains(std::string(name)) && !IsRenamed(component, name);
}

bool KnowsOutputs(const Component& component, const ModuleInfo& module) {
  if (!module.fully_read) return false;
  return module.driver == "terraform" || component.declares_outputs || !component.outputs.empty();
}

std::vector<std::string_view> OutputNames(const Component& component, const ModuleInfo& module) {
  std::vector<std::string_view> names;
  for (const OutputDeclaration& output : component.outputs) names.push_back(output.name);
  for (const auto& [name, output] : module.outputs) {
    if (FindOutput(component, name) == nullptr && !IsRenamed(component, name)) names.push_back(name);
  }
  return names;
}

Names::Names(const Stack& stack) : stack_(stack), for_component_(stack.components.size()) {
  components_.reserve(stack.components.size());
  for (size_t i = 0; i < stack.components.size(); ++i)
    components_.emplace(stack.components[i].name, static_cast<int>(i));
  parameters_.reserve(stack.parameters.size());
  for (size_t i = 0; i < stack.parameters.size(); ++i) {
    const davit::Parameter& parameter = stack.parameters[i];
    const int index = static_cast<int>(i);
    parameters_.emplace(parameter.name, std::make_pair(index, index)).first->second.second = index + 1;
    if (parameter.component.empty()) continue;
    if (const int component = Component(parameter.component); component >= 0) {
      for_component_[static_cast<size_t>(component)].push_back(index);
    }
  }
}

int Names::Component(std::string_view name) const {
  const auto found = components_.find(name);
  return found == components_.end() ? -1 : found->second;
}

int Names::Parameter(std::string_view name, std::string_view component) const {
  const auto range = parameters_.find(name);
  if (range == parameters_.end()) return -1;
  const auto first = stack_.parameters.begin() + range->second.first;
  const auto last = stack_.parameters.begin() + range->second.second;
  const auto found = std::lower_bound(
      first, last, component,
      [](const davit::Parameter& parameter, std::string_view wanted) { return parameter.component < wanted; });
  return found == last || found->component != component ? -1 : static_cast<int>(found - stack_.parameters.begin());
}

}  // namespace davit::graph
