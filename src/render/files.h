// Which files of a component are templates, and what they become. Reads files; writes none. Any thread.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "model/stack.h"

namespace davit::render {

struct RenderedFile {
  Path source;
  Path path;  // where it belongs
  std::string content;
  unsigned mode = 0644;  // of its template
};

/// Renders all templates of a component that lies in `directory`. `${name}` in `files` and `directories` stands for a value. `files` without `*`, `?` or `[` is one file there, also where only
/// its name with `.template` exists; a pattern is looked for in each of `directories`. invalid_input: a file that is not there, is no
/// file or lies outside of `directory`, and what Render refuses. `warnings`: patterns that match nothing.
Result<std::vector<RenderedFile>> RenderAll(const std::vector<TemplateSet>& sets, const Path& directory,
                                            const ValueMap& values, std::vector<std::string>* warnings);

}  // namespace davit::render
