// CEL: no text may crash the parser or the evaluator, or run for long; an error lies inside the text, and a value survives being written and read.
#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "expr/cel.h"

namespace {

using davit::cel::Kind;
using davit::cel::Value;

constexpr size_t kSteps = 20'000;

std::optional<Value> Find(std::string_view name) {
  if (name == "later") return Value::OfUnknown();
  if (name == "a.b") return Value::OfString("text");
  if (name == "n") return Value::Of(int64_t{7});
  return std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto program = davit::cel::Program::Parse(text);
  if (!program) {
    CHECK(program.error().at <= size);
    return 0;
  }
  for (const davit::cel::NameUse& use : program->names()) CHECK(use.at < size);
  const Value value = program->Evaluate(Find, kSteps);
  if (value.Is(Kind::kError)) {
    CHECK(value.error().at <= size);
  } else if (!value.Is(Kind::kUnknown)) {
    const davit::json::value typed = ToTyped(value);
    const auto back = davit::cel::FromTyped(typed);
    CHECK(back);
    CHECK(ToTyped(*back) == typed);
  }
  (void)ToJson(value);
  return 0;
}
