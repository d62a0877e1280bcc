#include "yaml/layout.h"

#include <yaml.h>

#include <algorithm>

#include "yaml/text_check.h"

namespace davit::yaml {
namespace {

Style StyleOf(yaml_scalar_style_t style) {
  switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
      return Style::kSingleQuoted;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
      return Style::kDoubleQuoted;
    case YAML_LITERAL_SCALAR_STYLE:
      return Style::kLiteral;
    case YAML_FOLDED_SCALAR_STYLE:
      return Style::kFolded;
    default:
      return Style::kPlain;
  }
}

/// Follows libyaml's tokens, one ahead.
class TokenReader {
 public:
  TokenReader(std::string_view text, const TextTraits& traits)
      : bom_bytes_(traits.bom_bytes), code_points_(text.substr(bom_bytes_), traits.ascii) {
    CHECK(yaml_parser_initialize(&parser_) == 1, "out of memory");
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
    const std::string_view rest = text.substr(bom_bytes_);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(rest.data()), rest.size());
    size_ = text.size();
    Next();
  }
  ~TokenReader() {
    yaml_token_delete(&token_);
    yaml_parser_delete(&parser_);
  }
  TokenReader(const TokenReader&) = delete;
  TokenReader& operator=(const TokenReader&) = delete;

  std::optional<Layout> Run() {
    Layout layout;
    layout_ = &layout;
    if (Is(YAML_STREAM_START_TOKEN)) Next();
    layout.begin = bom_bytes_;
    while (Is(YAML_VERSION_DIRECTIVE_TOKEN) || Is(YAML_TAG_DIRECTIVE_TOKEN)) Next();
    if (Is(YAML_DOCUMENT_START_TOKEN)) {
      layout.begin = End();
      layout.marked_begin = true;
      Next();
    }
    if (!Node(layout.root, false)) return std::nullopt;
    layout.end = Is(YAML_STREAM_END_TOKEN) ? size_ : Begin();
    const bool ended = Is(YAML_STREAM_END_TOKEN) || Is(YAML_DOCUMENT_START_TOKEN) || Is(YAML_DOCUMENT_END_TOKEN);
    return ended ? std::optional(std::move(layout)) : std::nullopt;
  }

 private:
  bool Is(yaml_token_type_t type) const { return token_.type == type; }
  size_t Begin() { return bom_bytes_ + code_points_.ByteOf(token_.start_mark.index); }
  size_t End() { return bom_bytes_ + code_points_.ByteOf(token_.end_mark.index); }
  /// After the end and after an error there is no token.
  void Next() {
    yaml_token_delete(&token_);
    token_ = {};
    if (!ended_ && yaml_parser_scan(&parser_, &token_) == 0) ended_ = true;
    if (Is(YAML_STREAM_END_TOKEN)) ended_ = true;
  }

  /// `in_mapping`: a sequence may stand at the indentation of the key.
  bool Node(LayoutNode& node, bool in_mapping) {
    node.begin = node.end = Begin();
    for (; Is(YAML_ANCHOR_TOKEN) || Is(YAML_TAG_TOKEN); Next()) {
      node.marked = true;
      node.named = node.named || Is(YAML_ANCHOR_TOKEN);
      node.end = End();
    }
    node.at = Begin();
    switch (token_.type) {
      case YAML_ALIAS_TOKEN:
        node.form = Form::kAlias;
        node.named = true;
        node.end = End();
        Next();
        return true;
      case YAML_SCALAR_TOKEN:
        node.form = Form::kScalar;
        node.style = StyleOf(token_.data.scalar.style);
        node.end = End();
        Next();
        return true;
      case YAML_FLOW_SEQUENCE_START_TOKEN:
      case YAML_FLOW_MAPPING_START_TOKEN:
        return Flow(node);
      case YAML_BLOCK_SEQUENCE_START_TOKEN:
        Next();
        return Sequence(node, true);
      case YAML_BLOCK_ENTRY_TOKEN:
        return in_mapping ? Sequence(node, false) : true;
      case YAML_BLOCK_MAPPING_START_TOKEN:
        Next();
        return Mapping(node);
      default:
        return true;
    }
  }

  bool Flow(LayoutNode& node) {
    node.form = Form::kFlow;
    int depth = 0;
    for (;; Next()) {
      switch (token_.type) {
        case YAML_FLOW_SEQUENCE_START_TOKEN:
        case YAML_FLOW_MAPPING_START_TOKEN:
          ++depth;
          break;
        case YAML_FLOW_SEQUENCE_END_TOKEN:
        case YAML_FLOW_MAPPING_END_TOKEN:
          if (--depth > 0) break;
          node.end = End();
          Next();
          return true;
        case YAML_ANCHOR_TOKEN:
        case YAML_ALIAS_TOKEN:
          node.named = true;
          break;
        case YAML_SCALAR_TOKEN:
          if (token_.start_mark.line != token_.end_mark.line && StyleOf(token_.data.scalar.style) != Style::kPlain) {
            LayoutNode& scalar = layout_->quoted_in_flow.emplace_back();
            scalar.form = Form::kScalar;
            scalar.style = StyleOf(token_.data.scalar.style);
            scalar.begin = scalar.at = Begin();
            scalar.end = End();
          }
          break;
        case YAML_STREAM_END_TOKEN:
        case YAML_NO_TOKEN:
          return false;
        default:
          break;
      }
    }
  }

  bool Sequence(LayoutNode& node, bool ends_with_token) {
    node.form = Form::kSequence;
    while (Is(YAML_BLOCK_ENTRY_TOKEN)) {
      LayoutEntry& entry = node.entries.emplace_back();
      entry.begin = Begin();
      Next();
      if (!Node(entry.value, false)) return false;
      Ended(node, entry);
    }
    if (!ends_with_token) return true;
    if (!Is(YAML_BLOCK_END_TOKEN)) return false;
    Next();
    return true;
  }

  bool Mapping(LayoutNode& node) {
    node.form = Form::kMapping;
    while (Is(YAML_KEY_TOKEN)) {
      if (token_.start_mark.index != token_.end_mark.index) return false;  // `?`
      LayoutEntry& entry = node.entries.emplace_back();
      Next();
      entry.begin = Begin();
      if (!Node(entry.key, false) || !Is(YAML_VALUE_TOKEN)) return false;
      Next();
      if (!Node(entry.value, true)) return false;
      Ended(node, entry);
    }
    if (!Is(YAML_BLOCK_END_TOKEN)) return false;
    Next();
    return true;
  }

  static void Ended(LayoutNode& node, const LayoutEntry& entry) {
    node.named = node.named || entry.key.named || entry.value.named;
    node.end = std::max(entry.key.end, entry.value.end);
  }

  size_t bom_bytes_;
  size_t size_ = 0;
  CodePoints code_points_;
  yaml_parser_t parser_{};
  yaml_token_t token_{};
  bool ended_ = false;
  Layout* layout_ = nullptr;
};

}  // namespace

std::optional<Layout> LayoutOf(std::string_view text) {
  Diagnostics diagnostics;
  const std::optional<TextTraits> traits = CheckText(text, {}, diagnostics);
  if (!traits) return std::nullopt;
  return TokenReader(text, *traits).Run();
}

}  // namespace davit::yaml
