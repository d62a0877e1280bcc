// Sources of components that lie in git: fetched by git, once per commit, into a cache below `.davit`, and pinned in davit.lock beside the
// manifest. What is pinned and in the cache costs no process and no network. Several davits may do this at once; one that is killed leaves
// nothing that counts. One thread.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "base/fd.h"
#include "base/result.h"
#include "exec/supervisor.h"
#include "source/git_lock.h"

namespace davit::source {

struct Fetched {
  Path directory;
  std::string commit;
  std::string note;  // for a person: a new pin, submodules; "" = nothing new
  std::string suggestion;
};

class GitFetcher {
 public:
  /// `cache` is made when something is fetched; `beside`: the manifest's directory, of davit.lock and of remotes that begin with `./` or `../`.
  /// `update`: what is pinned is resolved anew, each source once.
  GitFetcher(Path cache, Path beside, exec::ProcessEnv environment, bool update = false)
      : cache_(std::move(cache)), beside_(std::move(beside)), environment_(std::move(environment)), update_(update) {}

  /// The directory `sub_dir` of the files at the pinned commit; without a pin, of the commit that `ref` is now ("" = the remote's HEAD), which is
  /// pinned then. Errors: invalid_input (a remote, ref or sub_dir that is refused or not there, a broken davit.lock), not_found (no git),
  /// unavailable (git cannot fetch), timed_out.
  Result<Fetched> Fetch(const std::string& remote, const std::string& ref, const std::string& sub_dir);

 private:
  /// "" where it is to be resolved.
  Result<std::string> Pinned(const std::string& remote, const std::string& ref);
  Path TreeOf(const std::string& remote, const std::string& commit) const;
  /// Gets `wanted`, a ref or a commit, and gives its commit; its tree is in the cache then. Under the lock of the cache.
  Result<std::string> Get(const std::string& remote, const std::string& wanted);

  const Path cache_;
  const Path beside_;
  const exec::ProcessEnv environment_;
  const bool update_;
  std::set<std::pair<std::string, std::string>> updated_;  // remote and ref
  std::optional<GitLock> lock_;
};

}  // namespace davit::source
