#include "manifest/scalar.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace davit::manifest {
namespace {

constexpr size_t kQuotedBytes = 60;

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

/// All of `digits` in the base, with the sign. nullopt where it is no such number; `too_large` where it does not fit.
std::optional<json::value> Integer(std::string_view digits, int base, bool negative, bool* too_large) {
  if (digits.empty()) return std::nullopt;
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (end != digits.data() + digits.size()) return std::nullopt;
  constexpr uint64_t kLowest = uint64_t{1} << 63;
  if (error == std::errc::result_out_of_range || (negative && number > kLowest)) {
    *too_large = true;
    return std::nullopt;
  }
  if (negative) return json::value(static_cast<int64_t>(~number + 1));
  if (number < kLowest) return json::value(static_cast<int64_t>(number));
  return json::value(number);
}

/// [-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?, which is the float of both dialects.
bool LooksLikeFloat(std::string_view text) {
  size_t at = 0;
  auto digits = [&] {
    const size_t begin = at;
    while (at < text.size() && IsDigit(text[at])) ++at;
    return at - begin;
  };
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  const size_t whole = digits();
  if (at < text.size() && text[at] == '.') {
    ++at;
    if (digits() == 0 && whole == 0) return false;
  } else if (whole == 0) {
    return false;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    if (digits() == 0) return false;
  }
  return at == text.size();
}

tl::unexpected<Error> NoNumber(std::string_view text, const char* what) {
  return Fail(ErrorCode::kInvalidInput, std::string(text.substr(0, kQuotedBytes)) + what,
              "put it in quotes if it is meant as a text");
}

Result<json::value> Float(std::string_view text) {
  const std::string_view unsigned_text = text.front() == '+' ? text.substr(1) : text;
  double number = 0;
  const auto [end, error] = std::from_chars(unsigned_text.data(), unsigned_text.data() + unsigned_text.size(), number);
  if (error != std::errc() || end != unsigned_text.data() + unsigned_text.size()) {
    return NoNumber(text, " is a number that cannot be held");
  }
  return json::value(number);
}

bool IsInfinityOrNan(std::string_view text) {
  if (IsOneOf(text, {".nan", ".NaN", ".NAN"})) return true;
  if (text.front() == '-' || text.front() == '+') text.remove_prefix(1);
  return IsOneOf(text, {".inf", ".Inf", ".INF"});
}

Result<json::value> ReadNumber12(std::string_view text) {
  bool too_large = false;
  std::optional<json::value> number;
  if (text.starts_with("0x")) {
    number = Integer(text.substr(2), 16, false, &too_large);
  } else if (text.starts_with("0o")) {
    number = Integer(text.substr(2), 8, false, &too_large);
  } else {
    const bool sign = text.front() == '-' || text.front() == '+';
    number = Integer(text.substr(sign ? 1 : 0), 10, text.front() == '-', &too_large);
  }
  if (number) return *std::move(number);
  if (too_large) return NoNumber(text, " is a number that is too large to be kept exactly");
  if (LooksLikeFloat(text)) return Float(text);
  return json::value(text);
}

/// As Go's ParseInt with base 0 after the underscores are gone, then its ParseFloat.
Result<json::value> ReadNumber11(std::string_view text) {
  std::string plain;
  if (text.find('_') != std::string_view::npos) {
    plain = text;
    plain.erase(std::remove(plain.begin(), plain.end(), '_'), plain.end());
    if (plain.empty()) return json::value(text);
  }
  const std::string_view number = plain.empty() ? text : std::string_view(plain);
  const bool negative = number.front() == '-';
  std::string_view digits = number.substr(negative || number.front() == '+' ? 1 : 0);
  int base = 10;
  if (digits.size() > 1 && digits.front() == '0') {
    const char letter = static_cast<char>(digits[1] | 0x20);
    base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
    digits.remove_prefix(letter == 'x' || letter == 'b' || letter == 'o' ? 2 : 1);
  }
  bool too_large = false;
  if (std::optional<json::value> value = Integer(digits, base, negative, &too_large)) return *std::move(value);
  if (LooksLikeFloat(number)) return Float(number);  // also a whole number that is too large, as the reference reads it
  return json::value(text);
}

}  // namespace

Dialect DialectOf(std::string_view file_name) {
  const bool old = file_name.ends_with(".yaml") && (file_name.starts_with("hub") || file_name.starts_with("params"));
  return old ? Dialect::kYaml11 : Dialect::kYaml12;
}

bool IsNull(yaml::Node node) {
  if (!node.IsScalar() || node.style() != yaml::Style::kPlain) return false;
  const std::string_view text = node.text();
  return text.empty() || text == "~" || (text.size() == 4 && IsOneOf(text, {"null", "Null", "NULL"}));
}

Result<json::value> ReadPlain(std::string_view text, Dialect dialect) {
  if (text.empty()) return json::value(nullptr);
  const char first = text.front();
  const bool number = IsDigit(first) || first == '-' || first == '+' || first == '.';
  if (!number && std::string_view("~nNtTfFyYoO").find(first) == std::string_view::npos) return json::value(text);
  if (number) {
    if (text.size() <= 5 && IsInfinityOrNan(text)) return NoNumber(text, " is no number that a value can have");
    return dialect == Dialect::kYaml11 ? ReadNumber11(text) : ReadNumber12(text);
  }
  if (text.size() > 5) return json::value(text);
  if (IsOneOf(text, {"~", "null", "Null", "NULL"})) return json::value(nullptr);
  if (IsOneOf(text, {"true", "True", "TRUE"})) return json::value(true);
  if (IsOneOf(text, {"false", "False", "FALSE"})) return json::value(false);
  if (dialect == Dialect::kYaml11) {
    if (IsOneOf(text, {"y", "Y", "yes", "Yes", "YES", "on", "On", "ON"})) return json::value(true);
    if (IsOneOf(text, {"n", "N", "no", "No", "NO", "off", "Off", "OFF"})) return json::value(false);
  }
  return json::value(text);
}

Result<json::value> ReadValue(yaml::Node node, Dialect dialect) {
  if (node.IsScalar()) {
    if (node.style() != yaml::Style::kPlain) return json::value(node.text());
    Result<json::value> value = ReadPlain(node.text(), dialect);
    if (!value) value.error().position = node.pos();
    return value;
  }
  if (node.IsSequence()) {
    json::array list;
    list.reserve(node.size());
    for (size_t i = 0; i < node.size(); ++i) {
      TRY_ASSIGN(json::value item, ReadValue(node.item(i), dialect));
      list.push_back(std::move(item));
    }
    return json::value(std::move(list));
  }
  json::object map;
  map.reserve(node.size());
  for (size_t i = 0; i < node.size(); ++i) {
    TRY_ASSIGN(json::value item, ReadValue(node.value(i), dialect));
    map.emplace(node.key(i), std::move(item));
  }
  return json::value(std::move(map));
}

std::optional<json::value> TextAs(const std::string& text, ValueType type) {
  switch (type) {
    case ValueType::kAny:
    case ValueType::kString:
      return json::value(text);
    case ValueType::kNumber:
    case ValueType::kBool: {
      const bool number = type == ValueType::kNumber;
      const Result<json::value> value = ReadPlain(Trim(text), number ? Dialect::kYaml12 : Dialect::kYaml11);
      if (value && HasType(*value, type)) return *value;
      return std::nullopt;
    }
    case ValueType::kList:
    case ValueType::kMap: {
      Result<json::value> value = ParseJson(text);
      if (value && HasType(*value, type)) return *std::move(value);
      return std::nullopt;
    }
  }
  return std::nullopt;
}

std::string Quoted(std::string_view text) {
  if (text.size() <= kQuotedBytes) return '"' + std::string(text) + '"';
  return '"' + ValidUtf8(text.substr(0, kQuotedBytes)) + "…\"";
}

std::string Describe(const json::value& value) {
  if (value.is_null()) return "nothing";
  if (value.is_array()) return "a list";
  if (value.is_object()) return "a mapping";
  if (value.is_bool()) return value.as_bool() ? "true" : "false";
  if (value.is_string()) return "the text " + Quoted(std::string_view(value.as_string()));
  return "the number " + ToText(value);
}

std::string Describe(yaml::Node node, Dialect dialect) {
  if (node.IsSequence()) return "a list";
  if (node.IsMapping()) return "a mapping";
  const Result<json::value> value = ReadValue(node, dialect);
  return value ? Describe(*value) : std::string(node.text().substr(0, kQuotedBytes));
}

}  // namespace davit::manifest
