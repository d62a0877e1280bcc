// Reading what a tool printed: line by line from its file in constant memory, whatever its size, and cleaning a line
// for people. Any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/fd.h"

namespace davit::drivers {

/// Calls `take` for each line without its newline. Of a line longer than `max_line` only the beginning is given, with
/// `cut` set. A file that does not exist has no lines.
Result<> ForEachLine(const Path& file, size_t max_line,
                     const std::function<void(std::string_view line, bool cut)>& take);

/// A line as people may see it: valid UTF-8, no escape sequences, no control characters, trimmed, at most `max_bytes`.
std::string CleanLine(std::string_view line, size_t max_bytes = 4096);

/// The last line of a file that is not blank and that `skip` does not refuse, cleaned; "" where there is none. Looks at
/// the last 64 KiB.
std::string LastLine(const Path& file, const std::function<bool(std::string_view)>& skip = nullptr);

}  // namespace davit::drivers
