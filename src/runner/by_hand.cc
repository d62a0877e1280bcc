#include "runner/by_hand.h"

#include <algorithm>

#include "base/fault.h"
#include "drivers/environment.h"
#include "exec/foreground.h"
#include "runner/operation_files.h"
#include "runner/spare_directory.h"
#include "runner/task_input.h"
#include "secrets/masker.h"
#include "source/bundle.h"

namespace davit::runner {
namespace {

/// Why what the tool needs first could not be done; empty = it is ready.
Result<std::string> Before(drivers::Driver& driver, const drivers::TaskInput& input,
                           const std::vector<drivers::Operation>& operations, const std::vector<int>& kept_fds) {
  for (const drivers::Operation& operation : operations) {
    exec::Foreground command;
    command.argv = operation.process.argv;
    command.directory = operation.process.directory;
    command.environment = operation.process.environment;
    command.stdout_file = operation.process.stdout_file;
    command.stderr_file = operation.process.stderr_file;
    command.kept_fds = kept_fds;
    command.alone_with = operation.process.alone_with;
    exec::ExitStatus status;
    TRY_ASSIGN(status.exit_code, exec::RunInForeground(command));
    TRY_ASSIGN(const drivers::OperationOutcome outcome, driver.Finish(input, operation, status));
    if (outcome.result != OperationResult::kSucceeded) return outcome.reason;
  }
  return std::string();
}

/// What a component does for a verb, one process after another, until one fails: its exit code.
Result<int> RunVerb(drivers::Driver& driver, drivers::TaskInput input, const HandRequest& request,
                    const std::vector<int>& kept_fds) {
  input.verb = request.verb;
  const Result<std::vector<drivers::Operation>> operations = driver.Operations(input);
  const auto is_tool = [](const drivers::Operation& one) { return one.role == drivers::Operation::Role::kTool; };
  if (!operations && operations.error().code != ErrorCode::kNotFound) return tl::unexpected(operations.error());
  if (!operations || std::none_of(operations->begin(), operations->end(), is_tool))
    return Fail(ErrorCode::kInvalidInput, "component '" + input.component + "' has no verb '" + request.verb + "'",
                "a target of its Makefile, or an executable file '" + request.verb +
                    "' makes it one; its files are those of its last attempt, `davit up` takes newer ones");
  for (const drivers::Operation& operation : *operations) {
    std::vector<std::string> warnings;
    TRY(WriteFilesOf(operation, &warnings));
    for (const std::string& warning : warnings) request.warned(warning);
    exec::Foreground command;
    command.argv = operation.process.argv;
    command.directory = operation.process.directory;
    command.environment = operation.process.environment;
    command.output_to_errors = request.output_to_errors;
    command.kept_fds = kept_fds;
    TRY_ASSIGN(const int code, exec::RunInForeground(command));
    if (code == 0) continue;
    if (!operation.failure_is_soft) return code;
    request.warned(operation.title + " exited with code " + std::to_string(code) +
                   "; it goes on, as the hook says `error: ignore`");
  }
  return 0;
}

/// The person's own environment, and over it what the tool of an attempt would have.
exec::ProcessEnv EnvironmentOf(const exec::ProcessEnv& own, const drivers::Workbench& bench) {
  exec::ProcessEnv environment = bench.environment;
  for (const auto& [name, value] : own) {
    const bool hidden = std::any_of(bench.hidden.begin(), bench.hidden.end(),
                                    [&](const std::string& pattern) { return drivers::MatchesName(pattern, name); });
    if (!hidden) environment.emplace(name, value);
  }
  return environment;
}

/// Names the file of the state in the directory of a shell that writes, for whoever finds it.
constexpr char kStateFileNote[] = "state_file";

constexpr char kPrefix[] = "shell-";  // and the run, and a dash: such a directory

/// nullopt: there is none.
Result<std::optional<std::string>> FileIn(const Path& file) {
  std::error_code error;
  if (file.empty() || !std::filesystem::exists(file, error)) return std::optional<std::string>();
  TRY_ASSIGN(std::string bytes, ReadFile(file));
  return bytes;
}

Result<int> Work(control::Client& client, drivers::Driver& driver, const RunnerOptions& options,
                 const control::HandView& view, const HandRequest& request, const SpareDirectory& directory,
                 Path* state_file) {
  control::Lease lease = view.lease;
  lease.kind = TaskKind::kApply;
  lease.direct = true;
  lease.attempt_directory = directory.path();
  for (const char* name : {"logs", "config", "state"}) TRY(MakeDirectories(directory.path() / name));
  const Path tree = directory.path() / "tree";
  {
    TRY_ASSIGN(const std::string archive, client.GetBundle(lease.bundle));
    TRY(source::LayOut(archive, tree));
  }
  const Place place{lease.module_path.empty() ? tree : tree / lease.module_path,
                    lease.base_path.empty() ? tree : tree / lease.base_path, options.self};
  const drivers::TaskInput input = TaskInputOf(lease, place, options.environment, client.cache_root());
  TRY_ASSIGN(const drivers::Workbench bench, driver.ByHand(input));
  for (const drivers::File& file : bench.files) TRY(WriteFile(file.path, file.content, file.mode));
  if (!view.writes.empty()) TRY(WriteFile(directory.path() / kStateFileNote, bench.state_file.string()));
  if (!bench.state_file.empty() && !lease.prior_state.empty()) TRY(WriteFile(bench.state_file, lease.prior_state));
  *state_file = bench.state_file;
  HandRequest::Laid laid;
  laid.directory = place.module_directory;
  laid.commands = bench.commands;
  std::vector<int> kept_fds{directory.lock()};
  if (view.alive_fd >= 0) kept_fds.push_back(view.alive_fd);
  TRY_ASSIGN(const std::string failed, Before(driver, input, bench.before, kept_fds));
  laid.failed = secrets::Masker(lease.secrets).Mask(failed);
  if (request.ready) request.ready(laid);
  if (!request.verb.empty()) return RunVerb(driver, input, request, kept_fds);

  exec::Foreground command;
  command.argv = request.argv;
  command.environment = EnvironmentOf(options.environment, bench);
  if (command.argv[0].find('/') == std::string::npos) {
    const Path found = exec::FindOnPath(command.argv[0], command.environment);
    if (found.empty()) return Fail(ErrorCode::kInvalidInput, "there is no command '" + command.argv[0] + "' on PATH");
    command.argv[0] = found.string();
  }
  command.directory = place.module_directory;
  command.output_to_errors = request.output_to_errors;
  command.kept_fds = kept_fds;
  return exec::RunInForeground(command);
}

}  // namespace

Result<HandResult> WorkByHand(control::Client& client, drivers::Registry& drivers, const RunnerOptions& options,
                              control::HandView view, const HandRequest& request) {
  drivers::Driver* driver = drivers.Find(view.lease.driver);
  if (driver == nullptr) return Fail(ErrorCode::kNotFound, "there is no driver " + view.lease.driver);
  if (!request.verb.empty() && driver->name() != "script")
    return Fail(ErrorCode::kInvalidInput,
                "component '" + view.lease.component + "' has no verbs: it is a module of " + view.lease.module.tool,
                "`davit shell " + view.lease.component + "` opens a shell where its tool worked");
  const bool writes = !view.writes.empty();
  Result<SpareDirectory> directory =
      writes ? SpareDirectory::MakeKept(client.work_root(), kPrefix + view.writes.text + "-")
             : SpareDirectory::Make(client.work_root());
  HandResult result;
  Path state_file;
  const Result<int> code = directory ? Work(client, *driver, options, view, request, *directory, &state_file)
                                     : Result<int>(tl::unexpected(directory.error()));
  if (code) result.exit_code = *code;
  if (writes) {
    // Also where nothing could be started: the deployment is to be free again.
    MAYBE_FAULT("runner.shell_left");
    Result<control::HandEnd> end = [&]() -> Result<control::HandEnd> {
      TRY_ASSIGN(const std::optional<std::string> state, FileIn(state_file));
      return client.EndByHand(view.writes, state, /*interrupted=*/false);
    }();
    if (!end) {
      if (directory) directory->Leave();
      Error error = end.error();
      error.message =
          "the state that the shell left could not be kept, it is in " + state_file.string() + ": " + error.message;
      error.suggestion = "the next `davit up` takes it from there";
      return Fail(std::move(error));
    }
    result.end = *std::move(end);
  }
  if (!code) return tl::unexpected(code.error());
  return result;
}

Result<> TakeLostHands(control::Client& client, Observer& observer) {
  TRY_ASSIGN(const std::vector<RunId> lost, client.LostHands());
  std::vector<Path> over;
  std::map<RunId, std::optional<std::string>> states;
  for (const RunId& run : lost) states[run];
  std::error_code error;
  for (const auto& item : std::filesystem::directory_iterator(client.work_root(), error)) {
    const std::string name = item.path().filename().string();
    if (!name.starts_with(kPrefix)) continue;
    const RunId run(name.substr(sizeof(kPrefix) - 1, name.rfind('-') - (sizeof(kPrefix) - 1)));
    if (const auto state = states.find(run); state != states.end()) {
      TRY_ASSIGN(const std::optional<std::string> file, FileIn(item.path() / kStateFileNote));
      if (file) {
        TRY_ASSIGN(state->second, FileIn(*file));
      }
      over.push_back(item.path());
    } else if (const Result<RunRow> row = client.GetRun(run); row && row->state == RunState::kFinished) {
      over.push_back(item.path());
    }
  }
  for (const auto& [run, state] : states) {
    TRY_ASSIGN(const control::HandEnd end, client.EndByHand(run, state, /*interrupted=*/true));
    std::string text = "the davit of a shell in " + end.component + " was killed";
    if (!end.problem.empty()) {
      text += "; the state that was left there is in quarantine: " + end.problem;
    } else if (end.version) {
      text += "; the state that was left there is kept as version " + std::to_string(end.version->version);
    }
    observer.OnNotice(text);
  }
  for (const Path& directory : over) std::filesystem::remove_all(directory, error);
  return {};
}

}  // namespace davit::runner
