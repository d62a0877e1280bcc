#include "render/mustache.h"

#include <algorithm>
#include <vector>

#include "base/diagnostics.h"
#include "base/text.h"

namespace davit::render {
namespace {

constexpr size_t kMostDepth = 64;
constexpr size_t kMostBytes = size_t{64} << 20;

struct Node {
  enum class Kind { kText, kVariable, kUnescaped, kSection, kInverted };
  Kind kind = Kind::kText;
  std::string_view text;  // of a text; else the name
  size_t offset = 0;      // of its tag
  std::vector<Node> inner;
};

tl::unexpected<Error> Broken(const Template& source, size_t offset, std::string message, std::string suggestion = {}) {
  return Fail(ErrorCode::kInvalidInput, PlaceIn(source.file, source.text, offset) + ": " + std::move(message),
              std::move(suggestion));
}

bool OnlyBlanks(std::string_view text) {
  return text.find_first_not_of(" \t\r") == std::string_view::npos;
}

/// The template as a tree of sections, in one pass.
class Parser {
 public:
  explicit Parser(const Template& source) : source_(source), text_(source.text) {}

  Result<std::vector<Node>> Parse() {
    std::vector<Node> open(1);  // the sections that are open, from the whole on
    while (true) {
      const size_t begin = text_.find(open_, at_);
      if (begin == std::string_view::npos) break;
      const bool triple = open_ == "{{" && text_.substr(begin, 3) == "{{{";
      const std::string close = triple ? "}}}" : text_.substr(begin + open_.size(), 1) == "=" ? "=" + close_ : close_;
      const size_t inside = begin + open_.size() + (triple ? 1 : 0);
      const size_t end = text_.find(close, inside + (close[0] == '=' ? 1 : 0));
      if (end == std::string_view::npos)
        return Broken(source_, begin, "the tag has no end `" + close + "`", "close it");
      std::string_view name = Trim(text_.substr(inside, end - inside));
      char mark = triple ? '&' : ' ';
      if (!triple && !name.empty() && std::string_view("#^/!&=>").find(name[0]) != std::string_view::npos) {
        mark = name[0];
        name = Trim(name.substr(1));
      }
      TakeTextBefore(begin, end + close.size(), mark, open.back().inner);
      if (mark == '!') continue;
      if (mark == '=') {
        TRY(TakeDelimiters(name, begin));
        continue;
      }
      if (mark == '>')
        return Broken(source_, begin, "there are no partials (`" + std::string(name) + "`)", "put the text here");
      if (name.empty()) return Broken(source_, begin, "the tag has no name");
      if (mark == '/') {
        if (open.size() == 1 || open.back().text != name) {
          return Broken(source_, begin,
                        "`/" + std::string(name) + "` ends no section" +
                            (open.size() == 1 ? "" : "; `" + std::string(open.back().text) + "` is open"));
        }
        Node section = std::move(open.back());
        open.pop_back();
        open.back().inner.push_back(std::move(section));
      } else if (mark == '#' || mark == '^') {
        if (open.size() > kMostDepth) return Broken(source_, begin, "sections are nested too deeply (more than 64)");
        open.push_back({mark == '#' ? Node::Kind::kSection : Node::Kind::kInverted, name, begin, {}});
      } else {
        open.back().inner.push_back({mark == '&' ? Node::Kind::kUnescaped : Node::Kind::kVariable, name, begin, {}});
      }
    }
    if (open.size() > 1)
      return Broken(source_, open.back().offset, "the section `" + std::string(open.back().text) + "` is never closed");
    AddText(text_.substr(at_), open.back().inner);
    return std::move(open.back().inner);
  }

 private:
  static void AddText(std::string_view text, std::vector<Node>& to) {
    if (!text.empty()) to.push_back({Node::Kind::kText, text, 0, {}});
  }

  /// A tag that is no variable and stands alone on its line takes the whole line with it.
  void TakeTextBefore(size_t begin, size_t end, char mark, std::vector<Node>& to) {
    size_t text_end = begin;
    if (mark != ' ' && mark != '&') {
      const size_t line = text_.substr(0, begin).rfind('\n') + 1;
      const size_t next = std::min(text_.find('\n', end), text_.size());
      if (line >= at_ && OnlyBlanks(text_.substr(line, begin - line)) && OnlyBlanks(text_.substr(end, next - end))) {
        text_end = line;
        end = std::min(next + 1, text_.size());
      }
    }
    AddText(text_.substr(at_, text_end - at_), to);
    at_ = end;
  }

  Result<> TakeDelimiters(std::string_view text, size_t offset) {
    const size_t space = text.find_first_of(" \t");
    const std::string_view open = text.substr(0, space);
    const std::string_view close = space == std::string_view::npos ? "" : Trim(text.substr(space));
    if (open.empty() || close.empty() || close.find_first_of(" \t=") != std::string_view::npos)
      return Broken(source_, offset, "other delimiters are two words, as in `{{=<% %>=}}`");
    open_ = open;
    close_ = close;
    return {};
  }

  const Template& source_;
  std::string_view text_;
  size_t at_ = 0;
  std::string open_ = "{{";
  std::string close_ = "}}";
};

void Nest(json::object& object, std::string_view name, const json::value& value) {
  const size_t dot = name.find('.');
  if (dot == std::string_view::npos) {
    object.emplace(name, value);
    return;
  }
  json::value& inner = object.emplace(name.substr(0, dot), json::object()).first->value();
  if (inner.is_object()) Nest(inner.as_object(), name.substr(dot + 1), value);
}

class Renderer {
 public:
  Renderer(const Template& source, const ValueMap& values) : source_(source) {
    for (const auto& [name, value] : values) Nest(root_, name, value.data);
    for (const auto& [name, value] : values) {
      root_.emplace(name, value.data);
      std::string flat = name;
      std::replace(flat.begin(), flat.end(), '.', '_');
      root_.emplace(flat, value.data);
      names_.push_back(name);
    }
    whole_ = root_;
    contexts_.push_back(&whole_);
  }

  Result<> Run(const std::vector<Node>& nodes) {
    for (const Node& node : nodes) {
      if (out_.size() > kMostBytes) return Broken(source_, node.offset, "the result is larger than 64 MiB");
      if (node.kind == Node::Kind::kText) {
        out_ += node.text;
        continue;
      }
      const json::value* value = Find(node.text);
      if (node.kind == Node::Kind::kVariable || node.kind == Node::Kind::kUnescaped) {
        if (value == nullptr) {
          return Broken(source_, node.offset, "there is no parameter '" + std::string(node.text) + "' here",
                        DidYouMean(node.text, names_));
        }
        const std::string text = ToText(*value);
        if (node.kind == Node::Kind::kVariable) {
          Escape(text);
        } else {
          out_ += text;
        }
        continue;
      }
      const bool full = value != nullptr && (value->is_array() ? !value->as_array().empty() : IsTruthy(*value));
      if (node.kind == Node::Kind::kInverted) {
        if (!full) TRY(Run(node.inner));
        continue;
      }
      if (!full) continue;
      if (!value->is_array()) {
        TRY(Within(*value, node.inner));
        continue;
      }
      for (const json::value& item : value->as_array()) TRY(Within(item, node.inner));
    }
    return {};
  }

  std::string Take() { return std::move(out_); }

 private:
  Result<> Within(const json::value& context, const std::vector<Node>& nodes) {
    contexts_.push_back(&context);
    Result<> done = Run(nodes);
    contexts_.pop_back();
    return done;
  }

  const json::value* Find(std::string_view name) const {
    if (name == ".") return contexts_.back();
    for (auto context = contexts_.rbegin(); context != contexts_.rend(); ++context) {
      if (!(*context)->is_object()) continue;
      const json::object& object = (*context)->as_object();
      if (const json::value* whole = object.if_contains(name)) return whole;
      const json::value* found = object.if_contains(name.substr(0, name.find('.')));
      if (found == nullptr) continue;
      for (size_t dot = name.find('.'); found != nullptr && dot != std::string_view::npos;) {
        const size_t next = name.find('.', dot + 1);
        found = found->is_object() ? found->as_object().if_contains(name.substr(dot + 1, next - dot - 1)) : nullptr;
        dot = next;
      }
      return found;
    }
    return nullptr;
  }

  void Escape(std::string_view text) {
    for (const char c : text) {
      switch (c) {
        case '&':
          out_ += "&amp;";
          break;
        case '<':
          out_ += "&lt;";
          break;
        case '>':
          out_ += "&gt;";
          break;
        case '"':
          out_ += "&quot;";
          break;
        case '\'':
          out_ += "&#39;";
          break;
        default:
          out_ += c;
      }
    }
  }

  const Template& source_;
  json::object root_;
  json::value whole_;
  std::vector<const json::value*> contexts_;
  std::vector<std::string_view> names_;
  std::string out_;
};

}  // namespace

Result<std::string> RenderMustache(const Template& source, const ValueMap& values) {
  TRY_ASSIGN(const std::vector<Node> nodes, Parser(source).Parse());
  Renderer renderer(source, values);
  TRY(renderer.Run(nodes));
  return renderer.Take();
}

}  // namespace davit::render
