// What the names of an expression are now: parameters, and what the components left.
#include "graph/names.h"
#include "control/direct.h"
#include "engine/resolve.h"
#include "expr/expression.h"

namespace davit::control {
namespace {

Value UnknownOf(bool sensitive) {
  Value value;
  value.unknown = true;
  value.sensitive = sensitive;
  return value;
}

/// Under each of its names; of two bare ones the later component's counts (DESIGN 5).
void AddOutput(const std::string& component, const std::string& name, const Value& value, ValueMap& names) {
  names[component + ":" + name] = value;
  names[component + "." + name] = value;
  names[name] = value;
}

}  // namespace

Result<ValueMap> DirectClient::Names(const std::shared_ptr<const StackDocument>& document,
                                     const DeploymentSelector& selector, const std::string& component) {
  const Stack& stack = document->stack;
  const int wanted = component.empty() ? -1 : stack.Find(component);
  if (!component.empty() && wanted < 0) {
    std::vector<std::string_view> known;
    for (const Component& other : stack.components) known.push_back(other.name);
    return Fail(ErrorCode::kNotFound, "the stack has no component '" + component + "'",
                DidYouMeanOneOf(component, known));
  }
  std::map<std::string, ValueMap> left;
  // Only one that was asked for by name has to be there: this stack may never have been deployed.
  if (Result<OutputsView> outputs = Outputs(selector)) {
    left = std::move(outputs->components);
  } else if (outputs.error().code != ErrorCode::kNotFound || !selector.name.empty()) {
    return tl::unexpected(outputs.error());
  }
  // What is declared and not there is not known yet: so it can be left out of an expression, but not be mistaken for nothing.
  for (size_t i = 0; i < stack.components.size(); ++i) {
    ValueMap& values = left[stack.components[i].name];
    for (const OutputDeclaration& output : stack.components[i].outputs) {
      Value& value = values.emplace(output.name, UnknownOf(false)).first->second;
      value.sensitive = value.sensitive || output.sensitive;
    }
    for (const auto& [name, output] : document->modules[i].outputs) {
      Value& value = values.emplace(name, UnknownOf(false)).first->second;
      value.sensitive = value.sensitive || output.sensitive;
    }
  }
  // Nor is what somebody expects of a script that has not run.
  for (const Component& consumer : stack.components) {
    for (const Input& input : consumer.inputs) {
      for (const Expression* expression : {&input.value, &*input.fallback}) {
        for (const Reference& reference : expression->references) {
          if (reference.kind != Reference::Kind::kOutput) continue;
          left[stack.components[static_cast<size_t>(reference.component)].name].emplace(reference.name,
                                                                                        UnknownOf(false));
        }
      }
    }
  }

  ValueMap names;
  std::vector<const Parameter*> links;
  for (const Parameter& parameter : stack.parameters) {
    if (!parameter.has_value) continue;
    if (parameter.value.IsConstant()) {
      names[graph::KeyOf(parameter)] = Value{parameter.value.constant, parameter.sensitive};
    } else {
      links.push_back(&parameter);
    }
  }
  for (const Component& producer : stack.components) {
    for (const auto& [name, value] : left[producer.name]) AddOutput(producer.name, name, value, names);
  }
  // A link is a text with names of outputs; one that cannot be followed from here is not known.
  for (const Parameter* link : links) {
    Result<Value> value = expr::Evaluate(link->value, [&](const Reference& reference) -> Result<Value> {
      const auto found = names.find(reference.text);
      return found == names.end() ? UnknownOf(false) : found->second;
    });
    Value known = value ? *std::move(value) : UnknownOf(false);
    known.sensitive = known.sensitive || link->sensitive;
    names[graph::KeyOf(*link)] = std::move(known);
  }
  // What is nothing is there all the same.
  for (const Parameter& parameter : stack.parameters) {
    if (!parameter.has_value) names.emplace(graph::KeyOf(parameter), Value{nullptr, parameter.sensitive});
  }
  if (wanted < 0) return names;

  TRY_ASSIGN(const engine::ResolvedInputs inputs, engine::Resolve(stack, wanted, [&](int producer) -> const ValueMap* {
               return &left[stack.components[static_cast<size_t>(producer)].name];
             }));
  for (const engine::ResolvedInput& input : inputs.inputs) names[input.name] = input.value;
  return names;
}

}  // namespace davit::control
