#include "drivers/one_time_pad.h"

#include <sodium.h>

namespace davit::drivers {

std::string EncodePad(std::string_view bytes) {
  constexpr int kVariant = sodium_base64_VARIANT_ORIGINAL_NO_PADDING;
  std::string out(sodium_base64_encoded_len(bytes.size(), kVariant), '\0');
  sodium_bin2base64(out.data(), out.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    kVariant);
  out.pop_back();  // its NUL
  return out;
}

Result<std::string> DecodeSecrets(std::string_view printed, std::string_view pad) {
  while (printed.ends_with('=')) printed.remove_suffix(1);
  std::string bytes(printed.size() / 4 * 3 + 3, '\0');
  size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), printed.data(), printed.size(),
                        nullptr, &size, nullptr, sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0) {
    return Fail(ErrorCode::kInvalidInput, "they are no base64");
  }
  if (size != pad.size()) {
    return Fail(ErrorCode::kInvalidInput,
                "they have " + std::to_string(size) + " bytes and HUB_RANDOM has " + std::to_string(pad.size()));
  }
  bytes.resize(size);
  for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(bytes[i] ^ pad[i]);
  return bytes.substr(0, bytes.find('\0'));
}

}  // namespace davit::drivers
