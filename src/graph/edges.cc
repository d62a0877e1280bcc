#include "graph/edges.h"

#include <algorithm>
#include <tuple>

namespace davit::graph {
namespace {

std::string ReasonOf(const Reference& output, const Input& input) {
  return "output " + output.name + " -> " + (input.name.starts_with("${") ? "outputs" : input.name);
}

template <typename Visit>
void ForEachOutput(const Expression& expression, const Visit& visit) {
  for (const Reference& reference : expression.references) {
    if (reference.kind == Reference::Kind::kOutput) visit(reference);
  }
}

}  // namespace

bool AsksForCapabilities(const Component& component) {
  return std::any_of(component.inputs.begin(), component.inputs.end(),
                     [](const Input& input) { return TakesCapabilities(input) && !input.value.constant.is_null(); });
}

bool TakesCapabilities(const Input& input) {
  return input.name == kProvidesParameter && input.value.IsConstant() &&
         (input.value.constant.is_null() || input.value.constant == json::value(""));
}

EdgeFinder::EdgeFinder(const Stack& stack) : stack_(stack), providers_(ProvidersOf(stack)) {}

void EdgeFinder::AddNext(const std::vector<int>& depends) {
  const int to = next_++;
  const Component& component = stack_.components[static_cast<size_t>(to)];
  const auto optional = [&](int index) { return stack_.components[static_cast<size_t>(index)].optional; };
  const auto provided_by_stack = [&](const std::string& capability) {
    const auto has = [&](const std::vector<std::string>& list) {
      return std::find(list.begin(), list.end(), capability) != list.end();
    };
    return has(stack_.provides) || has(stack_.platform_provides);
  };
  const auto first = static_cast<ptrdiff_t>(edges_.size());
  const auto add = [&](int from, EdgeKind kind, std::string reason) {
    if (from >= 0 && from < to) edges_.push_back({from, to, kind, std::move(reason)});
  };
  for (const int from : depends) add(from, EdgeKind::kNeeds, "depends");
  const auto add_values = [&](const Input& input) {
    ForEachOutput(input.value, [&](const Reference& output) {
      add(output.component, EdgeKind::kValue, ReasonOf(output, input));
      // The value of an optional producer stops its consumer only where that cannot do without (engine.md 2).
      if (!input.empty_allowed && optional(output.component)) needed_.push_back(output.component);
    });
  };
  needed_.clear();
  for (const Input& input : component.inputs) add_values(input);
  for (const Input& condition : component.conditions) add_values(condition);
  std::sort(needed_.begin(), needed_.end());
  for (auto edge = edges_.begin() + first; edge != edges_.end(); ++edge) {
    const bool needed = !optional(edge->from) || std::binary_search(needed_.begin(), needed_.end(), edge->from);
    if (edge->kind == EdgeKind::kValue && !needed) edge->kind = EdgeKind::kAfter;
  }
  // Substitutes are waited for, but their failure stops nobody who has the value itself.
  for (const Input& input : component.inputs) {
    ForEachOutput(input.fallback,
                  [&](const Reference& output) { add(output.component, EdgeKind::kAfter, ReasonOf(output, input)); });
  }
  for (const std::string& capability : component.requires_) {
    const std::string reason = "requires " + capability;
    int provider = -1;
    if (const auto all = providers_.find(capability); all != providers_.end()) {
      const auto after = std::lower_bound(all->second.begin(), all->second.end(), to);
      if (after != all->second.begin()) provider = *std::prev(after);
    }
    if (provider >= 0) {
      add(provider, optional(provider) ? EdgeKind::kAfter : EdgeKind::kNeeds, reason);
    } else if (!IsBuiltIn(capability) && !provided_by_stack(capability)) {
      for (int from = 0; from < to; ++from) add(from, EdgeKind::kAfter, reason);
    }
  }
  if (AsksForCapabilities(component)) {
    for (int from = 0; from < to; ++from) add(from, EdgeKind::kAfter, std::string(kProvidesParameter));
  }
  if (stack_.hub_convention && stack_.explicit_order) add(to - 1, EdgeKind::kAfter, std::string(kGivenOrderReason));

  const auto key = [](const StackEdge& edge) { return std::tie(edge.from, edge.kind, edge.reason); };
  std::sort(edges_.begin() + first, edges_.end(),
            [&](const StackEdge& a, const StackEdge& b) { return key(a) < key(b); });
  edges_.erase(std::unique(edges_.begin() + first, edges_.end(),
                           [&](const StackEdge& a, const StackEdge& b) { return key(a) == key(b); }),
               edges_.end());
}

}  // namespace davit::graph
