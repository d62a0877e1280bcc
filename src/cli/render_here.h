// Templates in the present directory become files beside them (`davit render`, `davit hub render`). One thread.
#pragma once

#include <string>
#include <vector>

#include "cli/context.h"
#include "model/value.h"

namespace davit::cli {

/// NAME=value,OTHER=value over `values`, then all of `templates` of this kind: the names of what was written. Nothing is where one of them is refused.
/// A file that is made with a sensitive value at hand can be read by its owner only. `strict`: no template is replaced by what it becomes, and some
/// have to be found; else as hubctl does.
Result<std::vector<std::string>> RenderHere(const Context& context, const std::vector<std::string>& templates,
                                            const std::string& kind, const std::string& additional, ValueMap values,
                                            bool strict);

}  // namespace davit::cli
