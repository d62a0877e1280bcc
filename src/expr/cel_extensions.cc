// What the implementations of CEL offer beyond the standard under the same names: texts by characters, math.*, base64.*, strings.quote.
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "base/digest.h"
#include "expr/cel_functions.h"

namespace davit::cel {
namespace {

using Values = std::vector<Value>;

constexpr char kTooLong[] = "too many steps";

Value Wrong(std::string message, size_t at) {
  return Value::OfError(std::move(message), at);
}

Value OfIndex(size_t index) {
  return Value::Of(static_cast<int64_t>(index));
}

// ---- Texts. Places are counted in characters.

/// Where each character of a text begins, and its end.
std::vector<size_t> Places(std::string_view text) {
  std::vector<size_t> places;
  for (size_t i = 0; i < text.size(); ++i) {
    if ((text[i] & 0xC0) != 0x80) places.push_back(i);
  }
  places.push_back(text.size());
  return places;
}

/// A text that may be looked through, `count` arguments at most behind it, each of the kind.
bool Takes(const Values& arguments, std::initializer_list<Kind> kinds, size_t least) {
  if (arguments.size() < least || arguments.size() > kinds.size()) return false;
  return std::equal(arguments.begin(), arguments.end(), kinds.begin(),
                    [](const Value& argument, Kind kind) { return argument.Is(kind); });
}

Value BadPlace(int64_t place, size_t at) {
  return Wrong("the text has no place " + std::to_string(place), at);
}

Value CharAt(Calls& calls, const Values& arguments, size_t at) {
  if (!Takes(arguments, {Kind::kString, Kind::kInt}, 2)) return NoOverload("charAt", arguments, at);
  const std::string& text = arguments[0].text();
  if (!calls.Spend(text.size())) return Wrong(kTooLong, at);
  const std::vector<size_t> places = Places(text);
  const int64_t place = arguments[1].integer();
  if (place < 0 || place >= static_cast<int64_t>(places.size())) return BadPlace(place, at);
  const auto index = static_cast<size_t>(place);
  if (index + 1 == places.size()) return Value::OfString("");
  return Value::OfString(text.substr(places[index], places[index + 1] - places[index]));
}

template <bool last>
Value IndexOf(Calls& calls, const Values& arguments, size_t at) {
  if (!Takes(arguments, {Kind::kString, Kind::kString, Kind::kInt}, 2))
    return NoOverload(last ? "lastIndexOf" : "indexOf", arguments, at);
  const std::string& text = arguments[0].text();
  const std::string& part = arguments[1].text();
  if (!calls.Spend(text.size())) return Wrong(kTooLong, at);
  const std::vector<size_t> places = Places(text);
  int64_t from = last ? static_cast<int64_t>(places.size()) - 1 : 0;
  if (arguments.size() == 3) {
    from = arguments[2].integer();
    if (from < 0 || from >= static_cast<int64_t>(places.size())) return BadPlace(from, at);
  }
  const size_t begin = places[static_cast<size_t>(from)];
  const size_t found = last ? text.rfind(part, begin) : text.find(part, begin);
  if (found == std::string::npos) return Value::Of(int64_t{-1});
  return OfIndex(static_cast<size_t>(std::lower_bound(places.begin(), places.end(), found) - places.begin()));
}

Value Substring(Calls& calls, const Values& arguments, size_t at) {
  if (!Takes(arguments, {Kind::kString, Kind::kInt, Kind::kInt}, 2)) return NoOverload("substring", arguments, at);
  const std::string& text = arguments[0].text();
  if (!calls.Spend(text.size())) return Wrong(kTooLong, at);
  const std::vector<size_t> places = Places(text);
  const auto size = static_cast<int64_t>(places.size()) - 1;
  const int64_t begin = arguments[1].integer();
  const int64_t end = arguments.size() == 3 ? arguments[2].integer() : size;
  if (begin < 0 || begin > size) return BadPlace(begin, at);
  if (end < 0 || end > size) return BadPlace(end, at);
  if (begin > end) return Wrong("the end of the part lies before its begin", at);
  const size_t first = places[static_cast<size_t>(begin)];
  return Value::OfString(text.substr(first, places[static_cast<size_t>(end)] - first));
}

template <char first, char last, int shift>
Value Casing(Calls& calls, const Values& arguments, size_t at) {
  if (!Takes(arguments, {Kind::kString}, 1)) return NoOverload("a change of case", arguments, at);
  std::string text = arguments[0].text();
  if (!calls.Spend(text.size() / 8)) return Wrong(kTooLong, at);
  for (char& c : text) {
    if (c >= first && c <= last) c = static_cast<char>(c + shift);
  }
  return Value::OfString(std::move(text));
}

Value Replace(Calls& calls, const Values& arguments, size_t at) {
  if (!Takes(arguments, {Kind::kString, Kind::kString, Kind::kString, Kind::kInt}, 3))
    return NoOverload("replace", arguments, at);
  const std::string& text = arguments[0].text();
  const std::string& old_part = arguments[1].text();
  const std::string& new_part = arguments[2].text();
  int64_t left = arguments.size() == 4 ? arguments[3].integer() : -1;
  std::string result;
  size_t from = 0;
  while (left != 0 && from <= text.size()) {
    const size_t found = text.find(old_part, from);
    if (found == std::string::npos) break;
    if (!calls.Spend(1 + (found - from + new_part.size()) / 8)) return Wrong(kTooLong, at);
    result.append(text, from, found - from).append(new_part);
    // An empty part stands between all characters.
    size_t next = found + old_part.size();
    if (old_part.empty()) {
      do {
        if (next < text.size()) result.push_back(text[next]);
        ++next;
      } while (next < text.size() && (text[next] & 0xC0) == 0x80);
    }
    from = next;
    if (left > 0) --left;
  }
  if (from < text.size()) result.append(text, from);
  return Value::OfString(std::move(result));
}

Value SplitText(Calls& calls, const Values& arguments, size_t at) {
  if (!Takes(arguments, {Kind::kString, Kind::kString, Kind::kInt}, 2)) return NoOverload("split", arguments, at);
  const std::string& text = arguments[0].text();
  const std::string& separator = arguments[1].text();
  if (!calls.Spend(text.size())) return Wrong(kTooLong, at);
  const int64_t limit = arguments.size() == 3 ? arguments[2].integer() : -1;
  List parts;
  if (limit == 0) return Value::OfList(std::move(parts));
  const std::vector<size_t> places = separator.empty() ? Places(text) : std::vector<size_t>();
  size_t from = 0;
  for (size_t i = 1; limit < 0 || static_cast<int64_t>(parts.size()) + 1 < limit; ++i) {
    const size_t found =
        separator.empty() ? (i + 1 < places.size() ? places[i] : std::string::npos) : text.find(separator, from);
    if (found == std::string::npos) break;
    parts.push_back(Value::OfString(text.substr(from, found - from)));
    from = found + separator.size();
  }
  if (!separator.empty() || !text.empty()) parts.push_back(Value::OfString(text.substr(from)));
  return Value::OfList(std::move(parts));
}

Value JoinTexts(Calls& calls, const Values& arguments, size_t at) {
  if (!Takes(arguments, {Kind::kList, Kind::kString}, 1)) return NoOverload("join", arguments, at);
  std::string joined;
  for (const Value& part : arguments[0].list()) {
    if (!part.Is(Kind::kString)) return NoOverload("join", {part}, at);
    if (!calls.Spend(1 + part.text().size() / 8)) return Wrong(kTooLong, at);
    if (&part != &arguments[0].list().front() && arguments.size() == 2) joined += arguments[1].text();
    joined += part.text();
  }
  return Value::OfString(std::move(joined));
}

/// White space of Unicode, as UTF-8.
bool IsSpace(std::string_view character) {
  static constexpr std::string_view kSpaces[] = {" ",      "\t",     "\n",     "\v",     "\f",     "\r",     "\u0085",
                                                 "\u00a0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004",
                                                 "\u2005", "\u2006", "\u2007", "\u2008", "\u2009", "\u200a", "\u2028",
                                                 "\u2029", "\u202f", "\u205f", "\u3000"};
  return std::find(std::begin(kSpaces), std::end(kSpaces), character) != std::end(kSpaces);
}

Value TrimText(Calls& calls, const Values& arguments, size_t at) {
  if (!Takes(arguments, {Kind::kString}, 1)) return NoOverload("trim", arguments, at);
  const std::string& text = arguments[0].text();
  if (!calls.Spend(text.size())) return Wrong(kTooLong, at);
  const std::vector<size_t> places = Places(text);
  auto character = [&](size_t i) { return std::string_view(text).substr(places[i], places[i + 1] - places[i]); };
  size_t begin = 0;
  size_t end = places.size() - 1;
  while (begin < end && IsSpace(character(begin))) ++begin;
  while (end > begin && IsSpace(character(end - 1))) --end;
  return Value::OfString(text.substr(places[begin], places[end] - places[begin]));
}

Value Reverse(Calls& calls, const Values& arguments, size_t at) {
  if (!Takes(arguments, {Kind::kString}, 1)) return NoOverload("reverse", arguments, at);
  const std::string& text = arguments[0].text();
  if (!calls.Spend(text.size())) return Wrong(kTooLong, at);
  const std::vector<size_t> places = Places(text);
  std::string reversed;
  for (size_t i = places.size() - 1; i-- > 0;) reversed.append(text, places[i], places[i + 1] - places[i]);
  return Value::OfString(std::move(reversed));
}

Value Quote(Calls& calls, const Values& arguments, size_t at) {
  if (!Takes(arguments, {Kind::kString}, 1)) return NoOverload("strings.quote", arguments, at);
  if (!calls.Spend(arguments[0].text().size() / 4)) return Wrong(kTooLong, at);
  static constexpr std::string_view kCharacters = "\a\b\f\n\r\t\v\\\"";
  static constexpr std::string_view kNames = "abfnrtv\\\"";
  std::string quoted = "\"";
  for (const char c : arguments[0].text()) {
    const size_t found = kCharacters.find(c);
    if (found != std::string_view::npos) quoted.push_back('\\');
    quoted.push_back(found != std::string_view::npos ? kNames[found] : c);
  }
  return Value::OfString(quoted + "\"");
}

Value Base64Encode(Calls& calls, const Values& arguments, size_t at) {
  if (!Takes(arguments, {Kind::kBytes}, 1)) return NoOverload("base64.encode", arguments, at);
  if (!calls.Spend(arguments[0].bytes().size() / 8)) return Wrong(kTooLong, at);
  return Value::OfString(ToBase64(arguments[0].bytes()));
}

Value Base64Decode(Calls& calls, const Values& arguments, size_t at) {
  if (!Takes(arguments, {Kind::kString}, 1)) return NoOverload("base64.decode", arguments, at);
  if (!calls.Spend(arguments[0].text().size() / 8)) return Wrong(kTooLong, at);
  std::optional<std::string> bytes = FromBase64(arguments[0].text());
  return bytes ? Value::OfBytes(std::move(*bytes)) : Wrong("this text is no base64", at);
}

// ---- Numbers.

template <bool greatest>
Value Extreme(Calls& calls, const Values& arguments, size_t at) {
  const char* const name = greatest ? "math.greatest" : "math.least";
  const bool list = arguments.size() == 1 && arguments[0].Is(Kind::kList);
  const List& numbers = list ? arguments[0].list() : arguments;
  if (numbers.empty() || !calls.Spend(numbers.size())) return NoOverload(name, arguments, at);
  const Value* found = &numbers[0];
  for (const Value& number : numbers) {
    if (!number.IsNumber()) return NoOverload(name, {number}, at);
    bool ordered = true;
    const Value order = Compare(number, *found, at, &ordered);
    if (greatest ? order.integer() > 0 : order.integer() < 0) found = &number;
  }
  return *found;
}

template <double (*round)(double)>
Value Rounded(Calls&, const Values& arguments, size_t at) {
  if (!Takes(arguments, {Kind::kDouble}, 1)) return NoOverload("a rounding", arguments, at);
  return Value::Of(round(arguments[0].number()));
}

template <bool (*holds)(double)>
Value NumberTest(Calls&, const Values& arguments, size_t at) {
  if (!Takes(arguments, {Kind::kDouble}, 1)) return NoOverload("a test of a double", arguments, at);
  return Value::Of(holds(arguments[0].number()));
}
bool IsNan(double number) {
  return std::isnan(number);
}
bool IsInf(double number) {
  return std::isinf(number);
}
bool IsFinite(double number) {
  return std::isfinite(number);
}

Value Abs(Calls&, const Values& arguments, size_t at) {
  if (arguments.size() != 1 || !arguments[0].IsNumber()) return NoOverload("math.abs", arguments, at);
  const Value& number = arguments[0];
  if (number.Is(Kind::kUint)) return number;
  if (number.Is(Kind::kDouble)) return Value::Of(std::fabs(number.number()));
  if (number.integer() == std::numeric_limits<int64_t>::min()) return Wrong("the result does not fit its type", at);
  return Value::Of(std::abs(number.integer()));
}

Value Sign(Calls&, const Values& arguments, size_t at) {
  if (arguments.size() != 1 || !arguments[0].IsNumber()) return NoOverload("math.sign", arguments, at);
  const Value& number = arguments[0];
  if (number.Is(Kind::kUint)) return Value::Of(uint64_t{number.uinteger() > 0 ? 1U : 0U});
  if (number.Is(Kind::kInt)) return Value::Of(int64_t{number.integer() > 0 ? 1 : number.integer() < 0 ? -1 : 0});
  const double value = number.number();
  return Value::Of(value > 0 ? 1.0 : value < 0 ? -1.0 : value);
}

template <uint64_t (*combine)(uint64_t, uint64_t)>
Value Bits(Calls&, const Values& arguments, size_t at) {
  if (Takes(arguments, {Kind::kInt, Kind::kInt}, 2))
    return Value::Of(static_cast<int64_t>(
        combine(static_cast<uint64_t>(arguments[0].integer()), static_cast<uint64_t>(arguments[1].integer()))));
  if (Takes(arguments, {Kind::kUint, Kind::kUint}, 2))
    return Value::Of(combine(arguments[0].uinteger(), arguments[1].uinteger()));
  return NoOverload("an operator on bits", arguments, at);
}
uint64_t And(uint64_t a, uint64_t b) {
  return a & b;
}
uint64_t Or(uint64_t a, uint64_t b) {
  return a | b;
}
uint64_t Xor(uint64_t a, uint64_t b) {
  return a ^ b;
}

Value BitNot(Calls&, const Values& arguments, size_t at) {
  if (Takes(arguments, {Kind::kInt}, 1)) return Value::Of(~arguments[0].integer());
  if (Takes(arguments, {Kind::kUint}, 1)) return Value::Of(~arguments[0].uinteger());
  return NoOverload("math.bitNot", arguments, at);
}

template <bool left>
Value Shift(Calls&, const Values& arguments, size_t at) {
  const bool is_int = Takes(arguments, {Kind::kInt, Kind::kInt}, 2);
  if (!is_int && !Takes(arguments, {Kind::kUint, Kind::kInt}, 2)) return NoOverload("a shift", arguments, at);
  const int64_t by = arguments[1].integer();
  if (by < 0) return Wrong("a shift goes by 0 or more", at);
  // Bits, not numbers: a sign is not kept.
  const uint64_t bits = is_int ? static_cast<uint64_t>(arguments[0].integer()) : arguments[0].uinteger();
  const uint64_t shifted = by > 63 ? 0 : left ? bits << by : bits >> by;
  return is_int ? Value::Of(static_cast<int64_t>(shifted)) : Value::Of(shifted);
}

struct Entry {
  std::string_view name;
  Function function;
};

constexpr Entry kExtensions[] = {{"math.greatest", Extreme<true>},
                                 {"math.least", Extreme<false>},
                                 {"math.ceil", Rounded<std::ceil>},
                                 {"math.floor", Rounded<std::floor>},
                                 {"math.round", Rounded<std::round>},
                                 {"math.trunc", Rounded<std::trunc>},
                                 {"math.isNaN", NumberTest<IsNan>},
                                 {"math.isInf", NumberTest<IsInf>},
                                 {"math.isFinite", NumberTest<IsFinite>},
                                 {"math.abs", Abs},
                                 {"math.sign", Sign},
                                 {"math.bitAnd", Bits<And>},
                                 {"math.bitOr", Bits<Or>},
                                 {"math.bitXor", Bits<Xor>},
                                 {"math.bitNot", BitNot},
                                 {"math.bitShiftLeft", Shift<true>},
                                 {"math.bitShiftRight", Shift<false>},
                                 {"strings.quote", Quote},
                                 {"base64.encode", Base64Encode},
                                 {"base64.decode", Base64Decode}};

constexpr Entry kReceiverExtensions[] = {{"charAt", CharAt},
                                         {"indexOf", IndexOf<false>},
                                         {"lastIndexOf", IndexOf<true>},
                                         {"substring", Substring},
                                         {"lowerAscii", Casing<'A', 'Z', 32>},
                                         {"upperAscii", Casing<'a', 'z', -32>},
                                         {"replace", Replace},
                                         {"split", SplitText},
                                         {"join", JoinTexts},
                                         {"trim", TrimText},
                                         {"reverse", Reverse}};

template <size_t size>
Function Find(const Entry (&entries)[size], std::string_view name) {
  for (const Entry& entry : entries) {
    if (entry.name == name) return entry.function;
  }
  return nullptr;
}

}  // namespace

Function FindExtension(std::string_view qualified_name) {
  return Find(kExtensions, qualified_name);
}
Function FindReceiverExtension(std::string_view name) {
  return Find(kReceiverExtensions, name);
}

}  // namespace davit::cel
