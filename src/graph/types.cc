#include "graph/types.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "base/text.h"

namespace davit::graph {
namespace {

constexpr std::string_view kVariablePrefix = "TF_VAR_";
constexpr size_t kMaxShown = 40;  // bytes of a value in a message

std::optional<json::value> ToNumber(std::string_view text) {
  Result<json::value> parsed = ParseJson(text);
  if (parsed && parsed->is_number()) {
    if (parsed->is_double() && !std::isfinite(parsed->as_double())) return std::nullopt;
    return std::move(*parsed);
  }
  // Forms that JSON lacks and people write: +1, .5, 1., 007.
  if (text.empty() || text.find_first_not_of("+-.0123456789eE") != std::string_view::npos) return std::nullopt;
  const std::string copy(text);
  char* end = nullptr;
  const double number = std::strtod(copy.c_str(), &end);
  if (end != copy.c_str() + copy.size() || !std::isfinite(number)) return std::nullopt;
  if (std::abs(number) < 9e15 && number == std::floor(number)) return json::value(static_cast<int64_t>(number));
  return json::value(number);
}

std::optional<json::value> ToCollection(std::string_view text, ValueType type) {
  if (text.empty() || (text.front() != '[' && text.front() != '{')) return std::nullopt;
  Result<json::value> parsed = ParseJson(text);
  if (!parsed || !HasType(*parsed, type)) return std::nullopt;
  return std::move(*parsed);
}

/// How surely a parameter means a variable; the surest wins.
enum class Rank { kLastPart, kWholeName, kEnv, kVar };

struct Claim {
  const TypedInput* input = nullptr;
  Rank rank = Rank::kLastPart;
};

/// The variable that an input goes to; "" = none.
std::string Target(const Input& input, const ModuleInfo& module, Rank* rank) {
  if (!input.var.empty()) {
    *rank = Rank::kVar;
    return input.var;
  }
  std::string name = input.name;
  if (input.env->starts_with(kVariablePrefix)) {
    *rank = Rank::kEnv;
    name = input.env->substr(kVariablePrefix.size());
  } else if (const size_t dot = name.rfind('.'); dot != std::string::npos) {
    *rank = Rank::kLastPart;
    name = name.substr(dot + 1);
  } else {
    *rank = Rank::kWholeName;
  }
  return module.variables.contains(name) ? name : std::string();
}

/// Whether the tool takes this value for a variable of that type. A text for a list or a map is an expression of the tool's language.
bool ToolTakes(const json::value& value, ValueType type) {
  if (value.is_null() || HasType(value, type)) return true;
  if (type == ValueType::kString) return true;  // the driver writes lists and maps as JSON
  if (!value.is_string()) return false;
  const std::string_view text = Trim(std::string_view(value.as_string()));
  if (type == ValueType::kList) return text.starts_with('[');
  if (type == ValueType::kMap) return text.starts_with('{');
  return Convert(value, type).has_value();
}

std::string ParameterWords(const Component& component, const Input& input) {
  return "parameter '" + input.name + "' of component '" + component.name + "'";
}

void CheckVariables(Component& component, const ModuleInfo& module, const std::vector<TypedInput>& inputs,
                    const std::vector<bool>& refused, Diagnostics& diagnostics) {
  std::map<std::string, Claim> claims;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const TypedInput& typed = inputs[i];
    Rank rank = Rank::kLastPart;
    const std::string name = Target(*typed.input, module, &rank);
    if (name.empty()) continue;
    if (rank == Rank::kVar && module.fully_read && !module.variables.contains(name)) {
      std::vector<std::string_view> names;
      for (const auto& [variable, declared] : module.variables) names.push_back(variable);
      std::string help = DidYouMean(name, names);
      if (help.empty()) help = "declare it in the module, or correct `var:`";
      diagnostics.AddError(ParameterWords(component, *typed.input) + " goes to the variable '" + name +
                               "', which the module does not declare",
                           typed.input->pos, std::move(help));
      continue;
    }
    if (typed.known != nullptr && typed.known->is_null()) continue;  // no value: the module's own default counts
    Claim& claim = claims[name];
    if (claim.input == nullptr || rank > claim.rank) claim = {&typed, rank};
  }
  for (const auto& [name, claim] : claims) {
    const auto declared = module.variables.find(name);
    if (declared == module.variables.end()) continue;
    const auto index = static_cast<size_t>(claim.input - inputs.data());
    Input& input = component.inputs[static_cast<size_t>(claim.input->input - component.inputs.data())];
    input.sensitive = input.sensitive || declared->second.sensitive;
    if (claim.input->known == nullptr || refused[index]) continue;
    if (ToolTakes(*claim.input->known, declared->second.type)) continue;
    const bool sensitive = claim.input->sensitive || input.sensitive;
    diagnostics.AddError(ParameterWords(component, input) + " must be " + TypeWords(declared->second.type) + ", not " +
                             ValueWords(*claim.input->known, sensitive),
                         claim.input->pos, "the variable '" + name + "' of its module is declared so");
  }
  if (!module.fully_read) return;
  for (const auto& [name, variable] : module.variables) {
    if (!variable.required || claims.contains(name)) continue;
    const std::string passed = std::string(kVariablePrefix) + name;
    if (std::find(component.pass_env.begin(), component.pass_env.end(), passed) != component.pass_env.end()) continue;
    diagnostics.AddError(
        "component '" + component.name + "' gives no value for the variable '" + name + "' of its module",
        component.pos, "give it a parameter '" + name + "', or give the variable a default");
  }
}

}  // namespace

std::optional<json::value> Convert(const json::value& value, ValueType type) {
  if (value.is_null() || HasType(value, type)) return value;
  if (type == ValueType::kString) {
    if (value.is_array() || value.is_object()) return std::nullopt;
    return json::value(ToText(value));
  }
  if (!value.is_string()) return std::nullopt;
  const std::string_view text = Trim(std::string_view(value.as_string()));
  switch (type) {
    case ValueType::kNumber:
      return ToNumber(text);
    case ValueType::kBool:
      if (text == "true") return json::value(true);
      if (text == "false") return json::value(false);
      return std::nullopt;
    case ValueType::kList:
    case ValueType::kMap:
      return ToCollection(text, type);
    case ValueType::kAny:
    case ValueType::kString:
      break;
  }
  return value;
}

json::value EmptyFor(const Input& input, const ModuleInfo& module) {
  ValueType type = input.type;
  if (type == ValueType::kAny && module.driver == "terraform") {
    Rank rank = Rank::kLastPart;
    if (const auto variable = module.variables.find(Target(input, module, &rank)); variable != module.variables.end()) {
      type = variable->second.type;
    }
  }
  return type == ValueType::kAny || type == ValueType::kString ? json::value("") : json::value(nullptr);
}

std::string ValueWords(const json::value& value, bool sensitive) {
  if (value.is_null()) return "empty";
  if (value.is_array()) return "a list";
  if (value.is_object()) return "a map";
  if (sensitive) return value.is_string() ? "a text" : value.is_bool() ? "true or false" : "a number";
  if (value.is_bool()) return value.as_bool() ? "true" : "false";
  if (value.is_number()) return "the number " + ToText(value);
  std::string text(value.as_string());
  if (text.size() > kMaxShown) {
    text.resize(kMaxShown);
    text = ValidUtf8(text) + "…";
  }
  return "the text \"" + text + "\"";
}

void CheckTypes(Component& component, const ModuleInfo& module, const std::vector<TypedInput>& inputs,
                Diagnostics& diagnostics) {
  std::vector<bool> refused(inputs.size(), false);
  for (size_t i = 0; i < inputs.size(); ++i) {
    const TypedInput& typed = inputs[i];
    const Input& input = *typed.input;
    if (typed.known == nullptr || input.type == ValueType::kAny) continue;
    if (input.empty_allowed && typed.known->is_string() && typed.known->as_string().empty()) continue;
    if (Convert(*typed.known, input.type)) continue;
    refused[i] = true;
    if (typed.checked) continue;
    diagnostics.AddError(ParameterWords(component, input) + " must be " + TypeWords(input.type) + ", not " +
                             ValueWords(*typed.known, typed.sensitive || input.sensitive),
                         typed.pos);
  }
  if (module.driver == "terraform") CheckVariables(component, module, inputs, refused, diagnostics);
}

}  // namespace davit::graph
