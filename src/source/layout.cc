#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/digest.h"
#include "base/text.h"
#include "source/archive.h"
#include "source/entries.h"
#include "source/stat_cache.h"

namespace davit::source {
namespace {

// As a check-out has them: tools pack these files (into function archives, images) with their modes. The directory around the tree is 0700.
constexpr mode_t kFileMode = 0644;
constexpr mode_t kExecutableMode = 0755;
constexpr mode_t kDirectoryMode = 0755;
constexpr int kMaxDepth = 1000;

/// What a tool wrote of its state beside the module is never thrown away.
bool IsState(std::string_view name) {
  return name.ends_with(".tfstate") || name.ends_with(".tfstate.backup");
}

class Layouter {
 public:
  Layouter(const Archive& archive, Path directory, FileDigests& digests)
      : archive_(archive), directory_(std::move(directory)), digests_(digests) {}

  Result<> Run() {
    TRY(MakeDirectories(directory_));
    TRY_ASSIGN(Fd root, OpenFile(directory_, O_RDONLY | O_DIRECTORY));
    TRY(LayDirectory(root.get(), "", 0, archive_.bundle.entries.size()));
    // Only now, as most of what was written is by now older than a tick of the clock.
    const int64_t now_ns = NowNs();
    for (const auto& [info, entry] : written_) digests_.Keep(info, entry->digest, now_ns);
    return {};
  }

 private:
  struct Wanted {
    std::string_view name;
    size_t first = 0;  // entries
    size_t last = 0;
    bool directory = false;
  };

  std::string Shown(std::string_view path) const { return (directory_ / path).string(); }
  tl::unexpected<Error> Errno(const std::string& what, std::string_view path) const {
    return FailErrno(errno, "cannot " + what + " " + Shown(path));
  }

  /// Makes the directory `path`, open as `fd`, hold the entries [first, last) and nothing else.
  Result<> LayDirectory(int fd, const std::string& path, size_t first, size_t last) {
    const std::vector<Entry>& entries = archive_.bundle.entries;
    const size_t skip = path.empty() ? 0 : path.size() + 1;
    std::vector<Wanted> wanted;
    for (size_t i = first; i < last;) {
      if (entries[i].manifest) {
        ++i;
        continue;
      }
      const std::string_view rest = std::string_view(entries[i].path).substr(skip);
      Wanted item{rest.substr(0, rest.find('/')), i, i + 1, rest.find('/') != std::string_view::npos};
      const std::string prefix = JoinPath(path, item.name) + "/";
      while (item.directory && item.last < last && entries[item.last].path.starts_with(prefix)) ++item.last;
      i = item.last;
      wanted.push_back(item);
    }
    std::sort(wanted.begin(), wanted.end(), [](const Wanted& a, const Wanted& b) { return a.name < b.name; });
    TRY_ASSIGN(std::vector<std::string> present, Names(fd, path));
    for (const std::string& name : present) {
      const auto found = std::lower_bound(wanted.begin(), wanted.end(), name,
                                          [](const Wanted& a, const std::string& b) { return a.name < b; });
      if (found != wanted.end() && found->name == name) continue;
      TRY(Remove(fd, name, JoinPath(path, name), false, 0));
    }
    for (const Wanted& item : wanted) {
      const std::string below = JoinPath(path, item.name);
      if (item.directory) {
        TRY_ASSIGN(Fd child, OpenDirectory(fd, std::string(item.name), below));
        TRY(LayDirectory(child.get(), below, item.first, item.last));
      } else {
        TRY(LayEntry(fd, std::string(item.name), item.first));
      }
    }
    return {};
  }

  /// Never through a link: what is in the way, made by a script perhaps, goes.
  Result<Fd> OpenDirectory(int parent, const std::string& name, const std::string& path) {
    struct stat info {};
    bool there = ::fstatat(parent, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && !S_ISDIR(info.st_mode)) {
      TRY(Remove(parent, name, path, true, 0));
      there = false;
    }
    if (!there && ::mkdirat(parent, name.c_str(), kDirectoryMode) != 0) return Errno("make the directory", path);
    if (!there || (info.st_mode & 07777) != kDirectoryMode) {
      if (::fchmodat(parent, name.c_str(), kDirectoryMode, 0) != 0) return Errno("set the mode of", path);
    }
    Fd fd(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!fd) return Errno("open the directory", path);
    return fd;
  }

  Result<> LayEntry(int parent, const std::string& name, size_t index) {
    const Entry& entry = archive_.bundle.entries[index];
    struct stat info {};
    if (::fstatat(parent, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) == 0) {
      TRY_ASSIGN(const bool same, IsSame(parent, name, entry, info));
      if (same) return {};
      TRY(Remove(parent, name, entry.path, true, 0));
    }
    if (entry.link) {
      if (::symlinkat(entry.target.c_str(), parent, name.c_str()) != 0) return Errno("make the link", entry.path);
      return {};
    }
    const std::string_view content = archive_.contents[index];
    if (DigestOf(content) != entry.digest) {
      return Fail(ErrorCode::kInvalidInput, "the bundle cannot be used: the content of " + entry.path + " is damaged",
                  "submit the stack again, so that its files are packed anew");
    }
    Fd fd(::openat(parent, name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!fd) return Errno("write", entry.path);
    if (Result<> done = WriteAll(fd.get(), content); !done) {
      Error error = std::move(done).error();
      error.message += " " + Shown(entry.path);
      return Fail(std::move(error));
    }
    if (::fchmod(fd.get(), entry.executable ? kExecutableMode : kFileMode) != 0)
      return Errno("set the mode of", entry.path);
    if (::fstat(fd.get(), &info) != 0) return Errno("read", entry.path);
    written_.emplace_back(info, &entry);
    return {};
  }

  Result<bool> IsSame(int parent, const std::string& name, const Entry& entry, const struct stat& info) {
    if (entry.link) {
      if (!S_ISLNK(info.st_mode)) return false;
      std::string target(entry.target.size() + 1, '\0');
      const ssize_t size = ::readlinkat(parent, name.c_str(), target.data(), target.size());
      return size >= 0 && std::string_view(target.data(), static_cast<size_t>(size)) == entry.target;
    }
    if (!S_ISREG(info.st_mode) || static_cast<uint64_t>(info.st_size) != entry.size) return false;
    if ((info.st_mode & 07777) != (entry.executable ? kExecutableMode : kFileMode)) return false;
    if (const std::optional<std::string> known = digests_.Find(info)) return *known == entry.digest;
    TRY_ASSIGN(const std::string digest, digests_.DigestOfFile(directory_ / entry.path));
    return digest == entry.digest;
  }

  Result<std::vector<std::string>> Names(int fd, const std::string& path) {
    const int copy = ::openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR* stream = copy < 0 ? nullptr : ::fdopendir(copy);
    if (stream == nullptr) {
      const int error = errno;
      Fd closer(copy);
      return FailErrno(error, "cannot read the directory " + Shown(path));
    }
    std::vector<std::string> names;
    while (const dirent* item = ::readdir(stream)) {
      const std::string_view name = item->d_name;
      if (name != "." && name != "..") names.emplace_back(name);
    }
    ::closedir(stream);
    return names;
  }

  /// `in_the_way`: an entry takes its place, so nothing may stay of it.
  Result<> Remove(int parent, const std::string& name, const std::string& path, bool in_the_way, int depth) {
    struct stat info {};
    if (::fstatat(parent, name.c_str(), &info, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) return {};
      return Errno("remove", path);
    }
    if (!S_ISDIR(info.st_mode)) {
      if (!in_the_way && IsState(name)) return {};
      if (::unlinkat(parent, name.c_str(), 0) != 0 && errno != ENOENT) return Errno("remove", path);
      return {};
    }
    if (depth > kMaxDepth)
      return Fail(ErrorCode::kInternal, "cannot remove " + Shown(path) + ": its directories are too deep");
    if ((info.st_mode & S_IRWXU) != S_IRWXU) (void)!::fchmodat(parent, name.c_str(), 0700, 0);
    {
      Fd fd(::openat(parent, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!fd) return Errno("remove", path);
      TRY_ASSIGN(const std::vector<std::string> names, Names(fd.get(), path));
      // A tool's own directory is scratch, also the file in it that is called a state.
      const bool scratch = name == ".terraform";
      for (const std::string& child : names) TRY(Remove(fd.get(), child, JoinPath(path, child), scratch, depth + 1));
    }
    if (::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT) return {};
    if (errno != ENOTEMPTY && errno != EEXIST) return Errno("remove", path);
    if (!in_the_way) return {};
    return Fail(ErrorCode::kConflict,
                "cannot lay out " + Shown(path) + ": a directory with a state file is in its place",
                "look whether that state is still needed, then move the directory away");
  }

  const Archive& archive_;
  Path directory_;
  FileDigests& digests_;
  std::vector<std::pair<struct stat, const Entry*>> written_;
};

}  // namespace

Result<> LayOut(std::string_view archive, const Path& directory) {
  TRY_ASSIGN(const Archive read, ReadArchive(archive));
  // Nothing here is synced: after a power cut the files may be empty, so digests are believed only within the boot that wrote them.
  Result<std::string> boot = ReadFile("/proc/sys/kernel/random/boot_id");
  Path root = directory.lexically_normal();
  if (!root.has_filename()) root = root.parent_path();
  FileDigests digests(root.string() + ".stat", boot ? std::string(Trim(*boot)) : "no boot id is known");
  TRY(Layouter(read, root, digests).Run());
  return digests.Save();
}

}  // namespace davit::source
