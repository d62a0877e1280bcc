// Codes of warnings, and which of them a person does not want to see: `--allow CODE` for all files, and in a file the comment
// `# davit: allow CODE, CODE`. At the end of a line it holds for that line; on a line of its own for what begins on the next one, with
// all that is indented below it and the items of its list; above everything else in a file for the whole file. Pure. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"

namespace davit {

/// The code of every warning, sorted. Each is explained in docs/manual/warnings.md.
const std::vector<std::string_view>& WarningCodes();
bool IsWarningCode(std::string_view code);

/// Warns of codes that no warning has, in the comments of a file.
void CheckAllowComments(const SourceMap& map, uint32_t file_index, Diagnostics& diagnostics);

/// Whether the line is such a comment, on a line of its own.
bool IsAllowComment(std::string_view line);

/// Leaves out warnings whose code is in `allowed`, or that a comment allows where they stand. Errors stay.
std::vector<Diagnostic> WithoutAllowed(const std::vector<Diagnostic>& list, const SourceMap& map,
                                       const std::vector<std::string>& allowed);

}  // namespace davit
