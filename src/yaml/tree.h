// How a Document keeps its nodes: 16 bytes each in one array, children as indexes in another, text that stands in the
// file as it is referred to there, other text in one string. Inside of yaml/ only. Written by parse.cc, read by
// yaml.cc; immutable once parsed.
#pragma once

#include <string>

#include "yaml/yaml.h"

namespace davit::yaml {

inline constexpr size_t kSmallMapping = 16;  // up to here keys are found by looking at each

struct Record {
  uint32_t pos = 0;  // byte of the file
  uint32_t first =
      0;  // of a scalar: where its text begins, in the file or in `chars`; else: its first entry in `links`
  uint32_t count = 0;  // bytes of a scalar, items, pairs
  Kind kind = Kind::kScalar;
  Style style = Style::kPlain;
  bool verbatim = false;  // the text stands in the file, byte for byte
  bool alias = false;     // all but `pos` is that of the node it names
};
static_assert(sizeof(Record) == 16);

struct Tree {
  std::string_view source;
  Pos origin;  // of byte 0
  std::vector<Record> records;
  /// Items of a sequence; key, value, key, value of a mapping. A mapping above kSmallMapping has one entry before that:
  /// where in `sorted` its pairs stand in the order of KeyBefore().
  std::vector<uint32_t> links;
  std::vector<uint32_t> sorted;
  std::string chars;
  bool empty = true;

  std::string_view TextOf(const Record& record) const {
    return (record.verbatim ? source : std::string_view(chars)).substr(record.first, record.count);
  }
  Pos PosOf(const Record& record) const { return Pos{origin.index + record.pos}; }
};

/// A key in the order in which large mappings are searched: by hash, because that is quick to compare; equal hashes by
/// text, so that no choice of keys makes it slow.
struct HashedKey {
  uint64_t hash = 0;
  std::string_view text;
  uint32_t pair = 0;
};
HashedKey HashKey(std::string_view text, uint32_t pair = 0);
bool KeyBefore(const HashedKey& a, const HashedKey& b);

}  // namespace davit::yaml
