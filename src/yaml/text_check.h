// What is checked in a file before libyaml reads it, because here the byte is known and a person can be told what to
// do: encoding, control characters, directives. Also where the n-th code point of a text stands, which is how libyaml
// counts. Inside of yaml/ only.
#pragma once

#include <algorithm>
#include <optional>

#include "base/diagnostics.h"

namespace davit::yaml {

struct TextTraits {
  bool ascii = true;
  size_t bom_bytes = 0;  // of a UTF-8 byte order mark, which is passed over
};

/// nullopt where it cannot be read: `diagnostics` says why. `origin` is the position of byte 0.
std::optional<TextTraits> CheckText(std::string_view text, Pos origin, Diagnostics& diagnostics);

/// Byte offsets of code points. Cheap where each question is near the one before.
class CodePoints {
 public:
  CodePoints(std::string_view text, bool ascii) : text_(text), ascii_(ascii) {}
  size_t ByteOf(size_t code_point) { return ascii_ ? std::min(code_point, text_.size()) : Walk(code_point); }

 private:
  size_t Walk(size_t code_point);

  std::string_view text_;
  bool ascii_;
  size_t at_code_point_ = 0;
  size_t at_byte_ = 0;
};

}  // namespace davit::yaml
