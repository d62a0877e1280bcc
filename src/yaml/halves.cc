// A large file is one long list for the most part. libyaml reads one text after the other, but each half of such a list can be read by
// itself: where a line begins with a dash in the column of the list, nothing that stands above is still open but the list and the mapping that
// it is a value of, and all that libyaml still has to know of them is their columns. So the second half is read with a key put before it,
// and what comes out is joined. Whether the dash is of that list is seen only afterwards, from the first half; and what could reach from one half
// into the other (anchors, directives, merge keys, equal keys) is left to the reading as a whole, and so is a file of which there is something to say.
#include "base/cores.h"
#include "yaml/builder.h"

namespace davit::yaml {
namespace {

constexpr size_t kWorthAThread = size_t{64} << 10;
constexpr size_t kSearched = size_t{16} << 10;
constexpr size_t kBytesOfNode = 10;  // of text for each node, about

/// The column of the dash of the list item whose content begins at `offset`, if both stand in one line and nothing is before them.
std::optional<size_t> ColumnOfDash(std::string_view text, size_t offset) {
  const size_t dash = offset == 0 ? std::string_view::npos : text.find_last_not_of(' ', offset - 1);
  if (dash == std::string_view::npos || text[dash] != '-') return std::nullopt;
  const size_t before = dash == 0 ? std::string_view::npos : text.find_last_not_of(' ', dash - 1);
  const size_t line = before == std::string_view::npos ? 0 : before + 1;
  if (before != std::string_view::npos && text[before] != '\n') return std::nullopt;
  return dash - line;
}

/// The column of the dash that the line at `line` begins with.
std::optional<size_t> DashOfLine(std::string_view text, size_t line) {
  const size_t dash = text.find_first_not_of(' ', line);
  if (dash == std::string_view::npos || !text.substr(dash).starts_with("- ")) return std::nullopt;
  return dash - line;
}

std::span<const uint32_t> LinksOf(const Tree& tree, const Record& record) {
  const size_t count = record.kind == Kind::kMapping ? 2 * size_t{record.count} : record.count;
  return std::span(tree.links).subspan(record.first, count);
}

/// Whether `rest` goes on where `tree` ends: its root's last value is a list whose dashes stand in that column, and no key is there twice.
bool Fits(const Tree& tree, const Tree& rest, size_t column) {
  if (tree.records.empty() || rest.records.empty()) return false;
  const Record& root = tree.records[0];
  const Record& more = rest.records[0];
  if (root.kind != Kind::kMapping || more.kind != Kind::kMapping || root.count == 0 || more.count == 0) return false;
  if (root.count + more.count - 1 > kSmallMapping) return false;
  // A root whose keys are not at the beginning of a line has other columns. It may itself begin elsewhere, with its tag.
  const uint32_t key = tree.records[LinksOf(tree, root).front()].pos;
  if (key != 0 && tree.source[key - 1] != '\n') return false;
  const Record& list = tree.records[LinksOf(tree, root).back()];
  if (list.kind != Kind::kSequence || list.alias || list.count == 0) return false;
  if (ColumnOfDash(tree.source, tree.records[LinksOf(tree, list).front()].pos) != column) return false;
  for (size_t i = 1; i < more.count; ++i) {
    const std::string_view added = rest.TextOf(rest.records[LinksOf(rest, more)[2 * i]]);
    for (size_t k = 0; k < root.count; ++k) {
      if (tree.TextOf(tree.records[LinksOf(tree, root)[2 * k]]) == added) return false;
    }
  }
  return true;
}

/// Adds `more`, without its first ones, to the children of a record: its links are written anew, at the end.
void Extend(Tree& tree, uint32_t record, size_t skipped, std::span<const uint32_t> more) {
  const std::span<const uint32_t> old = LinksOf(tree, tree.records[record]);
  std::vector<uint32_t> links(old.begin(), old.end());
  links.insert(links.end(), more.begin() + static_cast<ptrdiff_t>(skipped), more.end());
  Record& extended = tree.records[record];
  extended.first = static_cast<uint32_t>(tree.links.size());
  extended.count = static_cast<uint32_t>(extended.kind == Kind::kMapping ? links.size() / 2 : links.size());
  tree.links.insert(tree.links.end(), links.begin(), links.end());
}

void Join(Tree& tree, const Tree& rest) {
  const auto records = static_cast<uint32_t>(tree.records.size());
  const auto links = static_cast<uint32_t>(tree.links.size());
  const auto sorted = static_cast<uint32_t>(tree.sorted.size());
  const auto chars = static_cast<uint32_t>(tree.chars.size());
  for (const uint32_t link : rest.links) tree.links.push_back(link + records);
  tree.sorted.insert(tree.sorted.end(), rest.sorted.begin(), rest.sorted.end());
  tree.chars += rest.chars;
  for (Record record : rest.records) {
    if (record.kind != Kind::kScalar) {
      record.first += links;
    } else if (!record.verbatim) {
      record.first += chars;
    }
    // What stands before the links of a large mapping is no record.
    if (record.kind == Kind::kMapping && record.count > kSmallMapping && !record.alias)
      tree.links[record.first - 1] += sorted - records;
    tree.records.push_back(record);
  }
  const std::span<const uint32_t> of_root = LinksOf(tree, tree.records[records]);
  const std::vector<uint32_t> more(of_root.begin(), of_root.end());
  const std::span<const uint32_t> of_list = LinksOf(tree, tree.records[more[1]]);
  const std::vector<uint32_t> items(of_list.begin(), of_list.end());
  Extend(tree, LinksOf(tree, tree.records[0]).back(), 0, items);
  Extend(tree, 0, 2, more);
}

/// Whether something in it looks like an anchor, which the other half most likely refers to.
bool HasAnchor(std::string_view text) {
  for (size_t at = text.find('&', 1); at != std::string_view::npos; at = text.find('&', at + 1)) {
    if (text[at - 1] == ' ') return true;
  }
  return false;
}

}  // namespace

std::optional<size_t> FindSplit(std::string_view text) {
  if (text.size() < kWorthAThread || UsableCores() < 2) return std::nullopt;
  if (HasAnchor(text.substr(0, text.size() / 2))) return std::nullopt;
  // The list that goes furthest is the one that is furthest out.
  std::optional<size_t> split;
  size_t column = 0;
  const size_t end = std::min(text.size(), text.size() / 2 + kSearched);
  for (size_t line = text.find('\n', text.size() / 2); line < end; line = text.find('\n', line)) {
    const std::optional<size_t> dash = DashOfLine(text, ++line);
    if (!dash || (split && *dash >= column)) continue;
    split = line;
    column = *dash;
  }
  return split;
}

bool ParseHalves(Tree& tree, const TextTraits& traits, size_t split) {
  const std::optional<size_t> column = DashOfLine(tree.source, split);
  if (!column) return false;
  Tree first{.source = tree.source, .origin = tree.origin};
  Tree rest{.source = tree.source, .origin = tree.origin};
  // Here, as what another thread allocates comes from the kernel page by page (base/heap.h). The first is to hold both in the end.
  const size_t nodes = tree.source.size() / kBytesOfNode;
  first.records.reserve(nodes);
  first.links.reserve(nodes);
  rest.records.reserve(nodes / 2);
  rest.links.reserve(nodes / 2);
  Diagnostics said;
  Diagnostics said_of_rest;
  Builder builder(first, traits, {traits.bom_bytes, split}, said);
  Builder builder_of_rest(rest, traits, {split, tree.source.size(), true}, said_of_rest);
  bool good_rest = false;
  Beside other([&] { good_rest = builder_of_rest.Run(); });
  if (!other.began()) return false;
  const bool good = builder.Run();
  other.Join();
  if (!good || !good_rest || !said.list().empty() || !said_of_rest.list().empty() || builder.ended() != split ||
      builder.reaches_out() || builder_of_rest.reaches_out() ||
      builder.aliased_nodes() + builder_of_rest.aliased_nodes() > kMaxAliasedNodes || !Fits(first, rest, *column)) {
    return false;
  }
  Join(first, rest);
  tree = std::move(first);
  return true;
}

}  // namespace davit::yaml
