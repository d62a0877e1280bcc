// Values of one component as far as they are settled before anything runs: stack parameters and own inputs are replaced by what they are,
// and an output of another component stands as a mark in which no text can come that a manifest may hold. Two that are equal mean the same,
// however they are written. Pure; any thread.
#pragma once

#include <map>
#include <string>

#include "model/stack.h"

namespace davit::control {

/// The value of a stack parameter that is no link, as a component gets it (engine/resolve.cc).
json::value ValueOf(const Parameter& parameter);

class SettledComponent {
 public:
  /// Of a bound stack, which outlives it.
  SettledComponent(const Stack& stack, const Component& component);

  /// As it is compared: converted to its type.
  std::string Text(const Input& input) const;
  /// Own inputs stand in it by their names: a change of one of those is told by itself.
  std::string Text(const OutputDeclaration& output) const;

 private:
  json::value Evaluate(const Expression& expression, bool inputs_by_name) const;

  const Stack& stack_;
  std::map<std::string, json::value, std::less<>> own_;  // inputs
};

}  // namespace davit::control
