#include "model/changes.h"

#include <map>

namespace davit {
namespace {

json::object Pack(const Value& value) {
  json::object object{{"value", value.data}};
  if (value.sensitive) object["sensitive"] = true;
  if (value.unknown) object["unknown"] = true;
  return object;
}

Value Unpack(const json::object& object, std::string_view key) {
  Value value;
  const json::object* packed = GetObject(object, key);
  if (packed == nullptr) return value;
  if (const json::value* data = packed->if_contains("value")) value.data = *data;
  value.sensitive = GetBool(*packed, "sensitive");
  value.unknown = GetBool(*packed, "unknown");
  return value;
}

/// Calls `take` for each object of a list; false where something in it is none.
template <typename Take>
bool ForEachObject(const json::object& object, std::string_view key, const Take& take) {
  const json::array* list = GetArray(object, key);
  if (list == nullptr) return false;
  for (const json::value& item : *list) {
    if (!item.is_object()) return false;
    if (!take(item.get_object())) return false;
  }
  return true;
}

}  // namespace

std::vector<AttributeChange> DiffValues(const ValueMap& before, const ValueMap& after) {
  std::map<std::string_view, AttributeChange> changes;
  const auto take = [&](const ValueMap& values, Value AttributeChange::*side) {
    for (const auto& [path, value] : values) {
      AttributeChange& change = changes[path];
      change.path = path;
      change.*side = value;
    }
  };
  take(before, &AttributeChange::before);
  take(after, &AttributeChange::after);
  std::vector<AttributeChange> list;
  for (auto& [path, change] : changes) {
    if (change.before.data == change.after.data) continue;
    change.before.sensitive = change.after.sensitive = change.before.sensitive || change.after.sensitive;
    list.push_back(std::move(change));
  }
  return list;
}

json::object ToJson(const PlannedChanges& changes) {
  json::array resources;
  for (const PlannedResource& resource : changes.resources) {
    json::array attributes;
    for (const AttributeChange& attribute : resource.attributes) {
      json::object one{{"path", attribute.path}, {"before", Pack(attribute.before)}, {"after", Pack(attribute.after)}};
      if (attribute.forces_replacement) one["forces_replacement"] = true;
      attributes.push_back(std::move(one));
    }
    json::object one{{"address", resource.address}, {"action", resource.action}, {"attributes", std::move(attributes)}};
    if (!resource.previous_address.empty()) one["previous_address"] = resource.previous_address;
    if (!resource.reason.empty()) one["reason"] = resource.reason;
    if (!resource.import_id.empty()) one["import_id"] = resource.import_id;
    if (resource.create_before_destroy) one["create_before_destroy"] = true;
    resources.push_back(std::move(one));
  }
  json::array outputs;
  for (const OutputChange& output : changes.outputs) {
    outputs.push_back(json::object{{"name", output.name},
                                   {"action", output.action},
                                   {"before", Pack(output.before)},
                                   {"after", Pack(output.after)}});
  }
  json::object planned;
  for (const auto& [name, value] : changes.planned_outputs) planned[name] = Pack(value);
  return json::object{{"v", 1},
                      {"resources", std::move(resources)},
                      {"outputs", std::move(outputs)},
                      {"planned_outputs", std::move(planned)}};
}

Result<PlannedChanges> PlannedChangesFromJson(const json::value& value) {
  const auto broken = [] { return Fail(ErrorCode::kInternal, "the stored changes of a plan cannot be read"); };
  const json::object* object = value.if_object();
  if (object == nullptr || GetInt(*object, "v") != 1) return broken();
  PlannedChanges changes;
  const bool resources = ForEachObject(*object, "resources", [&](const json::object& item) {
    PlannedResource& resource = changes.resources.emplace_back();
    resource.address = GetString(item, "address");
    resource.action = GetString(item, "action");
    resource.previous_address = GetString(item, "previous_address");
    resource.reason = GetString(item, "reason");
    resource.import_id = GetString(item, "import_id");
    resource.create_before_destroy = GetBool(item, "create_before_destroy");
    return ForEachObject(item, "attributes", [&](const json::object& one) {
      resource.attributes.push_back(
          {GetString(one, "path"), Unpack(one, "before"), Unpack(one, "after"), GetBool(one, "forces_replacement")});
      return true;
    });
  });
  const bool outputs = ForEachObject(*object, "outputs", [&](const json::object& item) {
    changes.outputs.push_back(
        {GetString(item, "name"), GetString(item, "action"), Unpack(item, "before"), Unpack(item, "after")});
    return true;
  });
  const json::object* planned = GetObject(*object, "planned_outputs");
  if (!resources || !outputs || planned == nullptr) return broken();
  for (const auto& member : *planned)
    changes.planned_outputs[std::string(member.key())] = Unpack(*planned, member.key());
  return changes;
}

}  // namespace davit
