// Digests: BLAKE2b-256 as lower-case hex (64 characters). Digests over secret values are keyed, else they are a dictionary oracle
// (engine.md 5). Any thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace davit {

std::string DigestOf(std::string_view bytes);
/// `key` is 16 to 64 bytes.
std::string KeyedDigestOf(std::string_view key, std::string_view bytes);

/// A digest of many pieces. Add() of ("ab","c") and ("a","bc") differ: each piece is preceded by its length.
class Digester {
 public:
  explicit Digester(std::string_view key = {});
  ~Digester();
  Digester(const Digester&) = delete;
  Digester& operator=(const Digester&) = delete;
  Digester& Add(std::string_view piece);
  /// Bytes of one long piece, without a length before them.
  Digester& AddRaw(std::string_view bytes);
  std::string Finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

std::string ToHex(std::string_view bytes);
std::string ToBase64(std::string_view bytes);
/// With or without padding; nothing where it is no base64.
std::optional<std::string> FromBase64(std::string_view text);

/// As `sha256sum` prints it: for people who compare files.
std::string Sha256Of(std::string_view bytes);

}  // namespace davit
