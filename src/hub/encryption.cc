#include "hub/encryption.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <memory>

namespace davit::hub {
namespace {

constexpr unsigned char kMarker = 0x26;
constexpr unsigned char kLastVersion = 4;
constexpr size_t kHead = 2;
constexpr size_t kSalt = 8;
constexpr size_t kNonce = 12;
constexpr size_t kTag = 16;
constexpr size_t kOverhead = kHead + kSalt + kNonce + kTag;
constexpr int kRounds = 4096;
constexpr size_t kKey = 32;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

std::string KeyOf(const std::string& password, std::string_view salt) {
  std::string key(kKey, '\0');
  const int made = PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), Bytes(salt),
                                     static_cast<int>(salt.size()), kRounds, EVP_sha1(), kKey, Bytes(key));
  CHECK(made == 1, "PBKDF2");
  return key;
}

/// AES-256-GCM in the direction of `encrypt`; false where the tag does not fit. `tag` is read or written.
bool Transform(bool encrypt, const std::string& key, std::string_view nonce, std::string_view salt,
               std::string_view input, std::string& output, std::string& tag) {
  const std::unique_ptr<EVP_CIPHER_CTX, FreeContext> context(EVP_CIPHER_CTX_new());
  CHECK(context != nullptr, "no cipher context");
  output.assign(input.size(), '\0');
  int length = 0;
  const int mode = encrypt ? 1 : 0;
  CHECK(EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, Bytes(key), Bytes(nonce), mode) == 1, "AES-GCM");
  CHECK(EVP_CipherUpdate(context.get(), nullptr, &length, Bytes(salt), static_cast<int>(salt.size())) == 1, "AES-GCM");
  CHECK(EVP_CipherUpdate(context.get(), Bytes(output), &length, Bytes(input), static_cast<int>(input.size())) == 1,
        "AES-GCM");
  if (!encrypt) EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_SET_TAG, kTag, tag.data());
  unsigned char rest[kTag];
  if (EVP_CipherFinal_ex(context.get(), rest, &length) != 1) return false;
  if (encrypt) EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, kTag, tag.data());
  return true;
}

}  // namespace

bool IsEncrypted(std::string_view bytes) {
  if (bytes.size() <= kOverhead) return false;
  const auto version = static_cast<unsigned char>(bytes[1]);
  return static_cast<unsigned char>(bytes[0]) == kMarker && version >= 1 && version <= kLastVersion;
}

Result<std::string> Decrypt(std::string_view bytes, const std::string& password) {
  CHECK(IsEncrypted(bytes), "not encrypted");
  const int version = bytes[1];
  if (version != 1) {
    static constexpr const char* kKeepers[] = {"AWS KMS", "Azure Key Vault", "Google Cloud KMS"};
    return Fail(
        ErrorCode::kInvalidInput,
        std::string("it is encrypted with a key that ") + kKeepers[version - 2] + " keeps, which davit does not read",
        "write it anew with HUB_CRYPTO_PASSWORD, with the program that wrote it");
  }
  if (password.empty())
    return Fail(ErrorCode::kInvalidInput, "it is encrypted, and there is no password", "set HUB_CRYPTO_PASSWORD");
  const std::string_view salt = bytes.substr(kHead, kSalt);
  const std::string_view nonce = bytes.substr(kHead + kSalt, kNonce);
  const std::string_view sealed = bytes.substr(kHead + kSalt + kNonce, bytes.size() - kOverhead);
  std::string tag(bytes.substr(bytes.size() - kTag));
  std::string plain;
  if (!Transform(false, KeyOf(password, salt), nonce, salt, sealed, plain, tag))
    return Fail(ErrorCode::kInvalidInput, "it cannot be decrypted: the password is another, or the file is damaged",
                "set HUB_CRYPTO_PASSWORD to the one that it was written with");
  return plain;
}

Result<std::string> Encrypt(std::string_view bytes, const std::string& password) {
  std::string out(kHead + kSalt + kNonce, '\0');
  out[0] = static_cast<char>(kMarker);
  out[1] = 1;
  if (RAND_bytes(Bytes(out) + kHead, kSalt + kNonce) != 1)
    return Fail(ErrorCode::kInternal, "there are no random bytes to encrypt with");
  const std::string salt = out.substr(kHead, kSalt);
  const std::string nonce = out.substr(kHead + kSalt);
  std::string sealed;
  std::string tag(kTag, '\0');
  CHECK(Transform(true, KeyOf(password, salt), nonce, salt, bytes, sealed, tag), "AES-GCM");
  return out + sealed + tag;
}

}  // namespace davit::hub
