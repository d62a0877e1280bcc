#include "hub/yaml_value.h"

#include <charconv>
#include <cmath>

namespace davit::hub {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

/// A plain scalar of digits; nullopt where it is none, or would lose one.
std::optional<json::value> Number(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::string_view digits = text.front() == '+' || text.front() == '-' ? text.substr(1) : text;
  if (digits.empty()) return std::nullopt;
  const bool negative = text.front() == '-';
  const std::string lower = Lower(digits);
  if (lower == ".inf") return json::value(negative ? -HUGE_VAL : HUGE_VAL);
  if (lower == ".nan") return json::value(std::nan(""));
  if (!IsDigit(digits.front()) && digits.front() != '.') return std::nullopt;
  int base = 10;
  if (lower.starts_with("0x")) {
    base = 16;
    digits.remove_prefix(2);
  } else if (lower.starts_with("0o")) {
    base = 8;
    digits.remove_prefix(2);
  } else if (digits.size() > 1 && digits.front() == '0' &&
             digits.find_first_not_of("01234567") == std::string_view::npos) {
    base = 8;  // YAML 1.1
  }
  const std::string spelled = (negative ? "-" : "") + std::string(digits);
  const char* end = spelled.data() + spelled.size();
  int64_t whole = 0;
  if (const auto read = std::from_chars(spelled.data(), end, whole, base); read.ptr == end) {
    if (read.ec == std::errc()) return json::value(whole);
    return std::nullopt;
  }
  double real = 0;
  const auto read = std::from_chars(spelled.data(), end, real);
  if (base == 10 && read.ptr == end && read.ec == std::errc()) return json::value(real);
  return std::nullopt;
}

json::value ScalarToJson(const yaml::Node& node) {
  const std::string_view text = node.text();
  if (node.style() != yaml::Style::kPlain) return json::value(text);
  const std::string lower = text.size() <= 5 ? Lower(text) : std::string();
  if (text.empty() || text == "~" || lower == "null") return nullptr;
  if (lower == "true" || lower == "false") return lower == "true";
  if (std::optional<json::value> number = Number(text)) return *std::move(number);
  return json::value(text);
}

}  // namespace

Result<std::optional<yaml::Node>> ParseYaml(SourceMap& map, uint32_t file_index,
                                            std::optional<yaml::Document>* document) {
  Diagnostics diagnostics;
  *document = yaml::Parse(map, file_index, diagnostics);
  for (const Diagnostic& diagnostic : diagnostics.list()) {
    if (diagnostic.severity == Severity::kError) return Fail(diagnostic.error);
  }
  CHECK(document->has_value());
  return (*document)->root();
}

json::value NodeToJson(const yaml::Node& node) {
  if (node.IsScalar()) return ScalarToJson(node);
  if (node.IsSequence()) {
    json::array items;
    items.reserve(node.size());
    for (size_t i = 0; i < node.size(); ++i) items.push_back(NodeToJson(node.item(i)));
    return items;
  }
  json::object object;
  for (size_t i = 0; i < node.size(); ++i) object[node.key(i)] = NodeToJson(node.value(i));
  return object;
}

std::string NodeToText(const yaml::Node& node) {
  if (!node.IsScalar()) return CanonicalJson(NodeToJson(node));
  if (node.style() == yaml::Style::kPlain && ScalarToJson(node).is_null()) return "";
  return std::string(node.text());
}

}  // namespace davit::hub
