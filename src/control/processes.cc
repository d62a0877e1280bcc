#include "control/processes.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

namespace davit::control {
namespace {

Path ProcDirectory(const Path& store_directory) {
  return store_directory / "proc";
}

/// Takes the lock of a file that another process may hold: true = nobody holds it.
bool IsFree(const Path& file) {
  Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return true;
  if (::flock(fd.get(), LOCK_SH | LOCK_NB) != 0) return errno != EWOULDBLOCK;
  return true;
}

}  // namespace

Result<ProcessEntry> ProcessEntry::Register(const Path& store_directory, IdSource& ids) {
  TRY(MakeDirectories(ProcDirectory(store_directory)));
  ProcessEntry entry;
  entry.id_ = ProcessId::New(ids);
  entry.file_ = ProcDirectory(store_directory) / entry.id_.text;
  // Under a name that SweepProcesses leaves alone, until the lock is held.
  const Path unlocked = ProcDirectory(store_directory) / ("new-" + entry.id_.text);
  TRY_ASSIGN(entry.fd_, OpenFile(unlocked, O_CREAT | O_EXCL | O_RDWR, 0600));
  if (::flock(entry.fd_.get(), LOCK_EX | LOCK_NB) != 0) return FailErrno(errno, "cannot lock " + unlocked.string());
  if (::rename(unlocked.c_str(), entry.file_.c_str()) != 0)
    return FailErrno(errno, "cannot create " + entry.file_.string());
  return entry;
}

ProcessEntry::~ProcessEntry() {
  if (fd_) ::unlink(file_.c_str());
}

bool IsAlive(const Path& store_directory, const ProcessId& id) {
  if (id.empty()) return false;
  return !IsFree(ProcDirectory(store_directory) / id.text);
}

void SweepProcesses(const Path& store_directory) {
  std::error_code error;
  for (const auto& item : std::filesystem::directory_iterator(ProcDirectory(store_directory), error)) {
    if (item.path().filename().string().starts_with("prc_") && IsFree(item.path()))
      std::filesystem::remove(item.path(), error);
  }
}

}  // namespace davit::control
