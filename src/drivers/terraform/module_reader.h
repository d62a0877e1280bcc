// What a Terraform module declares, read from its files (hcl.h, `.tf.json`, override files, local child modules)
// without starting a process: variables, outputs, providers, backend. What it does not understand makes it `fully_read
// = false`, which costs an init and is never wrong. Reads files only. Any thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/fd.h"
#include "model/module.h"

namespace davit::drivers {

struct TerraformVariable {
  ModuleVariable declared;
  bool parsed =
      false;  // in the process environment its text is read as an expression: its type is not string, number or bool
  bool ephemeral = false;  // kept in no plan: given again to apply
};

struct TerraformModule {
  std::map<std::string, TerraformVariable> variables;
  ModuleOutputs outputs;
  std::vector<Path> local_modules;  // absolute, each once, the module itself not among them
  std::vector<std::string> unread;  // "main.tf: line 3: …"
  bool needs_init = false;
  std::string backend;        // "s3", "cloud", …; "" = none
  std::string backend_place;  // "main.tf:3"; of JSON without the line
  bool fully_read() const { return unread.empty(); }
};

/// Has `directory` files that Terraform (or OpenTofu: `.tofu` too) would read?
bool HasTerraformFiles(const Path& directory, bool tofu);

/// invalid_input where there is no `.tf` file, one cannot be opened, or a local child module is missing.
Result<TerraformModule> ReadModule(const Path& directory, bool tofu);

/// Variables that `terraform.tfvars` and `*.auto.tfvars` of `directory` set: they win over the process environment.
/// Name → file.
std::map<std::string, std::string> AutomaticVariables(const Path& directory);

}  // namespace davit::drivers
