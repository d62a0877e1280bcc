#include "exec/supervise.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "base/fault.h"
#include "exec/attempt_files.h"
#include "exec/proc.h"

namespace davit::exec {
namespace {

constexpr int64_t kTermGraceMs = 5000;
constexpr int64_t kDrainMs = 5000;  // for what a tool that ended left behind to write what it still has
constexpr int kDrainLookMs = 20;

/// The steps of a forced end, each with the time until the next.
enum class Stage { kNone, kInterrupted, kTerminated, kKilled };

class Supervisor {
 public:
  Supervisor(const Path& attempt, const std::string& operation, const ProcessSpec& spec)
      : attempt_(attempt), operation_(operation), spec_(spec) {}

  int Run() {
    ::setsid();
    ::prctl(PR_SET_CHILD_SUBREAPER, 1);
    ::signal(SIGHUP, SIG_IGN);
    ::signal(SIGPIPE, SIG_IGN);
    sigset_t handled;
    sigemptyset(&handled);
    for (int number : {SIGCHLD, SIGINT, SIGTERM}) sigaddset(&handled, number);
    ::sigprocmask(SIG_SETMASK, &handled, nullptr);
    MAYBE_FAULT("supervise.after_fork");
    if (!TakeLock()) return 1;
    turn_ = AwaitTurn(spec_.alone_with);
    if (!ReserveStatus(attempt_, operation_)) return 1;
    Result<Fd> begun = CreateBegin(attempt_, operation_, spec_.durable);
    if (!begun) {
      status_.start_error = begun.error().message;
      return WriteStatus() ? 0 : 1;
    }
    if (!*begun) return 0;  // taken back, or begun before: the loser does nothing
    begin_ = std::move(*begun);
    MAYBE_FAULT("supervise.before_exec");
    started_ms_ = clock_.MonotonicMs();
    signals_ = Fd(::signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK));
    if (Start()) Wait();
    MAYBE_FAULT("supervise.after_exit");
    const bool written = WriteStatus();
    MAYBE_FAULT("supervise.after_status");
    return written ? 0 : 1;
  }

 private:
  /// Whoever probes holds the lock, shared, for a moment.
  bool TakeLock() {
    lock_ = Fd(::open(LockFile(attempt_).c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
    if (!lock_) return false;
    for (int i = 0; i < 200; ++i) {
      if (::flock(lock_.get(), LOCK_EX | LOCK_NB) == 0) return true;
      ::usleep(5000);
    }
    return false;
  }

  /// Forks the tool, which waits until its pid is recorded, so that an orphan can always be found.
  bool Start() {
    int gate[2];
    int failure[2];
    if (::pipe2(gate, O_CLOEXEC) != 0 || ::pipe2(failure, O_CLOEXEC) != 0) {
      status_.start_error = std::string("cannot make a pipe: ") + std::strerror(errno);
      return false;
    }
    Fd gate_read(gate[0]), gate_write(gate[1]), failure_read(failure[0]), failure_write(failure[1]);
    std::vector<char*> argv;
    for (const std::string& arg : spec_.argv) argv.push_back(const_cast<char*>(arg.c_str()));
    argv.push_back(nullptr);
    std::vector<std::string> pairs;
    for (const auto& [name, value] : spec_.environment) pairs.push_back(name + "=" + value);
    std::vector<char*> envp;
    for (const std::string& pair : pairs) envp.push_back(const_cast<char*>(pair.c_str()));
    envp.push_back(nullptr);

    tool_ = ::fork();
    if (tool_ < 0) {
      status_.start_error = std::string("cannot fork: ") + std::strerror(errno);
      return false;
    }
    if (tool_ == 0) {
      ::setsid();
      char go = 0;
      gate_write.Close();
      if (::read(gate_read.get(), &go, 1) != 1) ::_exit(127);  // the supervisor died before the pid was recorded
      const char* problem = nullptr;
      const int null = ::open("/dev/null", O_RDONLY);
      const int out = ::open(spec_.stdout_file.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
      const int err = ::open(spec_.stderr_file.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
      if (null < 0 || out < 0 || err < 0) {
        problem = "cannot open its log";
      } else if (::chdir(spec_.directory.c_str()) != 0) {
        problem = "cannot enter its directory";
      } else {
        ::dup2(null, 0);
        ::dup2(out, 1);
        ::dup2(err, 2);
        const int kept = ::dup2(failure_write.get(), 3);
        ::fcntl(kept, F_SETFD, FD_CLOEXEC);
        ::syscall(SYS_close_range, 4u, ~0u, 0u);
        sigset_t none;
        sigemptyset(&none);
        ::sigprocmask(SIG_SETMASK, &none, nullptr);
        for (int number : {SIGHUP, SIGPIPE, SIGINT, SIGTERM, SIGCHLD, SIGQUIT}) ::signal(number, SIG_DFL);
        ::execve(argv[0], argv.data(), envp.data());
        problem = "cannot start";
      }
      const std::string text = std::string(problem) + " " + argv[0] + ": " + std::strerror(errno);
      (void)!::write(::fcntl(3, F_GETFD) >= 0 ? 3 : failure_write.get(), text.data(), text.size());
      ::_exit(127);
    }
    failure_write.Close();
    gate_read.Close();
    // Its own session leader from its first breath: also when it has not come to setsid() yet.
    const json::object who{{"v", 1}, {"supervisor", IdentityOf(::getpid())}, {"tool", IdentityOf(tool_)}};
    if (Result<> recorded = WriteBegin(begin_, who); !recorded) {
      status_.start_error = recorded.error().message;
      gate_write.Close();
      ::waitpid(tool_, nullptr, 0);
      return false;
    }
    (void)!::write(gate_write.get(), "g", 1);
    gate_write.Close();
    char text[512];
    const ssize_t size = ::read(failure_read.get(), text, sizeof text);  // end of file: exec worked and closed it
    if (size > 0) {
      status_.start_error.assign(text, static_cast<size_t>(size));
      ::waitpid(tool_, nullptr, 0);
      return false;
    }
    return true;
  }

  void Wait() {
    if (spec_.timeout_ms > 0) deadline_ms_ = started_ms_ + spec_.timeout_ms;
    bool tool_ended = false;
    const auto goes_on = [&] {
      if (!tool_ended) return true;
      if (stage_ == Stage::kNone) return LogIsWritten();
      return stage_ != Stage::kKilled && !DescendantsOf(::getpid()).empty();
    };
    while (goes_on()) {
      pollfd poll_fd{signals_.get(), POLLIN, 0};
      int wait_ms = tool_ended ? kDrainLookMs : -1;
      if (deadline_ms_ > 0 && !tool_ended)
        wait_ms = static_cast<int>(std::clamp<int64_t>(deadline_ms_ - clock_.MonotonicMs(), 0, 60000));
      ::poll(&poll_fd, 1, wait_ms);
      signalfd_siginfo info{};
      while (::read(signals_.get(), &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGINT && stage_ == Stage::kNone) ::kill(-tool_, SIGINT);
        if (info.ssi_signo == SIGTERM && stage_ == Stage::kNone) {
          status_.killed = true;
          Escalate();
        }
      }
      Reap(&tool_ended);
      if (tool_ended && stage_ == Stage::kNone && status_.signal != 0 && !childless_) EndOrphans();
      if (deadline_ms_ > 0 && clock_.MonotonicMs() >= deadline_ms_ && !tool_ended) {
        if (stage_ == Stage::kNone) status_.timed_out = true;
        Escalate();
      } else if (deadline_ms_ > 0 && clock_.MonotonicMs() >= deadline_ms_ && stage_ != Stage::kNone) {
        Escalate();
      }
    }
    if (stage_ != Stage::kNone) KillFamily(&tool_ended);
    // Orphans come to a subreaper: without children there are no descendants, and no need to look at every process.
    if (!childless_) {
      for (pid_t pid : DescendantsOf(::getpid()))
        status_.survivors.push_back(std::to_string(pid) + " " + CommandOf(pid));
    }
    status_.wall_ms = clock_.MonotonicMs() - started_ms_;
  }

  /// Whether a child that the tool left behind still holds its log: of `exec > >(tee FILE)` the tee has the last lines when the script is
  /// at its end. What wants to stay, a server without its own log, is not waited for any longer.
  bool LogIsWritten() {
    if (childless_ || status_.signal != 0) return false;
    const int64_t now = clock_.MonotonicMs();
    if (drain_until_ms_ == 0) drain_until_ms_ = now + kDrainMs;
    if (now >= drain_until_ms_) return false;
    const std::vector<pid_t> family = DescendantsOf(::getpid());
    return std::any_of(family.begin(), family.end(),
                       [&](pid_t pid) { return HasOpen(pid, spec_.stdout_file) || HasOpen(pid, spec_.stderr_file); });
  }

  void Reap(bool* tool_ended) {
    for (;;) {
      int code = 0;
      rusage usage{};
      const pid_t pid = ::wait4(-1, &code, WNOHANG, &usage);
      childless_ = pid < 0 && errno == ECHILD;
      if (pid <= 0) return;
      if (pid != tool_) continue;
      *tool_ended = true;
      if (WIFEXITED(code)) status_.exit_code = WEXITSTATUS(code);
      if (WIFSIGNALED(code)) status_.signal = WTERMSIG(code);
      status_.cpu_ms = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
                       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
      status_.max_rss_kb = usage.ru_maxrss;
    }
  }

  /// SIGINT, grace, SIGTERM, grace, SIGKILL to the process group; descendants that left it are killed at the end.
  void Escalate() {
    const int64_t now = clock_.MonotonicMs();
    switch (stage_) {
      case Stage::kNone:
        stage_ = Stage::kInterrupted;
        ::kill(-tool_, SIGINT);
        deadline_ms_ = now + std::max<int64_t>(spec_.grace_ms, 1);
        return;
      case Stage::kInterrupted:
        stage_ = Stage::kTerminated;
        ::kill(-tool_, SIGTERM);
        deadline_ms_ = now + std::clamp<int64_t>(spec_.grace_ms, 1, kTermGraceMs);
        return;
      case Stage::kTerminated:
      case Stage::kKilled:
        stage_ = Stage::kKilled;
        ::kill(-tool_, SIGKILL);
        deadline_ms_ = 0;
        return;
    }
  }

  /// Somebody killed the tool alone (memory ran out, a person did). Its plug-ins and children would go on for nobody, beside the person who
  /// looks at what was interrupted and whatever then works at it.
  void EndOrphans() {
    stage_ = Stage::kTerminated;
    deadline_ms_ = clock_.MonotonicMs() + std::clamp<int64_t>(spec_.grace_ms, 1, kTermGraceMs);
    for (pid_t pid : DescendantsOf(::getpid())) ::kill(pid, SIGTERM);
  }

  void KillFamily(bool* tool_ended) {
    // Until none is left: a family that forks faster than it is killed meets SIGKILL again and again.
    for (int i = 0; i < 1000; ++i) {
      const std::vector<pid_t> family = DescendantsOf(::getpid());
      if (family.empty()) break;
      for (pid_t pid : family) ::kill(pid, SIGKILL);
      ::usleep(2000);
      Reap(tool_ended);
    }
    Reap(tool_ended);
  }

  bool WriteStatus() {
    if (status_.wall_ms == 0 && started_ms_ > 0) status_.wall_ms = clock_.MonotonicMs() - started_ms_;
    return exec::WriteStatus(attempt_, operation_, status_, spec_.durable).has_value();
  }

  const Path& attempt_;
  const std::string& operation_;
  const ProcessSpec& spec_;
  SystemClock clock_;
  Fd lock_;
  Fd turn_;
  Fd begin_;
  Fd signals_;
  pid_t tool_ = -1;
  bool childless_ = false;
  int64_t started_ms_ = 0;
  int64_t drain_until_ms_ = 0;
  int64_t deadline_ms_ = 0;  // of the timeout, then of each grace; 0 = none
  Stage stage_ = Stage::kNone;
  ExitStatus status_;
};

}  // namespace

int Supervise(const Path& attempt, const std::string& operation, const ProcessSpec& spec) {
  return Supervisor(attempt, operation, spec).Run();
}

}  // namespace davit::exec
