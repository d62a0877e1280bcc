// The command line: which commands there are, which options each takes, and how a line of arguments becomes Options.
// The only place that knows the argument parser; its exceptions end here. One thread.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "cli/context.h"

namespace davit::cli {

struct Invocation {
  int (*run)(Context&) = nullptr;  // null: only `help` is to be shown
  Options options;
  std::string help;          // of --help
  bool usage_error = false;  // no command was given: `help` belongs to the error output
};

Result<Invocation> ParseCommandLine(const std::vector<std::string>& arguments);

}  // namespace davit::cli
