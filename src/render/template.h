// Templates: files of a component in which its own parameters are put before its tool starts (spec/stacks.md 1.9). Pure: texts in,
// text out; which files are meant, and writing them, is render/files.h. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/value.h"

namespace davit::render {

/// One template.
struct Template {
  std::string kind =
      "curly";       // curly `${n}`, mustache `{{n}}` (both plainly put in), _mustache (sections and all); "" = curly
  std::string file;  // for messages
  std::string_view text;
};

/// The text with every name replaced by its value in `values`; encodings follow a name behind `/` or `|`. invalid_input, with
/// file:line:column: an unknown name or encoding, a value that an encoding cannot take, broken mustache, kind `go`. All names that are
/// unknown are named at once.
Result<std::string> Render(const Template& source, const ValueMap& values);

/// The name of what is rendered from `file`: without `.template` or `.gotemplate`.
std::string RenderedName(std::string_view file);

/// "file:3:7" of a byte in `text`.
std::string PlaceIn(std::string_view file, std::string_view text, size_t offset);

}  // namespace davit::render
