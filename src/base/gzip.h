// gzip, in memory: the form in which files of existing stacks are kept. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace davit {

/// Equal bytes give equal bytes: no time and no name is written.
std::string Gzip(std::string_view bytes);
/// By the first two bytes.
bool IsGzip(std::string_view bytes);
/// invalid_input where it is broken or cut; exhausted where it grows beyond `most` bytes.
Result<std::string> Gunzip(std::string_view bytes, size_t most);

}  // namespace davit
