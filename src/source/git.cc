#include "source/git.h"

#include <stdlib.h>

#include <cerrno>
#include <utility>

#include "base/text.h"
#include "source/git_program.h"

namespace davit::source {
namespace {

constexpr int64_t kAskTimeoutMs = 60'000;
constexpr int64_t kCheckoutTimeoutMs = 3'600'000;  // also where a partial clone has to fetch what it lacks

Path Real(const Path& path) {
  std::error_code error;
  const Path real = std::filesystem::canonical(path, error);
  return error ? Path() : real;
}

Path Absolute(const Path& path) {
  std::error_code error;
  const Path absolute = std::filesystem::absolute(path, error).lexically_normal();
  return absolute.has_filename() || !absolute.has_relative_path() ? absolute : absolute.parent_path();
}

}  // namespace

Result<std::string> Repository::Run(const std::vector<std::string>& arguments, const exec::ProcessEnv& environment,
                                    int64_t timeout_ms) const {
  return RunGit(git_, arguments, environment, timeout_ms);
}

Result<Repository> Repository::Find(const Path& directory, exec::ProcessEnv environment) {
  Repository found;
  TRY_ASSIGN(found.git_, FindGit(environment, "by which revisions are read"));
  found.environment_ = std::move(environment);

  Path start = Absolute(directory);
  std::error_code error;
  while (!std::filesystem::is_directory(start, error) && start.has_relative_path()) start = start.parent_path();
  Result<std::string> printed = found.Run({"-C", start.string(), "rev-parse", "--show-toplevel", "--absolute-git-dir"},
                                          found.environment_, kAskTimeoutMs);
  if (!printed) {
    Error refused = std::move(printed).error();
    if (refused.code != ErrorCode::kInvalidInput) return Fail(std::move(refused));
    const bool none = refused.message.find("not a git repository") != std::string::npos;
    refused.message = none ? start.string() + " is in no git repository"
                           : "git does not give the repository of " + start.string() + ": " + refused.message;
    refused.suggestion = none ? "name the directory of a stack that is kept in one" : "";
    return Fail(std::move(refused));
  }
  const std::vector<std::string_view> lines = Split(*printed, '\n');
  if (lines.size() < 2 || lines[0].empty() || lines[1].empty())
    return Fail(ErrorCode::kInternal, "git does not say where the repository of " + start.string() + " is");
  found.top_ = Real(Path(lines[0]));
  found.git_directory_ = Path(lines[1]);
  return found;
}

std::optional<Path> Repository::Inside(const Path& path) const {
  const Path absolute = Absolute(path);
  // As written where one of the directories above is the work tree: links below it are the revision's own.
  for (Path above = absolute;; above = above.parent_path()) {
    if (Real(above) == top_) {
      const Path relative = absolute.lexically_relative(above);
      return relative == "." ? Path() : relative;
    }
    if (!above.has_relative_path()) break;
  }
  Path there = absolute;  // what of it is there
  while (Real(there).empty() && there.has_relative_path()) there = there.parent_path();
  const Path real =
      there == absolute ? Real(there) : (Real(there) / absolute.lexically_relative(there)).lexically_normal();
  const Path relative = real.lexically_relative(top_);
  if (relative.empty() || *relative.begin() == "..") return std::nullopt;
  return relative == "." ? Path() : relative;
}

Result<std::string> Repository::CommitOf(const std::string& revision) const {
  const auto unknown = [&] {
    return Fail(ErrorCode::kNotFound,
                "there is no revision '" + ValidUtf8(revision) + "' in the repository " + top_.string(),
                "name a commit, a branch or a tag that is there; what a shallow clone lacks comes with `git fetch "
                "--unshallow`");
  };
  if (revision.empty() || revision.starts_with('-')) return unknown();
  Result<std::string> printed = Run({"-C", top_.string(), "rev-parse", "--quiet", "--verify", revision + "^{commit}"},
                                    environment_, kAskTimeoutMs);
  if (printed) return std::string(Trim(*printed));
  if (printed.error().code == ErrorCode::kInvalidInput) return unknown();
  return printed;
}

Result<Checkout> Checkout::Make(const Repository& repository, const Path& parent) {
  Checkout made(repository);
  std::string pattern = (parent / "davit-revision-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr)
    return FailErrno(errno, "cannot make a temporary directory in " + parent.string());
  made.directory_ = pattern;
  made.tree_ = Real(pattern) / "tree";
  TRY(MakeDirectories(made.tree_ / ".git"));  // where the rules of ignore files end
  return made;
}

Checkout::Checkout(Checkout&& other) noexcept
    : repository_(other.repository_),
      directory_(std::exchange(other.directory_, Path())),
      tree_(std::move(other.tree_)) {}

Checkout::~Checkout() {
  std::error_code error;
  if (!directory_.empty()) std::filesystem::remove_all(directory_, error);
}

Result<> Checkout::Move(const std::string& commit) {
  exec::ProcessEnv environment = repository_.environment_;
  environment["GIT_DIR"] = repository_.git_directory_.string();
  environment["GIT_WORK_TREE"] = tree_.string();
  environment["GIT_INDEX_FILE"] = (directory_ / "index").string();
  // Whatever the person has configured: no hook, no helper of the repository's own work tree, nothing written beside its index.
  Result<std::string> done = repository_.Run(
      {"-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "core.splitIndex=false", "-c",
       "checkout.workers=1", "read-tree", "--reset", "-u", "--no-sparse-checkout", "--no-recurse-submodules", commit},
      environment, kCheckoutTimeoutMs);
  if (done) return {};
  Error error = std::move(done).error();
  if (error.code != ErrorCode::kInvalidInput) return Fail(std::move(error));
  error.code = ErrorCode::kUnavailable;
  error.message = "git cannot write the files of " + commit + " to " + directory_.string() + ": " + error.message;
  error.suggestion = "if there is no room for all of them, set TMPDIR to a directory that has more";
  return Fail(std::move(error));
}

}  // namespace davit::source
