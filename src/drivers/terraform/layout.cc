#include "drivers/terraform/layout.h"

#include <unistd.h>

#include <cstdio>

#include "base/digest.h"
#include "base/json.h"

namespace davit::drivers {
namespace {

/// The list of modules that init fetched; each with the absolute path that it was fetched to.
Path ModulesFileIn(const Path& data) {
  return data / "modules" / "modules.json";
}

/// The text of a list of modules after its data directory has moved; "" where there is nothing to change.
std::string MovedModules(const std::string& text, const std::string& from, const std::string& to) {
  Result<json::value> root = ParseJson(text);
  if (!root || !root->is_object()) return {};
  json::value* modules = root->get_object().if_contains("Modules");
  if (modules == nullptr || !modules->is_array()) return {};
  bool changed = false;
  for (json::value& module : modules->get_array()) {
    json::value* directory = module.is_object() ? module.get_object().if_contains("Dir") : nullptr;
    if (directory == nullptr || !directory->is_string()) continue;
    const std::string path(directory->get_string());
    if (!path.starts_with(from + "/")) continue;
    *directory = json::string(to + path.substr(from.size()));
    changed = true;
  }
  return changed ? json::serialize(*root) : std::string();
}

}  // namespace

std::string ReadLockFile(const TaskInput& input) {
  return ReadFile(LockFileOf(input), size_t{16} << 20).value_or(std::string());
}

Path SharedDataOf(const TaskInput& input, const TerraformModule& module) {
  if (!module.fully_read() || !input.module.foreign_backend.empty() || input.module_digest.empty() ||
      input.cache_directory.empty())
    return {};
  Digester digester;
  digester.Add("terraform data 1").Add(input.module_digest).Add(ReadLockFile(input));
  digester.Add(input.module.tool_path.string()).Add(input.module.tool_version);
  return input.cache_directory / "terraform" / digester.Finish();
}

void ShareData(const TaskInput& input, const TerraformModule& module) {
  const Path shared = SharedDataOf(input, module);
  const Path own = PrivateDataOf(input);
  std::error_code error;
  if (shared.empty() || !std::filesystem::is_directory(std::filesystem::symlink_status(own, error))) return;
  if (!MakeDirectories(shared.parent_path())) return;
  // Before it is shared, as others may use it from that moment on.
  const std::string fetched = ReadFile(ModulesFileIn(own)).value_or(std::string());
  const std::string moved = MovedModules(fetched, own.string(), shared.string());
  if (!moved.empty() && !WriteFile(ModulesFileIn(own), moved, 0644)) return;
  // rename(2) refuses a directory that is there and not empty: who was first stays.
  bool shares = std::rename(own.c_str(), shared.c_str()) == 0;
  if (shares) {
    std::filesystem::create_directory_symlink(shared, own, error);
    // Without the link the plan that follows would find nothing: give it back.
    shares = !error || std::rename(shared.c_str(), own.c_str()) != 0;
  }
  if (!shares && !moved.empty()) static_cast<void>(WriteFile(ModulesFileIn(own), fetched, 0644));
}

}  // namespace davit::drivers
