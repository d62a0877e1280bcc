#include "exec/proc.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <map>

#include "base/fd.h"
#include "base/text.h"

namespace davit::exec {
namespace {

struct Stat {
  std::string command;
  char state = 0;
  pid_t parent = 0;
  uint64_t start = 0;
};

bool ReadStat(pid_t pid, Stat* stat) {
  Result<std::string> text = ReadFile("/proc/" + std::to_string(pid) + "/stat");
  if (!text) return false;
  // "pid (command) state ppid …": the command may hold anything, also ")".
  const size_t open = text->find('(');
  const size_t close = text->rfind(')');
  if (open == std::string::npos || close == std::string::npos || close + 2 >= text->size()) return false;
  stat->command = text->substr(open + 1, close - open - 1);
  const std::vector<std::string_view> fields = Split(std::string_view(*text).substr(close + 2), ' ');
  if (fields.size() < 20) return false;
  stat->state = fields[0].empty() ? 0 : fields[0][0];
  stat->parent = std::atoi(std::string(fields[1]).c_str());
  stat->start = std::strtoull(std::string(fields[19]).c_str(), nullptr, 10);
  return true;
}

}  // namespace

uint64_t StartTimeOf(pid_t pid) {
  Stat stat;
  return ReadStat(pid, &stat) && stat.state != 'Z' && stat.state != 'X' ? stat.start : 0;
}

std::string CommandOf(pid_t pid) {
  Stat stat;
  return ReadStat(pid, &stat) ? stat.command : "";
}

std::vector<pid_t> DescendantsOf(pid_t root) {
  std::multimap<pid_t, pid_t> children;
  DIR* proc = ::opendir("/proc");
  if (proc == nullptr) return {};
  while (const dirent* entry = ::readdir(proc)) {
    const pid_t pid = std::atoi(entry->d_name);
    Stat stat;
    if (pid > 0 && ReadStat(pid, &stat) && stat.state != 'Z') children.emplace(stat.parent, pid);
  }
  ::closedir(proc);
  std::vector<pid_t> found;
  std::vector<pid_t> parents{root};
  for (size_t i = 0; i < parents.size(); ++i) {
    auto [begin, end] = children.equal_range(parents[i]);
    for (auto child = begin; child != end; ++child) {
      found.push_back(child->second);
      parents.push_back(child->second);
    }
  }
  return found;
}

bool HasOpen(pid_t pid, const Path& file) {
  struct stat wanted {};
  if (::stat(file.c_str(), &wanted) != 0) return false;
  const std::string directory = "/proc/" + std::to_string(pid) + "/fd";
  DIR* open = ::opendir(directory.c_str());
  if (open == nullptr) return false;
  bool has = false;
  while (const dirent* entry = has ? nullptr : ::readdir(open)) {
    struct stat one {};
    has = ::stat((directory + "/" + entry->d_name).c_str(), &one) == 0 && one.st_dev == wanted.st_dev &&
          one.st_ino == wanted.st_ino;
  }
  ::closedir(open);
  return has;
}

std::string BootId() {
  Result<std::string> text = ReadFile("/proc/sys/kernel/random/boot_id");
  return text ? std::string(Trim(*text)) : "";
}

std::string PidNamespace() {
  char target[64];
  const ssize_t size = ::readlink("/proc/self/ns/pid", target, sizeof target);
  return size > 0 ? std::string(target, static_cast<size_t>(size)) : "";
}

json::object IdentityOf(pid_t pid) {
  return {{"v", 1},
          {"pid", pid},
          {"start", static_cast<int64_t>(StartTimeOf(pid))},
          {"boot_id", BootId()},
          {"namespace", PidNamespace()}};
}

bool LivesStill(const json::object& identity) {
  if (GetString(identity, "boot_id") != BootId()) return false;
  if (GetString(identity, "namespace") != PidNamespace()) return true;
  const int64_t start = GetInt(identity, "start");
  return start != 0 && StartTimeOf(static_cast<pid_t>(GetInt(identity, "pid"))) == static_cast<uint64_t>(start);
}

}  // namespace davit::exec
