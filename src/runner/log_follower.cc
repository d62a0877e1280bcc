#include "runner/log_follower.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/text.h"

namespace davit::runner {
namespace {

constexpr size_t kMaxLine = size_t{1} << 20;
constexpr size_t kBuffer = size_t{64} << 10;
constexpr size_t kMaxRead =
    size_t{1} << 20;  // of one file in one call, so that one chatty tool does not starve the others

}  // namespace

LogFollower::LogFollower(std::vector<std::string> secrets, std::set<std::string, std::less<>> secret_outputs,
                         const control::LogCursor& kept)
    : secrets_(std::move(secrets)), secret_outputs_(std::move(secret_outputs)), masker_(secrets_) {
  out_.kept = kept.stdout_offset;
  err_.kept = kept.stderr_offset;
}

void LogFollower::Begin(const Path& stdout_file, const Path& stderr_file, std::unique_ptr<drivers::LineReader> reader) {
  for (auto& [stream, file] : {std::pair(&out_, &stdout_file), std::pair(&err_, &stderr_file)}) {
    stream->fd.Close();
    stream->file = *file;
    stream->partial.clear();
    stream->cut = false;
    stream->before += stream->line_end;
    stream->offset = stream->line_end = 0;
  }
  reader_ = std::move(reader);
}

bool LogFollower::Pump(bool ended, const Take& take) {
  const bool more_out = Read(out_, false, ended, take);
  const bool more_err = Read(err_, true, ended, take);
  return more_out || more_err;
}

bool LogFollower::Read(Stream& stream, bool from_stderr, bool ended, const Take& take) {
  if (stream.file.empty()) return false;
  if (!stream.fd) {
    stream.fd = Fd(::open(stream.file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!stream.fd) return false;  // not begun yet
  }
  char buffer[kBuffer];
  size_t total = 0;
  for (;;) {
    if (total >= kMaxRead) return true;
    const ssize_t got = ::pread(stream.fd.get(), buffer, sizeof buffer, stream.offset);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    total += static_cast<size_t>(got);
    std::string_view rest(buffer, static_cast<size_t>(got));
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      const std::string_view piece = rest.substr(0, end);
      if (!stream.cut) stream.partial.append(piece.substr(0, kMaxLine - std::min(kMaxLine, stream.partial.size())));
      if (stream.partial.size() >= kMaxLine) stream.cut = true;
      stream.offset += static_cast<int64_t>(piece.size());
      if (end == std::string_view::npos) break;
      ++stream.offset;
      stream.line_end = stream.offset;
      TakeLine(stream, stream.partial, from_stderr, take);
      stream.partial.clear();
      stream.cut = false;
      rest.remove_prefix(end + 1);
    }
  }
  if (ended && !stream.partial.empty()) {
    stream.line_end = stream.offset;
    TakeLine(stream, stream.partial, from_stderr, take);
    stream.partial.clear();
  }
  return false;
}

/// What waits to be kept is masked as well; what was kept already is not known to be secret then.
void LogFollower::Learn(std::string_view line) {
  if (line.find('=') == std::string_view::npos) return;
  const std::string clean = StripControls(ValidUtf8(line));
  const size_t equals = clean.find('=');
  if (equals == std::string::npos || !secret_outputs_.contains(Trim(std::string_view(clean).substr(0, equals)))) return;
  std::string_view value = Trim(std::string_view(clean).substr(equals + 1));
  // Terraform says `<sensitive>` and `(known after apply)` in place of a value.
  if (value.starts_with('<') || value.starts_with('(')) return;
  if (value.size() > 1 && value.front() == value.back() && (value.front() == '"' || value.front() == '\''))
    value = value.substr(1, value.size() - 2);
  std::string plain(value);
  for (size_t at = plain.find("\\\""); at != std::string::npos; at = plain.find("\\\"", at + 1)) plain.erase(at, 1);
  const size_t known = secrets_.size();
  for (const std::string& one : {std::string(value), plain}) {
    if (!one.empty() && std::find(secrets_.begin(), secrets_.end(), one) == secrets_.end()) secrets_.push_back(one);
  }
  if (secrets_.size() == known) return;
  masker_ = secrets::Masker(secrets_);
  for (control::LogLine& kept : pending_) kept.text = masker_.Mask(kept.text);
}

void LogFollower::TakeLine(Stream& stream, std::string_view line, bool from_stderr, const Take& take) {
  if (!secret_outputs_.empty()) Learn(line);
  std::optional<drivers::ToolEvent> event = reader_->Read(line, from_stderr);
  if (!event) return;
  event->text = masker_.Mask(event->text);
  event->id_value = masker_.Mask(event->id_value);
  take(*event);
  if (event->text.empty() || stream.before + stream.line_end <= stream.kept) return;
  pending_bytes_ += event->text.size() + 2;
  control::LogLine kept;
  kept.from_stderr = from_stderr;
  kept.text = std::move(event->text);
  pending_.push_back(std::move(kept));
}

control::LogUpload LogFollower::TakePending(const AttemptId& attempt) {
  control::LogUpload upload;
  upload.attempt = attempt;
  upload.stdout_offset = out_.before + out_.line_end;
  upload.stderr_offset = err_.before + err_.line_end;
  upload.lines = std::move(pending_);
  pending_.clear();
  pending_bytes_ = 0;
  return upload;
}

}  // namespace davit::runner
