// Who waits for whom and why, from a stack whose names are bound. Pure.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "graph/order.h"
#include "model/stack.h"

namespace davit::graph {

/// Whether the component has the parameter kProvidesParameter to be filled in. It waits for all before it.
bool AsksForCapabilities(const Component& component);
/// Whether the input is filled in with them: of a component that asks, or (in `davit hub`) mentions the parameter, which waits for nobody.
bool TakesCapabilities(const Input& input);

/// Finds the edges to one component after the other, in deploy order, each as soon as its names are bound. A requirement that only a running
/// component can meet (DESIGN 7) makes an edge from every component before it; everything else makes edges in proportion to what the manifest says.
class EdgeFinder {
 public:
  /// The stack is in deploy order.
  explicit EdgeFinder(const Stack& stack);
  /// Those to the next component, which names the components `depends`.
  void AddNext(const std::vector<int>& depends);
  /// Sorted by (to, from, kind, reason), each once, each from < to.
  std::vector<StackEdge> Take() { return std::move(edges_); }

 private:
  const Stack& stack_;
  const Providers providers_;
  std::vector<StackEdge> edges_;
  std::vector<int> needed_;  // optional producers that the component cannot do without
  int next_ = 0;
};

}  // namespace davit::graph
