#include "source/stat_cache.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>

#include "base/digest.h"

namespace davit::source {
namespace {

constexpr std::string_view kMagic = "davit stat cache 1\n";
constexpr size_t kDigestSize = 64;
constexpr size_t kRecordSize = 5 * sizeof(int64_t) + sizeof(uint32_t) + kDigestSize;
/// A digest that so many saves did not need is forgotten: the file is gone or changed.
constexpr uint32_t kForgetAfter = 64;
/// Longer than a tick of any kernel; file systems that keep whole seconds get two of them.
constexpr int64_t kTickNs = 20'000'000;
constexpr int64_t kCoarseTickNs = 2'000'000'000;

int64_t Ns(const struct timespec& time) {
  return int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

template <typename T>
void Put(std::string& out, T value) {
  char bytes[sizeof(T)];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof bytes);
}

template <typename T>
T Take(const char*& at) {
  T value;
  std::memcpy(&value, at, sizeof value);
  at += sizeof value;
  return value;
}

bool SameStat(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino && a.st_size == b.st_size && Ns(a.st_mtim) == Ns(b.st_mtim) &&
         Ns(a.st_ctim) == Ns(b.st_ctim);
}

}  // namespace

int64_t NowNs() {
  struct timespec now {};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return Ns(now);
}

std::unique_ptr<StatCache> StatCache::Open(const Path& file) {
  return std::make_unique<FileDigests>(file, "");
}

FileDigests::FileDigests(Path file, std::string scope) : file_(std::move(file)), scope_(std::move(scope)) {
  Load();
}

void FileDigests::Load() {
  const Result<std::string> text = ReadFile(file_);
  const size_t frame = kMagic.size() + kDigestSize;
  if (!text || text->size() < frame || !text->starts_with(kMagic) || (text->size() - frame) % kRecordSize != 0) return;
  const std::string_view records = std::string_view(*text).substr(frame);
  if (Digester(scope_).AddRaw(records).Finish() != text->substr(kMagic.size(), kDigestSize)) return;
  known_.reserve(records.size() / kRecordSize);
  for (const char* at = records.data(); at < records.data() + records.size();) {
    Key key;
    key.device = Take<uint64_t>(at);
    key.inode = Take<uint64_t>(at);
    Known known;
    known.size = Take<int64_t>(at);
    known.mtime_ns = Take<int64_t>(at);
    known.ctime_ns = Take<int64_t>(at);
    known.unused = Take<uint32_t>(at) + 1;
    known.digest.assign(at, kDigestSize);
    at += kDigestSize;
    known_.emplace(key, std::move(known));
  }
}

std::optional<std::string> FileDigests::Find(const struct stat& info) {
  const auto found = known_.find({info.st_dev, info.st_ino});
  if (found == known_.end()) return std::nullopt;
  Known& known = found->second;
  if (known.size != info.st_size || known.mtime_ns != Ns(info.st_mtim) || known.ctime_ns != Ns(info.st_ctim))
    return std::nullopt;
  known.unused = 0;
  return known.digest;
}

void FileDigests::Keep(const struct stat& info, std::string digest, int64_t verified_ns) {
  const int64_t ctime_ns = Ns(info.st_ctim);
  const int64_t tick_ns = ctime_ns % 1'000'000'000 == 0 ? kCoarseTickNs : kTickNs;
  const Key key{info.st_dev, info.st_ino};
  if (ctime_ns + tick_ns > verified_ns) {
    changed_ |= known_.erase(key) > 0;
    return;
  }
  changed_ = true;
  known_[key] = {info.st_size, Ns(info.st_mtim), ctime_ns, std::move(digest), 0};
}

Result<std::string> FileDigests::DigestOfFile(const Path& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return FailErrno(errno, "cannot read " + path.string());
  if (!S_ISREG(info.st_mode)) return Fail(ErrorCode::kInvalidInput, path.string() + " is not a regular file");
  if (std::optional<std::string> known = Find(info)) return *std::move(known);
  TRY_ASSIGN(Fd fd, OpenFile(path, O_RDONLY | O_NONBLOCK));  // never waits, should it have become a fifo
  std::string buffer(size_t{256} << 10, '\0');
  for (int attempt = 0; attempt < 3; ++attempt) {
    const int64_t began_ns = NowNs();
    if (::fstat(fd.get(), &info) != 0) return FailErrno(errno, "cannot read " + path.string());
    Digester digester;
    for (off_t offset = 0;;) {
      const ssize_t got = ::pread(fd.get(), buffer.data(), buffer.size(), offset);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return FailErrno(errno, "cannot read " + path.string());
      if (got == 0) break;
      digester.AddRaw({buffer.data(), static_cast<size_t>(got)});
      offset += got;
    }
    struct stat after {};
    if (::fstat(fd.get(), &after) != 0) return FailErrno(errno, "cannot read " + path.string());
    if (!SameStat(info, after)) continue;
    std::string digest = digester.Finish();
    Keep(info, digest, began_ns);
    return digest;
  }
  return Fail(ErrorCode::kConflict, path.string() + " changes while it is read",
              "wait until nothing writes it, then try again");
}

Result<> FileDigests::Save() {
  if (!changed_ || file_.empty()) return {};
  TRY(MakeDirectories(file_.parent_path()));
  std::string records;
  records.reserve(known_.size() * kRecordSize);
  for (const auto& [key, known] : known_) {
    if (known.unused > kForgetAfter) continue;
    Put(records, key.device);
    Put(records, key.inode);
    Put(records, known.size);
    Put(records, known.mtime_ns);
    Put(records, known.ctime_ns);
    Put(records, known.unused);
    records += known.digest;
  }
  const std::string text = std::string(kMagic) + Digester(scope_).AddRaw(records).Finish() + records;
  const Path temporary = file_.string() + ".tmp" + std::to_string(::getpid());
  TRY(WriteFile(temporary, text));
  if (::rename(temporary.c_str(), file_.c_str()) != 0) {
    const int error = errno;
    ::unlink(temporary.c_str());
    return FailErrno(error, "cannot write " + file_.string());
  }
  changed_ = false;
  return {};
}

}  // namespace davit::source
