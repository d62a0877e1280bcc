#include "source/git_head.h"

#include "base/text.h"
#include "source/git_program.h"

namespace davit::source {
namespace {

constexpr int64_t kTimeoutMs = 60'000;
constexpr size_t kShortCommit = 7;

/// The directory at or above it that has a `.git`; "" = none.
Path TopOf(const Path& directory) {
  std::error_code error;
  for (Path top = std::filesystem::absolute(directory, error).lexically_normal();; top = top.parent_path()) {
    if (std::filesystem::exists(top / ".git", error)) return top;
    if (top == top.parent_path()) return {};
  }
}

}  // namespace

const GitHead& GitHeads::Of(const Path& directory) {
  const Path top = TopOf(directory);
  const auto known = known_.find(top);
  return known != known_.end() ? known->second : known_.emplace(top, Look(top)).first->second;
}

GitHead GitHeads::Look(const Path& top) {
  GitHead none;
  none.ref = "(not a Git)";
  if (top.empty()) return none;
  exec::ProcessEnv environment = environment_;
  const Result<Path> git = FindGit(environment, "which the state of a repository is asked for with");
  const auto cannot = [&](const Error& error) {
    none.problem = error.message;
    return none;
  };
  if (!git) return cannot(git.error());
  const auto ask = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"-C", top.string()});
    return RunGit(*git, arguments, environment, kTimeoutMs);
  };
  const Result<std::string> name = ask({"name-rev", "--name-only", "HEAD"});
  const Result<std::string> commit = ask({"rev-parse", "HEAD"});
  if (!name) return cannot(name.error());
  if (!commit) return cannot(commit.error());
  GitHead head;
  head.ref = std::string(Trim(*name)) + " " + std::string(Trim(*commit)).substr(0, kShortCommit);
  head.clean = "not calculated";
  if (!status_) return head;
  const Result<std::string> changed = ask({"status", "--porcelain"});
  if (changed) {
    head.clean = Trim(*changed).empty() ? "clean" : "dirty";
  } else {
    head.problem = changed.error().message;
  }
  return head;
}

}  // namespace davit::source
