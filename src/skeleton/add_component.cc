#include "skeleton/add_component.h"

#include <algorithm>

#include "base/text.h"
#include "yaml/emit.h"
#include "yaml/yaml.h"

namespace davit::skeleton {
namespace {

bool Same(const yaml::Node& a, const yaml::Node& b, size_t more_items = 0);

/// The same pairs, but that the sequence `components` has one item more in `b`.
bool SameButForOne(const yaml::Node& a, const yaml::Node& b) {
  if (!a.IsMapping() || !b.IsMapping() || a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a.key(i) != b.key(i) || !Same(a.value(i), b.value(i), a.key(i) == "components" ? 1 : 0)) return false;
  }
  return true;
}

/// Recursive: a document has at most yaml::kMaxDepth levels.
bool Same(const yaml::Node& a, const yaml::Node& b, size_t more_items) {
  if (a.kind() != b.kind()) return false;
  if (a.IsScalar()) return a.text() == b.text() && a.style() == b.style();
  if (a.size() + more_items != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a.IsMapping() ? a.key(i) != b.key(i) || !Same(a.value(i), b.value(i)) : !Same(a.item(i), b.item(i)))
      return false;
  }
  return true;
}

/// Of a block sequence: the column of its dashes, from 0.
std::optional<size_t> DashColumn(std::string_view text, size_t item) {
  const size_t line = text.rfind('\n', item == 0 ? 0 : item - 1);
  const size_t begin = line == std::string_view::npos ? 0 : line + 1;
  const std::string_view before = text.substr(begin, item - begin);
  const size_t dash = before.find_first_not_of(' ');
  if (dash == std::string_view::npos || before[dash] != '-') return std::nullopt;
  if (before.find_first_not_of(' ', dash + 1) != std::string_view::npos) return std::nullopt;
  return dash;
}

/// Where the lines of a block end that ends before `limit`: behind its last line that has something in it, or a comment further in than `column`.
size_t EndOfBlock(std::string_view text, size_t limit, size_t column) {
  size_t end = limit;
  while (end > 0) {
    const size_t newline = end >= 2 ? text.rfind('\n', end - 2) : std::string_view::npos;
    const size_t begin = newline == std::string_view::npos ? 0 : newline + 1;
    const std::string_view line = text.substr(begin, end - begin);
    const std::string_view content = Trim(line);
    const bool before_it = content.empty() || (content.starts_with('#') && line.find('#') <= column);
    if (!before_it) break;
    end = begin;
  }
  return end;
}

/// The first error, as an error of its own.
Result<> FirstError(const Diagnostics& diagnostics) {
  for (const Diagnostic& diagnostic : diagnostics.list()) {
    if (diagnostic.severity == Severity::kError) return Fail(diagnostic.error);
  }
  return {};
}

}  // namespace

std::string ComponentLines(std::string_view name, const std::string& source, size_t indent) {
  const std::string before(indent, ' ');
  const auto scalar = [](std::string_view text) { return std::string(Trim(yaml::EmitYaml(json::string(text)))); };
  return before + "- name: " + scalar(name) + "\n" + before + "  source: " + scalar(source) + "\n";
}

Result<std::optional<std::string>> AddComponent(SourceMap& sources, uint32_t file, std::string_view name,
                                                const std::string& source) {
  const std::string_view text = sources.Text(file);
  Diagnostics diagnostics;
  const std::optional<yaml::Document> document = yaml::Parse(sources, file, diagnostics);
  TRY(FirstError(diagnostics));
  const std::optional<yaml::Node> root = document ? document->root() : std::nullopt;
  if (!root || !root->IsMapping()) return std::nullopt;
  const std::optional<yaml::Node> components = root->Find("components");
  if (!components || !components->IsSequence() || components->size() == 0) return std::nullopt;
  for (size_t i = 0; i < components->size(); ++i) {
    const yaml::Node item = components->item(i);
    const std::optional<yaml::Node> named = item.IsMapping() ? item.Find("name") : std::nullopt;
    if (named && named->IsScalar() && named->text() == name)
      return Fail(ErrorCode::kInvalidInput, "there is a component '" + std::string(name) + "' already",
                  "give the new one another name", named->pos());
  }
  const std::optional<yaml::Node> lifecycle = root->Find("lifecycle");
  if (lifecycle && lifecycle->IsMapping() && lifecycle->Find("order")) return std::nullopt;

  const auto offset = [&](Pos pos) { return static_cast<size_t>(pos.index - sources.At(file, 0).index); };
  const size_t last = offset(components->item(components->size() - 1).pos());
  const std::optional<size_t> column = DashColumn(text, last);
  if (!column) return std::nullopt;
  size_t limit = text.size();  // where the next key begins
  for (size_t i = 0; i < root->size(); ++i) {
    const size_t key = offset(root->key_pos(i));
    if (key > last) limit = std::min(limit, key);
  }
  const size_t end = EndOfBlock(text, limit, *column);
  std::string lines = ComponentLines(name, source, *column);
  const std::string_view newline = text.substr(0, text.find('\n') + 1).ends_with("\r\n") ? "\r\n" : "\n";
  ReplaceAll(lines, "\n", newline);
  // As the others are set apart.
  const std::string_view before = text.substr(0, text.rfind('\n', last) + 1);
  if (components->size() > 1 && before.ends_with(std::string(newline) + std::string(newline))) lines.insert(0, newline);
  std::string edited = std::string(text.substr(0, end));
  if (!edited.ends_with('\n')) edited += newline;
  edited += lines;
  edited += text.substr(end);

  const uint32_t again = sources.AddFile(sources.FileName(file), edited);
  Diagnostics of_edited;
  const std::optional<yaml::Document> changed = yaml::Parse(sources, again, of_edited);
  const std::optional<yaml::Node> changed_root = changed ? changed->root() : std::nullopt;
  if (of_edited.HasErrors() || !changed_root || !SameButForOne(*root, *changed_root)) return std::nullopt;
  return edited;
}

}  // namespace davit::skeleton
