// Templates: no text may crash a renderer, hang it or make it grow without bound; what fails says where. The first byte chooses the kind.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "render/template.h"

namespace {

constexpr const char* kKinds[] = {"curly", "mustache", "_mustache"};
constexpr size_t kMostGrowth = size_t{64} << 20;  // of a whole template (render/mustache.h)

davit::ValueMap Values() {
  davit::ValueMap values;
  values["name"].data = "shop";
  values["empty"].data = "";
  values["size"].data = 3;
  values["on"].data = true;
  values["off"].data = false;
  values["url"].data = "https://user:word@db.internal:5432/orders?x=1";
  values["db.host"].data = "db.internal";
  values["db.ports"].data = davit::json::array{1, 2, 3};
  values["people"].data =
      davit::json::array{davit::json::object{{"name", "a"}, {"more", davit::json::array{"x", "y"}}}, "b", nullptr};
  values["text"].data = "eyJhIjogMX0=";
  return values;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  static const davit::ValueMap values = Values();
  davit::render::Template source;
  source.kind = kKinds[data[0] % std::size(kKinds)];
  source.file = "page.template";
  source.text = std::string_view(reinterpret_cast<const char*>(data + 1), size - 1);
  const davit::Result<std::string> rendered = davit::render::Render(source, values);
  if (rendered) {
    CHECK(rendered->size() <= kMostGrowth);
  } else {
    CHECK(rendered.error().message.starts_with("page.template:"));
  }
  return 0;
}
