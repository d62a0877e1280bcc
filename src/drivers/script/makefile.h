// The targets of a Makefile, by a small scanner: enough to see whether a component has a verb, without running make
// (whose $(shell …) runs at parse). Pure but for reading included files beside it. Any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"

namespace davit::drivers {

struct MakefileTargets {
  std::set<std::string> targets;      // explicit ones, of included files too
  std::vector<std::string> includes;  // as written, where no variable or wildcard is in them
};

/// Explicit targets of one text; recipes, `define` blocks, assignments and comments are passed over, both branches of
/// conditionals count.
MakefileTargets ScanMakefile(std::string_view text);

/// The file that make would read in `directory`; empty where there is none.
Path FindMakefile(const Path& directory);

/// Targets of the Makefile of `directory` with its includes. `outside` gets included files that lie outside
/// `directory`.
std::set<std::string> TargetsOf(const Path& directory, std::vector<Path>* outside);

}  // namespace davit::drivers
