// What pre-flight wants to know of a Terraform module.
#include <algorithm>

#include "drivers/environment.h"
#include "drivers/terraform/state_file.h"
#include "drivers/terraform/terraform_driver.h"

namespace davit::drivers {
namespace {

/// Has a state beside the module resources, or can it not be told?
bool HoldsResources(const Path& file) {
  const Result<std::string> bytes = ReadFile(file);
  if (!bytes || bytes->empty()) return false;
  const Result<TerraformState> state = ParseState(*bytes);
  return !state || state->info.resources > 0;
}

std::vector<Path> StatesBeside(const Path& directory) {
  std::vector<Path> found;
  if (HoldsResources(directory / "terraform.tfstate")) found.push_back(directory / "terraform.tfstate");
  std::error_code error;
  for (std::filesystem::directory_iterator it(directory / "terraform.tfstate.d", error), end; !error && it != end;
       it.increment(error)) {
    const Path file = it->path() / "terraform.tfstate";
    if (HoldsResources(file)) found.push_back(file);
  }
  std::sort(found.begin(), found.end());
  return found;
}

}  // namespace

Result<ModuleInfo> InspectTerraform(const Component& component, const std::string& provisioner,
                                    const exec::ProcessEnv& environment, ToolFinder& tools) {
  const auto at_component = [&](Error error) {
    if (!error.position) error.position = component.pos;
    return error;
  };
  Result<Tool> tool = tools.Find(provisioner, component.name);
  if (!tool) return Fail(at_component(tool.error()));
  Result<TerraformModule> module = ReadModule(component.source_dir, tool->name == "tofu");
  if (!module) return Fail(at_component(module.error()));
  ModuleInfo info;
  info.driver = "terraform";
  info.driver_version = "1";
  for (const auto& [name, variable] : module->variables) info.variables.emplace(name, variable.declared);
  for (const auto& [name, file] : AutomaticVariables(component.source_dir)) {
    if (auto set = info.variables.find(name); set != info.variables.end()) set->second.required = false;
  }
  info.outputs = module->outputs;
  info.local_modules = module->local_modules;
  info.fully_read = module->fully_read();
  info.needs_init = module->needs_init;
  info.foreign_backend = module->backend;
  info.backend_place = module->backend_place;
  info.tool = tool->name;
  info.tool_path = tool->path;
  info.tool_version = tool->version;
  info.environment = PassedNames(
      environment, {"TF_CLI_CONFIG_FILE", "TF_PLUGIN_CACHE_DIR", "TF_TOKEN_*", "TF_LOG", "GOGC", "GOMEMLIMIT"});
  if (module->backend.empty()) info.unadopted_states = StatesBeside(component.source_dir);
  for (const std::string& where : module->unread) {
    info.warnings.push_back({"the module of component '" + component.name + "' was not fully understood (" + where +
                             "): init runs each time, and it counts as changed"});
  }
  return info;
}

}  // namespace davit::drivers
