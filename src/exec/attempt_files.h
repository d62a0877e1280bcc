// The files of an operation in state/ of its attempt directory, the protocol between a supervisor and whoever looks (engine.md 4):
// lock (flock of the supervisor, for its life), <op>.begin (O_EXCL, just before exec or by whoever takes the lease back; who the supervisor
// and the tool are), <op>.status (its end). Few files, as making one costs.
#pragma once

#include "exec/supervisor.h"

namespace davit::exec {

inline Path LockFile(const Path& attempt) {
  return attempt / "state" / "lock";
}
inline Path BeginFile(const Path& attempt, const std::string& op) {
  return attempt / "state" / (op + ".begin");
}
inline Path StatusFile(const Path& attempt, const std::string& op) {
  return attempt / "state" / (op + ".status");
}

/// Waits until no other process works alone with `shared` (ProcessSpec), and holds it. Nothing is held where it cannot be opened, or where
/// somebody holds it for ten minutes: late and perhaps in each other's way is better than never.
Fd AwaitTurn(const Path& shared);

/// Room for a status, written before the tool starts: a disk that is full when the tool ends must not make its end unseen.
Result<> ReserveStatus(const Path& attempt, const std::string& op);
/// Writes the status into the room that was reserved. `durable`: ProcessSpec.
Result<> WriteStatus(const Path& attempt, const std::string& op, const ExitStatus& status, bool durable = true);
/// Makes the begin file with O_EXCL. `durable`: that it is there is known after a power cut. No descriptor: it was there already.
Result<Fd> CreateBegin(const Path& attempt, const std::string& op, bool durable = true);
/// Writes who began it: {v, supervisor, tool} (proc.h IdentityOf), or {v, taken_back}. Only this boot reads it, so it is not synced.
Result<> WriteBegin(const Fd& begin, const json::object& content);
json::object ReadJsonFile(const Path& file);
/// The operations that an attempt's directory says have begun, or were taken back.
std::vector<std::string> BegunOperations(const Path& attempt);

}  // namespace davit::exec
