// A value as YAML: block style, keys in their order, texts written so that readers of YAML 1.1 and of YAML 1.2 take them for the same
// texts (`"yes"`, `"010"`, `"1.10"`). What is read back is what was written. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/json.h"

namespace davit::yaml {

/// Whether a text may stand without quotes: only what no reader could mistake for something else.
bool IsPlainText(std::string_view text);

/// With a newline at the end. Bytes that are no UTF-8 become U+FFFD.
std::string EmitYaml(const json::value& value);

/// For documents too large to be one value: adds the lines of `key: value`, the key after `indent` spaces. `as_item`: it is the first pair of
/// an item, `- key: value`, the dash after `indent` spaces; the others of the item come two spaces further in.
void AppendYaml(std::string& out, size_t indent, std::string_view key, const json::value& value, bool as_item = false);
void AppendYamlText(std::string& out, size_t indent, std::string_view key, std::string_view text, bool as_item = false);

}  // namespace davit::yaml
