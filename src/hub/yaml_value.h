// Reading YAML as the files of `davit hub` have it: nodes as JSON, typed as hubctl types them. Any thread.
#pragma once

#include <optional>
#include <string>

#include "base/diagnostics.h"
#include "base/json.h"
#include "yaml/yaml.h"

namespace davit::hub {

/// The root of a file; the first thing that is wrong with it as an error. nullopt root = an empty file. `document` keeps the nodes.
Result<std::optional<yaml::Node>> ParseYaml(SourceMap& map, uint32_t file_index,
                                            std::optional<yaml::Document>* document);
/// A plain `true`, number or `null` is one, whatever is quoted is text; a time stays text.
json::value NodeToJson(const yaml::Node& node);
/// As a reader of text wants it: a scalar as it stands, anything else as JSON.
std::string NodeToText(const yaml::Node& node);

}  // namespace davit::hub
