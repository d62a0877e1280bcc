#include "yaml/messages.h"

#include "base/text.h"

namespace davit::yaml {
namespace {

constexpr const char* kQuoteIt = "put the whole value in single quotes: '…'";
constexpr const char* kQuoteExpression =
    "put the expression in double quotes: inside [ ] and { } braces have a meaning of their own";

/// A line of the file and where it begins.
struct Line {
  std::string_view text;
  size_t begin = 0;

  size_t Indent() const { return std::min(text.find_first_not_of(" \t"), text.size()); }
  std::string_view Content() const { return Trim(text); }
  bool IsBlank() const { return Content().empty() || Content().starts_with('#'); }
};

Line LineOf(std::string_view text, size_t offset) {
  offset = std::min(offset, text.size());
  const size_t newline = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  const size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
  return {text.substr(begin, std::min(text.find('\n', offset), text.size()) - begin), begin};
}

/// The nearest line above that says something; empty at the top.
Line LineAbove(std::string_view text, Line line) {
  while (line.begin > 0) {
    line = LineOf(text, line.begin - 1);
    if (!line.IsBlank()) return line;
  }
  return {};
}

/// Where a ':' ends a key on the line; npos where none does.
size_t KeyColon(std::string_view line) {
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == ':' && (i + 1 == line.size() || line[i + 1] == ' ' || line[i + 1] == '\r' || line[i + 1] == '\t')) {
      return i;
    }
  }
  return std::string_view::npos;
}

/// Without the dashes of list items.
std::string_view WithoutDashes(std::string_view line) {
  line = Trim(line);
  while (line.starts_with("- ")) line = Trim(line.substr(2));
  return line;
}

class Explainer {
 public:
  Explainer(const Problem& problem, std::string_view text, Pos origin)
      : problem_(problem),
        text_(text),
        origin_(origin),
        at_(std::min(problem.at, text.size())),
        began_(std::min(problem.began, text.size())) {}

  Error Make();

 private:
  Error At(size_t offset, std::string message, std::string suggestion) const {
    Error error;
    error.code = ErrorCode::kInvalidInput;
    error.message = std::move(message);
    error.position = PosOf(offset);
    error.suggestion = std::move(suggestion);
    return error;
  }
  Pos PosOf(size_t offset) const { return Pos{origin_.index + static_cast<uint32_t>(offset)}; }
  char CharAt(size_t offset) const { return offset < text_.size() ? text_[offset] : '\0'; }
  bool Says(std::string_view words) const { return problem_.problem.find(words) != std::string_view::npos; }
  bool In(std::string_view words) const { return problem_.context.find(words) != std::string_view::npos; }

  Error Character() const;
  Error QuotedText() const;
  Error SecondColon() const;
  Error MissingColon(const Line& line) const;
  Error Flow(char open, char close) const;
  Error BlockEntry() const;
  Error Alias(char sign) const;

  const Problem& problem_;
  std::string_view text_;
  Pos origin_;
  size_t at_;
  size_t began_;
};

/// A character that nothing can begin with.
Error Explainer::Character() const {
  const char c = CharAt(at_);
  if (c == '\t') return At(at_, "a tab is used as indentation", "indent with spaces, not tabs");
  return At(at_, std::string("a value cannot begin with '") + c + "'", kQuoteIt);
}

Error Explainer::QuotedText() const {
  const char quote = CharAt(began_);
  if (Says("unexpected end of stream") || Says("unexpected document indicator")) {
    return At(began_, std::string("the quote ") + quote + " is never closed",
              std::string("close it with ") + quote + " at the end of the value");
  }
  if (Says("unknown escape")) {
    return At(at_,
              "\\" + ValidUtf8(text_.substr(std::min(at_ + 1, text_.size()), 1)) + " means nothing in double quotes",
              "write \\\\ for a backslash, or put the value in single quotes");
  }
  return At(
      at_,
      "an escape in double quotes is broken: \\x takes 2, \\u 4, \\U 8 hexadecimal digits of a character that exists",
      "write \\\\ for a backslash, or put the value in single quotes");
}

Error Explainer::MissingColon(const Line& line) const {
  const std::string_view content = WithoutDashes(line.text);
  const size_t begin = static_cast<size_t>(content.data() - text_.data());
  const size_t glued = content.find(':');
  if (glued != std::string_view::npos && glued > 0 && content.find_first_of(" \"'") > glued &&
      content.substr(glued, 3) != "://") {
    return At(begin + glued, "a space is missing after ':'",
              "write " + Quoted(std::string(content.substr(0, glued)) + ": …"));
  }
  return At(begin, "could not find expected ':'",
            "a line of a mapping is 'key: value'; write the ':' and a space after the key");
}

/// A ':' where a key has no place: two on one line, or a line that belongs to a value above it.
Error Explainer::SecondColon() const {
  const Line line = LineOf(text_, at_);
  const std::string_view lead = line.text.substr(0, std::min(at_ - line.begin, line.text.size()));
  if (KeyColon(WithoutDashes(lead)) != std::string_view::npos) {
    return At(at_, "a second ': ' on one line",
              "put the value in quotes if the ':' belongs to it, else begin the inner mapping on a line of its own");
  }
  const Line above = LineAbove(text_, line);
  const std::string_view content = WithoutDashes(above.text);
  const size_t colon = KeyColon(content);
  const std::string_view value = colon == std::string_view::npos ? content : Trim(content.substr(colon + 1));
  if (value.empty()) return At(at_, "a ':' where no key can be", "put the value in quotes if the ':' belongs to it");
  const size_t dashes = above.Content().size() - content.size();
  if (colon == std::string_view::npos && (dashes == 0 || above.Indent() + dashes == line.Indent())) {
    return MissingColon(above);
  }
  Error error = At(line.begin + line.Indent(), "this key stands inside the value of the line above",
                   "line it up with the keys that it belongs to, or leave the line above without a value");
  error.notes.push_back({"the value is here", PosOf(static_cast<size_t>(value.data() - text_.data()))});
  return error;
}

/// Something else than ',' or the end inside of [ ] or { }.
Error Explainer::Flow(char open, char close) const {
  const char c = CharAt(at_);
  const char wrong = close == ']' ? '}' : ']';
  if (c == wrong) {
    Error error =
        At(at_, std::string("'") + open + "' is closed by '" + wrong + "'", std::string("write '") + close + "'");
    error.notes.push_back({"it was opened here", PosOf(began_)});
    return error;
  }
  if (c == '{' && at_ > 0 && (text_[at_ - 1] == '$' || text_[at_ - 1] == '#')) {
    return At(at_ - 1, std::string(1, text_[at_ - 1]) + "{ } inside " + open + " " + close + " must be in quotes",
              kQuoteExpression);
  }
  const Line line = LineOf(text_, at_);
  const Line opening = LineOf(text_, began_);
  if (at_ == text_.size() || (line.begin != opening.begin && line.Indent() <= opening.Indent())) {
    Error error =
        At(began_, std::string("'") + open + "' is never closed", std::string("close it with '") + close + "'");
    if (at_ < text_.size()) error.notes.push_back({"reading stopped here", PosOf(at_)});
    return error;
  }
  return At(at_, std::string("',' or '") + close + "' must come here",
            "separate the entries by ',', and put a text with special characters in quotes");
}

/// A line or a rest of a line that fits into neither the mapping nor the list that is open.
Error Explainer::BlockEntry() const {
  const bool list = In("block collection");
  const Line line = LineOf(text_, at_);
  if (CharAt(at_) == ']' || CharAt(at_) == '}') {
    return At(at_, std::string("'") + CharAt(at_) + "' closes nothing", "remove it");
  }
  if (at_ == text_.size() || at_ != line.begin + line.Indent()) {
    const size_t before = text_.find_last_not_of(" \t", at_ == 0 ? 0 : at_ - 1);
    const char quote = before == std::string_view::npos ? '\0' : text_[before];
    if (problem_.quote_ended > 0 && LineOf(text_, problem_.quote_ended).begin == line.begin) {
      Error error = At(problem_.quote_began, "the quote that begins here ends on another line, and text follows it",
                       "close the quote on its own line");
      error.notes.push_back({"it ends before this text", PosOf(at_)});
      return error;
    }
    if (quote == '\'' || quote == '"') {
      return At(at_, "text follows the closing quote",
                quote == '\'' ? "put all of the value in quotes; a ' inside single quotes is written ''"
                              : "put all of the value in quotes; a \" inside double quotes is written \\\"");
    }
    return At(at_, "this text does not belong to the value before it", kQuoteIt);
  }
  const Line above = LineAbove(text_, line);
  const size_t column = line.Indent() + 1;
  const size_t outer = began_ - LineOf(text_, began_).begin + 1;
  if (column == outer) {
    return list ? At(at_, "a key stands where the list goes on",
                     "begin the line with '- ', or indent the list below its key")
                : At(at_, "a list item stands where the mapping goes on",
                     "write 'key:' above the list, or remove the '- '");
  }
  // A list item is lined up with the dash of the line above, a key with what stands behind it.
  const size_t behind = static_cast<size_t>(WithoutDashes(above.text).data() - above.text.data());
  const size_t inner = (CharAt(at_) == '-' ? above.Indent() : behind) + 1;
  std::string help =
      "begin it in column " + std::to_string(inner) + ", as " + (list ? "the text of " : "") + "the line above";
  if (inner != outer) {
    help += std::string(", or ") + (list ? "with '- ' " : "") + "in column " + std::to_string(outer) + ", as the " +
            (list ? "list" : "mapping") + " around it";
  }
  return At(at_, "the indentation fits no line above: this line begins in column " + std::to_string(column),
            std::move(help));
}

Error Explainer::Alias(char sign) const {
  return At(
      began_,
      std::string("'") + sign + "' begins " + (sign == '*' ? "an alias" : "an anchor") + ", and this is no name of one",
      "put the value in quotes if it is just text");
}

Error Explainer::Make() {
  if (In("quoted scalar")) return QuotedText();
  if (Says("cannot start any token")) return Character();
  if (Says("tab character")) return At(at_, "a tab is used as indentation", "indent with spaces, not tabs");
  if (In("simple key")) return MissingColon(LineOf(text_, began_));
  if (Says("mapping values are not allowed")) return SecondColon();
  if (In("flow sequence")) return Flow('[', ']');
  if (In("flow mapping")) return Flow('{', '}');
  if (Says("did not find expected key") || Says("expected '-' indicator")) return BlockEntry();
  if (Says("block sequence entries")) {
    return At(at_, "a list cannot begin on the line of its key",
              "begin it on the next line, or put the value in quotes if the '-' belongs to it");
  }
  if (Says("mapping keys are not allowed")) {
    return At(at_, "a '?' where no key can be", "put the value in quotes if the '?' belongs to it");
  }
  if (In("scanning an alias")) return Alias('*');
  if (In("scanning an anchor")) return Alias('&');
  if (Says("expected node content")) {
    const char c = CharAt(at_);
    if (c == '\0') return At(at_, "a value is missing at the end", "write the value");
    return At(at_, std::string("'") + c + "' where a value must be",
              "write the value, in quotes if it begins with a special character");
  }
  if (In("block scalar")) {
    return At(at_, "after | or > the line must end, the text begins on the next one",
              "put the value in quotes if the | or > belongs to it");
  }
  if (In("directive") || Says("directive")) {
    return At(In("directive") ? began_ : at_, "a line that begins with '%' is a directive, and this one means nothing",
              "put it in quotes, or remove it");
  }
  if (Says("undefined tag handle") || In("a tag")) {
    return At(began_, "a '!' begins a tag, and this is none", "put the value in quotes if it is just text");
  }
  if (Says("incompatible YAML document")) {
    return At(at_, "another version of YAML than 1.1 or 1.2", "remove the line '%YAML'");
  }
  if (Says("document start")) {
    return At(at_, "the file goes on after its value has ended",
              "indent this line if it belongs to the value; a second document begins with '---'");
  }
  return At(at_, std::string(problem_.problem),
            problem_.context.empty() ? std::string() : "the mistake was found " + std::string(problem_.context));
}

}  // namespace

Error Explain(const Problem& problem, std::string_view text, Pos origin) {
  return Explainer(problem, text, origin).Make();
}

std::string Quoted(std::string_view name) {
  constexpr size_t kMaxBytes = 60;
  if (name.size() <= kMaxBytes) return "'" + std::string(name) + "'";
  size_t end = kMaxBytes;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0) == 0x80) --end;
  return "'" + std::string(name.substr(0, end)) + "…'";
}

}  // namespace davit::yaml
