#include "graph/binder.h"

#include <algorithm>

namespace davit::graph {
namespace {

constexpr size_t kMaxParts = 10000;  // of an expression with its links written out

Expression Single(Reference reference) {
  Expression expression;
  expression.parts.resize(1);
  expression.parts[0].reference = 0;
  expression.references.push_back(std::move(reference));
  return expression;
}

std::string ParameterWords(const std::string& name, const Component& component) {
  return "parameter '" + name + "' of component '" + component.name + "'";
}

}  // namespace

Binder::Binder(Stack& stack, const std::vector<ModuleInfo>& modules, const Names& names, Diagnostics& diagnostics)
    : stack_(stack), modules_(modules), names_(names), diagnostics_(diagnostics) {
  std::unordered_map<std::string, int> kinds;
  kinds_.reserve(stack.components.size());
  for (const Component& component : stack.components) {
    const std::string key = component.origin.empty() ? "/" + component.source_dir.string() : component.origin;
    kinds_.push_back(kinds.emplace(key, static_cast<int>(kinds.size())).first->second);
  }
}

void Binder::CheckLinks() {
  for (const Parameter& parameter : stack_.parameters) {
    if (!IsLink(parameter)) continue;
    for (const Reference& reference : parameter.value.references) {
      const NameParts parts = SplitName(reference.text);
      if (parts.form == NameParts::Form::kOutput) FindOutput(reference, parts, {Place::kStackOutput, -1, 0, {}});
    }
  }
}

void Binder::BindNext() {
  const int index = next_++;
  Component& component = At(index);
  depends_.clear();
  for (const std::string& name : component.depends) {
    if (const int on = names_.Component(name); on >= 0 && on != index) depends_.push_back(on);
  }
  component.inputs.clear();
  component.inputs.reserve(component.parameters.size() + names_.ParametersFor(index).size());  // `typed` points to them
  std::vector<TypedInput> typed;
  std::unordered_set<std::string_view> done;
  for (const Parameter& declared : component.parameters) {
    if (done.insert(declared.name).second) BindInput(&declared, names_.Parameter(declared.name, component.name), typed);
  }
  // What the stack gives this very component without its having asked.
  for (int qualified : names_.ParametersFor(index)) {
    if (done.contains(stack_.parameters[static_cast<size_t>(qualified)].name)) continue;
    BindInput(nullptr, qualified, typed);
  }
  CheckTypes(component, ModuleAt(index), typed, diagnostics_);
  for (size_t i = 0; i < component.outputs.size(); ++i) BindOutput(i);
  AddProducers(index);
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
  bool bound = true;
  if (parameter >= 0) {
    const Parameter& from = stack_.parameters[static_cast<size_t>(parameter)];
    input.sensitive = input.sensitive || from.sensitive;
    input.empty_allowed = input.empty_allowed || from.empty_allowed;
    type.pos = from.value_pos ? from.value_pos : from.pos;
    type.checked = from.type == input.type;
    if (IsLink(from)) {
      bound = BindExpression(from.value, scope, parameter, input.value, input.sensitive);
    } else if (from.has_value && !from.value.constant.is_null()) {
      input.value = Single(Bound(OfParameter(parameter), input.name, from.pos));
      type.known = &from.value.constant;
    } else {
      input.value.constant = EmptyFor(input, ModuleAt(index));
    }
  } else if (producer >= 0) {
    const Meaning meaning = OfOutput(producer, input.name);
    input.sensitive = input.sensitive || meaning.sensitive;
    input.value = Single(Bound(meaning, input.name, input.pos));
  } else if (const Expression* own = OwnValue(*first)) {
    type.pos = first->value_pos ? first->value_pos : first->pos;
    bound = BindExpression(*own, scope, -1, input.value, input.sensitive);
  } else {
    NoValue(*first, input);
    bound = input.empty_allowed;
  }

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
  if (fallback != nullptr)
    input.has_fallback = BindExpression(*fallback, scope, -1, *input.fallback.Fill(), input.sensitive);

  component.inputs.push_back(std::move(input));
  type.input = &component.inputs.back();
  type.sensitive = type.input->sensitive;
  if (bound && type.input->value.IsConstant()) type.known = &type.input->value.constant;
  typed.push_back(type);
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
  const std::string& left = output.from_tf_var.empty() ? output.name : output.from_tf_var;
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
      Reference reference;
      reference.text = output.name;
      reference.pos = output.pos;
      value = Single(std::move(reference));
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
  std::vector<Frame> frames{{&value, 0, link}};
  Expression result;
  result.parts.reserve(value.parts.size());
  result.references.reserve(value.references.size());
  bool good = true;
  while (!frames.empty()) {
    Frame& frame = frames.back();
    if (frame.next == frame.expression->parts.size()) {
      frames.pop_back();
      continue;
    }
    const Expression::Part& part = frame.expression->parts[frame.next++];
    if (result.parts.size() > kMaxParts) {
      Report(scope.what() + " grows beyond " + std::to_string(kMaxParts) + " parts", value.references.front().pos,
             "shorten the links that it refers to");
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
    const Reference& reference = frame.expression->references[static_cast<size_t>(part.reference)];
    const Meaning meaning = Find(reference, scope, frame.link);
    sensitive = sensitive || meaning.sensitive;
    if (meaning.kind == Reference::Kind::kUnresolved) {
      good = false;
    } else if (meaning.kind == Reference::Kind::kStackParameter &&
               IsLink(stack_.parameters[static_cast<size_t>(meaning.parameter)])) {
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
      Reference target = Bound(meaning, reference.text, reference.pos);
      if (scope.place == Place::kOutput && meaning.kind == Reference::Kind::kOutput &&
          meaning.component != scope.component) {
        target.name = InputFor(meaning, reference.pos);
        target.kind = Reference::Kind::kOwnParameter;
        target.component = -1;
      }
      result.parts.push_back({{}, static_cast<int>(result.references.size())});
      result.references.push_back(std::move(target));
    }
  }
  bound = std::move(result);
  return good;
}

}  // namespace davit::graph
