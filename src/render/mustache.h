// Mustache proper, for templates of kind `_mustache`: variables, sections, inverted sections, comments, other delimiters; no partials.
// Bounded: depth of sections and size of the result. Any thread.
#pragma once

#include <string>

#include "render/template.h"

namespace davit::render {

/// Renders with `values`, which are found by their dotted name, nested (`db.host` is `host` in a section `db`) and with `_` for each dot. A
/// section of an unknown name is empty; a variable of one is an error, as are tags that do not fit together.
Result<std::string> RenderMustache(const Template& source, const ValueMap& values);

}  // namespace davit::render
