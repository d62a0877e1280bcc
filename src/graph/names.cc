#include "graph/names.h"

#include <algorithm>
#include <numeric>

#include "model/raw_output.h"

namespace davit::graph {
namespace {

/// Begins[key]: how many of `keys` are less; the last entry counts all. Keys are below `count`.
std::vector<uint32_t> BeginsOf(const std::vector<uint32_t>& keys, size_t count) {
  std::vector<uint32_t> begins(count + 1);
  for (const uint32_t key : keys) ++begins[key + 1];
  std::partial_sum(begins.begin(), begins.end(), begins.begin());
  return begins;
}

/// `items` by `keys[item]`; those with the same key stay in their order. `begins` are those of the keys.
std::vector<uint32_t> Distributed(const std::vector<uint32_t>& items, const std::vector<uint32_t>& keys,
                                  std::vector<uint32_t> begins) {
  std::vector<uint32_t> out(items.size());
  for (const uint32_t item : items) out[begins[keys[item]]++] = item;
  return out;
}

/// Gives each of the texts, numbered from 0 as they came, its place in alphabetical order.
std::vector<uint32_t> PlacesOf(const std::vector<std::string_view>& texts) {
  std::vector<uint32_t> order(texts.size());
  std::iota(order.begin(), order.end(), 0u);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) { return texts[a] < texts[b]; });
  std::vector<uint32_t> places(texts.size());
  for (uint32_t place = 0; place < order.size(); ++place) places[order[place]] = place;
  return places;
}

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
  return !module.outputs.empty() && module.outputs.contains(name) && !IsRenamed(component, name);
}

bool KnowsOutputs(const Component& component, const ModuleInfo& module) {
  if (!module.fully_read) return false;
  return module.driver == "terraform" || component.declares_outputs || !component.outputs.empty();
}

std::vector<std::string_view> OutputNames(const Component& component, const ModuleInfo& module) {
  std::vector<std::string_view> names;
  names.reserve(component.outputs.size() + module.outputs.size());
  for (const OutputDeclaration& output : component.outputs) names.push_back(output.name);
  for (const auto& [name, output] : module.outputs) {
    if (FindOutput(component, name) == nullptr && !IsRenamed(component, name)) names.push_back(name);
  }
  return names;
}

/// Sorted by two distributions, because names repeat: those of components are sorted once, and so are those of parameters.
Names::Names(Stack& stack) : stack_(stack) {
  components_.reserve(stack.components.size());
  lists_.reserve(stack.components.size());
  std::vector<std::string_view> of_lists{{}};
  for (size_t i = 0; i < stack.components.size(); ++i) {
    of_lists.push_back(stack.components[i].name);
    components_.emplace(of_lists.back(), static_cast<int>(i));
    lists_.push_back(static_cast<uint32_t>(i + 1));
  }
  const std::vector<uint32_t> lists = ListsOfParameters();
  of_lists.resize(of_lists.size() + lists_of_unknown_.size());
  for (const auto& [name, list] : lists_of_unknown_) of_lists[list] = name;

  const size_t count = stack.parameters.size();
  ByName<uint32_t> known;
  std::vector<std::string_view> names;
  std::vector<uint32_t> name_of(count);
  for (size_t i = 0; i < count; ++i) {
    const std::string_view name = stack.parameters[i].name;
    const auto [found, added] = known.try_emplace(name, static_cast<uint32_t>(names.size()));
    if (added) names.push_back(name);
    name_of[i] = found->second;
    if (lists[i] == 0) plain_.emplace(name, static_cast<int>(i));
    if (IsLink(stack.parameters[i])) links_.push_back(static_cast<uint32_t>(i));
  }
  const std::vector<uint32_t> place_of_name = PlacesOf(names);
  for (uint32_t& name : name_of) name = place_of_name[name];
  const std::vector<uint32_t> place_of_list = PlacesOf(of_lists);
  std::vector<uint32_t> component_of(count);
  for (size_t i = 0; i < count; ++i) component_of[i] = place_of_list[lists[i]];

  std::vector<uint32_t> order(count);
  std::iota(order.begin(), order.end(), 0u);
  order = Distributed(order, component_of, BeginsOf(component_of, of_lists.size()));
  order = Distributed(order, name_of, BeginsOf(name_of, names.size()));
  begins_ = BeginsOf(lists, of_lists.size());
  in_lists_ = Distributed(order, lists, begins_);
  if (std::is_sorted(order.begin(), order.end())) order.clear();
  stack.by_name = std::move(order);
}

std::vector<uint32_t> Names::ListsOfParameters() {
  std::vector<uint32_t> lists;
  lists.reserve(stack_.parameters.size());
  std::string_view last;  // those of one component stand together
  uint32_t list = 0;
  for (const davit::Parameter& parameter : stack_.parameters) {
    if (parameter.component != last) {
      last = parameter.component;
      const int component = Component(last);
      list =
          last.empty() ? 0
          : component >= 0
              ? lists_[static_cast<size_t>(component)]
              : lists_of_unknown_.try_emplace(last, static_cast<uint32_t>(lists_.size() + lists_of_unknown_.size() + 1))
                    .first->second;
    }
    lists.push_back(list);
  }
  return lists;
}

void Names::Permute(const std::vector<int>& order) {
  components_.clear();
  std::vector<uint32_t> lists;
  lists.reserve(order.size());
  for (size_t i = 0; i < order.size(); ++i) {
    components_.emplace(stack_.components[i].name, static_cast<int>(i));
    lists.push_back(lists_[static_cast<size_t>(order[i])]);
  }
  lists_ = std::move(lists);
}

int Names::Component(std::string_view name) const {
  const auto found = components_.find(name);
  return found == components_.end() ? -1 : found->second;
}

int Names::Parameter(std::string_view name, std::string_view component) const {
  if (component.empty()) {
    const auto found = plain_.find(name);
    return found == plain_.end() ? -1 : found->second;
  }
  if (const int index = Component(component); index >= 0) return ParameterFor(name, index);
  const auto unknown = lists_of_unknown_.find(component);
  return unknown == lists_of_unknown_.end() ? -1 : InList(name, unknown->second);
}

int Names::InList(std::string_view name, size_t list) const {
  const std::span<const uint32_t> items = ListAt(list);
  const auto found = std::lower_bound(items.begin(), items.end(), name, [&](uint32_t item, std::string_view wanted) {
    return stack_.parameters[item].name < wanted;
  });
  return found == items.end() || stack_.parameters[*found].name != name ? -1 : static_cast<int>(*found);
}

}  // namespace davit::graph
