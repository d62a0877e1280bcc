#include "cli/text_diff.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace davit::cli {
namespace {

constexpr size_t kContext = 3;
constexpr size_t kMostCells = size_t{16} << 20;  // of the table of common lines

/// Lines with their newline; the last may lack it.
std::vector<std::string_view> LinesOf(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

struct Step {
  char mark = ' ';  // as it is printed
  std::string_view line;
};

/// By the longest common subsequence of what lies between the common beginning and the common end.
std::vector<Step> StepsOf(const std::vector<std::string_view>& a, const std::vector<std::string_view>& b) {
  const size_t shorter = std::min(a.size(), b.size());
  size_t head = 0;
  while (head < shorter && a[head] == b[head]) ++head;
  size_t tail = 0;
  while (tail < shorter - head && a[a.size() - 1 - tail] == b[b.size() - 1 - tail]) ++tail;
  const size_t rows = a.size() - head - tail;
  const size_t columns = b.size() - head - tail;
  std::vector<uint32_t> common;  // of what is left from (row, column) on
  const bool small = (rows + 1) * (columns + 1) <= kMostCells;
  if (small) {
    common.resize((rows + 1) * (columns + 1));
    for (size_t i = rows; i-- > 0;) {
      for (size_t k = columns; k-- > 0;) {
        const size_t at = i * (columns + 1) + k;
        common[at] = a[head + i] == b[head + k] ? common[at + columns + 2] + 1
                                                : std::max(common[at + columns + 1], common[at + 1]);
      }
    }
  }
  std::vector<Step> steps;
  for (size_t i = 0; i < head; ++i) steps.push_back({' ', a[i]});
  for (size_t i = 0, k = 0; i < rows || k < columns;) {
    const size_t at = i * (columns + 1) + k;
    if (small && i < rows && k < columns && a[head + i] == b[head + k]) {
      steps.push_back({' ', a[head + i++]});
      ++k;
    } else if (i < rows && (k == columns || !small || common[at + columns + 1] >= common[at + 1])) {
      steps.push_back({'-', a[head + i++]});
    } else {
      steps.push_back({'+', b[head + k++]});
    }
  }
  for (size_t i = a.size() - tail; i < a.size(); ++i) steps.push_back({' ', a[i]});
  return steps;
}

std::string RangeText(size_t before, size_t count) {
  const size_t first = count == 0 ? before : before + 1;
  return std::to_string(first) + (count == 1 ? "" : "," + std::to_string(count));
}

}  // namespace

std::string UnifiedDiff(std::string_view before, std::string_view after, std::string_view name) {
  const std::vector<Step> steps = StepsOf(LinesOf(before), LinesOf(after));
  const auto changes = [](const Step& step) { return step.mark != ' '; };
  std::string out;
  size_t a = 0;  // lines before `at`
  size_t b = 0;
  for (size_t at = 0;;) {
    const auto change = std::find_if(steps.begin() + static_cast<std::ptrdiff_t>(at), steps.end(), changes);
    if (change == steps.end()) return out;
    const size_t begin = std::max(at, static_cast<size_t>(change - steps.begin()) -
                                          std::min(kContext, static_cast<size_t>(change - steps.begin())));
    a += begin - at;
    b += begin - at;
    size_t end = static_cast<size_t>(change - steps.begin()) + 1;
    for (size_t same = 0, i = end; i < steps.size() && same <= 2 * kContext; ++i) {
      same = changes(steps[i]) ? 0 : same + 1;
      if (same == 0) end = i + 1;
    }
    end = std::min(end + kContext, steps.size());
    size_t removed = 0;
    size_t added = 0;
    std::string body;
    for (size_t i = begin; i < end; ++i) {
      removed += steps[i].mark != '+' ? 1 : 0;
      added += steps[i].mark != '-' ? 1 : 0;
      body += steps[i].mark;
      body += steps[i].line;
      if (!steps[i].line.ends_with('\n')) body += "\n\\ No newline at end of file\n";
    }
    if (out.empty()) out = "--- " + std::string(name) + "\n+++ " + std::string(name) + "\n";
    out += "@@ -" + RangeText(a, removed) + " +" + RangeText(b, added) + " @@\n" + body;
    a += removed;
    b += added;
    at = end;
  }
}

}  // namespace davit::cli
