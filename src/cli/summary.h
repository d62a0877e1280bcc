// What a person reads after a run: what became of it (before it: cli/plan_view.h). Pure functions from views to lines; any thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cli/style.h"
#include "control/client.h"

namespace davit::cli {

using Durations = std::map<std::string, int64_t>;
/// Names of the components that each component was built on.
using Producers = std::map<std::string, std::vector<std::string>>;

struct CriticalPath {
  std::vector<std::string> components;
  int64_t duration_ms = 0;
};
/// The chain of components that took longest; of components without a duration none is in it.
CriticalPath FindCriticalPath(const Producers& producers, const Durations& durations);

struct SummaryView {
  control::RunView run;
  std::string stack;
  size_t unchanged = 0;                                            // known from the start; those without a task
  std::vector<std::pair<std::string, std::string>> excluded = {};  // by tuning, known from the start: who, and why
  int64_t duration_ms = 0;
  CriticalPath critical;
  ValueMap outputs;
  std::map<std::string, std::string> missing = {};  // outputs that are not there, and why
  bool interrupted = false;                         // by Ctrl-C here
  bool before_gate = false;                         // it ended before anything could be applied
  std::string command = {};                         // what began it, where that is neither up nor down
  bool rehearses = false;                           // nothing of what it did stands
  bool in_part = false;                             // only some components were asked for
  bool adopts = false;                              // an import run that takes a whole state over
};
/// Everything below the progress: counts, critical path, what failed and why, outputs, what to do next.
std::vector<std::string> RenderSummary(const SummaryView& view, const Style& style, int columns);

/// "url       https://…", sensitive ones hidden unless `reveal`; of those that are missing why.
std::vector<std::string> RenderOutputs(const ValueMap& outputs, const std::map<std::string, std::string>& missing,
                                       const Style& style, bool reveal, std::string_view indent);

}  // namespace davit::cli
