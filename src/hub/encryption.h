// Encrypted files of hubctl, version 1: the key comes from a password. Layout: 0x26, version, salt (8 bytes), nonce (12), AES-256-GCM of
// the content with the salt as associated data, tag (16). Versions 2 to 4, whose keys a cloud keeps, are recognized and refused.
// Pure but for random bytes; one thread at a time, as Mbed TLS makes its tables when it is first used.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace davit::hub {

/// By its first bytes and its length.
bool IsEncrypted(std::string_view bytes);
/// invalid_input where the password is missing or wrong, the bytes are cut, or the version is not 1.
Result<std::string> Decrypt(std::string_view bytes, const std::string& password);
Result<std::string> Encrypt(std::string_view bytes, const std::string& password);

}  // namespace davit::hub
