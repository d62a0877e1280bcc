#include "yaml/emit.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>

#include "base/text.h"

namespace davit::yaml {
namespace {

constexpr size_t kMostOfSimpleKey = 1000;  // libyaml and others refuse more than 1024 characters

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}

/// What some reader would take for something else than a text: a number of any base, a time, a version with one dot.
bool LooksLikeNumber(std::string_view text) {
  size_t i = text.front() == '-' || text.front() == '+' ? 1 : 0;
  if (i < text.size() && text[i] == '.') ++i;
  if (i == text.size() || !IsDigit(text[i])) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return IsDigit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') ||
           std::string_view("xXoOtTzZ_.,:+- ").find(c) != std::string_view::npos;
  });
}

bool IsWord(std::string_view text) {
  if (text.size() > 5) return false;
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  static constexpr std::array<std::string_view, 16> kWords = {
      "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", ".inf", "+.inf", "-.inf", ".nan", "=", "<<"};
  return std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
}

}  // namespace

bool IsPlainText(std::string_view text) {
  if (text.empty() || IsWord(text) || LooksLikeNumber(text)) return false;
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const char first = text.front();
  if (!letter(first) && !IsDigit(first) && first != '/' && first != '_' && first != '$' && first != '.') return false;
  if (text.back() == ' ' || text.back() == ':') return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (letter(c) || IsDigit(c)) continue;
    if (std::string_view("/_.-+@=%$(){}[]!?*;~^ :|<>,'").find(c) == std::string_view::npos) return false;
    if (c == ':' && text[i + 1] == ' ') return false;
  }
  return true;
}

namespace {

std::string Quoted(std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out = "\"";
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text[i];
    } else if (byte == '\n') {
      out += "\\n";
    } else if (byte == '\t') {
      out += "\\t";
    } else if (byte == '\r') {
      out += "\\r";
    } else if (byte < 0x20 || byte == 0x7F) {
      out += "\\x";
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    } else if (byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) {  // U+0080 to U+009F
      const auto second = static_cast<unsigned char>(text[++i]);
      out += "\\x";
      out += kHex[second >> 4];
      out += kHex[second & 15];
    } else if (text.substr(i, 3) == "\xE2\x80\xA8" ||
               text.substr(i, 3) == "\xE2\x80\xA9") {  // breaks of lines for some
      out += text[i + 2] == '\xA8' ? "\\L" : "\\P";
      i += 2;
    } else if (text.substr(i, 3) == "\xEF\xBB\xBF") {
      out += "\\uFEFF";
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out + "\"";
}

/// Whether it may be written line by line below `|`.
bool IsLiteral(std::string_view text) {
  if (text.find('\n') == std::string_view::npos || text.front() == ' ' || text.front() == '\n') return false;
  if (text.find_first_not_of("\n ") == std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
}

class Emitter {
 public:
  std::string out;

  void Text(std::string_view raw, size_t indent) {
    const std::string text = ValidUtf8(raw);
    if (IsPlainText(text)) {
      out += text;
    } else if (IsLiteral(text)) {
      Literal(text, indent);
    } else {
      out += Quoted(text);
    }
  }

  /// After a key or a dash: on the same line, or below.
  void Below(const json::value& value, size_t indent, bool after_dash) {
    if (value.is_object() && !value.as_object().empty()) {
      if (!after_dash) out += '\n';
      Mapping(value.as_object(), after_dash ? indent : indent + 2, after_dash);
      return;
    }
    if (value.is_array() && !value.as_array().empty()) {
      if (!after_dash) out += '\n';
      Sequence(value.as_array(), indent, after_dash);
      return;
    }
    if (!after_dash) out += ' ';
    Scalar(value, indent);
    if (out.back() != '\n') out += '\n';
  }

  void Key(std::string_view raw, size_t indent) {
    const std::string key = ValidUtf8(raw);
    const std::string written = IsPlainText(key) ? key : Quoted(key);
    if (written.size() > kMostOfSimpleKey) {
      out += "? " + written + "\n";
      out.append(indent, ' ');
    } else {
      out += written;
    }
    out += ':';
  }

  void Mapping(const json::object& object, size_t indent, bool first_in_place) {
    for (const auto& item : object) {
      if (!first_in_place) out.append(indent, ' ');
      first_in_place = false;
      Key(item.key(), indent);
      Below(item.value(), indent, false);
    }
  }

  /// Begins the line of a pair; the indentation that its value is measured from.
  size_t Pair(std::string_view key, size_t indent, bool as_item) {
    out.append(indent, ' ');
    if (as_item) {
      out += "- ";
      indent += 2;
    }
    Key(key, indent);
    return indent;
  }

  /// Items at the indentation of the key that they belong to, as is usual.
  void Sequence(const json::array& array, size_t indent, bool first_in_place) {
    for (const json::value& item : array) {
      if (!first_in_place) out.append(indent, ' ');
      first_in_place = false;
      out += "- ";
      Below(item, indent + 2, true);
    }
  }

  void Scalar(const json::value& value, size_t indent) {
    switch (value.kind()) {
      case json::kind::null:
        out += "null";
        break;
      case json::kind::bool_:
        out += value.get_bool() ? "true" : "false";
        break;
      case json::kind::int64:
        out += std::to_string(value.get_int64());
        break;
      case json::kind::uint64:
        out += std::to_string(value.get_uint64());
        break;
      case json::kind::double_:
        Double(value.get_double());
        break;
      case json::kind::string:
        Text(value.get_string(), indent);
        break;
      case json::kind::array:
        out += "[]";
        break;
      case json::kind::object:
        out += "{}";
        break;
    }
  }

 private:
  void Literal(std::string_view text, size_t indent) {
    const size_t last = text.find_last_not_of('\n');
    const size_t breaks = text.size() - 1 - last;
    out += breaks == 0 ? "|-" : breaks == 1 ? "|" : "|+";
    const std::string_view lines = text.substr(0, text.size() - (breaks > 0 ? 1 : 0));
    size_t at = 0;
    while (at <= lines.size()) {
      const size_t end = std::min(lines.find('\n', at), lines.size());
      out += '\n';
      if (end > at) {
        out.append(indent + 2, ' ');
        out += lines.substr(at, end - at);
      }
      at = end + 1;
    }
    out += '\n';
  }

  void Double(double number) {
    if (std::isnan(number)) {
      out += ".nan";
      return;
    }
    if (std::isinf(number)) {
      out += number > 0 ? ".inf" : "-.inf";
      return;
    }
    char digits[40];
    const auto [end, error] = std::to_chars(std::begin(digits), std::end(digits), number);
    std::string text(digits, error == std::errc() ? end : digits);
    // In YAML 1.1 a number with an exponent has a dot.
    const size_t exponent = text.find('e');
    if (exponent != std::string::npos && text.find('.') == std::string::npos) text.insert(exponent, ".0");
    out += text;
  }
};

}  // namespace

std::string EmitYaml(const json::value& value) {
  Emitter emitter;
  if (value.is_object() && !value.as_object().empty()) {
    emitter.Mapping(value.as_object(), 0, false);
  } else if (value.is_array() && !value.as_array().empty()) {
    emitter.Sequence(value.as_array(), 0, false);
  } else {
    emitter.Scalar(value, 0);
    if (emitter.out.back() != '\n') emitter.out += '\n';
  }
  return std::move(emitter.out);
}

void AppendYaml(std::string& out, size_t indent, std::string_view key, const json::value& value, bool as_item) {
  Emitter emitter;
  emitter.out = std::move(out);
  indent = emitter.Pair(key, indent, as_item);
  emitter.Below(value, indent, false);
  out = std::move(emitter.out);
}

void AppendYamlText(std::string& out, size_t indent, std::string_view key, std::string_view text, bool as_item) {
  Emitter emitter;
  emitter.out = std::move(out);
  indent = emitter.Pair(key, indent, as_item);
  emitter.out += ' ';
  emitter.Text(text, indent);
  if (emitter.out.back() != '\n') emitter.out += '\n';
  out = std::move(emitter.out);
}

}  // namespace davit::yaml
