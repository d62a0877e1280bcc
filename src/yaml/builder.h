// Makes the tree from libyaml's events: one pass, no recursion. Each open list or mapping is a Frame, whose children
// lie on one common stack until it ends. Inside of yaml/ only: parse.cc follows the events, mapping.cc closes mappings.
#pragma once

#include <yaml.h>

#include <map>
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

class Builder {
 public:
  Builder(Tree& tree, const TextTraits& traits, Diagnostics& diagnostics)
      : tree_(tree),
        diagnostics_(diagnostics),
        bom_bytes_(traits.bom_bytes),
        code_points_(tree.source.substr(bom_bytes_), traits.ascii),
        errors_before_(diagnostics.error_count()) {
    CHECK(yaml_parser_initialize(&parser_) == 1, "out of memory");
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    const std::string_view text = tree.source.substr(bom_bytes_);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
  }
  ~Builder() { yaml_parser_delete(&parser_); }
  Builder(const Builder&) = delete;
  Builder& operator=(const Builder&) = delete;

  /// False where the file is broken.
  bool Run();

 private:
  size_t ByteOf(const yaml_mark_t& mark) { return bom_bytes_ + code_points_.ByteOf(mark.index); }
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
  size_t bom_bytes_;
  CodePoints code_points_;
  size_t errors_before_;
  yaml_parser_t parser_{};
  std::vector<Frame> frames_;
  std::vector<uint32_t> children_;  // of all frames, one after the other
  std::vector<uint32_t> repeated_;  // of the mapping that is being closed
  std::vector<HashedKey> order_;
  std::map<std::string, Anchor, std::less<>> anchors_;
  uint64_t aliased_nodes_ = 0;
  size_t duplicates_ = 0;
  size_t quote_began_ = 0;  // the last quoted scalar that spans lines
  size_t quote_ended_ = 0;
};

}  // namespace davit::yaml
