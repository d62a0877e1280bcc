// The davit side of the launcher.
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "exec/wire.h"

extern char** environ;

namespace davit::exec {
namespace {

class LauncherProcess final : public Launcher {
 public:
  LauncherProcess(pid_t pid, Fd socket) : pid_(pid), socket_(std::move(socket)) {}
  ~LauncherProcess() override {
    socket_.Close();
    ::waitpid(pid_, nullptr, 0);  // it ends as soon as the socket is closed
  }

  Result<> Launch(const Path& attempt, const std::string& operation, const ProcessSpec& spec) override {
    json::array argv;
    for (const std::string& arg : spec.argv) argv.emplace_back(arg);
    json::object environment;
    for (const auto& [name, value] : spec.environment) environment[name] = value;
    const std::string body = json::serialize(json::object{{"attempt", attempt.string()},
                                                          {"operation", operation},
                                                          {"directory", spec.directory.string()},
                                                          {"stdout", spec.stdout_file.string()},
                                                          {"stderr", spec.stderr_file.string()},
                                                          {"timeout_ms", spec.timeout_ms},
                                                          {"grace_ms", spec.grace_ms},
                                                          {"alone_with", spec.alone_with.string()},
                                                          {"durable", spec.durable},
                                                          {"argv", std::move(argv)},
                                                          {"environment", std::move(environment)}});
    std::string frame;
    AppendFrame(body, frame);
    std::string_view rest = frame;
    while (!rest.empty()) {
      const ssize_t put = ::send(socket_.get(), rest.data(), rest.size(), MSG_NOSIGNAL);
      if (put < 0 && errno == EINTR) continue;
      if (put < 0) return Fail(ErrorCode::kUnavailable, "the process that starts tools is gone");
      rest.remove_prefix(static_cast<size_t>(put));
    }
    ++started_;
    return {};
  }

  int fd() const override { return socket_.get(); }

  Result<std::vector<Ended>> Take() override {
    std::vector<Ended> ended;
    for (;;) {
      char buffer[16384];
      const ssize_t got = ::recv(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (got > 0) {
        input_.append(buffer, static_cast<size_t>(got));
        continue;
      }
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
      return Fail(ErrorCode::kUnavailable, "the process that starts tools is gone");
    }
    while (std::optional<std::string> body = TakeFrame(input_)) {
      Result<json::value> value = ParseJson(*body);
      if (!value || !value->is_object()) continue;
      ended.push_back({GetString(value->as_object(), "attempt"), GetString(value->as_object(), "operation")});
    }
    return ended;
  }

  int64_t started() const override { return started_; }

 private:
  pid_t pid_;
  Fd socket_;
  std::string input_;
  int64_t started_ = 1;  // itself
};

}  // namespace

Result<std::unique_ptr<Launcher>> StartLauncher(const Path& self) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return FailErrno(errno, "cannot make a socket");
  Fd ours(pair[0]), theirs(pair[1]);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, theirs.get(), 3);
  posix_spawn_file_actions_addclosefrom_np(&actions, 4);
  std::string program = self.string();
  std::string verb = "_supervise";
  std::string number = "3";
  char* argv[] = {program.data(), verb.data(), number.data(), nullptr};
  pid_t pid = 0;
  const int code = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, argv, environ);
  posix_spawn_file_actions_destroy(&actions);
  if (code != 0) return FailErrno(code, "cannot start " + program);
  return std::unique_ptr<Launcher>(std::make_unique<LauncherProcess>(pid, std::move(ours)));
}

}  // namespace davit::exec
