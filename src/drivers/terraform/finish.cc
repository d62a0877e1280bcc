// How a Terraform operation ended: exit code, events, state file, outputs.
#include <algorithm>

#include "base/text.h"
#include "drivers/lines.h"
#include "drivers/made.h"
#include "drivers/terraform/events.h"
#include "drivers/terraform/layout.h"
#include "drivers/terraform/plan_json.h"
#include "drivers/terraform/state_file.h"
#include "drivers/terraform/terraform_driver.h"

namespace davit::drivers {
namespace {

constexpr size_t kMaxLine = size_t{16} << 20;
constexpr size_t kMaxDetails = 20;
constexpr char kErroredState[] = "errored.tfstate";
// What both tools say before they have done anything: their state is not the one that the plan was made for.
constexpr char kStale[] = "Saved plan is stale";
// What both tools say where their state could not be written; where it could be left in errored.tfstate, that file is taken.
constexpr std::string_view kUnsaved[] = {"Failed to save state", "Failed to persist state",
                                         "Failed to create local state file"};

/// What the events of a file say, together.
struct Told {
  std::vector<ResourceChange> changes;
  std::vector<ResourceChange> drift;
  bool output_changes = false;
  std::vector<std::string> errors;  // "summary: detail"
  std::vector<std::string> warnings;
  bool unsaved = false;         // its state could not be written where it belongs
  bool left_elsewhere = false;  // and is in errored.tfstate
  Made made;
  bool spoke = false;  // there are lines of `-json`
  bool torn = false;   // one is there in part: what followed may be missing too
};

Result<Told> ReadEvents(const Path& file) {
  Told told;
  TRY(ForEachLine(file, kMaxLine, [&](std::string_view text, bool cut) {
    if (cut) return;
    TerraformLine line = ParseTerraformLine(text);
    told.spoke = told.spoke || line.spoken;
    told.torn = told.torn || line.torn;
    if (line.event) told.made.Take(*line.event);
    if (line.change && line.change->action != "no-op") told.changes.push_back(std::move(*line.change));
    if (line.drift) told.drift.push_back(std::move(*line.drift));
    told.output_changes = told.output_changes || line.output_changes;
    if (!line.error && !line.warning) return;
    std::vector<std::string>& list = line.error ? told.errors : told.warnings;
    std::string message = line.detail.empty() ? line.summary : line.summary + ": " + line.detail;
    if (line.error) {
      told.unsaved = told.unsaved || std::any_of(std::begin(kUnsaved), std::end(kUnsaved),
                                                 [&](std::string_view begin) { return message.starts_with(begin); });
      told.left_elsewhere = told.left_elsewhere || message.find(kErroredState) != std::string::npos;
    }
    if (list.size() < kMaxDetails && std::find(list.begin(), list.end(), message) == list.end())
      list.push_back(std::move(message));
  }));
  return told;
}

/// init and output print their errors as text: "Error: …", a blank line, sentences.
std::string ErrorInText(const Path& file) {
  std::string reason;
  bool ended = false;
  const auto take = [&](std::string_view raw, bool) {
    std::string line = CleanLine(raw, 400);
    while (line.starts_with("│") || line.starts_with("╷") || line.starts_with("╵"))
      line = std::string(Trim(line.substr(3)));
    if (reason.empty()) {
      if (line.starts_with("Error: ")) reason = line.substr(7);
    } else if (!ended) {
      if (line.starts_with("Error: ") || reason.size() > 400) {
        ended = true;
      } else if (!line.empty()) {
        reason += (reason.find(": ") == std::string::npos ? ": " : " ") + line;
      }
    }
  };
  if (!ForEachLine(file, 4096, take)) return {};
  return reason;
}

void Unclean(const Operation& operation, const exec::ExitStatus& status, OperationOutcome& outcome) {
  outcome.result = status.killed ? OperationResult::kCancelled : OperationResult::kErrored;
  if (!status.start_error.empty()) {
    outcome.reason = operation.name + " could not be started: " + CleanLine(status.start_error, 400);
  } else if (status.timed_out) {
    outcome.reason = operation.name + " did not end in time and was stopped";
  } else if (status.killed) {
    outcome.reason = operation.name + " was stopped";
  } else {
    outcome.reason = operation.name + " was ended by signal " + std::to_string(status.signal);
  }
}

/// A failure: the tool's own words; false where it left none. Whoever speaks in events says an error in them too: what else is on its standard error
/// output may be of before.
bool Failed(const Operation& operation, const exec::ExitStatus& status, const Told& told, OperationOutcome& outcome) {
  outcome.result = OperationResult::kFailed;
  if (!told.errors.empty()) {
    outcome.reason = told.errors.front();
    outcome.details.assign(told.errors.begin() + 1, told.errors.end());
    return true;
  }
  for (const Path& file : {operation.process.stderr_file, operation.process.stdout_file}) {
    outcome.reason = ErrorInText(file);
    if (!outcome.reason.empty()) return true;
  }
  const std::string last = LastLine(operation.process.stderr_file);
  outcome.reason =
      operation.name + " exited with code " + std::to_string(status.exit_code) + (last.empty() ? "" : ": " + last);
  return !last.empty() && !told.spoke;
}

/// The tool could not write its state where it should, and left it in the module's directory. It goes to the attempt,
/// so that nobody meets it again.
bool TakeErroredState(const TaskInput& input, const Told& told, bool said_why, OperationOutcome& outcome) {
  const Path left = input.module_directory / kErroredState;
  std::error_code error;
  const bool told_of_it = !said_why || told.torn || told.left_elsewhere;
  if (!told_of_it || !std::filesystem::exists(left, error)) return false;
  Path kept = input.attempt_directory / "state" / kErroredState;
  std::filesystem::rename(left, kept, error);
  outcome.state_file = error ? left : kept;
  outcome.result = OperationResult::kErrored;
  outcome.reason = "the state could not be written where it belongs: " + outcome.reason;
  return true;
}

/// Whether a tool that failed may have made something that its state does not hold: it says that it could not write it,
/// or it told of things that are not there, or what it told is lost itself (a full disk takes both). `state`: nullptr
/// where it is in the module's own backend and not known here.
bool LostSomething(const Told& told, bool said_why, const StateInfo* state) {
  return !said_why || told.torn || told.unsaved || (state != nullptr && told.made.HasMoreThan(*state));
}

void TellLost(const Told& told, bool said_why, OperationOutcome& outcome) {
  outcome.uncertain = true;
  outcome.log_lost = told.torn || !said_why;
  outcome.result = OperationResult::kErrored;
  outcome.reason = said_why ? "its state may not hold all that it made: " + outcome.reason
                            : outcome.reason + " without a word: what it made may be in neither its state nor its log";
}

Result<> FinishInit(const TaskInput& input, OperationOutcome& outcome) {
  TRY_ASSIGN(const TerraformModule module, ReadModule(input.module_directory, input.module.tool == "tofu"));
  if (std::string lock = ReadLockFile(input); lock != input.lock_file) outcome.lock_file = std::move(lock);
  ShareData(input, module);
  return {};
}

Result<> FinishChange(const TaskInput& input, bool succeeded, const Told& told, bool said_why,
                      OperationOutcome& outcome) {
  if (!succeeded && TakeErroredState(input, told, said_why, outcome)) return {};
  const Path file = StateFileOf(input);
  std::error_code error;
  const bool has_state = std::filesystem::exists(file, error);
  Result<TerraformState> state{TerraformState()};
  if (has_state) {
    TRY_ASSIGN(const std::string bytes, ReadFile(file));
    outcome.state_file = file;
    state = ParseState(bytes);
    if (!state) {
      outcome.result = OperationResult::kErrored;
      outcome.reason = state.error().message + (outcome.reason.empty() ? "" : " (" + outcome.reason + ")");
      return {};
    }
  }
  if (!succeeded) {
    const bool elsewhere = !input.module.foreign_backend.empty();
    if (LostSomething(told, said_why, elsewhere ? nullptr : &state->info)) TellLost(told, said_why, outcome);
    return {};
  }
  // Without a state nothing was there and nothing was made; or the backend is the module's own.
  outcome.has_outputs = has_state || input.kind == TaskKind::kDestroy;
  if (has_state && input.kind == TaskKind::kApply) outcome.outputs = std::move(state->outputs);
  return {};
}

Result<> FinishOutput(const Operation& operation, OperationOutcome& outcome) {
  TRY_ASSIGN(const std::string text, ReadFile(operation.process.stdout_file));
  const Result<json::value> root = ParseJson(text);
  if (!root || !root->is_object()) {
    outcome.result = OperationResult::kErrored;
    outcome.reason = "the outputs could not be read back from the module's own backend";
    return {};
  }
  outcome.outputs = ValueMapFromJson(root->get_object());
  outcome.has_outputs = true;
  std::error_code error;
  std::filesystem::remove(operation.process.stdout_file, error);
  return {};
}

/// Of nothing the tool prints nothing, or a state without a lineage.
bool IsNoState(const std::string& bytes) {
  if (Trim(bytes).empty()) return true;
  const Result<json::value> root = ParseJson(bytes);
  return root && root->is_object() && root->get_object().contains("lineage") &&
         GetString(root->get_object(), "lineage").empty();
}

/// A state that can be worked from, with something in it: else there is nothing to take over, and a failure says so.
Result<> FinishPull(const TaskInput& input, OperationOutcome& outcome) {
  const std::string& backend = input.module.foreign_backend;
  TRY_ASSIGN(std::string bytes, ReadFile(StateFileOf(input)));
  outcome.result = OperationResult::kFailed;
  if (IsNoState(bytes)) {
    const bool names_workspace = backend == "cloud" || backend == "remote";
    outcome.reason = "its " + backend + " backend holds no state" +
                     (names_workspace ? "" : " in the workspace `default`, where davit looks") +
                     "; one that is elsewhere is taken over as a file: davit state adopt " + input.component +
                     " --from FILE";
    return {};
  }
  const Result<TerraformState> state = ParseState(bytes);
  if (!state) {
    outcome.reason = "what its " + backend + " backend holds cannot be taken over: " + state.error().message;
    return {};
  }
  if (state->info.resources == 0) {
    outcome.reason = "the state in its " + backend + " backend holds no resources, so there is nothing to adopt";
    return {};
  }
  // Printing it added a newline; without that it is to the byte what the tool would write.
  if (bytes.ends_with("\n\n")) {
    bytes.pop_back();
    TRY(WriteFile(StateFileOf(input), bytes));
  }
  outcome.result = OperationResult::kSucceeded;
  outcome.state_file = StateFileOf(input);
  return {};
}

class TerraformReader final : public LineReader {
 public:
  explicit TerraformReader(bool silent) : silent_(silent) {}
  std::optional<ToolEvent> Read(std::string_view line, bool from_stderr) override {
    if (silent_ && !from_stderr) return std::nullopt;
    return ParseTerraformLine(line).event;
  }

 private:
  const bool silent_;
};

}  // namespace

std::unique_ptr<LineReader> TerraformDriver::Reader(const Operation& operation) {
  return std::make_unique<TerraformReader>(operation.name == "output" || operation.name == "pull");
}

Result<OperationOutcome> TerraformDriver::Finish(const TaskInput& input, const Operation& operation,
                                                 const exec::ExitStatus& status) {
  OperationOutcome outcome;
  if (!status.Clean()) {
    Unclean(operation, status, outcome);
    return outcome;
  }
  const bool plan = input.kind == TaskKind::kPlan;
  const bool main_operation = operation.name != "init" && operation.name != "output" && operation.name != "pull" &&
                              operation.kind != OperationKind::kShow;
  Told told;
  if (main_operation) {
    TRY_ASSIGN(told, ReadEvents(operation.process.stdout_file));
  }
  const bool succeeded = status.exit_code == 0 || (plan && main_operation && status.exit_code == 2);
  const bool said_why = succeeded || Failed(operation, status, told, outcome);
  outcome.warnings = told.warnings;
  outcome.changes = input.refresh_only ? told.drift : told.changes;
  if (operation.name == "init") {
    if (succeeded) TRY(FinishInit(input, outcome));
  } else if (operation.name == "output") {
    if (succeeded) TRY(FinishOutput(operation, outcome));
  } else if (operation.name == "pull") {
    if (succeeded) TRY(FinishPull(input, outcome));
  } else if (operation.kind == OperationKind::kShow) {
    if (succeeded) {
      TRY_ASSIGN(const std::string account, ReadFile(operation.process.stdout_file));
      TRY_ASSIGN(outcome.planned, input.refresh_only ? ParseDrift(account) : ParsePlan(account));
    }
  } else if (plan) {
    outcome.no_changes = status.exit_code == 0;
    outcome.output_changes = succeeded && told.output_changes;
    if (succeeded && !input.refresh_only) outcome.plan_file = PlanFileOf(input);
  } else if (operation.kind != OperationKind::kPlan) {  // that of a rehearsal left nothing
    TRY(FinishChange(input, succeeded, told, said_why, outcome));
    outcome.plan_refused =
        !succeeded && !input.saved_plan.empty() && !told.errors.empty() && told.errors.front().starts_with(kStale);
  }
  return outcome;
}

Result<StateInfo> TerraformDriver::ReadState(std::string_view bytes) {
  TRY_ASSIGN(TerraformState state, ParseState(bytes));
  return std::move(state.info);
}

}  // namespace davit::drivers
