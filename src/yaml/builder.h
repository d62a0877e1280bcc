// Makes the tree from libyaml's events: one pass, no recursion. Each open list or mapping is a Frame, whose children
// lie on one common stack until it ends. Inside of yaml/ only: parse.cc follows the events, mapping.cc closes mappings,
// halves.cc reads a large file on two cores.
#pragma once

#include <yaml.h>

#include <algorithm>
#include <map>
#include <optional>
#include <span>

#include "yaml/text_check.h"
#include "yaml/tree.h"

namespace davit::yaml {

struct Anchor {
  uint32_t record = 0;
  uint64_t nodes = 0;  // in it, those that its own aliases reach included; 0 = it has not ended yet
  size_t height = 0;   // lists and mappings that it nests, itself included
};

struct Frame {
  uint32_t record = 0;
  size_t first_child = 0;  // on the stack of children
  uint64_t nodes = 1;
  size_t height = 1;
  Anchor* anchor = nullptr;
  bool mapping = false;
  bool merges = false;
};

/// What of the file is read.
struct Piece {
  size_t begin = 0;  // bytes of the file
  size_t end = 0;
  /// It begins with an item of the list that is the last value of the root so far. The tree's root then is a mapping whose first pair is
  /// made up: its value has those items; the others are what follows in the root.
  bool continues = false;
};

class Builder {
 public:
  Builder(Tree& tree, const TextTraits& traits, Piece piece, Diagnostics& diagnostics)
      : tree_(tree),
        diagnostics_(diagnostics),
        piece_(piece),
        code_points_(tree.source.substr(piece.begin, piece.end - piece.begin), traits.ascii),
        errors_before_(diagnostics.error_count()) {
    CHECK(yaml_parser_initialize(&parser_) == 1, "out of memory");
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    unread_ = tree.source.substr(piece.begin, piece.end - piece.begin);
    if (piece.continues) made_up_ = kMadeUp;
    yaml_parser_set_input(&parser_, Read, this);
  }
  ~Builder() { yaml_parser_delete(&parser_); }
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  /// False where the file is broken.
  bool Run();

  /// Where its document ended, byte of the file.
  size_t ended() const { return ended_; }
  /// Whether another piece may mean something else for what stands in this one: directives, merge keys of the root, a place that depends on
  /// what comes next.
  bool reaches_out() const { return reaches_out_; }
  uint64_t aliased_nodes() const { return aliased_nodes_; }

 private:
  static constexpr std::string_view kMadeUp = "-:\n";  // a key, as a piece that continues needs one

  static int Read(void* builder, unsigned char* buffer, size_t size, size_t* read);
  size_t ByteOf(const yaml_mark_t& mark) {
    const size_t before = piece_.continues ? kMadeUp.size() : 0;
    return piece_.begin + code_points_.ByteOf(mark.index - std::min(mark.index, before));
  }
  Pos PosOf(size_t offset) const { return Pos{tree_.origin.index + static_cast<uint32_t>(offset)}; }
  bool Refuse(std::string message, size_t offset, std::string suggestion) {
    diagnostics_.AddError(std::move(message), PosOf(offset), std::move(suggestion));
    return false;
  }

  bool OnScalar(const yaml_event_t& event);
  bool OnStart(const yaml_event_t& event, Kind kind, const yaml_char_t* tag, const yaml_char_t* anchor);
  bool OnEnd();
  bool OnAlias(const yaml_event_t& event);
  bool Broken();

  bool ExpectsKey() const {
    return !frames_.empty() && frames_.back().mapping && (children_.size() - frames_.back().first_child) % 2 == 0;
  }
  uint32_t AddRecord(const Record& record, uint64_t nodes);
  void SetAnchor(std::string_view name, uint32_t record, uint64_t nodes) {
    anchors_.insert_or_assign(std::string(name), Anchor{record, nodes, 0});
  }
  bool RefuseDepth(size_t offset);
  bool CountAliased(uint64_t nodes, size_t offset);
  void ApplyTag(std::string_view tag, Record& record);
  void WarnOfHash(size_t end_of_value);

  bool CloseMapping(const Frame& frame, Record& record);
  bool CollectMerged(const Frame& frame, std::vector<uint32_t>& pairs, size_t& own);
  void FindRepeated(std::span<const uint32_t> pairs, size_t own);
  void ReportDuplicate(uint32_t first_key, uint32_t second_key);
  bool IsMergeKey(const Record& record) const;
  void CheckRest(size_t offset);

  Tree& tree_;
  Diagnostics& diagnostics_;
  const Piece piece_;
  std::string_view made_up_;  // libyaml gets this first,
  std::string_view unread_;   // and then this
  CodePoints code_points_;
  size_t errors_before_;
  yaml_parser_t parser_{};
  std::vector<Frame> frames_;
  std::vector<uint32_t> children_;  // of all frames, one after the other
  std::vector<uint32_t> repeated_;  // of the mapping that is being closed
  std::vector<HashedKey> order_;
  std::map<std::string, Anchor, std::less<>> anchors_;
  uint64_t aliased_nodes_ = 0;
  size_t ended_ = 0;
  bool reaches_out_ = false;
  size_t duplicates_ = 0;
  size_t quote_began_ = 0;  // the last quoted scalar that spans lines
  size_t quote_ended_ = 0;
};

/// Reads both halves of the file at the same time; the second begins at byte `split`, where a line begins. False where they do not fit
/// together, or there is anything to say of one: then `tree` is as it was, and the file is to be read as a whole.
bool ParseHalves(Tree& tree, const TextTraits& traits, size_t split);
/// A place about the middle where that is worth a try.
std::optional<size_t> FindSplit(std::string_view text);

}  // namespace davit::yaml
