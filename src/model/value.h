// A value of a parameter or output: JSON data with what must never get lost on the way: whether it is secret and whether it is known.
// Plain values.
#pragma once

#include <map>
#include <string>

#include "base/json.h"

namespace davit {

struct Value {
  json::value data;        // null where unknown
  bool sensitive = false;  // stays so through every expression
  bool unknown = false;    // not known before its producer has run

  friend bool operator==(const Value&, const Value&) = default;
};

using ValueMap = std::map<std::string, Value, std::less<>>;

/// type: of a parameter or output (DESIGN.md "Parameters have types"). any is the default.
enum class ValueType { kAny, kString, kNumber, kBool, kList, kMap };
std::string_view ToString(ValueType);
bool TypeFromString(std::string_view name, ValueType* type);
bool HasType(const json::value& value, ValueType type);
/// For messages: "a number", "true or false".
const char* TypeWords(ValueType type);

/// As a process environment variable or inside a text: strings as they are, whole numbers without fraction, JSON for lists and maps,
/// "" for null.
std::string ToText(const json::value& value);
/// JSON with numbers as people write them: the library's own are `2.5E0`.
std::string JsonText(const json::value& value);

/// {"value":…, "sensitive":…}; the data of a sensitive one is left out unless `reveal`.
json::object ToJson(const Value& value, bool reveal);
/// {"name": {"value":…,"sensitive":…}, …}, everything revealed: for sealed blobs only.
json::object ToJson(const ValueMap& values);
ValueMap ValueMapFromJson(const json::object& object);

/// False is "", false, 0, "no", "(unknown)", null (DESIGN 10).
bool IsTruthy(const json::value& value);

}  // namespace davit
