// What can be named in a stack: its components, its parameters, the outputs that are known before anything runs. An index over a Stack,
// built once, as lookups come by the ten thousand. It holds pointers into the stack: parameters must not be moved, components only with
// Permute. One thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/by_name.h"
#include "model/module.h"
#include "model/stack.h"

namespace davit::graph {

/// The three forms between the braces: `name`, `name|component`, `component:output`.
struct NameParts {
  enum class Form { kBare, kQualified, kOutput };
  Form form = Form::kBare;
  std::string_view name;       // of the parameter or output
  std::string_view component;  // kQualified, kOutput
};
NameParts SplitName(std::string_view text);

/// `key` is `name` or `name|component`; exact. nullptr where there is none. Needs Stack::by_name, which Names fills.
const Parameter* FindParameter(const Stack& stack, std::string_view key);
std::string KeyOf(const Parameter& parameter);

/// Whether a stack parameter answers for a name. One that was declared without a value does so only where it may be empty; in a hub.yaml
/// always (seed 004: it is taken as is and hides the component's default).
bool Answers(const Stack& stack, const Parameter& parameter);

/// A link, or whatever else still has names in its value: it is evaluated where it is used.
inline bool IsLink(const Parameter& parameter) {
  return parameter.has_value && !parameter.value.IsConstant();
}

/// What a component says itself: `value`, else `default`; nullptr where neither.
const Expression* OwnValue(const Parameter& parameter);

/// Whether it has an output of that name for certain: declared, or of its Terraform module.
bool HasOutput(const Component& component, const ModuleInfo& module, std::string_view name);
/// All of its outputs are known, so that another name is a mistake.
bool KnowsOutputs(const Component& component, const ModuleInfo& module);
const OutputDeclaration* FindOutput(const Component& component, std::string_view name);
/// Names of the outputs known, declared ones first.
std::vector<std::string_view> OutputNames(const Component& component, const ModuleInfo& module);

class Names {
 public:
  /// Fills Stack::by_name.
  explicit Names(Stack& stack);
  /// The components have been put into another order: `order` holds the index that each had before.
  void Permute(const std::vector<int>& order);

  /// Index in Stack::components, or -1.
  int Component(std::string_view name) const;
  /// Index in Stack::parameters of exactly (name, component), or -1. "" = that of no component.
  int Parameter(std::string_view name, std::string_view component) const;
  /// The same for the component of that index.
  int ParameterFor(std::string_view name, int component) const { return InList(name, ListOf(component)); }
  /// Indexes in Stack::parameters of those for exactly this component, by name.
  std::span<const uint32_t> ParametersFor(int component) const { return ListAt(ListOf(component)); }
  /// Indexes in Stack::parameters of all that are a link, ascending.
  const std::vector<uint32_t>& Links() const { return links_; }

 private:
  /// The list of each parameter; 0 = that of those for no component.
  std::vector<uint32_t> ListsOfParameters();
  size_t ListOf(int component) const { return lists_[static_cast<size_t>(component)]; }
  std::span<const uint32_t> ListAt(size_t list) const {
    return std::span(in_lists_).subspan(begins_[list], begins_[list + 1] - begins_[list]);
  }
  int InList(std::string_view name, size_t list) const;

  const Stack& stack_;
  ByName<int> components_;
  ByName<uint32_t> lists_of_unknown_;  // of components that are not there
  ByName<int> plain_;                  // parameters for no component
  std::vector<uint32_t> lists_;        // by component
  std::vector<uint32_t> begins_;       // by list, in `in_lists_`; and its end
  std::vector<uint32_t> in_lists_;     // parameters, list after list, each by name
  std::vector<uint32_t> links_;
};

}  // namespace davit::graph
