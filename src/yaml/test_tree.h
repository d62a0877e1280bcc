// A tree as it is kept, as text: for tests that compare two ways of reading the same file.
#pragma once

#include <string>

#include "yaml/tree.h"

namespace davit::yaml {

inline void Show(const Tree& tree, uint32_t index, std::string& out) {
  const Record& record = tree.records.at(index);
  out += "@" + std::to_string(record.pos) + (record.alias ? "*" : "");
  if (record.kind == Kind::kScalar) {
    out += std::to_string(static_cast<int>(record.style)) + (record.verbatim ? "=" : "~") +
           std::string(tree.TextOf(record)) + (record.verbatim ? "@" + std::to_string(record.first) : "");
    return;
  }
  const bool mapping = record.kind == Kind::kMapping;
  out += mapping ? "{" : "[";
  for (uint32_t i = 0; i < record.count * (mapping ? 2 : 1); ++i) {
    out += ' ';
    Show(tree, tree.links.at(record.first + i), out);
  }
  if (mapping && record.count > kSmallMapping) {
    out += " order";
    for (uint32_t i = 0; i < record.count; ++i)
      out += " " + std::to_string(tree.sorted.at(tree.links.at(record.first - 1) + i));
  }
  out += mapping ? "}" : "]";
}

/// What a reading came to: the tree with positions and order of search, and what was said.
inline std::string Outcome(const Tree& tree, const Diagnostics& diagnostics) {
  std::string out;
  if (!tree.records.empty()) Show(tree, 0, out);
  for (const Diagnostic& diagnostic : diagnostics.list())
    out +=
        "\n" + std::to_string(diagnostic.error.position.index) + " " + diagnostic.rule + " " + diagnostic.error.message;
  return out;
}

}  // namespace davit::yaml
