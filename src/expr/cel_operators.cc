// The operators of CEL that are functions of two values: arithmetic, comparison, `in`.
#include <algorithm>
#include <cmath>
#include <limits>

#include "base/text.h"
#include "expr/cel.h"
#include "expr/cel_functions.h"
#include "expr/cel_time.h"

namespace davit::cel {
namespace {

using Values = std::vector<Value>;

Value OutOfRange(size_t at) {
  return Value::OfError("the result does not fit its type", at);
}
Value TooLong(size_t at) {
  return Value::OfError("too many steps", at);
}

template <typename T>
Value OrRange(const std::optional<T>& result, size_t at) {
  return result ? Value::Of(*result) : OutOfRange(at);
}

enum class Arithmetic { kAdd, kSubtract, kMultiply, kDivide, kModulo };

template <typename T>
Value Whole(Arithmetic op, T a, T b, size_t at) {
  T result = 0;
  bool overflow = false;
  switch (op) {
    case Arithmetic::kAdd:
      overflow = __builtin_add_overflow(a, b, &result);
      break;
    case Arithmetic::kSubtract:
      overflow = __builtin_sub_overflow(a, b, &result);
      break;
    case Arithmetic::kMultiply:
      overflow = __builtin_mul_overflow(a, b, &result);
      break;
    case Arithmetic::kDivide:
    case Arithmetic::kModulo:
      if (b == 0) return Value::OfError(op == Arithmetic::kDivide ? "division by zero" : "modulus by zero", at);
      if constexpr (std::numeric_limits<T>::is_signed) {
        if (a == std::numeric_limits<T>::min() && b == -1) return OutOfRange(at);
      }
      result = op == Arithmetic::kDivide ? a / b : a % b;
      break;
  }
  return overflow ? OutOfRange(at) : Value::Of(result);
}

std::optional<Value> Doubles(Arithmetic op, double a, double b) {
  switch (op) {
    case Arithmetic::kAdd:
      return Value::Of(a + b);
    case Arithmetic::kSubtract:
      return Value::Of(a - b);
    case Arithmetic::kMultiply:
      return Value::Of(a * b);
    case Arithmetic::kDivide:
      return Value::Of(a / b);  // by zero: infinite, or no number
    case Arithmetic::kModulo:
      break;
  }
  return std::nullopt;
}

template <Arithmetic op>
Value Numbers(const Values& arguments, size_t at, const char* name) {
  const Value& a = arguments[0];
  const Value& b = arguments[1];
  if (a.Is(Kind::kInt) && b.Is(Kind::kInt)) return Whole(op, a.integer(), b.integer(), at);
  if (a.Is(Kind::kUint) && b.Is(Kind::kUint)) return Whole(op, a.uinteger(), b.uinteger(), at);
  if (a.Is(Kind::kDouble) && b.Is(Kind::kDouble)) {
    if (std::optional<Value> result = Doubles(op, a.number(), b.number())) return *result;
  }
  return NoOverload(name, arguments, at);
}

Value Join(Calls& calls, const Value& a, const Value& b, size_t at) {
  if (a.Is(Kind::kList)) {
    if (!calls.Spend(a.list().size() + b.list().size())) return TooLong(at);
    List joined = a.list();
    joined.insert(joined.end(), b.list().begin(), b.list().end());
    return Value::OfList(std::move(joined));
  }
  const bool text = a.Is(Kind::kString);
  const std::string& left = text ? a.text() : a.bytes();
  const std::string& right = text ? b.text() : b.bytes();
  if (!calls.Spend((left.size() + right.size()) / 8)) return TooLong(at);
  return text ? Value::OfString(left + right) : Value::OfBytes(left + right);
}

Value Add(Calls& calls, const Values& arguments, size_t at) {
  const Value& a = arguments[0];
  const Value& b = arguments[1];
  if (a.kind() == b.kind() && (a.Is(Kind::kString) || a.Is(Kind::kBytes) || a.Is(Kind::kList)))
    return Join(calls, a, b, at);
  if (a.Is(Kind::kTimestamp) && b.Is(Kind::kDuration)) return OrRange(Add(a.timestamp(), b.duration()), at);
  if (a.Is(Kind::kDuration) && b.Is(Kind::kTimestamp)) return OrRange(Add(b.timestamp(), a.duration()), at);
  if (a.Is(Kind::kDuration) && b.Is(Kind::kDuration)) {
    Duration sum;
    return __builtin_add_overflow(a.duration().nanos, b.duration().nanos, &sum.nanos) ? OutOfRange(at) : Value::Of(sum);
  }
  return Numbers<Arithmetic::kAdd>(arguments, at, "+");
}

Value Subtract(Calls&, const Values& arguments, size_t at) {
  const Value& a = arguments[0];
  const Value& b = arguments[1];
  if (a.Is(Kind::kTimestamp) && b.Is(Kind::kDuration)) return OrRange(Subtract(a.timestamp(), b.duration()), at);
  if (a.Is(Kind::kTimestamp) && b.Is(Kind::kTimestamp)) return OrRange(Subtract(a.timestamp(), b.timestamp()), at);
  if (a.Is(Kind::kDuration) && b.Is(Kind::kDuration)) {
    Duration rest;
    return __builtin_sub_overflow(a.duration().nanos, b.duration().nanos, &rest.nanos) ? OutOfRange(at)
                                                                                       : Value::Of(rest);
  }
  return Numbers<Arithmetic::kSubtract>(arguments, at, "-");
}

Value Multiply(Calls&, const Values& arguments, size_t at) {
  return Numbers<Arithmetic::kMultiply>(arguments, at, "*");
}
Value Divide(Calls&, const Values& arguments, size_t at) {
  return Numbers<Arithmetic::kDivide>(arguments, at, "/");
}
Value Modulo(Calls&, const Values& arguments, size_t at) {
  return Numbers<Arithmetic::kModulo>(arguments, at, "%");
}

/// What a comparison looks through.
size_t Comparing(const Value& a, const Value& b) {
  if (a.kind() != b.kind()) return 0;
  switch (a.kind()) {
    case Kind::kString:
      return std::min(a.text().size(), b.text().size()) / 8;
    case Kind::kBytes:
      return std::min(a.bytes().size(), b.bytes().size()) / 8;
    case Kind::kList:
      return a.list().size() == b.list().size() ? WeightOf(a, Weighed::kComparing, kCostLimit) : 0;
    case Kind::kMap:
      return a.map().size() == b.map().size() ? WeightOf(a, Weighed::kComparing, kCostLimit) : 0;
    default:
      return 0;
  }
}

Value IsEqual(Calls& calls, const Values& arguments, size_t at) {
  if (!calls.Spend(Comparing(arguments[0], arguments[1]))) return TooLong(at);
  return Equal(arguments[0], arguments[1], at);
}
Value IsNotEqual(Calls& calls, const Values& arguments, size_t at) {
  const Value equal = IsEqual(calls, arguments, at);
  return equal.Stops() ? equal : Value::Of(!equal.boolean());
}

template <bool (*holds)(int64_t)>
Value Ordered(Calls& calls, const Values& arguments, size_t at) {
  if (!calls.Spend(Comparing(arguments[0], arguments[1]))) return TooLong(at);
  bool ordered = true;
  const Value order = Compare(arguments[0], arguments[1], at, &ordered);
  return order.Stops() ? order : Value::Of(ordered && holds(order.integer()));
}
bool Less(int64_t order) {
  return order < 0;
}
bool AtMost(int64_t order) {
  return order <= 0;
}
bool Greater(int64_t order) {
  return order > 0;
}
bool AtLeast(int64_t order) {
  return order >= 0;
}

Value In(Calls& calls, const Values& arguments, size_t at) {
  const Value& item = arguments[0];
  const Value& in = arguments[1];
  if (in.Is(Kind::kMap)) {
    if (!calls.Spend(in.map().size() / 8)) return TooLong(at);
    return Value::Of(FindKey(in.map(), item) != nullptr);
  }
  if (!in.Is(Kind::kList)) return NoOverload("in", arguments, at);
  for (const Value& candidate : in.list()) {
    if (!calls.Spend(1 + Comparing(candidate, item))) return TooLong(at);
    const Value equal = Equal(candidate, item, at);
    if (!equal.Stops() && equal.boolean()) return equal;
  }
  return Value::Of(false);
}

struct Entry {
  std::string_view name;
  Function function;
};

constexpr Entry kOperators[] = {{"+", Add},
                                {"-", Subtract},
                                {"*", Multiply},
                                {"/", Divide},
                                {"%", Modulo},
                                {"==", IsEqual},
                                {"!=", IsNotEqual},
                                {"<", Ordered<Less>},
                                {"<=", Ordered<AtMost>},
                                {">", Ordered<Greater>},
                                {">=", Ordered<AtLeast>},
                                {"in", In}};

}  // namespace

Function FindOperator(std::string_view name) {
  for (const Entry& entry : kOperators) {
    if (entry.name == name) return entry.function;
  }
  return nullptr;
}

}  // namespace davit::cel
