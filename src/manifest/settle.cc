#include "manifest/settle.h"

#include <algorithm>
#include <string>
#include <unordered_map>
#include <utility>

#include "base/text.h"
#include "expr/expression.h"
#include "manifest/merge.h"
#include "manifest/scalar.h"
#include "manifest/suggest.h"

namespace davit::manifest {
namespace {

// A short file can say `${a}${a}` of a parameter that says the same of another, and so on: what expressions may grow to.
constexpr size_t kMaxExpandedBytes = size_t{64} << 20;

/// Without the value itself where that is a secret.
std::string DescribeFor(const Parameter& parameter, const json::value& value) {
  if (!parameter.sensitive) return Describe(value);
  if (value.is_string()) return "a text";
  if (value.is_number()) return "a number";
  if (value.is_bool()) return "a boolean";
  return Describe(value);
}

size_t SizeOf(const json::value& value) {
  size_t size = 16;
  if (value.is_string()) size += value.as_string().size();
  if (value.is_array()) {
    for (const json::value& item : value.as_array()) size += SizeOf(item);
  }
  if (value.is_object()) {
    for (const auto& item : value.as_object()) size += item.key().size() + SizeOf(item.value());
  }
  return size;
}

class Settler {
 public:
  Settler(Elaborated& elaborated, Source& source, Trace* trace, Diagnostics& diagnostics)
      : base_dir_(elaborated.stack.base_dir),
        elaborated_file_(elaborated.stack.refuses_late),
        parameters_(elaborated.stack.parameters),
        places_(elaborated.places),
        source_(source),
        trace_(trace),
        diagnostics_(diagnostics),
        states_(parameters_.size(), State::kNew) {}

  void Run();

 private:
  enum class State : uint8_t { kNew, kOpen, kSettled, kFailed };
  struct Key {
    std::string_view name;
    std::string_view component;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    size_t operator()(const Key& key) const {
      return std::hash<std::string_view>()(key.name) * 31 + std::hash<std::string_view>()(key.component);
    }
  };

  bool Supply(size_t index);
  /// The file of `fromFile`; "" where its variable has none.
  Path FileOf(size_t index);
  /// Tells whoever asks where a value was looked for.
  void Looked(size_t index, SettleStep::Place place, bool found, const std::string& name = {}, Pos pos = {}) {
    if (trace_ != nullptr) trace_->Settled(QualifiedName(parameters_[index]), {place, found, name, pos});
  }
  bool Take(size_t index, const std::string& text, const std::string& origin, Pos pos);
  void Expand(size_t root);
  void Evaluate(size_t index);
  void ChooseNames(size_t index);
  int Find(size_t index, const Reference& reference);
  int FindExactly(std::string_view name, std::string_view component);
  bool CheckReference(size_t index, const Reference& reference, int found);
  void ReportCycle(const std::vector<std::pair<size_t, size_t>>& path, size_t back_to);
  void CheckType(size_t index);

  const Path base_dir_;
  const bool elaborated_file_;  // of `davit hub`, not the manifests themselves
  std::vector<Parameter>& parameters_;
  const std::vector<ParameterPlaces>& places_;
  Source& source_;
  Trace* const trace_;
  Diagnostics& diagnostics_;
  std::vector<State> states_;
  std::unordered_map<Key, int, Hash> index_;
  size_t expanded_bytes_ = 0;
};

bool Settler::Take(size_t index, const std::string& text, const std::string& origin, Pos pos) {
  Parameter& parameter = parameters_[index];
  std::optional<json::value> value = TextAs(text, parameter.type);
  // Empty is allowed to be empty, whatever the type.
  if (!value && text.empty() && parameter.empty_allowed) value = json::value("");
  if (!value) {
    const bool structure = parameter.type == ValueType::kList || parameter.type == ValueType::kMap;
    diagnostics_.AddError("parameter " + Named(QualifiedName(parameter)) + " must be " + TypeWords(parameter.type) +
                              ", not " + DescribeFor(parameter, json::value(text)) + " " + origin,
                          pos, structure ? "write it as JSON" : "");
    return false;
  }
  parameter.value = expr::Constant(*std::move(value));
  parameter.has_value = true;
  return true;
}

Path Settler::FileOf(size_t index) {
  const std::string& named = *parameters_[index].from_file;
  if (named.size() < 2 || named.front() != '$') return base_dir_ / named;
  const std::string text = source_.Environment(named.substr(1)).value_or("");
  if (!text.empty()) return std::filesystem::absolute(text);  // of a person, relative to where davit is started
  diagnostics_.AddWarning("from-file-empty",
                          "parameter " + Named(QualifiedName(parameters_[index])) + " has fromFile: " + named +
                              ", and there is no such variable",
                          places_[index].from_file, "set it to the path of a file");
  Looked(index, SettleStep::Place::kFile, false, named, places_[index].from_file);
  return {};
}

/// Gives a user parameter a value (spec 1.4). False where there is none, which is said.
bool Settler::Supply(size_t index) {
  Parameter& parameter = parameters_[index];
  using Place = SettleStep::Place;
  if (!parameter.from_env.empty()) {
    const std::optional<std::string> text = source_.Environment(parameter.from_env);
    Looked(index, Place::kVariable, text.has_value(), *parameter.from_env, places_[index].from_env);
    if (text) {
      return Take(index, *text, "of the variable " + *parameter.from_env, places_[index].from_env);
    }
  }
  if (!parameter.from_file.empty()) {
    if (const Path file = FileOf(index); !file.empty()) {
      // Not trimmed: a key of several lines ends with a newline.
      const Result<std::string> text = source_.Read(file.lexically_normal());
      Looked(index, Place::kFile, text.has_value(), *parameter.from_file, places_[index].from_file);
      if (text) return Take(index, *text, "of the file " + *parameter.from_file, places_[index].from_file);
      diagnostics_.AddError("parameter " + Named(QualifiedName(parameter)) + " cannot be read from " +
                                file.lexically_normal().string() + ": " + text.error().message,
                            places_[index].from_file, "create the file, or remove fromFile");
      return false;
    }
  }
  const bool has_default = IsFilled(parameter.has_default, parameter.default_value);
  if (!parameter.empty_allowed) {
    const std::optional<std::string> answer = source_.Prompt(parameter);
    Looked(index, Place::kAnswer, answer && !answer->empty());
    if (answer && !answer->empty()) return Take(index, *answer, "that was answered", parameter.pos);
  }
  if (has_default) {
    Looked(index, Place::kDefault, true, {}, places_[index].default_value);
    parameter.value = parameter.default_value;
    parameter.has_value = true;
    parameter.value_pos = places_[index].default_value;
    return true;
  }
  if (parameter.empty_allowed) {
    Looked(index, Place::kEmpty, true);
    parameter.value = expr::Constant(json::value(""));
    parameter.has_value = true;
    return true;
  }
  const std::string where = elaborated_file_ ? "in a file that `davit hub elaborate` is given after hub.yaml"
                                             : "in params.yaml or in a file named with -p";
  std::string help = "set the variable " + *parameter.from_env + ", or give it one " + where;
  if (parameter.from_env.empty()) {
    help = "give it one " + where + ", or say fromEnv: VARIABLE";
    if (!elaborated_file_) help += "; `davit up` on a terminal asks for it";
  }
  diagnostics_.AddError("parameter " + Named(QualifiedName(parameter)) + " has no value", parameter.pos, help);
  return false;
}

int Settler::FindExactly(std::string_view name, std::string_view component) {
  if (index_.empty()) {  // most stacks are large because of their links, which nobody looks up here
    index_.reserve(parameters_.size());
    for (size_t i = 0; i < parameters_.size(); ++i) {
      index_.emplace(Key{parameters_[i].name, parameters_[i].component}, static_cast<int>(i));
    }
  }
  const auto found = index_.find({name, component});
  return found == index_.end() ? -1 : found->second;
}

/// The parameter that a reference in `index` names; -1 = none.
int Settler::Find(size_t index, const Reference& reference) {
  const std::string_view text = reference.text;
  if (const size_t bar = text.find('|'); bar != std::string_view::npos)
    return FindExactly(text.substr(0, bar), text.substr(bar + 1));
  if (!parameters_[index].component.empty()) {
    // Its own name in a qualified one is the plain parameter.
    const int found = FindExactly(text, parameters_[index].component);
    if (found >= 0 && found != static_cast<int>(index)) return found;
  }
  return FindExactly(text, {});
}

/// In `#{ }` stands `a.b.c`, which may be a field of the parameter `a.b`: of each name the longest that is a parameter is meant.
void Settler::ChooseNames(size_t index) {
  Expression& value = parameters_[index].value;
  for (const Expression::Part& part : value.parts) {
    for (int i = part.reference; i < part.reference + part.names; ++i) {
      Reference& reference = value.references[static_cast<size_t>(i)];
      Reference shorter = reference;
      while (Find(index, shorter) < 0) {
        const size_t dot = shorter.text.rfind('.');
        if (dot == std::string::npos) break;
        shorter.text.resize(dot);
      }
      if (Find(index, shorter) >= 0) reference.text = std::move(shorter.text);
    }
  }
}

bool Settler::CheckReference(size_t index, const Reference& reference, int found) {
  const std::string user = Named(QualifiedName(parameters_[index]));
  if (found < 0 && reference.text.find(':') != std::string::npos) {
    diagnostics_.AddError(
        "parameter " + user + " refers to the output " + Named(reference.text) + ", and outputs are not known yet",
        reference.pos, "make it kind: link: it is then expanded where a component uses it");
    return false;
  }
  if (found < 0) {
    const auto plain = [&] {
      std::vector<std::string_view> names;
      for (const Parameter& parameter : parameters_) {
        if (parameter.component.empty()) names.push_back(parameter.name);
      }
      return names;
    };
    std::string help = Suggest(reference.text, plain, diagnostics_);
    if (help.empty()) help = "declare it, or make this one kind: link if it is an output of a component";
    diagnostics_.AddError("unknown parameter " + Named(reference.text), reference.pos, std::move(help));
    return false;
  }
  if (parameters_[static_cast<size_t>(found)].kind == ParameterKind::kLink) {
    diagnostics_.AddError(
        "parameter " + user + " refers to the link " + Named(reference.text) + ", which is not known yet",
        reference.pos, "make this one kind: link too");
    return false;
  }
  return true;
}

void Settler::ReportCycle(const std::vector<std::pair<size_t, size_t>>& path, size_t back_to) {
  std::string loop;
  bool inside = false;
  size_t shown = 0;
  Pos pos;
  for (const auto& [index, next] : path) {
    if (index == back_to) {
      inside = true;
      pos = parameters_[index].value.references[next - 1].pos;
    }
    if (!inside) continue;
    states_[index] = State::kFailed;
    if (++shown <= 10) loop += QualifiedName(parameters_[index]) + " -> ";
  }
  if (shown > 10) loop += "... -> ";
  diagnostics_.AddError("parameters refer to each other in a circle: " + loop + QualifiedName(parameters_[back_to]),
                        pos ? pos : parameters_[back_to].value_pos,
                        "give one of them a value that does not need the others");
}

/// Settles `root` after everything that it refers to, however long the chain is; a circle is found as a circle.
void Settler::Expand(size_t root) {
  if (states_[root] != State::kNew) return;
  if (parameters_[root].value.IsConstant()) return Evaluate(root);  // nearly all
  ChooseNames(root);
  std::vector<std::pair<size_t, size_t>> path{{root, 0}};  // a parameter, and which of its references comes next
  states_[root] = State::kOpen;
  while (!path.empty()) {
    const size_t index = path.back().first;
    const std::vector<Reference>& references = parameters_[index].value.references;
    if (path.back().second == references.size()) {
      path.pop_back();
      if (states_[index] == State::kOpen) Evaluate(index);
      continue;
    }
    const Reference& reference = references[path.back().second++];
    const int found = Find(index, reference);
    if (trace_ != nullptr) {
      trace_->Named(QualifiedName(parameters_[index]), reference.text,
                    found < 0 ? "" : QualifiedName(parameters_[static_cast<size_t>(found)]));
    }
    if (!CheckReference(index, reference, found)) {
      states_[index] = State::kFailed;
      continue;
    }
    const auto target = static_cast<size_t>(found);
    if (states_[target] == State::kNew) {
      states_[target] = State::kOpen;
      ChooseNames(target);
      path.emplace_back(target, 0);
    } else if (states_[target] == State::kOpen) {
      ReportCycle(path, target);
    } else if (states_[target] == State::kFailed && states_[index] == State::kOpen) {
      // The cause is said already; on the path of a circle the state says so too.
      states_[index] = State::kFailed;
    }
  }
}

void Settler::Evaluate(size_t index) {
  Parameter& parameter = parameters_[index];
  states_[index] = State::kSettled;
  if (!parameter.value.IsConstant()) {
    for (const Expression::Part& part : parameter.value.parts) expanded_bytes_ += part.literal.size();
    for (const Reference& reference : parameter.value.references) {
      const auto target = static_cast<size_t>(Find(index, reference));
      if (states_[target] == State::kFailed) {
        states_[index] = State::kFailed;
        return;
      }
      expanded_bytes_ += SizeOf(parameters_[target].value.constant);
    }
    if (expanded_bytes_ > kMaxExpandedBytes) {
      states_[index] = State::kFailed;
      diagnostics_.AddError("the expressions of the stack's parameters grow beyond 64 MiB", parameter.value_pos,
                            "let parameters repeat each other less");
      return;
    }
    Result<Value> value = expr::Evaluate(parameter.value, [&](const Reference& reference) -> Result<Value> {
      const Parameter& target = parameters_[static_cast<size_t>(Find(index, reference))];
      return Value{target.value.constant, target.sensitive, false};
    });
    if (!value) {
      states_[index] = State::kFailed;
      Error error = std::move(value).error();
      if (!error.position) error.position = parameter.value_pos;
      diagnostics_.Add(std::move(error));
      return;
    }
    parameter.sensitive |= value->sensitive;
    parameter.has_value = !value->data.is_null();
    parameter.value = expr::Constant(std::move(value->data));
  }
  CheckType(index);
}

void Settler::CheckType(size_t index) {
  const Parameter& parameter = parameters_[index];
  const json::value& value = parameter.value.constant;
  if (!parameter.has_value || value.is_null() || HasType(value, parameter.type)) return;
  if (value == json::value("") && parameter.empty_allowed) return;
  std::string help;
  if (parameter.type == ValueType::kString) help = "put it in quotes";
  if (parameter.type == ValueType::kNumber && value.is_string()) help = "write the number without quotes";
  diagnostics_.AddError("parameter " + Named(QualifiedName(parameter)) + " must be " + TypeWords(parameter.type) +
                            ", not " + DescribeFor(parameter, value),
                        parameter.value_pos, std::move(help));
  states_[index] = State::kFailed;
}

void Settler::Run() {
  for (size_t i = 0; i < parameters_.size(); ++i) {
    Parameter& parameter = parameters_[i];
    if (parameter.kind == ParameterKind::kUser && !IsFilled(parameter.has_value, parameter.value) && !Supply(i)) {
      states_[i] = State::kFailed;
    }
  }
  for (size_t i = 0; i < parameters_.size(); ++i) {
    if (parameters_[i].kind != ParameterKind::kLink) Expand(i);
  }
}

}  // namespace

void WarnOfVariables(const Elaborated& elaborated, Source& source, Diagnostics& diagnostics) {
  for (const uint32_t index : elaborated.notable) {
    const Parameter& parameter = elaborated.stack.parameters[index];
    if (parameter.kind != ParameterKind::kUser || parameter.from_env.empty()) continue;
    if (!IsFilled(parameter.has_value, parameter.value) || !parameter.value.IsConstant()) continue;
    const std::optional<std::string> text = source.Environment(parameter.from_env);
    if (!text || *text == ToText(parameter.value.constant)) continue;
    diagnostics.AddWarning(
        "from-env-differs",
        "parameter " + Named(QualifiedName(parameter)) + " has another value than the variable " + *parameter.from_env,
        parameter.value_pos, "its value wins: remove it to have that of the variable");
  }
}

void Settle(Elaborated& elaborated, Source& source, Trace* trace, Diagnostics& diagnostics) {
  Settler(elaborated, source, trace, diagnostics).Run();
}

}  // namespace davit::manifest
