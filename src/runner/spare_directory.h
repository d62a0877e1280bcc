// A directory below the work root that is needed for as long as something looks or works beside the runs: a look, a person's shell. It
// holds secrets (a state, variables), so only its owner can read it, it goes at the end, and where its process died the next command
// takes it away. Any thread; several processes at once.
#pragma once

#include "base/fd.h"
#include "base/result.h"

namespace davit::runner {

class SpareDirectory {
 public:
  static Result<SpareDirectory> Make(const Path& work_root);
  /// One that is not swept: what is in it may be the only copy. Its name begins with `prefix`.
  static Result<SpareDirectory> MakeKept(const Path& work_root, const std::string& prefix);
  SpareDirectory(SpareDirectory&&) = default;
  SpareDirectory& operator=(SpareDirectory&&) = default;
  ~SpareDirectory();
  const Path& path() const { return path_; }
  /// Locked while anybody has it open: whoever inherits it keeps the directory from being swept.
  int lock() const { return lock_.get(); }
  /// It stays where it is.
  void Leave() { lock_ = Fd(); }

 private:
  SpareDirectory() = default;
  Path path_;
  Fd lock_;
};

/// Removes what processes that died left, after a forced stop of what supervisors still run there.
void SweepSpareDirectories(const Path& work_root);

}  // namespace davit::runner
