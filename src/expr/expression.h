// Expressions: texts with `${ }` in them (model/stack.h Expression). Parsing splits them; evaluating asks the caller
// what each reference is. Total: no recursion, no side effects. Pure; any thread.
#pragma once

#include <functional>
#include <string_view>

#include "base/result.h"
#include "model/stack.h"

namespace davit::expr {

/// Splits a text: `${name}`, `${name|component}`, `${component:output}`; `$${` is a literal `${`. References are
/// kUnresolved and keep their text, trimmed. `at` gives the position of a byte of the text. A text without `${` is a
/// constant string. invalid_input, with a position: never closed, nothing between the braces, `${` inside braces.
Result<Expression> Parse(std::string_view text, const std::function<Pos(size_t offset)>& at);

/// A constant that is no text: a number, a boolean, a list, a map, null.
Expression Constant(json::value value);

using Lookup = std::function<Result<Value>(const Reference&)>;
/// One reference alone keeps its type; else the parts are joined as text (ToText). Unknown and sensitive are passed on:
/// of any part, to the whole; the data of an unknown is null. Errors are those of `lookup`, with the reference's
/// position.
Result<Value> Evaluate(const Expression& expression, const Lookup& lookup);

}  // namespace davit::expr
