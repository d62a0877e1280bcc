// `<file>.lock` beside each local state file, for the time of a run: whoever finds it does nothing. It says whose it is. A lock in a bucket
// is respected, not taken: its programs cannot make an object only where there is none. One thread.
#pragma once

#include <string>
#include <vector>

#include "hub/storage.h"

namespace davit::hub {

class StateLock {
 public:
  /// conflict where a lock is there: whose, whether its process is gone, and what to remove. Takes all or none.
  static Result<StateLock> Take(const std::vector<Place>& places, const StorageOptions& options, TimeMs now);

  StateLock(StateLock&& other) noexcept : files_(std::move(other.files_)) { other.files_.clear(); }
  StateLock& operator=(StateLock&& other) noexcept;
  StateLock(const StateLock&) = delete;
  StateLock& operator=(const StateLock&) = delete;
  ~StateLock() { Release(); }

  void Release();

 private:
  StateLock() = default;
  std::vector<Path> files_;
};

}  // namespace davit::hub
