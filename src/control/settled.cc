#include "control/settled.h"

#include "base/digest.h"
#include "expr/expression.h"
#include "graph/names.h"
#include "graph/types.h"

namespace davit::control {
namespace {

constexpr size_t kMaxText = size_t{1} << 20;  // of a value that others are made from; a longer one is its digest

std::string Mark(std::string_view kind, std::string_view of, std::string_view name) {
  std::string mark(1, '\0');
  mark.append(kind).append(1, '\0').append(of).append(1, '\0').append(name).append(1, '\0');
  return mark;
}

std::string Compared(const json::value& value, ValueType type) {
  const std::optional<json::value> converted = graph::Convert(value, type);
  return CanonicalJson(converted ? *converted : value);
}

}  // namespace

json::value ValueOf(const Parameter& parameter) {
  const bool given = parameter.has_value && !parameter.value.constant.is_null();
  return given ? parameter.value.constant : json::value("");
}

SettledComponent::SettledComponent(const Stack& stack, const Component& component) : stack_(stack) {
  for (const Input& input : component.inputs) {  // they refer to earlier ones
    json::value value = Evaluate(input.value, false);
    if (value.is_string() && value.get_string().size() > kMaxText)
      value = Mark("digest", DigestOf(std::string_view(value.get_string())), "");
    own_.emplace(input.name, std::move(value));
  }
}

std::string SettledComponent::Text(const Input& input) const {
  std::string text = Compared(own_.at(input.name), input.type);
  if (input.has_fallback) text += Mark("else", Compared(Evaluate(*input.fallback, false), input.type), "");
  return text;
}

std::string SettledComponent::Text(const OutputDeclaration& output) const {
  return Compared(Evaluate(output.value, true), output.type);
}

json::value SettledComponent::Evaluate(const Expression& expression, bool inputs_by_name) const {
  const expr::Lookup lookup = [&](const Reference& reference) -> Result<Value> {
    switch (reference.kind) {
      case Reference::Kind::kStackParameter: {
        const Parameter* parameter = graph::FindParameter(stack_, reference.name);
        return Value{parameter == nullptr ? json::value("") : ValueOf(*parameter)};
      }
      case Reference::Kind::kOwnParameter: {
        const auto own = own_.find(reference.name);
        if (inputs_by_name || own == own_.end()) return Value{json::value(Mark("input", "", reference.name))};
        return Value{own->second};
      }
      case Reference::Kind::kOutput: {
        const std::string& producer = stack_.components[static_cast<size_t>(reference.component)].name;
        return Value{json::value(Mark("output", producer, reference.name))};
      }
      case Reference::Kind::kUnresolved:
        break;
    }
    return Value{json::value(Mark("name", "", reference.text))};
  };
  // A computed part stands as what it is made of: marks cannot be computed with.
  Expression shown = expression;
  shown.parts.clear();
  for (const Expression::Part& part : expression.parts) {
    if (!part.IsComputed()) {
      shown.parts.push_back(part);
      continue;
    }
    shown.parts.push_back({Mark("computed", "", part.literal)});
    for (int name = 0; name < part.names; ++name) shown.parts.push_back({{}, part.reference + name});
  }
  Result<Value> value = expr::Evaluate(shown, lookup);
  return value ? std::move(value->data) : json::value();
}

}  // namespace davit::control
