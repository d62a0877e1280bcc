#include "base/fd.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace davit {

void Fd::Close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<Fd> OpenFile(const Path& path, int flags, unsigned mode) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
  if (fd < 0) return FailErrno(errno, "cannot open " + path.string());
  return Fd(fd);
}

Result<std::string> ReadFile(const Path& path, size_t max_bytes) {
  TRY_ASSIGN(Fd fd, OpenFile(path, O_RDONLY));
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return FailErrno(errno, "cannot read " + path.string());
  if (S_ISDIR(info.st_mode)) return Fail(ErrorCode::kInvalidInput, path.string() + " is a directory, not a file");
  std::string text;
  text.resize(static_cast<size_t>(info.st_size) + 1);  // one more, so that the end is seen without growing
  size_t used = 0;
  for (;;) {
    if (used == text.size()) text.resize(used + 4096 + used / 2);
    const ssize_t got = ::read(fd.get(), text.data() + used, text.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno(errno, "cannot read " + path.string());
    if (got == 0) break;
    used += static_cast<size_t>(got);
    if (used > max_bytes) {
      return Fail(ErrorCode::kExhausted, path.string() + " is larger than " + std::to_string(max_bytes >> 20) + " MB");
    }
  }
  text.resize(used);
  return text;
}

Result<> WriteAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return FailErrno(errno, "cannot write");
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return {};
}

Result<> WriteFileAtomic(const Path& path, std::string_view bytes, unsigned mode) {
  static std::atomic<unsigned> counter{0};
  const Path temporary = path.parent_path() / ("." + path.filename().string() + ".tmp" + std::to_string(::getpid()) +
                                               "." + std::to_string(counter.fetch_add(1)));
  Result<> done = [&]() -> Result<> {
    TRY_ASSIGN(Fd fd, OpenFile(temporary, O_WRONLY | O_CREAT | O_TRUNC, mode));
    if (Result<> written = WriteAll(fd.get(), bytes); !written) {
      Error error = written.error();
      error.message = "cannot write " + path.string() + error.message.substr(std::string("cannot write").size());
      return Fail(std::move(error));
    }
    if (::fsync(fd.get()) != 0) return FailErrno(errno, "cannot write " + path.string());
    if (::rename(temporary.c_str(), path.c_str()) != 0) return FailErrno(errno, "cannot write " + path.string());
    return {};
  }();
  if (!done) {
    ::unlink(temporary.c_str());
    return done;
  }
  return SyncDirectory(path.parent_path());
}

Result<> WriteFile(const Path& path, std::string_view bytes, unsigned mode) {
  TRY_ASSIGN(Fd fd, OpenFile(path, O_WRONLY | O_CREAT | O_TRUNC, mode));
  if (Result<> written = WriteAll(fd.get(), bytes); !written) {
    Error error = written.error();
    error.message = "cannot write " + path.string() + error.message.substr(std::string("cannot write").size());
    return Fail(std::move(error));
  }
  return {};
}

Result<> MakeDirectories(const Path& path, unsigned mode) {
  if (path.empty() || ::mkdir(path.c_str(), mode) == 0) return {};
  if (errno == EEXIST) {
    struct stat info {};
    if (::stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return {};
    return FailErrno(ENOTDIR, "cannot make the directory " + path.string());
  }
  if (errno != ENOENT) return FailErrno(errno, "cannot make the directory " + path.string());
  TRY(MakeDirectories(path.parent_path(), mode));
  if (::mkdir(path.c_str(), mode) != 0 && errno != EEXIST)
    return FailErrno(errno, "cannot make the directory " + path.string());
  return {};
}

Result<> SyncDirectory(const Path& path) {
  TRY_ASSIGN(Fd fd, OpenFile(path.empty() ? Path(".") : path, O_RDONLY | O_DIRECTORY));
  if (::fsync(fd.get()) != 0) return FailErrno(errno, "cannot sync " + path.string());
  return {};
}

}  // namespace davit
