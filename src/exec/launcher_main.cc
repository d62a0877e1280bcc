// The launcher process: a small loop that forks supervisors and says which ended. It stays small so that a fork is cheap.
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "exec/supervise.h"
#include "exec/wire.h"

namespace davit::exec {
namespace {

struct Request {
  Path attempt;
  std::string operation;
  ProcessSpec spec;
};

std::optional<Request> ParseRequest(const std::string& body) {
  Result<json::value> value = ParseJson(body);
  if (!value || !value->is_object()) return std::nullopt;
  const json::object& object = value->as_object();
  Request request;
  request.attempt = GetString(object, "attempt");
  request.operation = GetString(object, "operation");
  request.spec.directory = GetString(object, "directory");
  request.spec.stdout_file = GetString(object, "stdout");
  request.spec.stderr_file = GetString(object, "stderr");
  request.spec.timeout_ms = GetInt(object, "timeout_ms");
  request.spec.grace_ms = GetInt(object, "grace_ms");
  request.spec.alone_with = GetString(object, "alone_with");
  request.spec.durable = GetBool(object, "durable", true);
  if (const json::array* argv = GetArray(object, "argv")) {
    for (const json::value& item : *argv) request.spec.argv.emplace_back(item.as_string());
  }
  if (const json::object* environment = GetObject(object, "environment")) {
    for (const auto& item : *environment) request.spec.environment.emplace(item.key(), item.value().as_string());
  }
  return request;
}

}  // namespace

int LauncherMain(int socket) {
  ::setsid();
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGHUP, SIG_IGN);
  ::signal(SIGINT, SIG_IGN);
  sigset_t handled;
  sigemptyset(&handled);
  sigaddset(&handled, SIGCHLD);
  ::sigprocmask(SIG_SETMASK, &handled, nullptr);
  Fd signals(::signalfd(-1, &handled, SFD_CLOEXEC | SFD_NONBLOCK));
  std::map<pid_t, std::string> running;  // supervisor → answer when it ends
  std::string input;
  for (;;) {
    pollfd fds[2] = {{socket, POLLIN, 0}, {signals.get(), POLLIN, 0}};
    if (::poll(fds, 2, -1) < 0 && errno != EINTR) return 1;
    if (fds[1].revents != 0) {
      signalfd_siginfo info{};
      while (::read(signals.get(), &info, sizeof info) == sizeof info) {
      }
      std::string answers;
      for (pid_t pid = 0; (pid = ::waitpid(-1, nullptr, WNOHANG)) > 0;) {
        if (auto found = running.find(pid); found != running.end()) {
          AppendFrame(found->second, answers);
          running.erase(found);
        }
      }
      if (!answers.empty() && !WriteAll(socket, answers)) return 0;
    }
    if (fds[0].revents == 0) continue;
    char buffer[65536];
    const ssize_t got = ::read(socket, buffer, sizeof buffer);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return 0;  // davit is gone; its supervisors live on in sessions of their own
    input.append(buffer, static_cast<size_t>(got));
    while (std::optional<std::string> body = TakeFrame(input)) {
      std::optional<Request> request = ParseRequest(*body);
      if (!request) return 1;
      const std::string answer =
          json::serialize(json::object{{"attempt", request->attempt.string()}, {"operation", request->operation}});
      const pid_t pid = ::fork();
      if (pid == 0) {
        ::close(socket);
        signals.Close();
        ::_exit(Supervise(request->attempt, request->operation, request->spec));
      }
      if (pid > 0) {
        running.emplace(pid, answer);
        continue;
      }
      std::string failed;  // cannot fork: it ended without a status, which says that it never began
      AppendFrame(answer, failed);
      if (!WriteAll(socket, failed)) return 0;
    }
  }
}

}  // namespace davit::exec
