#include "drivers/terraform/hcl.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"

namespace davit::drivers {
namespace {

constexpr int kMaxDepth = 200;

bool IsIdentStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}
bool IsIdent(char c) {
  return IsIdentStart(c) || (c >= '0' && c <= '9') || c == '-';
}

class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<HclBody> Run() {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
    HclBody body;
    if (ParseBody(body, true)) return body;
    const auto line =
        1 + std::count(text_.begin(), text_.begin() + static_cast<ptrdiff_t>(std::min(at_, text_.size())), '\n');
    return Fail(ErrorCode::kInvalidInput, "line " + std::to_string(line) + ": " + problem_);
  }

 private:
  bool AtEnd() const { return at_ >= text_.size(); }
  bool Sees(std::string_view what) const { return text_.substr(at_).starts_with(what); }
  bool Problem(const char* what) {
    problem_ = what;
    return false;
  }

  /// Past a comment that begins here; false where none does. The newline that ends a line comment stays.
  bool SkipComment(bool* unclosed) {
    if (text_[at_] == '#' || Sees("//")) {
      at_ = std::min(text_.find('\n', at_), text_.size());
      return true;
    }
    if (!Sees("/*")) return false;
    const size_t end = text_.find("*/", at_ + 2);
    *unclosed = end == std::string_view::npos;
    at_ = *unclosed ? text_.size() : end + 2;
    return true;
  }

  bool SkipBlank(bool newlines) {
    while (!AtEnd()) {
      const char c = text_[at_];
      bool unclosed = false;
      if (c == ' ' || c == '\t' || c == '\r' || (newlines && c == '\n')) {
        ++at_;
      } else if (SkipComment(&unclosed)) {
        if (unclosed) return Problem("a comment is not closed");
      } else {
        break;
      }
    }
    return true;
  }

  std::string_view TakeIdent() {
    const size_t begin = at_;
    while (!AtEnd() && IsIdent(text_[at_])) ++at_;
    return text_.substr(begin, at_ - begin);
  }

  bool ParseBody(HclBody& body, bool top) {
    if (++depth_ > kMaxDepth) return Problem("blocks are nested too deeply");
    for (;;) {
      if (!SkipBlank(true)) return false;
      if (AtEnd()) {
        --depth_;
        return top || Problem("a block is not closed");
      }
      if (text_[at_] == '}' && !top) {
        ++at_;
        --depth_;
        return true;
      }
      if (!IsIdentStart(text_[at_])) return Problem("expected the name of a block or an attribute");
      if (!ParseItem(body, top)) return false;
    }
  }

  bool ParseItem(HclBody& body, bool top) {
    const size_t offset = at_;
    const std::string name(TakeIdent());
    if (!SkipBlank(false)) return false;
    if (!AtEnd() && text_[at_] == '=' && !Sees("==")) {
      ++at_;
      if (!SkipBlank(false)) return false;
      const size_t begin = at_;
      if (!SkipExpression(top ? Ends::kLine : Ends::kLineOrBrace)) return false;
      const std::string_view expression = Trim(text_.substr(begin, at_ - begin));
      if (expression.empty()) return Problem("an attribute has no value");
      body.attributes.push_back({name, expression, offset});
      return true;
    }
    HclBlock block;
    block.type = name;
    block.offset = offset;
    for (;;) {
      if (AtEnd()) return Problem("expected '=' or a block");
      const char c = text_[at_];
      if (c == '{') break;
      if (c == '"') {
        const size_t begin = at_;
        if (!SkipString()) return false;
        std::optional<std::string> label = HclString(text_.substr(begin, at_ - begin));
        if (!label) return Problem("a label may not have an interpolation");
        block.labels.push_back(std::move(*label));
      } else if (IsIdentStart(c)) {
        block.labels.emplace_back(TakeIdent());
      } else {
        return Problem("expected '=', a label or '{'");
      }
      if (!SkipBlank(false)) return false;
    }
    ++at_;
    if (!ParseBody(block.body, false)) return false;
    body.blocks.push_back(std::move(block));
    return true;
  }

  enum class Ends {
    kLine,
    kLineOrBrace,
    kBrace
  };  // of an attribute at the top, of one in a block, of an interpolation

  bool SkipExpression(Ends ends) {
    if (++depth_ > kMaxDepth) return Problem("an expression is nested too deeply");
    std::string open;
    while (!AtEnd()) {
      const char c = text_[at_];
      bool unclosed = false;
      if (open.empty() && ((c == '\n' && ends != Ends::kBrace) || (c == '}' && ends != Ends::kLine))) {
        --depth_;
        return true;
      }
      if (c == '"') {
        if (!SkipString()) return false;
      } else if (Sees("<<") && StartsHeredoc()) {
        if (!SkipHeredoc()) return false;
      } else if (SkipComment(&unclosed)) {
        if (unclosed) return Problem("a comment is not closed");
      } else if (c == '(' || c == '[' || c == '{') {
        open += c == '(' ? ')' : c == '[' ? ']' : '}';
        ++at_;
      } else if (c == ')' || c == ']' || c == '}') {
        if (open.empty() || open.back() != c) return Problem("a bracket does not match");
        open.pop_back();
        ++at_;
      } else {
        ++at_;
      }
    }
    --depth_;
    if (!open.empty()) return Problem("a bracket is not closed");
    return ends != Ends::kBrace || Problem("an interpolation is not closed");
  }

  /// At '$' or '%' of a template: past an escape or a whole interpolation; else one character.
  bool SkipTemplateMark() {
    if (Sees("$${") || Sees("%%{")) {
      at_ += 3;
      return true;
    }
    if (!Sees("${") && !Sees("%{")) {
      ++at_;
      return true;
    }
    at_ += 2;
    if (!SkipExpression(Ends::kBrace)) return false;
    ++at_;
    return true;
  }

  bool SkipString() {
    ++at_;
    while (!AtEnd()) {
      const char c = text_[at_];
      if (c == '"') {
        ++at_;
        return true;
      }
      if (c == '\n') return Problem("a string is not closed on its line");
      if (c == '\\') {
        at_ += 2;
      } else if (c == '$' || c == '%') {
        if (!SkipTemplateMark()) return false;
      } else {
        ++at_;
      }
    }
    at_ = text_.size();
    return Problem("a string is not closed");
  }

  bool StartsHeredoc() const {
    const size_t name = at_ + (Sees("<<-") ? 3 : 2);
    return name < text_.size() && IsIdentStart(text_[name]);
  }

  bool SkipHeredoc() {
    at_ += Sees("<<-") ? 3 : 2;
    const std::string_view marker = TakeIdent();
    if (Sees("\r")) ++at_;
    if (!Sees("\n")) return Problem("a heredoc's marker must end its line");
    ++at_;
    bool line_start = true;
    while (!AtEnd()) {
      if (line_start) {
        const size_t end = std::min(text_.find('\n', at_), text_.size());
        if (Trim(text_.substr(at_, end - at_)) == marker) {
          at_ = end;
          return true;
        }
      }
      const char c = text_[at_];
      line_start = c == '\n';
      if (c == '$' || c == '%') {
        if (!SkipTemplateMark()) return false;
      } else {
        // Up to the next thing that matters; a line's content is looked at once.
        at_ = line_start ? at_ + 1 : std::min(text_.find_first_of("$%\n", at_ + 1), text_.size());
      }
    }
    return Problem("a heredoc is not closed");
  }

  std::string_view text_;
  size_t at_ = 0;
  int depth_ = 0;
  const char* problem_ = "";
};

void AppendUtf8(uint32_t point, std::string& out) {
  if (point < 0x80) {
    out += static_cast<char>(point);
  } else if (point < 0x800) {
    out += static_cast<char>(0xC0 | (point >> 6));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else if (point < 0x10000) {
    out += static_cast<char>(0xE0 | (point >> 12));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | (point >> 18));
    out += static_cast<char>(0x80 | ((point >> 12) & 0x3F));
    out += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
    out += static_cast<char>(0x80 | (point & 0x3F));
  }
}

/// `digits` hexadecimal digits from `at`; nullopt where they are not that.
std::optional<uint32_t> HexAt(std::string_view text, size_t at, size_t digits) {
  if (at + digits > text.size()) return std::nullopt;
  uint32_t value = 0;
  for (char c : text.substr(at, digits)) {
    const int digit = c >= '0' && c <= '9'   ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return std::nullopt;
    value = value * 16 + static_cast<uint32_t>(digit);
  }
  if (value > 0x10FFFF) return std::nullopt;
  return value;
}

}  // namespace

const HclAttribute* HclBody::Find(std::string_view name) const {
  for (const HclAttribute& attribute : attributes) {
    if (attribute.name == name) return &attribute;
  }
  return nullptr;
}

Result<HclBody> ParseHcl(std::string_view text) {
  return Parser(text).Run();
}

std::optional<std::string> HclString(std::string_view expression) {
  if (expression.size() < 2 || expression.front() != '"') return std::nullopt;
  std::string out;
  for (size_t at = 1; at < expression.size(); ++at) {
    const char c = expression[at];
    const std::string_view rest = expression.substr(at);
    if (c == '"') {
      if (at + 1 == expression.size()) return out;
      return std::nullopt;
    }
    if (rest.starts_with("$${") || rest.starts_with("%%{")) {
      out += c;
      out += '{';
      at += 2;
    } else if (rest.starts_with("${") || rest.starts_with("%{")) {
      return std::nullopt;
    } else if (c != '\\') {
      out += c;
    } else {
      if (++at >= expression.size()) return std::nullopt;
      switch (expression[at]) {
        case 'n':
          out += '\n';
          break;
        case 'r':
          out += '\r';
          break;
        case 't':
          out += '\t';
          break;
        case '"':
          out += '"';
          break;
        case '\\':
          out += '\\';
          break;
        case 'u':
        case 'U': {
          const size_t digits = expression[at] == 'u' ? 4 : 8;
          const std::optional<uint32_t> point = HexAt(expression, at + 1, digits);
          if (!point) return std::nullopt;
          AppendUtf8(*point, out);
          at += digits;
          break;
        }
        default:
          return std::nullopt;
      }
    }
  }
  return std::nullopt;
}

std::string HclUnescaped(std::string_view text) {
  std::string plain;
  for (size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    if (rest.starts_with("$${") || rest.starts_with("%%{")) {
      plain += rest.substr(1, 2);
      at += 3;
      continue;
    }
    if (rest.size() < 2 || rest[0] != '\\') {
      plain += rest[0];
      ++at;
      continue;
    }
    const char kind = rest[1];
    const size_t digits = kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
    const std::optional<uint32_t> point = digits > 0 ? HexAt(rest, 2, digits) : std::nullopt;
    if (point) {
      AppendUtf8(*point, plain);
    } else {
      plain += kind == 'n' ? '\n' : kind == 'r' ? '\r' : kind == 't' ? '\t' : kind;
    }
    at += 2 + (point ? digits : 0);
  }
  return plain;
}

}  // namespace davit::drivers
