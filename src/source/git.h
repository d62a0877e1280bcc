// What a git repository has at one commit, as files on this disk: git itself is asked, a few times per revision and never per file. Nothing
// is written into the repository, no hook of it runs, and its own index and work tree stay as they are. One thread.
#pragma once

#include <optional>
#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "exec/supervisor.h"

namespace davit::source {

class Repository {
 public:
  /// The repository that `directory` lies in or, where that is not there, the nearest directory above it that is. `environment`: PATH, and
  /// what git itself takes from it, but for the names by which it would take another repository. Errors: not_found (no git), invalid_input
  /// (no repository with a work tree, or git refuses it).
  static Result<Repository> Find(const Path& directory, exec::ProcessEnv environment);

  /// Its work tree: absolute, without links.
  const Path& top() const { return top_; }
  /// `path` relative to the work tree, "" = the work tree itself; as it is written where that leads there, else without links. nullopt where
  /// it lies elsewhere.
  std::optional<Path> Inside(const Path& path) const;
  /// The commit that a revision means. not_found where there is none.
  Result<std::string> CommitOf(const std::string& revision) const;

 private:
  friend class Checkout;
  Repository() = default;
  /// Runs git with a name of its own for what it fails at.
  Result<std::string> Run(const std::vector<std::string>& arguments, const exec::ProcessEnv& environment,
                          int64_t timeout_ms) const;

  Path git_;
  exec::ProcessEnv environment_;
  Path top_;
  Path git_directory_;
};

/// All files of a commit in a private directory, which goes with the object.
class Checkout {
 public:
  /// `parent`: where temporary files go; `repository` outlives it.
  static Result<Checkout> Make(const Repository& repository, const Path& parent);
  Checkout(Checkout&& other) noexcept;
  Checkout& operator=(Checkout&&) = delete;
  ~Checkout();

  /// Makes it that commit's; what is the same in the one before stays untouched. Submodules are empty directories. unavailable: in git's
  /// own words, a full disk among them.
  Result<> Move(const std::string& commit);
  /// Absolute, without links. Ignore files count up to it, as in a repository.
  const Path& tree() const { return tree_; }

 private:
  explicit Checkout(const Repository& repository) : repository_(repository) {}

  const Repository& repository_;
  Path directory_;
  Path tree_;
};

}  // namespace davit::source
