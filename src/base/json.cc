#include "base/json.h"

#include <algorithm>
#include <vector>

namespace davit {
namespace {

void Canonical(const json::value& value, std::string& out) {
  if (value.is_object()) {
    std::vector<const json::key_value_pair*> items;
    for (const auto& item : value.as_object()) items.push_back(&item);
    std::sort(items.begin(), items.end(), [](const auto* a, const auto* b) { return a->key() < b->key(); });
    out += '{';
    for (size_t i = 0; i < items.size(); ++i) {
      if (i > 0) out += ',';
      out += json::serialize(json::string(items[i]->key()));
      out += ':';
      Canonical(items[i]->value(), out);
    }
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    for (size_t i = 0; i < value.as_array().size(); ++i) {
      if (i > 0) out += ',';
      Canonical(value.as_array()[i], out);
    }
    out += ']';
  } else if (value.is_double() && value.as_double() >= -9e15 && value.as_double() <= 9e15 &&
             value.as_double() == static_cast<double>(static_cast<int64_t>(value.as_double()))) {
    out += std::to_string(static_cast<int64_t>(value.as_double()));  // 3.0 and 3 are one number
  } else {
    out += json::serialize(value);
  }
}

void Pretty(const json::value& value, size_t indent, std::string& out) {
  const std::string pad(indent + 2, ' ');
  if (value.is_object() && !value.as_object().empty()) {
    out += "{\n";
    bool first = true;
    for (const auto& item : value.as_object()) {
      if (!first) out += ",\n";
      first = false;
      out += pad + json::serialize(json::string(item.key())) + ": ";
      Pretty(item.value(), indent + 2, out);
    }
    out += "\n" + std::string(indent, ' ') + "}";
  } else if (value.is_array() && !value.as_array().empty()) {
    out += "[\n";
    bool first = true;
    for (const json::value& item : value.as_array()) {
      if (!first) out += ",\n";
      first = false;
      out += pad;
      Pretty(item, indent + 2, out);
    }
    out += "\n" + std::string(indent, ' ') + "]";
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

Result<json::value> ParseJson(std::string_view text) {
  json::parse_options options;
  options.max_depth = 256;
  options.allow_invalid_utf8 = true;
  json::parser parser({}, options);
  json::error_code error;
  const size_t used = parser.write(text.data(), text.size(), error);
  if (error) return Fail(ErrorCode::kInvalidInput, "not JSON at byte " + std::to_string(used) + ": " + error.message());
  return parser.release();
}

std::string CanonicalJson(const json::value& value) {
  std::string out;
  Canonical(value, out);
  return out;
}

std::string GetString(const json::object& object, std::string_view key, std::string_view fallback) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string(fallback);
}

int64_t GetInt(const json::object& object, std::string_view key, int64_t fallback) {
  const json::value* value = object.if_contains(key);
  if (value == nullptr) return fallback;
  if (value->is_int64()) return value->as_int64();
  if (value->is_uint64()) return static_cast<int64_t>(value->as_uint64());
  return value->is_double() ? static_cast<int64_t>(value->as_double()) : fallback;
}

bool GetBool(const json::object& object, std::string_view key, bool fallback) {
  const json::value* value = object.if_contains(key);
  return value != nullptr && value->is_bool() ? value->as_bool() : fallback;
}

const json::object* GetObject(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr ? value->if_object() : nullptr;
}

const json::array* GetArray(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  return value != nullptr ? value->if_array() : nullptr;
}

std::vector<std::string> GetTexts(const json::object& object, std::string_view key) {
  std::vector<std::string> texts;
  if (const json::array* array = GetArray(object, key)) {
    for (const json::value& item : *array) {
      if (item.is_string()) texts.emplace_back(item.as_string());
    }
  }
  return texts;
}

std::string PrettyJson(const json::value& value) {
  std::string out;
  Pretty(value, 0, out);
  return out;
}

}  // namespace davit
