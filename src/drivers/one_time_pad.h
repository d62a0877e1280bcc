// Secrets that a script prints without showing them (seed 004: HUB_RANDOM): it gets random bytes, and prints its secret lines XOR
// these. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace davit::drivers {

/// Base64 without padding, as HUB_RANDOM is handed over.
std::string EncodePad(std::string_view bytes);

/// The text behind `printed`, base64 of as many bytes as `pad` has, up to the first NUL. invalid_input: it is not that.
Result<std::string> DecodeSecrets(std::string_view printed, std::string_view pad);

}  // namespace davit::drivers
