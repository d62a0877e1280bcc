// Tokens of CEL. Used by the parser only.
#pragma once

#include <string>
#include <string_view>

#include "expr/cel_syntax.h"

namespace davit::cel {

struct Token {
  enum class Kind { kEnd, kName, kQuotedName, kInt, kUint, kDouble, kString, kBytes, kSign };
  Kind kind = Kind::kEnd;
  size_t at = 0;
  std::string_view text;  // as written; of a kQuotedName without the quotes
  std::string data;       // of a string or bytes, decoded

  bool Is(std::string_view sign) const { return kind == Kind::kSign && Same(sign); }
  bool IsName(std::string_view name) const { return kind == Kind::kName && Same(name); }

 private:
  /// Most differ in the first character, which is cheaper to see than to call for.
  bool Same(std::string_view other) const {
    return text.size() == other.size() && text.front() == other.front() && text.substr(1) == other.substr(1);
  }
};

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  tl::expected<Token, SyntaxError> Next();

 private:
  using Read = tl::expected<Token, SyntaxError>;
  void Space();
  Read Number();
  Read Text(size_t prefix, bool raw, bool bytes);
  /// One escape from `at_`, behind the backslash.
  tl::expected<void, SyntaxError> Escape(bool bytes, std::string* out);
  tl::unexpected<SyntaxError> Wrong(size_t at, std::string message, std::string suggestion = {}) const;
  char Peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  const std::string_view text_;
  size_t at_ = 0;
};

}  // namespace davit::cel
