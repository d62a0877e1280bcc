// The script driver: verbs `deploy`, `undeploy`, `status` as a Makefile target or a script (implementation.h), a
// declared process environment, outputs from blocks on stdout (outputs.h). Stateless; any thread.
#pragma once

#include "drivers/driver.h"

namespace davit::drivers {

class ScriptDriver final : public Driver {
 public:
  std::string_view name() const override { return "script"; }
  std::string_view version() const override { return "1"; }
  bool can_plan() const override { return false; }
  /// Empty where the verb is not implemented: nothing to run (`undeploy`, `status`); invalid_input for `deploy`.
  Result<std::vector<Operation>> Operations(const TaskInput& input) override;
  /// The process environment of `deploy`.
  Result<Workbench> ByHand(const TaskInput& input) override;
  std::unique_ptr<LineReader> Reader(const Operation& operation) override;
  Result<OperationOutcome> Finish(const TaskInput& input, const Operation& operation,
                                  const exec::ExitStatus& status) override;
  Result<StateInfo> ReadState(std::string_view bytes) override;
  bool WritesIntoModule(const ModuleInfo&, const Path&) const override { return false; }
  bool keeps_state() const override { return false; }
};

/// Names of extension executables begin so (drivers/extensions.h): a module whose tool is one is run by it.
inline constexpr std::string_view kExtensionPrefix = "hub-component-";

/// What pre-flight wants to know of a component that the script driver would run. not_found where its directory has no
/// verb `deploy`.
Result<ModuleInfo> InspectScript(const Component& component, const exec::ProcessEnv& environment);

}  // namespace davit::drivers
