#include "model/raw_output.h"

#include <sodium.h>

#include <algorithm>

#include "base/diagnostics.h"
#include "model/value.h"

namespace davit {

std::string_view RawName(std::string_view from_tf_var) {
  return from_tf_var.substr(0, from_tf_var.find('/'));
}

Result<json::value> DecodeRaw(std::string_view from_tf_var, json::value value) {
  for (size_t at = from_tf_var.find('/'); at < from_tf_var.size();) {
    const size_t end = std::min(from_tf_var.find('/', at + 1), from_tf_var.size());
    const std::string_view encoding = from_tf_var.substr(at + 1, end - at - 1);
    const std::string text = ToText(value);
    if (encoding == "base64") {
      std::string bytes(text.size() / 4 * 3 + 3, '\0');
      size_t size = 0;
      if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(),
                            " \t\r\n", &size, nullptr, sodium_base64_VARIANT_ORIGINAL) != 0) {
        return Fail(ErrorCode::kInvalidInput, "is no base64");
      }
      bytes.resize(size);
      value = json::value(bytes);
    } else if (encoding == "json") {
      Result<json::value> parsed = ParseJson(text);
      if (!parsed) return Fail(ErrorCode::kInvalidInput, "is no JSON");
      value = std::move(*parsed);
    } else {
      return Fail(ErrorCode::kInvalidInput, "is to be decoded from '" + std::string(encoding) + "', which there is not",
                  DidYouMean(encoding, {"base64", "json"}));
    }
    at = end;
  }
  return value;
}

}  // namespace davit
