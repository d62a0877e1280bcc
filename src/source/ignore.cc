#include "source/ignore.h"

#include <cctype>
#include <optional>

#include "base/text.h"

namespace davit::source {
namespace {

/// nullopt: there is no such class.
std::optional<bool> InClass(std::string_view name, unsigned char c) {
  if (name == "alnum") return std::isalnum(c) != 0;
  if (name == "alpha") return std::isalpha(c) != 0;
  if (name == "blank") return c == ' ' || c == '\t';
  if (name == "cntrl") return std::iscntrl(c) != 0;
  if (name == "digit") return std::isdigit(c) != 0;
  if (name == "graph") return std::isgraph(c) != 0;
  if (name == "lower") return std::islower(c) != 0;
  if (name == "print") return std::isprint(c) != 0;
  if (name == "punct") return std::ispunct(c) != 0;
  if (name == "space") return std::isspace(c) != 0;
  if (name == "upper") return std::isupper(c) != 0;
  if (name == "xdigit") return std::isxdigit(c) != 0;
  return std::nullopt;
}

struct Bracket {
  size_t end = 0;  // after ']'
  bool matches = false;
};

/// The bracket expression at `pattern[at]` == '['; nullopt where it is not closed or names an unknown class, which
/// matches nothing.
std::optional<Bracket> ReadBracket(std::string_view pattern, size_t at, unsigned char c) {
  size_t i = at + 1;
  const bool negated = i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^');
  if (negated) ++i;
  bool found = false;
  for (bool first = true; i < pattern.size(); first = false) {
    if (pattern[i] == ']' && !first) return Bracket{i + 1, found != negated};
    if (pattern[i] == '[' && i + 1 < pattern.size() && pattern[i + 1] == ':') {
      // As git reads it: up to the first ']'; without a ':' before that this is a plain '['.
      const size_t close = pattern.find(']', i + 2);
      if (close == std::string_view::npos) return std::nullopt;
      if (close > i + 2 && pattern[close - 1] == ':') {
        const std::optional<bool> in = InClass(pattern.substr(i + 2, close - i - 3), c);
        if (!in) return std::nullopt;
        found |= *in;
        i = close + 1;
        continue;
      }
    }
    if (pattern[i] == '\\' && ++i == pattern.size()) return std::nullopt;
    const auto low = static_cast<unsigned char>(pattern[i++]);
    auto high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      ++i;
      if (pattern[i] == '\\' && ++i == pattern.size()) return std::nullopt;
      high = static_cast<unsigned char>(pattern[i++]);
    }
    found |= low == c || (low <= c && c <= high);  // the beginning also of a range that runs backwards, as in git
  }
  return std::nullopt;
}

/// One element of the pattern other than '*' against one character; moves `at` behind it where it matches.
bool MatchOne(std::string_view pattern, size_t& at, char c) {
  if (pattern[at] == '?') {
    ++at;
    return true;
  }
  if (pattern[at] == '[') {
    const std::optional<Bracket> bracket = ReadBracket(pattern, at, static_cast<unsigned char>(c));
    if (!bracket || !bracket->matches) return false;
    at = bracket->end;
    return true;
  }
  size_t literal = at;
  if (pattern[literal] == '\\' && ++literal == pattern.size()) return false;
  if (pattern[literal] != c) return false;
  at = literal + 1;
  return true;
}

/// Within one part. Going back to the last star only keeps this linear in pattern times text.
bool MatchPart(std::string_view pattern, std::string_view text) {
  size_t at = 0;
  size_t used = 0;
  size_t star = std::string_view::npos;
  size_t star_used = 0;
  while (used < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = ++at;
      star_used = used;
    } else if (at < pattern.size() && MatchOne(pattern, at, text[used])) {
      ++used;
    } else if (star != std::string_view::npos) {
      at = star;
      used = ++star_used;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

/// An escaped space stays.
std::string_view WithoutTrailingSpaces(std::string_view line) {
  size_t spaces = std::string_view::npos;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == ' ') {
      if (spaces == std::string_view::npos) spaces = i;
      continue;
    }
    spaces = std::string_view::npos;
    if (line[i] == '\\') ++i;
  }
  return line.substr(0, spaces);
}

}  // namespace

Glob::Glob(std::string_view pattern) {
  size_t start = 0;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '\\') {
      ++i;
      if (i < pattern.size() && pattern[i] == '/') {  // an escaped slash is still one
        parts_.emplace_back(pattern.substr(start, i - 1 - start));
        start = i + 1;
      }
    } else if (pattern[i] == '[') {
      // A slash inside brackets divides nothing.
      if (const std::optional<Bracket> bracket = ReadBracket(pattern, i, 0)) i = bracket->end - 1;
    } else if (pattern[i] == '/') {
      parts_.emplace_back(pattern.substr(start, i - start));
      start = i + 1;
    }
  }
  parts_.emplace_back(pattern.substr(start));
}

bool Glob::Matches(std::string_view path) const {
  // A path without a slash against a pattern without one is nearly every call.
  if (parts_.size() == 1 && parts_[0] != "**" && path.find('/') == std::string_view::npos)
    return MatchPart(parts_[0], path);
  const std::vector<std::string_view> names = Split(path, '/');
  size_t part = 0;
  size_t name = 0;
  size_t star = std::string_view::npos;
  size_t star_name = 0;
  while (name < names.size()) {
    if (part < parts_.size() && parts_[part] == "**") {
      if (part + 1 == parts_.size()) return true;
      star = ++part;
      star_name = name;
    } else if (part < parts_.size() && MatchPart(parts_[part], names[name])) {
      ++part;
      ++name;
    } else if (star != std::string_view::npos) {
      part = star;
      name = ++star_name;
    } else {
      return false;
    }
  }
  return part == parts_.size();
}

bool Glob::MayMatchBelow(std::string_view directory) const {
  const std::vector<std::string_view> names = Split(directory, '/');
  for (size_t i = 0; i < parts_.size(); ++i) {
    if (i == names.size() || parts_[i] == "**") return true;
    if (!MatchPart(parts_[i], names[i])) return false;
  }
  return false;
}

std::string Glob::LiteralPrefix() const {
  std::string prefix;
  for (const std::string& part : parts_) {
    if (part.find_first_of("*?[\\") != std::string::npos) break;
    if (!prefix.empty()) prefix += '/';
    prefix += part;
  }
  return prefix;
}

IgnoreFile::IgnoreFile(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  int number = 0;
  for (std::string_view line : Split(text, '\n')) {
    ++number;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line[0] == '#') continue;
    line = WithoutTrailingSpaces(line);
    const bool negated = line.starts_with('!');
    if (negated) line.remove_prefix(1);
    const bool directory_only = line.ends_with('/');
    if (directory_only) line.remove_suffix(1);
    const bool anchored = line.find('/') != std::string_view::npos;
    if (line.starts_with('/')) line.remove_prefix(1);
    if (line.empty()) continue;
    patterns_.push_back({Glob(line), negated, directory_only, anchored, number});
  }
}

const IgnorePattern* IgnoreFile::Match(std::string_view path, bool directory) const {
  const std::string_view name = path.substr(path.rfind('/') + 1);
  for (size_t i = patterns_.size(); i-- > 0;) {
    const IgnorePattern& pattern = patterns_[i];
    if (pattern.directory_only && !directory) continue;
    if (pattern.glob.Matches(pattern.anchored ? path : name)) return &pattern;
  }
  return nullptr;
}

bool IgnoreFile::TakesBackBelow(std::string_view directory) const {
  for (const IgnorePattern& pattern : patterns_) {
    if (pattern.negated && pattern.anchored && pattern.glob.MayMatchBelow(directory)) return true;
  }
  return false;
}

}  // namespace davit::source
