// Ctrl-C, SIGTERM and SIGHUP as something to be read: while a Signals lives these (and SIGPIPE) are blocked and arrive
// at a descriptor, so that no work is done in a handler and a reader of our output that goes away does not end a run.
// The mask of before comes back at the end; processes that are started meanwhile get an empty mask from exec/. One
// thread, before others start.
#pragma once

#include <termios.h>
#include <functional>

#include <csignal>
#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace davit::cli {

class Signals {
 public:
  static Result<Signals> Open();
  Signals(Signals&& other) noexcept;
  Signals& operator=(Signals&&) = delete;
  ~Signals();

  int fd() const { return fd_.get(); }
  struct Caught {
    int interrupts = 0;      // Ctrl-C and SIGTERM
    bool terminate = false;  // one of them was SIGTERM
    bool hangup = false;
    bool Any() const { return interrupts > 0 || hangup; }
  };
  /// What arrived since the last call; never blocks.
  Caught Take();
  /// Waits for a signal, at most `timeout_ms`.
  Caught Wait(int timeout_ms);

 private:
  Signals() = default;

  Fd fd_;
  sigset_t before_ = {};
  bool blocked_ = false;
};

struct Answer {
  enum class Kind { kLine, kEnd, kInterrupted, kHangup, kElsewhere } kind = Kind::kEnd;
  std::string line;  // without newline
};
/// Reads a line from a person; signals end it, and so does `answered`, which is asked now and then whether the answer came from elsewhere.
Answer ReadAnswer(int input, Signals& signals, const std::function<bool()>& answered = {});

/// A terminal that does not show what is typed, while this lives; what was typed ahead is kept. Anything else is left
/// as it is.
class Silence {
 public:
  explicit Silence(int input);
  ~Silence();
  Silence(const Silence&) = delete;
  Silence& operator=(const Silence&) = delete;

 private:
  int input_;
  bool silenced_ = false;
  termios before_{};
};

}  // namespace davit::cli
