#include "engine/resolve.h"

#include <algorithm>

#include "expr/expression.h"
#include "graph/names.h"
#include "graph/types.h"
#include "model/raw_output.h"

namespace davit::engine {
namespace {

/// What an evaluation did not find; its error then only ends it.
struct Missing {
  bool found = true;
  int producer = -1;
  std::string output;
};

tl::unexpected<Error> Unbound(const Reference& reference) {
  return Fail(ErrorCode::kInternal, "the name '" + reference.text + "' was never bound");
}

Result<Value> StackValue(const Stack& stack, const Reference& reference) {
  const Parameter* parameter = graph::FindParameter(stack, reference.name);
  if (parameter == nullptr) return Unbound(reference);
  Value value;
  value.sensitive = parameter->sensitive;
  value.data =
      parameter->has_value && !parameter->value.constant.is_null() ? parameter->value.constant : json::value("");
  return value;
}

std::string Words(const Stack& stack, int component, const std::string& input) {
  return "parameter '" + input + "' of component '" + stack.components[static_cast<size_t>(component)].name + "'";
}

/// The empty value of a type: "" where a text may go, else none, so that a module's own default counts.
json::value EmptyOf(ValueType type) {
  return type == ValueType::kAny || type == ValueType::kString ? json::value("") : json::value(nullptr);
}

class Resolver {
 public:
  Resolver(const Stack& stack, int component, const OutputLookup& outputs)
      : stack_(stack), component_(component), outputs_(outputs) {}

  Result<ResolvedInputs> Run() {
    const std::vector<Input>& inputs = stack_.components[static_cast<size_t>(component_)].inputs;
    resolved_.inputs.reserve(inputs.size());
    for (const Input& input : inputs) {
      TRY_ASSIGN(Value value, ValueOf(input));
      value.sensitive = value.sensitive || input.sensitive;
      if (!value.unknown && !(input.empty_allowed && value.data == json::value(""))) {
        std::optional<json::value> converted = graph::Convert(value.data, input.type);
        if (!converted) {
          return Fail(ErrorCode::kInvalidInput,
                      Words(stack_, component_, input.name) + " must be " + TypeWords(input.type) + ", not " +
                          graph::ValueWords(value.data, value.sensitive),
                      SourceOf(input), input.pos);
        }
        value.data = std::move(*converted);
      }
      resolved_.inputs.push_back({input.name, std::move(value), input.env, input.var});
    }
    return std::move(resolved_);
  }

  std::vector<std::string> FalseOnes(std::vector<std::string>* unknown) {
    const Component& component = stack_.components[static_cast<size_t>(component_)];
    // A condition may be an input of its own; one that has no value now is told of where the component is to run.
    for (const Input& input : component.inputs) {
      if (Result<Value> value = ValueOf(input)) resolved_.inputs.push_back({input.name, *std::move(value), "", ""});
    }
    std::vector<std::string> names;
    for (const Input& condition : component.conditions) {
      Missing missing;
      const Result<Value> value = Evaluate(condition.value, missing);
      if (value && value->unknown) {
        unknown->push_back(condition.name);
      } else if (!value || !IsTruthy(value->data)) {
        names.push_back(condition.name);
      }
    }
    return names;
  }

 private:
  Result<Value> ValueOf(const Input& input) {
    Missing missing;
    Result<Value> value = Evaluate(input.value, missing);
    if (value || missing.found) return value;
    if (input.has_fallback) {
      Missing of_fallback;
      value = Evaluate(input.fallback, of_fallback);
      if (value || of_fallback.found) return value;
    }
    if (input.empty_allowed) return Value{EmptyOf(input.type), input.sensitive, false};
    const std::string& producer = stack_.components[static_cast<size_t>(missing.producer)].name;
    return Fail(ErrorCode::kInvalidInput,
                Words(stack_, component_, input.name) + " needs the output '" + missing.output + "' of '" + producer +
                    "', which has left none",
                "deploy '" + producer + "' first, or let the parameter be empty: `empty: allow`", input.pos);
  }

  Result<Value> Evaluate(const Expression& expression, Missing& missing) {
    return expr::Evaluate(expression, [&](const Reference& reference) -> Result<Value> {
      switch (reference.kind) {
        case Reference::Kind::kStackParameter:
          return StackValue(stack_, reference);
        case Reference::Kind::kOwnParameter: {
          const auto own = std::find_if(resolved_.inputs.begin(), resolved_.inputs.end(),
                                        [&](const ResolvedInput& input) { return input.name == reference.name; });
          if (own == resolved_.inputs.end()) return Unbound(reference);
          return own->value;
        }
        case Reference::Kind::kOutput: {
          const ValueMap* left = outputs_(reference.component);
          if (left != nullptr) {
            if (const auto found = left->find(reference.name); found != left->end()) return found->second;
          }
          missing = {false, reference.component, reference.name};
          return Fail(ErrorCode::kNotFound, "no such output");
        }
        case Reference::Kind::kUnresolved:
          break;
      }
      return Unbound(reference);
    });
  }

  std::string SourceOf(const Input& input) const {
    for (const Reference& reference : input.value.references) {
      if (reference.kind != Reference::Kind::kOutput) continue;
      return "it is the output '" + reference.name + "' of '" +
             stack_.components[static_cast<size_t>(reference.component)].name + "'";
    }
    return {};
  }

  const Stack& stack_;
  const int component_;
  const OutputLookup& outputs_;
  ResolvedInputs resolved_;
};

}  // namespace

Result<ResolvedInputs> Resolve(const Stack& stack, int component, const OutputLookup& outputs) {
  return Resolver(stack, component, outputs).Run();
}

std::vector<std::string> FalseConditions(const Stack& stack, int component, const OutputLookup& outputs,
                                         std::vector<std::string>* unknown) {
  if (stack.components[static_cast<size_t>(component)].conditions.empty()) return {};
  return Resolver(stack, component, outputs).FalseOnes(unknown);
}

Result<> ResolveOutputs(const Stack& stack, int component, const ValueMap& inputs, ValueMap& values) {
  const Component& declared = stack.components[static_cast<size_t>(component)];
  const ValueMap left = values;
  auto missing = [&](const std::string& name, Pos pos) {
    return Fail(ErrorCode::kInvalidInput,
                "component '" + declared.name + "' left no output '" + name + "', which it declares",
                "let it leave one (a script prints `" + name +
                    " = …` after a line `Outputs:`), or take it out of the component's `outputs`",
                pos);
  };
  for (const OutputDeclaration& output : declared.outputs) {
    if (!output.from_tf_var.empty()) values.erase(std::string(RawName(output.from_tf_var)));
  }
  for (const OutputDeclaration& output : declared.outputs) {
    const bool renamed = !output.from_tf_var.empty();
    if (output.has_value && !renamed) continue;
    const std::string raw(renamed ? RawName(output.from_tf_var) : output.name);
    if (const auto found = left.find(raw); found != left.end()) {
      Value value = found->second;
      if (renamed && !value.unknown) {
        Result<json::value> decoded = DecodeRaw(output.from_tf_var, std::move(value.data));
        if (!decoded) {
          return Fail(ErrorCode::kInvalidInput,
                      "'" + raw + "', which component '" + declared.name + "' left for its output '" + output.name +
                          "', " + decoded.error().message,
                      decoded.error().suggestion, output.pos);
        }
        value.data = std::move(*decoded);
      }
      values[output.name] = std::move(value);
    } else if (const auto input = inputs.find(output.name); !renamed && input != inputs.end()) {
      values[output.name] = input->second;  // seed 004: an output without a value is ${its name}
    } else {
      return missing(raw, output.pos);
    }
  }
  for (const OutputDeclaration& output : declared.outputs) {
    if (output.has_value && output.from_tf_var.empty()) {
      TRY_ASSIGN(Value value, expr::Evaluate(output.value, [&](const Reference& reference) -> Result<Value> {
                   switch (reference.kind) {
                     case Reference::Kind::kStackParameter:
                       return StackValue(stack, reference);
                     case Reference::Kind::kOwnParameter: {
                       const auto input = inputs.find(reference.name);
                       if (input == inputs.end()) return Unbound(reference);
                       return input->second;
                     }
                     case Reference::Kind::kOutput:
                       if (const auto own = values.find(reference.name); own != values.end()) return own->second;
                       if (const auto raw = left.find(reference.name); raw != left.end()) return raw->second;
                       return Fail(ErrorCode::kInvalidInput,
                                   "output '" + output.name + "' of component '" + declared.name + "' is made from '" +
                                       reference.name + "', which it did not leave",
                                   {}, output.pos);
                     case Reference::Kind::kUnresolved:
                       break;
                   }
                   return Unbound(reference);
                 }));
      values[output.name] = std::move(value);
    }
    Value& value = values[output.name];
    value.sensitive = value.sensitive || output.sensitive;
    if (value.unknown) continue;
    std::optional<json::value> converted = graph::Convert(value.data, output.type);
    if (!converted) {
      return Fail(ErrorCode::kInvalidInput,
                  "output '" + output.name + "' of component '" + declared.name + "' must be " +
                      TypeWords(output.type) + ", not " + graph::ValueWords(value.data, value.sensitive),
                  {}, output.pos);
    }
    value.data = std::move(*converted);
  }
  return {};
}

Result<std::vector<ReadyTarget>> ResolveReady(const Stack& stack, int component, const ValueMap& inputs,
                                              const ValueMap& outputs) {
  const Component& declared = stack.components[static_cast<size_t>(component)];
  auto text = [&](const Expression& expression, Pos pos) -> Result<std::string> {
    TRY_ASSIGN(const Value value, expr::Evaluate(expression, [&](const Reference& reference) -> Result<Value> {
                 if (reference.kind == Reference::Kind::kStackParameter) return StackValue(stack, reference);
                 const bool own = reference.kind == Reference::Kind::kOwnParameter;
                 const ValueMap& values = own ? inputs : outputs;
                 if (const auto found = values.find(reference.name); found != values.end()) return found->second;
                 return Fail(ErrorCode::kInvalidInput,
                             "a ready condition of component '" + declared.name + "' is made from '" + reference.text +
                                 "', which it did not leave",
                             {}, pos);
               }));
    return ToText(value.data);
  };
  std::vector<ReadyTarget> targets;
  for (const ReadyCondition& condition : declared.ready_conditions) {
    ReadyTarget& target = targets.emplace_back();
    TRY_ASSIGN(target.dns, text(condition.dns, condition.pos));
    TRY_ASSIGN(target.url, text(condition.url, condition.pos));
    target.wait_s = condition.wait_s;
    target.pause_s = condition.pause_s;
  }
  return targets;
}

ValueMap StackOutputs(const Stack& stack, const OutputLookup& outputs, std::map<std::string, std::string>* missing) {
  ValueMap values;
  for (const OutputDeclaration& output : stack.outputs) {
    Result<Value> value = expr::Evaluate(output.value, [&](const Reference& reference) -> Result<Value> {
      if (reference.kind == Reference::Kind::kStackParameter) return StackValue(stack, reference);
      if (reference.kind != Reference::Kind::kOutput) return Unbound(reference);
      const std::string& producer = stack.components[static_cast<size_t>(reference.component)].name;
      const ValueMap* left = outputs(reference.component);
      if (left == nullptr) return Fail(ErrorCode::kNotFound, "'" + producer + "' does not stand");
      if (const auto found = left->find(reference.name); found != left->end()) return found->second;
      return Fail(ErrorCode::kNotFound, "'" + producer + "' left no '" + reference.name + "'");
    });
    if (!value) {
      missing->emplace(output.name, std::move(value).error().message);
      continue;
    }
    value->sensitive = value->sensitive || output.sensitive;
    if (!value->unknown) {
      if (std::optional<json::value> converted = graph::Convert(value->data, output.type))
        value->data = std::move(*converted);
    }
    values[output.name] = std::move(*value);
  }
  return values;
}

}  // namespace davit::engine
