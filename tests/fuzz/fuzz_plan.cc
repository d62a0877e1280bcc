// The account of a plan: no text may crash its reader; what it gives is what was approved if compared with itself, and it goes into the store
// and back unchanged.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "drivers/terraform/plan_json.h"
#include "engine/changes.h"

namespace {

using davit::PlannedChanges;

/// At most so many bytes are read: mutations of larger inputs find nothing that smaller ones do not.
constexpr size_t kMostBytes = 64 << 10;
constexpr char kKey[] = "a key for the fuzzer";

void CheckOrder(const PlannedChanges& changes) {
  for (size_t i = 1; i < changes.resources.size(); ++i)
    CHECK(changes.resources[i - 1].address < changes.resources[i].address);
  for (const davit::PlannedResource& resource : changes.resources) {
    for (size_t i = 1; i < resource.attributes.size(); ++i)
      CHECK(resource.attributes[i - 1].path < resource.attributes[i].path);
    for (const davit::AttributeChange& attribute : resource.attributes) {
      CHECK(!attribute.path.empty());
      CHECK(!attribute.after.unknown || attribute.after.data.is_null());
    }
  }
  for (size_t i = 1; i < changes.outputs.size(); ++i) CHECK(changes.outputs[i - 1].name < changes.outputs[i].name);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), std::min(size, kMostBytes));
  const davit::Result<PlannedChanges> changes = davit::drivers::ParsePlan(text);
  if (!changes) return 0;
  CheckOrder(*changes);
  const std::string digest = davit::engine::ChangeDigest(*changes, kKey);
  const davit::engine::Comparison same = davit::engine::Compare(*changes, *changes);
  CHECK(same.approved);
  CHECK(same.difference.empty());
  CHECK(davit::engine::IsSubset(*changes, *changes));
  const davit::Result<PlannedChanges> back = davit::PlannedChangesFromJson(davit::ToJson(*changes));
  CHECK(back.has_value());
  CHECK(*back == *changes);
  CHECK(davit::engine::ChangeDigest(*back, kKey) == digest);
  return 0;
}
