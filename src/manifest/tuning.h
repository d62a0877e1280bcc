// Tuning: the terms of `lifecycle.requires.optional`, which say what a component can do without, and how those of a stack join those of
// the stack that it comes from (spec/stacks.md 1.3, DESIGN 6). Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace davit::manifest {

/// `cdn`, `cdn:web`, `a.flag:web`; or what erases: `cdn:`, `:web`, `:`.
struct TuningTerm {
  std::string_view what;       // a capability, or a parameter; "" where it erases for a component, or everything
  std::string_view component;  // "" = all
  bool erases = false;
  /// A name with a dot is a parameter.
  bool IsParameter() const { return what.find('.') != std::string_view::npos; }
  bool Concerns(std::string_view name) const { return !erases && (component.empty() || component == name); }
};
TuningTerm SplitTuning(std::string_view term);
/// Whether anybody can do without the capability, by the terms of a stack that hold.
bool IsTuned(const std::vector<std::string>& tuning, std::string_view capability);

/// The terms that hold, oldest first. A newer `cdn` replaces `cdn:*`, `cdn:web` replaces `cdn`; `:` erases all that is older, `cdn:` that
/// of cdn, `:web` that of web.
std::vector<std::string> MergeTuning(const std::vector<std::string>& base, const std::vector<std::string>& derived);

}  // namespace davit::manifest
