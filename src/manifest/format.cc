#include "manifest/format.h"

#include <algorithm>

#include "base/fd.h"
#include "manifest/format_lines.h"
#include "manifest/scalar.h"

namespace davit::manifest {
namespace {

/// The schema of the root; null where nothing says what the file is.
const ObjectSchema* SchemaOfFile(const std::string& file, yaml::Node root) {
  if (!root.IsMapping()) return nullptr;
  const std::string name = Path(file).filename().string();
  const std::optional<yaml::Node> kind = root.Find("kind");
  const std::string_view word = kind && kind->IsScalar() ? kind->text() : std::string_view{};
  if (word == "stack") return &SchemaOf(DocumentKind::kStack);
  if (word == "application") return &SchemaOf(DocumentKind::kApplication);
  if (word == "component") return &SchemaOf(DocumentKind::kComponent);
  if (!word.empty()) return nullptr;
  if (name.starts_with("params")) return &SchemaOf(DocumentKind::kParameters);
  if (name == "component.yaml" || name == "hub-component.yaml") return &SchemaOf(DocumentKind::kComponent);
  if (name == "stack.yaml" || name == "hub.yaml") return &SchemaOf(DocumentKind::kStack);
  return nullptr;
}

bool SameScalar(yaml::Node a, yaml::Node b) {
  const bool a_plain = a.style() == yaml::Style::kPlain;
  const bool b_plain = b.style() == yaml::Style::kPlain;
  if (a.text() != b.text()) return false;
  if (a_plain == b_plain) return true;
  for (const Dialect dialect : {Dialect::kYaml12, Dialect::kYaml11}) {
    const Result<json::value> value = ReadPlain(a.text(), dialect);
    if (!value || !value->is_string()) return false;
  }
  return true;
}

/// The same values, whatever stands where. Keys are in the same order but where a schema orders them.
bool SameTree(yaml::Node a, yaml::Node b, const ObjectSchema* schema) {
  if (a.kind() != b.kind()) return false;
  if (a.IsScalar()) return SameScalar(a, b);
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a.IsSequence()) {
      if (!SameTree(a.item(i), b.item(i), schema)) return false;
      continue;
    }
    const std::string_view key = a.key(i);
    if (schema == nullptr && key != b.key(i)) return false;
    const std::optional<yaml::Node> other = b.Find(key);
    if (!other || !SameTree(a.value(i), *other, SchemaBelow(schema, key, a.value(i).IsSequence()))) return false;
  }
  return true;
}

bool MeansTheSame(yaml::Node before, const std::string& after, const ObjectSchema* schema) {
  SourceMap map;
  Diagnostics diagnostics;
  const std::optional<yaml::Document> document = yaml::Parse(map, map.AddFile("", after), diagnostics);
  const std::optional<yaml::Node> root = document ? document->root() : std::nullopt;
  return root && SameTree(before, *root, schema);
}

}  // namespace

Result<std::string> Format(SourceMap& map, uint32_t file_index) {
  Diagnostics diagnostics;
  const std::optional<yaml::Document> document = yaml::Parse(map, file_index, diagnostics);
  if (!document) {
    for (const Diagnostic& diagnostic : diagnostics.list()) {
      if (diagnostic.severity == Severity::kError) return Fail(diagnostic.error);
    }
  }
  const std::string text(map.Text(file_index));
  const std::optional<yaml::Node> root = document ? document->root() : std::nullopt;
  const std::optional<yaml::Layout> layout = root ? yaml::LayoutOf(text) : std::nullopt;
  if (!layout) return text;
  const ObjectSchema* schema = SchemaOfFile(map.FileName(file_index), *root);
  std::optional<std::string> formatted = Lines(text, *layout, schema).Format();
  if (!formatted) return text;
  if (!MeansTheSame(*root, *formatted, schema)) {
    return Fail(ErrorCode::kInternal, map.FileName(file_index) + " would mean something else in its usual form",
                "it is left as it is; please report it, with the file");
  }
  return *std::move(formatted);
}

}  // namespace davit::manifest
