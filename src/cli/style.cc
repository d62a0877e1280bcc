#include "cli/style.h"

#include <array>
#include <cstdint>

namespace davit::cli {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Blocks, not single characters: near enough for names and lines of output.
constexpr Range kWide[] = {{0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0x33FF},  {0x3400, 0x4DBF},
                           {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xAC00, 0xD7A3},  {0xF900, 0xFAFF},
                           {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},  {0x1F300, 0x1F64F},
                           {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};
constexpr Range kNone[] = {{0x0300, 0x036F}, {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}};

template <size_t kSize>
bool In(const Range (&ranges)[kSize], char32_t c) {
  for (const Range& range : ranges) {
    if (c >= range.first && c <= range.last) return true;
  }
  return false;
}

/// The code point at `at` and its length; a byte that is not UTF-8 counts as itself.
char32_t Decode(std::string_view text, size_t at, size_t* length) {
  const auto lead = static_cast<unsigned char>(text[at]);
  size_t count = lead < 0xC0 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (at + count > text.size()) count = 1;
  *length = count;
  if (count == 1) return lead;
  char32_t c = lead & (0xFF >> (count + 1));
  for (size_t i = 1; i < count; ++i) c = (c << 6) | (static_cast<unsigned char>(text[at + i]) & 0x3F);
  return c;
}

int WidthOf(char32_t c) {
  if (c < 0x20 || (c >= 0x7F && c < 0xA0)) return 0;
  if (c < 0x300) return 1;
  if (In(kNone, c)) return 0;
  return In(kWide, c) ? 2 : 1;
}

}  // namespace

std::string Paint(const Style& style, Ink ink, std::string_view text) {
  if (!style.color || ink == Ink::kPlain || text.empty()) return std::string(text);
  const char* code = "";
  switch (ink) {
    case Ink::kPlain:
      break;
    case Ink::kBold:
      code = "\033[1m";
      break;
    case Ink::kDim:
      code = "\033[2m";
      break;
    case Ink::kGreen:
      code = "\033[32m";
      break;
    case Ink::kRed:
      code = "\033[31m";
      break;
    case Ink::kYellow:
      code = "\033[33m";
      break;
    case Ink::kBlue:
      code = "\033[34m";
      break;
    case Ink::kCyan:
      code = "\033[36m";
      break;
  }
  return code + std::string(text) + "\033[0m";
}

std::string_view Glyph(const Style& style, Symbol symbol) {
  switch (symbol) {
    case Symbol::kDone:
      return style.unicode ? "✓" : "*";
    case Symbol::kFailed:
      return style.unicode ? "✗" : "x";
    case Symbol::kAttention:
      return "!";
    case Symbol::kNothing:
      return style.unicode ? "·" : "-";
    case Symbol::kArrow:
      return style.unicode ? "→" : "->";
    case Symbol::kEllipsis:
      return style.unicode ? "…" : "~";
  }
  return "";
}

std::string_view Spinner(const Style& style, int64_t elapsed_ms) {
  static constexpr std::array<std::string_view, 10> kDots = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
  static constexpr std::array<std::string_view, 4> kLines = {"|", "/", "-", "\\"};
  const auto step = static_cast<size_t>(elapsed_ms / 100);
  return style.unicode ? kDots[step % kDots.size()] : kLines[step % kLines.size()];
}

int Width(std::string_view text) {
  int width = 0;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '\033' && at + 1 < text.size() && text[at + 1] == '[') {
      at += 2;
      while (at < text.size() && (text[at] < 0x40 || text[at] > 0x7E)) ++at;
      ++at;
      continue;
    }
    size_t length = 1;
    width += WidthOf(Decode(text, at, &length));
    at += length;
  }
  return width;
}

std::string Cut(std::string_view text, int columns, const Style& style) {
  if (columns <= 0) return {};
  std::string out;
  int width = 0;
  size_t keep = 0;  // bytes of `out` that leave room for the ellipsis
  for (size_t at = 0; at < text.size();) {
    size_t length = 1;
    const char32_t c = Decode(text, at, &length);
    const int wide = c == '\t' ? 1 : WidthOf(c);
    if (width + wide > columns) return out.substr(0, keep) + std::string(Glyph(style, Symbol::kEllipsis));
    if (c == '\t') {
      out += ' ';
    } else if (wide > 0 || In(kNone, c)) {
      out += text.substr(at, length);
    }
    width += wide;
    if (width <= columns - 1) keep = out.size();
    at += length;
  }
  return out;
}

std::string Fit(std::string_view text, int columns, const Style& style) {
  std::string out = Cut(text, columns, style);
  const int missing = columns - Width(out);
  if (missing > 0) out.append(static_cast<size_t>(missing), ' ');
  return out;
}

std::vector<std::string> Chunks(std::string_view text, int columns) {
  std::vector<std::string> chunks;
  size_t begin = 0;
  size_t space = 0;  // after the last space of this chunk, where that leaves it half full
  int width = 0;
  for (size_t at = 0; at < text.size();) {
    size_t length = 1;
    const int wide = WidthOf(Decode(text, at, &length));
    if (width > 0 && width + wide > columns) {
      const size_t end = space > begin ? space : at;
      const std::string_view chunk = text.substr(begin, end - begin);
      chunks.emplace_back(chunk.substr(0, chunk.find_last_not_of(' ') + 1));
      begin = at = end;
      width = 0;
      continue;
    }
    width += wide;
    at += length;
    if (text[at - 1] == ' ' && width * 2 >= columns) space = at;
  }
  if (begin < text.size()) chunks.emplace_back(text.substr(begin));
  return chunks;
}

std::vector<std::string> Wrap(std::string_view text, int columns) {
  std::vector<std::string> lines;
  std::string line;
  int width = 0;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = text.find_first_not_of(' ', at);
    if (begin == std::string_view::npos) break;
    size_t end = text.find(' ', begin);
    if (end == std::string_view::npos) end = text.size();
    const std::string_view word = text.substr(begin, end - begin);
    const int wide = Width(word);
    if (!line.empty() && width + 1 + wide > columns) {
      lines.push_back(std::move(line));
      line.clear();
      width = 0;
    }
    if (!line.empty()) {
      line += ' ';
      ++width;
    }
    line += word;
    width += wide;
    at = end;
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

}  // namespace davit::cli
