// The reader of HCL's structure: no text may crash it, hang it or make it read outside of its input; what it gives lies
// inside the text.
#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "base/text.h"
#include "drivers/terraform/hcl.h"

namespace {

void Check(const davit::drivers::HclBody& body, std::string_view text) {
  for (const davit::drivers::HclAttribute& attribute : body.attributes) {
    CHECK(attribute.expression.data() >= text.data());
    CHECK(attribute.expression.data() + attribute.expression.size() <= text.data() + text.size());
    if (const auto plain = davit::drivers::HclString(attribute.expression)) {
      CHECK(davit::drivers::HclString(davit::HclQuote(*plain)) == plain);
    }
  }
  for (const davit::drivers::HclBlock& block : body.blocks) Check(block.body, text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto body = davit::drivers::ParseHcl(text)) Check(*body, text);
  return 0;
}
