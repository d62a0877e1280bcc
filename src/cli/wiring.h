// What main gives to the command line: how to open a client, how to make a runner, the clock, the process environment
// and the terminal. It exists so that the commands know no store, no driver and no system call by name, and so that
// tests can put their own in. One thread: that of main.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "control/client.h"
#include "runner/runner.h"

namespace davit::cli {

/// Which store a command wants and what it will do with it.
struct OpenRequest {
  Path directory = ".";  // of the manifest; the store is its .davit
  bool read_only =
      false;  // nothing is written; without a store and without must_exist, a client that only loads manifests
  bool accept_moved = false;   // --moved: the store's directory was moved or copied on purpose and is the original now
  bool fresh = false;          // --fresh: set a copied store aside and begin a new one
  bool needs_manifest = true;  // a first store is made only where there is one
  bool must_exist = false;     // not_found where nothing was ever deployed from here
  /// Called before the first key and store of a directory are made, with a client that only loads manifests; its error ends the opening
  /// with nothing made. Empty: nothing to ask.
  std::function<Result<>(control::Client&)> before_making;
  std::function<void(const std::string&)> note;  // one line that a person should read: where a new key was written, ...
};

struct TerminalSize {
  int columns = 80;
  int rows = 24;
};

/// What the three standard streams are and how they may be written to.
struct Terminal {
  int input = 0;
  int output = 1;
  int errors = 2;
  bool input_is_terminal = false;
  bool output_is_terminal = false;
  bool errors_is_terminal = false;
  bool dumb = false;      // TERM=dumb or unset: no cursor movement
  bool no_color = false;  // NO_COLOR
  bool unicode = true;    // the locale is UTF-8
  std::function<TerminalSize()> size;
};

/// The terminal of this process as the three descriptors and the process environment describe it.
Terminal SystemTerminal(const std::map<std::string, std::string>& environment);

using OpenClient = std::function<Result<std::unique_ptr<control::Client>>(const OpenRequest&)>;
using MakeRunner = std::function<std::unique_ptr<runner::Runner>(control::Client&, runner::Observer&, int parallelism,
                                                                 int wake_fd, std::function<void()> on_wake)>;

struct Wiring {
  OpenClient open_client;
  MakeRunner make_runner;
  const Clock& clock;
  std::map<std::string, std::string> environment;
  Terminal terminal;
  std::vector<std::string> arguments = {};  // of the command line, filled by Main
};

/// Runs one command line; gives the exit code: 0 done, 1 failed, 3 invalid input, 4 waits for a person, 130
/// interrupted.
int Main(int argc, char** argv, Wiring& wiring);

}  // namespace davit::cli
