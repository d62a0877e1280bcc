#include "manifest/implicit.h"

#include <algorithm>
#include <map>
#include <string_view>

#include "manifest/merge.h"

namespace davit::manifest {
namespace {

constexpr std::string_view kPrefix = "hub.";
constexpr std::string_view kDeploymentId = "hub.deploymentId";
constexpr std::string_view kStackName = "hub.stackName";
constexpr std::string_view kComponents = "hub.components.";

/// Calls `take` with each name that something in the stack refers to, also more than once.
template <typename Take>
void ForEachMention(const Stack& stack, const Take& take) {
  const auto in_expression = [&](const Expression& expression) {
    for (const Reference& reference : expression.references) take(std::string_view(reference.text));
  };
  const auto in_conditions = [&](const std::vector<ReadyCondition>& conditions) {
    for (const ReadyCondition& condition : conditions) {
      in_expression(condition.dns);
      in_expression(condition.url);
    }
  };
  const auto in_outputs = [&](const std::vector<OutputDeclaration>& outputs) {
    for (const OutputDeclaration& output : outputs) {
      take(std::string_view(output.name));
      in_expression(output.value);
    }
  };
  const auto in_value = [&](const Parameter& parameter) {
    in_expression(parameter.value);
    if (parameter.has_default) in_expression(parameter.default_value);
  };
  for (const Parameter& parameter : stack.parameters) in_value(parameter);
  in_outputs(stack.outputs);
  in_conditions(stack.ready_conditions);
  for (const Component& component : stack.components) {
    for (const Parameter& parameter : component.parameters) {
      take(std::string_view(parameter.name));
      in_value(parameter);
    }
    in_outputs(component.outputs);
    in_conditions(component.ready_conditions);
  }
}

bool Mentions(const Stack& stack, std::string_view name) {
  bool found = false;
  ForEachMention(stack, [&](std::string_view mentioned) { found = found || mentioned == name; });
  return found;
}

void Add(std::string_view name, const std::string& text, bool only_mentioned, Trace* trace, Stack& stack) {
  const auto declared = std::find_if(stack.parameters.begin(), stack.parameters.end(), [&](const Parameter& parameter) {
    return parameter.name.starts_with(kPrefix) && parameter.name == name && parameter.component.empty();
  });
  if (declared != stack.parameters.end() && IsFilled(declared->has_value, declared->value)) return;
  if (declared == stack.parameters.end() && only_mentioned && !Mentions(stack, name)) return;
  Parameter& parameter = declared == stack.parameters.end() ? stack.parameters.emplace_back() : *declared;
  parameter.name = name;
  parameter.value = Expression();
  parameter.value.constant = json::value(text);
  parameter.has_value = true;
  if (trace != nullptr) trace->Given(parameter, ParameterStep::From::kDavit, Field::kValue);
}

}  // namespace

bool IsGitName(std::string_view name, std::string* component, std::string* what) {
  if (!name.starts_with(kComponents)) return false;
  for (const std::string_view one : {"ref", "clean"}) {
    const std::string end = ".git." + std::string(one);
    if (!name.ends_with(end) || name.size() <= kComponents.size() + end.size()) continue;
    if (component != nullptr)
      *component = name.substr(kComponents.size(), name.size() - kComponents.size() - end.size());
    if (what != nullptr) *what = one;
    return true;
  }
  return false;
}

bool MentionsImplicit(const Stack& stack) {
  return Mentions(stack, kDeploymentId) || Mentions(stack, kStackName);
}

void AddImplicit(const Implicit& implicit, bool only_mentioned, Trace* trace, Stack& stack) {
  if (!implicit.deployment_id.empty()) Add(kDeploymentId, implicit.deployment_id, only_mentioned, trace, stack);
  if (!implicit.stack_name.empty()) Add(kStackName, implicit.stack_name, only_mentioned, trace, stack);
  if (!implicit.git) return;
  std::map<std::string, std::string, std::less<>> found;  // before any is added
  ForEachMention(stack, [&](std::string_view name) {
    std::string component;
    std::string what;
    if (found.contains(name) || !IsGitName(name, &component, &what)) return;
    if (const int index = stack.Find(component); index >= 0)
      found.emplace(name, implicit.git(stack.components[static_cast<size_t>(index)], what));
  });
  for (const auto& [name, value] : found) Add(name, value, false, trace, stack);
}

}  // namespace davit::manifest
