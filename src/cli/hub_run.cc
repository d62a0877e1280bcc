#include "cli/hub_run.h"

#include <algorithm>
#include <random>

#include "base/digest.h"
#include "base/text.h"
#include "expr/expression.h"

namespace davit::cli {
namespace {

/// A local file that is there, else a remote one, else the first.
std::string PlaceForTools(const std::vector<hub::Place>& places) {
  std::error_code error;
  for (const hub::Place& place : places) {
    if (place.IsLocal() && std::filesystem::exists(place.text, error))
      return std::filesystem::absolute(place.text, error);
  }
  for (const hub::Place& place : places) {
    if (!place.IsLocal()) return place.text;
  }
  return places.empty() ? std::string() : std::filesystem::absolute(places[0].text, error).string();
}

}  // namespace

std::vector<std::string> SplitList(const std::string& text) {
  std::vector<std::string> parts;
  for (const std::string_view part : Split(text, ',')) {
    if (const std::string_view trimmed = Trim(part); !trimmed.empty()) parts.emplace_back(trimmed);
  }
  return parts;
}

Result<std::map<std::string, std::string>> SplitOverrides(const std::string& text, const std::string& option) {
  std::map<std::string, std::string> overrides;
  for (const std::string& part : SplitList(text)) {
    const size_t equals = part.find('=');
    if (equals == std::string::npos || equals == 0) {
      return Fail(ErrorCode::kInvalidInput, option + ": '" + part + "' is no NAME=value",
                  "write " + option + " NAME=value,OTHER=value" +
                      (option == "-e" ? ": names of variables that fromEnv names" : ""));
    }
    overrides[part.substr(0, equals)] = part.substr(equals + 1);
  }
  return overrides;
}

std::string StackNameOf(const std::string& meta_name) {
  return meta_name.substr(0, meta_name.find(':', 1));
}

hub::StorageOptions StorageOptionsOf(const Context& context) {
  hub::StorageOptions options;
  options.compressed = context.options.hub.compressed;
  const std::string& encrypted = context.options.hub.encrypted;
  using Encryption = hub::StorageOptions::Encryption;
  options.encryption = encrypted == "false"        ? Encryption::kNever
                       : encrypted == "if-key-set" ? Encryption::kIfKeySet
                                                   : Encryption::kAll;
  options.environment = context.wiring.environment;
  return options;
}

std::string DeploymentName(const std::vector<hub::Place>& state_places, const std::string& stack) {
  std::string place = "none";
  if (!state_places.empty()) {
    std::error_code error;
    // Absolute first: of a relative path that is not there yet nothing is canonical.
    const Path absolute = std::filesystem::absolute(state_places[0].text, error);
    place =
        state_places[0].IsLocal() ? std::filesystem::weakly_canonical(absolute, error).string() : state_places[0].text;
  }
  return "local/hub/" + DigestOf(place).substr(0, 12) + "/" + stack;
}

std::string NewUuid() {
  std::random_device random;
  std::string text;
  for (int i = 0; i < 32; ++i) {
    unsigned digit = random() % 16;
    if (i == 12) digit = 4;
    if (i == 16) digit = 8 + digit % 4;
    if (i == 8 || i == 12 || i == 16 || i == 20) text += '-';
    text += "0123456789abcdef"[digit];
  }
  return text;
}

std::string NewStackName(const std::map<std::string, std::string>& environment) {
  if (const auto found = environment.find("HUB_STACK_NAME"); found != environment.end() && !found->second.empty())
    return found->second;
  static constexpr std::string_view kKinds[] = {"brave",  "calm",  "clever", "bright", "eager", "fair",
                                                "gentle", "happy", "keen",   "lucky",  "merry", "noble",
                                                "proud",  "quick", "quiet",  "swift"};
  static constexpr std::string_view kAnimals[] = {"badger", "crane", "deer",  "falcon", "finch", "fox",
                                                  "hare",   "heron", "lynx",  "otter",  "raven", "seal",
                                                  "stork",  "swan",  "trout", "wren"};
  std::random_device random;
  return std::string(kKinds[random() % std::size(kKinds)]) + "-" +
         std::string(kAnimals[random() % std::size(kAnimals)]) + "-" + std::to_string(1 + random() % 1000);
}

control::KnownState KnownOf(const hub::StateFile& state, std::string digest) {
  control::KnownState known;
  known.digest = std::move(digest);
  for (const auto& [name, component] : state.components) {
    control::KnownComponent& one = known.components.emplace_back();
    one.name = name;
    one.stands = !component.status.empty() && component.status != hub::kUndeployed;
    one.result = component.status == hub::kError ? RunResult::kFailed : RunResult::kSucceeded;
    for (const auto& output : component.captured_outputs) {
      if (output->component == name) one.outputs[output->name] = Value{output->value, output->kind == "secret", false};
    }
    for (const auto& [capability, providers] : state.provides) {
      if (std::find(providers.begin(), providers.end(), name) != providers.end()) one.provides.push_back(capability);
    }
  }
  return known;
}

std::vector<hub::LockedParameter> LockedParametersOf(const Stack& stack) {
  std::vector<hub::LockedParameter> locked;
  for (const Parameter& parameter : stack.parameters) {
    hub::LockedParameter one;
    one.component = parameter.component;
    one.name = parameter.name;
    if (parameter.has_value)
      one.value = parameter.value.IsConstant() ? parameter.value.constant : expr::SourceOf(parameter.value);
    locked.push_back(std::move(one));
  }
  return locked;
}

std::map<std::string, std::string> HubEnvironment(control::Client& client, const std::vector<hub::Place>& elaborate,
                                                  const std::vector<hub::Place>& state, const std::string& base_dir) {
  std::map<std::string, std::string> environment{{"HUB_ELABORATE", PlaceForTools(elaborate)},
                                                 {"HUB_STATE", PlaceForTools(state)}};
  if (!base_dir.empty()) environment["HUB_COMPONENTS_BASEDIR"] = base_dir;
  // Under this name davit is `davit hub`, so that "$HUB invoke …" means what it means to hubctl's users.
  const Path link = client.cache_root() / "hub";
  std::error_code error;
  const Path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (std::filesystem::read_symlink(link, error) != self) {
    std::filesystem::remove(link, error);
    std::filesystem::create_symlink(self, link, error);
  }
  environment["HUB"] = error ? self.string() : link.string();
  return environment;
}

}  // namespace davit::cli
