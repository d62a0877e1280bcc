#include "yaml/yaml.h"

#include <algorithm>
#include <tuple>

#include "yaml/tree.h"

namespace davit::yaml {

HashedKey HashKey(std::string_view text, uint32_t pair) {
  uint64_t hash = 0xcbf29ce484222325;
  for (char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return {hash, text, pair};
}

bool KeyBefore(const HashedKey& a, const HashedKey& b) {
  if (a.hash != b.hash) return a.hash < b.hash;
  return std::tie(a.text, a.pair) < std::tie(b.text, b.pair);
}

namespace {

/// Lines of a text are set in and folded; what is no white space stands in the file as in the text, in the same order.
Pos OfSeveralLines(const Tree& tree, const Record& record, size_t offset) {
  static constexpr std::string_view kWhite = " \t\r\n";
  const std::string_view text = tree.TextOf(record);
  size_t at = record.pos;
  if (record.style == Style::kLiteral || record.style == Style::kFolded) at = tree.source.find('\n', at);
  for (size_t i = text.find_first_not_of(kWhite); i < std::min(offset + 1, text.size());
       i = text.find_first_not_of(kWhite, i + 1)) {
    at = tree.source.find_first_not_of(kWhite, at);
    if (at >= tree.source.size() || tree.source[at] != text[i]) return tree.PosOf(record);
    if (i == offset) return Pos{tree.origin.index + static_cast<uint32_t>(at)};
    ++at;
  }
  return Pos{tree.origin.index + static_cast<uint32_t>(std::min(at, tree.source.size()))};
}

}  // namespace

Kind Node::kind() const {
  return tree_->records[index_].kind;
}
Pos Node::pos() const {
  return tree_->PosOf(tree_->records[index_]);
}
Style Node::style() const {
  return tree_->records[index_].style;
}

std::string_view Node::text() const {
  const Record& record = tree_->records[index_];
  CHECK(record.kind == Kind::kScalar);
  return tree_->TextOf(record);
}

Pos Node::PosOf(size_t offset) const {
  const Record& record = tree_->records[index_];
  if (record.kind != Kind::kScalar || record.alias) return pos();
  const bool quoted = record.style == Style::kSingleQuoted || record.style == Style::kDoubleQuoted;
  if (!record.verbatim && !quoted) return OfSeveralLines(*tree_, record, offset);
  if (!record.verbatim) return pos();
  return Pos{tree_->origin.index + record.first + static_cast<uint32_t>(std::min<size_t>(offset, record.count))};
}

size_t Node::size() const {
  const Record& record = tree_->records[index_];
  return record.kind == Kind::kScalar ? 0 : record.count;
}

Node Node::item(size_t index) const {
  const Record& record = tree_->records[index_];
  CHECK(record.kind == Kind::kSequence && index < record.count);
  return Node(tree_, tree_->links[record.first + index]);
}

Node Node::KeyNode(size_t index) const {
  const Record& record = tree_->records[index_];
  CHECK(record.kind == Kind::kMapping && index < record.count);
  return Node(tree_, tree_->links[record.first + 2 * index]);
}

std::string_view Node::key(size_t index) const {
  return KeyNode(index).text();
}
Pos Node::key_pos(size_t index) const {
  return KeyNode(index).pos();
}

Node Node::value(size_t index) const {
  const Record& record = tree_->records[index_];
  CHECK(record.kind == Kind::kMapping && index < record.count);
  return Node(tree_, tree_->links[record.first + 2 * index + 1]);
}

std::optional<Node> Node::Find(std::string_view key_text) const {
  const Tree& tree = *tree_;
  const Record& record = tree.records[index_];
  if (record.kind != Kind::kMapping) return std::nullopt;
  if (record.count <= kSmallMapping) {
    for (size_t i = 0; i < record.count; ++i) {
      if (key(i) == key_text) return value(i);
    }
    return std::nullopt;
  }
  const auto begin = tree.sorted.begin() + tree.links[record.first - 1];
  const auto end = begin + record.count;
  const auto found = std::lower_bound(begin, end, HashKey(key_text), [&](uint32_t pair, const HashedKey& wanted) {
    return KeyBefore(HashKey(key(pair), 0), wanted);
  });
  if (found == end || key(*found) != key_text) return std::nullopt;
  return value(*found);
}

Document::Document() : tree_(std::make_unique<Tree>()) {}
Document::~Document() = default;
Document::Document(Document&&) noexcept = default;
Document& Document::operator=(Document&&) noexcept = default;

std::optional<Node> Document::root() const {
  if (tree_->empty) return std::nullopt;
  return Node(tree_.get(), 0);
}

}  // namespace davit::yaml
