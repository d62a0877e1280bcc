#include "render/encodings.h"

#include <sodium.h>

#include <algorithm>

#include "base/diagnostics.h"
#include "model/value.h"
#include "yaml/emit.h"

namespace davit::render {
namespace {

struct Url {
  std::string scheme;
  std::string before_host;  // user:password@
  std::string host;         // without brackets
  std::string port;
  std::string rest;  // from the path on
};

Result<Url> ParseUrl(const json::value& value) {
  const std::string text = ToText(value);
  if (text.empty()) return Url();  // nothing, as in seed 004's reference: where a parameter may be empty
  const size_t scheme_end = text.find("://");
  if (scheme_end == std::string::npos || scheme_end == 0)
    return Fail(ErrorCode::kInvalidInput, "the value is no URL: it has no `scheme://`");
  Url url;
  url.scheme = text.substr(0, scheme_end);
  const size_t begin = scheme_end + 3;
  const size_t end = std::min(text.find_first_of("/?#", begin), text.size());
  std::string authority = text.substr(begin, end - begin);
  url.rest = text.substr(end);
  if (const size_t at = authority.rfind('@'); at != std::string::npos) {
    url.before_host = authority.substr(0, at + 1);
    authority.erase(0, at + 1);
  }
  const size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  if (bracket == std::string::npos) return Fail(ErrorCode::kInvalidInput, "the value is no URL: a `[` has no `]`");
  const size_t colon = authority.find(':', bracket);
  if (colon != std::string::npos) url.port = authority.substr(colon + 1);
  url.host = authority.substr(0, colon);
  if (bracket != 0) url.host = url.host.substr(1, bracket - 1);
  if (!std::all_of(url.port.begin(), url.port.end(), [](char c) { return c >= '0' && c <= '9'; }))
    return Fail(ErrorCode::kInvalidInput, "the value is no URL: its port is no number");
  if (url.port.empty() && url.scheme == "https") url.port = "443";
  if (url.port.empty() && url.scheme == "http") url.port = "80";
  return url;
}

Result<json::value> Base64(const json::value& value) {
  const std::string text = ToText(value);
  std::string out(sodium_base64_encoded_len(text.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  out.pop_back();  // its NUL
  return json::value(out);
}

Result<json::value> Unbase64(const json::value& value) {
  const std::string text = ToText(value);
  std::string out(text.size() / 4 * 3 + 3, '\0');
  size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(out.data()), out.size(), text.data(), text.size(), " \t\r\n",
                        &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
    return Fail(ErrorCode::kInvalidInput, "the value is no base64");
  }
  out.resize(size);
  return json::value(out);
}

Result<json::value> Json(const json::value& value) {
  return json::value(JsonText(value));
}

/// On one line: text plain where YAML reads it as the same text, else quoted; lists and maps in flow style.
Result<json::value> Yaml(const json::value& value) {
  return json::value(value.is_string() && yaml::IsPlainText(ToText(value)) ? ToText(value) : JsonText(value));
}

Result<json::value> First(const json::value& value) {
  if (value.is_array()) {
    if (value.as_array().empty()) return Fail(ErrorCode::kInvalidInput, "the list is empty, so it has no first");
    return value.as_array()[0];
  }
  const std::string text = ToText(value);
  return json::value(text.substr(0, text.find(' ')));
}

Result<json::value> WholeUrl(const json::value& value) {
  TRY_ASSIGN(const Url url, ParseUrl(value));
  if (url.scheme.empty()) return json::value("");
  std::string host = url.host.find(':') == std::string::npos ? url.host : "[" + url.host + "]";
  if (!url.port.empty()) host += ":" + url.port;
  return json::value(url.scheme + "://" + url.before_host + host + url.rest);
}

Result<json::value> IsSecure(const json::value& value) {
  TRY_ASSIGN(const Url url, ParseUrl(value));
  return json::value(url.scheme == "https");
}

Result<json::value> Insecure(const json::value& value) {
  TRY_ASSIGN(const Url url, ParseUrl(value));
  return json::value(url.scheme != "https");
}

template <std::string Url::*field>
Result<json::value> PartOf(const json::value& value) {
  TRY_ASSIGN(const Url url, ParseUrl(value));
  return json::value(url.*field);
}

struct Encoding {
  std::string_view name;
  Result<json::value> (*encode)(const json::value&);
};

constexpr Encoding kEncodings[] = {
    {"base64", Base64},
    {"unbase64", Unbase64},
    {"json", Json},
    {"yaml", Yaml},
    {"first", First},
    {"parseURL", WholeUrl},
    {"isSecure", IsSecure},
    {"insecure", Insecure},
    {"hostname", PartOf<&Url::host>},
    {"port", PartOf<&Url::port>},
    {"scheme", PartOf<&Url::scheme>},
};

}  // namespace

std::vector<std::string_view> EncodingNames() {
  std::vector<std::string_view> names;
  for (const Encoding& encoding : kEncodings) names.push_back(encoding.name);
  return names;
}

Result<json::value> Encode(std::string_view name, const json::value& value) {
  for (const Encoding& encoding : kEncodings) {
    if (encoding.name == name) return encoding.encode(value);
  }
  return Fail(ErrorCode::kNotFound, "there is no encoding '" + std::string(name) + "'",
              DidYouMeanOneOf(name, EncodingNames()));
}

}  // namespace davit::render
