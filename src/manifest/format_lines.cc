#include "manifest/format_lines.h"

#include <algorithm>

#include "yaml/emit.h"

namespace davit::manifest {
namespace {

using yaml::Form;
using yaml::LayoutEntry;
using yaml::LayoutNode;
using yaml::Style;

constexpr size_t kIndent = 2;

bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}

bool IsBlockScalar(const LayoutNode& node) {
  return node.form == Form::kScalar && (node.style == Style::kLiteral || node.style == Style::kFolded);
}

bool IsBlock(const LayoutNode& node) {
  return node.form == Form::kSequence || node.form == Form::kMapping;
}

/// YAML 1.1 takes more for the end of a line than YAML 1.2 and people do; and a byte order mark that is part of a text is none only as long as it
/// does not come to stand at the beginning.
bool HasOddCharacters(std::string_view text) {
  if (text.find("\xEF\xBB\xBF", 1) != std::string_view::npos) return true;
  for (size_t at = text.find('\r'); at != std::string_view::npos; at = text.find('\r', at + 1)) {
    if (at + 1 == text.size() || text[at + 1] != '\n') return true;
  }
  for (const std::string_view odd : {"\xC2\x85", "\xE2\x80\xA8", "\xE2\x80\xA9"}) {
    if (text.find(odd) != std::string_view::npos) return true;
  }
  return false;
}

/// At the beginning of a line it would part documents.
bool IsMarker(std::string_view content) {
  return (content.starts_with("---") || content.starts_with("...")) && (content.size() == 3 || IsBlank(content[3]));
}

}  // namespace

const ObjectSchema* SchemaBelow(const ObjectSchema* schema, std::string_view key, bool is_list) {
  const SchemaKey* found = schema == nullptr ? nullptr : schema->Find(key);
  if (found == nullptr) return nullptr;
  const bool of_items =
      found->shape == Shape::kList || found->shape == Shape::kTexts || found->shape == Shape::kListOrMapping;
  return of_items == is_list ? found->rules.object : nullptr;
}

std::string_view KeyText(std::string_view text, const LayoutNode& key) {
  if (key.form != Form::kScalar || key.marked) return {};
  std::string_view raw = text.substr(key.begin, key.end - key.begin);
  if (key.style == Style::kPlain) return raw;
  raw = raw.substr(1, raw.size() - 2);
  return raw.find_first_of("\\'") == std::string_view::npos ? raw : std::string_view{};
}

std::optional<std::string> Lines::Format() {
  if (!IsBlock(layout_.root) || layout_.root.marked || HasOddCharacters(text_) || !Split()) return std::nullopt;
  if (!PlaceBlock(layout_.root, -1, 0, false, schema_) || !PlaceComments()) return std::nullopt;
  for (const Line& line : lines_) {
    const bool moves = line.lead.empty() && line.rest > line.begin;
    if (moves && IsMarker(text_.substr(line.rest, line.end - line.rest))) return std::nullopt;
  }
  for (const LayoutNode& scalar : layout_.quoted_in_flow) {
    for (size_t i = LineOf(scalar.begin); i < LineOf(scalar.end); ++i) lines_[i].keeps_end = true;
  }
  order_.resize(lines_.size());
  for (size_t i = 0; i < order_.size(); ++i) order_[i] = i;
  if (!open_end_) {
    // The innermost first: each moves lines that have not been moved yet.
    for (auto mapping = ordered_.rbegin(); mapping != ordered_.rend(); ++mapping) Order(*mapping);
  }
  return Written();
}

/// The lines of the document; false where something stands behind `---`.
bool Lines::Split() {
  body_ = layout_.begin;
  if (layout_.marked_begin) {
    size_t end = text_.find('\n', body_);
    if (end == std::string_view::npos) return false;
    const size_t first = text_.find_first_not_of(" \t\r", body_);
    if (first < end && text_[first] != '#') return false;
    body_ = end + 1;
  }
  if (layout_.end < body_) return false;
  for (size_t begin = body_; begin < layout_.end;) {
    const size_t newline = std::min(text_.find('\n', begin), layout_.end);
    Line& line = lines_.emplace_back();
    line.begin = begin;
    line.end = newline > begin && text_[newline - 1] == '\r' ? newline - 1 : newline;
    line.rest = line.end;
    size_t first = begin;
    while (first < line.end && IsBlank(text_[first])) ++first;
    line.column = first - begin;
    if (first == line.end) line.kind = LineKind::kBlank;
    begin = newline + 1;
  }
  return true;
}

size_t Lines::LineOf(size_t offset) const {
  const auto above = std::upper_bound(lines_.begin(), lines_.end(), offset,
                                      [](size_t at, const Line& line) { return at < line.begin; });
  return above == lines_.begin() ? 0 : static_cast<size_t>(above - lines_.begin()) - 1;
}

bool Lines::OnlySpaces(size_t begin, size_t end) const {
  return begin <= end && std::all_of(text_.begin() + static_cast<ptrdiff_t>(begin),
                                     text_.begin() + static_cast<ptrdiff_t>(end), [](char c) { return c == ' '; });
}

size_t Lines::SpacesOf(const Line& line) const {
  size_t at = line.begin;
  while (at < line.end && text_[at] == ' ') ++at;
  return at - line.begin;
}

/// `line` begins with what stands at `at`, in that column.
void Lines::Begin(size_t line, size_t at, size_t column) {
  lines_[line].kind = LineKind::kStructure;
  lines_[line].lead.assign(column, ' ');
  lines_[line].rest = at;
  last_placed_ = std::max(last_placed_, line);
}

/// `in_line`: its first entry stands behind a dash, whose lead the line has already.
bool Lines::PlaceBlock(const LayoutNode& node, int parent, size_t column, bool in_line, const ObjectSchema* schema) {
  const auto block = static_cast<int>(blocks_.size());
  const size_t first_line = LineOf(node.entries.front().begin);
  blocks_.push_back({parent, node.entries.front().begin - lines_[first_line].begin, column});
  const size_t ordered = ordered_.size();
  const bool has_order = node.form == Form::kMapping && schema != nullptr && !node.named;
  if (has_order) ordered_.push_back({&node, schema, block, 0});
  for (const LayoutEntry& entry : node.entries) {
    const size_t header = LineOf(entry.begin);
    Line& line = lines_[header];
    if (in_line && &entry == &node.entries.front()) {
      line.rest = entry.begin;
    } else {
      if (line.kind != LineKind::kUnknown || !BeginsLine(header, entry.begin)) return false;
      Begin(header, entry.begin, column);
      line.own_block = block;
    }
    line.block = block;
    const LayoutNode& value = entry.value;
    if (node.form == Form::kMapping) {
      ChangeQuotes(entry.key);
      const std::string_view key = KeyText(text_, entry.key);
      if (!PlaceValue(value, header, block, SchemaBelow(schema, key, value.form == Form::kSequence))) return false;
      continue;
    }
    const bool behind = value.form != Form::kEmpty && value.begin < line.end;
    if (behind || value.marked) {
      if (!OnlySpaces(entry.begin + 1, value.begin)) return false;
      line.lead += "- ";
      line.rest = value.begin;
    }
    if (behind && IsBlock(value) && value.entries.front().begin == value.begin) {
      if (!PlaceBlock(value, block, column + kIndent, true, schema)) return false;
    } else if (!PlaceValue(value, header, block, schema)) {
      return false;
    }
  }
  if (has_order) ordered_[ordered].last_line = last_placed_;
  return true;
}

bool Lines::PlaceValue(const LayoutNode& value, size_t header, int block, const ObjectSchema* schema) {
  if (!IsBlock(value)) return PlaceLeaf(value, header, block);
  return PlaceBlock(value, block, blocks_[static_cast<size_t>(block)].column + kIndent, false, schema);
}

/// What is no block collection: the line that it begins in where that is not the header's, and the lines that it goes on in.
bool Lines::PlaceLeaf(const LayoutNode& node, size_t header, int block) {
  if (node.form == Form::kEmpty) return !node.marked || LineOf(node.begin) == header;
  const Block& around = blocks_[static_cast<size_t>(block)];
  auto shift = static_cast<ptrdiff_t>(around.column) - static_cast<ptrdiff_t>(around.old_column);
  const size_t value_column = around.column + kIndent;
  for (const size_t at : {node.begin, node.at}) {
    const size_t line = LineOf(at);
    if (line == header || lines_[line].kind != LineKind::kUnknown) continue;
    if (!BeginsLine(line, at)) return false;
    Begin(line, at, value_column);
    lines_[line].block = block;
    shift = static_cast<ptrdiff_t>(value_column) - static_cast<ptrdiff_t>(at - lines_[line].begin);
  }
  if (IsBlockScalar(node)) return PlaceBlockScalar(node, LineOf(node.at), block);
  ChangeQuotes(node);
  const size_t first = LineOf(node.at);
  const size_t last = LineOf(node.end - 1);
  const bool quoted = node.form == Form::kScalar && node.style != Style::kPlain;
  // Brackets may close in the column of the key.
  const size_t least = node.form == Form::kFlow ? around.column : value_column;
  for (size_t i = first; i <= last; ++i) {
    Line& line = lines_[i];
    if (quoted && i < last) line.keeps_end = true;
    if (i == first) continue;
    const bool blank = line.kind == LineKind::kBlank;
    line.kind = LineKind::kInside;
    last_placed_ = std::max(last_placed_, i);
    if (blank) continue;
    const size_t spaces = SpacesOf(line);
    line.rest = line.begin + spaces;
    const ptrdiff_t shifted = std::max<ptrdiff_t>(static_cast<ptrdiff_t>(spaces) + shift, 0);
    line.lead.assign(std::max(static_cast<size_t>(shifted), least), ' ');
  }
  return true;
}

/// The lines below `|` and `>`: their indentation is not part of the text, all that stands behind it is.
bool Lines::PlaceBlockScalar(const LayoutNode& node, size_t header, int block) {
  const Block& around = blocks_[static_cast<size_t>(block)];
  size_t given = 0;
  bool keep = false;
  // libyaml takes `#` for a comment also straight behind.
  for (size_t at = node.at + 1; at < lines_[header].end && !IsBlank(text_[at]) && text_[at] != '#'; ++at) {
    if (text_[at] >= '1' && text_[at] <= '9') given = static_cast<size_t>(text_[at] - '0');
    keep = keep || text_[at] == '+';
  }
  const auto only_spaces = [&](size_t i) { return OnlySpaces(lines_[i].begin, lines_[i].end); };
  size_t indent = around.old_column + given;
  if (given == 0) {
    for (size_t i = header + 1; i < lines_.size(); ++i) {
      const bool empty = only_spaces(i);
      if (empty || SpacesOf(lines_[i]) > around.old_column) indent = std::max(indent, SpacesOf(lines_[i]));
      if (!empty) break;
    }
    indent = std::max(indent, around.old_column + 1);
  }
  const bool open = !text_.ends_with('\n') && layout_.end == text_.size();  // the last line does not end
  size_t end = header + 1;                                                  // behind the last line that is part of it
  for (size_t i = end; i < lines_.size(); ++i) {
    const bool empty = only_spaces(i);
    if (!empty && SpacesOf(lines_[i]) < indent) break;
    // Of an empty line only its end is part of the text.
    const bool kept = keep && !(open && i + 1 == lines_.size());
    if (kept || !empty || lines_[i].end - lines_[i].begin > indent) end = i + 1;
  }
  const size_t column = around.column + (given > 0 ? given : kIndent);
  for (size_t i = header + 1; i < end; ++i) {
    Line& line = lines_[i];
    line.kind = LineKind::kInside;
    line.keeps_end = true;
    line.rest = line.begin + std::min(SpacesOf(line), indent);
    line.lead.assign(line.rest < line.end ? column : 0, ' ');
  }
  lines_[end - 1].keeps_below = keep;
  last_placed_ = std::max(last_placed_, end - 1);
  open_end_ = open && end == lines_.size();
  return true;
}

/// Quotes that no reader needs go away; single ones become double where nothing has to be escaped for it.
void Lines::ChangeQuotes(const LayoutNode& node) {
  const bool single = node.style == Style::kSingleQuoted;
  if (node.form != Form::kScalar || node.marked || (!single && node.style != Style::kDoubleQuoted)) return;
  const std::string_view raw = text_.substr(node.begin + 1, node.end - node.begin - 2);
  if (raw.find_first_of("\n\\\t\"") != std::string_view::npos) return;
  // Straight behind a quote `#` begins a comment; behind a plain text it would be part of it.
  if (node.end < text_.size() && text_[node.end] == '#') return;
  for (const std::string_view mark : {"${", "#{", "{{"}) {
    if (raw.find(mark) != std::string_view::npos) return;
  }
  std::string plain(raw);
  if (single) {
    for (size_t at = 0; (at = plain.find("''", at)) != std::string::npos; ++at) plain.erase(at, 1);
  }
  Replacement change{node.begin, node.end, {}};
  if (yaml::IsPlainText(plain) && !plain.starts_with("...")) {
    change.text = plain;
  } else if (single) {
    change.text = "\"" + plain + "\"";
  } else {
    return;
  }
  lines_[LineOf(node.begin)].replacements.push_back(std::move(change));
}

bool Lines::IsBelow(int block, int above) const {
  for (; block != -1; block = blocks_[static_cast<size_t>(block)].parent) {
    if (block == above) return true;
  }
  return false;
}

/// Comments stand in the column of what they are of: mostly what comes below them. One that stands further in than that is of the deepest
/// block above that is not further in than it.
bool Lines::PlaceComments() {
  std::vector<size_t> next_of(lines_.size(), lines_.size());
  for (size_t i = lines_.size(), next = i; i-- > 0;) {
    next_of[i] = next;
    if (lines_[i].kind == LineKind::kStructure) next = i;
  }
  int block = -1;  // the deepest that a comment may be of
  for (size_t i = 0; i < lines_.size(); ++i) {
    Line& line = lines_[i];
    if (line.kind == LineKind::kStructure) block = line.block;
    if (line.kind != LineKind::kUnknown) continue;
    if (text_[line.begin + line.column] != '#') return false;
    line.kind = LineKind::kComment;
    line.rest = line.begin + line.column;
    const Line* next = next_of[i] < lines_.size() ? &lines_[next_of[i]] : nullptr;
    const int next_block = next != nullptr ? next->own_block : 0;
    const size_t next_column = next != nullptr ? next->column : 0;
    line.of_next = block == -1 || !IsBelow(block, next_block) || line.column <= next_column;
    if (!line.of_next) {
      int own = block;
      while (own != -1 && blocks_[static_cast<size_t>(own)].old_column > line.column) {
        own = blocks_[static_cast<size_t>(own)].parent;
      }
      line.of_next = own == -1 || own == next_block || !IsBelow(own, next_block);
      if (!line.of_next) block = line.block = own;
    }
    if (line.of_next) {
      block = -1;
      line.lead.assign(next != nullptr ? next->lead.find_first_not_of(' ') == std::string::npos
                                             ? next->lead.size()
                                             : next->lead.find_first_not_of(' ')
                                       : 0,
                       ' ');
    } else {
      line.lead.assign(blocks_[static_cast<size_t>(block)].column, ' ');
    }
  }
  return true;
}

}  // namespace davit::manifest
