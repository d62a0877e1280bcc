#include "source/git_program.h"

#include "base/text.h"

namespace davit::source {
namespace {

/// Names by which git would take another repository, index or work tree than those of a directory: it sets them for its hooks.
constexpr const char* kOtherPlaces[] = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE"};

/// The line by which git says why it gave up; "" where there is none.
std::string WhyGitFailed(std::string_view errors) {
  std::string_view last;
  for (std::string_view line : Split(errors, '\n')) {
    for (const std::string_view mark : {"fatal: ", "error: "}) {
      if (line.starts_with(mark)) return ValidUtf8(Trim(line.substr(mark.size())));
    }
    if (!Trim(line).empty()) last = Trim(line);
  }
  return ValidUtf8(last);
}

}  // namespace

Result<Path> FindGit(exec::ProcessEnv& environment, const std::string& purpose) {
  Path git = exec::FindOnPath("git", environment);
  if (git.empty()) return Fail(ErrorCode::kNotFound, "there is no git on the PATH, " + purpose, "install git");
  for (const char* name : kOtherPlaces) environment.erase(name);
  environment["LC_ALL"] = "C";
  environment["GIT_OPTIONAL_LOCKS"] = "0";
  environment["GIT_TERMINAL_PROMPT"] = "0";
  return git;
}

Result<std::string> RunGit(const Path& git, const std::vector<std::string>& arguments,
                           const exec::ProcessEnv& environment, int64_t timeout_ms) {
  std::vector<std::string> argv{git.string()};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  std::string errors;
  Result<std::string> printed = exec::RunAndCapture(argv, environment, timeout_ms, &errors);
  if (!printed && printed.error().code == ErrorCode::kInvalidInput) printed.error().message = WhyGitFailed(errors);
  return printed;
}

}  // namespace davit::source
