#include "secrets/keyring.h"

#include <sodium.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "base/text.h"

namespace davit::secrets {
namespace {

constexpr size_t kKeyBytes = crypto_secretstream_xchacha20poly1305_KEYBYTES;  // 32
constexpr size_t kFrameBytes = size_t{64} * 1024;
constexpr size_t kFrameOverhead = crypto_secretstream_xchacha20poly1305_ABYTES;
constexpr char kMagic[] = "DVT1";
constexpr size_t kMagicBytes = 4;
constexpr size_t kWrapped = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + kKeyBytes;

const unsigned char* Bytes(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
unsigned char* Bytes(std::string& text, size_t at = 0) {
  return reinterpret_cast<unsigned char*>(text.data()) + at;
}

std::string Derive(const std::string& master, uint64_t number) {
  std::string key(kKeyBytes, '\0');
  crypto_kdf_derive_from_key(Bytes(key), key.size(), number, "davitkey", Bytes(std::string_view(master)));
  return key;
}

/// 32 bytes as hex or base64.
Result<std::string> DecodeKey(std::string_view text, const std::string& where) {
  text = Trim(text);
  std::string key(kKeyBytes, '\0');
  size_t used = 0;
  const bool hex = text.size() == kKeyBytes * 2 &&
                   sodium_hex2bin(Bytes(key), key.size(), text.data(), text.size(), nullptr, &used, nullptr) == 0 &&
                   used == kKeyBytes;
  if (!hex && (sodium_base642bin(Bytes(key), key.size(), text.data(), text.size(), nullptr, &used, nullptr,
                                 sodium_base64_VARIANT_ORIGINAL) != 0 ||
               used != kKeyBytes)) {
    return Fail(ErrorCode::kInvalidInput, where + " does not hold a key: 32 bytes as hex or base64 are expected",
                "put the key back as it was written, or restore it from your backup");
  }
  return key;
}

}  // namespace

Keyring::Keyring(std::string master) : master_(std::move(master)) {
  id_ = "key_" + KeyedDigestOf(master_, "davit key id").substr(0, 16);
  seal_key_ = Derive(master_, 1);
  digest_key_ = Derive(master_, 2);
}

Result<Path> Keyring::KeysDirectory(const Environment& environment) {
  // A relative one would put the key beside what it encrypts.
  const auto absolute = [&](const char* name) {
    const auto found = environment.find(name);
    return found != environment.end() && Path(found->second).is_absolute() ? Path(found->second) : Path();
  };
  if (const Path config = absolute("XDG_CONFIG_HOME"); !config.empty()) return config / "davit" / "keys";
  if (const Path home = absolute("HOME"); !home.empty()) return home / ".config" / "davit" / "keys";
  return Fail(ErrorCode::kInvalidInput,
              "there is no place for the key: neither XDG_CONFIG_HOME nor HOME is set to an absolute path",
              "set one of them, or give the key itself in DAVIT_KEY");
}

Result<Keyring> Keyring::Create(const Environment& environment, Path* created_file) {
  CHECK(sodium_init() >= 0, "libsodium cannot start");
  if (auto found = environment.find("DAVIT_KEY"); found != environment.end() && !found->second.empty()) {
    TRY_ASSIGN(std::string key, DecodeKey(found->second, "DAVIT_KEY"));
    return Keyring(std::move(key));
  }
  TRY_ASSIGN(Path directory, KeysDirectory(environment));
  std::string master(kKeyBytes, '\0');
  randombytes_buf(master.data(), master.size());
  Keyring keyring(std::move(master));
  TRY(MakeDirectories(directory, 0700));
  *created_file = directory / keyring.id_;
  TRY(WriteFileAtomic(*created_file, ToHex(keyring.master_) + "\n", 0600));
  return keyring;
}

Result<Keyring> Keyring::Open(const Environment& environment, const std::string& key_id) {
  CHECK(sodium_init() >= 0, "libsodium cannot start");
  std::vector<std::string> searched;
  if (auto found = environment.find("DAVIT_KEY"); found != environment.end() && !found->second.empty()) {
    TRY_ASSIGN(std::string key, DecodeKey(found->second, "DAVIT_KEY"));
    Keyring keyring(std::move(key));
    if (keyring.id_ == key_id) return keyring;
    searched.push_back("DAVIT_KEY (holds " + keyring.id_ + ")");
  } else {
    searched.push_back("DAVIT_KEY (not set)");
  }
  if (Result<Path> directory = KeysDirectory(environment)) {
    const Path file = *directory / key_id;
    struct stat info {};
    if (::stat(file.c_str(), &info) == 0) {
      Result<std::string> text = ReadFile(file, 4096);
      if (!text) {
        return Fail(ErrorCode::kInvalidInput, "the key of this store cannot be read: " + text.error().message,
                    "make it readable for you: chmod 600 " + file.string());
      }
      if ((info.st_mode & 077) != 0) {
        return Fail(ErrorCode::kInvalidInput, "others can read the key " + file.string(), "chmod 600 " + file.string());
      }
      TRY_ASSIGN(std::string key, DecodeKey(*text, file.string()));
      Keyring keyring(std::move(key));
      if (keyring.id_ == key_id) return keyring;
      searched.push_back(file.string() + " (holds another key)");
    } else {
      searched.push_back(file.string() + " (not there)");
    }
  }
  return Fail(ErrorCode::kInvalidInput,
              "the key " + key_id + " of this store is missing; looked in " + Join(searched, ", "),
              "restore the key file, or set DAVIT_KEY to its content; without it states and outputs cannot be read, "
              "and nothing was changed");
}

Result<std::string> Keyring::Seal(std::string_view plain) const {
  std::string out(kMagic, kMagicBytes);
  std::string data_key(kKeyBytes, '\0');
  crypto_secretstream_xchacha20poly1305_keygen(Bytes(data_key));
  std::string nonce(crypto_secretbox_NONCEBYTES, '\0');
  randombytes_buf(nonce.data(), nonce.size());
  out += nonce;
  out.resize(kMagicBytes + kWrapped);
  crypto_secretbox_easy(Bytes(out, kMagicBytes + nonce.size()), Bytes(std::string_view(data_key)), data_key.size(),
                        Bytes(std::string_view(nonce)), Bytes(std::string_view(seal_key_)));
  crypto_secretstream_xchacha20poly1305_state state;
  size_t at = out.size();
  out.resize(at + crypto_secretstream_xchacha20poly1305_HEADERBYTES);
  crypto_secretstream_xchacha20poly1305_init_push(&state, Bytes(out, at), Bytes(std::string_view(data_key)));
  sodium_memzero(data_key.data(), data_key.size());
  for (bool last = false; !last;) {
    const std::string_view frame = plain.substr(0, kFrameBytes);
    plain.remove_prefix(frame.size());
    last = plain.empty();
    at = out.size();
    out.resize(at + frame.size() + kFrameOverhead);
    crypto_secretstream_xchacha20poly1305_push(&state, Bytes(out, at), nullptr, Bytes(frame), frame.size(), nullptr, 0,
                                               last ? crypto_secretstream_xchacha20poly1305_TAG_FINAL : 0);
  }
  return out;
}

Result<std::string> Keyring::Open(std::string_view sealed) const {
  auto broken = [] {
    return Fail(ErrorCode::kInternal, "stored bytes cannot be opened: they were damaged, or sealed with another key",
                "restore .davit from a backup");
  };
  const size_t head = kMagicBytes + kWrapped + crypto_secretstream_xchacha20poly1305_HEADERBYTES;
  if (sealed.size() < head + kFrameOverhead || sealed.substr(0, kMagicBytes) != std::string_view(kMagic, kMagicBytes))
    return broken();
  const std::string_view nonce = sealed.substr(kMagicBytes, crypto_secretbox_NONCEBYTES);
  const std::string_view wrapped = sealed.substr(kMagicBytes + nonce.size(), kWrapped - nonce.size());
  std::string data_key(kKeyBytes, '\0');
  if (crypto_secretbox_open_easy(Bytes(data_key), Bytes(wrapped), wrapped.size(), Bytes(nonce),
                                 Bytes(std::string_view(seal_key_))) != 0) {
    return broken();
  }
  crypto_secretstream_xchacha20poly1305_state state;
  if (crypto_secretstream_xchacha20poly1305_init_pull(&state, Bytes(sealed.substr(kMagicBytes + kWrapped)),
                                                      Bytes(std::string_view(data_key))) != 0) {
    return broken();
  }
  sodium_memzero(data_key.data(), data_key.size());
  sealed.remove_prefix(head);
  std::string plain;
  plain.reserve(sealed.size());
  unsigned char tag = 0;
  while (!sealed.empty()) {
    const std::string_view frame = sealed.substr(0, kFrameBytes + kFrameOverhead);
    sealed.remove_prefix(frame.size());
    if (frame.size() < kFrameOverhead || tag == crypto_secretstream_xchacha20poly1305_TAG_FINAL) return broken();
    const size_t at = plain.size();
    plain.resize(at + frame.size() - kFrameOverhead);
    if (crypto_secretstream_xchacha20poly1305_pull(&state, Bytes(plain, at), nullptr, &tag, Bytes(frame), frame.size(),
                                                   nullptr, 0) != 0) {
      return broken();
    }
  }
  if (tag != crypto_secretstream_xchacha20poly1305_TAG_FINAL) return broken();  // cut off
  return plain;
}

}  // namespace davit::secrets
