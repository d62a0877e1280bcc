// Blobs: sealed bytes by digest, in files (engine.md 9). A blob is written, durably, before the row that names it. Names are keyed digests
// of the content, so that a name tells nothing about a secret. Small blobs live in the store's own file instead (Transaction::
// PutSmallBlob) under the same names. Any thread.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "secrets/keyring.h"

namespace davit::blob {

/// The name of these bytes: `kind` keeps equal bytes of two kinds apart, as they have different retention.
std::string BlobName(const secrets::Keyring& keyring, std::string_view kind, std::string_view bytes);

class FileBlobStore {
 public:
  FileBlobStore(Path directory, const secrets::Keyring& keyring)
      : directory_(std::move(directory)), keyring_(keyring) {}

  /// Durable when it returns; the same content again is not written again. Within the writing transaction that names it (see Sweep). Errors: exhausted (disk full), denied.
  Result<std::string> Put(std::string_view kind, std::string_view bytes);
  /// not_found names the blob; internal where it was damaged.
  Result<std::string> Get(const std::string& name) const;
  /// Removes the files that are not in `referenced` and were written before `before_ms` (wall clock); gives how many. Whoever is about to
  /// name a blob, perhaps one that was here already, has to be kept out meanwhile: Put and Sweep belong into a writing transaction. One
  /// that is interrupted has removed some, and nothing else.
  size_t Sweep(const std::set<std::string>& referenced, int64_t before_ms);

 private:
  Path FileOf(const std::string& name) const { return directory_ / name.substr(0, 2) / name.substr(2); }

  Path directory_;
  const secrets::Keyring& keyring_;
};

}  // namespace davit::blob
