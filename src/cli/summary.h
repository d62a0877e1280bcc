// What a person reads before and after a run: the list of what it is going to do, and what became of it. Pure functions
// from views to lines; any thread.
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

/// Is there anything in it to be done?
bool HasWork(const std::vector<control::JobOverview>& overview);
/// "3 new, 1 changed, 5 unchanged".
std::string CountOverview(const std::vector<control::JobOverview>& overview);
/// The list before the question: removed first, then in deploy order; unchanged ones only counted.
std::vector<std::string> RenderOverview(const std::vector<control::JobOverview>& overview,
                                        const std::string& deployment, const Style& style, int columns);

struct CriticalPath {
  std::vector<std::string> components;
  int64_t duration_ms = 0;
};
/// The chain of components that took longest; of components without a duration none is in it.
CriticalPath FindCriticalPath(const Producers& producers, const Durations& durations);

struct SummaryView {
  control::RunView run;
  std::string stack;
  size_t unchanged = 0;  // known from the start; those without a task
  int64_t duration_ms = 0;
  CriticalPath critical;
  ValueMap outputs;
  bool interrupted = false;  // by Ctrl-C here
};
/// Everything below the progress: counts, critical path, what failed and why, outputs, what to do next.
std::vector<std::string> RenderSummary(const SummaryView& view, const Style& style, int columns);

/// "url       https://…", sensitive ones hidden unless `reveal`.
std::vector<std::string> RenderOutputs(const ValueMap& outputs, const Style& style, bool reveal,
                                       std::string_view indent);

}  // namespace davit::cli
