#include "runner/spare_directory.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cstdlib>

#include "exec/attempt_files.h"
#include "exec/supervisor.h"

namespace davit::runner {
namespace {

constexpr int kTries = 10;
constexpr char kSwept[] = "look-";

}  // namespace

Result<SpareDirectory> SpareDirectory::Make(const Path& work_root) {
  return MakeKept(work_root, kSwept);
}

Result<SpareDirectory> SpareDirectory::MakeKept(const Path& work_root, const std::string& prefix) {
  TRY(MakeDirectories(work_root));
  for (int i = 0; i < kTries; ++i) {
    std::string path = (work_root / (prefix + "XXXXXX")).string();
    if (::mkdtemp(path.data()) == nullptr) return FailErrno(errno, "cannot make a directory in " + work_root.string());
    SpareDirectory made;
    made.path_ = path;
    made.lock_ = Fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Swept before it was locked: the next one.
    struct stat info {};
    if (made.lock_ && ::flock(made.lock_.get(), LOCK_EX | LOCK_NB) == 0 && ::fstat(made.lock_.get(), &info) == 0 &&
        info.st_nlink > 0) {
      return made;
    }
  }
  return Fail(ErrorCode::kUnavailable, "no directory in " + work_root.string() + " could be locked");
}

SpareDirectory::~SpareDirectory() {
  std::error_code error;
  if (lock_) std::filesystem::remove_all(path_, error);  // what cannot be removed is swept at the next start
}

void SweepSpareDirectories(const Path& work_root) {
  std::error_code error;
  for (const auto& item : std::filesystem::directory_iterator(work_root, error)) {
    if (!item.path().filename().string().starts_with(kSwept)) continue;
    const Fd fd(::open(item.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) continue;
    std::error_code ignored;
    for (const auto& attempt : std::filesystem::directory_iterator(item.path(), ignored)) {
      for (const std::string& operation : exec::BegunOperations(attempt.path()))
        (void)exec::SignalOperation(attempt.path(), operation, exec::Signal::kForce);
    }
    std::filesystem::remove_all(item.path(), ignored);
  }
}

}  // namespace davit::runner
