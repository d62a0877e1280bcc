#include "exec/foreground.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "exec/attempt_files.h"

namespace davit::exec {
namespace {

constexpr int kSignalled = 128;

sigset_t SetOf(std::initializer_list<int> signals) {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : signals) ::sigaddset(&set, number);
  return set;
}

/// Signals that are taken by sigwaitinfo while this lives.
class Blocked {
 public:
  explicit Blocked(const sigset_t& set) { ::sigprocmask(SIG_BLOCK, &set, &before_); }
  ~Blocked() { ::sigprocmask(SIG_SETMASK, &before_, nullptr); }
  Blocked(const Blocked&) = delete;
  Blocked& operator=(const Blocked&) = delete;
  const sigset_t& before() const { return before_; }

 private:
  sigset_t before_{};
};

}  // namespace

Result<int> RunInForeground(const Foreground& command) {
  const Fd turn = AwaitTurn(command.alone_with);
  const sigset_t taken = SetOf({SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGCHLD});
  const Blocked blocked(taken);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND;
  if (!command.stdout_file.empty())
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, command.stdout_file.c_str(), kFlags, 0600);
  if (!command.stderr_file.empty())
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, command.stderr_file.c_str(), kFlags, 0600);
  if (command.output_to_errors) posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  for (const int fd : command.kept_fds) posix_spawn_file_actions_adddup2(&actions, fd, fd);
  posix_spawn_file_actions_addchdir_np(&actions, command.directory.c_str());
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  posix_spawnattr_setsigmask(&attributes, &blocked.before());
  const sigset_t defaults = SetOf({SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGCHLD, SIGPIPE});
  posix_spawnattr_setsigdefault(&attributes, &defaults);

  std::vector<std::string> pairs;
  for (const auto& [name, value] : command.environment) pairs.push_back(name + "=" + value);
  std::vector<char*> argv, envp;
  for (const std::string& argument : command.argv) argv.push_back(const_cast<char*>(argument.c_str()));
  for (const std::string& pair : pairs) envp.push_back(const_cast<char*>(pair.c_str()));
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  pid_t pid = 0;
  const int failed = ::posix_spawn(&pid, argv[0], &actions, &attributes, argv.data(), envp.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  if (failed != 0) return FailErrno(failed, "cannot start " + command.argv[0]);

  for (;;) {
    int status = 0;
    const pid_t ended = ::waitpid(pid, &status, WNOHANG);
    if (ended == pid) return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status);
    if (ended < 0 && errno != EINTR) return FailErrno(errno, "cannot wait for " + command.argv[0]);
    const int number = ::sigwaitinfo(&taken, nullptr);
    if (number == SIGTERM || number == SIGHUP) ::kill(pid, number);
  }
}

}  // namespace davit::exec
