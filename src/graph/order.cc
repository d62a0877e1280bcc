#include "graph/order.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "manifest/tuning.h"

namespace davit::graph {
namespace {

constexpr size_t kMaxNamesInLoop = 12;  // a longer loop is shown with its middle left out

/// The provider that a component means: the nearest one declared before it, else the first one.
int ProviderFor(int component, const std::vector<int>& providers) {
  int chosen = -1;
  for (int provider : providers) {
    if (provider == component) continue;
    if (provider > component) return chosen < 0 ? provider : chosen;
    chosen = provider;
  }
  return chosen;
}

/// Finds the components that the expressions of one component name exactly, through the links that they lead to.
class ReferenceWalk {
 public:
  ReferenceWalk(const Stack& stack, const Names& names, DependencyLists& found)
      : stack_(stack), names_(names), found_(found), entered_by_(stack.parameters.size(), -1) {}

  void Start(int component) { component_ = component; }
  /// `inside`: the stack parameter that it is the value of; -1 = none.
  void Walk(const Expression& expression, int inside = -1) {
    pending_.assign(1, {&expression, inside});
    while (!pending_.empty()) {
      const auto [next, of] = pending_.back();
      pending_.pop_back();
      for (const Reference& reference : next->references) Follow(reference, of);
    }
  }
  /// The stack's parameter `name` as this component sees it; whether there is one that answers.
  bool WalkParameter(std::string_view name) {
    const int own = names_.ParameterFor(name, component_);
    return (own >= 0 && WalkGiven(own)) || WalkPlain(name);
  }
  bool WalkPlain(std::string_view name) {
    const int plain = names_.Parameter(name, {});
    return plain >= 0 && WalkGiven(plain);
  }
  /// The stack's parameter of that index; whether it answers.
  bool WalkGiven(int index) {
    const Parameter& parameter = stack_.parameters[static_cast<size_t>(index)];
    if (!Answers(stack_, parameter)) return false;
    if (Enter(index)) Walk(parameter.value, index);
    return true;
  }

 private:
  bool Enter(int parameter) {
    return IsLink(stack_.parameters[static_cast<size_t>(parameter)]) &&
           std::exchange(entered_by_[static_cast<size_t>(parameter)], component_) != component_;
  }

  void Follow(const Reference& reference, int inside) {
    const NameParts parts = SplitName(reference.text);
    if (parts.form == NameParts::Form::kOutput) {
      const int on = names_.Component(parts.component);
      // Its own outputs and unknown components are for bind.cc to judge.
      if (on >= 0 && on != component_) found_.Add({Dependency::Kind::kOutput, on, reference.text, reference.pos});
      return;
    }
    if (parts.form == NameParts::Form::kQualified) {
      FollowParameter(names_.Parameter(parts.name, parts.component), inside);
    } else if (!FollowParameter(names_.ParameterFor(parts.name, component_), inside)) {
      FollowParameter(names_.Parameter(parts.name, {}), inside);
    }
  }
  /// Whether there is one.
  bool FollowParameter(int index, int inside) {
    if (index < 0 || index == inside) return false;
    if (Enter(index)) pending_.emplace_back(&stack_.parameters[static_cast<size_t>(index)].value, index);
    return true;
  }

  const Stack& stack_;
  const Names& names_;
  DependencyLists& found_;
  int component_ = -1;
  std::vector<int> entered_by_;  // by parameter: the last component whose expressions led into this link
  std::vector<std::pair<const Expression*, int>> pending_;
};

std::string Words(const Stack& stack, int from, const Dependency& dependency) {
  const std::string& name = stack.components[static_cast<size_t>(from)].name;
  const std::string& on = stack.components[static_cast<size_t>(dependency.on)].name;
  switch (dependency.kind) {
    case Dependency::Kind::kDepends:
      return "'" + name + "' depends on '" + on + "'";
    case Dependency::Kind::kOutput:
      return "'" + name + "' uses ${" + std::string(dependency.detail) + "}";
    case Dependency::Kind::kRequires:
      return "'" + name + "' requires '" + std::string(dependency.detail) + "', which '" + on + "' provides";
  }
  return {};
}

struct Frame {
  int component = 0;
  size_t next = 0;  // of its dependencies
};

/// The part of the path that bites its own tail: from the component that the last frame came back to.
void ReportCycle(const Stack& stack, const DependencyLists& dependencies, const std::vector<Frame>& path, int back_to,
                 Diagnostics& diagnostics) {
  const auto first =
      std::find_if(path.begin(), path.end(), [&](const Frame& frame) { return frame.component == back_to; });
  const size_t begin = static_cast<size_t>(first - path.begin());
  const size_t length = path.size() - begin;
  Error error;
  error.code = ErrorCode::kInvalidInput;
  error.message = "components wait for each other: ";
  for (size_t i = 0; i < length; ++i) {
    if (length > kMaxNamesInLoop && i == kMaxNamesInLoop / 2) {
      i = length - kMaxNamesInLoop / 2;
      error.message += "… " + std::to_string(length - kMaxNamesInLoop) + " more … -> ";
    }
    const Frame& frame = path[begin + i];
    const Dependency& dependency = dependencies[static_cast<size_t>(frame.component)][frame.next - 1];
    error.message += stack.components[static_cast<size_t>(frame.component)].name + " -> ";
    error.notes.push_back({Words(stack, frame.component, dependency), dependency.pos});
  }
  error.message += stack.components[static_cast<size_t>(back_to)].name;
  error.position = stack.components[static_cast<size_t>(back_to)].pos;
  error.suggestion = "remove one of these dependencies";
  diagnostics.Add(std::move(error));
}

std::optional<std::vector<int>> PulledForward(const Stack& stack, const DependencyLists& dependencies,
                                              Diagnostics& diagnostics) {
  enum class Mark : char { kNew, kOpen, kDone };
  std::vector<Mark> marks(stack.components.size(), Mark::kNew);
  std::vector<int> order;
  order.reserve(stack.components.size());
  std::vector<Frame> path;
  for (size_t start = 0; start < stack.components.size(); ++start) {
    if (marks[start] != Mark::kNew) continue;
    path.push_back({static_cast<int>(start), 0});
    marks[start] = Mark::kOpen;
    while (!path.empty()) {
      Frame& frame = path.back();
      const std::span<const Dependency> waits_for = dependencies[static_cast<size_t>(frame.component)];
      if (frame.next == waits_for.size()) {
        marks[static_cast<size_t>(frame.component)] = Mark::kDone;
        order.push_back(frame.component);
        path.pop_back();
        continue;
      }
      const int on = waits_for[frame.next++].on;
      Mark& mark = marks[static_cast<size_t>(on)];
      if (mark == Mark::kOpen) {
        ReportCycle(stack, dependencies, path, on, diagnostics);
        return std::nullopt;
      }
      if (mark == Mark::kNew) {
        mark = Mark::kOpen;
        path.push_back({on, 0});
      }
    }
  }
  return order;
}

}  // namespace

Providers ProvidersOf(const Stack& stack) {
  Providers providers;
  for (size_t i = 0; i < stack.components.size(); ++i) {
    auto add = [&](std::string_view capability) {
      std::vector<int>& list = providers[capability];
      if (list.empty() || list.back() != static_cast<int>(i)) list.push_back(static_cast<int>(i));
    };
    std::set<std::string_view> provided;
    for (const std::string& capability : stack.components[i].provides) AddCapability(provided, capability);
    for (const std::string_view capability : provided) add(capability);
  }
  return providers;
}

DependencyLists Dependencies(const Stack& stack, const Names& names) {
  DependencyLists found;
  const Providers providers = ProvidersOf(stack);
  ReferenceWalk walk(stack, names, found);
  for (size_t i = 0; i < stack.components.size(); ++i) {
    const Component& component = stack.components[i];
    const int index = static_cast<int>(i);
    for (size_t d = 0; d < component.depends.size(); ++d) {
      const std::string& name = component.depends[d];
      const Pos pos = d < component.depends_pos.size() ? component.depends_pos[d] : component.pos;
      const int on = names.Component(name);
      // Of itself and of unknown ones manifest/ has spoken.
      if (on >= 0 && on != index) found.Add({Dependency::Kind::kDepends, on, {}, pos});
    }
    for (const std::string& capability : component.requires_) {
      if (IsBuiltIn(capability)) continue;  // whoever has it may have it from the environment
      const auto provider = providers.find(capability);
      if (provider == providers.end()) continue;
      const int on = ProviderFor(index, provider->second);
      if (on >= 0) found.Add({Dependency::Kind::kRequires, on, capability, component.pos});
    }
    walk.Start(index);
    for (const Parameter& parameter : component.parameters) {
      if (walk.WalkParameter(parameter.name)) continue;
      if (parameter.has_value) walk.Walk(parameter.value);
      if (parameter.has_default) walk.Walk(parameter.default_value);
    }
    for (const uint32_t parameter : names.ParametersFor(index)) {
      if (!walk.WalkGiven(static_cast<int>(parameter))) walk.WalkPlain(stack.parameters[parameter].name);
    }
    for (const OutputDeclaration& output : component.outputs) {
      if (output.has_value) walk.Walk(output.value);
    }
    for (const ReadyCondition& condition : component.ready_conditions) {
      walk.Walk(condition.dns);
      walk.Walk(condition.url);
    }
    for (const std::string& term : stack.tuning) {
      const manifest::TuningTerm tuning = manifest::SplitTuning(term);
      if (tuning.IsParameter() && tuning.Concerns(component.name)) walk.WalkParameter(tuning.what);
    }
    found.EndList();
  }
  return found;
}

std::optional<std::vector<int>> DeployOrder(const Stack& stack, const Names& names, const DependencyLists& dependencies,
                                            Diagnostics& diagnostics) {
  if (!stack.explicit_order) return PulledForward(stack, dependencies, diagnostics);
  const size_t count = stack.components.size();
  std::vector<int> order;
  std::vector<int> place(count, -1);  // in `order`
  std::vector<Pos> said(count);
  for (size_t i = 0; i < stack.order.size(); ++i) {
    const int index = names.Component(stack.order[i]);
    if (index < 0 || place[static_cast<size_t>(index)] >= 0) continue;  // manifest/ has said so
    place[static_cast<size_t>(index)] = static_cast<int>(order.size());
    if (i < stack.order_pos.size()) said[static_cast<size_t>(index)] = stack.order_pos[i];
    order.push_back(index);
  }
  for (size_t i = 0; i < count; ++i) {
    if (place[i] >= 0) continue;
    place[i] = static_cast<int>(order.size());
    order.push_back(static_cast<int>(i));
  }
  const Providers providers = ProvidersOf(stack);
  auto provided_before = [&](size_t component, std::string_view capability) {
    const std::vector<int>& all = providers.at(capability);
    return std::any_of(all.begin(), all.end(),
                       [&](int provider) { return place[static_cast<size_t>(provider)] < place[component]; });
  };
  bool agrees = true;
  for (size_t i = 0; i < count; ++i) {
    std::unordered_set<int> reported;
    for (const Dependency& dependency : dependencies[i]) {
      const auto on = static_cast<size_t>(dependency.on);
      if (place[on] < place[i]) continue;
      if (dependency.kind == Dependency::Kind::kRequires && provided_before(i, dependency.detail)) continue;
      // What it cannot get is then told when it is its turn.
      if (stack.refuses_late && dependency.kind != Dependency::Kind::kDepends) continue;
      if (!reported.insert(dependency.on).second) continue;
      agrees = false;
      const std::string& name = stack.components[i].name;
      const std::string& before = stack.components[on].name;
      Error error;
      error.code = ErrorCode::kInvalidInput;
      error.message = "lifecycle.order puts '" + name + "' before '" + before + "', ";
      switch (dependency.kind) {
        case Dependency::Kind::kDepends:
          error.message += "which it depends on";
          break;
        case Dependency::Kind::kOutput:
          error.message += "whose output it uses";
          break;
        case Dependency::Kind::kRequires:
          error.message += "which provides '" + std::string(dependency.detail) + "' for it";
          break;
      }
      error.position = said[i] ? said[i] : stack.components[i].pos;
      error.notes.push_back({Words(stack, static_cast<int>(i), dependency), dependency.pos});
      error.suggestion = "put '" + before + "' before '" + name +
                         "', or leave `lifecycle.order` out: davit orders by what waits for what";
      diagnostics.Add(std::move(error));
    }
  }
  if (!agrees) return std::nullopt;
  return order;
}

std::vector<StackEdge> WithoutGaps(std::vector<StackEdge> edges, const std::vector<bool>& runs) {
  std::vector<int> before(runs.size(), -1);  // in the order
  for (const StackEdge& edge : edges) {
    if (edge.OfOrder()) before[static_cast<size_t>(edge.to)] = edge.from;
  }
  for (StackEdge& edge : edges) {
    if (!edge.OfOrder() || !runs[static_cast<size_t>(edge.to)]) continue;
    while (edge.from >= 0 && !runs[static_cast<size_t>(edge.from)]) edge.from = before[static_cast<size_t>(edge.from)];
  }
  std::erase_if(edges, [](const StackEdge& edge) { return edge.from < 0; });
  return edges;
}

}  // namespace davit::graph
