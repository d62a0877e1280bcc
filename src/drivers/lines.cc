#include "drivers/lines.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/text.h"

namespace davit::drivers {

Result<> ForEachLine(const Path& file, size_t max_line,
                     const std::function<void(std::string_view line, bool cut)>& take) {
  Result<Fd> fd = OpenFile(file, O_RDONLY);
  if (!fd) {
    if (fd.error().code == ErrorCode::kNotFound) return {};
    return Fail(fd.error());
  }
  std::string line;
  bool cut = false;
  bool any = false;
  std::vector<char> buffer(size_t{64} << 10);
  for (;;) {
    const ssize_t got = ::read(fd->get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return FailErrno(errno, "cannot read " + file.string());
    if (got == 0) break;
    std::string_view rest(buffer.data(), static_cast<size_t>(got));
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      const std::string_view piece = rest.substr(0, end);
      const size_t room = max_line - line.size();
      if (piece.size() > room) cut = true;
      line.append(piece.substr(0, room));
      any = true;
      if (end == std::string_view::npos) break;
      take(line, cut);
      line.clear();
      cut = any = false;
      rest.remove_prefix(end + 1);
    }
  }
  if (any) take(line, cut);
  return {};
}

std::string CleanLine(std::string_view line, size_t max_bytes) {
  // A progress bar overwrites itself with carriage returns: what stands last is what a person saw.
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.remove_suffix(1);
  if (const size_t back = line.rfind('\r'); back != std::string_view::npos) line.remove_prefix(back + 1);
  const bool longer = line.size() > max_bytes;
  std::string text = StripControls(ValidUtf8(line.substr(0, max_bytes)));
  std::replace(text.begin(), text.end(), '\t', ' ');
  std::replace(text.begin(), text.end(), '\n', ' ');
  text = std::string(Trim(text));
  if (longer) text += "…";
  return text;
}

std::string LastLine(const Path& file, const std::function<bool(std::string_view)>& skip) {
  constexpr off_t kTail = off_t{64} << 10;
  Result<Fd> fd = OpenFile(file, O_RDONLY);
  struct stat info {};
  if (!fd || ::fstat(fd->get(), &info) != 0) return {};
  const off_t begin = std::max<off_t>(0, info.st_size - kTail);
  std::string tail(static_cast<size_t>(info.st_size - begin), '\0');
  const ssize_t got = ::pread(fd->get(), tail.data(), tail.size(), begin);
  if (got <= 0) return {};
  tail.resize(static_cast<size_t>(got));
  const std::vector<std::string_view> lines = Split(tail, '\n');
  for (auto line = lines.rbegin(); line != lines.rend(); ++line) {
    std::string text = CleanLine(*line, 400);
    if (!text.empty() && !(skip && skip(text))) return text;
  }
  return {};
}

}  // namespace davit::drivers
