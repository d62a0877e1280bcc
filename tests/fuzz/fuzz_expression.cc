// Expressions: no text may crash the parser; what it gives lies inside the text; what evaluates is never larger than
// the text where each reference stands for its own name; computing may fail, and must end.
#include <cstddef>
#include <cstdint>

#include "expr/expression.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto at = [&](size_t offset) {
    CHECK(offset <= size);
    return davit::Pos{static_cast<uint32_t>(offset + 1)};
  };
  const auto expression = davit::expr::Parse(text, at);
  if (!expression) {
    CHECK(expression.error().position && !expression.error().suggestion.empty());
    return 0;
  }
  bool computed = false;
  for (const davit::Expression::Part& part : expression->parts) computed = computed || part.IsComputed();
  for (const davit::Reference& reference : expression->references) {
    CHECK(!reference.text.empty() && reference.pos);
    // In CEL white space and quotes may stand in a name.
    CHECK(computed || text.substr(reference.pos.index - 1, reference.text.size()) == reference.text);
  }
  const auto value =
      davit::expr::Evaluate(*expression, [](const davit::Reference& reference) -> davit::Result<davit::Value> {
        return davit::Value{davit::json::value(reference.text)};
      });
  if (computed) return 0;  // it may fail, be of any type and grow, up to the cost limit of CEL
  CHECK(value && value->data.is_string() && value->data.as_string().size() <= size);
  return 0;
}
