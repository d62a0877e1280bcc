// The files of an operation in state/ of its attempt directory, the protocol between a supervisor and whoever looks (engine.md 4):
// lock (flock of the supervisor, for its life), <op>.begin (O_EXCL, just before exec or by whoever takes the lease back), <op>.pid (the
// tool), <op>.status (its end).
#pragma once

#include "exec/supervisor.h"

namespace davit::exec {

inline Path LockFile(const Path& attempt) {
  return attempt / "state" / "lock";
}
inline Path BeginFile(const Path& attempt, const std::string& op) {
  return attempt / "state" / (op + ".begin");
}
inline Path PidFile(const Path& attempt, const std::string& op) {
  return attempt / "state" / (op + ".pid");
}
inline Path StatusFile(const Path& attempt, const std::string& op) {
  return attempt / "state" / (op + ".status");
}

/// Room for a status, written before the tool starts: a disk that is full when the tool ends must not make its end unseen.
Result<> ReserveStatus(const Path& attempt, const std::string& op);
/// Writes the status, durably, into the room that was reserved.
Result<> WriteStatus(const Path& attempt, const std::string& op, const ExitStatus& status);
/// Makes the begin file with O_EXCL, durably: true = made, false = it was there.
Result<bool> CreateBegin(const Path& attempt, const std::string& op, const json::object& content);
json::object ReadJsonFile(const Path& file);

}  // namespace davit::exec
