#include "runner/attempt.h"

#include <sys/stat.h>

#include <algorithm>

#include "base/fault.h"
#include "exec/attempt_files.h"
#include "exec/ready.h"
#include "model/raw_output.h"
#include "runner/operation_files.h"
#include "runner/report.h"
#include "runner/task_input.h"

namespace davit::runner {
namespace {

constexpr int64_t kUploadMs = 250;     // a viewer is never further behind than this and a commit
constexpr int64_t kStateCopyMs = 200;  // a growing state is copied at most so often
constexpr size_t kMostListed = 500;    // planned changes that are recorded one by one
constexpr size_t kChunkBytes = size_t{192} << 10;

RunResult ResultOf(OperationResult result) {
  switch (result) {
    case OperationResult::kSucceeded:
    case OperationResult::kNotRequired:
      return RunResult::kSucceeded;
    case OperationResult::kFailed:
      return RunResult::kFailed;
    case OperationResult::kErrored:
      return RunResult::kErrored;
    case OperationResult::kCancelled:
      return RunResult::kCancelled;
  }
  return RunResult::kErrored;
}

/// The names by which its tool prints outputs that are declared to be secret.
std::set<std::string, std::less<>> SecretOutputs(const control::Lease& lease) {
  std::set<std::string, std::less<>> names;
  for (const OutputDeclaration& output : lease.output_declarations) {
    if (!output.sensitive) continue;
    names.insert(output.from_tf_var.empty() ? output.name : std::string(RawName(output.from_tf_var)));
  }
  return names;
}

}  // namespace

std::string CountChanges(const std::vector<drivers::ResourceChange>& changes) {
  json::object counts{{"v", 1}, {"create", 0}, {"update", 0}, {"replace", 0}, {"delete", 0}};
  int64_t total = 0;
  for (const drivers::ResourceChange& change : changes) {
    json::value* count = counts.if_contains(change.action);
    if (count == nullptr || change.action == "v") continue;
    *count = count->as_int64() + 1;
    ++total;
  }
  return total == 0 ? std::string() : json::serialize(counts);
}

Attempt::Attempt(control::Client& client, drivers::Driver& driver, const Clock& clock, control::Lease lease,
                 const control::LogCursor& kept_log)
    : client_(client),
      driver_(driver),
      clock_(clock),
      lease_(std::move(lease)),
      log_(std::move(lease_.secrets), SecretOutputs(lease_), kept_log),
      prior_state_(std::move(lease_.prior_state)) {
  lease_.secrets.clear();
}

Result<> Attempt::MakeInput(const Place& place, const exec::ProcessEnv& environment) {
  input_ = TaskInputOf(lease_, place, environment, client_.cache_root());
  input_.saved_plan = std::move(lease_.saved_plan);
  input_.show_plan = lease_.show != control::ShowPlan::kNever;
  TRY_ASSIGN(operations_, driver_.Operations(input_));
  // `bare: allow`: what it declares is made from its parameters alone.
  outcome_.has_outputs = lease_.bare && lease_.kind == TaskKind::kApply && !driver_.can_plan() &&
                         std::none_of(operations_.begin(), operations_.end(), [](const drivers::Operation& operation) {
                           return operation.role == drivers::Operation::Role::kTool;
                         });
  return {};
}

Result<> Attempt::Prepare(const Place& place, const exec::ProcessEnv& environment) {
  const Path& directory = lease_.attempt_directory;
  std::error_code error;
  std::filesystem::remove_all(directory, error);  // of an attempt that was taken back before it began
  TRY(MakeDirectories(directory / "logs"));
  if (driver_.keeps_state()) TRY(MakeDirectories(directory / "config"));  // scripts have none; making one costs
  std::filesystem::create_directory_symlink(place.module_directory, directory / "module", error);
  MAYBE_FAULT("runner.laying_out");
  // Last: whoever finds no state/ knows that nothing was ever started here.
  TRY(MakeDirectories(directory / "state"));
  if (!prior_state_.empty() && driver_.keeps_state()) TRY(WriteFile(StateFile(), prior_state_));
  return MakeInput(place, environment);
}

Result<Attempt::Found> Attempt::TakeOver(const Place& place, const exec::ProcessEnv& environment) {
  TRY(MakeInput(place, environment));
  auto begin_file = [&](size_t i) { return exec::BeginFile(lease_.attempt_directory, operations_[i].name); };
  auto taken_back_before = [&](size_t i) { return GetBool(exec::ReadJsonFile(begin_file(i)), "taken_back"); };
  // Where nothing changes anything, as where there is only something to wait for, they all count.
  const bool any_mutating = std::any_of(operations_.begin(), operations_.end(),
                                        [](const drivers::Operation& operation) { return operation.mutating; });
  size_t current = operations_.size();  // the last that began, of those from the first that changes something on
  for (size_t i = 0; i < operations_.size(); ++i) {
    const drivers::Operation& operation = operations_[i];
    std::error_code error;
    const bool begun = std::filesystem::exists(begin_file(i), error);
    if (current == operations_.size()) {
      if (any_mutating && !operation.mutating) continue;
      // Taken back now, or by a davit that died before it could say so.
      if (begun && taken_back_before(i)) return Found::kNeverBegan;
      if (!begun) {
        TRY_ASSIGN(const bool taken_back, exec::TakeBack(lease_.attempt_directory, operation.name));
        // Lost to its supervisor, or to another davit that takes it back.
        if (taken_back || taken_back_before(i)) return Found::kNeverBegan;
      }
      current = i;
    } else if (begun) {
      current = i;
    }
  }
  if (current == operations_.size())
    return Fail(ErrorCode::kInternal, lease_.component + " has no process that changes anything");
  // What those before it left is read again: it is known to nobody else.
  for (at_ = 0; at_ < current;) {
    TRY_ASSIGN(const exec::Probe probe, exec::ProbeOperation(lease_.attempt_directory, operation().name));
    if (!probe.status || !operation().mutating) {
      ++at_;
      continue;
    }
    TRY(TakeCleanEnd(*probe.status));
  }
  launched_ = begun_ = true;
  launched_ms_ = clock_.MonotonicMs();
  log_.Begin(operation().process.stdout_file, operation().process.stderr_file, driver_.Reader(operation()));
  return Found::kCurrent;
}

Result<> Attempt::Launch(exec::Launcher& launcher) {
  const drivers::Operation& next = operation();
  std::vector<std::string> warnings;
  TRY(WriteFilesOf(next, &warnings));
  for (std::string& warning : warnings) outcome_.warnings.push_back(log_.Mask(warning));
  exec::ProcessSpec process = next.process;
  if (next.role == drivers::Operation::Role::kReady) {
    TRY_ASSIGN(const std::vector<ReadyTarget> targets, client_.ReadyTargets(lease_, outcome_.outputs));
    process.environment[exec::kReadyVariable] = json::serialize(ToJson(targets));
  }
  log_.Begin(next.process.stdout_file, next.process.stderr_file, driver_.Reader(next));
  TRY(launcher.Launch(lease_.attempt_directory, next.name, process));
  launched_ = true;
  begun_ = begun_ || next.mutating;
  launched_ms_ = clock_.MonotonicMs();
  if (uploaded_ms_ == 0) uploaded_ms_ = launched_ms_;
  return {};
}

Result<> Attempt::Follow(const LogFollower::Take& take) {
  log_.Pump(false, take);
  const int64_t now = clock_.MonotonicMs();
  if (log_.pending_bytes() >= kChunkBytes || (log_.pending_bytes() > 0 && now - uploaded_ms_ >= kUploadMs)) {
    uploaded_ms_ = now;
    TRY(client_.PutLog(lease_, log_.TakePending(lease_.attempt)));
  }
  if (has_operation() && operation().mutating && driver_.keeps_state() && now - copied_ms_ >= kStateCopyMs)
    TRY(CopyState(false));
  return {};
}

Result<> Attempt::CopyState(bool last) {
  struct stat info {};
  if (::stat(StateFile().c_str(), &info) != 0) return {};
  const int64_t changed_ns = int64_t{info.st_mtim.tv_sec} * 1'000'000'000 + info.st_mtim.tv_nsec;
  if (changed_ns == state_changed_ns_ && !last) return {};
  Result<std::string> bytes = ReadFile(StateFile());
  if (!bytes) return {};
  Result<drivers::StateInfo> state = driver_.ReadState(*bytes);
  if (!state) return {};  // torn: it is being written
  state_changed_ns_ = changed_ns;
  if (*bytes == copied_state_ || *bytes == prior_state_) return {};
  MAYBE_FAULT("runner.before_state_copy");
  copied_ms_ = clock_.MonotonicMs();
  TRY(client_.PutState(lease_, *bytes, state->serial, state->lineage));
  MAYBE_FAULT("runner.after_state_copy");
  copied_state_ = std::move(*bytes);
  return {};
}

void Attempt::Record(const exec::ExitStatus* status, OperationResult result,
                     const std::vector<drivers::ResourceChange>& changes) {
  json::object record{
      {"v", 1}, {"kind", json::string(ToString(operation().kind))}, {"result", json::string(ToString(result))}};
  if (status != nullptr) {
    record["exit_code"] = status->exit_code;
    record["duration_ms"] = status->wall_ms;
    record["cpu_ms"] = status->cpu_ms;
    record["max_rss_kb"] = status->max_rss_kb;
  }
  // The tool's own plan-and-apply is one process: what is fused into it is recorded all the same (DESIGN 20).
  if (operation().kind == OperationKind::kApply && lease_.direct && driver_.can_plan())
    record["fused"] = json::array{"refresh", "plan"};
  if (operation().kind == OperationKind::kPlan) {
    record["fused"] = json::array{"refresh"};
    json::array listed;
    for (const drivers::ResourceChange& change : changes) {
      if (change.action == "no-op" || change.action == "read") continue;
      if (listed.size() == kMostListed) break;
      listed.push_back(json::object{{"address", log_.Mask(change.address)}, {"action", change.action}});
    }
    if (!listed.empty()) record["changes"] = std::move(listed);
  }
  outcome_.operations.push_back(std::move(record));
}

Result<Attempt::Step> Attempt::TakeEnd(const exec::ExitStatus* status, const LogFollower::Take& take) {
  MAYBE_FAULT("runner.tool_ended");
  for (bool more = true; more;) {
    more = log_.Pump(true, take);
    if (log_.pending_bytes() < kChunkBytes) continue;
    // A conflict is for the end itself to find: only with it comes the state that goes to quarantine.
    if (Result<> put = client_.PutLog(lease_, log_.TakePending(lease_.attempt));
        !put && put.error().code != ErrorCode::kConflict) {
      return Fail(put.error());
    }
  }
  if (status != nullptr) {
    for (const std::string& survivor : status->survivors) {
      outcome_.warnings.push_back("left running by its " + operation().name + ": " + log_.Mask(survivor));
    }
    if (status->Clean() || !status->start_error.empty() || !operation().mutating) return TakeCleanEnd(*status);
  } else if (!operation().mutating) {
    EndWith(signalled() ? RunResult::kCancelled : RunResult::kErrored, operation().name + " did not run to its end");
    return Step::kEnded;
  }
  return TakeUncleanEnd(status, StateFile());
}

Result<Attempt::Step> Attempt::TakeCleanEnd(const exec::ExitStatus& status) {
  Result<drivers::OperationOutcome> finished = driver_.Finish(input_, operation(), status);
  if (!finished && operation().mutating) {
    // It changed something, and what it left cannot be read: its state is kept before anything else, and a person looks.
    outcome_.reason = log_.Mask(finished.error().message);
    return TakeUncleanEnd(&status, StateFile());
  }
  TRY_ASSIGN(drivers::OperationOutcome outcome, std::move(finished));
  for (std::string& warning : outcome.warnings) outcome_.warnings.push_back(log_.Mask(warning));
  if (!outcome.lock_file.empty()) outcome_.lock_file = std::move(outcome.lock_file);
  if (std::string counts = CountChanges(outcome.changes); !counts.empty()) outcome_.changes = std::move(counts);
  if (outcome.uncertain) {
    outcome_.reason = log_.Mask(outcome.reason);
    return TakeUncleanEnd(&status, StateFile(), outcome.log_lost);
  }
  if (!outcome.state_file.empty()) {
    Result<std::string> bytes = ReadFile(outcome.state_file);
    Result<drivers::StateInfo> state = bytes ? driver_.ReadState(*bytes) : tl::unexpected(bytes.error());
    if (!state || outcome.state_file != StateFile()) {
      // The tool ended, and what it left is no state to work from, or lies where it had to be rescued to.
      const Path left = outcome.state_file;
      outcome_.reason = log_.Mask(outcome.reason);
      return TakeUncleanEnd(&status, left);
    }
    outcome_.state = std::move(*bytes);
    outcome_.state_serial = state->serial;
    outcome_.state_lineage = state->lineage;
    outcome_.state_resources = state->resources;
  }
  Record(&status, outcome.result, outcome.changes);
  if (outcome.has_outputs) {
    outcome_.has_outputs = true;
    outcome_.outputs = std::move(outcome.outputs);
    outcome_.provides = std::move(outcome.provides);
  }
  if (outcome.result != OperationResult::kSucceeded && outcome.result != OperationResult::kNotRequired) {
    RunResult result = ResultOf(outcome.result);
    // A plan that was interrupted because somebody cancelled did not fail.
    if (signalled() && !operation().mutating) result = RunResult::kCancelled;
    outcome_.plan_refused = outcome.plan_refused;
    outcome_.hook_failed =
        operation().role == drivers::Operation::Role::kHook && operation().mutating && result != RunResult::kCancelled;
    EndWith(result, result == RunResult::kCancelled && !operation().mutating ? "cancelled" : log_.Mask(outcome.reason));
    return Step::kEnded;
  }
  if (outcome.planned) outcome_.planned = std::move(outcome.planned);
  if (lease_.kind == TaskKind::kPlan && operation().kind == OperationKind::kPlan) {
    outcome_.no_changes = outcome.no_changes;
    outcome_.job_complete = outcome.no_changes && lease_.live && lease_.grade == PlanGrade::kFirm;
    if (!outcome.no_changes || !lease_.live) {
      TRY_ASSIGN(outcome_.plan, ReadFile(outcome.plan_file));
    }
    // What only makes new things is counted and not shown, and where there is nothing there is nothing to show.
    const bool only_makes =
        !lease_.live && std::all_of(outcome.changes.begin(), outcome.changes.end(), [](const auto& change) {
          return change.action == "create" || change.action == "read";
        });
    const bool shown = lease_.show == control::ShowPlan::kAlways || !only_makes;
    if (outcome.no_changes ? lease_.live : !shown) at_ = operations_.size() - 1;
  }
  ++at_;
  launched_ = false;
  if (has_operation()) return Step::kNext;
  outcome_.result = RunResult::kSucceeded;
  return Step::kEnded;
}

Result<Attempt::Step> Attempt::TakeUncleanEnd(const exec::ExitStatus* status, const Path& left, bool log_lost) {
  Record(status, OperationResult::kErrored);
  // From the last complete state goes on what comes next; what lies there and is none is kept apart (engine.md 4, "Unclean end").
  if (driver_.keeps_state()) {
    if (left == StateFile()) TRY(CopyState(true));
    Result<std::string> bytes = ReadFile(left);
    if (bytes && !bytes->empty() && *bytes != copied_state_ && *bytes != prior_state_) {
      TRY(client_.QuarantineState(lease_, *bytes, "left by a tool that did not end well"));
    }
  }
  std::string reason = outcome_.reason.empty() ? ReasonOf(status) : outcome_.reason;
  if (lease_.idempotent && driver_.name() == "script") {
    outcome_.hook_failed = operation().role == drivers::Operation::Role::kHook && !forced_;
    EndWith(forced_ ? RunResult::kCancelled : RunResult::kErrored,
            reason + "; it may simply be run again, and the next `davit up` does");
    return Step::kEnded;
  }
  outcome_.reason = std::move(reason);
  report_ = ReconcileReport(driver_, operation(), lease_.module.tool,
                            copied_state_.empty() ? prior_state_ : copied_state_, log_lost);
  return Step::kReconcile;
}

void Attempt::EndWith(RunResult result, std::string reason) {
  outcome_.result = result;
  outcome_.reason = std::move(reason);
  outcome_.never_began = !begun_ && result != RunResult::kSucceeded;
}

void Attempt::EndUnbegun(RunResult result, std::string reason) {
  begun_ = false;
  EndWith(result, std::move(reason));
}

void Attempt::Signal(exec::Signal signal) {
  bool& sent = signal == exec::Signal::kForce ? forced_ : interrupted_;
  if (sent || !launched_) return;
  // not_found: it ends by itself just now, or has not begun; the latter is tried again.
  sent = exec::SignalOperation(lease_.attempt_directory, operation().name, signal).has_value();
}

}  // namespace davit::runner
