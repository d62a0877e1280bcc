// Short read-only commands, run to their end.
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "base/clock.h"
#include "base/text.h"
#include "exec/proc.h"
#include "exec/supervisor.h"

namespace davit::exec {

Path FindOnPath(const std::string& name, const ProcessEnv& environment) {
  auto found = environment.find("PATH");
  if (found == environment.end()) return {};
  for (std::string_view folder : Split(found->second, ':')) {
    if (folder.empty()) continue;
    const Path candidate = Path(folder) / name;
    std::error_code error;
    if (std::filesystem::is_regular_file(candidate, error) && ::access(candidate.c_str(), X_OK) == 0) {
      return std::filesystem::absolute(candidate, error);
    }
  }
  return {};
}

Result<std::string> RunAndCapture(const std::vector<std::string>& arguments, const ProcessEnv& environment,
                                  int64_t timeout_ms, std::string* errors, const std::string* input) {
  int out[2];
  int err[2];
  if (::pipe2(out, O_CLOEXEC) != 0) return FailErrno(errno, "cannot make a pipe");
  Fd out_read(out[0]), out_write(out[1]);
  if (::pipe2(err, O_CLOEXEC) != 0) return FailErrno(errno, "cannot make a pipe");
  Fd err_read(err[0]), err_write(err[1]);
  // Memory, not a pipe: it is read when the program likes, and all at once.
  Fd in;
  if (input != nullptr) {
    in = Fd(::memfd_create("input", MFD_CLOEXEC));
    if (!in) return FailErrno(errno, "cannot make a file in memory");
    TRY(WriteAll(in.get(), *input));
    if (::lseek(in.get(), 0, SEEK_SET) != 0) return FailErrno(errno, "cannot read a file in memory");
  }
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  if (in) {
    posix_spawn_file_actions_adddup2(&actions, in.get(), 0);
  } else {
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  }
  posix_spawn_file_actions_adddup2(&actions, out_write.get(), 1);
  posix_spawn_file_actions_adddup2(&actions, err_write.get(), 2);
  posix_spawn_file_actions_addclosefrom_np(&actions, 3);
  // Ctrl-C is for it too, also where this process blocks signals to read them from a descriptor.
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t none;
  sigemptyset(&none);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
  std::vector<std::string> pairs;
  for (const auto& [name, value] : environment) pairs.push_back(name + "=" + value);
  std::vector<char*> argv, envp;
  for (const std::string& arg : arguments) argv.push_back(const_cast<char*>(arg.c_str()));
  for (const std::string& pair : pairs) envp.push_back(const_cast<char*>(pair.c_str()));
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  pid_t pid = 0;
  const int code = ::posix_spawn(&pid, argv[0], &actions, &attributes, argv.data(), envp.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (code != 0) return FailErrno(code, "cannot start " + arguments[0]);
  out_write.Close();
  err_write.Close();

  SystemClock clock;
  const int64_t deadline = clock.MonotonicMs() + timeout_ms;
  std::string text[2];
  pollfd fds[2] = {{out_read.get(), POLLIN, 0}, {err_read.get(), POLLIN, 0}};
  bool late = false;
  while (fds[0].fd >= 0 || fds[1].fd >= 0) {
    const int64_t left = deadline - clock.MonotonicMs();
    if (left <= 0) {
      late = true;
      break;
    }
    if (::poll(fds, 2, static_cast<int>(left)) < 0 && errno != EINTR) break;
    for (int i = 0; i < 2; ++i) {
      if (fds[i].fd < 0 || fds[i].revents == 0) continue;
      char buffer[8192];
      const ssize_t got = ::read(fds[i].fd, buffer, sizeof buffer);
      if (got > 0) {
        text[i].append(buffer, static_cast<size_t>(got));
      } else if (got == 0 || errno != EINTR) {
        fds[i].fd = -1;
      }
    }
  }
  if (late) {
    for (const pid_t child : DescendantsOf(pid)) ::kill(child, SIGKILL);  // a script that waits for its own child
    ::kill(pid, SIGKILL);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  if (errors != nullptr) *errors = text[1];
  if (late)
    return Fail(ErrorCode::kTimedOut,
                arguments[0] + " did not answer within " + std::to_string(timeout_ms / 1000) + " s");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    std::string_view last = Trim(text[1]);
    if (size_t line = last.rfind('\n'); line != std::string_view::npos) last = last.substr(line + 1);
    return Fail(ErrorCode::kInvalidInput, arguments[0] + " failed: " + ValidUtf8(last));
  }
  return std::move(text[0]);
}

}  // namespace davit::exec
