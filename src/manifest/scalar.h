// What a scalar of a YAML file means: null, boolean, number or text. The yaml reader keeps every scalar as it is written, because the files
// of existing stacks follow YAML 1.1 and all others YAML 1.2 (DESIGN 1). Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"
#include "model/value.h"
#include "yaml/yaml.h"

namespace davit::manifest {

enum class Dialect {
  kYaml12,  // the core schema
  kYaml11,  // as yaml.v2, with which existing stacks are read: yes, on, y are booleans, 010 is 8, 1_000 is 1000; dates stay text
};

/// YAML 1.1 for `hub*.yaml` and `params*.yaml`, else YAML 1.2.
Dialect DialectOf(std::string_view file_name);

/// Nothing, `~` or `null`, not quoted: the key counts as absent.
bool IsNull(yaml::Node node);

/// A scalar without quotes. invalid_input where it is a number that JSON cannot hold: infinite, not a number, too large.
Result<json::value> ReadPlain(std::string_view text, Dialect dialect);
/// Any node; errors have the position of the scalar.
Result<json::value> ReadValue(yaml::Node node, Dialect dialect);

/// A text that somebody gave as a value of the declared type; nullopt where it is none of that type. Lists and maps are JSON.
std::optional<json::value> TextAs(const std::string& text, ValueType type);

/// For messages: `a list`, `a mapping`, `nothing`, `the number 3`, `the text "three"` (cut where it is long).
std::string Describe(yaml::Node node, Dialect dialect);
std::string Describe(const json::value& value);
/// In double quotes, cut where it is long.
std::string Quoted(std::string_view text);

}  // namespace davit::manifest
