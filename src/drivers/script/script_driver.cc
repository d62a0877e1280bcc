#include "drivers/script/script_driver.h"

#include <algorithm>

#include "base/text.h"
#include "drivers/environment.h"
#include "drivers/lines.h"
#include "drivers/one_time_pad.h"
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

constexpr std::string_view kFilePrefix = "file://";
constexpr char kSecrets[] = "secrets";

/// `file://path` of what a declared output is taken from stands for what is in the file.
void ReadFiles(const TaskInput& input, ScriptOutputs& outputs) {
  for (auto& [name, value] : outputs.values) {
    const std::string text = ToText(value.data);
    if (!input.from_keys.contains(name) || !text.starts_with(kFilePrefix) || text.size() == kFilePrefix.size())
      continue;
    const Path file = input.module_directory / text.substr(kFilePrefix.size());
    Result<std::string> content = ReadFile(file);
    if (!content) {
      outputs.warnings.push_back("output '" + name + "' is kept as it was printed: " + content.error().message);
      continue;
    }
    // One line is a value, more are a text.
    const bool one_line = std::count(content->begin(), content->end(), '\n') <= 1;
    value.data = json::value(one_line ? std::string(Trim(*content)) : ValidUtf8(*content));
  }
}

/// The key `secrets`: more outputs, all of them secret, that only who knows HUB_RANDOM can read.
void TakeSecrets(const TaskInput& input, ScriptOutputs& outputs) {
  const auto printed = outputs.values.find(std::string_view(kSecrets));
  if (input.random.empty() || printed == outputs.values.end()) return;
  Result<std::string> lines = DecodeSecrets(ToText(printed->second.data), input.random);
  if (!lines) {
    outputs.warnings.push_back("the output 'secrets' cannot be read: " + lines.error().message);
    return;
  }
  BlockScanner scanner;
  scanner.Take("Outputs:");
  for (const std::string_view line : Split(*lines, '\n')) {
    if (!Trim(line).empty()) scanner.Take(line);
  }
  outputs.values.erase(printed);
  ScriptOutputs secret = scanner.Finish();
  for (auto& [name, value] : secret.values) {
    value.sensitive = true;
    outputs.values[name] = std::move(value);
  }
}

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
  const std::string verb = input.verb.empty() ? VerbOf(input.kind) : input.verb;
  if (verb.empty()) return operations;
  TRY_ASSIGN(Implementation found, FindImplementation(input.module_directory, verb, input.passed_environment));
  if (!found && input.module.tool.starts_with(kExtensionPrefix)) found.argv = {input.module.tool_path.string(), verb};
  if (!found) {
    const bool needed = input.kind == TaskKind::kApply || (input.kind == TaskKind::kDestroy && input.in_place);
    if (input.bare || (!needed && input.verb.empty())) return operations;
    return Fail(ErrorCode::kNotFound,
                "component '" + input.component + "' has no " + verb + " in " + input.module_directory.string(),
                "add a Makefile with the target " + verb + ", or an executable file '" + verb + "'");
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
  TRY_ASSIGN(operation.process.environment, ComponentEnvironment(input, &warnings));
  operation.process.stdout_file = input.attempt_directory / "logs" / (verb + ".stdout");
  operation.process.stderr_file = input.attempt_directory / "logs" / (verb + ".stderr");
  operation.process.timeout_ms = input.timeout_ms;
  operations.push_back(std::move(operation));
  return operations;
}

Result<Workbench> ScriptDriver::ByHand(const TaskInput& input) {
  Workbench bench;
  std::vector<std::string> warnings;
  TRY_ASSIGN(bench.environment, ComponentEnvironment(input, &warnings));
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
  TRY(ComponentEnvironment(input, &outcome.warnings));
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
  ReadFiles(input, outputs);
  TakeSecrets(input, outputs);
  outcome.outputs = std::move(outputs.values);
  outcome.provides = std::move(outputs.provides);
  for (std::string& warning : outputs.warnings) outcome.warnings.push_back(std::move(warning));
  return outcome;
}

Result<StateInfo> ScriptDriver::ReadState(std::string_view) {
  return Fail(ErrorCode::kInvalidInput, "a script keeps no state");
}

namespace {

/// What a Makefile gets from its component's parameters and has no default for.
void RequireDefaults(const Component& component, ModuleInfo& info) {
  for (const Parameter& parameter : component.parameters) {
    if (parameter.env.empty()) continue;
    ModuleVariable variable;
    variable.required = true;
    info.variables.emplace(*parameter.env, variable);
  }
}

}  // namespace

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
    for (const std::string& name : found.defaults) info.variables.emplace(name, ModuleVariable());
    if (found.all_defaults) RequireDefaults(component, info);
    if (component.inputs_globs.empty()) {
      for (const Path& file : found.outside) {
        info.warnings.push_back({"the Makefile of component '" + component.name + "' includes " + file.string() +
                                 ", outside of its directory: name it in `inputs:`, else a change of it is not seen"});
      }
    }
  }
  return info;
}

}  // namespace davit::drivers
