// The commits that a stack's git sources are pinned to: the file davit.lock beside the manifest, which is checked in with it. One
// object of JSON a line, so that lines can be removed and branches merge; sorted and without
// times, so that the same pins are the same bytes. One thread.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "base/fd.h"
#include "base/result.h"

namespace davit::source {

class GitLock {
 public:
  static constexpr const char* kFileName = "davit.lock";

  /// Without a file there are no pins. invalid_input where it is none of these files.
  static Result<GitLock> Read(const Path& file);
  /// "" = not pinned.
  std::string CommitOf(const std::string& remote, const std::string& ref) const;
  void Pin(const std::string& remote, const std::string& ref, const std::string& commit);
  /// After a crash the old or the new file.
  Result<> Write(const Path& file) const;

 private:
  std::map<std::pair<std::string, std::string>, std::string> commits_;  // by remote and ref
};

/// 40 or 64 lower-case hexadecimal digits.
bool IsCommit(const std::string& text);

}  // namespace davit::source
