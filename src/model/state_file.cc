#include "model/state_file.h"

#include <algorithm>
#include <map>
#include <optional>

#include "base/text.h"

namespace davit {
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

/// The keys and indexes that lead to a sensitive attribute, as texts.
using Steps = std::vector<std::string>;

/// One entry of `sensitive_attributes`: what cannot be read ends the path, so that more is hidden, not less.
Steps ReadSteps(const json::value& entry) {
  Steps steps;
  const json::array* list = entry.if_array();
  if (list == nullptr) return steps;
  for (const json::value& item : *list) {
    const json::object* step = item.if_object();
    const json::value* value = step == nullptr ? nullptr : step->if_contains("value");
    if (value == nullptr) return steps;
    if (GetString(*step, "type") == "index") {
      const json::object* index = value->if_object();
      value = index == nullptr ? nullptr : index->if_contains("value");
      if (value == nullptr) return steps;
    }
    if (value->is_object() || value->is_array()) return steps;
    steps.push_back(ToText(*value));
  }
  return steps;
}

/// A value whose type is only known when it is there is kept with that type: {"value": …, "type": "string"} or ["object", {…}].
const json::value* Unwrap(const json::object& object) {
  if (object.size() != 2) return nullptr;
  const json::value* type = object.if_contains("type");
  const json::value* value = object.if_contains("value");
  if (type == nullptr || value == nullptr) return nullptr;
  static constexpr std::string_view kPrimitive[] = {"string", "number", "bool", "dynamic"};
  static constexpr std::string_view kComplex[] = {"object", "map", "list", "set", "tuple"};
  if (type->is_string()) {
    const std::string_view name = type->get_string();
    return std::find(std::begin(kPrimitive), std::end(kPrimitive), name) == std::end(kPrimitive) ? nullptr : value;
  }
  const json::array* parts = type->if_array();
  if (parts == nullptr || parts->empty() || !parts->at(0).is_string()) return nullptr;
  const std::string_view name = parts->at(0).get_string();
  return std::find(std::begin(kComplex), std::end(kComplex), name) == std::end(kComplex) ? nullptr : value;
}

/// The leaves of the attributes of one instance.
class Leaves {
 public:
  Leaves(std::vector<Steps> sensitive, ValueMap& out) : sensitive_(std::move(sensitive)), out_(out) {}

  void Add(const json::value& value, const std::string& path, bool hidden) {
    hidden = hidden || IsHidden();
    if (const json::object* object = value.if_object(); object != nullptr && !object->empty()) {
      if (const json::value* inner = Unwrap(*object)) return Add(*inner, path, hidden);
      for (const auto& member : *object) {
        const std::string_view key = member.key();
        const bool plain = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
          return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
        });
        steps_.emplace_back(key);
        Add(member.value(),
            plain ? path + (path.empty() ? "" : ".") + std::string(key) : path + "[" + HclQuote(key) + "]", hidden);
        steps_.pop_back();
      }
      return;
    }
    if (const json::array* array = value.if_array(); array != nullptr && !array->empty()) {
      for (size_t i = 0; i < array->size(); ++i) {
        steps_.push_back(std::to_string(i));
        Add((*array)[i], path + "[" + std::to_string(i) + "]", hidden);
        steps_.pop_back();
      }
      return;
    }
    Value leaf;
    leaf.data = value;
    leaf.sensitive = hidden;
    out_[path] = std::move(leaf);
  }

 private:
  bool IsHidden() const {
    return std::any_of(sensitive_.begin(), sensitive_.end(), [&](const Steps& path) {
      return path.size() <= steps_.size() && std::equal(path.begin(), path.end(), steps_.begin());
    });
  }

  std::vector<Steps> sensitive_;
  ValueMap& out_;
  Steps steps_;
};

void AddAttributes(const json::object& instance, StateResource& resource) {
  std::vector<Steps> sensitive;
  if (const json::array* paths = GetArray(instance, "sensitive_attributes")) {
    for (const json::value& path : *paths) sensitive.push_back(ReadSteps(path));
  }
  const json::value* attributes = instance.if_contains("attributes");
  if (attributes == nullptr || !attributes->is_object()) attributes = instance.if_contains("attributes_flat");
  if (attributes == nullptr || !attributes->is_object() || attributes->get_object().empty()) return;
  Leaves(std::move(sensitive), resource.attributes).Add(*attributes, "", false);
}

/// Adds the instances of one entry of `resources`; false where it is malformed.
bool AddResources(const json::value& entry, StateDetail detail, StateFile& state) {
  const json::object* object = entry.if_object();
  if (object == nullptr) return false;
  const json::array* instances = GetArray(*object, "instances");
  const std::string type = GetString(*object, "type");
  const std::string name = GetString(*object, "name");
  if (instances == nullptr || type.empty() || name.empty()) return false;
  const bool data = GetString(*object, "mode") != "managed";
  std::string base = GetString(*object, "module");
  if (!base.empty()) base += '.';
  base += (data ? "data." : "") + type + "." + name;
  for (const json::value& item : *instances) {
    const json::object* instance = item.if_object();
    if (instance == nullptr) return false;
    const std::string deposed = GetString(*instance, "deposed");
    StateResource& resource = state.resources.emplace_back();
    resource.address = base + IndexOf(*instance) + (deposed.empty() ? "" : " (deposed " + deposed + ")");
    resource.data = data;
    resource.tainted = GetString(*instance, "status") == "tainted";
    if (const json::object* attributes = GetObject(*instance, "attributes")) resource.id = GetString(*attributes, "id");
    if (detail == StateDetail::kAttributes) AddAttributes(*instance, resource);
  }
  return true;
}

size_t SkipString(std::string_view bytes, size_t at) {
  for (++at; at < bytes.size() && bytes[at] != '"'; ++at) {
    if (bytes[at] == '\\') ++at;
  }
  return at;
}

size_t SkipSpace(std::string_view bytes, size_t at) {
  while (at < bytes.size() && (bytes[at] == ' ' || bytes[at] == '\n' || bytes[at] == '\t' || bytes[at] == '\r')) ++at;
  return at;
}

}  // namespace

int64_t StateFile::CountManaged() const {
  return std::count_if(resources.begin(), resources.end(),
                       [](const StateResource& resource) { return !resource.data; });
}

std::vector<std::string> StateFile::Managed() const {
  std::vector<std::string> addresses;
  for (const StateResource& resource : resources) {
    if (!resource.data) addresses.push_back(resource.address);
  }
  return addresses;
}

Result<StateFile> ReadStateFile(std::string_view bytes, StateDetail detail) {
  if (Trim(bytes).empty()) return NotAState("the file is empty");
  Result<json::value> root = ParseJson(bytes);
  if (!root) return NotAState(root.error().message);
  const json::object* object = root->if_object();
  if (object == nullptr) return NotAState("no JSON object");
  if (object->contains("encrypted_data")) return NotAState("it is encrypted");
  if (GetInt(*object, "version", -1) != 4) return NotAState("its version is not 4");
  StateFile state;
  state.serial = GetInt(*object, "serial", -1);
  state.lineage = GetString(*object, "lineage");
  state.tool_version = GetString(*object, "terraform_version");
  const json::array* resources = GetArray(*object, "resources");
  if (state.serial < 0 || state.lineage.empty() || resources == nullptr) {
    return NotAState("serial, lineage or resources are missing");
  }
  for (const json::value& entry : *resources) {
    if (!AddResources(entry, detail, state)) return NotAState("a resource is malformed");
  }
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

PlannedChanges DiffStates(const StateFile& before, const StateFile& after) {
  std::map<std::string_view, std::pair<const StateResource*, const StateResource*>> resources;  // by address
  for (const StateResource& resource : before.resources) {
    if (!resource.data) resources[resource.address].first = &resource;
  }
  for (const StateResource& resource : after.resources) {
    if (!resource.data) resources[resource.address].second = &resource;
  }
  PlannedChanges changes;
  for (const auto& [address, sides] : resources) {
    const auto& [old, now] = sides;
    PlannedResource change;
    change.address = address;
    change.action = old == nullptr ? "create" : now == nullptr ? "delete" : "update";
    static const ValueMap kNone;
    change.attributes = DiffValues(old == nullptr ? kNone : old->attributes, now == nullptr ? kNone : now->attributes);
    if (old != nullptr && now != nullptr && old->tainted != now->tainted) {
      AttributeChange tainted;
      tainted.path = "(tainted)";
      tainted.before.data = old->tainted;
      tainted.after.data = now->tainted;
      change.attributes.insert(change.attributes.begin(), std::move(tainted));
    }
    if (change.action == "update" && change.attributes.empty()) continue;
    changes.resources.push_back(std::move(change));
  }
  std::map<std::string_view, std::pair<const Value*, const Value*>> outputs;  // by name
  for (const auto& [name, value] : before.outputs) outputs[name].first = &value;
  for (const auto& [name, value] : after.outputs) outputs[name].second = &value;
  for (const auto& [name, sides] : outputs) {
    const auto& [old, now] = sides;
    if (old != nullptr && now != nullptr && old->data == now->data) continue;
    OutputChange change;
    change.name = name;
    change.action = old == nullptr ? "create" : now == nullptr ? "delete" : "update";
    if (old != nullptr) change.before = *old;
    if (now != nullptr) change.after = *now;
    change.before.sensitive = change.after.sensitive = change.before.sensitive || change.after.sensitive;
    changes.outputs.push_back(std::move(change));
  }
  return changes;
}

Result<std::string> WithSerial(std::string_view bytes, int64_t serial) {
  int depth = 0;
  for (size_t at = 0; at < bytes.size(); ++at) {
    const char c = bytes[at];
    if (c == '{' || c == '[') ++depth;
    if (c == '}' || c == ']') --depth;
    if (c != '"') continue;
    const size_t end = SkipString(bytes, at);
    const std::string_view text = bytes.substr(at, end + 1 - at);
    at = end;
    if (depth != 1 || text != "\"serial\"") continue;
    size_t from = SkipSpace(bytes, end + 1);
    if (from >= bytes.size() || bytes[from] != ':') continue;  // a value, no key
    from = SkipSpace(bytes, from + 1);
    size_t to = from;
    while (to < bytes.size() && bytes[to] >= '0' && bytes[to] <= '9') ++to;
    if (to == from) break;
    return std::string(bytes.substr(0, from)) + std::to_string(serial) + std::string(bytes.substr(to));
  }
  return NotAState("it has no serial");
}

}  // namespace davit
