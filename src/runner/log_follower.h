// Follows what the processes of an attempt write to their log files: new bytes become lines, lines become events for people (masked, in
// the words of the driver) and, collected, the chunks of the stored log. Constant memory, whatever a tool prints. One thread.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "control/client.h"
#include "drivers/driver.h"
#include "secrets/masker.h"

namespace davit::runner {

class LogFollower {
 public:
  /// `kept`: how far earlier uploads of this attempt reach (adoption): lines before it are read, for the driver's sake, not kept again.
  /// `secrets` are masked, and so is, from the line on that says it, what is printed as one of `secret_outputs`: `NAME = value`.
  LogFollower(std::vector<std::string> secrets, std::set<std::string, std::less<>> secret_outputs,
              const control::LogCursor& kept);

  /// The files of the attempt's next process; what the last one wrote was read to its end.
  void Begin(const Path& stdout_file, const Path& stderr_file, std::unique_ptr<drivers::LineReader> reader);

  using Take = std::function<void(const drivers::ToolEvent&)>;
  /// Reads what is new, at most about a megabyte. `ended`: nothing more will be written, so a last line without newline counts.
  /// true: there is more.
  bool Pump(bool ended, const Take& take);

  /// Bytes of lines that wait to be kept.
  size_t pending_bytes() const { return pending_bytes_; }
  /// Hands them out as the next chunk.
  control::LogUpload TakePending(const AttemptId& attempt);

  std::string Mask(std::string_view text) const { return masker_.Mask(text); }

 private:
  struct Stream {
    Fd fd;
    Path file;
    std::string partial;   // of a line that has not ended
    bool cut = false;      // the rest of a line that is too long is passed over
    int64_t offset = 0;    // of this file
    int64_t line_end = 0;  // of this file: where the last whole line ended
    int64_t before = 0;    // bytes of the attempt's earlier files
    int64_t kept = 0;      // bytes, over all files, that are stored already
  };
  bool Read(Stream& stream, bool from_stderr, bool ended, const Take& take);
  void Learn(std::string_view line);
  void TakeLine(Stream& stream, std::string_view line, bool from_stderr, const Take& take);

  std::vector<std::string> secrets_;
  const std::set<std::string, std::less<>> secret_outputs_;
  secrets::Masker masker_;
  std::unique_ptr<drivers::LineReader> reader_;
  Stream out_, err_;
  std::vector<control::LogLine> pending_;
  size_t pending_bytes_ = 0;
};

}  // namespace davit::runner
