// CEL, the Common Expression Language (cel-spec langdef.md), without protobuf messages: what stands in `#{ }` and what `davit eval` evaluates. Parsing
// gives a Program; evaluating asks the caller what each name is. Total: bounded nesting, a cost limit, and an error with its place instead of an
// exception. A value may be unknown, and an expression that depends on it is. Pure; any thread, one Program also by several at a time.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "expr/cel_syntax.h"
#include "expr/cel_value.h"

namespace davit::cel {

/// Steps: one for each operator, call and round of a macro, and one for about eight bytes or one item that these make or look through.
inline constexpr size_t kCostLimit = 1'000'000;

/// What a name of the expression is; nothing where there is none. Names have dots: of `a.b.c` first the whole is asked for, then `a.b`, then `a`, and the
/// rest are fields of what was found.
using Lookup = std::function<std::optional<Value>(std::string_view name)>;

struct NameUse {
  std::string name;  // with all its fields: `a.b.c`
  size_t at = 0;
};

/// `int`, `string`, …: what they mean where nothing else has that name.
bool IsTypeName(std::string_view name);

class Program {
 public:
  static tl::expected<Program, SyntaxError> Parse(std::string_view text, Extent extent = Extent::kWhole);

  /// Of the text, in bytes.
  size_t length() const { return length_; }

  /// The names that it may ask for, each where it is first used, in the order of the text. Variables of macros are none.
  const std::vector<NameUse>& names() const { return names_; }
  /// Any kind, also unknown or an error.
  Value Evaluate(const Lookup& lookup, size_t cost_limit = kCostLimit) const;

 private:
  std::shared_ptr<const Node> root_;
  std::vector<NameUse> names_;
  size_t length_ = 0;
};

}  // namespace davit::cel
