// Boost.JSON, and the few helpers that every user of it wants. Field readers never throw: a missing or mistyped field gives the
// default, which is how rows of an older release are read. Any thread.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace davit {

namespace json = boost::json;

/// Parses with a depth limit of 256; invalid_input with the byte offset on failure.
Result<json::value> ParseJson(std::string_view text);
/// Keys sorted, no white space, shortest numbers: equal values give equal text.
std::string CanonicalJson(const json::value& value);
std::string GetString(const json::object& object, std::string_view key, std::string_view fallback = {});
int64_t GetInt(const json::object& object, std::string_view key, int64_t fallback = 0);
bool GetBool(const json::object& object, std::string_view key, bool fallback = false);
/// nullptr where absent or of another kind.
const json::object* GetObject(const json::object& object, std::string_view key);
const json::array* GetArray(const json::object& object, std::string_view key);
/// The texts of a list; what is none is left out.
std::vector<std::string> GetTexts(const json::object& object, std::string_view key);
/// Two-space indentation, keys in their order, for people and for --json.
std::string PrettyJson(const json::value& value);

}  // namespace davit
