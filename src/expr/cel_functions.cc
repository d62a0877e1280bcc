// The standard functions of CEL: sizes, texts, conversions, times.
#include "expr/cel_functions.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/text.h"
#include "expr/cel_time.h"

namespace davit::cel {
namespace {

using Values = std::vector<Value>;

constexpr double kIntEnd = 9223372036854775808.0;
constexpr double kUintEnd = 18446744073709551616.0;
constexpr int64_t kRegexMemoryBytes = 8 << 20;
constexpr size_t kRegexSteps = 100;  // of compiling one

Value Wrong(std::string message, size_t at) {
  return Value::OfError(std::move(message), at);
}

bool Fits(const Values& arguments, Kind first, Kind second) {
  return arguments.size() == 2 && arguments[0].Is(first) && arguments[1].Is(second);
}

size_t CodePoints(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

Value Size(Calls& calls, const Values& arguments, size_t at) {
  if (arguments.size() != 1) return NoOverload("size", arguments, at);
  const Value& of = arguments[0];
  auto count = [](size_t size) { return Value::Of(static_cast<int64_t>(size)); };
  switch (of.kind()) {
    case Kind::kString:
      return calls.Spend(of.text().size() / 8) ? count(CodePoints(of.text())) : Wrong("too many steps", at);
    case Kind::kBytes:
      return count(of.bytes().size());
    case Kind::kList:
      return count(of.list().size());
    case Kind::kMap:
      return count(of.map().size());
    default:
      return NoOverload("size", arguments, at);
  }
}

Value TypeOf(Calls&, const Values& arguments, size_t at) {
  return arguments.size() == 1 ? Value::OfType(std::string(TypeName(arguments[0]))) : NoOverload("type", arguments, at);
}
Value Dyn(Calls&, const Values& arguments, size_t at) {
  return arguments.size() == 1 ? arguments[0] : NoOverload("dyn", arguments, at);
}

// ---- Texts.

template <bool (*holds)(const std::string& text, const std::string& part)>
Value TextTest(Calls& calls, const Values& arguments, size_t at) {
  if (!Fits(arguments, Kind::kString, Kind::kString)) return NoOverload("a test of a text", arguments, at);
  if (!calls.Spend(arguments[0].text().size() / 8)) return Wrong("too many steps", at);
  return Value::Of(holds(arguments[0].text(), arguments[1].text()));
}
bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}
bool StartsWith(const std::string& text, const std::string& part) {
  return text.starts_with(part);
}
bool EndsWith(const std::string& text, const std::string& part) {
  return text.ends_with(part);
}

Value Matches(Calls& calls, const Values& arguments, size_t at) {
  if (!Fits(arguments, Kind::kString, Kind::kString)) return NoOverload("matches", arguments, at);
  const std::string& pattern = arguments[1].text();
  if (!calls.Spend(kRegexSteps + pattern.size() + arguments[0].text().size() / 8)) return Wrong("too many steps", at);
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kRegexMemoryBytes);
  const RE2 regex(pattern, options);
  if (!regex.ok()) return Wrong("this is no regular expression: " + regex.error(), at);
  return Value::Of(RE2::PartialMatch(arguments[0].text(), regex));
}

// ---- Conversions.

template <typename T>
std::optional<T> ReadWhole(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

Value NotConverted(const Value& value, const char* to, size_t at) {
  if (value.Is(Kind::kString)) return Wrong("'" + ValidUtf8(value.text()).substr(0, 60) + "' is no " + to, at);
  return Wrong("this " + std::string(TypeName(value)) + " does not fit " + to, at);
}

Value ToInt(Calls&, const Values& arguments, size_t at) {
  if (arguments.size() != 1) return NoOverload("int", arguments, at);
  const Value& from = arguments[0];
  switch (from.kind()) {
    case Kind::kInt:
      return from;
    case Kind::kUint:
      if (from.uinteger() <= INT64_MAX) return Value::Of(static_cast<int64_t>(from.uinteger()));
      break;
    case Kind::kDouble:
      if (from.number() > -kIntEnd && from.number() < kIntEnd) return Value::Of(static_cast<int64_t>(from.number()));
      break;
    case Kind::kString:
      if (const auto number = ReadWhole<int64_t>(from.text())) return Value::Of(*number);
      break;
    case Kind::kTimestamp:
      return Value::Of(from.timestamp().seconds);
    default:
      return NoOverload("int", arguments, at);
  }
  return NotConverted(from, "int", at);
}

Value ToUint(Calls&, const Values& arguments, size_t at) {
  if (arguments.size() != 1) return NoOverload("uint", arguments, at);
  const Value& from = arguments[0];
  switch (from.kind()) {
    case Kind::kUint:
      return from;
    case Kind::kInt:
      if (from.integer() >= 0) return Value::Of(static_cast<uint64_t>(from.integer()));
      break;
    case Kind::kDouble:
      if (from.number() >= 0 && from.number() < kUintEnd) return Value::Of(static_cast<uint64_t>(from.number()));
      break;
    case Kind::kString:
      if (const auto number = ReadWhole<uint64_t>(from.text())) return Value::Of(*number);
      break;
    default:
      return NoOverload("uint", arguments, at);
  }
  return NotConverted(from, "uint", at);
}

Value ToDouble(Calls&, const Values& arguments, size_t at) {
  if (arguments.size() != 1) return NoOverload("double", arguments, at);
  const Value& from = arguments[0];
  switch (from.kind()) {
    case Kind::kDouble:
      return from;
    case Kind::kInt:
      return Value::Of(static_cast<double>(from.integer()));
    case Kind::kUint:
      return Value::Of(static_cast<double>(from.uinteger()));
    case Kind::kString:
      if (const auto number = ReadWhole<double>(from.text())) return Value::Of(*number);
      return NotConverted(from, "double", at);
    default:
      return NoOverload("double", arguments, at);
  }
}

Value ToBool(Calls&, const Values& arguments, size_t at) {
  if (arguments.size() != 1) return NoOverload("bool", arguments, at);
  const Value& from = arguments[0];
  if (from.Is(Kind::kBool)) return from;
  if (!from.Is(Kind::kString)) return NoOverload("bool", arguments, at);
  for (const std::string_view word : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (from.text() == word) return Value::Of(true);
  }
  for (const std::string_view word : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (from.text() == word) return Value::Of(false);
  }
  return NotConverted(from, "bool", at);
}

Value ToText(Calls&, const Values& arguments, size_t at) {
  if (arguments.size() != 1) return NoOverload("string", arguments, at);
  const Value& from = arguments[0];
  switch (from.kind()) {
    case Kind::kString:
      return from;
    case Kind::kBool:
      return Value::OfString(from.boolean() ? "true" : "false");
    case Kind::kInt:
      return Value::OfString(std::to_string(from.integer()));
    case Kind::kUint:
      return Value::OfString(std::to_string(from.uinteger()));
    case Kind::kDouble:
      return Value::OfString(TextOf(from.number()));
    case Kind::kTimestamp:
      return Value::OfString(Format(from.timestamp()));
    case Kind::kDuration:
      return Value::OfString(Format(from.duration()));
    case Kind::kBytes:
      if (ValidUtf8(from.bytes()) != from.bytes()) return Wrong("these bytes are no UTF-8", at);
      return Value::OfString(from.bytes());
    default:
      return NoOverload("string", arguments, at);
  }
}

Value ToBytes(Calls&, const Values& arguments, size_t at) {
  if (arguments.size() == 1 && arguments[0].Is(Kind::kBytes)) return arguments[0];
  if (arguments.size() == 1 && arguments[0].Is(Kind::kString)) return Value::OfBytes(arguments[0].text());
  return NoOverload("bytes", arguments, at);
}

Value ToTimestamp(Calls&, const Values& arguments, size_t at) {
  if (arguments.size() != 1) return NoOverload("timestamp", arguments, at);
  const Value& from = arguments[0];
  std::optional<Timestamp> time;
  if (from.Is(Kind::kTimestamp)) return from;
  if (from.Is(Kind::kString)) {
    time = ParseTimestamp(from.text());
  } else if (from.Is(Kind::kInt)) {
    time = TimestampOf(from.integer(), 0);
  } else {
    return NoOverload("timestamp", arguments, at);
  }
  return time ? Value::Of(*time) : NotConverted(from, "timestamp", at);
}

Value ToDuration(Calls&, const Values& arguments, size_t at) {
  if (arguments.size() == 1 && arguments[0].Is(Kind::kDuration)) return arguments[0];
  if (arguments.size() != 1 || !arguments[0].Is(Kind::kString)) return NoOverload("duration", arguments, at);
  const std::optional<Duration> duration = ParseDuration(arguments[0].text());
  return duration ? Value::Of(*duration) : NotConverted(arguments[0], "duration", at);
}

// ---- Parts of times.

enum class Part {
  kFullYear,
  kMonth,
  kDayOfYear,
  kDate,
  kDayOfMonth,
  kDayOfWeek,
  kHours,
  kMinutes,
  kSeconds,
  kMilliseconds
};

int64_t PartOf(const CivilTime& civil, int64_t milliseconds, Part part) {
  switch (part) {
    case Part::kFullYear:
      return civil.year;
    case Part::kMonth:
      return civil.month - 1;
    case Part::kDayOfYear:
      return civil.day_of_year;
    case Part::kDate:
      return civil.day;
    case Part::kDayOfMonth:
      return civil.day - 1;
    case Part::kDayOfWeek:
      return civil.day_of_week;
    case Part::kHours:
      return civil.hour;
    case Part::kMinutes:
      return civil.minute;
    case Part::kSeconds:
      return civil.second;
    case Part::kMilliseconds:
      return milliseconds;
  }
  return 0;
}

template <Part part>
Value GetPart(Calls&, const Values& arguments, size_t at) {
  if (arguments.size() == 1 && arguments[0].Is(Kind::kDuration)) {
    constexpr int64_t kMillisecond = 1'000'000;
    const int64_t nanos = arguments[0].duration().nanos;
    if (part == Part::kHours) return Value::Of(nanos / (3'600'000 * kMillisecond));
    if (part == Part::kMinutes) return Value::Of(nanos / (60'000 * kMillisecond));
    if (part == Part::kSeconds) return Value::Of(nanos / (1000 * kMillisecond));
    if (part == Part::kMilliseconds) return Value::Of(nanos / kMillisecond % 1000);
  }
  const bool zoned = Fits(arguments, Kind::kTimestamp, Kind::kString);
  if (!zoned && !(arguments.size() == 1 && arguments[0].Is(Kind::kTimestamp)))
    return NoOverload("a part of a time", arguments, at);
  const Timestamp time = arguments[0].timestamp();
  const std::optional<CivilTime> civil = InZone(time, zoned ? arguments[1].text() : "");
  if (!civil) return Wrong("there is no time zone '" + ValidUtf8(arguments[1].text()).substr(0, 60) + "'", at);
  return Value::Of(PartOf(*civil, time.nanos / 1'000'000, part));
}

struct Entry {
  std::string_view name;
  Function function;
  bool global;
  bool receiver;
};

constexpr Entry kFunctions[] = {{"size", Size, true, true},
                                {"type", TypeOf, true, false},
                                {"dyn", Dyn, true, false},
                                {"int", ToInt, true, false},
                                {"uint", ToUint, true, false},
                                {"double", ToDouble, true, false},
                                {"bool", ToBool, true, false},
                                {"string", ToText, true, false},
                                {"bytes", ToBytes, true, false},
                                {"timestamp", ToTimestamp, true, false},
                                {"duration", ToDuration, true, false},
                                {"matches", Matches, true, true},
                                {"contains", TextTest<Contains>, false, true},
                                {"startsWith", TextTest<StartsWith>, false, true},
                                {"endsWith", TextTest<EndsWith>, false, true},
                                {"getFullYear", GetPart<Part::kFullYear>, false, true},
                                {"getMonth", GetPart<Part::kMonth>, false, true},
                                {"getDayOfYear", GetPart<Part::kDayOfYear>, false, true},
                                {"getDate", GetPart<Part::kDate>, false, true},
                                {"getDayOfMonth", GetPart<Part::kDayOfMonth>, false, true},
                                {"getDayOfWeek", GetPart<Part::kDayOfWeek>, false, true},
                                {"getHours", GetPart<Part::kHours>, false, true},
                                {"getMinutes", GetPart<Part::kMinutes>, false, true},
                                {"getSeconds", GetPart<Part::kSeconds>, false, true},
                                {"getMilliseconds", GetPart<Part::kMilliseconds>, false, true}};

}  // namespace

std::string TextOf(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "+Inf" : "-Inf";
  char text[40];
  const auto written = std::to_chars(text, text + sizeof text, number, std::chars_format::general);
  return {text, written.ptr};
}

Function FindFunction(std::string_view name, bool receiver) {
  if (!receiver) {
    if (const Function function = FindOperator(name)) return function;
  }
  for (const Entry& entry : kFunctions) {
    if (entry.name == name && (receiver ? entry.receiver : entry.global)) return entry.function;
  }
  return receiver ? FindReceiverExtension(name) : nullptr;
}

Value NoOverload(std::string_view name, const Values& arguments, size_t at) {
  std::string kinds;
  for (const Value& argument : arguments) kinds += (kinds.empty() ? "" : ", ") + std::string(TypeName(argument));
  return Wrong("'" + std::string(name) + "' does not take (" + kinds + ")", at);
}

}  // namespace davit::cel
