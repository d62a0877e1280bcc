// The driver of Terraform and OpenTofu (terraform-facts.md): which processes make a task, what they left. State is the
// local backend's file in state/ of the attempt; nothing is written beside the module but a lock file that init had to
// make, for which there is a copy of the module. Stateless; any thread.
#pragma once

#include "drivers/driver.h"
#include "drivers/terraform/module_reader.h"
#include "drivers/terraform/tool.h"

namespace davit::drivers {

class TerraformDriver final : public Driver {
 public:
  std::string_view name() const override { return "terraform"; }
  std::string_view version() const override { return "1"; }
  bool can_plan() const override { return true; }
  /// [init] plan | [init] apply | [init] destroy; with a foreign backend also "output", which reads the outputs back. To fetch a state:
  /// init, pull. A backend that is overridden is so by a file in the module's directory. Actions: none.
  Result<std::vector<Operation>> Operations(const TaskInput& input) override;
  /// State, variables and data directory lie where the tool looks by itself; whatever it does to them touches nobody else's.
  Result<Workbench> ByHand(const TaskInput& input) override;
  std::unique_ptr<LineReader> Reader(const Operation& operation) override;
  /// Of init: also moves the initialised data directory to where later attempts find it.
  Result<OperationOutcome> Finish(const TaskInput& input, const Operation& operation,
                                  const exec::ExitStatus& status) override;
  Result<StateInfo> ReadState(std::string_view bytes) override;
  bool keeps_state() const override { return true; }
  /// Where init is needed and the module brings no lock file, and where its backend is overridden. A module with a backend of its own stays
  /// where it is, as its state may lie beside it; so does one that was not fully read, which may have such a backend.
  bool WritesIntoModule(const ModuleInfo& module, const Path& module_directory) const override;
};

/// What pre-flight wants to know of a Terraform module. `provisioner`: "terraform", "tofu" or "".
Result<ModuleInfo> InspectTerraform(const Component& component, const std::string& provisioner,
                                    const exec::ProcessEnv& environment, ToolFinder& tools);

}  // namespace davit::drivers
