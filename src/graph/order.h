// The deploy order: what each component waits for by its own words, before names that only the order gives a meaning are looked up. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "base/by_name.h"
#include "base/diagnostics.h"
#include "graph/names.h"
#include "model/capabilities.h"
#include "model/stack.h"

namespace davit::graph {

/// A component that another one names: in `depends`, in `${component:output}`, or by a capability that it provides.
struct Dependency {
  enum class Kind { kDepends, kOutput, kRequires };
  Kind kind = Kind::kDepends;
  int on = 0;               // index in Stack::components
  std::string_view detail;  // of the stack. kOutput: as written between the braces; kRequires: the capability
  Pos pos;
};

/// By component, each list in the order in which it pulls components forward. One after the other: a large stack has very many.
class DependencyLists {
 public:
  size_t size() const { return ends_.size(); }
  std::span<const Dependency> operator[](size_t component) const {
    const size_t begin = component == 0 ? 0 : ends_[component - 1];
    return {all_.data() + begin, ends_[component] - begin};
  }
  /// To the list that is made now.
  void Add(Dependency dependency) { all_.push_back(dependency); }
  /// What is added from now on is of the next component.
  void EndList() { ends_.push_back(static_cast<uint32_t>(all_.size())); }

 private:
  std::vector<Dependency> all_;
  std::vector<uint32_t> ends_;
};

/// Unknown names are passed over. They point into the stack, whose components must not move.
DependencyLists Dependencies(const Stack& stack, const Names& names);

/// Indexes of Stack::components in deploy order: `lifecycle.order` where it is given, else the order of declaration with dependencies pulled
/// forward, depth first. nullopt where a cycle, or an order that contradicts, was reported.
std::optional<std::vector<int>> DeployOrder(const Stack& stack, const Names& names, const DependencyLists& dependencies,
                                            Diagnostics& diagnostics);

/// `edges` for a run in which only some components take part (`runs`, by component): of an order a, b, c without b remains c after a. Other
/// edges are as they were.
std::vector<StackEdge> WithoutGaps(std::vector<StackEdge> edges, const std::vector<bool>& runs);

/// Static providers of capabilities: capability → components that provide it, in the order of Stack::components.
using Providers = ByName<std::vector<int>>;
Providers ProvidersOf(const Stack& stack);

}  // namespace davit::graph
