// Which davit processes live (engine.md 3, "Embedded processes"): each holds an exclusive flock on proc/<prc_ulid>, close-on-exec, so a
// lease lives exactly as long as that lock. Pids come back; locks do not lie.
#pragma once

#include "base/fd.h"
#include "base/ids.h"
#include "model/ids.h"

namespace davit::control {

/// This process's own entry; removed when the object goes.
class ProcessEntry {
 public:
  /// Creates proc/<id> below `store_directory` and locks it. Errors: denied, exhausted.
  static Result<ProcessEntry> Register(const Path& store_directory, IdSource& ids);
  ProcessEntry(ProcessEntry&&) = default;
  ProcessEntry& operator=(ProcessEntry&&) = default;
  ~ProcessEntry();
  const ProcessId& id() const { return id_; }
  /// Whoever inherits it keeps this process from being taken for dead.
  int fd() const { return fd_.get(); }

 private:
  ProcessEntry() = default;
  ProcessId id_;
  Path file_;
  Fd fd_;
};

/// True while that process holds its lock. A missing file is a dead process.
bool IsAlive(const Path& store_directory, const ProcessId& id);
/// Removes the entries of dead processes.
void SweepProcesses(const Path& store_directory);

}  // namespace davit::control
