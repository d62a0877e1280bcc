// A Terraform attempt for a person in a shell: everything lies where the tool looks by itself, so that plain commands work.
#include <algorithm>

#include "drivers/terraform/layout.h"
#include "drivers/terraform/terraform_driver.h"

namespace davit::drivers {
namespace {

/// Read by the tool after every other file of variables: those go by name.
constexpr char kVariables[] = "~davit.auto.tfvars.json";

/// The initialised data directory is shared with runs: a person's `init -upgrade` must not change it under them.
Result<> OwnData(const TaskInput& input, exec::ProcessEnv& environment) {
  const Path used = environment["TF_DATA_DIR"];
  const Path own = PrivateDataOf(input);
  environment["TF_DATA_DIR"] = own.string();
  std::error_code error;
  if (used == own || !std::filesystem::is_directory(used, error)) return {};
  std::filesystem::copy(used, own,
                        std::filesystem::copy_options::recursive | std::filesystem::copy_options::copy_symlinks, error);
  if (error) return FailErrno(error.value(), "cannot copy " + used.string());
  return {};
}

}  // namespace

Result<Workbench> TerraformDriver::ByHand(const TaskInput& input) {
  TRY_ASSIGN(std::vector<Operation> operations, Operations(input));
  const auto main = std::find_if(operations.begin(), operations.end(),
                                 [](const Operation& operation) { return operation.name == "apply"; });
  CHECK(main != operations.end(), "an apply without a process that applies");
  Workbench bench;
  bench.environment = main->process.environment;
  // For machines: with them the tool neither asks nor explains.
  bench.environment.erase("TF_INPUT");
  bench.environment.erase("TF_IN_AUTOMATION");
  bench.hidden = {"TF_CLI_ARGS", "TF_CLI_ARGS_*", "TF_WORKSPACE", "TF_INPUT", "TF_IN_AUTOMATION", "TF_VAR_*"};
  TRY(OwnData(input, bench.environment));
  for (File& file : operations.front().files) {
    if (file.path == VariablesFileOf(input)) file.path = input.module_directory / kVariables;
    bench.files.push_back(std::move(file));
  }
  if (main != operations.begin()) {
    operations.front().files.clear();
    bench.before.push_back(std::move(operations.front()));
  }
  const std::string tool = input.module.tool_path.filename().string();
  if (input.module.foreign_backend.empty()) {
    bench.state_file = input.module_directory / "terraform.tfstate";
    bench.commands.push_back(tool + " state list");
  }
  bench.commands.push_back(tool + " plan");
  bench.commands.push_back(tool + " console");
  return bench;
}

}  // namespace davit::drivers
