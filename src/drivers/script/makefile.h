// The targets of a Makefile and its defaults, by a small scanner: enough to see whether a component has a verb, without running make
// (whose $(shell …) runs at parse). Pure but for reading included files beside it. Any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace davit::drivers {

struct Makefile {
  std::set<std::string> targets;      // explicit ones
  std::set<std::string> defaults;     // variables with a default that the environment overrides: `NAME ?= …`
  std::vector<std::string> includes;  // as written, where no variable or wildcard is in them
  bool whole = true;                  // false: it includes what cannot be known without running make
};

/// Targets and defaults of one text; recipes, `define` blocks, assignments and comments are passed over, both branches of
/// conditionals count.
Makefile ScanMakefile(std::string_view text);

/// The file that make would read in `directory`; empty where there is none.
Path FindMakefile(const Path& directory);

/// The Makefile of `directory` with its includes, whose names are not kept; empty where there is none. `outside` gets included files that
/// lie outside `directory`.
Makefile ReadMakefile(const Path& directory, std::vector<Path>* outside);

}  // namespace davit::drivers
