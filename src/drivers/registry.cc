// Which driver runs a component (DESIGN 18, spec/stacks.md 1.9), and its inspection.
#include <algorithm>
#include <map>

#include "drivers/around.h"
#include "drivers/capabilities.h"
#include "drivers/driver.h"
#include "drivers/environment.h"
#include "drivers/extensions.h"
#include "drivers/script/script_driver.h"
#include "drivers/terraform/terraform_driver.h"
#include "drivers/terraform/tool.h"

namespace davit::drivers {
namespace {

/// Tools that an extension executable `hub-component-<tool>` runs, and the files by which their components are known (spec/stacks.md 1.9).
struct ExtensionTool {
  const char* name;
  std::vector<const char*> files;
};

const std::vector<ExtensionTool>& ExtensionTools() {
  static const std::vector<ExtensionTool> kTools = {
      {"helm", {"values.yaml", "values.yaml.template", "values.yaml.gotemplate"}},
      {"kustomize", {"kustomization.yaml", "kustomization.yaml.template", "kustomization.yaml.gotemplate"}},
      {"skaffold", {"skaffold.yaml", "skaffold.yaml.template", "skaffold.yaml.gotemplate"}},
  };
  return kTools;
}

/// Files by which components of tools are known that have no driver yet, and the tool's name.
constexpr std::pair<const char*, const char*> kOtherTools[] = {
    {"Chart.yaml", "Helm"},
    {"Pulumi.yaml", "Pulumi"},
    {"ansible.cfg", "Ansible"},
    {"playbook.yml", "Ansible"},
};

bool Has(const Path& directory, const char* file) {
  std::error_code error;
  return std::filesystem::is_regular_file(directory / file, error);
}

tl::unexpected<Error> NothingToRun(const Component& component) {
  const std::string where = component.source_dir.string();
  for (const auto& [file, tool] : kOtherTools) {
    if (Has(component.source_dir, file)) {
      return Fail(ErrorCode::kInvalidInput,
                  "component '" + component.name + "' looks like one of " + tool + " (" + file + " in " + where +
                      "), for which there is no driver yet",
                  "add a Makefile with the targets deploy and undeploy that call it", component.pos);
    }
  }
  return Fail(ErrorCode::kInvalidInput, "component '" + component.name + "' has nothing to run in " + where,
              "add .tf files, a Makefile with the target deploy, or an executable file 'deploy'; where it is meant to "
              "have none, say `bare: allow`",
              component.pos);
}

ModuleInfo ScriptModule(const exec::ProcessEnv& environment, const ScriptDriver& driver) {
  ModuleInfo info;
  info.driver = driver.name();
  info.driver_version = driver.version();
  info.environment = PassedNames(environment, {"HUB_EXTENSIONS"});
  return info;
}

/// Run by `hub-component-<tool>`; `because` says what it was known by.
Result<ModuleInfo> InspectExtension(const Component& component, const std::string& tool, const std::string& because,
                                    const Path& base_directory, const exec::ProcessEnv& environment,
                                    const ScriptDriver& driver) {
  ModuleInfo info = ScriptModule(environment, driver);
  info.tool = std::string(kExtensionPrefix) + tool;
  info.tool_path = FindExtension(info.tool, base_directory, environment);
  if (info.tool_path.empty()) {
    return Fail(ErrorCode::kInvalidInput,
                "component '" + component.name + "' is one of " + tool + " (" + because +
                    "), which the extension executable " + info.tool + " runs, and there is none",
                "put it into .hub beside the manifest, $HUB_EXTENSIONS, ~/.hub or on PATH; or add a Makefile with the "
                "target deploy",
                component.pos);
  }
  return info;
}

}  // namespace

struct Registry::Impl {
  Impl(exec::ProcessEnv env, Path cache_file)
      : environment(std::move(env)), tools(environment, std::move(cache_file)) {}

  exec::ProcessEnv environment;
  ToolFinder tools;
  Capabilities capabilities{environment};
  ScriptDriver script;
  TerraformDriver terraform;
  AroundDriver around_script{script};
  AroundDriver around_terraform{terraform};

  Result<ModuleInfo> InspectTool(const Component& component, const Path& base_directory);
};

Registry::Registry(exec::ProcessEnv environment, Path cache_file)
    : impl_(std::make_unique<Impl>(std::move(environment), std::move(cache_file))) {}
Registry::~Registry() = default;

Driver* Registry::Find(std::string_view name) const {
  if (name == impl_->script.name()) return &impl_->around_script;
  if (name == impl_->terraform.name()) return &impl_->around_terraform;
  return nullptr;
}

Result<ModuleInfo> Registry::Inspect(const Component& component, const Path& base_directory) {
  std::error_code error;
  if (!std::filesystem::is_directory(component.source_dir, error)) {
    return Fail(ErrorCode::kInvalidInput,
                "component '" + component.name + "' has no directory " + component.source_dir.string(),
                "create it, or correct the component's source", component.pos);
  }
  TRY_ASSIGN(ModuleInfo info, impl_->InspectTool(component, base_directory));
  for (ModuleWarning& warning : LookAtHooks(component, base_directory, impl_->environment, &info.more_files))
    info.warnings.push_back(std::move(warning));
  return info;
}

std::string Registry::Missing(std::string_view capability) {
  return impl_->capabilities.Missing(capability);
}

Result<ModuleInfo> Registry::Impl::InspectTool(const Component& component, const Path& base_directory) {
  const std::string& wanted = component.provisioner;
  if (wanted == "terraform" || wanted == "tofu" || wanted == "opentofu") {
    return InspectTerraform(component, wanted == "terraform" ? wanted : "tofu", environment, tools);
  }
  if (!wanted.empty() && wanted != "script" && wanted != "make") {
    return Fail(ErrorCode::kInvalidInput,
                "component '" + component.name + "' has the unknown provisioner '" + wanted + "'",
                DidYouMean(wanted, {"terraform", "tofu", "script"}), component.pos);
  }
  Result<ModuleInfo> script = InspectScript(component, environment);
  if (script || !wanted.empty() || script.error().code != ErrorCode::kNotFound) {
    if (!script) {
      Error refused = script.error();
      refused.code = ErrorCode::kInvalidInput;
      if (!refused.position) refused.position = component.pos;
      return Fail(std::move(refused));
    }
    return script;
  }
  for (const ExtensionTool& tool : ExtensionTools()) {
    for (const char* file : tool.files) {
      if (wanted.empty() && Has(component.source_dir, file))
        return InspectExtension(component, tool.name, file, base_directory, environment, this->script);
    }
  }
  if (HasTerraformFiles(component.source_dir, true)) return InspectTerraform(component, "", environment, tools);
  if (std::find(component.requires_.begin(), component.requires_.end(), "arm") != component.requires_.end())
    return InspectExtension(component, "arm", "it requires arm", base_directory, environment, this->script);
  if (component.bare) return ScriptModule(environment, this->script);
  return NothingToRun(component);
}

}  // namespace davit::drivers
