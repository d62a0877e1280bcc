#include "yaml/text_check.h"

#include <cstdio>

namespace davit::yaml {
namespace {

constexpr size_t kMaxDirectives = 16;
constexpr size_t kMaxDirectiveBytes = 1024;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string Hex(uint32_t value, int digits) {
  char text[12];
  std::snprintf(text, sizeof text, "%0*X", digits, value);
  return text;
}

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

constexpr size_t kBlock = 64;

bool IsPlain(unsigned char c) {
  return (c >= 0x20 && c < 0x7F) || c == '\n' || c == '\t' || c == '\r';
}

/// The same of kBlock bytes. Without a branch and in bytes, so that compilers vectorise it.
bool ArePlain(const char* block) {
  unsigned char other = 0;
  for (size_t k = 0; k < kBlock; ++k) {
    const auto c = static_cast<unsigned char>(block[k]);
    const auto from_space = static_cast<unsigned char>(c - 0x20);
    other |= static_cast<unsigned char>(from_space >= 0x5F) & static_cast<unsigned char>(c != '\n') &
             static_cast<unsigned char>(c != '\t') & static_cast<unsigned char>(c != '\r');
  }
  return other == 0;
}

/// The code point at the beginning of `text` and its length; length 0 where it is no valid UTF-8.
std::pair<uint32_t, size_t> Decode(std::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint32_t>(static_cast<unsigned char>(text[i])); };
  const uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const size_t length = lead >= 0xF0 && lead <= 0xF4  ? 4
                        : lead >= 0xE0 && lead < 0xF0 ? 3
                        : lead >= 0xC2 && lead < 0xE0 ? 2
                                                      : 0;
  if (length == 0 || text.size() < length) return {0, 0};
  uint32_t value = lead & (0xFFu >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[i])) return {0, 0};
    value = (value << 6) | (byte(i) & 0x3F);
  }
  const uint32_t least = length == 2 ? 0x80 : length == 3 ? 0x800 : 0x10000;
  if (value < least || value > 0x10FFFF || (value >= 0xD800 && value < 0xE000)) return {0, 0};
  return {value, length};
}

/// A text of two or four bytes a character: by its byte order mark, or because every second byte of its beginning is 0.
bool IsWide(std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return true;
  return text.size() >= 4 && (text[0] == 0) != (text[1] == 0) && (text[2] == 0) != (text[3] == 0);
}

/// Directives are looked up one by one and put before every tag by libyaml, so that many or long ones would cost a
/// square.
bool CheckDirectives(std::string_view text, size_t offset, Pos origin, Diagnostics& diagnostics) {
  size_t count = 0;
  while (offset < text.size()) {
    const size_t end = std::min(text.find_first_of("\r\n", offset), text.size());
    const std::string_view line = text.substr(offset, end - offset);
    const size_t content = line.find_first_not_of(" \t");
    if (line.starts_with('%')) {
      if (++count > kMaxDirectives || line.size() > kMaxDirectiveBytes) {
        diagnostics.AddError("a file may have " + std::to_string(kMaxDirectives) + " '%' directives of up to " +
                                 std::to_string(kMaxDirectiveBytes) + " bytes, and this is more",
                             Pos{origin.index + static_cast<uint32_t>(offset)}, "remove the lines that begin with '%'");
        return false;
      }
    } else if (content != std::string_view::npos && line[content] != '#') {
      return true;
    }
    offset = end + 1;
  }
  return true;
}

}  // namespace

std::optional<TextTraits> CheckText(std::string_view text, Pos origin, Diagnostics& diagnostics) {
  const auto at = [&](size_t offset) { return Pos{origin.index + static_cast<uint32_t>(offset)}; };
  if (IsWide(text)) {
    diagnostics.AddError("the file is UTF-16 or UTF-32, not UTF-8", at(0), "save it as UTF-8");
    return std::nullopt;
  }
  TextTraits traits;
  if (text.starts_with(kByteOrderMark)) traits.bom_bytes = kByteOrderMark.size();
  size_t i = traits.bom_bytes;
  while (i < text.size()) {
    // Nearly everything passes here.
    while (text.size() - i >= kBlock && ArePlain(text.data() + i)) i += kBlock;
    const size_t stop = std::min(text.size(), i + kBlock);
    while (i < stop) {
      if (IsPlain(static_cast<unsigned char>(text[i]))) {
        ++i;
        continue;
      }
      const auto [value, length] = Decode(text.substr(i));
      if (length == 0) {
        diagnostics.AddError("the byte 0x" + Hex(static_cast<unsigned char>(text[i]), 2) + " is not UTF-8", at(i),
                             "save the file as UTF-8");
        return std::nullopt;
      }
      if (value == 0) {
        diagnostics.AddError("the file has a NUL byte in it", at(i), "remove it; is this a text file?");
        return std::nullopt;
      }
      if (length == 1 || (value < 0xA0 && value != 0x85) || value == 0xFFFE || value == 0xFFFF) {
        diagnostics.AddError("the control character U+" + Hex(value, 4) + " may not stand in YAML", at(i),
                             "remove it, or write \"\\u" + Hex(value, 4) + "\" in double quotes");
        return std::nullopt;
      }
      traits.ascii = false;
      i += length;
    }
  }
  if (!CheckDirectives(text, traits.bom_bytes, origin, diagnostics)) return std::nullopt;
  return traits;
}

size_t CodePoints::Walk(size_t code_point) {
  while (at_code_point_ < code_point && at_byte_ < text_.size()) {
    ++at_byte_;
    while (at_byte_ < text_.size() && IsContinuation(text_[at_byte_])) ++at_byte_;
    ++at_code_point_;
  }
  while (at_code_point_ > code_point) {
    --at_byte_;
    while (at_byte_ > 0 && IsContinuation(text_[at_byte_])) --at_byte_;
    --at_code_point_;
  }
  return at_byte_;
}

}  // namespace davit::yaml
