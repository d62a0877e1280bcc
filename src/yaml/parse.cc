// Follows libyaml's events.
#include <algorithm>

#include "yaml/builder.h"
#include "yaml/messages.h"

namespace davit::yaml {
namespace {

std::string_view View(const yaml_char_t* text) {
  return text == nullptr ? std::string_view() : reinterpret_cast<const char*>(text);
}

/// An event that frees what it holds.
struct Event : yaml_event_t {
  Event() : yaml_event_t{} {}
  ~Event() { yaml_event_delete(this); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
};

}  // namespace

int Builder::Read(void* builder, unsigned char* buffer, size_t size, size_t* read) {
  auto& self = *static_cast<Builder*>(builder);
  std::string_view& from = self.made_up_.empty() ? self.unread_ : self.made_up_;
  *read = from.copy(reinterpret_cast<char*>(buffer), size);
  from.remove_prefix(*read);
  return 1;
}

bool Builder::Run() {
  for (;;) {
    Event event;
    if (yaml_parser_parse(&parser_, &event) == 0) return Broken();
    bool good = true;
    switch (event.type) {
      case YAML_SCALAR_EVENT:
        good = OnScalar(event);
        break;
      case YAML_ALIAS_EVENT:
        good = OnAlias(event);
        break;
      case YAML_SEQUENCE_START_EVENT:
        good = OnStart(event, Kind::kSequence, event.data.sequence_start.tag, event.data.sequence_start.anchor);
        break;
      case YAML_MAPPING_START_EVENT:
        good = OnStart(event, Kind::kMapping, event.data.mapping_start.tag, event.data.mapping_start.anchor);
        break;
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT:
        good = OnEnd();
        break;
      case YAML_DOCUMENT_START_EVENT:
        reaches_out_ = reaches_out_ || event.data.document_start.version_directive != nullptr ||
                       event.data.document_start.tag_directives.start != event.data.document_start.tag_directives.end;
        break;
      case YAML_DOCUMENT_END_EVENT:
        ended_ = ByteOf(event.end_mark);
        CheckRest(ended_);
        return diagnostics_.error_count() == errors_before_;
      case YAML_STREAM_END_EVENT:
        return true;
      default:
        break;
    }
    if (!good) return false;
  }
}

bool Builder::Broken() {
  if (parser_.error == YAML_MEMORY_ERROR) {
    Error error;
    error.code = ErrorCode::kExhausted;
    error.message = "not enough memory to read the file";
    diagnostics_.Add(std::move(error));
    return false;
  }
  Problem problem;
  problem.problem = parser_.problem == nullptr ? "the file cannot be read" : parser_.problem;
  problem.at = ByteOf(parser_.problem_mark);
  if (parser_.context != nullptr) {
    problem.context = parser_.context;
    problem.began = ByteOf(parser_.context_mark);
  }
  problem.quote_began = quote_began_;
  problem.quote_ended = quote_ended_;
  diagnostics_.Add(Explain(problem, tree_.source, tree_.origin));
  return false;
}

uint32_t Builder::AddRecord(const Record& record, uint64_t nodes) {
  const uint32_t index = static_cast<uint32_t>(tree_.records.size());
  tree_.records.push_back(record);
  if (!frames_.empty()) {
    children_.push_back(index);
    frames_.back().nodes += nodes;
  }
  return index;
}

bool Builder::OnScalar(const yaml_event_t& event) {
  const auto& scalar = event.data.scalar;
  const std::string_view value(reinterpret_cast<const char*>(scalar.value), scalar.length);
  Record record;
  const size_t start = ByteOf(event.start_mark);
  record.pos = static_cast<uint32_t>(start);
  record.count = static_cast<uint32_t>(value.size());
  size_t quote = 0;
  switch (scalar.style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
      record.style = Style::kSingleQuoted;
      quote = 1;
      break;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
      record.style = Style::kDoubleQuoted;
      quote = 1;
      break;
    case YAML_LITERAL_SCALAR_STYLE:
      record.style = Style::kLiteral;
      break;
    case YAML_FOLDED_SCALAR_STYLE:
      record.style = Style::kFolded;
      break;
    default:
      record.style = Style::kPlain;
      break;
  }
  const bool decorated = scalar.anchor != nullptr || scalar.tag != nullptr;
  if (quote == 1 && event.start_mark.line != event.end_mark.line) {
    quote_began_ = start;
    quote_ended_ = ByteOf(event.end_mark);
  }
  // libyaml puts a value that is not there, behind a `?` key, where the next thing is.
  if (value.empty() && start == piece_.end) reaches_out_ = true;
  if (record.style != Style::kLiteral && record.style != Style::kFolded) {
    // The event of a scalar with an anchor or tag begins at that; there its text is found from the end.
    size_t text_at = start + quote;
    if (decorated) {
      const size_t end = ByteOf(event.end_mark);
      text_at = end - std::min(end, value.size() + quote);
    }
    if (text_at >= start && text_at + value.size() <= tree_.source.size() &&
        tree_.source.compare(text_at, value.size(), value) == 0) {
      record.verbatim = true;
      record.first = static_cast<uint32_t>(text_at);
      if (quote == 0) WarnOfHash(text_at + value.size());
    }
  }
  if (!record.verbatim) {
    record.first = static_cast<uint32_t>(tree_.chars.size());
    tree_.chars.append(value);
  }
  if (scalar.tag != nullptr) ApplyTag(View(scalar.tag), record);
  if (ExpectsKey() && IsMergeKey(record)) frames_.back().merges = true;
  tree_.empty = tree_.empty && record.count == 0 && record.style == Style::kPlain && !decorated;
  const uint32_t index = AddRecord(record, 1);
  if (scalar.anchor != nullptr) SetAnchor(View(scalar.anchor), index, 1);
  return true;
}

void Builder::ApplyTag(std::string_view tag, Record& record) {
  constexpr std::string_view kCore = YAML_BOOL_TAG;  // "tag:yaml.org,2002:bool"
  constexpr std::string_view kPrefix = kCore.substr(0, kCore.size() - 4);
  const std::string_view name = tag.starts_with(kPrefix) ? tag.substr(kPrefix.size()) : std::string_view();
  if (record.kind == Kind::kScalar) {
    if (name == "str" || tag == "!") {
      if (record.style == Style::kPlain) record.style = Style::kDoubleQuoted;
      return;
    }
    if (name == "int" || name == "float" || name == "bool" || name == "null") {
      record.style = Style::kPlain;
      return;
    }
  } else if (tag == "!" || name == (record.kind == Kind::kSequence ? "seq" : "map")) {
    return;
  }
  diagnostics_.AddWarning(
      "unknown-tag",
      "the tag " + Quoted(name.empty() ? std::string(tag) : "!!" + std::string(name)) + " means nothing here",
      PosOf(record.pos), "remove it, or put the value in quotes if it is just text");
}

/// ` #{` begins a comment, though the `#{ }` of an expression was meant.
void Builder::WarnOfHash(size_t end_of_value) {
  const std::string_view rest = tree_.source.substr(end_of_value);
  if (!rest.starts_with(' ')) return;
  const size_t hash = rest.find_first_not_of(" \t");
  if (hash == std::string_view::npos || !rest.substr(hash).starts_with("#{")) return;
  diagnostics_.AddWarning("hash-expression", "'#{' begins a comment here, so that it is no part of the value",
                          PosOf(end_of_value + hash), "put the whole value in quotes");
}

bool Builder::OnStart(const yaml_event_t& event, Kind kind, const yaml_char_t* tag, const yaml_char_t* anchor) {
  Record record;
  record.kind = kind;
  record.pos = static_cast<uint32_t>(ByteOf(event.start_mark));
  if (frames_.size() >= static_cast<size_t>(kMaxDepth)) {
    return RefuseDepth(record.pos);
  }
  if (ExpectsKey()) {
    const bool braces = record.pos > 0 && tree_.source.substr(record.pos - 1).starts_with("{{");
    return Refuse(
        std::string("a ") + (kind == Kind::kSequence ? "list" : "mapping") + " cannot be a key", record.pos,
        braces ? "put the value in quotes: '{{ … }}'" : "a key is a text; put it in quotes if it begins with [ or {");
  }
  if (tag != nullptr) ApplyTag(View(tag), record);
  tree_.empty = false;
  Frame frame;
  frame.record = AddRecord(record, 0);
  frame.first_child = children_.size();
  frame.mapping = kind == Kind::kMapping;
  if (anchor != nullptr) {
    SetAnchor(View(anchor), frame.record, 0);
    frame.anchor = &anchors_.find(View(anchor))->second;
  }
  frames_.push_back(frame);
  return true;
}

bool Builder::OnEnd() {
  const Frame frame = frames_.back();
  frames_.pop_back();
  Record& record = tree_.records[frame.record];
  if (frame.mapping) {
    if (!CloseMapping(frame, record)) return false;
  } else {
    record.first = static_cast<uint32_t>(tree_.links.size());
    record.count = static_cast<uint32_t>(children_.size() - frame.first_child);
    tree_.links.insert(tree_.links.end(), children_.begin() + static_cast<ptrdiff_t>(frame.first_child),
                       children_.end());
  }
  children_.resize(frame.first_child);
  if (!frames_.empty()) {
    frames_.back().nodes += frame.nodes;
    frames_.back().height = std::max(frames_.back().height, frame.height + 1);
  }
  // Somebody inside may have given the name to another node meanwhile; that one is the later.
  if (frame.anchor != nullptr && frame.anchor->record == frame.record) {
    frame.anchor->nodes = frame.nodes;
    frame.anchor->height = frame.height;
  }
  return true;
}

bool Builder::RefuseDepth(size_t offset) {
  return Refuse("lists and mappings are nested deeper than " + std::to_string(kMaxDepth), offset, "nest less deeply");
}

bool Builder::CountAliased(uint64_t nodes, size_t offset) {
  aliased_nodes_ += nodes;
  if (aliased_nodes_ <= kMaxAliasedNodes) return true;
  return Refuse("aliases would make this file larger than " + std::to_string(kMaxAliasedNodes) + " values", offset,
                "use fewer aliases of aliases");
}

bool Builder::OnAlias(const yaml_event_t& event) {
  const size_t start = ByteOf(event.start_mark);
  const std::string_view name = View(event.data.alias.anchor);
  const auto found = anchors_.find(name);
  if (found == anchors_.end()) {
    std::vector<std::string_view> known;
    for (const auto& [anchor, unused] : anchors_) {
      if (known.size() == 1000) break;
      known.push_back(anchor);
    }
    const std::string near = name.size() < 100 ? Nearest(name, known) : std::string();
    std::string help = "did you mean '*" + near + "'?";
    if (near.empty()) {
      help = "mark a value above with " + Quoted("&" + std::string(name)) +
             ", or put this one in quotes if it is just text";
    }
    return Refuse("unknown alias " + Quoted("*" + std::string(name)), start, std::move(help));
  }
  const Anchor anchor = found->second;
  if (anchor.nodes == 0) {
    return Refuse("the alias " + Quoted("*" + std::string(name)) + " stands inside of what it names", start,
                  "a value cannot contain itself");
  }
  if (!CountAliased(anchor.nodes, start)) return false;
  // Also through aliases the tree is never deeper, so that its readers may be recursive.
  if (frames_.size() + anchor.height > static_cast<size_t>(kMaxDepth)) return RefuseDepth(start);
  if (!frames_.empty()) frames_.back().height = std::max(frames_.back().height, anchor.height + 1);
  Record record = tree_.records[anchor.record];
  if (ExpectsKey() && record.kind != Kind::kScalar) {
    return Refuse("a list or mapping cannot be a key", start, "a key is a text");
  }
  record.pos = static_cast<uint32_t>(start);
  record.alias = true;
  AddRecord(record, anchor.nodes);
  return true;
}

/// What follows the first document: nothing, or another one, which is not read.
void Builder::CheckRest(size_t offset) {
  const std::string_view text = tree_.source.substr(0, piece_.end);
  std::optional<size_t> second;  // where a '---' stands
  while (offset < text.size()) {
    const size_t end = std::min(text.find_first_of("\r\n", offset), text.size());
    const std::string_view line = text.substr(offset, end - offset);
    const size_t content = line.find_first_not_of(" \t");
    const std::string_view said = content == std::string_view::npos ? std::string_view() : line.substr(content);
    if (content == 0 && !second && (said.starts_with("---") || said.starts_with('%'))) second = offset;
    if (!said.empty() && !said.starts_with('#') && said != "---" && said != "...") break;
    offset = end + 1;
  }
  if (offset >= text.size()) return;
  if (second) {
    diagnostics_.AddWarning("second-document", "a second document begins here; only the first one of a file is read",
                            PosOf(*second), "move it to a file of its own");
    return;
  }
  Problem problem;
  problem.problem = "did not find expected <document start>";
  problem.at = offset + text.substr(offset).find_first_not_of(" \t");
  diagnostics_.Add(Explain(problem, text, tree_.origin));
}

std::optional<Document> Parse(SourceMap& map, uint32_t file_index, Diagnostics& diagnostics) {
  Document document;
  Tree& tree = *document.tree_;
  tree.source = map.Text(file_index);
  tree.origin = map.At(file_index, 0);
  if (tree.source.size() > kMaxBytes) {
    diagnostics.AddError("the file has " + std::to_string(tree.source.size() >> 20) + " MB, and at most " +
                             std::to_string(kMaxBytes >> 20) + " MB are read",
                         tree.origin, "split it into several files");
    return std::nullopt;
  }
  const std::optional<TextTraits> traits = CheckText(tree.source, tree.origin, diagnostics);
  if (!traits) return std::nullopt;
  const std::optional<size_t> split = FindSplit(tree.source);
  if (split && ParseHalves(tree, *traits, *split)) return document;
  if (!Builder(tree, *traits, {traits->bom_bytes, tree.source.size()}, diagnostics).Run()) return std::nullopt;
  return document;
}

}  // namespace davit::yaml
