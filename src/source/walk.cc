#include "source/walk.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "base/fd.h"
#include "base/text.h"
#include "source/entries.h"

namespace davit::source {
namespace {

constexpr size_t kMaxIgnoreFileBytes = 1 << 20;
constexpr const char* kLeaveOut = "list it in .davitignore";

bool AlwaysOut(std::string_view name) {
  return name == ".git" || name == ".davit" || name == ".terraform";
}
bool IsModuleFile(std::string_view name) {
  return name.ends_with(".tf") || name.ends_with(".tf.json");
}
bool IsVariablesFile(std::string_view name) {
  return name.ends_with(".tfvars") || name.ends_with(".tfvars.json");
}

bool Exists(const std::string& path) {
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0;
}

}  // namespace

std::string Walker::Verdict::Where() const {
  return JoinPath(rules->directory, by == By::kDavit ? ".davitignore" : ".gitignore") + ":" + std::to_string(line);
}

Walker::Verdict Walker::Judge(const Rules* rules, const std::string& path, bool directory) {
  auto decide = [&](IgnoreFile Rules::*file, Verdict::By by) -> Verdict {
    for (const Rules* at = rules; at != nullptr; at = at->above) {
      if ((at->*file).empty()) continue;
      const std::string_view relative =
          std::string_view(path).substr(at->directory == "/" ? 1 : at->directory.size() + 1);
      if (const IgnorePattern* pattern = (at->*file).Match(relative, directory))
        return {by, !pattern->negated, at, pattern->line};
    }
    return {};
  };
  const Verdict davit = decide(&Rules::davit, Verdict::By::kDavit);
  return davit.by != Verdict::By::kNone ? davit : decide(&Rules::git, Verdict::By::kGit);
}

bool Walker::TakenBackBelow(const Rules* rules, const std::string& directory) {
  for (const Rules* at = rules; at != nullptr; at = at->above) {
    if (!at->davit.empty() && at->davit.TakesBackBelow(std::string_view(directory).substr(
                                  at->directory == "/" ? 1 : at->directory.size() + 1))) {
      return true;
    }
  }
  return false;
}

const Walker::Rules* Walker::RulesOf(const std::string& directory, const Rules* above, bool has_git, bool has_davit) {
  auto [place, added] = rules_.try_emplace(directory);
  if (!added) return place->second.get();
  place->second = std::make_unique<Rules>();
  Rules& rules = *place->second;
  rules.above = above;
  rules.directory = directory;
  auto read = [&](const char* name, IgnoreFile& file) {
    const std::string path = JoinPath(directory, name);
    if (Result<std::string> text = ReadFile(path, kMaxIgnoreFileBytes)) {
      file = IgnoreFile(*text);
    } else {
      problems_.push_back(std::move(text).error());
    }
  };
  if (has_git) read(".gitignore", rules.git);
  if (has_davit) read(".davitignore", rules.davit);
  return &rules;
}

/// Those of the directories above `directory`, up to the one with .git; none outside a repository.
const Walker::Rules* Walker::RulesAbove(const std::string& directory) {
  std::vector<std::string> above;
  bool repository = Exists(JoinPath(directory, ".git"));
  if (repository) return nullptr;
  for (std::string at = directory; at != "/" && !at.empty() && !repository;) {
    at = std::string(ParentOf(at));
    if (at.empty()) at = "/";
    above.push_back(at);
    repository = Exists(JoinPath(at, ".git"));
  }
  if (!repository) return nullptr;
  const Rules* rules = nullptr;
  for (size_t i = above.size(); i-- > 0;) {
    rules =
        RulesOf(above[i], rules, Exists(JoinPath(above[i], ".gitignore")), Exists(JoinPath(above[i], ".davitignore")));
    // A directory that the manifest names is wanted: rules that ignore it whole are not meant for it.
    const std::string& next = i > 0 ? above[i - 1] : directory;
    if (Judge(rules, next, true).ignored) return nullptr;
  }
  return rules;
}

Result<> Walker::WalkRoot(const std::string& directory) {
  if (walked_.contains(directory)) return {};
  struct stat info {};
  if (::stat(directory.c_str(), &info) != 0) return FailErrno(errno, "cannot read the directory " + directory);
  if (!S_ISDIR(info.st_mode))
    return Fail(ErrorCode::kInvalidInput, directory + " is a file where a directory of the stack is expected");
  return Walk(directory, RulesAbove(directory), false);
}

/// `ignored`: only what a .davitignore takes back is wanted.
Result<> Walker::Walk(const std::string& directory, const Rules* above, bool ignored) {
  if (!ignored && !walked_.insert(directory).second) return {};
  DIR* stream = ::opendir(directory.c_str());
  if (stream == nullptr) {
    AddProblem(errno, "cannot read the directory " + directory);
    return {};
  }
  std::vector<Name> names;
  bool has_git = false;
  bool has_davit = false;
  while (const dirent* item = ::readdir(stream)) {
    const std::string_view name = item->d_name;
    if (name == "." || name == ".." || AlwaysOut(name)) continue;
    has_git |= name == ".gitignore";
    has_davit |= name == ".davitignore";
    names.push_back({std::string(name), item->d_type});
  }
  ::closedir(stream);
  std::sort(names.begin(), names.end(),
            [](const Name& a, const Name& b) { return a.name < b.name; });  // warnings have a fixed order

  const Rules* rules = above;
  if (has_git || has_davit) rules = RulesOf(directory, above, has_git, has_davit);
  bool has_module = false;
  std::vector<std::pair<std::string, std::string>> ignored_variables;  // file, by which line
  for (const Name& name : names)
    TRY(Visit(JoinPath(directory, name.name), name, rules, ignored, has_module, ignored_variables));
  if (has_module) {
    for (const auto& [file, where] : ignored_variables) {
      warnings_.push_back(
          file + " is ignored by " + where + ", so the module is deployed without it: take it back with `!" +
          file.substr(directory.size() + 1) + "` in " + JoinPath(directory, ".davitignore") + " if it is needed");
    }
  }
  return {};
}

Result<> Walker::Visit(const std::string& path, const Name& name, const Rules* rules, bool ignored, bool& has_module,
                       std::vector<std::pair<std::string, std::string>>& ignored_variables) {
  unsigned char type = name.type;
  if (type == DT_UNKNOWN) {
    struct stat info {};
    if (::lstat(path.c_str(), &info) != 0) return {};  // gone meanwhile
    type = static_cast<unsigned char>(IFTODT(info.st_mode));
  }
  const Verdict verdict = Judge(rules, path, type == DT_DIR);
  const bool out = verdict.by == Verdict::By::kDavit ? verdict.ignored : ignored || verdict.ignored;
  if (type == DT_DIR) {
    if (!out) return Walk(path, rules, false);
    if (TakenBackBelow(rules, path)) return Walk(path, rules, true);
    return {};
  }
  if (out) {
    if (verdict.ignored && IsVariablesFile(name.name)) ignored_variables.emplace_back(path, verdict.Where());
    return {};
  }
  if (ValidUtf8(name.name) != name.name) {
    Error error;
    error.code = ErrorCode::kInvalidInput;
    error.message = "the name of the file " + ValidUtf8(path) + " is not UTF-8";
    error.suggestion = std::string("rename it, or ") + kLeaveOut;
    problems_.push_back(std::move(error));
    return {};
  }
  if (type != DT_REG && type != DT_LNK) {
    warnings_.push_back(path + " is neither a file nor a directory nor a link, and is left out");
    return {};
  }
  has_module |= IsModuleFile(name.name);
  if (found_.size() >= kMaxBundleFiles) {
    return Fail(ErrorCode::kExhausted,
                "the stack has more than " + std::to_string(kMaxBundleFiles) + " files; the last one seen was " + path,
                "list what a deployment does not need in .davitignore");
  }
  AddFile(path, type == DT_LNK);
  return {};
}

void Walker::AddFile(const std::string& path, bool link) {
  Found found;
  found.path = path;
  found.link = link;
  struct stat info {};
  if (link) {
    std::error_code error;
    found.target = std::filesystem::read_symlink(path, error).string();
    if (error.value() == ENOENT) return;
    if (error) return AddProblem(error.value(), "cannot read the link " + path);
    if (ValidUtf8(found.target) != found.target) return AddProblem(EILSEQ, "cannot keep the link " + path);
    found.size = found.target.size();
  } else {
    if (::lstat(path.c_str(), &info) != 0) {
      if (errno == ENOENT) return;  // gone meanwhile, as the temporary files of editors are
      return AddProblem(errno, "cannot read " + path);
    }
    found.size = static_cast<uint64_t>(info.st_size);
    found.executable = (info.st_mode & S_IXUSR) != 0;
  }
  found_.push_back(std::move(found));
}

void Walker::AddProblem(int error_number, const std::string& what) {
  Error error = FailErrno(error_number, what).value();
  if (error.suggestion.empty()) error.suggestion = std::string("mend that, or ") + kLeaveOut;
  problems_.push_back(std::move(error));
}

}  // namespace davit::source
