// A component more in a manifest that a person wrote: as an edit of its text by position, so that all else stays byte for byte, comments too.
// Pure. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/diagnostics.h"

namespace davit::skeleton {

/// The lines of a component in a manifest, its dash after `indent` spaces.
std::string ComponentLines(std::string_view name, const std::string& source, size_t indent);

/// The text of the manifest with the component behind those that it has. nullopt where that is not certain to mean just this: `components` is
/// missing, empty or not in block style, or `lifecycle.order` names all. invalid_input, with a position: the manifest is broken, or has a
/// component of this name.
Result<std::optional<std::string>> AddComponent(SourceMap& sources, uint32_t file, std::string_view name,
                                                const std::string& source);

}  // namespace davit::skeleton
