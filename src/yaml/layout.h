// Where the parts of a YAML text stand: dashes, keys and values with their first and last bytes, for what changes a text and not its tree.
// Only of texts that Parse() has accepted. Flow collections are one piece. Pure; any thread.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "yaml/yaml.h"

namespace davit::yaml {

enum class Form : uint8_t { kEmpty, kAlias, kScalar, kFlow, kSequence, kMapping };

struct LayoutEntry;

struct LayoutNode {
  Form form = Form::kEmpty;
  Style style = Style::kPlain;  // of a scalar, as it is written
  bool marked = false;          // an anchor or a tag stands before it; `begin` is where that begins
  bool named = false;           // an anchor or an alias stands before it or in it
  size_t begin = 0;
  size_t at = 0;  // behind anchor and tag
  size_t end =
      0;  // behind the last byte; of a block scalar and a block collection libyaml's end, which may be behind blank lines
  std::vector<LayoutEntry> entries;  // of block collections
};

struct LayoutEntry {
  size_t begin = 0;  // the dash, or the key
  LayoutNode key;    // of a mapping
  LayoutNode value;
};

struct Layout {
  LayoutNode root;
  size_t begin = 0;           // of the first document: behind `---` where there is one, else behind a byte order mark
  size_t end = 0;             // of it: where the next begins, or `...`
  bool marked_begin = false;  // there is a `---`
  /// Quoted scalars that stand in flow collections and span lines.
  std::vector<LayoutNode> quoted_in_flow;
};

/// Of the first document. nullopt where it has keys with `?` or without a text before the colon.
std::optional<Layout> LayoutOf(std::string_view text);

}  // namespace davit::yaml
