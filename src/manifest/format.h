// `davit fmt`: the usual form of a file of a stack, by changes at places of its text. What it says stays the same, and so do its comments; where
// a change is not certain to be harmless it is not made. Pure; one thread a map.
#pragma once

#include <optional>
#include <string>

#include "base/diagnostics.h"

namespace davit::manifest {

/// The text of a file of `map` in its usual form. Which keys have an order follows from the file's name and its `kind:`. Error: it is no YAML
/// (invalid_input, with the position), or the result would mean something else (internal).
Result<std::string> Format(SourceMap& map, uint32_t file_index);

}  // namespace davit::manifest
