// Where the inputs of a component go in its Terraform module (DESIGN 17): into the variable file, into TF_VAR_* of the
// process environment (sensitive ones, which may not lie in a file), into the process environment under their own name,
// or nowhere. Pure. Any thread.
#pragma once

#include <map>
#include <string>

#include "drivers/driver.h"
#include "drivers/terraform/module_reader.h"

namespace davit::drivers {

struct Assignment {
  json::object file;             // variable → value
  exec::ProcessEnv environment;  // TF_VAR_x, and what `env:` names
};

/// `automatic`: variables that a tfvars file of the module sets (AutomaticVariables). invalid_input where a `var:`
/// names no variable of the module, two parameters of one rank want the same variable with different values, or a
/// sensitive one could not get through.
Result<Assignment> AssignVariables(const std::string& component, const std::vector<InputValue>& inputs,
                                   const TerraformModule& module, const std::map<std::string, std::string>& automatic);

/// A value as the tool reads it from TF_VAR_x: as it stands where the variable is a string, number or bool, else an HCL
/// expression.
std::string VariableText(const json::value& value, const TerraformVariable& variable);

}  // namespace davit::drivers
