// The deploy order: what each component waits for by its own words, before names that only the order gives a meaning are looked up. Pure.
#pragma once

#include <optional>
#include <string>
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
  int on = 0;          // index in Stack::components
  std::string detail;  // kOutput: as written between the braces; kRequires: the capability
  Pos pos;
};

/// By component, each list in the order in which it pulls components forward. Unknown names are passed over.
std::vector<std::vector<Dependency>> Dependencies(const Stack& stack, const Names& names);

/// Indexes of Stack::components in deploy order: `lifecycle.order` where it is given, else the order of declaration with dependencies pulled
/// forward, depth first. nullopt where a cycle, or an order that contradicts, was reported.
std::optional<std::vector<int>> DeployOrder(const Stack& stack, const Names& names,
                                            const std::vector<std::vector<Dependency>>& dependencies,
                                            Diagnostics& diagnostics);

/// `edges` for a run in which only some components take part (`runs`, by component): of an order a, b, c without b remains c after a. Other
/// edges are as they were.
std::vector<StackEdge> WithoutGaps(std::vector<StackEdge> edges, const std::vector<bool>& runs);

/// Static providers of capabilities: capability → components that provide it, in the order of Stack::components.
using Providers = ByName<std::vector<int>>;
Providers ProvidersOf(const Stack& stack);

}  // namespace davit::graph
