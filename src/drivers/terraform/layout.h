// Where the files of a Terraform attempt lie, and the data directory that attempts share (`terraform init` fetches
// providers and modules once per module, lock file and tool). Internal to the driver. Any thread; several processes at
// once.
#pragma once

#include <string>

#include "drivers/driver.h"
#include "drivers/terraform/module_reader.h"

namespace davit::drivers {

inline Path StateFileOf(const TaskInput& input) {
  return input.attempt_directory / "state" / "terraform.tfstate";
}
inline Path PlanFileOf(const TaskInput& input) {
  return input.attempt_directory / "state" / "plan.tfplan";
}
inline Path VariablesFileOf(const TaskInput& input) {
  return input.attempt_directory / "config" / "inputs.tfvars.json";
}
inline Path PrivateDataOf(const TaskInput& input) {
  return input.attempt_directory / "config" / "tfdata";
}
/// Read by the tool after every other file of the module: what it says of the backend counts.
inline Path BackendOverrideOf(const TaskInput& input) {
  return input.module_directory / "~davit_override.tf";
}
inline Path LockFileIn(const Path& module_directory) {
  return module_directory / ".terraform.lock.hcl";
}
inline Path LockFileOf(const TaskInput& input) {
  return LockFileIn(input.module_directory);
}

/// Content of the module's lock file; "" = it has none.
std::string ReadLockFile(const TaskInput& input);

/// Where the initialised data directory of this module, its lock file and this tool is or will be; empty where it is
/// not shared: the module is not fully known, or the settings of a backend of its own would be in it.
Path SharedDataOf(const TaskInput& input, const TerraformModule& module);

/// After a successful init: moves the attempt's data directory to the shared place and leaves a link in its stead. The modules that were
/// fetched into it are found there by later attempts. Where another attempt was first, or it lies on another file system, the attempt
/// keeps its own.
void ShareData(const TaskInput& input, const TerraformModule& module);

}  // namespace davit::drivers
