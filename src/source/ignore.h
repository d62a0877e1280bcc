// Ignore files with the rules of .gitignore, read by our own code so that no process starts for an unchanged stack (engine.md 5).
// Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace davit::source {

/// A pattern with '/' between its parts: `*`, `?`, `[a-z]`, `[!a]`, `[[:alpha:]]`, `\x` within a part; `**` as a part is any number of them
/// (at the end: at least one).
class Glob {
 public:
  explicit Glob(std::string_view pattern);
  bool Matches(std::string_view path) const;
  /// Could something below `directory` match?
  bool MayMatchBelow(std::string_view directory) const;
  /// The leading parts without any wildcard: all that matches lies there.
  std::string LiteralPrefix() const;

 private:
  std::vector<std::string> parts_;
};

struct IgnorePattern {
  Glob glob;
  bool negated = false;         // `!pattern` takes back
  bool directory_only = false;  // `pattern/`
  bool anchored = false;        // has a slash: matches from the file's directory, else at any depth
  int line = 0;
};

/// One .gitignore or .davitignore; paths are relative to its directory.
class IgnoreFile {
 public:
  IgnoreFile() = default;
  explicit IgnoreFile(std::string_view text);
  /// The last pattern that matches, which decides; nullptr where none does.
  const IgnorePattern* Match(std::string_view path, bool directory) const;
  /// Does a `!pattern` with a slash name something below `directory`?
  bool TakesBackBelow(std::string_view directory) const;
  bool empty() const { return patterns_.empty(); }

 private:
  std::vector<IgnorePattern> patterns_;
};

}  // namespace davit::source
