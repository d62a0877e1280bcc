#include "expr/cel_lexer.h"

#include <cctype>
#include <optional>

namespace davit::cel {
namespace {

bool IsDigit(char c) {
  return c >= '0' && c <= '9';
}
bool IsNameStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool IsNamePart(char c) {
  return IsNameStart(c) || IsDigit(c);
}
bool IsHex(char c) {
  return std::isxdigit(static_cast<unsigned char>(c)) != 0;
}

/// `digits` of the base; nothing where one is none, or there are too few.
std::optional<uint32_t> ReadDigits(std::string_view text, size_t count, uint32_t base) {
  if (text.size() < count) return std::nullopt;
  uint32_t number = 0;
  for (const char c : text.substr(0, count)) {
    if (!IsHex(c)) return std::nullopt;
    const auto digit = static_cast<uint32_t>(IsDigit(c) ? c - '0' : std::tolower(c) - 'a' + 10);
    if (digit >= base) return std::nullopt;
    number = number * base + digit;
  }
  return number;
}

void AppendUtf8(uint32_t code, std::string* out) {
  if (code < 0x80) {
    out->push_back(static_cast<char>(code));
    return;
  }
  const int more = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  static constexpr uint32_t kLead[] = {0, 0xC0, 0xE0, 0xF0};
  out->push_back(static_cast<char>(kLead[more] | code >> (6 * more)));
  for (int i = more - 1; i >= 0; --i) out->push_back(static_cast<char>(0x80 | ((code >> (6 * i)) & 0x3F)));
}

/// Signs of more than one character first.
constexpr std::string_view kSigns[] = {"&&", "||", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "/",
                                       "%",  "!",  "?",  ":",  ".",  ",",  "(", ")", "[", "]", "{", "}"};

}  // namespace

tl::unexpected<SyntaxError> Lexer::Wrong(size_t at, std::string message, std::string suggestion) const {
  return tl::unexpected<SyntaxError>({std::move(message), at, std::move(suggestion)});
}

void Lexer::Space() {
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r') {
      ++at_;
    } else if (c == '/' && Peek(1) == '/') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else {
      return;
    }
  }
}

Lexer::Read Lexer::Next() {
  Space();
  if (at_ == text_.size()) return Token{Token::Kind::kEnd, at_, "", ""};
  const size_t begin = at_;
  const char c = Peek();
  if (IsDigit(c) || (c == '.' && IsDigit(Peek(1)))) return Number();
  if (c == '"' || c == '\'') return Text(0, false, false);
  if (IsNameStart(c)) {
    size_t prefix = 0;
    bool raw = false;
    bool bytes = false;
    while (prefix < 2 && (Peek(prefix) == 'r' || Peek(prefix) == 'R' || Peek(prefix) == 'b' || Peek(prefix) == 'B')) {
      bool& flag = std::tolower(Peek(prefix)) == 'r' ? raw : bytes;
      if (std::exchange(flag, true)) break;
      ++prefix;
    }
    if (prefix > 0 && (Peek(prefix) == '"' || Peek(prefix) == '\'')) return Text(prefix, raw, bytes);
    while (IsNamePart(Peek())) ++at_;
    return Token{Token::Kind::kName, begin, text_.substr(begin, at_ - begin), ""};
  }
  if (c == '`') {
    const size_t end = text_.find_first_of("`\n", begin + 1);
    if (end == std::string_view::npos || text_[end] != '`' || end == begin + 1)
      return Wrong(begin, "this quoted name has no end", "close it with `");
    for (const char part : text_.substr(begin + 1, end - begin - 1)) {
      if (!IsNamePart(part) && part != '.' && part != '-' && part != '/' && part != ' ')
        return Wrong(begin, "a quoted name is made of letters, digits and _ . - / and spaces");
    }
    at_ = end + 1;
    return Token{Token::Kind::kQuotedName, begin, text_.substr(begin + 1, end - begin - 1), ""};
  }
  for (const std::string_view sign : kSigns) {
    if (sign.front() != c || !text_.substr(at_).starts_with(sign)) continue;
    at_ += sign.size();
    return Token{Token::Kind::kSign, begin, sign, ""};
  }
  if (c == '=') return Wrong(begin, "there is no `=`", "compare with `==`");
  if (c == '&' || c == '|')
    return Wrong(begin, "there are no bit operators", std::string("did you mean `") + c + c + "`?");
  return Wrong(begin, "this character has no meaning here");
}

Lexer::Read Lexer::Number() {
  const size_t begin = at_;
  Token::Kind kind = Token::Kind::kInt;
  if (Peek() == '0' && (Peek(1) == 'x' || Peek(1) == 'X') && IsHex(Peek(2))) {
    at_ += 2;
    while (IsHex(Peek())) ++at_;
  } else {
    while (IsDigit(Peek())) ++at_;
    if (Peek() == '.' && IsDigit(Peek(1))) {
      kind = Token::Kind::kDouble;
      ++at_;
      while (IsDigit(Peek())) ++at_;
    }
    const size_t sign = Peek(1) == '+' || Peek(1) == '-' ? 1 : 0;
    if ((Peek() == 'e' || Peek() == 'E') && IsDigit(Peek(1 + sign))) {
      kind = Token::Kind::kDouble;
      at_ += 1 + sign;
      while (IsDigit(Peek())) ++at_;
    }
  }
  size_t end = at_;
  if (kind == Token::Kind::kInt && (Peek() == 'u' || Peek() == 'U')) {
    kind = Token::Kind::kUint;
    ++at_;
  }
  if (IsNamePart(Peek())) return Wrong(at_, "a name cannot follow a number directly");
  return Token{kind, begin, text_.substr(begin, end - begin), ""};
}

Lexer::Read Lexer::Text(size_t prefix, bool raw, bool bytes) {
  const size_t begin = at_;
  at_ += prefix;
  const char quote = Peek();
  const bool triple = Peek(1) == quote && Peek(2) == quote;
  const std::string end(triple ? 3 : 1, quote);
  at_ += end.size();
  Token token{bytes ? Token::Kind::kBytes : Token::Kind::kString, begin, "", ""};
  for (char c = Peek(); c != quote || !text_.substr(at_).starts_with(end); c = Peek()) {
    if (at_ == text_.size() || (!triple && (c == '\n' || c == '\r')))
      return Wrong(begin, "this text has no end", "close it with " + end);
    ++at_;
    if (c == '\\' && !raw) {
      if (auto escaped = Escape(bytes, &token.data); !escaped) return tl::unexpected(escaped.error());
    } else {
      token.data.push_back(c);
    }
  }
  at_ += end.size();
  token.text = text_.substr(begin, at_ - begin);
  return token;
}

tl::expected<void, SyntaxError> Lexer::Escape(bool bytes, std::string* out) {
  const size_t begin = at_ - 1;
  const char c = Peek();
  static constexpr std::string_view kNames = "abfnrtv\\?\"'`";
  static constexpr std::string_view kMeans = "\a\b\f\n\r\t\v\\?\"'`";
  if (const size_t found = kNames.find(c); c != '\0' && found != std::string_view::npos) {
    out->push_back(kMeans[found]);
    ++at_;
    return {};
  }
  const bool unicode = (c == 'u' || c == 'U') && !bytes;
  size_t digits = 0;
  uint32_t base = 16;
  if (c == 'x' || c == 'X') {
    digits = 2;
    ++at_;
  } else if (unicode) {
    digits = c == 'u' ? 4 : 8;
    ++at_;
  } else if (c >= '0' && c <= '3') {
    digits = 3;
    base = 8;
  } else {
    return Wrong(begin, "there is no such escape" + std::string(bytes ? " in bytes" : ""),
                 R"(a backslash itself is written \\)");
  }
  const std::optional<uint32_t> code = ReadDigits(text_.substr(at_), digits, base);
  if (!code) return Wrong(begin, "this escape has " + std::to_string(digits) + " digits");
  at_ += digits;
  if (*code > 0x10FFFF || (*code >= 0xD800 && *code < 0xE000)) return Wrong(begin, "this is no character");
  if (bytes) {
    out->push_back(static_cast<char>(*code));
  } else {
    AppendUtf8(*code, out);
  }
  return {};
}

}  // namespace davit::cel
