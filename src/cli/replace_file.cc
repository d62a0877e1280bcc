#include "cli/replace_file.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>
#include <filesystem>

namespace davit::cli {

Result<> ReplaceFile(const Path& file, std::string_view text) {
  std::error_code failed;
  const Path real = std::filesystem::canonical(file, failed);
  if (failed) return FailErrno(failed.value(), "cannot write " + file.string());
  const std::filesystem::perms mode = std::filesystem::status(real, failed).permissions();
  if (failed) return FailErrno(failed.value(), "cannot write " + file.string());
  TRY(WriteFileAtomic(real, text, static_cast<unsigned>(mode)));
  std::filesystem::permissions(real, mode, failed);  // what the umask took away
  if (failed) return FailErrno(failed.value(), "cannot set the mode of " + file.string());
  return {};
}

Fd TurnToEdit(const Path& file) {
  const Path directory = file.has_parent_path() ? file.parent_path() : Path(".");
  Fd turn(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  while (turn && ::flock(turn.get(), LOCK_EX) != 0 && errno == EINTR) {
  }
  return turn;
}

}  // namespace davit::cli
