// Puts a text in the place of a person's file. Any thread.
#pragma once

#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace davit::cli {

/// Whole or not at all. A symbolic link is only a name of the file, which keeps its mode. Errors: what the disk says.
Result<> ReplaceFile(const Path& file, std::string_view text);

}  // namespace davit::cli
