#include "base/digest.h"

#include <sodium.h>

namespace davit {

struct Digester::State {
  crypto_generichash_state hash;
};

Digester::Digester(std::string_view key) : state_(std::make_unique<State>()) {
  crypto_generichash_init(&state_->hash, key.empty() ? nullptr : reinterpret_cast<const unsigned char*>(key.data()),
                          key.size(), crypto_generichash_BYTES);
}
Digester::~Digester() = default;

Digester& Digester::AddRaw(std::string_view bytes) {
  crypto_generichash_update(&state_->hash, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return *this;
}

Digester& Digester::Add(std::string_view piece) {
  char length[8];
  uint64_t size = piece.size();
  for (char& byte : length) {
    byte = static_cast<char>(size & 0xFF);
    size >>= 8;
  }
  return AddRaw({length, sizeof length}).AddRaw(piece);
}

std::string Digester::Finish() {
  unsigned char out[crypto_generichash_BYTES];
  crypto_generichash_final(&state_->hash, out, sizeof out);
  return ToHex({reinterpret_cast<const char*>(out), sizeof out});
}

std::string DigestOf(std::string_view bytes) {
  return Digester().AddRaw(bytes).Finish();
}
std::string KeyedDigestOf(std::string_view key, std::string_view bytes) {
  return Digester(key).AddRaw(bytes).Finish();
}

std::string ToHex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

std::string ToBase64(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the terminating zero
  return text;
}

std::optional<std::string> FromBase64(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string bytes(text.size(), '\0');
  size_t size = 0;
  if (sodium_base642bin(reinterpret_cast<unsigned char*>(bytes.data()), bytes.size(), text.data(), text.size(), nullptr,
                        &size, nullptr, sodium_base64_VARIANT_ORIGINAL_NO_PADDING) != 0)
    return std::nullopt;
  bytes.resize(size);
  return bytes;
}

std::string Sha256Of(std::string_view bytes) {
  unsigned char hash[crypto_hash_sha256_BYTES];
  crypto_hash_sha256(hash, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return ToHex({reinterpret_cast<const char*>(hash), sizeof hash});
}

}  // namespace davit
