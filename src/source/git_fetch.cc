#include "source/git_fetch.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>

#include "base/digest.h"
#include "base/text.h"
#include "source/git_program.h"

namespace davit::source {
namespace {

constexpr int64_t kLocalTimeoutMs = 60'000;
constexpr int64_t kFetchTimeoutMs = 1'800'000;
constexpr const char* kProtocols = "file:git:http:https:ssh";
constexpr const char* kPart = "part";  // of the cache: what is being fetched

Result<> CheckRemote(const std::string& remote) {
  const auto refuse = [&](const std::string& why, const std::string& help) {
    return Fail(ErrorCode::kInvalidInput, "its git remote " + why, help);
  };
  const std::string known = "write an https://, ssh:// or file:// address, USER@HOST:PATH, or a path";
  if (remote.starts_with('-')) return refuse("begins with '-'", known);
  if (std::any_of(remote.begin(), remote.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    return refuse("has control characters", known);
  // `ext::` and the like run programs.
  const auto letter = [](unsigned char c) { return std::isalnum(c) != 0; };
  const auto word = static_cast<size_t>(std::find_if_not(remote.begin(), remote.end(), letter) - remote.begin());
  if (remote.compare(word, 2, "::") == 0) return refuse("is of the kind '" + remote.substr(0, word) + "::'", known);
  if (const size_t scheme = remote.find("://"); scheme != std::string::npos) {
    const std::string host = remote.substr(scheme + 3, remote.find('/', scheme + 3) - scheme - 3);
    const size_t at = host.rfind('@');
    if (at != std::string::npos && host.substr(0, at).find(':') != std::string::npos)
      return refuse("has a password in it", "remove it, and give it to git by a credential helper");
  }
  return {};
}

Result<> CheckRef(const std::string& ref) {
  const bool odd = std::any_of(ref.begin(), ref.end(), [](unsigned char c) {
    return c <= 0x20 || c == 0x7f || std::string_view(":?*[\\^~+").find(static_cast<char>(c)) != std::string::npos;
  });
  if (!odd && !ref.starts_with('-') && ref.find("..") == std::string::npos) return {};
  return Fail(ErrorCode::kInvalidInput, "'" + ValidUtf8(ref) + "' is no name of a branch, a tag or a commit",
              "correct ref");
}

/// A directory of a tree that does not lead out of it, by `..` or by a link.
Result<Path> Below(const Path& tree, const std::string& sub_dir, const std::string& commit) {
  const auto refuse = [&](const std::string& what) {
    return Fail(ErrorCode::kInvalidInput, "subDir " + sub_dir + " " + what, "name a directory of the repository");
  };
  const Path relative = Path(sub_dir).lexically_normal();
  if (relative.is_absolute() || (!relative.empty() && *relative.begin() == ".."))
    return refuse("leads out of the repository");
  std::error_code error;
  const Path top = std::filesystem::canonical(tree, error);
  const Path real = std::filesystem::canonical(top / relative, error);
  if (error || !std::filesystem::is_directory(real, error)) return refuse("is not there at commit " + commit);
  if (const Path inside = real.lexically_relative(top); *inside.begin() == ".." || *inside.begin() == ".git")
    return refuse("leads out of the repository");
  return real;
}

bool MayBeShortCommit(const std::string& ref) {
  return ref.size() >= 7 && std::all_of(ref.begin(), ref.end(), [](unsigned char c) { return std::isxdigit(c) != 0; });
}

}  // namespace

Path GitFetcher::TreeOf(const std::string& remote, const std::string& commit) const {
  return cache_ / DigestOf(remote).substr(0, 16) / commit;
}

Result<std::string> GitFetcher::Pinned(const std::string& remote, const std::string& ref) {
  if (!lock_) {
    TRY_ASSIGN(lock_, GitLock::Read(beside_ / GitLock::kFileName));
  }
  if (update_ && !IsCommit(ref) && !updated_.contains({remote, ref})) return std::string();
  std::string commit = lock_->CommitOf(remote, ref);
  return commit.empty() && IsCommit(ref) ? ref : commit;
}

Result<std::string> GitFetcher::Get(const std::string& remote, const std::string& wanted) {
  exec::ProcessEnv environment = environment_;
  TRY_ASSIGN(const Path git, FindGit(environment, "by which its source is fetched"));
  environment["GIT_ALLOW_PROTOCOL"] = kProtocols;
  environment.try_emplace("SSH_ASKPASS", "/bin/false");
  environment.try_emplace("SSH_ASKPASS_REQUIRE", "force");
  const Path part = cache_ / kPart;
  std::error_code error;
  std::filesystem::remove_all(part, error);  // of a davit that was killed
  TRY(MakeDirectories(part));
  const Path repository = part / "repository";
  const Path tree = part / "tree";
  TRY(MakeDirectories(tree / ".git"));  // where the rules of ignore files end
  const auto run = [&](std::vector<std::string> arguments, int64_t timeout_ms) {
    // Whatever the person has configured: no hook, and the bytes of the commit.
    std::vector<std::string> all{"-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false",
                                 "-c", "core.autocrlf=false",      "-c", "gc.auto=0",
                                 "-c", "maintenance.auto=false",   "-C", repository.string()};
    all.insert(all.end(), arguments.begin(), arguments.end());
    return RunGit(git, all, environment, timeout_ms);
  };
  TRY(MakeDirectories(repository));
  TRY(run({"init", "--quiet", "--bare", "--template=", "."}, kLocalTimeoutMs));
  const bool relative = remote.starts_with("./") || remote.starts_with("../");
  const std::string from =
      relative ? std::filesystem::absolute(beside_ / remote, error).lexically_normal().string() : remote;
  const std::string name = wanted.empty() ? "HEAD" : wanted;
  const std::vector<std::string> fetch{"fetch", "--quiet", "--no-recurse-submodules"};
  const auto fetched = [&](std::vector<std::string> more) {
    more.insert(more.begin(), fetch.begin(), fetch.end());
    return run(std::move(more), kFetchTimeoutMs);
  };
  Result<std::string> done = fetched({"--no-tags", "--depth=1", "--", from, name});
  std::string revision = "FETCH_HEAD^{commit}";
  // An abbreviated commit, or a server that gives no commit by its name: all there is.
  if (!done && done.error().code == ErrorCode::kInvalidInput && MayBeShortCommit(wanted)) {
    done = fetched({"--", from, "+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"});
    revision = wanted + "^{commit}";
  }
  Result<std::string> commit = done ? run({"rev-parse", "--quiet", "--verify", revision}, kLocalTimeoutMs) : done;
  if (!commit) {
    Error failed = std::move(commit).error();
    if (failed.code != ErrorCode::kInvalidInput) return Fail(std::move(failed));
    const std::string at = wanted.empty() ? "" : " at " + wanted;
    failed.code = ErrorCode::kUnavailable;
    failed.message = "git cannot fetch " + remote + at + (failed.message.empty() ? "" : ": " + failed.message);
    failed.suggestion = "correct remote and ref, look whether `git ls-remote` reaches it, or clone it to localDir";
    return Fail(std::move(failed));
  }
  std::string found(Trim(*commit));
  environment["GIT_DIR"] = repository.string();
  environment["GIT_WORK_TREE"] = tree.string();
  environment["GIT_INDEX_FILE"] = (part / "index").string();
  if (Result<std::string> wrote = run(
          {"read-tree", "--reset", "-u", "--no-sparse-checkout", "--no-recurse-submodules", found}, kFetchTimeoutMs);
      !wrote) {
    wrote.error().message = "git cannot write the files of " + found + ": " + wrote.error().message;
    wrote.error().code = ErrorCode::kUnavailable;
    return Fail(std::move(wrote).error());
  }
  // All of it is on the disk before it has its name.
  TRY_ASSIGN(const Fd directory, OpenFile(tree, O_RDONLY | O_DIRECTORY));
  if (::syncfs(directory.get()) != 0) return FailErrno(errno, "cannot write " + tree.string());
  const Path target = TreeOf(remote, found);
  TRY(MakeDirectories(target.parent_path()));
  if (!std::filesystem::exists(target, error)) {
    std::filesystem::rename(tree, target, error);
    if (error) return FailErrno(error.value(), "cannot rename " + tree.string() + " to " + target.string());
    TRY(SyncDirectory(target.parent_path()));
  }
  std::filesystem::remove_all(part, error);
  return found;
}

Result<Fetched> GitFetcher::Fetch(const std::string& remote, const std::string& ref, const std::string& sub_dir) {
  TRY(CheckRemote(remote));
  TRY(CheckRef(ref));
  Fetched fetched;
  TRY_ASSIGN(fetched.commit, Pinned(remote, ref));
  std::error_code error;
  if (fetched.commit.empty() || !std::filesystem::is_directory(TreeOf(remote, fetched.commit), error)) {
    TRY(MakeDirectories(cache_));
    TRY(WriteFile(cache_ / ".gitignore", "*\n", 0644));
    TRY_ASSIGN(const Fd lock, OpenFile(cache_ / "lock", O_RDWR | O_CREAT));
    while (::flock(lock.get(), LOCK_EX) != 0) {
      if (errno != EINTR) return FailErrno(errno, "cannot lock " + cache_.string());
    }
    lock_.reset();  // another davit may have pinned it meanwhile
    TRY_ASSIGN(fetched.commit, Pinned(remote, ref));
    const bool pinned = !fetched.commit.empty();
    if (!pinned || !std::filesystem::is_directory(TreeOf(remote, fetched.commit), error)) {
      TRY_ASSIGN(fetched.commit, Get(remote, pinned ? fetched.commit : ref));
    }
    updated_.insert({remote, ref});
    if (const std::string before = lock_->CommitOf(remote, ref); before != fetched.commit && fetched.commit != ref) {
      lock_->Pin(remote, ref, fetched.commit);
      TRY(lock_->Write(beside_ / GitLock::kFileName));
      fetched.note = remote + (ref.empty() ? "" : " at " + ref) + " is now pinned to commit " + fetched.commit;
      fetched.suggestion = std::string("check in ") + GitLock::kFileName;
    }
  }
  const Path tree = TreeOf(remote, fetched.commit);
  TRY_ASSIGN(fetched.directory, Below(tree, sub_dir, fetched.commit));
  if (fetched.note.empty() && std::filesystem::exists(tree / ".gitmodules", error)) {
    fetched.note = remote + " has submodules, which are not fetched";
    fetched.suggestion = "where it needs them, clone it with --recurse-submodules to localDir";
  }
  return fetched;
}

}  // namespace davit::source
