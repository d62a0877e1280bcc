// The blocks of one Terraform module as they are met, in HCL and JSON alike, merged as Terraform merges them (an
// override file changes only what it names). Internal to module_reader. One thread.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/json.h"
#include "drivers/terraform/hcl.h"
#include "drivers/terraform/module_reader.h"

namespace davit::drivers {

class Declarations {
 public:
  /// Adds a file's blocks; `where` names the file for `unread`. `override_file`: what is there already is changed, not
  /// refused.
  void AddHcl(const HclBody& body, const std::string& where);
  void AddJson(const json::value& root, const std::string& where);

  std::map<std::string, TerraformVariable> variables;
  ModuleOutputs outputs;
  std::map<std::string, std::string> modules;  // name → source
  std::vector<std::string> unread;
  bool needs_init = false;
  std::string backend;
  std::string backend_file;
  size_t backend_offset = 0;  // in that file; of JSON it is not known

 private:
  void AddHclBlock(const HclBlock& block, const std::string& where);
  void AddTerraformBlock(const HclBody& body, const std::string& where);
  void AddJsonVariable(std::string_view name, const json::object& body, const std::string& where);
  void AddJsonTerraform(const json::object& body, const std::string& where);
  void AddResource(std::string_view type, std::optional<std::string_view> provider);
  void AddProvider(std::string_view name, std::string_view source);
  void AddModule(const std::string& name, std::optional<std::string> source, const std::string& where);
  void SetType(TerraformVariable& variable, std::string_view constraint, const std::string& where);
  void SetFlag(bool& flag, std::string_view expression, const std::string& what, const std::string& where);
};

}  // namespace davit::drivers
