// YAML as a tree: libyaml's events in an arena that keeps text, style and position. What a plain scalar means (number,
// boolean) is for the reader to say: manifest/ types them. Limits make garbage harmless: depth, size, and what aliases
// may grow to. A Document owns its nodes and refers to the text in the SourceMap, which must outlive it. Immutable once
// parsed; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"

namespace davit::yaml {

inline constexpr int kMaxDepth = 64;  // also through aliases
inline constexpr size_t kMaxBytes = size_t{64} << 20;
/// Nodes reached through aliases, counted as often as they are reached.
inline constexpr size_t kMaxAliasedNodes = 100'000;

enum class Kind : uint8_t { kScalar, kSequence, kMapping };
enum class Style : uint8_t { kPlain, kSingleQuoted, kDoubleQuoted, kLiteral, kFolded };  // of a scalar

class Document;
struct Tree;

/// A handle on a node: two words, copied freely, valid as long as its document.
class Node {
 public:
  Kind kind() const;
  bool IsScalar() const { return kind() == Kind::kScalar; }
  bool IsSequence() const { return kind() == Kind::kSequence; }
  bool IsMapping() const { return kind() == Kind::kMapping; }
  /// Where it begins. Of an alias: where the alias stands.
  Pos pos() const;

  std::string_view text() const;  // of a scalar, unescaped
  /// How it is to be understood: `!!str` makes a plain scalar count as quoted, `!!int`, `!!bool`, … a quoted one as
  /// plain.
  Style style() const;
  /// Where byte `offset` of text() stands in the file; exact for plain and quoted scalars on one line without escapes,
  /// else pos().
  Pos PosOf(size_t offset) const;

  size_t size() const;            // items of a sequence, pairs of a mapping
  Node item(size_t index) const;  // of a sequence
  std::string_view key(size_t index) const;
  Pos key_pos(size_t index) const;
  Node value(size_t index) const;
  /// The value of a key of a mapping; nullopt where it has none.
  std::optional<Node> Find(std::string_view key) const;

 private:
  friend class Document;
  Node(const Tree* tree, uint32_t index) : tree_(tree), index_(index) {}
  Node KeyNode(size_t index) const;
  const Tree* tree_;
  uint32_t index_;
};

/// The first document of a file.
class Document {
 public:
  Document();
  ~Document();
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;

  /// nullopt for a file with nothing in it. It stays valid when the document is moved.
  std::optional<Node> root() const;

 private:
  friend std::optional<Document> Parse(SourceMap& map, uint32_t file_index, Diagnostics& diagnostics);
  std::unique_ptr<Tree> tree_;
};

/// Parses a file of `map`. nullopt where it is broken: what is wrong stands in `diagnostics`, with a position and, for
/// the commonest mistakes (a tab, a quote that is never closed, a missing colon, bad indentation), how to mend it.
/// Refused: a duplicate key, an unknown alias, a key that is no scalar, more than the limits. A second document is a
/// warning ("second-document"). Merge keys (`<<`) are merged: what the mapping says itself wins, then the earlier of a
/// list. Other warnings: a tag of one's own ("unknown-tag"), ` #{` after a value, which begins a comment
/// ("hash-expression").
std::optional<Document> Parse(SourceMap& map, uint32_t file_index, Diagnostics& diagnostics);

}  // namespace davit::yaml
