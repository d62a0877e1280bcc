#include "drivers/terraform/variables.h"

#include "base/diagnostics.h"
#include "base/text.h"
#include "drivers/environment.h"
#include "drivers/terraform/hcl.h"

namespace davit::drivers {
namespace {

constexpr std::string_view kPrefix = "TF_VAR_";

/// How surely a parameter means a variable; the surest wins.
enum class Rank { kLastPart, kWholeName, kEnv, kVar };

struct Claim {
  const InputValue* input = nullptr;
  Rank rank = Rank::kLastPart;
};

void AppendExpression(const json::value& value, std::string& out) {
  if (value.is_string()) {
    out += HclQuote(value.get_string());
  } else if (value.is_array()) {
    out += '[';
    for (const json::value& item : value.get_array()) {
      if (out.back() != '[') out += ',';
      AppendExpression(item, out);
    }
    out += ']';
  } else if (value.is_object()) {
    out += '{';
    bool first = true;
    for (const auto& member : value.get_object()) {
      if (!first) out += ',';
      first = false;
      out += HclQuote(member.key()) + "=";
      AppendExpression(member.value(), out);
    }
    out += '}';
  } else {
    out += value.is_null() ? "null" : value.is_bool() ? (value.get_bool() ? "true" : "false") : ToText(value);
  }
}

std::string Parameter(const std::string& component, const InputValue& input) {
  return "parameter '" + input.name + "' of component '" + component + "'";
}

/// The variable that an input means; "" = none.
Result<std::string> Target(const std::string& component, const InputValue& input, const TerraformModule& module,
                           Rank* rank) {
  if (!input.var.empty()) {
    *rank = Rank::kVar;
    if (module.variables.contains(input.var) || !module.fully_read()) return input.var;
    std::vector<std::string_view> names;
    for (const auto& [name, variable] : module.variables) names.push_back(name);
    std::string suggestion = DidYouMean(input.var, names);
    if (suggestion.empty()) suggestion = "declare it in the module, or correct `var:`";
    return Fail(
        ErrorCode::kInvalidInput,
        Parameter(component, input) + " goes to the variable '" + input.var + "', which the module does not declare",
        suggestion);
  }
  if (input.env.starts_with(kPrefix)) {
    *rank = Rank::kEnv;
    const std::string name = input.env.substr(kPrefix.size());
    return module.variables.contains(name) || !module.fully_read() ? name : std::string();
  }
  const size_t dot = input.name.rfind('.');
  *rank = dot == std::string::npos ? Rank::kWholeName : Rank::kLastPart;
  const std::string last = dot == std::string::npos ? input.name : input.name.substr(dot + 1);
  return module.variables.contains(last) ? last : std::string();
}

}  // namespace

std::string VariableText(const json::value& value, const TerraformVariable& variable) {
  if (!variable.parsed) return ToText(value);
  // A text for a list or a map is taken for an expression already, as in every `env: TF_VAR_x` of existing stacks.
  const bool wants_collection = variable.declared.type == ValueType::kList || variable.declared.type == ValueType::kMap;
  if (value.is_string() && wants_collection) return std::string(value.get_string());
  std::string text;
  AppendExpression(value, text);
  return text;
}

Result<Assignment> AssignVariables(const std::string& component, const std::vector<InputValue>& inputs,
                                   const TerraformModule& module, const std::map<std::string, std::string>& automatic) {
  Assignment assignment;
  std::map<std::string, Claim> claims;
  for (const InputValue& input : inputs) {
    if (input.value.data.is_null()) continue;  // no value: the module's own default counts
    if (!input.env.empty() && !input.env.starts_with(kPrefix)) {
      TRY(SetVariable(assignment.environment, input.env, std::string(Trim(ToText(input.value.data))),
                      Parameter(component, input)));
    }
    Rank rank = Rank::kLastPart;
    TRY_ASSIGN(const std::string name, Target(component, input, module, &rank));
    if (name.empty()) continue;
    Claim& claim = claims[name];
    if (claim.input == nullptr || rank > claim.rank) {
      claim = {&input, rank};
    } else if (rank == claim.rank && claim.input->value.data != input.value.data) {
      return Fail(ErrorCode::kInvalidInput,
                  "parameters '" + claim.input->name + "' and '" + input.name + "' of component '" + component +
                      "' both go to the variable '" + name + "'",
                  "say `var: " + name + "` at the one that is meant");
    }
  }
  for (const auto& [name, claim] : claims) {
    const json::value& data = claim.input->value.data;
    TerraformVariable variable;
    if (const auto declared = module.variables.find(name); declared != module.variables.end())
      variable = declared->second;
    const bool wants_collection =
        variable.declared.type == ValueType::kList || variable.declared.type == ValueType::kMap;
    const bool is_collection = data.is_array() || data.is_object();
    const bool secret = claim.input->value.sensitive || variable.declared.sensitive || variable.ephemeral;
    if (!secret && !(data.is_string() && wants_collection)) {
      assignment.file[name] =
          is_collection && variable.declared.type == ValueType::kString ? json::value(ToText(data)) : data;
      continue;
    }
    if (const auto file = automatic.find(name); file != automatic.end()) {
      return Fail(ErrorCode::kInvalidInput,
                  Parameter(component, *claim.input) + " would be overruled by " + file->second +
                      " beside the module, which sets '" + name + "'",
                  "remove '" + name + "' from that file");
    }
    TRY(SetVariable(assignment.environment, std::string(kPrefix) + name, VariableText(data, variable),
                    Parameter(component, *claim.input)));
  }
  return assignment;
}

}  // namespace davit::drivers
