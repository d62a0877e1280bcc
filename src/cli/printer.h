// The printer: the one way in which a running command writes to the screen. Permanent lines scroll; below them, on a
// terminal, a frame is drawn over and over: one write per frame, so nothing flickers. Not on a terminal there is no
// frame and no control character. One thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/wiring.h"

namespace davit::cli {

class Printer {
 public:
  static constexpr int kNobody = -1;
  /// `fd`: kNobody = nothing is written. `live`: frames may be drawn. `size` is asked before each frame, so that a resized window is drawn right.
  Printer(int fd, bool live, std::function<TerminalSize()> size) : fd_(fd), live_(live), size_(std::move(size)) {}
  ~Printer() { Close(); }
  Printer(const Printer&) = delete;
  Printer& operator=(const Printer&) = delete;

  bool live() const { return live_; }
  TerminalSize size() const;
  /// A permanent line, without newline. While a frame stands it appears above it, with the next frame.
  void Line(std::string_view line);
  /// Replaces the frame. The lines must not be wider than the screen.
  void Frame(const std::vector<std::string>& lines);
  /// Takes the frame away, writes what is left, shows the cursor.
  void Close();

 private:
  void Write(std::string_view bytes);
  /// Moves the cursor to where the last frame began.
  std::string Rewind(int columns) const;

  int fd_;
  bool live_;
  std::function<TerminalSize()> size_;
  std::string pending_;      // permanent lines that wait for the next frame
  std::vector<int> widths_;  // of the lines of the last frame
  bool hidden_ = false;      // the cursor is
  bool broken_ = false;      // nobody reads any more: the run goes on without words
};

}  // namespace davit::cli
