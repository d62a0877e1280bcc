// A text line by line, on its way to its usual form: what stands in each line, what comes in front of it, in which order they follow. Inside of
// manifest/format only. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "manifest/schema.h"
#include "yaml/layout.h"

namespace davit::manifest {

/// A line of the text. `kInside`: of a scalar or a flow collection that begins further up.
enum class LineKind : uint8_t { kUnknown, kBlank, kComment, kStructure, kInside };

struct Replacement {
  size_t begin = 0;  // bytes of the text
  size_t end = 0;
  std::string text;
};

struct Line {
  LineKind kind = LineKind::kUnknown;
  bool keeps_end = false;    // blanks at its end are part of a value
  bool keeps_below = false;  // so are blank lines below it
  bool of_next = false;      // a comment of what comes below it, not of what is above
  int block = -1;      // kStructure: the deepest one that is open behind it; a comment's own, where it is not `of_next`
  int own_block = -1;  // kStructure: the one whose entry begins it; -1 = none: a value alone on its line
  size_t begin = 0;
  size_t end = 0;     // behind the last byte; the line break does not count
  size_t rest = 0;    // where that begins which `lead` comes in front of
  size_t column = 0;  // of its first byte that is no space, as it was
  std::string lead;   // spaces and dashes
  std::vector<Replacement> replacements;
};

class Lines {
 public:
  /// `text` and `layout` must live as long as this. `schema` is of the root; null = no order is known.
  Lines(std::string_view text, const yaml::Layout& layout, const ObjectSchema* schema)
      : text_(text), layout_(layout), schema_(schema) {}

  /// The text in its usual form; nullopt where that is not certain.
  std::optional<std::string> Format();

 private:
  /// A block collection.
  struct Block {
    int parent = -1;
    size_t old_column = 0;
    size_t column = 0;
  };
  /// A mapping whose keys have an order.
  struct Ordered {
    const yaml::LayoutNode* node = nullptr;
    const ObjectSchema* schema = nullptr;
    int block = -1;
    size_t last_line = 0;
  };
  struct Range {
    size_t begin = 0;
    size_t end = 0;
  };

  bool Split();
  size_t LineOf(size_t offset) const;
  bool OnlySpaces(size_t begin, size_t end) const;
  bool BeginsLine(size_t line, size_t at) const { return OnlySpaces(lines_[line].begin, at); }
  size_t SpacesOf(const Line& line) const;
  void Begin(size_t line, size_t at, size_t column);

  bool PlaceBlock(const yaml::LayoutNode& node, int parent, size_t column, bool in_line, const ObjectSchema* schema);
  bool PlaceValue(const yaml::LayoutNode& value, size_t header, int block, const ObjectSchema* schema);
  bool PlaceLeaf(const yaml::LayoutNode& node, size_t header, int block);
  bool PlaceBlockScalar(const yaml::LayoutNode& node, size_t header, int block);
  void ChangeQuotes(const yaml::LayoutNode& node);
  bool PlaceComments();
  bool IsBelow(int block, int above) const;

  std::vector<Range> RangesOf(const Ordered& mapping) const;
  bool AllowsOther(const std::vector<Range>& ranges, const Ordered& mapping, size_t first) const;
  void Order(const Ordered& mapping);
  std::string Written() const;
  void Write(const Line& line, std::string& out) const;

  std::string_view text_;
  const yaml::Layout& layout_;
  const ObjectSchema* schema_;
  size_t body_ = 0;        // where the lines begin
  bool open_end_ = false;  // a newline at the end would change the last value
  std::vector<Line> lines_;
  std::vector<Block> blocks_;
  std::vector<Ordered> ordered_;
  std::vector<size_t> order_;
  size_t last_placed_ = 0;
};

/// The schema of the objects in the value of a key: of the mapping itself, or of each item of the list. Null = none is known.
const ObjectSchema* SchemaBelow(const ObjectSchema* schema, std::string_view key, bool is_list);

/// What a key is called, as it stands in the text; "" where that takes more than taking quotes away.
std::string_view KeyText(std::string_view text, const yaml::LayoutNode& key);

}  // namespace davit::manifest
