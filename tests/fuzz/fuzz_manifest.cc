// Loading a manifest: no files may crash it, hang it or make it read outside of its input; every diagnostic can be shown; and a stack
// without errors goes through its document and back. The input is one text with lines `--- NAME` between the files, as in tests/cli; what
// stands before the first such line is stack.yaml, where that is not nothing. A variable of the process environment and an answer come from the same text.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "manifest/document.h"
#include "manifest/test_source.h"

namespace {

using davit::manifest::MemorySource;

/// At most so many bytes are read: mutations of larger inputs find nothing that smaller ones do not.
constexpr size_t kMostBytes = 64 << 10;

void SplitFiles(std::string_view text, MemorySource& source) {
  constexpr std::string_view kMark = "--- ";
  std::string name = "stack.yaml";
  std::string content;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.starts_with(kMark)) {
      if (!content.empty()) source.files[name] = std::move(content);
      content.clear();
      name = line.substr(kMark.size());
    } else {
      content.append(line).append("\n");
    }
  }
  source.files[name] = std::move(content);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), std::min(size, kMostBytes));
  MemorySource source;
  SplitFiles(text, source);
  source.directories = {"a", "b"};
  source.environment["A"] = text.substr(0, 20);
  source.prompt = [&](const davit::Parameter&) { return std::string(text.substr(0, 3)); };
  const davit::manifest::Loaded loaded(source, davit::manifest::InMemory());
  size_t shown = 0;
  for (const davit::Diagnostic& diagnostic : loaded.diagnostics.list()) {
    CHECK(!diagnostic.error.message.empty());
    CHECK(!davit::RenderDiagnostic(loaded.map, diagnostic, false).empty());
    if (++shown == 20) break;
  }
  if (!loaded.stack || loaded.diagnostics.HasErrors()) return 0;
  const davit::json::value document = davit::manifest::ToDocument(*loaded.stack);
  const davit::Result<davit::Stack> back = davit::manifest::FromDocument(document);
  CHECK(back.has_value());
  CHECK(davit::manifest::ToDocument(*back) == document);
  return 0;
}
