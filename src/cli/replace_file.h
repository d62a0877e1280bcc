// Puts a text in the place of a person's file. Any thread.
#pragma once

#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace davit::cli {

/// Whole or not at all. A symbolic link is only a name of the file, which keeps its mode. Errors: what the disk says.
Result<> ReplaceFile(const Path& file, std::string_view text);

/// Waits until no other davit edits a file of that one's directory, for as long as what is returned lives: of two that read the same text the
/// second would undo the first. Nothing (-1) where the directory cannot be opened, which whoever reads the file tells.
Fd TurnToEdit(const Path& file);

}  // namespace davit::cli
