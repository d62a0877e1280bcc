#include "cli/printer.h"

#include <algorithm>

#include "base/fd.h"
#include "cli/style.h"

namespace davit::cli {
namespace {

// Terminals that know synchronized output show all between these at once; the others ignore them.
constexpr std::string_view kBegin = "\033[?2026h";
constexpr std::string_view kEnd = "\033[?2026l";

}  // namespace

TerminalSize Printer::size() const {
  TerminalSize size = size_ ? size_() : TerminalSize{};
  size.columns = std::max(size.columns, 20);
  size.rows = std::max(size.rows, 4);
  return size;
}

void Printer::Write(std::string_view bytes) {
  if (broken_ || bytes.empty() || fd_ == kNobody) return;
  if (!WriteAll(fd_, bytes)) broken_ = true;
}

std::string Printer::Rewind(int columns) const {
  int rows = 0;
  for (int width : widths_) rows += std::max(1, (width + columns - 1) / columns);
  return rows == 0 ? "\r" : "\r\033[" + std::to_string(rows) + "A";
}

void Printer::Line(std::string_view line) {
  if (!live_ || widths_.empty()) {
    Write(std::string(line) + "\n");
    return;
  }
  pending_ += std::string(line) + "\033[K\n";
}

void Printer::Frame(const std::vector<std::string>& lines) {
  if (!live_) return;
  std::string bytes(kBegin);
  if (!hidden_) bytes += "\033[?25l";
  hidden_ = true;
  bytes += Rewind(size().columns);
  bytes += pending_;
  pending_.clear();
  widths_.clear();
  for (const std::string& line : lines) {
    bytes += line + "\033[K\n";
    widths_.push_back(Width(line));
  }
  bytes += "\033[J";
  bytes += kEnd;
  Write(bytes);
}

void Printer::Close() {
  if (!hidden_) return;
  Write(Rewind(size().columns) + pending_ + "\033[J\033[?25h");
  pending_.clear();
  widths_.clear();
  hidden_ = false;
}

}  // namespace davit::cli
