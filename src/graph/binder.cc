#include "graph/binder.h"

#include <algorithm>
#include <boost/container/small_vector.hpp>

#include "graph/edges.h"
#include "manifest/tuning.h"
#include "model/raw_output.h"

namespace davit::graph {
namespace {

constexpr size_t kMaxParts = 10000;  // of an expression with its links written out
constexpr std::string_view kComponentName = "hub.componentName";

bool Mentions(const Expression& expression, std::string_view name) {
  return std::any_of(expression.references.begin(), expression.references.end(),
                     [&](const Reference& reference) { return reference.text == name; });
}

/// Whether a component that does not declare the parameter refers to it. Templates may, and nobody has read them.
bool Mentions(const Component& component, std::string_view name) {
  const auto any = [](const auto& items, const auto& mentions) {
    return std::any_of(items.begin(), items.end(), mentions);
  };
  return !component.templates.empty() || any(component.parameters, [&](const Parameter& parameter) {
    return Mentions(parameter.value, name) || Mentions(parameter.default_value, name);
  }) || any(component.outputs, [&](const OutputDeclaration& output) {
    return Mentions(output.value, name);
  }) || any(component.ready_conditions, [&](const ReadyCondition& condition) {
    return Mentions(condition.dns, name) || Mentions(condition.url, name);
  });
}

/// Makes `expression`, which is empty, the one reference that is returned, to be filled.
Reference& MakeSingle(Expression& expression) {
  expression.parts.emplace_back().reference = 0;
  return expression.references.emplace_back();
}

std::string ParameterWords(const std::string& name, const Component& component) {
  return "parameter '" + name + "' of component '" + component.name + "'";
}

}  // namespace

Binder::Binder(Stack& stack, const ModuleList& modules, const Names& names, LookupTrace* trace,
               Diagnostics& diagnostics)
    : stack_(stack), modules_(modules), names_(names), trace_(trace), diagnostics_(diagnostics) {
  used_.resize(stack.parameters.size());
  ByName<int> by_name;
  ByName<int> by_directory;
  kinds_.reserve(stack.components.size());
  for (const Component& component : stack.components) {
    const std::string_view name = component.kind.empty() ? component.origin : component.kind;
    const int next = static_cast<int>(by_name.size() + by_directory.size());
    kinds_.push_back(name.empty() ? by_directory.try_emplace(component.source_dir.native(), next).first->second
                                  : by_name.try_emplace(name, next).first->second);
  }
}

void Binder::CheckUnusedLinks() {
  for (const uint32_t link : names_.Links()) {
    if (used_[link]) continue;
    for (const Reference& reference : stack_.parameters[link].value.references) {
      const NameParts parts = SplitName(reference.text);
      if (parts.form == NameParts::Form::kOutput) FindOutput(reference, parts, {Place::kStackOutput, -1, 0, {}});
    }
  }
}

void Binder::BindNext() {
  const int index = next_++;
  binding_ = index;
  Component& component = At(index);
  depends_.clear();
  for (const std::string& name : component.depends) {
    if (const int on = names_.Component(name); on >= 0 && on != index) depends_.push_back(on);
  }
  const size_t most = component.parameters.size() + names_.ParametersFor(index).size() + 1;
  component.inputs.clear();
  component.inputs.reserve(most);  // `typed` points to them
  std::vector<TypedInput> typed;
  typed.reserve(most);
  if (done_.bucket_count() > 64 * most) done_ = NameSet();  // clearing looks at every bucket
  done_.clear();
  BindImplicit(component);
  for (const Parameter& declared : component.parameters) {
    if (done_.insert(declared.name).second) BindInput(&declared, names_.ParameterFor(declared.name, index), typed);
  }
  // What the stack gives this very component without its having asked; seed 004 does not know that.
  for (const uint32_t qualified : names_.ParametersFor(index)) {
    if (stack_.refuses_late || done_.contains(stack_.parameters[qualified].name)) continue;
    BindInput(nullptr, static_cast<int>(qualified), typed);
  }
  CheckTypes(component, ModuleAt(index), typed, diagnostics_);
  for (size_t i = 0; i < component.outputs.size(); ++i) BindOutput(i);
  BindReadyConditions(component.ready_conditions, {Place::kOutput, index, component.outputs.size(), [&component] {
                                                     return "a ready condition of component '" + component.name + "'";
                                                   }});
  BindConditions();
  AddProducers(index);
  binding_ = -1;
}

/// Every component has them (seed 004); those that do not ask for one do not change with it.
void Binder::BindImplicit(Component& component) {
  BindImplicit(component, kComponentName, json::value(component.name), "");
  if (stack_.refuses_late) BindImplicit(component, kProvidesParameter, nullptr, "HUB_PROVIDES");
}

void Binder::BindImplicit(Component& component, std::string_view name, json::value value, std::string_view env) {
  const bool declared = std::any_of(component.parameters.begin(), component.parameters.end(),
                                    [&](const Parameter& parameter) { return parameter.name == name; });
  const std::span<const uint32_t> entry = names_.ParametersFor(next_ - 1);  // what the stack says for this component
  const bool mentioned = Mentions(component, name) || std::any_of(entry.begin(), entry.end(), [&](uint32_t parameter) {
                           return Mentions(stack_.parameters[parameter].value, name);
                         });
  if (declared || names_.ParameterFor(name, next_ - 1) >= 0 || names_.Parameter(name, "") >= 0 || !mentioned) {
    return;
  }
  Input input;
  input.name = name;
  input.env = std::string(env);
  input.pos = component.pos;
  input.value.constant = std::move(value);
  component.inputs.push_back(std::move(input));
  if (trace_ != nullptr && trace_->component == component.name)
    trace_->inputs[std::string(name)].steps.push_back({LookupStep::Place::kGiven, true, true, {}});
}

void Binder::BindReadyConditions(std::vector<ReadyCondition>& conditions, const Scope& scope) {
  for (ReadyCondition& condition : conditions) {
    for (Expression* text : {&condition.dns, &condition.url}) {
      Expression bound;
      bool sensitive = false;
      if (BindExpression(*text, scope, -1, bound, sensitive)) *text = std::move(bound);
    }
  }
}

void Binder::BindStackConditions() {
  BindReadyConditions(stack_.ready_conditions,
                      {Place::kStackOutput, -1, 0, [] { return std::string("a ready condition of the stack"); }});
}

void Binder::BindConditions() {
  const int index = next_ - 1;
  Component& component = At(index);
  component.conditions.clear();
  for (const std::string& term : stack_.tuning) {
    const manifest::TuningTerm tuning = manifest::SplitTuning(term);
    if (!tuning.IsParameter() || !tuning.Concerns(component.name)) continue;
    Input condition;
    condition.name = tuning.what;
    condition.empty_allowed = true;
    condition.pos = component.pos;
    const auto own = std::find_if(component.inputs.begin(), component.inputs.end(),
                                  [&](const Input& input) { return input.name == tuning.what; });
    int parameter = names_.ParameterFor(tuning.what, index);
    if (parameter < 0) parameter = names_.Parameter(tuning.what, "");
    if (own != component.inputs.end()) {
      condition = *own;
    } else if (parameter < 0) {
      if (tuning.component.empty()) continue;  // not meant for those that do not have it
      condition.value.constant = json::value("");
    } else {
      const Parameter& from = stack_.parameters[static_cast<size_t>(parameter)];
      condition.sensitive = from.sensitive;
      const Scope scope{Place::kInput, index, component.inputs.size(), [&] { return "the condition '" + term + "'"; }};
      if (graph::IsLink(from)) {
        BindExpression(from.value, scope, parameter, condition.value, condition.sensitive);
      } else if (from.has_value && !from.value.constant.is_null()) {
        Fill(MakeSingle(condition.value), OfParameter(parameter), condition.name, from.pos);
      } else {
        condition.value.constant = json::value("");
      }
    }
    component.conditions.push_back(std::move(condition));
  }
}

void Binder::BindInput(const Parameter* declared, int qualified, std::vector<TypedInput>& typed) {
  const int index = next_ - 1;
  Component& component = At(index);
  Input input;
  TypedInput type;
  auto take = [&](const Parameter& from) {
    if (input.type == ValueType::kAny) input.type = from.type;
    input.sensitive = input.sensitive || from.sensitive;
    input.empty_allowed = input.empty_allowed || from.empty_allowed;
    if (!from.env.empty()) input.env = from.env;
    if (!from.var.empty()) input.var = from.var;
  };
  const Parameter* given = qualified >= 0 ? &stack_.parameters[static_cast<size_t>(qualified)] : nullptr;
  CHECK(declared != nullptr || given != nullptr, "an input that nobody declared");
  const Parameter* const first = declared != nullptr ? declared : given;
  input.name = std::string(first->name);  // a copy: g++ 12 takes plain assignment for one out of bounds
  input.pos = first->pos;
  if (declared != nullptr) take(*declared);
  if (given != nullptr) take(*given);
  const Scope scope{Place::kInput, index, component.inputs.size(),
                    [&input, &component] { return ParameterWords(input.name, component); }};

  // The lookup of DESIGN 3.
  int producer = -1;
  int parameter = given != nullptr && Answers(stack_, *given) ? qualified : -1;
  if (parameter < 0) producer = ProducerOf(input.name, scope, input.pos);
  if (parameter < 0 && producer < 0) {
    parameter = names_.Parameter(input.name, "");
    if (parameter >= 0 && !Answers(stack_, stack_.parameters[static_cast<size_t>(parameter)])) parameter = -1;
  }
  if (trace_ != nullptr && trace_->component == component.name) TraceLookup(input, *first, parameter, producer);
  bool bound = true;
  if (parameter >= 0) {
    const Parameter& from = stack_.parameters[static_cast<size_t>(parameter)];
    input.sensitive = input.sensitive || from.sensitive;
    input.empty_allowed = input.empty_allowed || from.empty_allowed;
    type.pos = from.value_pos ? from.value_pos : from.pos;
    type.checked = from.type == input.type;
    if (graph::IsLink(from)) {
      bound = BindExpression(from.value, scope, parameter, input.value, input.sensitive);
    } else if (from.has_value && !from.value.constant.is_null()) {
      Fill(MakeSingle(input.value), OfParameter(parameter), input.name, from.pos);
      type.known = &from.value.constant;
    } else {
      input.value.constant = EmptyFor(input, ModuleAt(index));
    }
  } else if (producer >= 0) {
    const Meaning meaning = OfOutput(producer, input.name);
    input.sensitive = input.sensitive || meaning.sensitive;
    Fill(MakeSingle(input.value), meaning, input.name, input.pos);
  } else if (input.name == kComponentName && OwnValue(*first) == nullptr) {
    input.value.constant = json::value(component.name);
  } else if (input.name == kProvidesParameter && OwnValue(*first) == nullptr) {
    input.value.constant = json::value("");  // filled in when it runs
  } else if (const Expression* own = OwnValue(*first)) {
    type.pos = first->value_pos ? first->value_pos : first->pos;
    bound = BindExpression(*own, scope, -1, input.value, input.sensitive);
  } else {
    NoValue(*first, input);
    bound = input.empty_allowed;
  }

  trail_ = nullptr;

  // What an optional producer did not leave has a substitute only where the parameter may be empty (DESIGN 9).
  const bool soft =
      input.empty_allowed && declared != nullptr &&
      std::any_of(input.value.references.begin(), input.value.references.end(), [&](const Reference& reference) {
        return reference.kind == Reference::Kind::kOutput && At(reference.component).optional;
      });
  const Expression* fallback = nullptr;
  if (soft && bound) {
    const bool own = parameter < 0 && producer < 0;
    if (!own) fallback = OwnValue(*declared);
    if (own && declared->has_value && declared->has_default) fallback = &*declared->default_value;
  }
  if (fallback != nullptr) {
    input.has_fallback = BindExpression(*fallback, scope, -1, *input.fallback.Fill(), input.sensitive);
  } else if (producer >= 0 && MayBeLeftOut(producer)) {
    BindNextBest(*first, producer, input);
  }

  component.inputs.push_back(std::move(input));
  type.input = &component.inputs.back();
  type.sensitive = type.input->sensitive;
  if (bound && type.input->value.IsConstant()) type.known = &type.input->value.constant;
  typed.push_back(type);
}

bool Binder::MayBeLeftOut(int component) {
  const Component& other = At(component);
  return stack_.refuses_late || !other.tuned.empty() || !other.conditions.empty();
}

/// What is left out has not failed (spec/stacks.md 1.6): who would take its output takes what the search finds next. That is an earlier
/// producer, the stack's parameter, or its own value.
void Binder::BindNextBest(const Parameter& declared, int producer, Input& input) {
  if (const int earlier = ProducerBefore(input.name, producer, next_ - 1); earlier >= 0) {
    const Meaning meaning = OfOutput(earlier, input.name);
    input.sensitive = input.sensitive || meaning.sensitive;
    Fill(MakeSingle(*input.fallback.Fill()), meaning, input.name, input.pos);
    input.has_fallback = true;
    return;
  }
  const int plain = names_.Parameter(input.name, "");
  if (plain >= 0) {
    const Parameter& from = stack_.parameters[static_cast<size_t>(plain)];
    if (graph::IsLink(from) || !from.has_value || from.value.constant.is_null()) return;
    input.sensitive = input.sensitive || from.sensitive;
    Fill(MakeSingle(*input.fallback.Fill()), OfParameter(plain), input.name, from.pos);
    input.has_fallback = true;
    return;
  }
  if (const Expression* own = OwnValue(declared); own != nullptr && own->IsConstant()) {
    *input.fallback.Fill() = *own;
    input.has_fallback = true;
  }
}

void Binder::NoValue(const Parameter& declared, Input& input) {
  if (input.empty_allowed) {
    input.value.constant = EmptyFor(input, ModuleAt(next_ - 1));
    return;
  }
  const Component& component = At(next_ - 1);
  std::string help = suggestions_left_-- > 0 ? OtherOutput(declared.name, next_ - 1) : "";
  if (help.empty()) help = "give it one in the stack's `parameters`, or a `default`, or say `empty: allow`";
  Report(ParameterWords(declared.name, component) + " has no value", declared.pos, std::move(help));
}

void Binder::BindOutput(size_t index) {
  const int at = next_ - 1;
  Component& component = At(at);
  OutputDeclaration& output = component.outputs[index];
  if (output.has_value) {
    Expression bound;
    const Scope scope{Place::kOutput, at, index, [&output, &component] {
                        return "output '" + output.name + "' of component '" + component.name + "'";
                      }};
    if (BindExpression(output.value, scope, -1, bound, output.sensitive)) output.value = std::move(bound);
    return;
  }
  const ModuleInfo& module = ModuleAt(at);
  if (module.driver != "terraform" || !module.fully_read) return;
  const std::string left = output.from_tf_var.empty() ? output.name : std::string(RawName(output.from_tf_var));
  if (module.outputs.contains(left)) return;
  const bool own_input = output.from_tf_var.empty() &&
                         std::any_of(component.inputs.begin(), component.inputs.end(), [&](const Input& input) {
                           return input.name == output.name;
                         });  // seed 004: it is ${name}
  if (own_input) return;
  std::vector<std::string_view> names;
  for (const auto& [name, declared] : module.outputs) names.push_back(name);
  std::string help = DidYouMean(left, names);
  if (help.empty()) help = "add it to the module, or take it out of the component's `outputs`";
  Report("component '" + component.name + "' declares the output '" + left + "', which its module does not have",
         output.pos, std::move(help));
}

void Binder::BindStackOutputs() {
  std::vector<OutputDeclaration> kept;
  soft_ = stack_.hub_convention;
  for (OutputDeclaration& output : stack_.outputs) {
    Expression value;
    if (output.has_value) {
      value = std::move(output.value);
    } else {
      // `component:output`, or the name of an output or a parameter.
      Reference& reference = MakeSingle(value);
      reference.text = output.name;
      reference.pos = output.pos;
    }
    Expression bound;
    const Scope scope{Place::kStackOutput, -1, 0, [&output] { return "output '" + output.name + "'"; }};
    const bool good = BindExpression(value, scope, -1, bound, output.sensitive);
    if (!good) continue;
    output.has_value = true;
    output.value = std::move(bound);
    kept.push_back(std::move(output));
  }
  stack_.outputs = std::move(kept);
  soft_ = false;
}

bool Binder::IsLink(const Meaning& meaning) const {
  return meaning.kind == Reference::Kind::kStackParameter &&
         graph::IsLink(stack_.parameters[static_cast<size_t>(meaning.parameter)]);
}

void Binder::AddTarget(const Meaning& meaning, const Reference& reference, const Scope& scope, Expression& result) {
  Reference& target = result.references.emplace_back();
  Fill(target, meaning, reference.text, reference.pos);
  if (scope.place == Place::kOutput && meaning.kind == Reference::Kind::kOutput &&
      meaning.component != scope.component) {
    target.name = InputFor(meaning, reference.pos);
    target.kind = Reference::Kind::kOwnParameter;
    target.component = -1;
  }
}

Binder::Meaning Binder::FollowAlias(const Meaning& meaning, const Scope& scope) {
  Meaning at = meaning;
  for (size_t steps = 0; IsLink(at) && steps < stack_.parameters.size(); ++steps) {
    const Expression& value = stack_.parameters[static_cast<size_t>(at.parameter)].value;
    if (value.parts.size() != 1 || value.parts[0].IsComputed()) return meaning;
    const Reference& reference = value.references[0];
    if (SplitName(reference.text).form == NameParts::Form::kOutput) return meaning;
    Meaning next = Find(reference, scope, at.parameter);
    if (next.kind == Reference::Kind::kOutput) return meaning;
    next.sensitive = next.sensitive || at.sensitive;
    at = std::move(next);
  }
  return IsLink(at) ? meaning : at;
}

bool Binder::BindComputed(const Expression& value, const Expression::Part& part, const Scope& scope, int link,
                          Expression& result, bool& sensitive) {
  Expression::Part computed{part.literal, static_cast<int>(result.references.size()), part.names};
  bool good = true;
  for (int i = part.reference; i < part.reference + part.names; ++i) {
    const Reference& reference = value.references[static_cast<size_t>(i)];
    const Meaning found = Find(reference, scope, link);
    if (trail_ != nullptr) TraceName(reference, found, link);
    const Meaning meaning = FollowAlias(found, scope);
    sensitive = sensitive || found.sensitive || meaning.sensitive;
    if (meaning.kind == Reference::Kind::kUnresolved) {
      good = false;
      continue;
    }
    if (IsLink(meaning)) {
      Report("'" + reference.text + "' is a link, which cannot be computed with", reference.pos,
             "say in #{ } what the link says: an output is component.output there");
      good = false;
      continue;
    }
    AddTarget(meaning, reference, scope, result);
  }
  result.parts.push_back(std::move(computed));
  return good;
}

bool Binder::BindExpression(const Expression& value, const Scope& scope, int link, Expression& bound, bool& sensitive) {
  if (value.IsConstant()) {
    bound = value;
    return true;
  }
  struct Frame {
    const Expression* expression;
    size_t next;
    int link;  // index of the stack parameter that it is the value of; -1 = none
  };
  boost::container::small_vector<Frame, 4> frames{{&value, 0, link}};
  Expression result;
  result.parts.reserve(value.parts.size());
  result.references.reserve(value.references.size());
  bool good = true;
  while (!frames.empty()) {
    Frame& frame = frames.back();
    if (frame.next == frame.expression->parts.size()) {
      if (frame.link >= 0) used_[static_cast<size_t>(frame.link)] = true;
      frames.pop_back();
      continue;
    }
    const Expression::Part& part = frame.expression->parts[frame.next++];
    if (result.parts.size() > kMaxParts) {
      Report(scope.what() + " grows beyond " + std::to_string(kMaxParts) + " parts",
             value.references.empty() ? Pos() : value.references.front().pos, "shorten the links that it refers to");
      return false;
    }
    if (part.reference < 0) {
      if (!result.parts.empty() && result.parts.back().reference < 0) {
        result.parts.back().literal += part.literal;
      } else {
        result.parts.push_back({part.literal, -1});
      }
      continue;
    }
    if (part.IsComputed()) {
      good = BindComputed(*frame.expression, part, scope, frame.link, result, sensitive) && good;
      continue;
    }
    const Reference& reference = frame.expression->references[static_cast<size_t>(part.reference)];
    const Meaning meaning = Find(reference, scope, frame.link);
    if (trail_ != nullptr) TraceName(reference, meaning, frame.link);
    sensitive = sensitive || meaning.sensitive;
    if (meaning.kind == Reference::Kind::kUnresolved) {
      good = false;
    } else if (IsLink(meaning)) {
      auto from = std::find_if(frames.begin(), frames.end(),
                               [&](const Frame& entered) { return entered.link == meaning.parameter; });
      if (from != frames.end()) {
        std::string loop;
        for (; from != frames.end(); ++from) loop += KeyOf(stack_.parameters[static_cast<size_t>(from->link)]) + " -> ";
        loop += KeyOf(stack_.parameters[static_cast<size_t>(meaning.parameter)]);
        Report("parameters refer to each other: " + loop, reference.pos, "give one of them a value of its own");
        return false;
      }
      frames.push_back({&stack_.parameters[static_cast<size_t>(meaning.parameter)].value, 0, meaning.parameter});
    } else {
      result.parts.push_back({{}, static_cast<int>(result.references.size())});
      AddTarget(meaning, reference, scope, result);
    }
  }
  // Of seed 004 every expression is a text (spec/stacks.md 1.5); a second part makes it one.
  if (stack_.refuses_late && result.parts.size() == 1 && result.parts[0].reference >= 0) result.parts.push_back({});
  bound = std::move(result);
  return good;
}

}  // namespace davit::graph
