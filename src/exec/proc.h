// What /proc says of processes: identity that survives the reuse of pids, and families. Linux only. Any thread.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/json.h"

namespace davit::exec {

/// Start time of a process in clock ticks since boot; 0 where there is none.
uint64_t StartTimeOf(pid_t pid);
/// "sleep"; "" where there is none.
std::string CommandOf(pid_t pid);
/// Every living descendant of `root` (zombies left out), children before grandchildren.
std::vector<pid_t> DescendantsOf(pid_t root);
/// Whether it has the file open.
bool HasOpen(pid_t pid, const Path& file);
std::string BootId();
/// Identity of this pid namespace: pids of another one mean nothing here.
std::string PidNamespace();

/// {pid, start, boot_id, namespace} of a process, and whether it still lives. A record of another boot or namespace is `gone` only where
/// that is proven: another boot id. Another namespace is not proof; such a process counts as living.
json::object IdentityOf(pid_t pid);
bool LivesStill(const json::object& identity);

}  // namespace davit::exec
