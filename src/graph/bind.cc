#include "graph/bind.h"

#include <algorithm>

#include "graph/binder.h"
#include "graph/computed_names.h"
#include "graph/edges.h"
#include "graph/names.h"
#include "graph/order.h"

namespace davit::graph {
namespace {

void Permute(std::vector<Component>& items, const std::vector<int>& order) {
  std::vector<Component> permuted;
  permuted.reserve(items.size());
  for (int index : order) permuted.push_back(std::move(items[static_cast<size_t>(index)]));
  items = std::move(permuted);
}

}  // namespace

std::vector<StackEdge> Bind(Stack& stack, ModuleList& modules, Diagnostics& diagnostics, LookupTrace* trace) {
  modules.Resize(stack.components.size());
  Names names(stack);
  ChooseComputedNames(stack, names, modules);
  const std::optional<std::vector<int>> order = DeployOrder(stack, names, Dependencies(stack, names), diagnostics);
  if (!order) return {};  // what a name means depends on the order
  if (!std::is_sorted(order->begin(), order->end())) {
    Permute(stack.components, *order);
    modules.Permute(*order);
    names.Permute(*order);
  }
  Binder binder(stack, modules, names, trace, diagnostics);
  EdgeFinder edges(stack);
  for (size_t i = 0; i < stack.components.size(); ++i) {
    binder.BindNext();
    edges.AddNext(binder.DependsOn());  // now, while its inputs are in the cache
  }
  if (!stack.refuses_late) binder.CheckUnusedLinks();
  binder.BindStackOutputs();
  binder.BindStackConditions();
  if (diagnostics.HasErrors()) return {};
  return edges.Take();
}

}  // namespace davit::graph
