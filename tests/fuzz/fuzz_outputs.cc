// What a script says of itself: no output may crash the scanner; names are not empty, every value is a text, and the same lines say the same again.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/text.h"
#include "drivers/one_time_pad.h"
#include "drivers/script/outputs.h"

namespace {

davit::drivers::ScriptOutputs Read(std::string_view text) {
  davit::drivers::BlockScanner scanner;
  for (const std::string_view line : davit::Split(text, '\n')) {
    const bool before = scanner.in_block();
    // A line that is of no block neither was in one nor opens one.
    if (!scanner.Take(line)) CHECK(!before && !scanner.in_block());
  }
  return scanner.Finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const davit::drivers::ScriptOutputs read = Read(text);
  for (const auto& [name, value] : read.values) {
    CHECK(!name.empty() && value.data.is_string());
    // Of a value that came encrypted: it may be broken in any way.
    (void)davit::drivers::DecodeSecrets(davit::ToText(value.data), "0123456789");
  }
  for (const std::string& capability : read.provides) CHECK(!capability.empty());
  const davit::drivers::ScriptOutputs again = Read(text);
  CHECK(again.values == read.values && again.provides == read.provides && again.warnings == read.warnings);
  return 0;
}
