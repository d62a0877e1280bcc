#include "control/stack_ready.h"

#include <algorithm>

#include "model/stack_ready.h"

namespace davit::control {
namespace {

/// What is made from parameters or outputs becomes an input, so that it is resolved as any value of a component is.
void MakeInput(const std::string& name, Pos pos, Expression& text, Component& wait) {
  if (text.IsConstant()) return;
  Input input;
  input.name = name;
  input.pos = pos;
  Reference own;
  own.kind = Reference::Kind::kOwnParameter;
  own.text = own.name = name;
  own.pos = pos;
  Expression expression;
  expression.parts.push_back({"", 0});
  expression.references.push_back(std::move(own));
  input.value = std::exchange(text, std::move(expression));
  wait.inputs.push_back(std::move(input));
}

}  // namespace

void AddStackReady(RunDocument& document) {
  const std::vector<Pending>& pending = document.stack.pending;
  if (document.stack.ready_conditions.empty() && pending.empty()) return;
  Component wait;
  wait.name = wait.origin = wait.kind = kStackReady;
  wait.source_dir = document.stack.base_dir;
  wait.bare = true;
  wait.idempotent = true;  // looking changes nothing
  wait.ready_conditions = document.stack.ready_conditions;
  for (const Pending& requirement : pending) wait.requires_.push_back(requirement.capability);
  wait.pos = pending.empty() ? wait.ready_conditions[0].pos : pending[0].pos;
  for (size_t i = 0; i < wait.ready_conditions.size(); ++i) {
    ReadyCondition& condition = wait.ready_conditions[i];
    const std::string name = "readyConditions[" + std::to_string(i) + "].";
    MakeInput(name + "dns", condition.pos, condition.dns, wait);
    MakeInput(name + "url", condition.pos, condition.url, wait);
  }
  // An optional component that fails leaves the stack up, so it is waited for and may fail.
  const auto count = static_cast<int>(document.stack.components.size());
  for (int i = 0; i < count; ++i) {
    const bool optional = document.stack.components[static_cast<size_t>(i)].optional;
    document.edges.push_back({i, count, optional ? EdgeKind::kAfter : EdgeKind::kNeeds, std::string(kStackReady)});
  }
  document.stack.components.push_back(std::move(wait));
  ModuleInfo module;
  module.driver = "script";
  // PATH, proxies, certificates: every tool gets them.
  if (!document.modules.empty()) module.environment = document.modules[0].environment;
  document.modules.Add(std::move(module));
  document.module_paths.push_back(document.base_path);
  document.module_digests.emplace_back();
  document.tool_digests.emplace_back();
}

bool StackIsReady(const ComponentRow& wait, const std::vector<ComponentRow>& rows) {
  // Run ids are in the order of time.
  return wait.last_result == RunResult::kSucceeded && std::all_of(rows.begin(), rows.end(), [&](const auto& row) {
           return row.last_run.text <= wait.last_run.text;
         });
}

}  // namespace davit::control
