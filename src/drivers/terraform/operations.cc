// The processes of a Terraform task: arguments, process environment, files.
#include <algorithm>

#include "drivers/environment.h"
#include "drivers/terraform/layout.h"
#include "drivers/terraform/plug_in_cache.h"
#include "drivers/terraform/terraform_driver.h"
#include "drivers/terraform/variables.h"

namespace davit::drivers {
namespace {

/// Names that would change what Davit asked for; a component may not set them and they are never passed on.
constexpr std::string_view kReserved[] = {
    "TF_WORKSPACE", "TF_CLI_ARGS",      "TF_CLI_ARGS_*",      "TF_DATA_DIR",
    "TF_INPUT",     "TF_IN_AUTOMATION", "TF_CLI_CONFIG_FILE", "TF_STATE_PERSIST_INTERVAL"};

bool IsReserved(std::string_view name) {
  return std::any_of(std::begin(kReserved), std::end(kReserved),
                     [&](std::string_view pattern) { return MatchesName(pattern, name); });
}

bool IsFile(const Path& path) {
  std::error_code error;
  return !path.empty() && std::filesystem::is_regular_file(path, error);
}

bool IsDirectory(const Path& path) {
  std::error_code error;
  return !path.empty() && std::filesystem::is_directory(path, error);
}

std::string Lookup(const exec::ProcessEnv& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? std::string() : found->second;
}

/// Does the user have a configuration of the tool where it looks by itself?
bool HasUserConfig(const exec::ProcessEnv& environment) {
  const std::string home = Lookup(environment, "HOME");
  if (home.empty()) return false;
  return IsFile(Path(home) / ".terraformrc") || IsFile(Path(home) / ".tofurc") ||
         IsFile(Path(home) / ".config/opentofu/tofurc");
}

class Builder {
 public:
  Builder(const TaskInput& input, TerraformModule module) : input_(input), module_(std::move(module)) {}

  Result<std::vector<Operation>> Run() {
    TRY(PlaceLockFile());
    TRY_ASSIGN(assignment_,
               AssignVariables(input_.component, input_.inputs, module_, AutomaticVariables(input_.module_directory)));
    TRY(BuildEnvironment());
    const Path shared = module_.needs_init ? SharedDataOf(input_, module_) : Path();
    const bool initialised = IsDirectory(shared);
    environment_["TF_DATA_DIR"] = (initialised ? shared : PrivateDataOf(input_)).string();
    if (module_.needs_init && !initialised) AddInit();
    const bool only_show = input_.kind == TaskKind::kPlan && input_.show_plan && !input_.saved_plan.empty();
    if (!input_.verb.empty()) {
      TRY(AddVerb());
    } else if (input_.pull_state) {
      AddPull();
    } else if (!only_show) {
      AddMain();
    }
    if (input_.kind == TaskKind::kPlan && input_.show_plan) AddShow();
    if (!input_.module.foreign_backend.empty() && input_.kind == TaskKind::kApply && input_.verb.empty()) AddOutput();
    if (!input_.module.overridden_backend.empty())
      files_.push_back({BackendOverrideOf(input_), "terraform {\n  backend \"local\" {}\n}\n", 0644});
    if (!operations_.empty()) operations_.front().files = std::move(files_);
    return std::move(operations_);
  }

 private:
  /// The tool looks for a lock file beside the module and nowhere else. One that the module brings stays.
  Result<> PlaceLockFile() {
    if (input_.lock_file.empty() || IsFile(LockFileOf(input_))) return {};
    return WriteFileAtomic(LockFileOf(input_), input_.lock_file, 0644);
  }

  Result<> BuildEnvironment() {
    for (const auto& [name, value] : input_.passed_environment) {
      if (!IsReserved(name)) environment_.emplace(name, value);
    }
    environment_["TF_IN_AUTOMATION"] = "1";
    environment_["TF_INPUT"] = "0";
    environment_["CHECKPOINT_DISABLE"] = "1";
    // A third of a short run is garbage collection; the limit keeps memory bounded (terraform-facts 30).
    if (!environment_.contains("GOGC") && !environment_.contains("GOMEMLIMIT")) {
      environment_["GOGC"] = "off";
      environment_["GOMEMLIMIT"] = "256MiB";
    }
    const std::string config = Lookup(input_.passed_environment, "TF_CLI_CONFIG_FILE");
    if (IsFile(config)) {
      environment_["TF_CLI_CONFIG_FILE"] = config;
    } else if (!config.empty() || !HasUserConfig(input_.passed_environment)) {
      // An empty one of ours, the same for all: the tool warns of a file that is named and missing.
      const Path own = input_.cache_directory / "terraformrc";
      if (!IsFile(own)) files_.push_back({own, "", 0600});
      environment_["TF_CLI_CONFIG_FILE"] = own.string();
    }
    for (const auto& [name, value] : assignment_.environment) {
      if (IsReserved(name)) {
        return Fail(ErrorCode::kInvalidInput,
                    "component '" + input_.component + "' sets " + name + ", which Davit sets itself",
                    "take `env: " + name + "` away");
      }
      environment_[name] = value;
    }
    return {};
  }

  Operation& Add(OperationKind kind, const std::string& name, bool mutating, std::vector<std::string> arguments) {
    Operation& operation = operations_.emplace_back();
    operation.kind = kind;
    operation.name = name;
    operation.mutating = mutating;
    operation.process.argv = {input_.module.tool_path.string()};
    operation.process.argv.insert(operation.process.argv.end(), arguments.begin(), arguments.end());
    operation.process.directory = input_.module_directory;
    operation.process.environment = environment_;
    operation.process.stdout_file = input_.attempt_directory / "logs" / (name + ".stdout");
    operation.process.stderr_file = input_.attempt_directory / "logs" / (name + ".stderr");
    operation.process.timeout_ms = mutating ? input_.timeout_ms : 0;
    operation.process.durable = mutating;
    return operation;
  }

  void AddInit() {
    std::vector<std::string> arguments{"init", "-input=false", "-no-color"};
    // A lock file that the module brings is the user's word; one that we made may grow with the module.
    const std::string lock = ReadLockFile(input_);
    const bool users = !lock.empty() && lock != input_.lock_file;
    if (users) arguments.emplace_back("-lockfile=readonly");
    Operation& init = Add(OperationKind::kInit, "init", false, std::move(arguments));
    init.process.environment["TF_DATA_DIR"] = PrivateDataOf(input_).string();
    // Else it unpacks again what the user's cache has, over the very files that others run.
    if (!users) init.process.environment["TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE"] = "1";
    init.process.alone_with = PlugInCacheOf(input_.module.tool, environment_);
  }

  void AddVariables(std::vector<std::string>& arguments) {
    if (assignment_.file.empty()) return;
    files_.push_back({VariablesFileOf(input_), json::serialize(assignment_.file), 0600});
    arguments.push_back("-var-file=" + VariablesFileOf(input_).string());
  }

  /// Into the state file, as apply does; it has no -json, and never asks.
  void AddImport() {
    std::vector<std::string> arguments{"import", "-input=false", "-no-color", "-backup=-",
                                       "-state=" + StateFileOf(input_).string()};
    AddVariables(arguments);
    arguments.push_back(input_.import_address);
    arguments.push_back(input_.import_id);
    Add(OperationKind::kImport, "import", true, std::move(arguments));
  }

  /// A rehearsal: what would be done, and nothing of it. The tool knows no other verbs.
  Result<> AddVerb() {
    const bool destroy = input_.verb == "undeploy-test";
    if (!destroy && input_.verb != "deploy-test") {
      return Fail(ErrorCode::kInvalidInput,
                  "component '" + input_.component + "' has no " + input_.verb + ": it is a Terraform module",
                  "add a Makefile with the targets deploy, undeploy and " + input_.verb);
    }
    std::vector<std::string> arguments{"plan", "-input=false", "-json"};
    if (destroy) arguments.emplace_back("-destroy");
    if (input_.module.foreign_backend.empty()) arguments.push_back("-state=" + StateFileOf(input_).string());
    AddVariables(arguments);
    Add(OperationKind::kPlan, "plan", false, std::move(arguments));
    return {};
  }

  void AddMain() {
    if (!input_.import_address.empty()) return AddImport();
    const bool plan = input_.kind == TaskKind::kPlan;
    const bool destroy = input_.kind == TaskKind::kDestroy;
    const bool saved = input_.kind == TaskKind::kApply && !input_.direct && !input_.saved_plan.empty();
    std::vector<std::string> arguments{plan ? "plan" : "apply", "-input=false", "-json"};
    if (plan) {
      arguments.emplace_back("-detailed-exitcode");
      if (!input_.refresh_only || input_.show_plan) arguments.push_back("-out=" + PlanFileOf(input_).string());
      if (input_.refresh_only) {
        arguments.emplace_back("-refresh-only");
        arguments.emplace_back("-lock=false");  // it only looks, also at a backend that others use
      }
    } else if (!saved) {
      arguments.emplace_back("-auto-approve");
    }
    if (destroy) arguments.emplace_back("-destroy");
    // A declared backend keeps its state to itself.
    if (input_.module.foreign_backend.empty()) {
      if (!plan) arguments.emplace_back("-backup=-");
      arguments.push_back("-state=" + StateFileOf(input_).string());
    }
    if (saved) {
      files_.push_back({PlanFileOf(input_), input_.saved_plan, 0600});
      arguments.push_back(PlanFileOf(input_).string());
    } else {
      AddVariables(arguments);
    }
    const OperationKind kind = plan      ? input_.refresh_only ? OperationKind::kRefresh : OperationKind::kPlan
                               : destroy ? OperationKind::kDestroy
                                         : OperationKind::kApply;
    Add(kind, plan ? "plan" : destroy ? "destroy" : "apply", !plan, std::move(arguments));
  }

  /// Changes nothing there, and waits for nobody's lock. What it prints is the state.
  void AddPull() {
    Operation& pull = Add(OperationKind::kRefresh, "pull", false, {"state", "pull", "-no-color"});
    pull.process.stdout_file = StateFileOf(input_);
  }

  /// What the plan changes, attribute by attribute. Not into logs/: it holds every value in clear.
  void AddShow() {
    if (!input_.saved_plan.empty()) files_.push_back({PlanFileOf(input_), input_.saved_plan, 0600});
    Operation& show =
        Add(OperationKind::kShow, "show", false, {"show", "-json", "-no-color", PlanFileOf(input_).string()});
    show.process.stdout_file = input_.attempt_directory / "state" / "show.stdout";
  }

  /// Not into logs/: it holds every output in clear.
  void AddOutput() {
    Operation& output = Add(OperationKind::kRefresh, "output", false, {"output", "-json", "-no-color"});
    output.process.stdout_file = input_.attempt_directory / "state" / "output.stdout";
  }

  const TaskInput& input_;
  const TerraformModule module_;
  Assignment assignment_;
  exec::ProcessEnv environment_;
  std::vector<File> files_;
  std::vector<Operation> operations_;
};

}  // namespace

bool TerraformDriver::WritesIntoModule(const ModuleInfo& module, const Path& module_directory) const {
  if (!module.overridden_backend.empty()) return true;
  return module.needs_init && module.fully_read && module.foreign_backend.empty() &&
         !IsFile(LockFileIn(module_directory));
}

Result<std::vector<Operation>> TerraformDriver::Operations(const TaskInput& input) {
  if (input.kind == TaskKind::kAction) return std::vector<Operation>();
  if (input.module.tool_path.empty()) {
    return Fail(ErrorCode::kInvalidInput,
                "component '" + input.component + "' needs Terraform or OpenTofu, and none was found",
                "install one of them and run the command again");
  }
  TRY_ASSIGN(TerraformModule module, ReadModule(input.module_directory, input.module.tool == "tofu"));
  return Builder(input, std::move(module)).Run();
}

}  // namespace davit::drivers
