// The stat cache behind StatCache (source/bundle.h), which laying out a tree uses too: it knows a file's digest from device, inode, size,
// mtime and ctime. One thread.
#pragma once

#include <sys/stat.h>

#include <optional>
#include <unordered_map>

#include "source/bundle.h"

namespace davit::source {

class FileDigests final : public StatCache {
 public:
  /// A file of another `scope` (empty, or 16 to 64 bytes) counts as missing; a layout's is the boot, as only the kernel that wrote its files
  /// vouches for what was never synced.
  FileDigests(Path file, std::string scope);

  Result<std::string> DigestOfFile(const Path& path) override;
  Result<> Save() override;

  /// The digest of a file with this stat, where it is known for sure.
  std::optional<std::string> Find(const struct stat& info);
  /// Keeps that a file with this stat had this digest at `verified_ns` (CLOCK_REALTIME), unless it had changed just then: another change
  /// in the same tick of the file system's clock would not be seen.
  void Keep(const struct stat& info, std::string digest, int64_t verified_ns);

 private:
  struct Key {
    uint64_t device = 0;
    uint64_t inode = 0;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct KeyHash {
    size_t operator()(const Key& key) const { return key.inode * 0x9E3779B97F4A7C15u ^ key.device; }
  };
  struct Known {
    int64_t size = 0;
    int64_t mtime_ns = 0;
    int64_t ctime_ns = 0;
    std::string digest;
    uint32_t unused = 0;  // how many saves since it was asked for
  };
  void Load();

  Path file_;
  std::string scope_;
  std::unordered_map<Key, Known, KeyHash> known_;
  bool changed_ = false;
};

/// Nanoseconds since the epoch.
int64_t NowNs();

}  // namespace davit::source
