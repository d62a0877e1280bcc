// The processes of a Terraform task: arguments, process environment, files.
#include <algorithm>

#include "drivers/environment.h"
#include "drivers/terraform/layout.h"
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
    AddMain();
    if (!module_.backend.empty() && input_.kind == TaskKind::kApply) AddOutput();
    if (!operations_.empty()) operations_.front().files = std::move(files_);
    return std::move(operations_);
  }

 private:
  /// The tree is a copy of Davit's own; the tool looks for a lock file there and nowhere else. One that the module
  /// brings stays.
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
      // An empty one of ours: the tool warns of a file that is named and missing.
      const Path own = input_.attempt_directory / "config" / "terraformrc";
      files_.push_back({own, "", 0600});
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
    return operation;
  }

  void AddInit() {
    std::vector<std::string> arguments{"init", "-input=false", "-no-color"};
    // A lock file that the module brings is the user's word; one that we made may grow with the module.
    const std::string lock = ReadLockFile(input_);
    if (!lock.empty() && lock != input_.lock_file) arguments.emplace_back("-lockfile=readonly");
    Operation& init = Add(OperationKind::kInit, "init", false, std::move(arguments));
    init.process.environment["TF_DATA_DIR"] = PrivateDataOf(input_).string();
  }

  void AddVariables(std::vector<std::string>& arguments) {
    if (assignment_.file.empty()) return;
    files_.push_back({VariablesFileOf(input_), json::serialize(assignment_.file), 0600});
    arguments.push_back("-var-file=" + VariablesFileOf(input_).string());
  }

  void AddMain() {
    const bool plan = input_.kind == TaskKind::kPlan;
    const bool destroy = input_.kind == TaskKind::kDestroy;
    const bool saved = input_.kind == TaskKind::kApply && !input_.direct && !input_.saved_plan.empty();
    std::vector<std::string> arguments{plan ? "plan" : "apply", "-input=false", "-json"};
    if (plan) {
      arguments.emplace_back("-detailed-exitcode");
      arguments.push_back(input_.refresh_only ? "-refresh-only" : "-out=" + PlanFileOf(input_).string());
    } else if (!saved) {
      arguments.emplace_back("-auto-approve");
    }
    if (destroy) arguments.emplace_back("-destroy");
    // A declared backend keeps its state to itself.
    if (module_.backend.empty()) {
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
