// File descriptors and whole-file helpers. Every descriptor is close-on-exec. Any thread.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace davit {

/// Owns a file descriptor; -1 = none.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Fd& operator=(Fd&& other) noexcept {
    if (this != &other) {
      Close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  Fd(const Fd&) = delete;
  Fd& operator=(const Fd&) = delete;
  ~Fd() { Close(); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int Release() { return std::exchange(fd_, -1); }
  void Close();

 private:
  int fd_ = -1;
};

using Path = std::filesystem::path;

/// Opens with O_CLOEXEC. Errors name the path.
Result<Fd> OpenFile(const Path& path, int flags, unsigned mode = 0600);
/// The whole file, at most `max_bytes` (exhausted beyond).
Result<std::string> ReadFile(const Path& path, size_t max_bytes = size_t{1} << 30);
/// Writes all of it or says why not.
Result<> WriteAll(int fd, std::string_view bytes);
/// Temporary file beside it, fsync, rename, fsync of the directory: after a crash the old or the new content, never a part.
Result<> WriteFileAtomic(const Path& path, std::string_view bytes, unsigned mode = 0600);
/// Plain write with the mode, no fsync; for files that a crash may lose.
Result<> WriteFile(const Path& path, std::string_view bytes, unsigned mode = 0600);
Result<> MakeDirectories(const Path& path, unsigned mode = 0700);
Result<> SyncDirectory(const Path& path);

}  // namespace davit
