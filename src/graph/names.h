// What can be named in a stack: its components, its parameters, the outputs that are known before anything runs. An index over a Stack,
// built once, as lookups come by the ten thousand. It holds pointers into the stack: parameters must not be moved, components only with
// Permute. One thread.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

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

/// Fills Stack::by_name.
void IndexParameters(Stack& stack);
/// `key` is `name` or `name|component`; exact. nullptr where there is none. Needs IndexParameters.
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
  explicit Names(const Stack& stack);
  /// The components have been put into another order: `order` holds the index that each had before.
  void Permute(const std::vector<int>& order);

  /// Index in Stack::components, or -1.
  int Component(std::string_view name) const;
  /// Index in Stack::parameters of exactly (name, component), or -1.
  int Parameter(std::string_view name, std::string_view component) const;
  /// Indexes in Stack::parameters of those for exactly this component.
  const std::vector<int>& ParametersFor(int component) const { return for_component_[static_cast<size_t>(component)]; }

 private:
  /// The component of each parameter, or -1.
  std::vector<int> Owners() const;

  const Stack& stack_;
  std::unordered_map<std::string_view, int> components_;
  std::unordered_map<std::string_view, std::pair<int, int>> parameters_;  // name → range of places in Stack::by_name
  std::vector<std::vector<int>> for_component_;
};

}  // namespace davit::graph
