#include "drivers/terraform/state_file.h"

#include "base/text.h"
#include "drivers/terraform/hcl.h"

namespace davit::drivers {
namespace {

tl::unexpected<Error> NotAState(const std::string& why) {
  return Fail(ErrorCode::kInvalidInput, "not a complete Terraform state: " + why);
}

std::string IndexOf(const json::object& instance) {
  const json::value* key = instance.if_contains("index_key");
  if (key == nullptr || key->is_null()) return {};
  if (key->is_string()) return "[" + HclQuote(key->get_string()) + "]";
  return "[" + ToText(*key) + "]";
}

/// Adds the addresses of one entry of `resources`; false where it is malformed.
bool AddAddresses(const json::value& entry, StateInfo& info) {
  const json::object* resource = entry.if_object();
  if (resource == nullptr) return false;
  const json::array* instances = GetArray(*resource, "instances");
  const std::string type = GetString(*resource, "type");
  const std::string name = GetString(*resource, "name");
  if (instances == nullptr || type.empty() || name.empty()) return false;
  if (GetString(*resource, "mode") != "managed") return true;
  std::string base = GetString(*resource, "module");
  if (!base.empty()) base += '.';
  base += type + "." + name;
  for (const json::value& item : *instances) {
    const json::object* instance = item.if_object();
    if (instance == nullptr) return false;
    const std::string deposed = GetString(*instance, "deposed");
    info.addresses.push_back(base + IndexOf(*instance) + (deposed.empty() ? "" : " (deposed " + deposed + ")"));
  }
  return true;
}

}  // namespace

Result<TerraformState> ParseState(std::string_view bytes) {
  if (Trim(bytes).empty()) return NotAState("the file is empty");
  Result<json::value> root = ParseJson(bytes);
  if (!root) return NotAState(root.error().message);
  const json::object* object = root->if_object();
  if (object == nullptr) return NotAState("no JSON object");
  if (object->contains("encrypted_data")) return NotAState("it is encrypted");
  if (GetInt(*object, "version", -1) != 4) return NotAState("its version is not 4");
  TerraformState state;
  state.info.serial = GetInt(*object, "serial", -1);
  state.info.lineage = GetString(*object, "lineage");
  const json::array* resources = GetArray(*object, "resources");
  if (state.info.serial < 0 || state.info.lineage.empty() || resources == nullptr) {
    return NotAState("serial, lineage or resources are missing");
  }
  for (const json::value& entry : *resources) {
    if (!AddAddresses(entry, state.info)) return NotAState("a resource is malformed");
  }
  state.info.resources = static_cast<int64_t>(state.info.addresses.size());
  if (const json::object* outputs = GetObject(*object, "outputs")) {
    for (const auto& member : *outputs) {
      const json::object* output = member.value().if_object();
      const json::value* data = output == nullptr ? nullptr : output->if_contains("value");
      if (data == nullptr) return NotAState("an output is malformed");
      Value value;
      value.data = *data;
      value.sensitive = GetBool(*output, "sensitive");
      state.outputs.emplace(member.key(), std::move(value));
    }
  }
  return state;
}

}  // namespace davit::drivers
