// The YAML reader: no text may crash it, hang it or make it read outside of its input. A file is broken exactly when
// there is an error; each error has a place and a remedy, and can be shown; each node of a good file lies in the file,
// and each key is found. What can be read in two halves is the same then.
#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "yaml/builder.h"
#include "yaml/test_tree.h"
#include "yaml/yaml.h"

namespace {

using davit::Pos;
using davit::SourceMap;

class Visitor {
 public:
  Visitor(const SourceMap& map, size_t size) : begin_(map.At(0, 0)), end_(map.At(0, size)) {}

  // Aliases may reach a node again and again; looking at so many is enough.
  void Visit(davit::yaml::Node node, int depth) {
    if (visited_++ > 20'000) return;
    CHECK(depth <= davit::yaml::kMaxDepth);
    CheckPlace(node.pos());
    if (node.IsScalar()) {
      CheckPlace(node.PosOf(0));
      CheckPlace(node.PosOf(node.text().size()));
    }
    for (size_t i = 0; i < node.size(); ++i) {
      if (node.IsMapping()) {
        CheckPlace(node.key_pos(i));
        const auto found = node.Find(node.key(i));
        CHECK(found && found->pos() == node.value(i).pos());
        Visit(node.value(i), depth + 1);
      } else {
        Visit(node.item(i), depth + 1);
      }
    }
  }

  void CheckPlace(Pos pos) const { CHECK(pos.index >= begin_.index && pos.index <= end_.index); }

 private:
  Pos begin_;
  Pos end_;
  size_t visited_ = 0;
};

/// In halves at the first line behind the middle that begins with a dash, if there is one.
void ReadInHalves(const SourceMap& map) {
  using davit::yaml::Tree;
  const std::string_view text = map.Text(0);
  const Pos origin = map.At(0, 0);
  davit::Diagnostics of_whole;
  const auto traits = davit::yaml::CheckText(text, origin, of_whole);
  if (!traits) return;
  for (size_t line = text.find('\n', text.size() / 2); line != std::string_view::npos; line = text.find('\n', line)) {
    const size_t first = text.find_first_not_of(' ', ++line);
    if (first == std::string_view::npos || text[first] != '-') continue;
    Tree halves{.source = text, .origin = origin};
    if (!davit::yaml::ParseHalves(halves, *traits, line)) return;
    Tree whole{.source = text, .origin = origin};
    CHECK(davit::yaml::Builder(whole, *traits, {traits->bom_bytes, text.size()}, of_whole).Run());
    // Aliases may make what is shown larger than what there is.
    if (text.find('*') == std::string_view::npos)
      CHECK(davit::yaml::Outcome(halves, {}) == davit::yaml::Outcome(whole, of_whole));
    return;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  SourceMap map;
  davit::Diagnostics diagnostics;
  map.AddFile("fuzz.yaml", std::string(reinterpret_cast<const char*>(data), size));
  const auto document = davit::yaml::Parse(map, 0, diagnostics);
  CHECK(document.has_value() != diagnostics.HasErrors());
  Visitor visitor(map, size);
  for (const davit::Diagnostic& diagnostic : diagnostics.list()) {
    visitor.CheckPlace(diagnostic.error.position);
    for (const davit::Note& note : diagnostic.error.notes) visitor.CheckPlace(note.position);
    CHECK(!diagnostic.error.suggestion.empty(), diagnostic.error.message);
    CHECK(!RenderDiagnostic(map, diagnostic, true).empty());
  }
  if (document && document->root()) visitor.Visit(*document->root(), 0);
  ReadInHalves(map);
  return 0;
}
