// Running tools so that they outlive davit (engine.md 4). One small helper process per davit (`davit _supervise`, the launcher) forks,
// per operation, a supervisor of its own session: it takes the flock on state/lock, makes state/<op>.begin with O_EXCL, starts the
// tool with its output in files, waits, kills on timeout or request, and writes state/<op>.status (temporary file, fsync, rename).
// It lives on when davit dies; whoever comes next probes the attempt directory. One thread owns a Launcher.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/json.h"

namespace davit::exec {

using ProcessEnv = std::map<std::string, std::string>;

/// What to run. Secrets go by `environment` only, which is handed to the supervisor through the socket and never written to a file.
struct ProcessSpec {
  std::vector<std::string> argv;  // argv[0] is an absolute path
  Path directory;
  ProcessEnv environment;  // complete: nothing is inherited
  Path stdout_file;        // opened for append, mode 0600
  Path stderr_file;
  int64_t timeout_ms = 0;  // 0 = none; SIGINT, grace, SIGTERM, grace, SIGKILL to the process group, then descendants
  int64_t grace_ms = 30000;
  /// A file or directory: of all processes on this machine that name it one works at a time. Empty = beside any.
  Path alone_with;
  /// Has to be known after a power cut whether it began and how it ended? Of what changes nothing it need not: it is done again.
  bool durable = true;
};

/// How an operation ended: content of state/<op>.status.
struct ExitStatus {
  int exit_code = -1;  // -1 where it died by a signal or could not be started
  int signal = 0;
  bool timed_out = false;
  bool killed = false;      // by a forced cancel
  std::string start_error;  // exec failed: why; nothing ran
  int64_t wall_ms = 0;
  int64_t cpu_ms = 0;
  int64_t max_rss_kb = 0;
  std::vector<std::string> survivors;  // "1234 sleep": descendants left after a normal end
  bool Clean() const { return exit_code >= 0 && !killed && !timed_out && start_error.empty(); }
};
json::object ToJson(const ExitStatus& status);
Result<ExitStatus> ExitStatusFromJson(const json::object& object);

/// Where an operation of an attempt stands, read from its directory without changing anything.
enum class Phase {
  kNeverBegan,  // no begin file
  kRunning,     // its supervisor lives (holds state/lock)
  kEnded,       // the status file is there
  kDead,        // it began, its supervisor and tool are proven dead, no status
  kOrphaned,    // the supervisor is dead but the tool's recorded process still lives
};
struct Probe {
  Phase phase = Phase::kNeverBegan;
  std::optional<ExitStatus> status;
};
Result<Probe> ProbeOperation(const Path& attempt_directory, const std::string& operation);
/// Makes the begin file in the supervisor's place, so that a late supervisor does nothing: true = ours, it will never start;
/// false = it has begun.
Result<bool> TakeBack(const Path& attempt_directory, const std::string& operation);

enum class Signal {
  kInterrupt,  // SIGINT to the tool's process group (plans; mutating ones only by timeout or force)
  kForce,      // SIGINT, grace, SIGTERM, grace, SIGKILL, then every descendant
};
/// Asks the supervisor of an attempt, ours or an adopted one, verified by lock, pid and start time. not_found where none lives.
Result<> SignalOperation(const Path& attempt_directory, const std::string& operation, Signal signal);

/// The connection to the launcher process.
class Launcher {
 public:
  virtual ~Launcher() = default;
  /// Returns as soon as the request is sent; the outcome (also a failure to start) arrives as an ended operation with a status.
  /// `attempt_directory` has state/ and logs/.
  virtual Result<> Launch(const Path& attempt_directory, const std::string& operation, const ProcessSpec& spec) = 0;
  /// Readable when operations ended.
  virtual int fd() const = 0;
  struct Ended {
    Path attempt_directory;
    std::string operation;
  };
  /// What ended since the last call; never blocks. unavailable where the launcher itself died (start a new one).
  virtual Result<std::vector<Ended>> Take() = 0;
  /// Exec'd processes started so far (for the budget tests): launcher plus tools.
  virtual int64_t started() const = 0;
};
/// Starts `self _supervise` (argv of this binary) with a close-on-exec socket pair.
Result<std::unique_ptr<Launcher>> StartLauncher(const Path& self);
/// main() of `davit _supervise`; `fd` is the socket. Returns the exit code.
int LauncherMain(int fd);

/// Runs a short read-only command to its end and gives its stdout (`terraform version -json`). Errors: not_found, timed_out, and
/// invalid_input with stderr's last line where it exits non-zero. `errors`: gets all of its stderr. `input`: what it reads; without it nothing.
Result<std::string> RunAndCapture(const std::vector<std::string>& argv, const ProcessEnv& environment,
                                  int64_t timeout_ms, std::string* errors = nullptr,
                                  const std::string* input = nullptr);
/// The first executable `name` on the PATH of `environment`; empty where none.
Path FindOnPath(const std::string& name, const ProcessEnv& environment);

}  // namespace davit::exec
