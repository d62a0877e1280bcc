// What stands around the processes of a tool, the same for every driver (spec/stacks.md 1.6, 1.9): hooks before and after the verb, the
// templates that are rendered before its first process, and the wait for its ready conditions. A Driver in front of a Driver, so that who
// uses one need not know. Stateless; any thread.
#pragma once

#include "drivers/driver.h"

namespace davit::drivers {

class AroundDriver final : public Driver {
 public:
  explicit AroundDriver(Driver& tool) : tool_(tool) {}
  std::string_view name() const override { return tool_.name(); }
  std::string_view version() const override { return tool_.version(); }
  bool can_plan() const override { return tool_.can_plan(); }
  bool keeps_state() const override { return tool_.keeps_state(); }
  /// Hooks run with a deploy or an undeploy, never with a plan, an import or an action; templates are rendered for all of them.
  Result<std::vector<Operation>> Operations(const TaskInput& input) override;
  Result<Workbench> ByHand(const TaskInput& input) override { return tool_.ByHand(input); }
  std::unique_ptr<LineReader> Reader(const Operation& operation) override;
  Result<OperationOutcome> Finish(const TaskInput& input, const Operation& operation,
                                  const exec::ExitStatus& status) override;
  Result<StateInfo> ReadState(std::string_view bytes) override { return tool_.ReadState(bytes); }
  bool WritesIntoModule(const ModuleInfo& module, const Path& module_directory) const override {
    return tool_.WritesIntoModule(module, module_directory);
  }

 private:
  Driver& tool_;
};

/// Warnings of pre-flight: hooks whose file is nowhere. `files`: gets those that lie beside the manifest, outside of the component.
std::vector<ModuleWarning> LookAtHooks(const Component& component, const Path& base_directory,
                                       const exec::ProcessEnv& environment, std::vector<Path>* files);

}  // namespace davit::drivers
