// The content of a log chunk: lines that are already masked, compressed with zstd. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/client.h"

namespace davit::control {

std::string PackLog(const std::vector<LogLine>& lines);
/// Numbers the lines from `first_line`. Errors: internal (not a chunk).
Result<std::vector<LogLine>> UnpackLog(std::string_view chunk, int64_t first_line);

}  // namespace davit::control
