#include "hub/encryption.h"

#include <mbedtls/gcm.h>
#include <mbedtls/md.h>
#include <mbedtls/pkcs5.h>
#include <sodium.h>

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

/// PBKDF2 with HMAC-SHA1.
std::string KeyOf(const std::string& password, std::string_view salt) {
  std::string key(kKey, '\0');
  mbedtls_md_context_t hash;
  mbedtls_md_init(&hash);
  const int failed = mbedtls_md_setup(&hash, mbedtls_md_info_from_type(MBEDTLS_MD_SHA1), 1) ||
                     mbedtls_pkcs5_pbkdf2_hmac(&hash, Bytes(password), password.size(), Bytes(salt), salt.size(),
                                               kRounds, kKey, Bytes(key));
  mbedtls_md_free(&hash);
  CHECK(failed == 0, "PBKDF2");
  return key;
}

/// AES-256-GCM with a key.
class Cipher {
 public:
  explicit Cipher(const std::string& key) {
    mbedtls_gcm_init(&context_);
    CHECK(mbedtls_gcm_setkey(&context_, MBEDTLS_CIPHER_ID_AES, Bytes(key), kKey * 8) == 0, "AES-GCM");
  }
  ~Cipher() { mbedtls_gcm_free(&context_); }
  Cipher(const Cipher&) = delete;
  Cipher& operator=(const Cipher&) = delete;

  /// Gives what is sealed and sets `tag`.
  std::string Seal(std::string_view nonce, std::string_view salt, std::string_view plain, std::string& tag) {
    std::string sealed(plain.size(), '\0');
    tag.assign(kTag, '\0');
    CHECK(mbedtls_gcm_crypt_and_tag(&context_, MBEDTLS_GCM_ENCRYPT, plain.size(), Bytes(nonce), nonce.size(),
                                    Bytes(salt), salt.size(), Bytes(plain), Bytes(sealed), kTag, Bytes(tag)) == 0,
          "AES-GCM");
    return sealed;
  }

  /// False where the tag does not fit.
  bool Open(std::string_view nonce, std::string_view salt, std::string_view sealed, std::string_view tag,
            std::string& plain) {
    plain.assign(sealed.size(), '\0');
    return mbedtls_gcm_auth_decrypt(&context_, sealed.size(), Bytes(nonce), nonce.size(), Bytes(salt), salt.size(),
                                    Bytes(tag), tag.size(), Bytes(sealed), Bytes(plain)) == 0;
  }

 private:
  mbedtls_gcm_context context_;
};

}  // namespace

bool IsEncrypted(std::string_view bytes) {
  if (bytes.size() <= kOverhead) return false;
  const auto version = static_cast<unsigned char>(bytes[1]);
  return static_cast<unsigned char>(bytes[0]) == kMarker && version >= 1 && version <= kLastVersion;
}

Result<std::string> Decrypt(std::string_view bytes, const std::string& password) {
  CHECK(IsEncrypted(bytes), "not encrypted");
  const int version = static_cast<unsigned char>(bytes[1]);
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
  const std::string_view tag = bytes.substr(bytes.size() - kTag);
  std::string plain;
  if (!Cipher(KeyOf(password, salt)).Open(nonce, salt, sealed, tag, plain))
    return Fail(ErrorCode::kInvalidInput, "it cannot be decrypted: the password is another, or the file is damaged",
                "set HUB_CRYPTO_PASSWORD to the one that it was written with");
  return plain;
}

Result<std::string> Encrypt(std::string_view bytes, const std::string& password) {
  std::string out(kHead + kSalt + kNonce, '\0');
  out[0] = static_cast<char>(kMarker);
  out[1] = 1;
  CHECK(::sodium_init() >= 0, "libsodium cannot start");
  ::randombytes_buf(Bytes(out) + kHead, kSalt + kNonce);
  const std::string salt = out.substr(kHead, kSalt);
  const std::string nonce = out.substr(kHead + kSalt);
  std::string tag;
  const std::string sealed = Cipher(KeyOf(password, salt)).Seal(nonce, salt, bytes, tag);
  return out + sealed + tag;
}

}  // namespace davit::hub
