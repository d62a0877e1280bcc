#include "cli/signals.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace davit::cli {
namespace {

constexpr int kLookMs = 300;

}  // namespace

Result<Signals> Signals::Open() {
  sigset_t wanted;
  sigemptyset(&wanted);
  for (int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&wanted, number);
  Signals signals;
  signals.fd_ = Fd(signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.fd_) return FailErrno(errno, "cannot watch for signals");
  sigaddset(&wanted, SIGPIPE);
  if (sigprocmask(SIG_BLOCK, &wanted, &signals.before_) != 0) return FailErrno(errno, "cannot block signals");
  signals.blocked_ = true;
  return signals;
}

Signals::Signals(Signals&& other) noexcept
    : fd_(std::move(other.fd_)), before_(other.before_), blocked_(std::exchange(other.blocked_, false)) {}

Signals::~Signals() {
  if (!blocked_) return;
  // A SIGPIPE that waits would end the process here: whoever stopped reading did not ask for that.
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  const timespec now = {0, 0};
  while (sigtimedwait(&pipe, nullptr, &now) > 0) {
  }
  sigprocmask(SIG_SETMASK, &before_, nullptr);
}

Signals::Caught Signals::Take() {
  Caught caught;
  signalfd_siginfo info;
  while (read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (info.ssi_signo == SIGHUP) {
      caught.hangup = true;
    } else {
      ++caught.interrupts;
      caught.terminate = caught.terminate || info.ssi_signo == SIGTERM;
    }
  }
  return caught;
}

Signals::Caught Signals::Wait(int timeout_ms) {
  pollfd poll_fd = {fd_.get(), POLLIN, 0};
  if (poll(&poll_fd, 1, timeout_ms) <= 0) return {};
  return Take();
}

Answer ReadAnswer(int input, Signals& signals, const std::function<bool()>& answered) {
  Answer answer;
  for (;;) {
    pollfd polls[] = {{signals.fd(), POLLIN, 0}, {input, POLLIN, 0}};
    const int ready = poll(polls, 2, answered ? kLookMs : -1);
    if (ready < 0) {
      if (errno == EINTR) continue;
      return answer;
    }
    if (ready == 0 && answered()) {
      answer.kind = Answer::Kind::kElsewhere;
      return answer;
    }
    if (polls[0].revents != 0) {
      const Signals::Caught caught = signals.Take();
      if (caught.interrupts > 0) answer.kind = Answer::Kind::kInterrupted;
      if (caught.interrupts == 0 && caught.hangup) answer.kind = Answer::Kind::kHangup;
      if (caught.Any()) return answer;
    }
    if (polls[1].revents == 0) continue;
    char c = 0;
    const ssize_t count = read(input, &c, 1);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      // The terminal is gone or the input is at its end.
      return answer;
    }
    if (c == '\n') {
      answer.kind = Answer::Kind::kLine;
      return answer;
    }
    answer.line += c;
  }
}

Silence::Silence(int input) : input_(input) {
  if (::tcgetattr(input, &before_) != 0) return;
  termios silent = before_;
  silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
  silenced_ = ::tcsetattr(input, TCSANOW, &silent) == 0;
}

Silence::~Silence() {
  if (silenced_) (void)::tcsetattr(input_, TCSANOW, &before_);
}

}  // namespace davit::cli
