// Where files of `davit hub` lie: one place or several, here and in buckets, "a,s3://b/k,gs://b/k,az://account/container/k". All are
// written; the newest is read. Clouds are reached through their own programs on PATH (aws, gsutil or gcloud, az). Files may be gzipped and
// encrypted (hub/encryption.h); which they are is found from their bytes. One thread.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/fd.h"
#include "hub/state_file.h"

namespace davit::hub {

struct Place {
  enum class Kind { kLocal, kS3, kGs, kAz };
  Kind kind = Kind::kLocal;
  std::string text;  // a path or an address
  bool IsLocal() const { return kind == Kind::kLocal; }
};

/// The places of comma separated lists, each once. invalid_input for another scheme, an address that names no object, or none at all; `what` names the
/// file: "state file".
Result<std::vector<Place>> ParsePlaces(const std::vector<std::string>& lists, const std::string& what);

struct StorageOptions {
  enum class Encryption {
    kIfKeySet,  // where there is a password: what lies in a bucket, and what was read encrypted
    kAll,       // also what lies here
    kNever,
  };
  bool compressed = true;
  Encryption encryption = Encryption::kIfKeySet;
  std::map<std::string, std::string> environment;  // of this process: HUB_CRYPTO_PASSWORD, PATH, credentials
  int64_t timeout_ms = 120'000;                    // of one transfer
};

struct Stored {
  Place place;
  std::string bytes;  // decrypted, unzipped
};

class Storage {
 public:
  /// `what`: for messages, "state file".
  Storage(std::vector<Place> places, std::string what, StorageOptions options)
      : places_(std::move(places)), what_(std::move(what)), options_(std::move(options)) {}

  const std::vector<Place>& places() const { return places_; }

  /// What is said of a file that is there and cannot be understood (broken, or encrypted with another password) beside one that can: a
  /// warning, or, where it would be written over, an error.
  enum class Beside { kWarned, kRefused };
  /// Whether the text without a `timestamp:` is such a file at all.
  using Check = std::function<Result<>(const Stored&)>;
  /// Of those that are there the newest by the `timestamp:` in it (of a local file without one: by its own time); of those within 10 s of
  /// it the largest, of equally large ones a local one. nullopt where none is there. One that cannot be read is an error where no other can,
  /// else a warning.
  Result<std::optional<Stored>> Read(std::vector<std::string>& warnings, Beside beside = Beside::kWarned,
                                     const Check& check = {}) const;

  struct Written {
    size_t count = 0;           // of places
    std::vector<Error> errors;  // of the others
  };
  /// invalid_input: what is written is to be encrypted, and there is no password. For a look before anything is done.
  Result<> CheckPassword() const;
  /// To all places; local ones are replaced as a whole and keep their mode, new ones get 0600.
  Written Write(const std::string& bytes) const;

 private:
  /// The bytes as they lie there.
  Result<std::optional<std::string>> ReadPlace(const Place& place) const;
  Result<std::string> Decode(const Place& place, std::string bytes) const;
  Result<> WritePlace(const Place& place, const std::string& bytes) const;

  std::vector<Place> places_;
  std::string what_;
  StorageOptions options_;
  mutable std::set<std::string> encrypted_;  // places where it lay encrypted when it was read: it stays so
};

/// The file that a path leads to by links, also where it is not there yet.
Path WithoutLinks(Path file);
/// invalid_input where it is no state file. What is wrong is said without a position.
Result<> CheckStateFile(const Stored& stored);

/// The transfer of one object, by the programs of its cloud.
Result<std::optional<std::string>> Download(const Place& place, const StorageOptions& options);
Result<> Upload(const Place& place, const std::string& bytes, const StorageOptions& options);

}  // namespace davit::hub
