#include "control/compare_stacks.h"

#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "control/declared.h"
#include "control/run_document.h"
#include "control/settled.h"
#include "graph/names.h"

namespace davit::control {
namespace {

constexpr char kAdded[] = "added";
constexpr char kRemoved[] = "removed";
constexpr char kChanged[] = "changed";

/// Finds items by name; they mostly stand where they stood.
template <typename T>
class ByName {
 public:
  explicit ByName(const std::vector<T>& items) : items_(items) {}
  const T* Find(std::string_view name, size_t guess) {
    if (guess < items_.size() && items_[guess].name == name) return &items_[guess];
    if (index_.empty()) {
      index_.reserve(items_.size());
      for (const T& item : items_) index_.emplace(item.name, &item);
    }
    const auto found = index_.find(name);
    return found == index_.end() ? nullptr : found->second;
  }

 private:
  const std::vector<T>& items_;
  std::unordered_map<std::string_view, const T*> index_;
};

bool SameValue(const Parameter& a, const Parameter& b) {
  if (a.sensitive != b.sensitive) return false;
  if (a.has_value == b.has_value && a.value.constant == b.value.constant) return true;
  return CanonicalJson(ValueOf(a)) == CanonicalJson(ValueOf(b));
}

class Comparer {
 public:
  Comparer(const StackDocument& before, const StackDocument& after, const DifferentFiles& files)
      : before_(before), after_(after), files_(files) {}

  std::vector<AffectedComponent> Run();

 private:
  using Causes = std::vector<AffectedCause>;
  /// A component in both.
  struct Pair {
    const Component& before;
    const Component& after;
    std::optional<SettledComponent> settled_before = {};  // made where something may differ
    std::optional<SettledComponent> settled_after = {};
    std::vector<std::string_view> changed = {};  // inputs
  };

  void FindChangedParameters();
  void CompareInputs(Pair& pair, Causes& causes);
  void CompareOutputs(Pair& pair, Causes& causes);
  void CompareKeys(const Pair& pair, Causes& causes) const;
  void CompareCapabilities(const Pair& pair, Causes& causes) const;
  void AddProducers(const Component& component, const std::vector<bool>& affected, Causes& causes) const;

  bool SameInput(Pair& pair, const Input& before, const Input& after) const;
  bool SameOutput(Pair& pair, const OutputDeclaration& before, const OutputDeclaration& after) const;
  template <typename T>
  bool SameSettled(Pair& pair, const T& before, const T& after) const;
  /// A quick look, which a value that is written in another way does not pass.
  bool SameExpression(const Pair& pair, const Expression& before, const Expression& after, bool of_output) const;
  bool SameReference(const Pair& pair, const Reference& before, const Reference& after, bool of_output) const;
  /// The parameters of the stack with another value that an expression of either is made from.
  std::vector<std::string> ParametersIn(const Pair& pair, const Input& before, const Input& after) const;
  std::vector<std::string> ParametersIn(const Expression& before, const Expression& after) const;
  void AddParameters(const Component& component, const Expression& expression, std::set<std::string_view>& inputs,
                     std::set<std::string>& names) const;
  std::set<std::string> CapabilitiesOf(const StackDocument& document, const Component& component) const;

  const StackDocument& before_;
  const StackDocument& after_;
  const DifferentFiles& files_;
  std::unordered_set<std::string> parameters_;  // of the stack, by Reference::name: those whose value differs
};

/// They mostly stand where they stood; else both are walked by name.
void Comparer::FindChangedParameters() {
  const auto at = [](const Stack& stack, size_t place) { return &stack.parameters[stack.IndexAt(place)]; };
  const Stack& before = before_.stack;
  const Stack& after = after_.stack;
  const auto same_name = [](const Parameter& a, const Parameter& b) {
    return a.name == b.name && a.component == b.component;
  };
  if (std::equal(before.parameters.begin(), before.parameters.end(), after.parameters.begin(), after.parameters.end(),
                 same_name)) {
    for (size_t i = 0; i < after.parameters.size(); ++i) {
      if (!SameValue(before.parameters[i], after.parameters[i])) parameters_.insert(graph::KeyOf(after.parameters[i]));
    }
    return;
  }
  size_t old = 0;
  size_t now = 0;
  while (old < before.parameters.size() || now < after.parameters.size()) {
    const Parameter* a = old < before.parameters.size() ? at(before, old) : nullptr;
    const Parameter* b = now < after.parameters.size() ? at(after, now) : nullptr;
    int order = a == nullptr ? 1 : b == nullptr ? -1 : a->name.compare(b->name);
    if (a != nullptr && b != nullptr && order == 0) order = a->component.compare(b->component);
    if (order == 0 && !SameValue(*a, *b)) parameters_.insert(graph::KeyOf(*b));
    if (order != 0) parameters_.insert(graph::KeyOf(order < 0 ? *a : *b));
    old += order <= 0 ? 1 : 0;
    now += order >= 0 ? 1 : 0;
  }
}

bool Comparer::SameReference(const Pair& pair, const Reference& before, const Reference& after, bool of_output) const {
  if (before.kind != after.kind || before.name != after.name) return false;
  switch (before.kind) {
    case Reference::Kind::kStackParameter:
      return parameters_.empty() || !parameters_.contains(before.name);
    case Reference::Kind::kOwnParameter:
      return of_output ||
             std::find(pair.changed.begin(), pair.changed.end(), std::string_view(before.name)) == pair.changed.end();
    case Reference::Kind::kOutput:
      return before_.stack.components[static_cast<size_t>(before.component)].name ==
             after_.stack.components[static_cast<size_t>(after.component)].name;
    case Reference::Kind::kUnresolved:
      break;
  }
  return before.text == after.text;
}

bool Comparer::SameExpression(const Pair& pair, const Expression& before, const Expression& after,
                              bool of_output) const {
  if (before.parts.size() != after.parts.size()) return false;
  if (before.IsConstant()) return before.constant == after.constant;
  for (size_t i = 0; i < before.parts.size(); ++i) {
    const Expression::Part& a = before.parts[i];
    const Expression::Part& b = after.parts[i];
    if ((a.reference < 0) != (b.reference < 0) || a.literal != b.literal || a.names != b.names) return false;
    for (int name = 0; name < a.names; ++name) {
      if (!SameReference(pair, before.references[static_cast<size_t>(a.reference + name)],
                         after.references[static_cast<size_t>(b.reference + name)], of_output))
        return false;
    }
    if (a.reference >= 0 && !a.IsComputed() &&
        !SameReference(pair, before.references[static_cast<size_t>(a.reference)],
                       after.references[static_cast<size_t>(b.reference)], of_output)) {
      return false;
    }
  }
  return true;
}

template <typename T>
bool Comparer::SameSettled(Pair& pair, const T& before, const T& after) const {
  if (!pair.settled_before) pair.settled_before.emplace(before_.stack, pair.before);
  if (!pair.settled_after) pair.settled_after.emplace(after_.stack, pair.after);
  return pair.settled_before->Text(before) == pair.settled_after->Text(after);
}

bool Comparer::SameInput(Pair& pair, const Input& before, const Input& after) const {
  const bool declared = before.type == after.type && before.sensitive == after.sensitive &&
                        before.empty_allowed == after.empty_allowed && before.has_fallback == after.has_fallback &&
                        *before.env == *after.env && *before.var == *after.var;
  if (!declared) return false;
  const bool same = SameExpression(pair, before.value, after.value, false) &&
                    (!before.has_fallback || SameExpression(pair, *before.fallback, *after.fallback, false));
  return same || SameSettled(pair, before, after);
}

bool Comparer::SameOutput(Pair& pair, const OutputDeclaration& before, const OutputDeclaration& after) const {
  const bool declared = before.type == after.type && before.sensitive == after.sensitive &&
                        before.has_value == after.has_value && *before.from_tf_var == *after.from_tf_var;
  if (!declared || !before.has_value) return declared;
  return SameExpression(pair, before.value, after.value, true) || SameSettled(pair, before, after);
}

void Comparer::AddParameters(const Component& component, const Expression& expression,
                             std::set<std::string_view>& inputs, std::set<std::string>& names) const {
  std::vector<const Expression*> open{&expression};
  while (!open.empty()) {
    const Expression& next = *open.back();
    open.pop_back();
    for (const Reference& reference : next.references) {
      if (reference.kind == Reference::Kind::kStackParameter && parameters_.contains(reference.name)) {
        // What the component's own entry says is the input itself.
        const size_t bar = reference.name.rfind('|');
        if (bar == std::string::npos || reference.name.substr(bar + 1) != component.name) names.insert(reference.name);
      }
      if (reference.kind != Reference::Kind::kOwnParameter || !inputs.insert(reference.name).second) continue;
      for (const Input& input : component.inputs) {
        if (input.name == reference.name) open.push_back(&input.value);
      }
    }
  }
}

std::vector<std::string> Comparer::ParametersIn(const Pair& pair, const Input& before, const Input& after) const {
  std::set<std::string> names;
  for (const auto& [component, input] : {std::pair{&pair.before, &before}, std::pair{&pair.after, &after}}) {
    std::set<std::string_view> inputs;
    AddParameters(*component, input->value, inputs, names);
    AddParameters(*component, *input->fallback, inputs, names);
  }
  return {names.begin(), names.end()};
}

std::vector<std::string> Comparer::ParametersIn(const Expression& before, const Expression& after) const {
  std::set<std::string> names;
  for (const Expression* expression : {&before, &after}) {
    for (const Reference& reference : expression->references) {
      if (reference.kind == Reference::Kind::kStackParameter && parameters_.contains(reference.name))
        names.insert(reference.name);
    }
  }
  return {names.begin(), names.end()};
}

/// An input that only serves an output (`${db:host}`) is told with that one.
void Comparer::CompareInputs(Pair& pair, Causes& causes) {
  const auto serves_output = [](const Input& input) { return input.name.starts_with("${"); };
  using Kind = AffectedCause::Kind;
  ByName<Input> old(pair.before.inputs);
  size_t found = 0;
  for (size_t i = 0; i < pair.after.inputs.size(); ++i) {
    const Input& input = pair.after.inputs[i];
    const Input* before = old.Find(input.name, i);
    found += before != nullptr ? 1 : 0;
    if (serves_output(input) || (before != nullptr && SameInput(pair, *before, input))) continue;
    pair.changed.push_back(input.name);
    AffectedCause& cause = causes.emplace_back(AffectedCause{Kind::kInput, input.name});
    cause.change = before == nullptr ? kAdded : kChanged;
    if (before != nullptr) cause.parameters = ParametersIn(pair, *before, input);
  }
  if (found == pair.before.inputs.size()) return;
  ByName<Input> now(pair.after.inputs);
  for (size_t i = 0; i < pair.before.inputs.size(); ++i) {
    const Input& input = pair.before.inputs[i];
    if (serves_output(input) || now.Find(input.name, i) != nullptr) continue;
    causes.push_back({Kind::kInput, input.name, kRemoved});
  }
}

void Comparer::CompareOutputs(Pair& pair, Causes& causes) {
  using Kind = AffectedCause::Kind;
  ByName<OutputDeclaration> old(pair.before.outputs);
  ByName<OutputDeclaration> now(pair.after.outputs);
  for (size_t i = 0; i < pair.after.outputs.size(); ++i) {
    const OutputDeclaration& output = pair.after.outputs[i];
    const OutputDeclaration* before = old.Find(output.name, i);
    if (before == nullptr) {
      causes.push_back({Kind::kOutput, output.name, kAdded});
    } else if (!SameOutput(pair, *before, output)) {
      causes.push_back({Kind::kOutput, output.name, kChanged, ParametersIn(before->value, output.value)});
    }
  }
  for (size_t i = 0; i < pair.before.outputs.size(); ++i) {
    const std::string& name = pair.before.outputs[i].name;
    if (now.Find(name, i) == nullptr) causes.push_back({Kind::kOutput, name, kRemoved});
  }
}

void Comparer::CompareKeys(const Pair& pair, Causes& causes) const {
  const Component& a = pair.before;
  const Component& b = pair.after;
  for (const DeclaredKey& key : kDeclaredKeys) {
    bool same = std::visit([&](auto member) { return a.*member == b.*member; }, key.field);
    const std::string_view name = key.name;
    if (!same && name == "source") {
      same = a.source_dir.lexically_relative(before_.stack.base_dir) ==
             b.source_dir.lexically_relative(after_.stack.base_dir);
    } else if (!same && name == "provisioner") {
      const auto tool = [](const StackDocument& document, const Component& component) {
        if (!component.provisioner.empty()) return component.provisioner;
        return document.modules[static_cast<size_t>(&component - document.stack.components.data())].driver;
      };
      same = tool(before_, a) == tool(after_, b);
    } else if (!same && name != "inputs") {  // the order of those is in the digest of the module
      if (const auto* list = std::get_if<std::vector<std::string> Component::*>(&key.field)) {
        const std::set<std::string_view> left((a.**list).begin(), (a.**list).end());
        same = left == std::set<std::string_view>((b.**list).begin(), (b.**list).end());
      }
    }
    if (!same) causes.push_back({AffectedCause::Kind::kKey, key.name, kChanged});
  }
}

/// What it is given as provided, as far as the manifest says so (evaluate.cc).
std::set<std::string> Comparer::CapabilitiesOf(const StackDocument& document, const Component& component) const {
  const Stack& stack = document.stack;
  std::set<std::string> provided(stack.provides.begin(), stack.provides.end());
  for (const StackEdge& edge : EdgesInto(document.edges, static_cast<int>(&component - stack.components.data()))) {
    const Component& producer = stack.components[static_cast<size_t>(edge.from)];
    provided.insert(producer.provides.begin(), producer.provides.end());
  }
  return provided;
}

void Comparer::CompareCapabilities(const Pair& pair, Causes& causes) const {
  if (pair.before.requires_.empty() || pair.after.requires_.empty()) return;  // the key itself differs, if anything
  if (CapabilitiesOf(before_, pair.before) != CapabilitiesOf(after_, pair.after))
    causes.push_back({AffectedCause::Kind::kCapabilities, "", kChanged});
}

void Comparer::AddProducers(const Component& component, const std::vector<bool>& affected, Causes& causes) const {
  std::set<std::pair<std::string_view, std::string_view>> uses;  // producer, output
  const auto add = [&](const Expression& expression) {
    for (const Reference& reference : expression.references) {
      if (reference.kind != Reference::Kind::kOutput || !affected[static_cast<size_t>(reference.component)]) continue;
      uses.emplace(after_.stack.components[static_cast<size_t>(reference.component)].name, reference.name);
    }
  };
  for (const Input& input : component.inputs) {
    add(input.value);
    if (input.has_fallback) add(*input.fallback);
  }
  for (const auto& [producer, output] : uses)
    causes.push_back({AffectedCause::Kind::kProducer, std::string(output), "", {}, std::string(producer)});
}

std::vector<AffectedComponent> Comparer::Run() {
  FindChangedParameters();
  const std::vector<Component>& before = before_.stack.components;
  const std::vector<Component>& after = after_.stack.components;
  ByName<Component> old(before);
  ByName<Component> now(after);
  std::vector<AffectedComponent> result;
  for (size_t i = 0; i < before.size(); ++i) {
    if (now.Find(before[i].name, i) == nullptr) result.push_back({before[i].name, kRemoved, {}});
  }
  std::vector<bool> affected(after.size());
  for (size_t i = 0; i < after.size(); ++i) {
    const Component* partner = old.Find(after[i].name, i);
    Causes causes;
    if (partner != nullptr) {
      Pair pair{*partner, after[i]};
      causes = files_(static_cast<size_t>(partner - before.data()), i);
      CompareInputs(pair, causes);
      CompareOutputs(pair, causes);
      CompareKeys(pair, causes);
      CompareCapabilities(pair, causes);
    }
    AddProducers(after[i], affected, causes);
    affected[i] = partner == nullptr || !causes.empty();
    if (affected[i]) result.push_back({after[i].name, partner == nullptr ? kAdded : kChanged, std::move(causes)});
  }
  return result;
}

}  // namespace

std::vector<AffectedComponent> CompareStacks(const StackDocument& before, const StackDocument& after,
                                             const DifferentFiles& files) {
  return Comparer(before, after, files).Run();
}

}  // namespace davit::control
