// The lookups of Binder: from a name to what it means, and what to say where it means nothing.
#include <algorithm>

#include "graph/binder.h"

#include "model/raw_output.h"

namespace davit::graph {
namespace {

constexpr size_t kMaxListed = 6;  // outputs named in a help

}  // namespace

Binder::Meaning Binder::OfParameter(int index) const {
  const Parameter& parameter = stack_.parameters[static_cast<size_t>(index)];
  Meaning meaning;
  meaning.kind = Reference::Kind::kStackParameter;
  meaning.parameter = index;
  meaning.sensitive = parameter.sensitive;
  return meaning;
}

Binder::Meaning Binder::OfOutput(int component, std::string_view name) const {
  Meaning meaning;
  meaning.kind = Reference::Kind::kOutput;
  meaning.component = component;
  meaning.name = std::string(name);
  const OutputDeclaration* declared = graph::FindOutput(stack_.components[static_cast<size_t>(component)], name);
  if (declared != nullptr) meaning.sensitive = declared->sensitive;
  const std::string_view left =
      declared != nullptr && !declared->from_tf_var.empty() ? RawName(declared->from_tf_var) : name;
  const auto& outputs = ModuleAt(component).outputs;
  if (const auto found = outputs.find(left); found != outputs.end())
    meaning.sensitive = meaning.sensitive || found->second.sensitive;
  return meaning;
}

void Binder::Fill(Reference& reference, const Meaning& meaning, std::string_view text, Pos pos) const {
  reference.kind = meaning.kind;
  reference.text = text;
  reference.name = meaning.kind == Reference::Kind::kStackParameter
                       ? KeyOf(stack_.parameters[static_cast<size_t>(meaning.parameter)])
                       : meaning.name;
  reference.component = meaning.component;
  reference.pos = pos;
}

std::string Binder::InputFor(const Meaning& meaning, Pos pos) {
  std::vector<Input>& inputs = At(next_ - 1).inputs;
  const std::string text = At(meaning.component).name + ":" + meaning.name;
  std::string name = "${" + text + "}";
  if (std::none_of(inputs.begin(), inputs.end(), [&](const Input& input) { return input.name == name; })) {
    Input input;
    input.name = name;
    input.sensitive = meaning.sensitive;
    input.pos = pos;
    input.value.parts.push_back({{}, 0});
    Fill(input.value.references.emplace_back(), meaning, text, pos);
    inputs.push_back(std::move(input));
  }
  return name;
}

void Binder::AddProducers(int component) {
  for (std::string_view name : OutputNames(At(component), ModuleAt(component))) {
    std::vector<Producer>& list = producers_[name];
    if (!list.empty() && list.back().component == component) continue;
    Producer producer{component, -1};
    if (!list.empty()) {
      producer.other =
          SameKind(list.back().component, component) ? list.back().other : static_cast<int>(list.size()) - 1;
    }
    list.push_back(producer);
  }
}

int Binder::ProducerOf(std::string_view name, const Scope& scope, Pos pos) {
  // Outputs of the same kind of component are not seen by name (seed 004): of two databases the second does not take after the first.
  const bool in_component = scope.component >= 0;
  if (in_component) {
    for (int on : depends_) {
      if (on < scope.component && HasOutput(At(on), ModuleAt(on), name) && !SameKind(on, scope.component)) return on;
    }
  }
  const auto found = producers_.find(name);
  if (found == producers_.end()) return -1;
  const std::vector<Producer>& list = found->second;
  auto visible = [&](int at) {
    return at >= 0 && in_component && SameKind(list[static_cast<size_t>(at)].component, scope.component)
               ? list[static_cast<size_t>(at)].other
               : at;
  };
  const int last = visible(static_cast<int>(list.size()) - 1);
  if (last < 0) return -1;
  const std::string& producer = At(list[static_cast<size_t>(last)].component).name;
  if (const int other = visible(last - 1); other >= 0) {
    const std::string& hidden = At(list[static_cast<size_t>(other)].component).name;
    if (reported_.insert(std::to_string(pos.index) + " " + scope.what() + " " + std::string(name)).second) {
      diagnostics_.AddWarning("ambiguous-output",
                              scope.what() + " gets the output '" + std::string(name) + "' of '" + producer +
                                  "', the last that has one; '" + hidden + "' has one too",
                              pos,
                              "say which is meant: ${" + producer + ":" + std::string(name) + "} or ${" + hidden + ":" +
                                  std::string(name) + "}");
    }
  }
  return list[static_cast<size_t>(last)].component;
}

int Binder::ProducerBefore(std::string_view name, int producer, int consumer) {
  const auto found = producers_.find(name);
  if (found == producers_.end()) return -1;
  const std::vector<Producer>& list = found->second;
  const auto after = std::lower_bound(list.begin(), list.end(), producer,
                                      [](const Producer& one, int component) { return one.component < component; });
  auto at = static_cast<int>(after - list.begin()) - 1;
  if (at >= 0 && SameKind(list[static_cast<size_t>(at)].component, consumer)) at = list[static_cast<size_t>(at)].other;
  return at < 0 ? -1 : list[static_cast<size_t>(at)].component;
}

Binder::Meaning Binder::Find(const Reference& reference, const Scope& scope, int inside) {
  const NameParts parts = SplitName(reference.text);
  switch (parts.form) {
    case NameParts::Form::kOutput:
      return FindOutput(reference, parts, scope);
    case NameParts::Form::kBare:
      return FindBare(reference, parts.name, scope, inside);
    case NameParts::Form::kQualified:
      break;
  }
  const int parameter = names_.Parameter(parts.name, parts.component);
  if (parameter >= 0) return OfParameter(parameter);
  if (parts.component.empty() || names_.Component(parts.component) >= 0) {
    Unknown(reference, reference.text, scope);
  } else {
    std::vector<std::string_view> names;
    for (const Component& component : stack_.components) names.push_back(component.name);
    std::string help = suggestions_left_-- > 0 ? DidYouMean(parts.component, names) : "";
    if (help.empty()) help = "after the | stands the name of a component";
    Report("unknown component '" + std::string(parts.component) + "' in ${" + reference.text + "}", reference.pos,
           std::move(help));
  }
  return {};
}

Binder::Meaning Binder::FindOutput(const Reference& reference, const NameParts& parts, const Scope& scope) {
  const int on = names_.Component(parts.component);
  const auto shown = [&reference] { return "${" + reference.text + "}"; };
  if (on < 0) {
    std::vector<std::string_view> names;
    for (const Component& component : stack_.components) names.push_back(component.name);
    std::string help = suggestions_left_-- > 0 ? DidYouMean(parts.component, names) : "";
    if (help.empty()) help = "before the : stands the name of a component";
    Report("unknown component '" + std::string(parts.component) + "' in " + shown(), reference.pos, std::move(help));
    return {};
  }
  if (on == scope.component && scope.place == Place::kOutput) return FindOwn(reference, parts.name, scope);
  if (on == scope.component) {
    Report(scope.what() + " refers to " + shown() + ", an output of its own component", reference.pos,
           "outputs are there only after it has run: refer to a parameter, or to another component");
    return {};
  }
  if (scope.component >= 0 && on > scope.component) {
    // Only where another meaning of a name hid this one while the order was made.
    Report(scope.what() + " refers to " + shown() + ", which comes after it", reference.pos,
           "add '" + std::string(parts.component) + "' to the `depends` of '" + At(scope.component).name + "'");
    return {};
  }
  if (KnowsOutputs(At(on), ModuleAt(on)) && !HasOutput(At(on), ModuleAt(on), parts.name)) {
    const std::vector<std::string_view> outputs = OutputNames(At(on), ModuleAt(on));
    std::string help = suggestions_left_-- > 0 ? DidYouMean(parts.name, outputs) : "";
    if (help.empty() && !outputs.empty() && outputs.size() <= kMaxListed) {
      help = "it has";
      for (std::string_view output : outputs)
        help += (output == outputs.front() ? " '" : ", '") + std::string(output) + "'";
    }
    if (help.empty()) help = "declare it in the `outputs` of '" + std::string(parts.component) + "'";
    Report("component '" + std::string(parts.component) + "' has no output '" + std::string(parts.name) + "'",
           reference.pos, std::move(help));
    return {};
  }
  return OfOutput(on, parts.name);
}

Binder::Meaning Binder::FindBare(const Reference& reference, std::string_view name, const Scope& scope, int inside) {
  if (scope.place == Place::kOutput) {
    Meaning own = FindOwn(reference, name, scope);
    if (own.kind != Reference::Kind::kUnresolved) return own;
  }
  int parameter = scope.component < 0 ? -1 : names_.ParameterFor(name, scope.component);
  if (parameter == inside) parameter = -1;
  if (parameter >= 0 && Answers(stack_, stack_.parameters[static_cast<size_t>(parameter)]))
    return OfParameter(parameter);
  if (const int producer = ProducerOf(name, scope, reference.pos); producer >= 0) return OfOutput(producer, name);
  const int plain = names_.Parameter(name, "");
  if (plain >= 0 && Answers(stack_, stack_.parameters[static_cast<size_t>(plain)])) return OfParameter(plain);
  if (scope.place == Place::kInput) {
    Meaning own = FindOwn(reference, name, scope);
    if (own.kind != Reference::Kind::kUnresolved) return own;
  }
  // A module that could not be read may have it.
  if (scope.place == Place::kOutput && !KnowsOutputs(At(scope.component), ModuleAt(scope.component)))
    return OfOutput(scope.component, name);
  if (parameter < 0) parameter = plain;
  if (parameter >= 0) {
    Report("parameter '" + KeyOf(stack_.parameters[static_cast<size_t>(parameter)]) + "' has no value", reference.pos,
           "give it one in the stack's `parameters`, or say `empty: allow` there");
  } else {
    Unknown(reference, name, scope);
  }
  return {};
}

Binder::Meaning Binder::FindOwn(const Reference& reference, std::string_view name, const Scope& scope) {
  Component& component = At(scope.component);
  Meaning meaning;
  const bool bare = reference.text == name;
  for (const Input& input : component.inputs) {
    if (!bare || input.name != name) continue;
    meaning.kind = Reference::Kind::kOwnParameter;
    meaning.name = input.name;
    meaning.sensitive = input.sensitive;
    if (scope.place == Place::kInput && stack_.hub_convention && !input.name.starts_with("hub.")) {
      diagnostics_.AddWarning("own-parameter",
                              scope.what() + " refers to '" + input.name + "', another parameter of its component",
                              reference.pos, "only davit takes that: give it in the stack's `parameters`");
    }
    return meaning;
  }
  if (scope.place != Place::kOutput) return meaning;
  const ModuleInfo& module = ModuleAt(scope.component);
  bool there = module.outputs.contains(name);
  for (size_t i = 0; i < component.outputs.size() && !there; ++i) {
    const OutputDeclaration& output = component.outputs[i];
    there = (output.name == name && i != scope.own && (!output.has_value || i < scope.own)) ||
            RawName(output.from_tf_var) == name;
  }
  if (!there && bare) return meaning;  // it may still mean something else
  if (!there && KnowsOutputs(component, module)) {
    Report("component '" + component.name + "' has no output '" + std::string(name) + "' that " + scope.what() +
               " can be made from",
           reference.pos, "declare it before, in the component's `outputs`");
    return meaning;
  }
  return OfOutput(scope.component, name);
}

void Binder::Report(std::string message, Pos pos, std::string help) {
  if (!reported_.insert(std::to_string(pos.index) + " " + message).second) return;
  if (binding_ >= 0 && stack_.refuses_late) {
    std::string& refused = At(binding_).refused;
    refused += (refused.empty() ? "" : "; ") + message + (help.empty() ? "" : " (" + help + ")");
    diagnostics_.AddWarning("cannot-run", std::move(message), pos, std::move(help));
  } else if (soft_) {
    diagnostics_.AddWarning("unknown-output", std::move(message), pos, std::move(help));
  } else {
    diagnostics_.AddError(std::move(message), pos, std::move(help));
  }
}

void Binder::Unknown(const Reference& reference, std::string_view name, const Scope& scope) {
  std::string help = HelpFor(name, scope);
  if (help.empty() && scope.place == Place::kOutput) help = "declare it before, in the component's `outputs`";
  if (help.empty()) help = "declare it in the stack's `parameters`, or name an output: ${component:output}";
  Report("unknown name '" + std::string(name) + "'", reference.pos, std::move(help));
}

std::string Binder::OtherOutput(std::string_view name, int component) const {
  for (size_t i = 0; i < stack_.components.size(); ++i) {
    if (static_cast<int>(i) == component || !HasOutput(stack_.components[i], modules_[i], name)) continue;
    const std::string& producer = stack_.components[i].name;
    return "component '" + producer + "' has an output of that name: say ${" + producer + ":" + std::string(name) + "}";
  }
  return {};
}

std::string Binder::HelpFor(std::string_view name, const Scope& scope) {
  if (suggestions_left_-- <= 0) return {};
  // Outputs of a later component, or of one of the same kind, are seen only where they are named exactly.
  if (std::string other = OtherOutput(name, scope.component); !other.empty()) return other;
  if (names_.Component(name) >= 0)
    return "'" + std::string(name) + "' is a component: its outputs are ${" + std::string(name) + ":output}";
  if (const size_t dot = name.find('.'); dot != std::string_view::npos && names_.Component(name.substr(0, dot)) >= 0) {
    const std::string component(name.substr(0, dot));
    return "an output of component '" + component + "' is ${" + component + ":" + std::string(name.substr(dot + 1)) +
           "}";
  }
  std::vector<std::string_view> visible;
  for (const Parameter& parameter : stack_.parameters) {
    if (parameter.component.empty() || (scope.component >= 0 && parameter.component == At(scope.component).name)) {
      visible.push_back(parameter.name);
    }
  }
  for (const auto& [output, list] : producers_) visible.push_back(output);
  if (scope.component >= 0) {
    const Component& component = At(scope.component);
    for (const Input& input : component.inputs) visible.push_back(input.name);
    for (size_t i = 0; i < component.parameters.size() && scope.place == Place::kInput; ++i) {
      if (component.parameters[i].name != name) continue;
      if (i <= scope.own) return "a parameter cannot be made from itself: give it in the stack's `parameters`";
      return "a parameter sees only the earlier ones of its component: move '" + std::string(name) + "' before it";
    }
  }
  std::sort(visible.begin(), visible.end());  // the same help in every run
  return DidYouMean(name, visible);
}

}  // namespace davit::graph
