#include "cli/summary.h"

#include <algorithm>
#include <functional>
#include <set>

#include "base/clock.h"
#include "base/text.h"
#include "cli/progress_view.h"
#include "model/stack_ready.h"

namespace davit::cli {
namespace {

/// Of a long path the two ends: nobody reads thousands of names.
std::vector<std::string> Ends(const std::vector<std::string>& path) {
  constexpr ptrdiff_t kShown = 5;
  const auto size = static_cast<ptrdiff_t>(path.size());
  if (size <= 2 * kShown + 1) return path;
  std::vector<std::string> ends(path.begin(), path.begin() + kShown);
  ends.push_back("(" + std::to_string(size - 2 * kShown) + " more)");
  ends.insert(ends.end(), path.end() - kShown, path.end());
  return ends;
}

using control::JobView;

constexpr std::string_view kBackup = "davit hub backup create";
constexpr size_t kMostListed = 20;  // of failed or unreached components, before "and N more"

/// A sentence that may be long: wrapped, the first line after `lead`, the others below it.
void AddWrapped(std::vector<std::string>& lines, const std::string& lead, const std::string& text, int columns) {
  const int indent = Width(lead);
  bool first = true;
  for (const std::string& part : Wrap(text, columns - indent)) {
    lines.push_back((first ? lead : std::string(static_cast<size_t>(indent), ' ')) + part);
    first = false;
  }
}

struct Counts {
  size_t done = 0;
  size_t unchanged = 0;
  size_t failed = 0;
  size_t soft = 0;
  size_t cancelled = 0;
  size_t not_reached = 0;
  size_t excluded = 0;
  size_t waiting = 0;
};

Counts CountJobs(const control::RunView& run) {
  Counts counts;
  for (const JobView& view : run.jobs) {
    // Waiting for the stack is nobody's work: it counts where it failed.
    const bool failed = view.job.result == RunResult::kFailed || view.job.result == RunResult::kErrored;
    if (view.job.name == kStackReady && !failed) continue;
    switch (view.job.result) {
      case RunResult::kSucceeded:
        ++counts.done;
        break;
      case RunResult::kUnchanged:
        ++counts.unchanged;
        break;
      case RunResult::kFailed:
      case RunResult::kErrored:
        ++(view.job.optional ? counts.soft : counts.failed);
        break;
      case RunResult::kCancelled:
        ++counts.cancelled;
        break;
      case RunResult::kNotReached:
        ++counts.not_reached;
        break;
      case RunResult::kExcluded:
        ++counts.excluded;
        break;
      case RunResult::kNone:
        ++counts.waiting;
        break;
    }
  }
  return counts;
}

std::string Describe(const Counts& counts, bool destroy) {
  std::vector<std::string> parts;
  auto add = [&](size_t count, const char* text) {
    if (count > 0) parts.push_back(std::to_string(count) + " " + text);
  };
  add(counts.failed, "failed");
  add(counts.waiting, counts.waiting == 1 ? "waits" : "wait");
  add(counts.done, destroy ? "taken away" : "done");
  add(counts.unchanged, "unchanged");
  add(counts.soft, "failed (optional)");
  add(counts.cancelled, "cancelled");
  add(counts.not_reached, "not reached");
  add(counts.excluded, "excluded");
  return parts.empty() ? "nothing to do" : Join(parts, ", ");
}

std::string Headline(const SummaryView& view, const Counts& counts, Symbol* symbol, Ink* ink) {
  const RunRow& run = view.run.run;
  const bool destroy = run.kind == RunKind::kDestroy;
  *symbol = Symbol::kFailed;
  *ink = Ink::kRed;
  if (run.state != RunState::kFinished) {
    *symbol = Symbol::kAttention;
    *ink = Ink::kYellow;
    return view.stack + " waits for you";
  }
  if (run.result == RunResult::kSucceeded || run.result == RunResult::kUnchanged) {
    *symbol = Symbol::kDone;
    *ink = Ink::kGreen;
    if (run.kind == RunKind::kImport) return view.stack + ": imported";
    if (view.command == kBackup) return view.stack + (counts.soft > 0 ? ": backed up in part" : ": backed up");
    if (view.rehearses) return view.stack + ": rehearsed";
    return view.stack + (view.in_part ? ": what was asked for" : "") + (destroy ? " is down" : " is up") +
           (counts.soft > 0 ? ", but not all of it" : "");
  }
  if (run.result == RunResult::kCancelled) {
    *symbol = Symbol::kAttention;
    *ink = Ink::kYellow;
    return view.stack + (view.interrupted ? " was interrupted" : " was cancelled");
  }
  if (run.kind == RunKind::kImport) return view.stack + (view.adopts ? ": nothing was adopted" : ": not imported");
  if (view.command == kBackup) return view.stack + ": not backed up";
  if (view.before_gate && counts.failed > 0) return view.stack + " could not be planned";
  return view.stack + (destroy ? " is not down" : " is not up");
}

void AddJobs(std::vector<std::string>& lines, const SummaryView& view, const Style& style, int columns) {
  size_t listed = 0;
  size_t left_out = 0;
  auto add = [&](Symbol symbol, Ink ink, const std::string& name, const std::string& text) {
    if (++listed > kMostListed) {
      ++left_out;
      return;
    }
    const size_t before = lines.size();
    const std::string glyph(Glyph(style, symbol));
    AddWrapped(lines, "  " + glyph + " ", name + ": " + text, columns);
    if (lines.size() > before) lines[before] = "  " + Paint(style, ink, glyph) + lines[before].substr(2 + glyph.size());
  };
  for (const JobView& job : view.run.jobs) {
    if (job.job.state == JobState::kNeedsReconcile) {
      add(Symbol::kAttention, Ink::kYellow, job.job.name,
          job.waits_for.empty() ? "nobody saw how it ended" : job.waits_for);
    }
  }
  for (const JobView& job : view.run.jobs) {
    if (job.job.result != RunResult::kFailed && job.job.result != RunResult::kErrored) continue;
    add(Symbol::kFailed, job.job.optional ? Ink::kYellow : Ink::kRed, job.job.name,
        (job.job.reason.empty() ? "failed" : job.job.reason) + (job.job.optional ? " (optional)" : ""));
    const bool silent = job.job.name == kStackReady && job.attempts.empty();  // no process was started
    if (listed <= kMostListed && !silent)
      lines.push_back("      davit logs " + view.run.run.id.text + " " + job.job.name);
  }
  for (const JobView& job : view.run.jobs) {
    if (job.job.result != RunResult::kNotReached || job.job.name == kStackReady) continue;
    add(Symbol::kNothing, Ink::kDim, job.job.name, job.job.reason.empty() ? "not reached" : job.job.reason);
  }
  for (const JobView& job : view.run.jobs) {
    // What was left out because somebody said so is known.
    if (job.job.result == RunResult::kExcluded && job.job.reason.starts_with(control::kLeftOutByTuning))
      add(Symbol::kNothing, Ink::kDim, job.job.name, job.job.reason);
  }
  if (left_out > 0)
    lines.push_back("  and " + std::to_string(left_out) + " more: davit run show " + view.run.run.id.text);
}

std::string Next(const SummaryView& view, const Counts& counts) {
  const RunRow& run = view.run.run;
  const bool destroy = run.kind == RunKind::kDestroy;
  const std::string verb = !view.command.empty()           ? view.command
                           : destroy                       ? "davit down"
                           : run.kind == RunKind::kPreview ? "davit plan"
                                                           : "davit up";
  if (run.state != RunState::kFinished) return "davit run reconcile " + run.id.text;
  if (counts.failed > 0 && view.before_gate)
    return "nothing was applied, as not everything could be planned: mend it and run `" + verb + "` again";
  if (run.kind == RunKind::kImport) {
    if (run.result == RunResult::kSucceeded) return "`davit up` plans against it";
    if (view.adopts) return "the state is where it was, as it was; mend what failed and say it again";
    return "the state is as it was; `davit run show " + run.id.text + "` says more";
  }
  if (counts.failed > 0) return "mend what failed and run `" + verb + "` again; what is done stays done";
  if (run.result == RunResult::kCancelled) return "`" + verb + "` goes on from here; what is done stays done";
  if (run.result != RunResult::kSucceeded && run.result != RunResult::kUnchanged)
    return "`davit run show " + run.id.text + "` says more";
  if (counts.soft > 0) return "`" + verb + "` tries the optional ones again";
  if (view.rehearses) return "nothing of it stands; without -y it is done";
  if (view.command == kBackup) return "`davit hub backup unbundle` makes parameters of what it left";
  if (!view.command.empty())
    return destroy ? "`davit hub deploy` brings it back" : "`davit hub undeploy` takes it away";
  if (destroy) return "`davit up` brings it back";
  return "`davit status` shows what stands, `davit down` takes it away";
}

}  // namespace

CriticalPath FindCriticalPath(const Producers& producers, const Durations& durations) {
  struct Best {
    int64_t total = 0;
    std::string before;
  };
  std::map<std::string, Best> best;
  // Depth first with an own stack: a chain may be thousands of components long.
  for (const auto& [start, unused] : durations) {
    std::vector<std::pair<std::string, bool>> stack = {{start, false}};
    while (!stack.empty()) {
      auto [name, children_done] = stack.back();
      stack.pop_back();
      if (!children_done && best.contains(name)) continue;
      auto found = producers.find(name);
      if (!children_done) {
        best[name];  // marks it as met, so that nothing loops
        stack.emplace_back(name, true);
        if (found == producers.end()) continue;
        for (const std::string& producer : found->second) {
          if (!best.contains(producer)) stack.emplace_back(producer, false);
        }
        continue;
      }
      Best& mine = best[name];
      mine = {};
      if (found != producers.end()) {
        for (const std::string& producer : found->second) {
          if (best[producer].total > mine.total) mine = {best[producer].total, producer};
        }
      }
      auto own = durations.find(name);
      // Others took no time, but lie on the way; what ran in no measurable time was waited for all the same.
      if (own != durations.end()) mine.total += std::max<int64_t>(own->second, 1);
    }
  }
  CriticalPath path;
  std::string last;
  for (const auto& [name, entry] : best) {
    if (entry.total > path.duration_ms && durations.contains(name)) {
      path.duration_ms = entry.total;
      last = name;
    }
  }
  for (std::string name = last; !name.empty(); name = best[name].before) {
    if (durations.contains(name)) path.components.push_back(name);
  }
  std::reverse(path.components.begin(), path.components.end());
  return path;
}

std::vector<std::string> RenderOutputs(const ValueMap& outputs, const std::map<std::string, std::string>& missing,
                                       const Style& style, bool reveal, std::string_view indent) {
  int name_width = 0;
  for (const auto& [name, value] : outputs) name_width = std::max(name_width, Width(name));
  for (const auto& [name, why] : missing) name_width = std::max(name_width, Width(name));
  name_width = std::min(name_width, 32);
  std::vector<std::string> lines;
  const auto add = [&](const std::string& name, const std::string& text) {
    const std::string padded = Width(name) > name_width ? name : Fit(name, name_width, style);
    lines.push_back(std::string(indent) + padded + "  " + text);
  };
  for (const auto& [name, value] : outputs) {
    std::string text;
    if (value.unknown) {
      text = Paint(style, Ink::kDim, "(not known yet)");
    } else if (value.sensitive && !reveal) {
      text = Paint(style, Ink::kDim, "(sensitive)");
    } else {
      text = ToText(value.data);
      // A value of several lines stays one block, set in.
      for (size_t at = text.find('\n'); at != std::string::npos; at = text.find('\n', at + 1)) {
        text.insert(at + 1, std::string(indent) + "  ");
      }
    }
    add(name, text);
  }
  for (const auto& [name, why] : missing) add(name, Paint(style, Ink::kDim, "(missing: " + why + ")"));
  return lines;
}

std::vector<std::string> RenderSummary(const SummaryView& view, const Style& style, int columns) {
  std::vector<std::string> lines;
  const int width = columns - 1;
  Counts counts = CountJobs(view.run);
  const RunRow& run = view.run.run;
  if (run.state == RunState::kFinished && run.result == RunResult::kUnchanged) {
    if (run.kind == RunKind::kDestroy) return {"Nothing stands: there is nothing to take away."};
    const size_t count = view.run.jobs.empty() ? view.unchanged : counts.unchanged;
    const std::string up_to_date = Plural(count, "component") + (count == 1 ? " is" : " are") + " up to date";
    std::vector<std::pair<std::string, std::string>> excluded = view.excluded;
    for (const control::JobView& job : view.run.jobs) {
      const bool known =
          std::any_of(excluded.begin(), excluded.end(), [&](const auto& entry) { return entry.first == job.job.name; });
      if (job.job.result == RunResult::kExcluded && !known) excluded.emplace_back(job.job.name, job.job.reason);
    }
    const std::string left_out = std::to_string(excluded.size()) + " left out";
    lines.push_back("Nothing changed: " + (excluded.empty() ? up_to_date : up_to_date + ", " + left_out) + " (" +
                    FormatDuration(view.duration_ms) + ").");
    for (const auto& [name, why] : excluded) AddWrapped(lines, "  ", name + ": " + why, width);
    return lines;
  }
  Symbol symbol = Symbol::kDone;
  Ink ink = Ink::kGreen;
  const std::string headline = Headline(view, counts, &symbol, &ink);
  const std::string glyph(Glyph(style, symbol));
  AddWrapped(
      lines, glyph + " ",
      headline + ": " + Describe(counts, run.kind == RunKind::kDestroy) + " (" + FormatDuration(view.duration_ms) + ")",
      width);
  lines[0] = Paint(style, ink, glyph) + " " + Paint(style, Ink::kBold, lines[0].substr(glyph.size() + 1));
  if (view.critical.components.size() > 1) {
    AddWrapped(lines, "  ",
               "critical path: " +
                   Join(Ends(view.critical.components), " " + std::string(Glyph(style, Symbol::kArrow)) + " ") + ", " +
                   FormatDuration(view.critical.duration_ms),
               width);
  }
  AddJobs(lines, view, style, width);
  if (!view.outputs.empty() || !view.missing.empty()) {
    lines.push_back("");
    lines.push_back(Paint(style, Ink::kBold, "Outputs"));
    for (std::string& line : RenderOutputs(view.outputs, view.missing, style, false, "  "))
      lines.push_back(std::move(line));
  }
  lines.push_back("");
  const std::string next = Next(view, counts);
  if (run.state != RunState::kFinished) {
    AddWrapped(lines, "Next: ", "look at what happened, then decide", width);
    lines.push_back("  " + next);
  } else {
    AddWrapped(lines, "Next: ", next, width);
  }
  return lines;
}

}  // namespace davit::cli
