// One attempt at work: a leased task, its directory, its processes one after another, what they print and the state they grow. It asks
// the driver what to run and what it meant, and gathers the outcome that the runner reports. One thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "control/client.h"
#include "drivers/driver.h"
#include "exec/supervisor.h"
#include "runner/log_follower.h"
#include "runner/trees.h"

namespace davit::runner {

class Attempt {
 public:
  Attempt(control::Client& client, drivers::Driver& driver, const Clock& clock, control::Lease lease,
          const control::LogCursor& kept_log);

  /// Lays out the directory of a new attempt and asks the driver for its processes.
  Result<> Prepare(const Place& place, const exec::ProcessEnv& environment);
  /// Takes over an attempt that another process began; `begun` says which of its processes is current.
  enum class Found { kNeverBegan, kCurrent };
  Result<Found> TakeOver(const Place& place, const exec::ProcessEnv& environment);

  bool at_last_operation() const { return at_ + 1 == operations_.size(); }
  bool has_operation() const { return at_ < operations_.size(); }
  const drivers::Operation& operation() const { return operations_[at_]; }
  /// Starts the current process.
  Result<> Launch(exec::Launcher& launcher);

  /// Reads new lines and copies a state that grew; uploads what waits. An error is one of the store.
  Result<> Follow(const LogFollower::Take& take);

  /// What became of the current process.
  enum class Step {
    kNext,       // it succeeded and another follows
    kEnded,      // the task has its outcome
    kReconcile,  // it changed something and nobody saw its end: `outcome.reason` and `report` say what is known
  };
  /// Takes the end of the current process; `status` is nullptr where there is none, though it began.
  Result<Step> TakeEnd(const exec::ExitStatus* status, const LogFollower::Take& take);
  /// The task ends without (another) process.
  void EndWith(RunResult result, std::string reason);
  /// The same, where it is proven that the process that was asked for never began.
  void EndUnbegun(RunResult result, std::string reason);

  /// Sends a signal to the current process, each kind once.
  void Signal(exec::Signal signal);
  bool signalled() const { return interrupted_ || forced_; }
  /// It changes something, or is about to: a graceful cancel lets it finish.
  bool mutating() const { return has_operation() && operation().mutating && launched_; }

  const control::Lease& lease() const { return lease_; }
  const control::TaskOutcome& outcome() const { return outcome_; }
  const json::object& report() const { return report_; }
  control::LogUpload LastLog() { return log_.TakePending(lease_.attempt); }
  int64_t launched_ms() const { return launched_ms_; }

 private:
  Result<> MakeInput(const Place& place, const exec::ProcessEnv& environment);
  Path StateFile() const { return lease_.attempt_directory / "state" / "terraform.tfstate"; }
  Result<> CopyState(bool last);
  void Record(const exec::ExitStatus* status, OperationResult result,
              const std::vector<drivers::ResourceChange>& changes = {});
  Result<Step> TakeCleanEnd(const exec::ExitStatus& status);
  Result<Step> TakeUncleanEnd(const exec::ExitStatus* status, const Path& torn_state, bool log_lost = false);

  control::Client& client_;
  drivers::Driver& driver_;
  const Clock& clock_;
  control::Lease lease_;
  drivers::TaskInput input_;
  std::vector<drivers::Operation> operations_;
  size_t at_ = 0;
  bool launched_ = false;
  bool begun_ = false;  // what changes something was asked for
  int64_t launched_ms_ = 0;
  bool interrupted_ = false;
  bool forced_ = false;

  LogFollower log_;
  int64_t uploaded_ms_ = 0;
  std::string prior_state_;   // that it began with
  std::string copied_state_;  // last complete one that the store has
  int64_t copied_ms_ = 0;
  int64_t state_changed_ns_ = 0;  // mtime at the last look

  control::TaskOutcome outcome_;
  json::object report_;
};

/// {v, create, update, replace, delete}; "" where nothing is planned.
std::string CountChanges(const std::vector<drivers::ResourceChange>& changes);

}  // namespace davit::runner
