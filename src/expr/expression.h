// Expressions: texts with `${ }` and `#{ }` in them (model/stack.h Expression). Parsing splits them; evaluating asks the caller
// what each reference is, and computes what stands in `#{ }`, which is CEL (expr/cel.h). Total, no side effects. Pure; any thread.
#pragma once

#include <functional>
#include <string_view>

#include "base/result.h"
#include "model/stack.h"

namespace davit::expr {

/// Splits a text: `${name}`, `${name|component}`, `${component:output}`; `$${` is a literal `${`. References are
/// kUnresolved and keep their text, trimmed. `at` gives the position of a byte of the text. A text without `${` is a
/// constant string. invalid_input, with a position: never closed, nothing between the braces, `${` inside braces.
/// `#{ … }` is CEL, whose braces and quotes are looked through; its names are references in the order of their first use, still with all that
/// looks like a field of them (`a.b.c`). `##{` is a literal `#{`, and so is `#{` where no `}` follows. invalid_input where it is no CEL.
Result<Expression> Parse(std::string_view text, const std::function<Pos(size_t offset)>& at);

/// The text that Parse reads it from, with its escapes; a constant that is no text stays what it is.
json::value SourceOf(const Expression& expression);

/// A constant that is no text: a number, a boolean, a list, a map, null.
Expression Constant(json::value value);

using Lookup = std::function<Result<Value>(const Reference&)>;
/// The name by which CEL knows a reference: an output `db:host` is `db.host` there.
std::string ComputedName(std::string_view reference);

/// One reference or `#{ }` alone keeps its type; else the parts are joined as text (ToText). Unknown and sensitive are passed on:
/// of any part, to the whole; the data of an unknown is null. In `#{ }` only what the result depends on counts, by CEL's rules
/// (`false && x`). Errors are those of `lookup`, with the reference's position; invalid_input where computing fails, which does not say why where that
/// could tell a sensitive value.
Result<Value> Evaluate(const Expression& expression, const Lookup& lookup);

}  // namespace davit::expr
