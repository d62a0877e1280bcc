#include "expr/cel_value.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/digest.h"
#include "expr/cel_time.h"

namespace davit::cel {
namespace {

constexpr int kMaxDepth = 256;  // of data that is read

double AsDouble(const Value& value) {
  if (value.Is(Kind::kInt)) return static_cast<double>(value.integer());
  if (value.Is(Kind::kUint)) return static_cast<double>(value.uinteger());
  return value.number();
}

template <typename T>
int Order(const T& a, const T& b) {
  return a < b ? -1 : b < a ? 1 : 0;
}

/// By what the numbers mean; an int or uint beside a double is taken as a double, as the reference implementations do.
int OrderOfNumbers(const Value& a, const Value& b, bool* ordered) {
  if (a.kind() == b.kind() && !a.Is(Kind::kDouble))
    return a.Is(Kind::kInt) ? Order(a.integer(), b.integer()) : Order(a.uinteger(), b.uinteger());
  if (a.Is(Kind::kInt) && b.Is(Kind::kUint))
    return a.integer() < 0 ? -1 : Order(static_cast<uint64_t>(a.integer()), b.uinteger());
  if (a.Is(Kind::kUint) && b.Is(Kind::kInt)) return -OrderOfNumbers(b, a, ordered);
  const double left = AsDouble(a);
  const double right = AsDouble(b);
  *ordered = !std::isnan(left) && !std::isnan(right);
  return Order(left, right);
}

Value EqualLists(const List& a, const List& b, size_t at) {
  if (a.size() != b.size()) return Value::Of(false);
  Value stopped = Value::Of(true);
  for (size_t i = 0; i < a.size(); ++i) {
    Value same = Equal(a[i], b[i], at);
    if (same.Stops()) {
      stopped = std::move(same);
    } else if (!same.boolean()) {
      return same;
    }
  }
  return stopped;
}

Value EqualMaps(const Map& a, const Map& b, size_t at) {
  if (a.size() != b.size()) return Value::Of(false);
  Value stopped = Value::Of(true);
  for (const auto& [key, value] : a) {
    const Value* other = FindKey(b, key);
    if (other == nullptr) return Value::Of(false);
    Value same = Equal(value, *other, at);
    if (same.Stops()) {
      stopped = std::move(same);
    } else if (!same.boolean()) {
      return same;
    }
  }
  return stopped;
}

void Weigh(const Value& value, Weighed what, size_t most, size_t& weight) {
  if (value.Is(Kind::kString)) weight += value.text().size() / 8;
  if (value.Is(Kind::kBytes)) weight += value.bytes().size() / 8;
  if (value.Is(Kind::kList)) {
    weight += value.list().size();
    for (const Value& item : value.list()) {
      if (weight > most) return;
      Weigh(item, what, most, weight);
    }
  }
  if (value.Is(Kind::kMap)) {
    const size_t entries = value.map().size();
    weight += what == Weighed::kComparing ? entries * (1 + entries / 8) : entries;  // each key is searched
    for (const auto& [key, item] : value.map()) {
      if (weight > most) return;
      Weigh(item, what, most, weight);
    }
  }
}

std::string KeyText(const Value& key) {
  switch (key.kind()) {
    case Kind::kBool:
      return key.boolean() ? "true" : "false";
    case Kind::kInt:
      return std::to_string(key.integer());
    case Kind::kUint:
      return std::to_string(key.uinteger());
    default:
      return key.text();
  }
}

tl::unexpected<Error> NotTyped(const char* what) {
  return Fail(ErrorCode::kInvalidInput, std::string("not a typed value: ") + what,
              R"(write it as {"int": "5"}, {"string": "a"}, {"list": […]}, {"map": [[key, value], …]})");
}

Result<Value> ReadTyped(const json::value& data, int depth);

Result<Value> ReadTypedItems(const std::string_view kind, const json::array& items, int depth) {
  List list;
  Map map;
  for (const json::value& item : items) {
    if (kind == "list") {
      TRY_ASSIGN(Value value, ReadTyped(item, depth));
      list.push_back(std::move(value));
      continue;
    }
    const json::array* pair = item.if_array();
    if (pair == nullptr || pair->size() != 2) return NotTyped("an entry of a map is [key, value]");
    TRY_ASSIGN(Value key, ReadTyped((*pair)[0], depth));
    TRY_ASSIGN(Value value, ReadTyped((*pair)[1], depth));
    map.emplace_back(std::move(key), std::move(value));
  }
  return kind == "list" ? Value::OfList(std::move(list)) : Value::OfMap(std::move(map));
}

template <typename T>
Result<Value> ReadInteger(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return NotTyped("a whole number that fits is expected");
  return Value::Of(number);
}

Result<Value> ReadTyped(const json::value& data, int depth) {
  if (depth > kMaxDepth) return NotTyped("nested too deeply");
  const json::object* object = data.if_object();
  if (object == nullptr || object->size() != 1) return NotTyped("an object with one key, the kind, is expected");
  const std::string_view kind = object->begin()->key();
  const json::value& of = object->begin()->value();
  const json::string* text = of.if_string();
  const std::string_view words = text != nullptr ? std::string_view(*text) : std::string_view();
  if (kind == "null" && of.is_null()) return Value();
  if (kind == "bool" && of.is_bool()) return Value::Of(of.get_bool());
  if (kind == "double" && of.is_number()) return Value::Of(of.to_number<double>());
  if ((kind == "list" || kind == "map") && of.is_array()) return ReadTypedItems(kind, of.get_array(), depth + 1);
  if (text == nullptr) return NotTyped("what stands under its kind does not fit");
  if (kind == "int") return ReadInteger<int64_t>(words);
  if (kind == "uint") return ReadInteger<uint64_t>(words);
  if (kind == "double") {
    if (words == "NaN") return Value::Of(std::nan(""));
    if (words == "Infinity") return Value::Of(HUGE_VAL);
    if (words == "-Infinity") return Value::Of(-HUGE_VAL);
    return NotTyped("a double is a number, NaN, Infinity or -Infinity");
  }
  if (kind == "string") return Value::OfString(std::string(words));
  if (kind == "type") return Value::OfType(std::string(words));
  if (kind == "bytes") {
    if (std::optional<std::string> bytes = FromBase64(words)) return Value::OfBytes(std::move(*bytes));
    return NotTyped("bytes are base64");
  }
  if (kind == "timestamp") {
    if (const std::optional<Timestamp> time = ParseTimestamp(words)) return Value::Of(*time);
    return NotTyped("a timestamp is as in RFC 3339");
  }
  if (kind == "duration") {
    if (const std::optional<Duration> duration = ParseDuration(words)) return Value::Of(*duration);
    return NotTyped("a duration is a number of seconds and an s");
  }
  return NotTyped("there is no such kind");
}

}  // namespace

size_t WeightOf(const Value& value, Weighed what, size_t most) {
  size_t weight = 0;
  Weigh(value, what, most, weight);
  return weight;
}

std::string_view TypeName(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull:
      return "null_type";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return "int";
    case Kind::kUint:
      return "uint";
    case Kind::kDouble:
      return "double";
    case Kind::kString:
      return "string";
    case Kind::kBytes:
      return "bytes";
    case Kind::kList:
      return "list";
    case Kind::kMap:
      return "map";
    case Kind::kTimestamp:
      return "google.protobuf.Timestamp";
    case Kind::kDuration:
      return "google.protobuf.Duration";
    case Kind::kType:
      return "type";
    case Kind::kUnknown:
      return "unknown";
    case Kind::kError:
      return "error";
  }
  return "";
}

std::string KindWords(const Value& value) {
  const std::string name(TypeName(value));
  return (name.starts_with('i') ? "an " : "a ") + name;
}

Value Equal(const Value& a, const Value& b, size_t at) {
  if (a.Stops()) return a;
  if (b.Stops()) return b;
  bool ordered = true;
  if (a.IsNumber() && b.IsNumber()) return Value::Of(OrderOfNumbers(a, b, &ordered) == 0 && ordered);
  if (a.kind() != b.kind()) return Value::Of(false);
  switch (a.kind()) {
    case Kind::kNull:
      return Value::Of(true);
    case Kind::kList:
      return EqualLists(a.list(), b.list(), at);
    case Kind::kMap:
      return EqualMaps(a.map(), b.map(), at);
    case Kind::kType:
      return Value::Of(a.type() == b.type());
    default: {
      const Value order = Compare(a, b, at, &ordered);
      return order.Stops() ? order : Value::Of(order.integer() == 0);
    }
  }
}

Value Compare(const Value& a, const Value& b, size_t at, bool* ordered) {
  *ordered = true;
  auto result = [](int order) { return Value::Of(static_cast<int64_t>(order)); };
  if (a.IsNumber() && b.IsNumber()) return result(OrderOfNumbers(a, b, ordered));
  if (a.kind() == b.kind()) {
    switch (a.kind()) {
      case Kind::kBool:
        return result(Order(a.boolean(), b.boolean()));
      case Kind::kString:
        return result(Order(a.text(), b.text()));  // UTF-8 sorts as its code points do
      case Kind::kBytes:
        return result(Order(a.bytes(), b.bytes()));
      case Kind::kDuration:
        return result(Order(a.duration().nanos, b.duration().nanos));
      case Kind::kTimestamp: {
        const Timestamp x = a.timestamp();
        const Timestamp y = b.timestamp();
        return result(x.seconds != y.seconds ? Order(x.seconds, y.seconds) : Order(x.nanos, y.nanos));
      }
      default:
        break;
    }
  }
  return Value::OfError(KindWords(a) + " and " + KindWords(b) + " have no order", at);
}

const Value* FindKey(const Map& map, const Value& key) {
  for (const auto& [candidate, value] : map) {
    const Value same = Equal(candidate, key, 0);
    if (!same.Stops() && same.boolean()) return &value;
  }
  return nullptr;
}

Value FromJson(const json::value& data) {
  switch (data.kind()) {
    case json::kind::null:
      return {};
    case json::kind::bool_:
      return Value::Of(data.get_bool());
    case json::kind::int64:
      return Value::Of(data.get_int64());
    case json::kind::uint64:
      return Value::Of(data.get_uint64());  // it does not fit int
    case json::kind::double_:
      return Value::Of(data.get_double());
    case json::kind::string:
      return Value::OfString(std::string(data.get_string()));
    case json::kind::array: {
      List list;
      list.reserve(data.get_array().size());
      for (const json::value& item : data.get_array()) list.push_back(FromJson(item));
      return Value::OfList(std::move(list));
    }
    case json::kind::object: {
      Map map;
      map.reserve(data.get_object().size());
      for (const auto& [key, value] : data.get_object())
        map.emplace_back(Value::OfString(std::string(key)), FromJson(value));
      return Value::OfMap(std::move(map));
    }
  }
  return {};
}

Result<json::value> ToJson(const Value& value) {
  switch (value.kind()) {
    case Kind::kNull:
    case Kind::kUnknown:
      return json::value();
    case Kind::kBool:
      return json::value(value.boolean());
    case Kind::kInt:
      return json::value(value.integer());
    case Kind::kUint:
      return json::value(value.uinteger());
    case Kind::kDouble:
      if (!std::isfinite(value.number()))
        return Fail(ErrorCode::kInvalidInput, "the result is no finite number, which no parameter can hold");
      return json::value(value.number());
    case Kind::kString:
      return json::value(value.text());
    case Kind::kBytes:
      return json::value(ToBase64(value.bytes()));
    case Kind::kTimestamp:
      return json::value(Format(value.timestamp()));
    case Kind::kDuration:
      return json::value(Format(value.duration()));
    case Kind::kList: {
      json::array array;
      for (const Value& item : value.list()) {
        TRY_ASSIGN(json::value data, ToJson(item));
        array.push_back(std::move(data));
      }
      return json::value(std::move(array));
    }
    case Kind::kMap: {
      json::object object;
      for (const auto& [key, item] : value.map()) {
        TRY_ASSIGN(json::value data, ToJson(item));
        object[KeyText(key)] = std::move(data);
      }
      return json::value(std::move(object));
    }
    case Kind::kType:
      return Fail(ErrorCode::kInvalidInput, "the result is the type " + value.type() + ", which no parameter can hold");
    case Kind::kError:
      return Fail(ErrorCode::kInvalidInput, value.error().message);
  }
  return json::value();
}

json::value ToTyped(const Value& value) {
  auto typed = [](std::string_view kind, json::value data) {
    return json::value(json::object{{kind, std::move(data)}});
  };
  switch (value.kind()) {
    case Kind::kNull:
      return typed("null", nullptr);
    case Kind::kBool:
      return typed("bool", value.boolean());
    case Kind::kInt:
      return typed("int", json::value(std::to_string(value.integer())));
    case Kind::kUint:
      return typed("uint", json::value(std::to_string(value.uinteger())));
    case Kind::kDouble:
      if (std::isnan(value.number())) return typed("double", "NaN");
      if (std::isinf(value.number())) return typed("double", value.number() > 0 ? "Infinity" : "-Infinity");
      return typed("double", value.number());
    case Kind::kString:
      return typed("string", json::value(value.text()));
    case Kind::kBytes:
      return typed("bytes", json::value(ToBase64(value.bytes())));
    case Kind::kTimestamp:
      return typed("timestamp", json::value(Format(value.timestamp())));
    case Kind::kDuration:
      return typed("duration", json::value(Format(value.duration())));
    case Kind::kType:
      return typed("type", json::value(value.type()));
    case Kind::kList: {
      json::array array;
      for (const Value& item : value.list()) array.push_back(ToTyped(item));
      return typed("list", std::move(array));
    }
    case Kind::kMap: {
      json::array array;
      for (const auto& [key, item] : value.map()) array.push_back(json::array{ToTyped(key), ToTyped(item)});
      return typed("map", std::move(array));
    }
    case Kind::kUnknown:
      return typed("unknown", nullptr);
    case Kind::kError:
      return typed("error", json::value(value.error().message));
  }
  return nullptr;
}

Result<Value> FromTyped(const json::value& data) {
  return ReadTyped(data, 0);
}

}  // namespace davit::cel
