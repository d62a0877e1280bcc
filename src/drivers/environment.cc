#include "drivers/environment.h"

#include <algorithm>

#include "base/text.h"
#include "drivers/one_time_pad.h"

namespace davit::drivers {
namespace {

constexpr std::string_view kCommonNames[] = {"PATH",    "HOME",       "USER",         "LANG",       "TMPDIR",
                                             "AWS_*",   "ARM_*",      "GOOGLE_*",     "KUBECONFIG", "*_PROXY",
                                             "*_proxy", "SSL_CERT_*", "SSH_AUTH_SOCK"};
/// MAX_ARG_STRLEN of Linux: name, "=", value and the closing NUL.
constexpr size_t kMaxVariable = size_t{128} << 10;

}  // namespace

bool MatchesName(std::string_view pattern, std::string_view name) {
  if (pattern.starts_with('*')) return name.ends_with(pattern.substr(1));
  if (pattern.ends_with('*')) return name.starts_with(pattern.substr(0, pattern.size() - 1));
  return pattern == name;
}

std::vector<std::string> PassedNames(const exec::ProcessEnv& environment,
                                     std::initializer_list<std::string_view> more) {
  std::vector<std::string> names;
  for (const auto& [name, value] : environment) {
    const auto matches = [&name = name](std::string_view pattern) { return MatchesName(pattern, name); };
    if (std::any_of(std::begin(kCommonNames), std::end(kCommonNames), matches) ||
        std::any_of(more.begin(), more.end(), matches)) {
      names.push_back(name);
    }
  }
  return names;
}

Result<> SetVariable(exec::ProcessEnv& environment, const std::string& name, const std::string& value,
                     const std::string& what) {
  if (!IsVariableName(name)) {
    return Fail(ErrorCode::kInvalidInput, what + " goes to '" + name + "', which cannot be the name of a variable",
                std::string(kVariableNameRule));
  }
  if (value.find('\0') != std::string::npos) {
    return Fail(ErrorCode::kInvalidInput, what + " holds a NUL byte, which no process environment can carry",
                "encode the value, for example as base64");
  }
  if (name.size() + value.size() + 2 > kMaxVariable) {
    return Fail(
        ErrorCode::kInvalidInput,
        what + " is too long for the process environment (" + std::to_string(value.size()) + " bytes, at most 128 KiB)",
        "put it into a file that the component reads");
  }
  environment[name] = value;
  return {};
}

Result<exec::ProcessEnv> ComponentEnvironment(const TaskInput& input, std::vector<std::string>* warnings) {
  exec::ProcessEnv environment = input.passed_environment;
  // Of a make above us: it would change what ours prints and how many jobs it starts.
  for (const char* name : {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "GNUMAKEFLAGS"})
    environment.erase(name);
  environment["COMPONENT_NAME"] = input.component;
  environment["HUB_COMPONENT"] = input.component;
  environment["HUB_COMPONENT_DIR"] = input.module_directory.string();
  environment["HUB_BASE_DIR"] = input.base_directory.string();
  std::vector<std::string> provided = input.provided_capabilities;
  std::sort(provided.begin(), provided.end());
  environment["HUB_PROVIDES"] = Join(provided, " ");
  if (!input.self.empty()) environment.emplace("HUB", input.self.string());  // in place it has another name already
  if (!input.random.empty()) environment["HUB_RANDOM"] = EncodePad(input.random);
  std::map<std::string, std::string> set_by;
  for (const InputValue& value : input.inputs) {
    if (value.env.empty()) continue;
    const std::string text(Trim(ToText(value.value.data)));
    if (auto [other, first] = set_by.emplace(value.env, value.name); !first && environment[value.env] != text) {
      warnings->push_back("parameters '" + other->second + "' and '" + value.name + "' both set " + value.env +
                          ", to different values; the last one counts");
    }
    TRY(SetVariable(environment, value.env, text,
                    "parameter '" + value.name + "' of component '" + input.component + "'"));
  }
  return environment;
}

}  // namespace davit::drivers
