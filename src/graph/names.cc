#include "graph/names.h"

#include <algorithm>

#include "model/raw_output.h"

namespace davit::graph {
namespace {

bool Before(const Parameter& a, const Parameter& b) {
  const int order = a.name.compare(b.name);
  return order != 0 ? order < 0 : a.component < b.component;
}

/// The first bytes as a number that sorts as the text does, so that most comparisons need not touch it.
uint64_t Head(std::string_view text) {
  uint64_t head = 0;
  for (size_t i = 0; i < sizeof head; ++i)
    head = head << 8 | (i < text.size() ? static_cast<unsigned char>(text[i]) : 0);
  return head;
}

/// Where a parameter stands, to be sorted in its stead.
struct Place {
  uint64_t name;
  uint64_t component;
  uint32_t index;
  bool long_name;
};

/// The tool's output `name` is given another name by a declaration, and none has its own.
bool IsRenamed(const Component& component, std::string_view name) {
  return std::any_of(component.outputs.begin(), component.outputs.end(),
                     [&](const OutputDeclaration& output) { return RawName(output.from_tf_var) == name; });
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

void IndexParameters(Stack& stack) {
  const std::vector<Parameter>& parameters = stack.parameters;
  stack.by_name.clear();
  if (std::is_sorted(parameters.begin(), parameters.end(), Before)) return;
  std::vector<Place> places;
  places.reserve(parameters.size());
  for (const Parameter& parameter : parameters) {
    places.push_back({Head(parameter.name), Head(parameter.component), static_cast<uint32_t>(places.size()),
                      parameter.name.size() > sizeof(Place::name)});
  }
  std::sort(places.begin(), places.end(), [&](const Place& a, const Place& b) {
    if (a.name != b.name) return a.name < b.name;
    // Equal heads are equal names where these are no longer than a head: no name holds a zero byte.
    if (a.long_name || b.long_name) {
      if (const int order = parameters[a.index].name.compare(parameters[b.index].name); order != 0) return order < 0;
    }
    if (a.component != b.component) return a.component < b.component;
    const int order = parameters[a.index].component.compare(parameters[b.index].component);
    return order != 0 ? order < 0 : a.index < b.index;
  });
  stack.by_name.reserve(places.size());
  for (const Place& place : places) stack.by_name.push_back(place.index);
}

const Parameter* FindParameter(const Stack& stack, std::string_view key) {
  const NameParts parts = SplitName(key);
  size_t first = 0;
  size_t last = stack.parameters.size();
  while (first < last) {
    const size_t middle = first + (last - first) / 2;
    const Parameter& parameter = stack.parameters[stack.IndexAt(middle)];
    const int by_name = std::string_view(parameter.name).compare(parts.name);
    const int order = by_name != 0 ? by_name : std::string_view(parameter.component).compare(parts.component);
    if (order == 0) return &parameter;
    (order < 0 ? first : last) = order < 0 ? middle + 1 : middle;
  }
  return nullptr;
}

std::string KeyOf(const Parameter& parameter) {
  return parameter.component.empty() ? parameter.name : parameter.name + "|" + parameter.component;
}

bool Answers(const Stack& stack, const Parameter& parameter) {
  return parameter.has_value || parameter.empty_allowed || stack.hub_convention;
}

const Expression* OwnValue(const Parameter& parameter) {
  if (parameter.has_value) return &parameter.value;
  return parameter.has_default ? &*parameter.default_value : nullptr;
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
  const std::vector<int> owners = Owners();
  std::vector<uint32_t> counts(stack.components.size());
  for (const int owner : owners) {
    if (owner >= 0) ++counts[static_cast<size_t>(owner)];
  }
  for (size_t i = 0; i < counts.size(); ++i) for_component_[i].reserve(counts[i]);
  const std::string* name = nullptr;
  std::pair<int, int>* range = nullptr;
  for (size_t place = 0; place < stack.parameters.size(); ++place) {
    const size_t index = stack.IndexAt(place);
    const davit::Parameter& parameter = stack.parameters[index];
    if (name == nullptr || parameter.name != *name) {
      name = &parameter.name;
      range = &parameters_.emplace(parameter.name, std::make_pair(static_cast<int>(place), 0)).first->second;
    }
    range->second = static_cast<int>(place) + 1;
    if (owners[index] >= 0) for_component_[static_cast<size_t>(owners[index])].push_back(static_cast<int>(index));
  }
}

std::vector<int> Names::Owners() const {
  std::vector<int> owners;
  owners.reserve(stack_.parameters.size());
  std::string_view last;  // those of one component stand together
  int component = -1;
  for (const davit::Parameter& parameter : stack_.parameters) {
    if (parameter.component != last) {
      last = parameter.component;
      component = Component(last);
    }
    owners.push_back(component);
  }
  return owners;
}

void Names::Permute(const std::vector<int>& order) {
  components_.clear();
  std::vector<std::vector<int>> for_component;
  for_component.reserve(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    components_.emplace(stack_.components[i].name, static_cast<int>(i));
    for_component.push_back(std::move(for_component_[static_cast<size_t>(order[i])]));
  }
  for_component_ = std::move(for_component);
}

int Names::Component(std::string_view name) const {
  const auto found = components_.find(name);
  return found == components_.end() ? -1 : found->second;
}

int Names::Parameter(std::string_view name, std::string_view component) const {
  const auto range = parameters_.find(name);
  if (range == parameters_.end()) return -1;
  auto [first, last] = range->second;
  while (first < last) {
    const int middle = first + (last - first) / 2;
    const size_t index = stack_.IndexAt(static_cast<size_t>(middle));
    const int order = std::string_view(stack_.parameters[index].component).compare(component);
    if (order == 0) return static_cast<int>(index);
    (order < 0 ? first : last) = order < 0 ? middle + 1 : middle;
  }
  return -1;
}

}  // namespace davit::graph
