#include "graph/edges.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace davit::graph {
namespace {

/// What one producer feeds into one consumer.
struct Feed {
  std::vector<std::string> reasons;
  bool all_may_be_empty = true;
};

void AddFeeds(const Expression& expression, const Input& input, std::map<int, Feed>& feeds) {
  for (const Reference& reference : expression.references) {
    if (reference.kind != Reference::Kind::kOutput) continue;
    Feed& feed = feeds[reference.component];
    const bool for_output = input.name.starts_with("${");
    feed.reasons.push_back("output " + reference.name + " -> " + (for_output ? "outputs" : input.name));
    feed.all_may_be_empty = feed.all_may_be_empty && input.empty_allowed;
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

EdgeFinder::EdgeFinder(const Stack& stack, const Names& names)
    : stack_(stack), names_(names), providers_(ProvidersOf(stack)) {}

void EdgeFinder::AddNext() {
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
  for (const std::string& name : component.depends) {
    add(names_.Component(name), EdgeKind::kNeeds, "depends");
  }
  // A value of an optional producer stops its consumer only where that cannot do without (engine.md 2).
  std::map<int, Feed> feeds;
  std::map<int, Feed> substitutes;  // waited for, but their failure stops nobody who has the value itself
  for (const Input& input : component.inputs) {
    AddFeeds(input.value, input, feeds);
    AddFeeds(input.fallback, input, substitutes);
  }
  for (const Input& condition : component.conditions) AddFeeds(condition.value, condition, feeds);
  for (auto& [from, feed] : feeds) {
    const EdgeKind kind = optional(from) && feed.all_may_be_empty ? EdgeKind::kAfter : EdgeKind::kValue;
    for (std::string& reason : feed.reasons) add(from, kind, std::move(reason));
  }
  for (auto& [from, feed] : substitutes) {
    for (std::string& reason : feed.reasons) add(from, EdgeKind::kAfter, std::move(reason));
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
