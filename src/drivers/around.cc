#include "drivers/around.h"

#include <algorithm>

#include "drivers/environment.h"
#include "drivers/extensions.h"
#include "drivers/lines.h"
#include "drivers/script/implementation.h"
#include "exec/ready.h"
#include "model/stack_ready.h"
#include "render/files.h"

namespace davit::drivers {
namespace {

/// "" where nothing runs around it.
std::string VerbAround(const TaskInput& input) {
  if (!input.import_address.empty()) return {};
  if (!input.verb.empty()) return input.verb;  // a rehearsal has hooks of its own, `pre-deploy-test`
  if (input.kind == TaskKind::kApply) return "deploy";
  return input.kind == TaskKind::kDestroy ? "undeploy" : "";
}

void SetFiles(const TaskInput& input, Operation& operation) {
  operation.process.directory = input.module_directory;
  operation.process.stdout_file = input.attempt_directory / "logs" / (operation.name + ".stdout");
  operation.process.stderr_file = input.attempt_directory / "logs" / (operation.name + ".stderr");
}

Result<> AddHooks(const TaskInput& input, const std::string& point, std::vector<Operation>& operations) {
  int number = 0;
  for (const Hook& hook : input.hooks) {
    if (!Triggers(hook, point)) continue;
    ++number;
    const Path file = FindHook(hook.file, input.module_directory, input.base_directory, input.passed_environment);
    if (file.empty()) continue;  // pre-flight warned of it
    Operation operation;
    operation.role = Operation::Role::kHook;
    operation.kind = OperationKind::kScript;
    operation.name = point + "-" + std::to_string(number);
    operation.title = "hook '" + CleanLine(hook.file) + "' (" + point + ")";
    operation.mutating = true;
    operation.failure_is_soft = hook.ignore_error;
    if (Result<std::vector<std::string>> argv = HowToRun(file)) {
      operation.process.argv = *std::move(argv);
    } else if (hook.ignore_error) {
      operation.process.argv = {file.string()};  // which cannot be started: a warning
    } else {
      return tl::unexpected(std::move(argv).error());
    }
    std::vector<std::string> warnings;
    TRY_ASSIGN(operation.process.environment, ComponentEnvironment(input, &warnings));
    operation.process.timeout_ms = input.timeout_ms;
    SetFiles(input, operation);
    operations.push_back(std::move(operation));
  }
  return {};
}

Operation WaitUntilReady(const TaskInput& input) {
  Operation operation;
  operation.role = Operation::Role::kReady;
  operation.kind = OperationKind::kScript;
  operation.name = "ready";
  operation.process.argv = {input.self.string(), "_ready"};
  operation.process.environment = input.passed_environment;
  SetFiles(input, operation);
  return operation;
}

/// Where nothing runs (`bare: allow`) its templates are made all the same: what waits for no condition ends at once.
Operation OnlyTemplates(const TaskInput& input) {
  Operation operation = WaitUntilReady(input);
  operation.role = Operation::Role::kHook;
  operation.name = operation.title = "templates";
  operation.process.environment[exec::kReadyVariable] = "[]";
  SetFiles(input, operation);
  return operation;
}

/// What the templates of a component see: its own parameters, and nothing of others.
ValueMap OwnParameters(const TaskInput& input) {
  ValueMap values;
  for (const InputValue& own : input.inputs) {
    if (own.name.find(':') == std::string::npos) values[own.name] = own.value;
  }
  return values;
}

void RenderBefore(const TaskInput& input, Operation& operation) {
  operation.more_files = [sets = input.templates, directory = input.module_directory, values = OwnParameters(input)](
                             std::vector<std::string>* warnings) -> Result<std::vector<File>> {
    TRY_ASSIGN(std::vector<render::RenderedFile> rendered, render::RenderAll(sets, directory, values, warnings));
    std::vector<File> files;
    for (render::RenderedFile& file : rendered)
      files.push_back({std::move(file.path), std::move(file.content), file.mode});
    return files;
  };
}

class HookReader final : public LineReader {
 public:
  std::optional<ToolEvent> Read(std::string_view line, bool) override {
    ToolEvent event;
    event.text = CleanLine(line);
    if (event.text.empty()) return std::nullopt;
    return event;
  }
};

std::string WhyFailed(const Operation& operation, const exec::ExitStatus& status) {
  const std::string what =
      operation.role == Operation::Role::kHook ? operation.title : std::string("waiting until it is ready");
  if (!status.start_error.empty()) return what + " could not be started: " + CleanLine(status.start_error, 400);
  if (status.timed_out) return what + " did not end in time and was stopped";
  if (status.killed) return what + " was stopped";
  if (status.signal != 0) return what + " was ended by signal " + std::to_string(status.signal);
  std::string line = LastLine(operation.process.stderr_file);
  if (operation.role == Operation::Role::kReady && !line.empty()) return "it is not ready: " + line;
  if (line.empty()) line = LastLine(operation.process.stdout_file);
  const std::string code = what + " exited with code " + std::to_string(status.exit_code);
  return line.empty() ? code : code + ": " + line;
}

}  // namespace

Result<std::vector<Operation>> AroundDriver::Operations(const TaskInput& input) {
  if (input.component == kStackReady) return std::vector<Operation>{WaitUntilReady(input)};
  const std::string verb = VerbAround(input);
  TRY_ASSIGN(std::vector<Operation> tool, tool_.Operations(input));
  std::vector<Operation> all;
  if (!verb.empty()) TRY(AddHooks(input, "pre-" + verb, all));
  const size_t first = all.size();
  std::move(tool.begin(), tool.end(), std::back_inserter(all));
  if (!verb.empty()) TRY(AddHooks(input, "post-" + verb, all));
  if (verb == "deploy" && input.waits_until_ready) all.push_back(WaitUntilReady(input));
  if (input.templates.empty()) return all;
  if (first == all.size() && input.bare && !verb.empty()) all.push_back(OnlyTemplates(input));
  if (first < all.size()) RenderBefore(input, all[first]);
  return all;
}

std::unique_ptr<LineReader> AroundDriver::Reader(const Operation& operation) {
  if (operation.role == Operation::Role::kTool) return tool_.Reader(operation);
  return std::make_unique<HookReader>();
}

Result<OperationOutcome> AroundDriver::Finish(const TaskInput& input, const Operation& operation,
                                              const exec::ExitStatus& status) {
  if (operation.role == Operation::Role::kTool) return tool_.Finish(input, operation, status);
  OperationOutcome outcome;
  if (status.Clean() && status.exit_code == 0) return outcome;
  const std::string why = WhyFailed(operation, status);
  if (operation.failure_is_soft && !status.killed) {
    outcome.warnings.push_back(why + "; it goes on, as the hook says `error: ignore`");
    return outcome;
  }
  outcome.result = status.start_error.empty() ? OperationResult::kFailed : OperationResult::kErrored;
  if (status.killed) outcome.result = OperationResult::kCancelled;
  outcome.reason = why;
  return outcome;
}

std::vector<ModuleWarning> LookAtHooks(const Component& component, const Path& base_directory,
                                       const exec::ProcessEnv& environment, std::vector<Path>* files) {
  std::vector<ModuleWarning> warnings;
  for (const Hook& hook : component.hooks) {
    const Path file = FindHook(hook.file, component.source_dir, base_directory, environment);
    if (file.empty()) {
      warnings.push_back({"the hook '" + hook.file + "' of component '" + component.name +
                              "' is nowhere, and is left out: it is looked for in the component's directory, beside "
                              "the manifest, in bin, .hub and .hub/bin there, and on PATH",
                          hook.pos});
      continue;
    }
    const auto below = [&](const Path& directory) {
      const std::string relative = file.lexically_relative(directory).string();
      return !relative.empty() && !relative.starts_with("..");
    };
    if (!below(component.source_dir) && below(base_directory)) files->push_back(file);
  }
  return warnings;
}

}  // namespace davit::drivers
