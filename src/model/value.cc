#include "model/value.h"

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace davit {

std::string_view ToString(ValueType type) {
  switch (type) {
    case ValueType::kAny:
      return "any";
    case ValueType::kString:
      return "string";
    case ValueType::kNumber:
      return "number";
    case ValueType::kBool:
      return "bool";
    case ValueType::kList:
      return "list";
    case ValueType::kMap:
      return "map";
  }
  return "any";
}

bool TypeFromString(std::string_view name, ValueType* type) {
  for (ValueType candidate :
       {ValueType::kAny, ValueType::kString, ValueType::kNumber, ValueType::kBool, ValueType::kList, ValueType::kMap}) {
    if (ToString(candidate) == name) {
      *type = candidate;
      return true;
    }
  }
  return false;
}

bool HasType(const json::value& value, ValueType type) {
  switch (type) {
    case ValueType::kAny:
      return true;
    case ValueType::kString:
      return value.is_string();
    case ValueType::kNumber:
      return value.is_number();
    case ValueType::kBool:
      return value.is_bool();
    case ValueType::kList:
      return value.is_array();
    case ValueType::kMap:
      return value.is_object();
  }
  return false;
}

namespace {

std::string TextOf(double number) {
  if (std::abs(number) < 9e15 && number == std::floor(number)) return std::to_string(static_cast<int64_t>(number));
  char exact[32];
  for (int digits = 6; digits <= 17; ++digits) {
    std::snprintf(exact, sizeof exact, "%.*g", digits, number);
    if (std::strtod(exact, nullptr) == number) break;
  }
  return exact;
}

void AddJson(const json::value& value, std::string& text) {
  const char* between = "";
  if (const json::array* items = value.if_array()) {
    text += '[';
    for (const json::value& item : *items) {
      text += std::exchange(between, ",");
      AddJson(item, text);
    }
    text += ']';
  } else if (const json::object* object = value.if_object()) {
    text += '{';
    for (const auto& item : *object) {
      text += std::exchange(between, ",") + json::serialize(json::value(item.key())) + ":";
      AddJson(item.value(), text);
    }
    text += '}';
  } else {
    text += value.is_double() ? TextOf(value.as_double()) : json::serialize(value);
  }
}

}  // namespace

std::string ToText(const json::value& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return std::string(value.as_string());
  return JsonText(value);
}

std::string JsonText(const json::value& value) {
  std::string text;
  AddJson(value, text);
  return text;
}

json::object ToJson(const Value& value, bool reveal) {
  json::object object;
  if (!value.sensitive || reveal) object["value"] = value.data;
  object["sensitive"] = value.sensitive;
  return object;
}

json::object ToJson(const ValueMap& values) {
  json::object object;
  for (const auto& [name, value] : values) object[name] = ToJson(value, true);
  return object;
}

ValueMap ValueMapFromJson(const json::object& object) {
  ValueMap values;
  for (const auto& item : object) {
    if (!item.value().is_object()) continue;
    Value value;
    if (const json::value* data = item.value().as_object().if_contains("value")) value.data = *data;
    value.sensitive = GetBool(item.value().as_object(), "sensitive");
    values.emplace(item.key(), std::move(value));
  }
  return values;
}

bool IsTruthy(const json::value& value) {
  const std::string text = ToText(value);
  return !(text.empty() || text == "false" || text == "0" || text == "no" || text == "(unknown)");
}

const char* TypeWords(ValueType type) {
  switch (type) {
    case ValueType::kAny:
      return "anything";
    case ValueType::kString:
      return "a text";
    case ValueType::kNumber:
      return "a number";
    case ValueType::kBool:
      return "true or false";
    case ValueType::kList:
      return "a list";
    case ValueType::kMap:
      return "a map";
  }
  return "";
}

}  // namespace davit
