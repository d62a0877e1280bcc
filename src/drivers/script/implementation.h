// Which file of a component's directory implements a verb (spec/stacks.md 1.9): a target of its Makefile, else a script
// `verb`, `bin/verb`, `_verb`, or one of these with `.sh`. Only looks. Any thread.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "exec/supervisor.h"

namespace davit::drivers {

struct Implementation {
  std::vector<std::string> argv;  // empty = the verb is not implemented
  bool by_make = false;
  std::vector<Path> outside;       // Makefiles that were included from outside of the directory
  std::set<std::string> defaults;  // variables that the Makefile gives a default
  bool all_defaults = true;        // false: it includes others, unread, that may give more
  explicit operator bool() const { return by_make || !argv.empty(); }
};

/// How `verb` is run in `directory`. invalid_input where a file has its name but cannot be run: no permission, no `#!`,
/// no `.sh`. Where the Makefile implements it, `argv` is empty if there is no make on the PATH of `environment`.
Result<Implementation> FindImplementation(const Path& directory, const std::string& verb,
                                          const exec::ProcessEnv& environment);

/// The arguments by which a script is run. invalid_input as above.
Result<std::vector<std::string>> HowToRun(const Path& file);

}  // namespace davit::drivers
