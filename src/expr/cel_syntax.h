// The syntax tree of a CEL expression and the parser that makes it. Macros (has, all, exists, …) are nodes of their own. Nesting is bounded, so that
// walking a tree needs a bounded stack. Plain values; any thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "expr/cel_value.h"

namespace davit::cel {

/// Levels of a tree: parentheses, operators one after the other, calls.
inline constexpr int kMaxLevels = 500;
inline constexpr size_t kMaxTextBytes = 100'000;

class Calls;
/// `arguments`: the receiver of a call x.f(…) is the first. None is an error or unknown.
using Function = Value (*)(Calls& calls, const std::vector<Value>& arguments, size_t at);

struct Node {
  enum class Kind {
    kLiteral,
    kName,         // `name`
    kSelect,       // child 0 . `name`
    kHas,          // has(child 0 . `name`)
    kList,         // children
    kMap,          // children: key, value, key, value, …
    kAnd,          // children, two or more
    kOr,           //
    kNot,          // child 0
    kNegate,       //
    kConditional,  // child 0 ? child 1 : child 2
    kIndex,        // child 0 [ child 1 ]
    kCall,         // `function` of the children; nullptr: there is no `name`
    kAll,          // macros over child 0, with `variable`; child 1 is the condition or the result
    kExists,
    kExistsOne,
    kFilter,
    kMapping,    // map; with child 2, child 1 is the condition and child 2 the result
    kTransform,  // transformMap: like kMapping, keys stay
    kBind,       // `variable` is child 0 in child 1
  };
  Kind kind = Kind::kLiteral;
  size_t at = 0;  // byte of the text
  int levels = 1;
  Value literal;
  std::string name;
  bool absolute = false;  // kName: written .name, no variable of a macro
  std::string variable;
  std::string second_variable;  // of the two-variable macros: `variable` is index or key then, this is the value
  Function function = nullptr;
  std::vector<std::unique_ptr<Node>> children;
};

/// A failure names the byte of the text: its end where more is expected there.
struct SyntaxError {
  std::string message;
  size_t at = 0;
  std::string suggestion;
};

enum class Extent {
  kWhole,    // the text is the expression
  kToBrace,  // it goes on behind the expression, which ends before a `}` that it did not open
};
struct Syntax {
  std::unique_ptr<Node> root;
  size_t length = 0;  // of the expression
};
tl::expected<Syntax, SyntaxError> Parse(std::string_view text, Extent extent = Extent::kWhole);

}  // namespace davit::cel
