// Stacks for the tests of graph/ and engine/: built in a few words, bound, and shown as text. Tests only.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "expr/expression.h"
#include "graph/bind.h"

namespace davit::graph {

/// A text as a manifest has it; its position 0 is `at`.
inline Expression Text(std::string_view text, uint32_t at = 1000) {
  Result<Expression> parsed = expr::Parse(text, [&](size_t offset) { return Pos{at + static_cast<uint32_t>(offset)}; });
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed ? *parsed : Expression();
}
inline Expression Const(json::value value) {
  return expr::Constant(std::move(value));
}

class TestStack {
 public:
  Stack stack;
  std::vector<ModuleInfo> modules;
  std::vector<StackEdge> edges;
  Diagnostics diagnostics;

  TestStack() { stack.name = "shop"; }

  /// A script, of a kind of its own.
  Component& Add(const std::string& name, std::vector<std::string> depends = {}) {
    Component& component = stack.components.emplace_back();
    component.name = name;
    component.origin = "kind of " + name;
    component.depends = std::move(depends);
    component.pos = Pos{static_cast<uint32_t>(stack.components.size())};
    for (size_t i = 0; i < component.depends.size(); ++i)
      component.depends_pos.push_back(Pos{component.pos.index * 10 + static_cast<uint32_t>(i)});
    modules.emplace_back().driver = "script";
    return component;
  }
  ModuleInfo& Terraform(const std::string& name, const std::vector<std::string>& outputs = {}) {
    Add(name);
    modules.back().driver = "terraform";
    for (const std::string& output : outputs) modules.back().outputs[output] = {};
    return modules.back();
  }
  Component& At(const std::string& name) { return stack.components[static_cast<size_t>(stack.Find(name))]; }

  /// A parameter as the component declares it.
  Parameter& Declare(const std::string& component, const std::string& name) {
    Parameter& parameter = At(component).parameters.emplace_back();
    parameter.name = name;
    parameter.pos = parameter.value_pos = Pos{500};
    return parameter;
  }
  Parameter& Declare(const std::string& component, const std::string& name, Expression value) {
    Parameter& parameter = Declare(component, name);
    parameter.has_value = true;
    parameter.value = std::move(value);
    return parameter;
  }
  /// A parameter of the stack.
  Parameter& Give(const std::string& name, Expression value, const std::string& component = {}) {
    Parameter& parameter = stack.parameters.emplace_back();
    parameter.name = name;
    parameter.component = component;
    parameter.has_value = true;
    parameter.value = std::move(value);
    if (!parameter.value.IsConstant()) parameter.kind = ParameterKind::kLink;
    parameter.pos = parameter.value_pos = Pos{700};
    return parameter;
  }
  OutputDeclaration& Output(const std::string& component, const std::string& name) {
    OutputDeclaration& output = At(component).outputs.emplace_back();
    output.name = name;
    output.pos = Pos{600};
    At(component).declares_outputs = true;
    return output;
  }
  OutputDeclaration& Output(const std::string& component, const std::string& name, Expression value) {
    OutputDeclaration& output = Output(component, name);
    output.has_value = true;
    output.value = std::move(value);
    return output;
  }

  TestStack& Bind() {
    ModuleList list = Modules();
    edges = graph::Bind(stack, list, diagnostics);
    for (size_t i = 0; i < modules.size(); ++i) modules[i] = list[i];  // in their order now
    return *this;
  }

  ModuleList Modules() const {
    ModuleList list;
    for (const ModuleInfo& module : modules) list.Add(module);
    return list;
  }

  std::string Order() const {
    std::string text;
    for (const Component& component : stack.components) text += (text.empty() ? "" : " ") + component.name;
    return text;
  }
  /// "a needs b: depends" for each edge, consumer first.
  std::vector<std::string> Edges() const {
    std::vector<std::string> lines;
    for (const StackEdge& edge : edges) {
      EXPECT_LT(edge.from, edge.to);
      lines.push_back(stack.components[static_cast<size_t>(edge.to)].name + " " + std::string(ToString(edge.kind)) +
                      " " + stack.components[static_cast<size_t>(edge.from)].name + ": " + edge.reason);
    }
    return lines;
  }
  /// "error 1003: text | help", or "warning rule 1003: text | help".
  std::vector<std::string> Messages() const {
    std::vector<std::string> lines;
    for (const Diagnostic& diagnostic : diagnostics.list()) {
      std::string line = diagnostic.severity == Severity::kError ? "error " : "warning " + diagnostic.rule + " ";
      line += std::to_string(diagnostic.error.position.index) + ": " + diagnostic.error.message;
      if (!diagnostic.error.suggestion.empty()) line += " | " + diagnostic.error.suggestion;
      lines.push_back(std::move(line));
    }
    return lines;
  }
  const Input& InputOf(const std::string& component, const std::string& name) {
    for (const Input& input : At(component).inputs) {
      if (input.name == name) return input;
    }
    ADD_FAILURE() << component << " has no input " << name;
    static const Input kNone;
    return kNone;
  }
  /// "stack region", "own name", "db.host", with literals in quotes; a constant as JSON.
  std::string Shown(const Expression& expression) const {
    if (expression.IsConstant()) return json::serialize(expression.constant);
    std::string text;
    for (const Expression::Part& part : expression.parts) {
      if (!text.empty()) text += " + ";
      if (part.reference < 0) {
        text += "\"" + part.literal + "\"";
        continue;
      }
      if (part.IsComputed()) {
        text += "#{" + part.literal + "}";
        for (int i = 0; i < part.names; ++i) {
          Expression name;
          name.parts.push_back({{}, 0});
          name.references = {expression.references[static_cast<size_t>(part.reference) + static_cast<size_t>(i)]};
          text += " " + Shown(name);
        }
        continue;
      }
      const Reference& reference = expression.references[static_cast<size_t>(part.reference)];
      switch (reference.kind) {
        case Reference::Kind::kStackParameter:
          text += "stack " + reference.name;
          break;
        case Reference::Kind::kOwnParameter:
          text += "own " + reference.name;
          break;
        case Reference::Kind::kOutput:
          text += stack.components[static_cast<size_t>(reference.component)].name + "." + reference.name;
          break;
        case Reference::Kind::kUnresolved:
          text += "unresolved " + reference.text;
          break;
      }
    }
    return text;
  }
  std::string Bound(const std::string& component, const std::string& name) {
    return Shown(InputOf(component, name).value);
  }
};

using Lines = std::vector<std::string>;

}  // namespace davit::graph
