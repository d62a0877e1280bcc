// `davit fmt`: no file may crash it; what it makes means the same (else it says "internal"), and is in the usual form already. The first byte
// chooses which file it is.
#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "manifest/format.h"

namespace {

constexpr const char* kNames[] = {"stack.yaml", "component.yaml", "params.yaml", "hub.yaml", "hub-component.yaml"};

davit::Result<std::string> Formatted(const std::string& text, const std::string& name) {
  davit::SourceMap map;
  return davit::manifest::Format(map, map.AddFile(name, text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string name = kNames[data[0] % std::size(kNames)];
  const davit::Result<std::string> once =
      Formatted(std::string(reinterpret_cast<const char*>(data + 1), size - 1), name);
  if (!once) {
    CHECK(once.error().code != davit::ErrorCode::kInternal);
    return 0;
  }
  const davit::Result<std::string> twice = Formatted(*once, name);
  CHECK(twice && *twice == *once);
  return 0;
}
