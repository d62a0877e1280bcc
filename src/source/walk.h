// Finds the files of a stack below its directories, under the rules of .gitignore and .davitignore: a .davitignore decides over every
// .gitignore; files of the directories above, up to a repository's, count too. One thread; a Walker is for one collection.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <unordered_set>
#include <vector>

#include "base/result.h"
#include "source/ignore.h"

namespace davit::source {

inline constexpr uint64_t kMaxBundleBytes = uint64_t{1} << 30;
inline constexpr size_t kMaxBundleFiles = 500'000;

struct Found {
  std::string path;  // absolute
  uint64_t size = 0;
  bool executable = false;
  bool link = false;
  std::string target;  // of a link
};

class Walker {
 public:
  /// Adds what is in a directory that the manifest names (real and absolute). It is walked even where a rule ignores it; what an earlier
  /// call walked is not walked again.
  Result<> WalkRoot(const std::string& directory);

  std::vector<Found>& found() { return found_; }
  std::vector<std::string>& warnings() { return warnings_; }
  std::vector<Error>& problems() { return problems_; }

 private:
  /// The ignore files of one directory, and of those above it.
  struct Rules {
    const Rules* above = nullptr;
    std::string directory;
    IgnoreFile git;
    IgnoreFile davit;
  };
  struct Verdict {
    enum class By { kNone, kGit, kDavit } by = By::kNone;
    bool ignored = false;
    std::string Where() const;  // "a/.gitignore:3"
    const Rules* rules = nullptr;
    int line = 0;
  };
  struct Name {
    std::string name;
    unsigned char type = 0;  // of readdir
  };

  static Verdict Judge(const Rules* rules, const std::string& path, bool directory);
  static bool TakenBackBelow(const Rules* rules, const std::string& directory);
  const Rules* RulesAbove(const std::string& directory);
  const Rules* RulesOf(const std::string& directory, const Rules* above, bool has_git, bool has_davit);
  Result<> Walk(const std::string& directory, const Rules* above, bool ignored);
  Result<> Visit(const std::string& path, const Name& name, const Rules* rules, bool ignored, bool& has_module,
                 std::vector<std::pair<std::string, std::string>>& ignored_variables);
  void AddFile(const std::string& path, bool link);
  void AddProblem(int error_number, const std::string& what);

  std::vector<Found> found_;
  std::vector<std::string> warnings_;
  std::vector<Error> problems_;
  std::unordered_set<std::string> walked_;
  std::map<std::string, std::unique_ptr<Rules>> rules_;
};

}  // namespace davit::source
