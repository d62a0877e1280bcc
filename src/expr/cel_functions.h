// The functions of CEL by name. Standard ones stand in cel_functions.cc, operators in cel_operators.cc, the usual
// extensions (strings, math, base64) in cel_extensions.cc.
#pragma once

#include <string_view>

#include "expr/cel_syntax.h"

namespace davit::cel {

/// What a function may do beside computing.
class Calls {
 public:
  /// Work beyond a single step is counted, so that no expression runs for long: false where the limit is reached.
  virtual bool Spend(size_t steps) = 0;

 protected:
  ~Calls() = default;
};

/// A standard one, an operator (`+`, `in`, …) or an extension on a value. `receiver`: x.name(…). nullptr where there is none of that name; how many arguments it takes it checks itself.
Function FindFunction(std::string_view name, bool receiver);
/// A function of a name space such as `math.abs`; nullptr where there is none.
Function FindExtension(std::string_view qualified_name);
/// Extensions that are called on a value: "a b".split(" ").
Function FindReceiverExtension(std::string_view name);

/// `+ - * / %`, comparisons, `in`; nullptr for other names.
Function FindOperator(std::string_view name);

/// As string() writes it: the shortest digits that give the same number.
std::string TextOf(double number);
/// "no such overload": what `name` was called with.
Value NoOverload(std::string_view name, const std::vector<Value>& arguments, size_t at);

}  // namespace davit::cel
