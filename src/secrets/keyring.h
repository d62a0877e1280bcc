// The keyring: the master key, which lies outside the store (engine.md 9), and what is done with it. Bytes are sealed in 64 kB frames
// under a fresh data key that the master key wraps, so one key never seals much and a large blob costs little memory. Immutable; any
// thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"

namespace davit::secrets {

using Environment = std::map<std::string, std::string>;

class Keyring {
 public:
  /// The key of a new store: DAVIT_KEY where it is set, else a fresh one, written (fsync, rename) to the keys directory before anything
  /// uses it. `created_file` gets its place, or stays empty.
  static Result<Keyring> Create(const Environment& environment, Path* created_file);
  /// The key with this id, from DAVIT_KEY or the keys directory. Never makes one. invalid_input names the id and the places searched.
  static Result<Keyring> Open(const Environment& environment, const std::string& key_id);

  /// $XDG_CONFIG_HOME/davit/keys, by default ~/.config/davit/keys; invalid_input where neither variable is set.
  static Result<Path> KeysDirectory(const Environment& environment);

  const std::string& id() const { return id_; }
  Result<std::string> Seal(std::string_view plain) const;
  /// internal where the bytes are not what this key sealed.
  Result<std::string> Open(std::string_view sealed) const;
  /// For keyed digests of values that may be secret.
  const std::string& digest_key() const { return digest_key_; }

 private:
  explicit Keyring(std::string master);
  std::string master_;
  std::string id_;
  std::string seal_key_;
  std::string digest_key_;
};

}  // namespace davit::secrets
