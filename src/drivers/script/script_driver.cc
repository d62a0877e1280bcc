#include "drivers/script/script_driver.h"

#include <algorithm>

#include "base/text.h"
#include "drivers/environment.h"
#include "drivers/lines.h"
#include "drivers/script/implementation.h"
#include "drivers/script/outputs.h"

namespace davit::drivers {
namespace {

std::string VerbOf(TaskKind kind) {
  switch (kind) {
    case TaskKind::kApply:
      return "deploy";
    case TaskKind::kDestroy:
      return "undeploy";
    case TaskKind::kAction:
      return "status";
    case TaskKind::kPlan:
      return "";
  }
  return "";
}

/// The process environment, and warnings about two parameters that want one variable.
Result<exec::ProcessEnv> BuildEnvironment(const TaskInput& input, std::vector<std::string>* warnings) {
  exec::ProcessEnv environment = input.passed_environment;
  // Of a make above us: it would change what ours prints and how many jobs it starts.
  for (const char* name : {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "GNUMAKEFLAGS"})
    environment.erase(name);
  environment["COMPONENT_NAME"] = input.component;
  environment["HUB_COMPONENT"] = input.component;
  environment["HUB_COMPONENT_DIR"] = input.module_directory.string();
  environment["HUB_BASE_DIR"] = input.base_directory.string();
  std::vector<std::string> provided = input.provided_capabilities;
  std::sort(provided.begin(), provided.end());
  environment["HUB_PROVIDES"] = Join(provided, " ");
  std::map<std::string, std::string> set_by;
  for (const InputValue& value : input.inputs) {
    if (value.env.empty()) continue;
    const std::string text(Trim(ToText(value.value.data)));
    if (auto [other, first] = set_by.emplace(value.env, value.name); !first && environment[value.env] != text) {
      warnings->push_back("parameters '" + other->second + "' and '" + value.name + "' both set " + value.env +
                          ", to different values; the last one counts");
    }
    TRY(SetVariable(environment, value.env, text,
                    "parameter '" + value.name + "' of component '" + input.component + "'"));
  }
  return environment;
}

/// Hides blocks of outputs: they are shown as outputs, and some of them are secret.
class ScriptReader final : public LineReader {
 public:
  std::optional<ToolEvent> Read(std::string_view line, bool from_stderr) override {
    if (!from_stderr && blocks_.Take(line)) return std::nullopt;
    ToolEvent event;
    event.text = CleanLine(line);
    if (event.text.empty()) return std::nullopt;
    return event;
  }

 private:
  BlockScanner blocks_;
};

std::string FailureReason(const Operation& operation, const exec::ExitStatus& status) {
  if (!status.start_error.empty())
    return operation.name + " could not be started: " + CleanLine(status.start_error, 400);
  if (status.timed_out) return operation.name + " did not end in time and was stopped";
  if (status.killed) return operation.name + " was stopped";
  if (status.signal != 0) return operation.name + " was ended by signal " + std::to_string(status.signal);
  const auto from_make = [](std::string_view line) {
    return line.starts_with("make: ***") || line.starts_with("make[");
  };
  std::string line = LastLine(operation.process.stderr_file, from_make);
  if (line.empty()) line = LastLine(operation.process.stdout_file, from_make);
  if (line.empty()) line = LastLine(operation.process.stderr_file);
  const std::string code = operation.name + " exited with code " + std::to_string(status.exit_code);
  return line.empty() ? code : code + ": " + line;
}

}  // namespace

Result<std::vector<Operation>> ScriptDriver::Operations(const TaskInput& input) {
  std::vector<Operation> operations;
  const std::string verb = VerbOf(input.kind);
  if (verb.empty()) return operations;
  TRY_ASSIGN(const Implementation found, FindImplementation(input.module_directory, verb, input.passed_environment));
  if (!found) {
    if (input.kind != TaskKind::kApply) return operations;
    return Fail(ErrorCode::kInvalidInput,
                "component '" + input.component + "' has no deploy in " + input.module_directory.string(),
                "add a Makefile with the target deploy, or an executable file 'deploy'");
  }
  if (found.argv.empty()) {
    return Fail(ErrorCode::kInvalidInput, "component '" + input.component + "' needs make, which is not on PATH",
                "install it, for example: apt-get install make");
  }
  Operation operation;
  operation.kind = OperationKind::kScript;
  operation.name = verb;
  operation.mutating = input.kind != TaskKind::kAction;
  operation.process.argv = found.argv;
  operation.process.directory = input.module_directory;
  std::vector<std::string> warnings;
  TRY_ASSIGN(operation.process.environment, BuildEnvironment(input, &warnings));
  operation.process.stdout_file = input.attempt_directory / "logs" / (verb + ".stdout");
  operation.process.stderr_file = input.attempt_directory / "logs" / (verb + ".stderr");
  operation.process.timeout_ms = input.timeout_ms;
  operations.push_back(std::move(operation));
  return operations;
}

Result<Workbench> ScriptDriver::ByHand(const TaskInput& input) {
  Workbench bench;
  std::vector<std::string> warnings;
  TRY_ASSIGN(bench.environment, BuildEnvironment(input, &warnings));
  bench.hidden = {"MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "GNUMAKEFLAGS"};
  for (const char* verb : {"deploy", "undeploy", "status"}) {
    TRY_ASSIGN(const Implementation found, FindImplementation(input.module_directory, verb, input.passed_environment));
    if (!found) continue;
    bench.commands.push_back(found.by_make
                                 ? std::string("make ") + verb
                                 : "./" + Path(found.argv.back()).lexically_relative(input.module_directory).string());
  }
  return bench;
}

std::unique_ptr<LineReader> ScriptDriver::Reader(const Operation&) {
  return std::make_unique<ScriptReader>();
}

Result<OperationOutcome> ScriptDriver::Finish(const TaskInput& input, const Operation& operation,
                                              const exec::ExitStatus& status) {
  OperationOutcome outcome;
  TRY(BuildEnvironment(input, &outcome.warnings));
  if (!status.Clean() || status.exit_code != 0) {
    // A tool that was never started did nothing wrong.
    outcome.result = status.start_error.empty() ? OperationResult::kFailed : OperationResult::kErrored;
    if (status.killed) outcome.result = OperationResult::kCancelled;
    outcome.reason = FailureReason(operation, status);
    return outcome;
  }
  if (input.kind == TaskKind::kAction) return outcome;
  outcome.has_outputs = true;
  if (input.kind == TaskKind::kDestroy) return outcome;
  TRY_ASSIGN(ScriptOutputs outputs, ReadOutputs(operation.process.stdout_file));
  outcome.outputs = std::move(outputs.values);
  outcome.provides = std::move(outputs.provides);
  for (std::string& warning : outputs.warnings) outcome.warnings.push_back(std::move(warning));
  return outcome;
}

Result<StateInfo> ScriptDriver::ReadState(std::string_view) {
  return Fail(ErrorCode::kInvalidInput, "a script keeps no state");
}

Result<ModuleInfo> InspectScript(const Component& component, const exec::ProcessEnv& environment) {
  TRY_ASSIGN(const Implementation found, FindImplementation(component.source_dir, "deploy", environment));
  if (!found) {
    return Fail(ErrorCode::kNotFound,
                "component '" + component.name + "' has no deploy in " + component.source_dir.string(),
                "add a Makefile with the target deploy, or an executable file 'deploy'", component.pos);
  }
  ModuleInfo info;
  info.driver = "script";
  info.driver_version = "1";
  info.environment = PassedNames(environment, {});
  if (found.by_make) {
    info.tool = "make";
    if (found.argv.empty()) {
      return Fail(ErrorCode::kInvalidInput,
                  "component '" + component.name + "' has a Makefile, and make is not on PATH",
                  "install it, for example: apt-get install make", component.pos);
    }
    info.tool_path = found.argv[0];
    if (component.inputs_globs.empty()) {
      for (const Path& file : found.outside) {
        info.warnings.push_back("the Makefile of component '" + component.name + "' includes " + file.string() +
                                ", outside of its directory: name it in `inputs:`, else a change of it is not seen");
      }
    }
  }
  return info;
}

}  // namespace davit::drivers
