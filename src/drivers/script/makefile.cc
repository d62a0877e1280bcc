#include "drivers/script/makefile.h"

#include "base/text.h"

namespace davit::drivers {
namespace {

constexpr size_t kMaxFile = size_t{4} << 20;

std::vector<std::string> Words(std::string_view text) {
  std::vector<std::string> words;
  size_t at = 0;
  while (at < text.size()) {
    const size_t begin = text.find_first_not_of(" \t\r", at);
    if (begin == std::string_view::npos) break;
    const size_t end = std::min(text.find_first_of(" \t\r", begin), text.size());
    words.emplace_back(text.substr(begin, end - begin));
    at = end;
  }
  return words;
}

/// Cuts a comment off: a # that no backslash precedes.
std::string_view WithoutComment(std::string_view line) {
  for (size_t at = 0; at < line.size(); ++at) {
    if (line[at] == '#' && (at == 0 || line[at - 1] != '\\')) return line.substr(0, at);
  }
  return line;
}

/// The first ':' or '=' that stands outside of $( ) and ${ }.
size_t FindSeparator(std::string_view line) {
  int depth = 0;
  for (size_t at = 0; at < line.size(); ++at) {
    const char c = line[at];
    if (c == '$' && at + 1 < line.size() && (line[at + 1] == '(' || line[at + 1] == '{')) {
      ++depth;
      ++at;
    } else if (depth > 0 && (c == ')' || c == '}')) {
      --depth;
    } else if (depth == 0 && (c == ':' || c == '=')) {
      return at;
    }
  }
  return std::string_view::npos;
}

/// `deploy: NAME := value` sets a variable for a target and is no rule.
bool IsTargetVariable(std::string_view after_colon) {
  if (after_colon.starts_with(':')) after_colon.remove_prefix(1);  // double colon rule
  if (const size_t recipe = after_colon.find(';'); recipe != std::string_view::npos)
    after_colon = after_colon.substr(0, recipe);
  return FindSeparator(after_colon) != std::string_view::npos && after_colon.find('=') != std::string_view::npos;
}

/// `before` is what stands before the = of an assignment, with the ? of `NAME ?=` and a leading `export`.
void AddDefault(std::string_view before, Makefile& found) {
  if (!before.ends_with('?')) return;
  before.remove_suffix(1);
  std::vector<std::string> words = Words(before);
  if (words.size() == 2 && words[0] == "export") words.erase(words.begin());
  if (words.size() == 1) found.defaults.insert(std::move(words[0]));
}

void ScanLine(std::string_view line, Makefile& found) {
  const size_t at = FindSeparator(line);
  if (at == std::string_view::npos) {
    std::vector<std::string> words = Words(line);
    if (!words.empty() && (words[0] == "include" || words[0] == "-include" || words[0] == "sinclude")) {
      for (size_t i = 1; i < words.size(); ++i) {
        if (words[i].find_first_of("$*?[") == std::string::npos) {
          found.includes.push_back(words[i]);
        } else {
          found.whole = false;
        }
      }
    }
    return;
  }
  if (line[at] == '=') {
    AddDefault(line.substr(0, at), found);
    return;
  }
  const std::string_view rest = line.substr(at + 1);
  if (rest.starts_with('=') || rest.starts_with(":=") || rest.starts_with("::=")) return;
  if (IsTargetVariable(rest)) return;
  for (std::string& word : Words(line.substr(0, at))) {
    if (!word.starts_with('.') && word.find_first_of("%$&") == std::string::npos) found.targets.insert(std::move(word));
  }
}

void Collect(const Path& file, const Path& directory, int depth, Makefile& all, std::vector<Path>* outside) {
  const Result<std::string> text = ReadFile(file, kMaxFile);
  if (!text) {
    all.whole = false;
    return;
  }
  Makefile found = ScanMakefile(*text);
  all.targets.merge(found.targets);
  all.defaults.merge(found.defaults);
  all.whole = all.whole && found.whole;
  if (depth >= 8) return;
  for (const std::string& include : found.includes) {
    const Path path = (directory / include).lexically_normal();
    const Path relative = path.lexically_relative(directory);
    if (outside != nullptr && (relative.empty() || *relative.begin() == "..")) outside->push_back(path);
    Collect(path, directory, depth + 1, all, outside);
  }
}

}  // namespace

Makefile ScanMakefile(std::string_view text) {
  Makefile found;
  std::string logical;
  bool in_define = false;
  bool after_rule = false;
  for (std::string_view line : Split(text, '\n')) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (logical.empty() && after_rule && line.starts_with('\t')) {
      // A recipe; one that goes on over several lines keeps its backslash, and its next line may begin without a tab.
      if (line.ends_with('\\')) logical = "\t";
      continue;
    }
    const bool goes_on = line.ends_with('\\');
    if (goes_on) line.remove_suffix(1);
    logical += line;
    logical += ' ';
    if (goes_on) continue;
    const std::string whole = std::exchange(logical, {});
    if (whole.starts_with('\t') && after_rule) continue;
    const std::string_view bare = Trim(WithoutComment(whole));
    const std::vector<std::string> words = Words(bare);
    if (in_define) {
      if (!words.empty() && words[0] == "endef") in_define = false;
      continue;
    }
    if (!words.empty() &&
        (words[0] == "define" || (words.size() > 1 && words[0] == "override" && words[1] == "define"))) {
      in_define = true;
      continue;
    }
    if (bare.empty()) continue;
    const size_t before = found.targets.size();
    ScanLine(bare, found);
    const size_t separator = FindSeparator(bare);
    const bool conditional = words[0] == "ifeq" || words[0] == "ifneq" || words[0] == "ifdef" || words[0] == "ifndef" ||
                             words[0] == "else" || words[0] == "endif";
    if (!conditional)
      after_rule = found.targets.size() > before || (separator != std::string_view::npos && bare[separator] == ':');
  }
  return found;
}

Path FindMakefile(const Path& directory) {
  for (const char* name : {"GNUmakefile", "makefile", "Makefile"}) {
    std::error_code error;
    if (std::filesystem::is_regular_file(directory / name, error)) return directory / name;
  }
  return {};
}

Makefile ReadMakefile(const Path& directory, std::vector<Path>* outside) {
  Makefile all;
  const Path file = FindMakefile(directory);
  if (!file.empty()) Collect(file, directory.lexically_normal(), 0, all, outside);
  return all;
}

}  // namespace davit::drivers
