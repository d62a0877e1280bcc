#include "base/warnings.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>

#include "base/text.h"

namespace davit {
namespace {

constexpr std::string_view kMark = "davit: allow ";

/// Lines that a comment holds for, from 1, both included.
struct Allowance {
  std::string_view code;
  size_t first = 0;
  size_t last = 0;
};

/// Where the codes of a line's comment begin; npos where it has none.
size_t FindCodes(std::string_view line) {
  for (size_t at = line.find(kMark); at != std::string_view::npos; at = line.find(kMark, at + 1)) {
    const std::string_view before = line.substr(0, at);
    const size_t hash = before.find_last_not_of(" \t");
    if (hash == std::string_view::npos || before[hash] != '#') continue;
    if (hash == 0 || before[hash - 1] == ' ' || before[hash - 1] == '\t') return at + kMark.size();
  }
  return std::string_view::npos;
}

/// Codes are separated by commas; what follows the last one is for people. `take` gets where a code begins in `line`, and the code.
void ForEachCode(std::string_view line, size_t from, const std::function<void(size_t, std::string_view)>& take) {
  while (from < line.size()) {
    const size_t begin = line.find_first_not_of(" \t\r", from);
    if (begin == std::string_view::npos) return;
    const size_t end = std::min(line.find_first_of(", \t\r", begin), line.size());
    if (end > begin) take(begin, line.substr(begin, end - begin));
    const size_t next = line.find_first_not_of(" \t\r", end);
    if (next == std::string_view::npos || line[next] != ',') return;
    from = next + 1;
  }
}

size_t IndentOf(std::string_view line) {
  return std::min(line.find_first_not_of(" \t\r"), line.size());
}

/// Nothing but white space, a comment or the beginning of the document.
bool SaysNothing(std::string_view line) {
  const std::string_view said = Trim(line);
  return said.empty() || said.starts_with('#') || said == "---";
}

bool BeginsWithDash(std::string_view line) {
  const std::string_view said = Trim(line);
  return said == "-" || said.starts_with("- ");
}

/// The last line of what begins at `begin` (an index into `lines`): all that is indented deeper, and the items of a key's list.
size_t EndOfItem(const std::vector<std::string_view>& lines, size_t begin) {
  size_t last = begin;
  const bool of_list = BeginsWithDash(lines[begin]);
  for (size_t i = begin + 1; i < lines.size(); ++i) {
    if (SaysNothing(lines[i])) continue;
    const size_t indent = IndentOf(lines[i]);
    const bool item = !of_list && indent == IndentOf(lines[begin]) && BeginsWithDash(lines[i]);
    if (indent <= IndentOf(lines[begin]) && !item) break;
    last = i;
  }
  return last;
}

std::vector<Allowance> AllowancesOf(std::string_view text) {
  std::vector<Allowance> allowances;
  if (text.find(kMark) == std::string_view::npos) return allowances;
  const std::vector<std::string_view> lines = Split(text, '\n');
  bool above_all = true;
  for (size_t i = 0; i < lines.size(); ++i) {
    const bool alone = SaysNothing(lines[i]);
    above_all = above_all && alone;
    const size_t codes = FindCodes(lines[i]);
    if (codes == std::string_view::npos) continue;
    size_t first = i;
    size_t last = i;
    if (above_all) {
      first = 0;
      last = lines.size();
    } else if (alone) {
      size_t next = i;
      while (next < lines.size() && SaysNothing(lines[next])) ++next;
      last = next == lines.size() ? next : EndOfItem(lines, next);
    }
    ForEachCode(lines[i], codes, [&](size_t, std::string_view code) {
      allowances.push_back({code, first + 1, last + 1});
    });
  }
  return allowances;
}

}  // namespace

bool IsAllowComment(std::string_view line) {
  return SaysNothing(line) && FindCodes(line) != std::string_view::npos;
}

const std::vector<std::string_view>& WarningCodes() {
  static const std::vector<std::string_view> codes = {
      "ambiguous-output",     "cannot-run",
      "component-of-own",     "default-in-component",
      "default-of-platform",  "default-unused",
      "differs-from-state",   "duplicate-output",
      "duplicate-parameter",  "env-of-stack",
      "env-without-default",  "format",
      "from-env-differs",     "from-env-in-component",
      "from-env-tf-var",      "from-env-unused",
      "from-file-empty",      "git-repository",
      "git-source",           "hash-expression",
      "hook-not-found",       "hook-without-trigger",
      "inputs-match-nothing", "link-in-component",
      "link-without-value",   "missing-kind",
      "missing-version",      "module",
      "nested-expression",    "no-value",
      "overwritten-by-plain", "own-parameter",
      "pending-requirement",  "platform-down",
      "second-document",      "tuned-built-in",
      "unknown-bare",         "unknown-code",
      "unknown-component",    "unknown-empty",
      "unknown-error",        "unknown-key",
      "unknown-kind",         "unknown-output",
      "unknown-tag",          "unused-backend",
      "value-of-group",       "value-of-state",
  };
  return codes;
}

bool IsWarningCode(std::string_view code) {
  return std::binary_search(WarningCodes().begin(), WarningCodes().end(), code);
}

void CheckAllowComments(const SourceMap& map, uint32_t file_index, Diagnostics& diagnostics) {
  const std::string_view text = map.Text(file_index);
  for (size_t at = text.find(kMark); at != std::string_view::npos; at = text.find(kMark, at)) {
    const size_t newline = text.rfind('\n', at);
    const size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
    const size_t end = std::min(text.find('\n', at), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    at = end;
    const size_t codes = FindCodes(line);
    if (codes == std::string_view::npos) continue;
    ForEachCode(line, codes, [&](size_t offset, std::string_view code) {
      if (IsWarningCode(code)) return;
      std::string help = code.size() < 100 ? DidYouMean(code, WarningCodes()) : std::string();
      if (help.empty()) help = "`davit help warnings` lists the codes";
      diagnostics.AddWarning("unknown-code", "there is no warning '" + std::string(code) + "' that could be allowed",
                             map.At(file_index, begin + offset), std::move(help));
    });
  }
}

std::vector<Diagnostic> WithoutAllowed(const std::vector<Diagnostic>& list, const SourceMap& map,
                                       const std::vector<std::string>& allowed) {
  // By position, so that each file is looked at once.
  std::vector<size_t> order(list.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(),
            [&](size_t a, size_t b) { return list[a].error.position.index < list[b].error.position.index; });
  std::vector<bool> silent(list.size());
  uint32_t file = 0;
  std::optional<std::vector<Allowance>> allowances;  // of `file`
  for (const size_t i : order) {
    const Diagnostic& diagnostic = list[i];
    if (diagnostic.severity == Severity::kError) continue;
    silent[i] = std::find(allowed.begin(), allowed.end(), diagnostic.rule) != allowed.end();
    const Pos pos = diagnostic.error.position;
    if (silent[i] || !pos) continue;
    while (map.At(file, std::string_view::npos).index < pos.index) {
      ++file;
      allowances.reset();
    }
    if (!allowances) allowances = AllowancesOf(map.Text(file));
    if (allowances->empty()) continue;
    const size_t line = map.Locate(pos).line;
    silent[i] = std::any_of(allowances->begin(), allowances->end(), [&](const Allowance& allowance) {
      return allowance.code == diagnostic.rule && allowance.first <= line && line <= allowance.last;
    });
  }
  std::vector<Diagnostic> kept;
  for (size_t i = 0; i < list.size(); ++i) {
    if (!silent[i]) kept.push_back(list[i]);
  }
  return kept;
}

}  // namespace davit
