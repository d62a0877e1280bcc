#include "exec/attempt_files.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "exec/proc.h"

namespace davit::exec {
namespace {

constexpr size_t kStatusBytes = 2048;

Path ReservedFile(const Path& attempt, const std::string& op) {
  return attempt / "state" / (op + ".status.new");
}

}  // namespace

Result<> ReserveStatus(const Path& attempt, const std::string& op) {
  return WriteFile(ReservedFile(attempt, op), std::string(kStatusBytes, ' '));
}

Result<> WriteStatus(const Path& attempt, const std::string& op, const ExitStatus& status, bool durable) {
  std::string text = json::serialize(ToJson(status));
  if (text.size() > kStatusBytes) return WriteFileAtomic(StatusFile(attempt, op), text);
  text.resize(kStatusBytes, ' ');
  const Path reserved = ReservedFile(attempt, op);
  TRY_ASSIGN(Fd fd, OpenFile(reserved, O_CREAT | O_WRONLY, 0600));
  TRY(WriteAll(fd.get(), text));
  if (durable && ::fsync(fd.get()) != 0) return FailErrno(errno, "cannot write " + reserved.string());
  if (::rename(reserved.c_str(), StatusFile(attempt, op).c_str()) != 0)
    return FailErrno(errno, "cannot write " + StatusFile(attempt, op).string());
  return {};  // a power cut may undo the rename: then nobody saw the end, which is what is said of it
}

Result<Fd> CreateBegin(const Path& attempt, const std::string& op, bool durable) {
  const Path file = BeginFile(attempt, op);
  Fd fd(::open(file.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600));
  if (!fd) {
    if (errno == EEXIST) return Fd();
    return FailErrno(errno, "cannot write " + file.string());
  }
  if (durable) TRY(SyncDirectory(file.parent_path()));
  return fd;
}

Result<> WriteBegin(const Fd& begin, const json::object& content) {
  return WriteAll(begin.get(), json::serialize(content));
}

json::object ReadJsonFile(const Path& file) {
  Result<std::string> text = ReadFile(file, 1 << 20);
  if (!text) return {};
  Result<json::value> value = ParseJson(*text);
  return value && value->is_object() ? value->as_object() : json::object();
}

std::vector<std::string> BegunOperations(const Path& attempt) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& item : std::filesystem::directory_iterator(attempt / "state", error)) {
    if (item.path().extension() == ".begin") names.push_back(item.path().stem().string());
  }
  return names;
}

json::object ToJson(const ExitStatus& status) {
  json::array survivors;
  for (const std::string& survivor : status.survivors) survivors.emplace_back(survivor);
  return {{"v", 1},
          {"exit_code", status.exit_code},
          {"signal", status.signal},
          {"timed_out", status.timed_out},
          {"killed", status.killed},
          {"start_error", status.start_error},
          {"wall_ms", status.wall_ms},
          {"cpu_ms", status.cpu_ms},
          {"max_rss_kb", status.max_rss_kb},
          {"survivors", std::move(survivors)}};
}

Result<ExitStatus> ExitStatusFromJson(const json::object& object) {
  if (!object.contains("exit_code")) return Fail(ErrorCode::kInvalidInput, "not a status of an operation");
  ExitStatus status;
  status.exit_code = static_cast<int>(GetInt(object, "exit_code", -1));
  status.signal = static_cast<int>(GetInt(object, "signal"));
  status.timed_out = GetBool(object, "timed_out");
  status.killed = GetBool(object, "killed");
  status.start_error = GetString(object, "start_error");
  status.wall_ms = GetInt(object, "wall_ms");
  status.cpu_ms = GetInt(object, "cpu_ms");
  status.max_rss_kb = GetInt(object, "max_rss_kb");
  if (const json::array* survivors = GetArray(object, "survivors")) {
    for (const json::value& item : *survivors) {
      if (item.is_string()) status.survivors.emplace_back(item.as_string());
    }
  }
  return status;
}

namespace {

/// true: nobody holds the attempt's lock. Shared, so that looking never disturbs looking.
bool SupervisorIsGone(const Path& attempt) {
  Fd fd(::open(LockFile(attempt).c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return true;
  return ::flock(fd.get(), LOCK_SH | LOCK_NB) == 0;
}

}  // namespace

Fd AwaitTurn(const Path& shared) {
  constexpr int kTries = 12'000;
  constexpr int kPauseUs = 50'000;
  if (shared.empty()) return {};
  Fd fd(::open(shared.c_str(), O_RDONLY | O_CLOEXEC));
  for (int i = 0; fd && i < kTries; ++i) {
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) == 0) return fd;
    if (errno != EWOULDBLOCK && errno != EINTR) break;
    ::usleep(kPauseUs);
  }
  return {};
}

Result<Probe> ProbeOperation(const Path& attempt, const std::string& op) {
  Probe probe;
  // Looked at before the lock: a status that appears meanwhile is found below.
  const bool gone = SupervisorIsGone(attempt);
  std::error_code error;
  if (std::filesystem::exists(StatusFile(attempt, op), error)) {
    TRY_ASSIGN(ExitStatus status, ExitStatusFromJson(ReadJsonFile(StatusFile(attempt, op))));
    probe.phase = Phase::kEnded;
    probe.status = std::move(status);
    return probe;
  }
  if (!gone) {
    probe.phase = Phase::kRunning;
    return probe;
  }
  if (!std::filesystem::exists(BeginFile(attempt, op), error)) return probe;
  const json::object begin = ReadJsonFile(BeginFile(attempt, op));
  const json::object* tool = GetObject(begin, "tool");
  probe.phase = tool != nullptr && LivesStill(*tool) ? Phase::kOrphaned : Phase::kDead;
  return probe;
}

Result<bool> TakeBack(const Path& attempt, const std::string& op) {
  std::error_code error;
  if (!std::filesystem::exists(attempt / "state", error)) return true;  // it was never laid out
  // Its content comes with its name: another that takes back sees either nothing or that it was taken back.
  const Path file = BeginFile(attempt, op);
  const Path written = file.string() + "." + std::to_string(::getpid());
  TRY(WriteFile(written, json::serialize(json::object{{"v", 1}, {"taken_back", true}})));
  const int linked = ::link(written.c_str(), file.c_str()) == 0 ? 0 : errno;
  ::unlink(written.c_str());
  if (linked == EEXIST) return false;
  if (linked != 0) return FailErrno(linked, "cannot write " + file.string());
  TRY(SyncDirectory(file.parent_path()));
  return true;
}

Result<> SignalOperation(const Path& attempt, const std::string& op, Signal signal) {
  const json::object begin = ReadJsonFile(BeginFile(attempt, op));
  auto send = [&](const char* who, int number, bool group) -> bool {
    const json::object* found = GetObject(begin, who);
    if (found == nullptr || !LivesStill(*found)) return false;
    const json::object& identity = *found;
    const pid_t pid = static_cast<pid_t>(GetInt(identity, "pid"));
    // The descriptor names this very process, also when its pid is used again between the look and the signal.
    Fd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!fd || !LivesStill(identity)) return false;
    if (group) return ::kill(-pid, number) == 0;
    return ::syscall(SYS_pidfd_send_signal, fd.get(), number, nullptr, 0) == 0;
  };
  if (send("supervisor", signal == Signal::kForce ? SIGTERM : SIGINT, false)) return {};
  // Its supervisor is dead: the tool is a session of its own, and all that can be reached is its group.
  if (send("tool", signal == Signal::kForce ? SIGKILL : SIGINT, true)) return {};
  return Fail(ErrorCode::kNotFound, "operation " + op + " does not run any more");
}

}  // namespace davit::exec
