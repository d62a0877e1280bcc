// A value of the Common Expression Language (CEL, cel-spec langdef.md): what `#{ }` computes with. Beside the data kinds of the language it may
// be an error or an unknown: both are ordinary results while an expression is evaluated, because `false && x` is false whatever became of x.
// Lists and maps are shared and never change. Plain values; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "model/value.h"

namespace davit::cel {

/// The order is that of the alternatives of Value::data.
enum class Kind {
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kList,
  kMap,
  kTimestamp,
  kDuration,
  kType,
  kUnknown,
  kError
};

class Value;

struct Null {};
struct Bytes {
  std::string data;
};
/// 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z.
struct Timestamp {
  int64_t seconds = 0;  // since 1970, UTC
  int32_t nanos = 0;    // 0 to 999,999,999
};
/// About 292 years each way, as in the language's reference implementation.
struct Duration {
  int64_t nanos = 0;
};
/// The result of type(x), and what `int`, `string` and so on mean where no variable has that name.
struct Type {
  std::string name;
};
/// Its data is not known before somebody has run. Stays so through every operator that depends on it.
struct Unknown {};
/// `at`: byte of the expression.
struct Failure {
  std::string message;
  size_t at = 0;
};

using List = std::vector<Value>;
using Map = std::vector<std::pair<Value, Value>>;  // in the order of writing; keys differ

class Value {
 public:
  using Text = std::shared_ptr<const std::string>;
  using Data = std::variant<Null, bool, int64_t, uint64_t, double, Text, std::shared_ptr<const Bytes>,
                            std::shared_ptr<const List>, std::shared_ptr<const Map>, Timestamp, Duration,
                            std::shared_ptr<const Type>, Unknown, std::shared_ptr<const Failure>>;

  Value() = default;
  static Value Of(bool value) { return Make<Kind::kBool>(value); }
  static Value Of(int64_t value) { return Make<Kind::kInt>(value); }
  static Value Of(uint64_t value) { return Make<Kind::kUint>(value); }
  static Value Of(double value) { return Make<Kind::kDouble>(value); }
  static Value Of(Timestamp value) { return Make<Kind::kTimestamp>(value); }
  static Value Of(Duration value) { return Make<Kind::kDuration>(value); }
  static Value OfString(std::string text) {
    return Make<Kind::kString>(std::make_shared<const std::string>(std::move(text)));
  }
  static Value OfBytes(std::string data) {
    return Make<Kind::kBytes>(std::make_shared<const Bytes>(Bytes{std::move(data)}));
  }
  static Value OfList(List items) { return Make<Kind::kList>(std::make_shared<const List>(std::move(items))); }
  static Value OfMap(Map entries) { return Make<Kind::kMap>(std::make_shared<const Map>(std::move(entries))); }
  static Value OfType(std::string name) {
    return Make<Kind::kType>(std::make_shared<const Type>(Type{std::move(name)}));
  }
  static Value OfUnknown() { return Make<Kind::kUnknown>(Unknown{}); }
  static Value OfError(std::string message, size_t at) {
    return Make<Kind::kError>(std::make_shared<const Failure>(Failure{std::move(message), at}));
  }

  Kind kind() const { return static_cast<Kind>(data_.index()); }
  bool Is(Kind kind) const { return this->kind() == kind; }
  bool IsNumber() const { return Is(Kind::kInt) || Is(Kind::kUint) || Is(Kind::kDouble); }
  /// It is an error or an unknown: no data.
  bool Stops() const { return Is(Kind::kError) || Is(Kind::kUnknown); }

  // Each only where kind() says so.
  bool boolean() const { return std::get<static_cast<size_t>(Kind::kBool)>(data_); }
  int64_t integer() const { return std::get<static_cast<size_t>(Kind::kInt)>(data_); }
  uint64_t uinteger() const { return std::get<static_cast<size_t>(Kind::kUint)>(data_); }
  double number() const { return std::get<static_cast<size_t>(Kind::kDouble)>(data_); }
  const std::string& text() const { return *std::get<static_cast<size_t>(Kind::kString)>(data_); }
  const std::string& bytes() const { return std::get<static_cast<size_t>(Kind::kBytes)>(data_)->data; }
  const List& list() const { return *std::get<static_cast<size_t>(Kind::kList)>(data_); }
  const Map& map() const { return *std::get<static_cast<size_t>(Kind::kMap)>(data_); }
  Timestamp timestamp() const { return std::get<static_cast<size_t>(Kind::kTimestamp)>(data_); }
  Duration duration() const { return std::get<static_cast<size_t>(Kind::kDuration)>(data_); }
  const std::string& type() const { return std::get<static_cast<size_t>(Kind::kType)>(data_)->name; }
  const Failure& error() const { return *std::get<static_cast<size_t>(Kind::kError)>(data_); }

 private:
  template <Kind kind, typename T>
  static Value Make(T data) {
    Value value;
    value.data_.emplace<static_cast<size_t>(kind)>(std::move(data));
    return value;
  }
  Data data_;
};

/// The name that type(x) has: "int", "list", "google.protobuf.Timestamp", ….
std::string_view TypeName(const Value& value);
/// For messages: "an int", "a list".
std::string KindWords(const Value& value);

/// `==` of the language: numbers of different kinds are compared by what they mean, values of other kinds are never equal. Neither may be an
/// error or unknown; inside of lists and maps these make an error or unknown.
Value Equal(const Value& a, const Value& b, size_t at);
/// -1, 0, 1; an error where the kinds have no order or one is NaN, which is below, above and equal to nothing (`*ordered` is false then).
Value Compare(const Value& a, const Value& b, size_t at, bool* ordered);
/// The entry whose key equals `key` (1, 1u and 1.0 are the same key); nullptr where there is none.
const Value* FindKey(const Map& map, const Value& key);

enum class Weighed { kWhole, kComparing };
/// How much there is to look through, items and about eight bytes each, where all of it is looked at or where it is compared with another one.
/// What several lists hold counts as often. Not exact above `most`, so that it is soon told.
size_t WeightOf(const Value& value, Weighed what, size_t most);

/// Whole numbers of JSON are int, others double; objects are maps with string keys.
Value FromJson(const json::value& data);
/// What can be a value of a parameter: bytes become base64, timestamps, durations and keys their text. invalid_input for types, for doubles and uints
/// that JSON does not have, and for an error, whose message it has.
Result<json::value> ToJson(const Value& value);

/// What `davit eval --json` prints and `--bindings` reads (one key, the kind): {"int": "5"}, {"list": […]}, {"timestamp": "2009-…Z"}.
json::value ToTyped(const Value& value);
Result<Value> FromTyped(const json::value& data);

}  // namespace davit::cel
