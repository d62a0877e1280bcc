// Finding terraform or tofu and its version. Asking a tool for its version costs a process, so the answer is kept by
// the identity of its file (device, inode, size, mtime), in memory and in a small file. Any thread.
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "base/result.h"
#include "exec/supervisor.h"

namespace davit::drivers {

struct Tool {
  std::string name;     // "terraform", "tofu"
  Path path;            // absolute
  std::string version;  // "1.11.4"
};

class ToolFinder {
 public:
  /// `cache_file` may be empty (nothing is kept), or not writable (then each process asks once).
  ToolFinder(exec::ProcessEnv environment, Path cache_file);

  /// `wanted`: "terraform", "tofu", or "" for terraform where it is there, else tofu. `component` is for the message.
  /// invalid_input: not there, not working, too old.
  Result<Tool> Find(const std::string& wanted, const std::string& component);

 private:
  Result<std::string> VersionOf(const Path& path);
  void Load();
  void Save();

  const exec::ProcessEnv environment_;
  const Path cache_file_;
  std::mutex mutex_;
  bool loaded_ = false;
  std::map<std::string, std::string> versions_;  // "path dev ino size mtime" → version
};

/// Is `version` ("1.11.4", "1.12.0-beta1") at least `major`.`minor`?
bool IsAtLeast(const std::string& version, int major, int minor);

}  // namespace davit::drivers
