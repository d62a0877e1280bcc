// A command on davit's own terminal: a person's shell. It is davit's child, gets the terminal's signals itself, and davit waits for it.
// One thread.
#pragma once

#include "exec/supervisor.h"

namespace davit::exec {

struct Foreground {
  std::vector<std::string> argv;  // the first with a slash; a relative one is looked for from `directory`
  Path directory;
  ProcessEnv environment;  // complete: nothing is inherited
  Path stdout_file;        // empty = davit's own
  Path stderr_file;
  bool output_to_errors = false;  // its standard output goes where the errors go
  std::vector<int> kept_fds;      // stay open in it and in its children
  Path alone_with;                // as of a ProcessSpec
};

/// Runs it to its end: its exit code, or 128 and the signal. Ctrl-C is its own affair; SIGTERM and SIGHUP to davit are handed on.
Result<int> RunInForeground(const Foreground& command);

}  // namespace davit::exec
