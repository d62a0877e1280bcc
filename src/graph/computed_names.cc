#include "graph/computed_names.h"

#include <string>
#include <unordered_set>

namespace davit::graph {
namespace {

bool HasComputed(const Expression& expression) {
  for (const Expression::Part& part : expression.parts) {
    if (part.IsComputed()) return true;
  }
  return false;
}

class Chooser {
 public:
  Chooser(Stack& stack, const Names& names, const ModuleList& modules)
      : stack_(stack), names_(names), modules_(modules) {}

  void Run() {
    for (const uint32_t link : names_.Links()) Choose(stack_.parameters[link].value, nullptr);
    for (Component& component : stack_.components) {
      for (Parameter& parameter : component.parameters) {
        Choose(parameter.value, &component);
        if (parameter.has_default) Choose(parameter.default_value, &component);
      }
      for (OutputDeclaration& output : component.outputs) Choose(output.value, &component);
      for (ReadyCondition& condition : component.ready_conditions) Choose(condition, &component);
    }
    for (OutputDeclaration& output : stack_.outputs) Choose(output.value, nullptr);
    for (ReadyCondition& condition : stack_.ready_conditions) Choose(condition, nullptr);
  }

 private:
  void Choose(ReadyCondition& condition, const Component* component) {
    Choose(condition.dns, component);
    Choose(condition.url, component);
  }

  void Choose(Rare<Expression>& expression, const Component* component) {
    if (HasComputed(*expression)) Choose(*expression.Fill(), component);
  }

  void Choose(Expression& expression, const Component* component) {
    if (!HasComputed(expression)) return;
    CollectNames();
    for (const Expression::Part& part : expression.parts) {
      for (int i = part.reference; i < part.reference + part.names; ++i) {
        std::string& text = expression.references[static_cast<size_t>(i)].text;
        text = Chosen(text, component);
      }
    }
  }

  /// Once, and only for stacks that compute something.
  void CollectNames() {
    if (collected_) return;
    collected_ = true;
    for (const Parameter& parameter : stack_.parameters) known_.insert(parameter.name);
    for (size_t i = 0; i < stack_.components.size(); ++i) {
      for (const std::string_view output : OutputNames(stack_.components[i], modules_[i])) known_.emplace(output);
    }
  }

  bool IsName(const std::string& text, const Component* component) const {
    if (known_.contains(text)) return true;
    if (component == nullptr) return false;
    for (const Parameter& parameter : component->parameters) {
      if (parameter.name == text) return true;
    }
    return false;
  }

  std::string Chosen(const std::string& text, const Component* component) const {
    if (text.find(':') != std::string::npos) return text;  // chosen already
    for (size_t end = text.size(); end != std::string::npos;
         end = end == 0 ? std::string::npos : text.rfind('.', end - 1)) {
      if (std::string name = text.substr(0, end); IsName(name, component)) return name;
    }
    // The names of components may have dots too.
    for (size_t dot = text.rfind('.'); dot != std::string::npos && dot > 0; dot = text.rfind('.', dot - 1)) {
      const int on = names_.Component(std::string_view(text).substr(0, dot));
      if (on < 0) continue;
      const std::string output = text.substr(dot + 1);
      const auto at = static_cast<size_t>(on);
      for (size_t end = output.size(); end != std::string::npos;
           end = end == 0 ? std::string::npos : output.rfind('.', end - 1)) {
        const std::string name = output.substr(0, end);
        if (HasOutput(stack_.components[at], modules_[at], name)) return text.substr(0, dot) + ":" + name;
      }
      return text.substr(0, dot) + ":" + output;
    }
    return text;
  }

  Stack& stack_;
  const Names& names_;
  const ModuleList& modules_;
  bool collected_ = false;
  std::unordered_set<std::string> known_;
};

}  // namespace

void ChooseComputedNames(Stack& stack, const Names& names, const ModuleList& modules) {
  Chooser(stack, names, modules).Run();
}

}  // namespace davit::graph
