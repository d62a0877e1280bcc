// The order of lines: keys of known objects as their schema has them, with all that belongs to them; and how the lines are written.
#include <algorithm>
#include <numeric>

#include "base/warnings.h"
#include "manifest/format_lines.h"

namespace davit::manifest {

/// The lines of each entry: the comments above it, itself, and all below. What stands at the head of a file or, with a blank line
/// behind it, at the head of a mapping is of the whole.
std::vector<Lines::Range> Lines::RangesOf(const Ordered& mapping) const {
  const std::vector<yaml::LayoutEntry>& entries = mapping.node->entries;
  std::vector<Range> ranges;
  const auto is_above = [&](size_t i) {
    return lines_[i].kind == LineKind::kBlank || (lines_[i].kind == LineKind::kComment && lines_[i].of_next);
  };
  for (const yaml::LayoutEntry& entry : entries) {
    const size_t header = LineOf(entry.begin);
    size_t begin = header;
    if (&entry != &entries.front()) {
      while (is_above(begin - 1)) --begin;
      ranges.back().end = begin;
    } else if (mapping.block != 0 && lines_[header].own_block == mapping.block) {
      while (begin > 0 && lines_[begin - 1].kind == LineKind::kComment && lines_[begin - 1].of_next) --begin;
    }
    ranges.push_back({begin, header + 1});
  }
  size_t end = mapping.last_line + 1;
  for (size_t i = end; i < lines_.size(); ++i) {
    const Line& line = lines_[i];
    if (line.kind == LineKind::kBlank) continue;
    const bool within = line.kind == LineKind::kComment && !line.of_next && line.block != mapping.block &&
                        IsBelow(line.block, mapping.block);
    if (!within) break;
    end = i + 1;
  }
  ranges.back().end = end;
  return ranges;
}

/// A comment that allows warnings holds for what begins on the next line: whether it would be for something else, once the entry `first` stood
/// where the mapping begins.
bool Lines::AllowsOther(const std::vector<Range>& ranges, const Ordered& mapping, size_t first) const {
  for (size_t entry = 0; entry < ranges.size(); ++entry) {
    const size_t header = LineOf(mapping.node->entries[entry].begin);
    const bool moves_the_begin = first != 0 && (entry == 0 || entry == first);
    bool says_more = false;  // below the line
    for (size_t i = ranges[entry].end; i > ranges[entry].begin; --i) {
      const Line& line = lines_[i - 1];
      const bool comment = line.kind == LineKind::kComment;
      says_more = says_more || (!comment && line.kind != LineKind::kBlank);
      if (!comment || !IsAllowComment(text_.substr(line.begin, line.end - line.begin))) continue;
      if (!says_more || (i - 1 < header && moves_the_begin)) return true;
    }
  }
  return false;
}

void Lines::Order(const Ordered& mapping) {
  const std::vector<yaml::LayoutEntry>& entries = mapping.node->entries;
  std::vector<size_t> rank;
  for (const yaml::LayoutEntry& entry : entries) {
    const std::string_view name = KeyText(text_, entry.key);
    if (name == "<<") return;
    const SchemaKey* key = mapping.schema->Find(name);
    rank.push_back(key == nullptr ? mapping.schema->keys.size()
                                  : static_cast<size_t>(key - mapping.schema->keys.data()));
  }
  if (std::is_sorted(rank.begin(), rank.end())) return;
  std::vector<size_t> sorted(entries.size());
  std::iota(sorted.begin(), sorted.end(), size_t{0});
  std::stable_sort(sorted.begin(), sorted.end(), [&](size_t a, size_t b) { return rank[a] < rank[b]; });

  const std::vector<Range> ranges = RangesOf(mapping);
  if (AllowsOther(ranges, mapping, sorted[0])) return;
  std::vector<std::vector<size_t>> moved(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    moved[i].assign(order_.begin() + static_cast<ptrdiff_t>(ranges[i].begin),
                    order_.begin() + static_cast<ptrdiff_t>(ranges[i].end));
  }
  if (const size_t first = sorted[0]; first != 0) {
    // A blank line that parted the new first entry from the others parts the old one from them now.
    std::vector<size_t>& lines = moved[first];
    const auto begin =
        std::find_if(lines.begin(), lines.end(), [&](size_t i) { return lines_[i].kind != LineKind::kBlank; });
    moved[0].insert(moved[0].begin(), lines.begin(), begin);
    lines.erase(lines.begin(), begin);
    // So with the dash; a comment goes above it.
    Line& old_header = lines_[LineOf(entries[0].begin)];
    Line& header = lines_[LineOf(entries[first].begin)];
    std::swap(old_header.lead, header.lead);
    const size_t column = std::min(header.lead.find('-'), header.lead.size());
    for (const size_t i : lines) {
      if (&lines_[i] == &header) break;
      lines_[i].lead.assign(column, ' ');
    }
  }
  auto out = order_.begin() + static_cast<ptrdiff_t>(ranges.front().begin);
  for (const size_t i : sorted) out = std::copy(moved[i].begin(), moved[i].end(), out);
}

void Lines::Write(const Line& line, std::string& out) const {
  out += line.lead;
  size_t at = line.rest;
  for (const Replacement& change : line.replacements) {
    out += text_.substr(at, change.begin - at);
    out += change.text;
    at = change.end;
  }
  out += text_.substr(at, line.end - at);
  if (!line.keeps_end) out.erase(out.find_last_not_of(" \t") + 1);
  out += '\n';
}

/// At most one blank line between two others, none at the ends.
std::string Lines::Written() const {
  std::string out(text_.substr(0, body_));
  bool blank = false;
  const Line* last = nullptr;
  for (const size_t i : order_) {
    const Line& line = lines_[i];
    if (line.kind == LineKind::kBlank) {
      blank = true;
      continue;
    }
    if (blank && last != nullptr && !last->keeps_below) out += '\n';
    blank = false;
    Write(line, out);
    last = &line;
  }
  if (layout_.end < text_.size()) {
    if (blank && last != nullptr && !last->keeps_below) out += '\n';
    out += text_.substr(layout_.end);
  } else if (open_end_) {
    out.pop_back();
  }
  return out;
}

}  // namespace davit::manifest
