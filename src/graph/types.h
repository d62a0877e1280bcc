// Types of values: what fits where, and in which words it is said that something does not (DESIGN.md "Parameters have types"). Also which
// Terraform variable an input goes to, by the ranks by which the driver hands it over (drivers/terraform/variables.cc), so that what the
// tool would refuse is refused before anything runs. Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "base/diagnostics.h"
#include "model/module.h"
#include "model/stack.h"

namespace davit::graph {

/// The value as one of `type`: as it is where it is one; a text that reads as one (a number, true or false, JSON of a list or a map);
/// numbers and booleans as text. nullopt where it is none. null fits everything.
std::optional<json::value> Convert(const json::value& value, ValueType type);

/// "the text \"three\"", "the number 3", "a list"; only its type where it is sensitive.
std::string ValueWords(const json::value& value, bool sensitive);

/// The empty value of an input: "" where a text may go, null where only something else may, so that the module's own default counts.
json::value EmptyFor(const Input& input, const ModuleInfo& module);

/// An input with the value that it certainly has, if any.
struct TypedInput {
  const Input* input = nullptr;
  const json::value* known = nullptr;  // nullptr: not before it runs
  bool sensitive = false;
  bool checked = false;  // `known` was checked against this very type already
  Pos pos;               // of the value
};

/// Checks the inputs of one component: against their own types, and against the variables of its Terraform module, each of which that has no
/// default must get a value. Marks inputs that go to a sensitive variable.
void CheckTypes(Component& component, const ModuleInfo& module, const std::vector<TypedInput>& inputs,
                Diagnostics& diagnostics);

}  // namespace davit::graph
