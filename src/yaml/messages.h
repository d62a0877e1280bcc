// What libyaml says about a broken file, said so that a person can mend it: the place of the mistake rather than the
// place where reading stopped, and what to write instead. Pure. Inside of yaml/ only.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace davit::yaml {

struct Problem {
  std::string_view problem;  // libyaml's words
  std::string_view context;
  size_t at = 0;           // byte of the problem
  size_t began = 0;        // byte where the construct of `context` begins
  size_t quote_began = 0;  // the last quoted text that spans lines: its bytes; both 0 where there is none
  size_t quote_ended = 0;
};

/// `origin` is the position of byte 0 of `text`.
Error Explain(const Problem& problem, std::string_view text, Pos origin);

/// A name or text from a file inside a message: in quotes, cut where it is long.
std::string Quoted(std::string_view name);

}  // namespace davit::yaml
