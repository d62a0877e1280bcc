#include "manifest/tuning.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace davit::manifest {

TuningTerm SplitTuning(std::string_view term) {
  TuningTerm split;
  const size_t colon = term.find(':');
  split.what = term.substr(0, colon);
  if (colon != std::string_view::npos) split.component = term.substr(colon + 1);
  split.erases = colon != std::string_view::npos && (split.what.empty() || split.component.empty());
  return split;
}

std::vector<std::string> MergeTuning(const std::vector<std::string>& base, const std::vector<std::string>& derived) {
  struct Seen {
    bool erased = false;   // `cdn:`
    bool for_all = false;  // `cdn`
    bool for_one = false;  // `cdn:web`
  };
  std::vector<std::string_view> newest_first(derived.rbegin(), derived.rend());
  newest_first.insert(newest_first.end(), base.rbegin(), base.rend());
  std::unordered_map<std::string_view, Seen> seen;
  std::unordered_set<std::string_view> erased_components;
  std::unordered_set<std::string_view> kept;
  std::vector<std::string> merged;
  for (const std::string_view term : newest_first) {
    if (term == ":") break;
    const TuningTerm split = SplitTuning(term);
    if (split.erases && split.what.empty()) {
      erased_components.insert(split.component);
      continue;
    }
    Seen& of = seen[split.what];
    if (split.erases) of.erased = true;
    if (of.erased) continue;
    if (split.component.empty()) {
      if (of.for_one) continue;
      of.for_all = true;
    } else {
      if (of.for_all || erased_components.contains(split.component)) continue;
      of.for_one = true;
    }
    if (kept.insert(term).second) merged.emplace_back(term);
  }
  std::reverse(merged.begin(), merged.end());
  return merged;
}

bool IsTuned(const std::vector<std::string>& tuning, std::string_view capability) {
  return std::any_of(tuning.begin(), tuning.end(),
                     [&](const std::string& term) { return SplitTuning(term).what == capability; });
}

}  // namespace davit::manifest
