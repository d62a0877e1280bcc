// Which driver runs a component (DESIGN 18, spec/stacks.md 1.9), and its inspection.
#include <map>

#include "drivers/driver.h"
#include "drivers/script/script_driver.h"
#include "drivers/terraform/terraform_driver.h"
#include "drivers/terraform/tool.h"

namespace davit::drivers {
namespace {

/// Files by which components of tools are known that have no driver yet, and the tool's name.
constexpr std::pair<const char*, const char*> kOtherTools[] = {
    {"Chart.yaml", "Helm"},        {"values.yaml", "Helm"},   {"kustomization.yaml", "Kustomize"},
    {"skaffold.yaml", "Skaffold"}, {"Pulumi.yaml", "Pulumi"}, {"ansible.cfg", "Ansible"},
    {"playbook.yml", "Ansible"},
};

tl::unexpected<Error> NothingToRun(const Component& component) {
  const std::string where = component.source_dir.string();
  for (const auto& [file, tool] : kOtherTools) {
    std::error_code error;
    if (std::filesystem::exists(component.source_dir / file, error)) {
      return Fail(ErrorCode::kInvalidInput,
                  "component '" + component.name + "' looks like one of " + tool + " (" + file + " in " + where +
                      "), for which there is no driver yet",
                  "add a Makefile with the targets deploy and undeploy that call it", component.pos);
    }
  }
  return Fail(ErrorCode::kInvalidInput, "component '" + component.name + "' has nothing to run in " + where,
              "add .tf files, a Makefile with the target deploy, or an executable file 'deploy'", component.pos);
}

}  // namespace

struct Registry::Impl {
  Impl(exec::ProcessEnv env, Path cache_file)
      : environment(std::move(env)), tools(environment, std::move(cache_file)) {}

  exec::ProcessEnv environment;
  ToolFinder tools;
  ScriptDriver script;
  TerraformDriver terraform;
};

Registry::Registry(exec::ProcessEnv environment, Path cache_file)
    : impl_(std::make_unique<Impl>(std::move(environment), std::move(cache_file))) {}
Registry::~Registry() = default;

Driver* Registry::Find(std::string_view name) const {
  if (name == impl_->script.name()) return &impl_->script;
  if (name == impl_->terraform.name()) return &impl_->terraform;
  return nullptr;
}

Result<ModuleInfo> Registry::Inspect(const Component& component) {
  std::error_code error;
  if (!std::filesystem::is_directory(component.source_dir, error)) {
    return Fail(ErrorCode::kInvalidInput,
                "component '" + component.name + "' has no directory " + component.source_dir.string(),
                "create it, or correct the component's source", component.pos);
  }
  const std::string& wanted = component.provisioner;
  if (wanted == "terraform" || wanted == "tofu" || wanted == "opentofu") {
    return InspectTerraform(component, wanted == "terraform" ? wanted : "tofu", impl_->environment, impl_->tools);
  }
  if (!wanted.empty() && wanted != "script" && wanted != "make") {
    return Fail(ErrorCode::kInvalidInput,
                "component '" + component.name + "' has the unknown provisioner '" + wanted + "'",
                DidYouMean(wanted, {"terraform", "tofu", "script"}), component.pos);
  }
  Result<ModuleInfo> script = InspectScript(component, impl_->environment);
  if (script || !wanted.empty() || script.error().code != ErrorCode::kNotFound) {
    if (!script) {
      Error refused = script.error();
      refused.code = ErrorCode::kInvalidInput;
      if (!refused.position) refused.position = component.pos;
      return Fail(std::move(refused));
    }
    return script;
  }
  if (HasTerraformFiles(component.source_dir, true))
    return InspectTerraform(component, "", impl_->environment, impl_->tools);
  return NothingToRun(component);
}

}  // namespace davit::drivers
