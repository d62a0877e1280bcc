#include "drivers/terraform/plan_json.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/text.h"

namespace davit::drivers {
namespace {

constexpr int kMaxDepth = 64;  // of nested attributes; what is deeper is compared as a whole

tl::unexpected<Error> NoPlan(const std::string& why) {
  return Fail(ErrorCode::kInvalidInput, "what the tool says of its plan cannot be read: " + why);
}

/// As HCL has it: what begins with a digit would look like the index of a list.
bool IsIdentifier(std::string_view text) {
  if (text.empty() || text[0] == '-' || (text[0] >= '0' && text[0] <= '9')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string Below(const std::string& path, std::string_view key) {
  if (!IsIdentifier(key)) return path + "[" + HclQuote(key) + "]";
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}
std::string Below(const std::string& path, size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

const json::value* Member(const json::value* value, std::string_view key) {
  const json::object* object = value == nullptr ? nullptr : value->if_object();
  return object == nullptr ? nullptr : object->if_contains(key);
}
const json::value* Item(const json::value* value, size_t index) {
  const json::array* array = value == nullptr ? nullptr : value->if_array();
  return array == nullptr || index >= array->size() ? nullptr : &(*array)[index];
}

bool IsTrue(const json::value* mark) {
  return mark != nullptr && mark->is_bool() && mark->get_bool();
}
/// Is anything below marked?
bool AnyTrue(const json::value* mark, int depth = 0) {
  if (mark == nullptr || depth > kMaxDepth) return mark != nullptr;
  if (mark->is_bool()) return mark->get_bool();
  if (const json::array* array = mark->if_array())
    return std::any_of(array->begin(), array->end(),
                       [&](const json::value& item) { return AnyTrue(&item, depth + 1); });
  if (const json::object* object = mark->if_object())
    return std::any_of(object->begin(), object->end(),
                       [&](const auto& item) { return AnyTrue(&item.value(), depth + 1); });
  return false;
}

bool IsNull(const json::value* value) {
  return value == nullptr || value->is_null();
}

/// What is marked as a whole is so in all its parts.
const json::value* MarkOf(const json::value* marks, std::string_view key) {
  return IsTrue(marks) ? marks : Member(marks, key);
}
const json::value* MarkOf(const json::value* marks, size_t index) {
  return IsTrue(marks) ? marks : Item(marks, index);
}

/// One place of a resource on both sides of the change, with the marks that the tool keeps beside the values.
struct Place {
  const json::value* before = nullptr;
  const json::value* after = nullptr;
  const json::value* unknown = nullptr;
  const json::value* before_sensitive = nullptr;
  const json::value* after_sensitive = nullptr;

  Place Key(std::string_view key) const {
    return {Member(before, key), Member(after, key), MarkOf(unknown, key), MarkOf(before_sensitive, key),
            MarkOf(after_sensitive, key)};
  }
  Place At(size_t index) const {
    return {Item(before, index), Item(after, index), MarkOf(unknown, index), MarkOf(before_sensitive, index),
            MarkOf(after_sensitive, index)};
  }
};

class Differ {
 public:
  Differ(std::vector<AttributeChange>& out, std::set<std::string> forcing) : out_(out), forcing_(std::move(forcing)) {}

  void Walk(const std::string& path, const Place& place, bool forces, int depth = 0) {
    forces = forces || forcing_.contains(path);
    const bool whole =
        IsTrue(place.unknown) || IsTrue(place.before_sensitive) || IsTrue(place.after_sensitive) || depth == kMaxDepth;
    const bool inside = !whole || path.empty();  // a resource is always shown by its attributes
    if (inside && (IsObject(place.before) || IsObject(place.after) || IsObject(place.unknown)) &&
        !IsLeaf(place.before, true) && !IsLeaf(place.after, true)) {
      std::set<std::string_view> keys;
      for (const json::value* side : {place.before, place.after, place.unknown}) {
        const json::object* object = side == nullptr ? nullptr : side->if_object();
        if (object == nullptr) continue;
        for (const auto& member : *object) keys.insert(member.key());
      }
      if (!keys.empty()) {
        for (const std::string_view key : keys) Walk(Below(path, key), place.Key(key), forces, depth + 1);
        return;
      }
    }
    if (inside && (IsArray(place.before) || IsArray(place.after)) && !IsLeaf(place.before, false) &&
        !IsLeaf(place.after, false)) {
      size_t count = 0;
      for (const json::value* side : {place.before, place.after, place.unknown}) {
        if (IsArray(side)) count = std::max(count, side->get_array().size());
      }
      if (count > 0) {
        for (size_t i = 0; i < count; ++i) Walk(Below(path, i), place.At(i), forces, depth + 1);
        return;
      }
    }
    if (!path.empty()) Compare(path, place, forces);
  }

 private:
  /// A place as a whole. Where that is because its kind changes, or because it is too deep, the marks may be inside of it.
  void Compare(const std::string& path, const Place& place, bool forces) {
    const json::value none;
    const json::value& before = place.before == nullptr ? none : *place.before;
    const json::value& after = place.after == nullptr ? none : *place.after;
    const bool unknown = AnyTrue(place.unknown);
    const bool was_sensitive = AnyTrue(place.before_sensitive);
    const bool is_sensitive = AnyTrue(place.after_sensitive);
    const bool marked_anew = was_sensitive != is_sensitive && !before.is_null() && !after.is_null();
    if (!unknown && before == after && !marked_anew) return;
    AttributeChange& change = out_.emplace_back();
    change.path = path;
    const bool sensitive = was_sensitive || is_sensitive;
    change.before = {before, sensitive && !before.is_null(), false};  // what is not there hides nothing
    change.after = {unknown ? none : after, sensitive && (unknown || !after.is_null()), unknown};
    change.forces_replacement = forces || ForcesBelow(path);
  }

  /// Does something inside of `path` force a replacement?
  bool ForcesBelow(const std::string& path) const {
    return std::any_of(forcing_.begin(), forcing_.end(), [&](const std::string& forcing) {
      return forcing.size() > path.size() && forcing.starts_with(path) &&
             (forcing[path.size()] == '.' || forcing[path.size()] == '[');
    });
  }

  static bool IsObject(const json::value* value) { return value != nullptr && value->is_object(); }
  static bool IsArray(const json::value* value) { return value != nullptr && value->is_array(); }
  /// A value of another kind than the one that is walked into.
  static bool IsLeaf(const json::value* value, bool object) {
    return !IsNull(value) && (object ? !value->is_object() : !value->is_array());
  }

  std::vector<AttributeChange>& out_;
  const std::set<std::string> forcing_;
};

/// `replace_paths` as they are written here: [["tags", "a.b", 0]] → `tags["a.b"][0]`.
std::set<std::string> Forcing(const json::object& change) {
  std::set<std::string> paths;
  const json::array* list = GetArray(change, "replace_paths");
  if (list == nullptr) return paths;
  for (const json::value& item : *list) {
    const json::array* steps = item.if_array();
    if (steps == nullptr) continue;
    std::string path;
    for (const json::value& step : *steps) {
      if (step.is_string()) path = Below(path, std::string_view(step.get_string()));
      if (step.is_int64() && step.get_int64() >= 0) path = Below(path, static_cast<size_t>(step.get_int64()));
    }
    paths.insert(path);
  }
  return paths;
}

/// "create", …; "" for what is not known.
std::string ActionOf(const json::object& change, bool* create_first) {
  const std::vector<std::string> actions = GetTexts(change, "actions");
  if (actions.size() == 1) return actions[0];
  if (actions == std::vector<std::string>{"delete", "create"}) return "replace";
  if (actions == std::vector<std::string>{"create", "delete"}) {
    *create_first = true;
    return "replace";
  }
  if (actions == std::vector<std::string>{"create", "forget"} ||
      actions == std::vector<std::string>{"forget", "create"})
    return "replace";
  return {};
}

Place PlaceOf(const json::object& change) {
  return {change.if_contains("before"), change.if_contains("after"), change.if_contains("after_unknown"),
          change.if_contains("before_sensitive"), change.if_contains("after_sensitive")};
}

/// False where it is malformed.
bool AddResource(const json::value& item, PlannedChanges& changes) {
  const json::object* entry = item.if_object();
  const json::object* change = entry == nullptr ? nullptr : GetObject(*entry, "change");
  if (change == nullptr) return false;
  PlannedResource resource;
  resource.address = GetString(*entry, "address");
  resource.action = ActionOf(*change, &resource.create_before_destroy);
  if (resource.address.empty() || resource.action.empty()) return false;
  if (const std::string deposed = GetString(*entry, "deposed"); !deposed.empty())
    resource.address += " (deposed " + deposed + ")";
  resource.previous_address = GetString(*entry, "previous_address");
  resource.reason = GetString(*entry, "action_reason");
  if (const json::object* importing = GetObject(*change, "importing")) {
    resource.import_id = GetString(*importing, "id");
    if (resource.import_id.empty())
      resource.import_id = importing->contains("identity") ? "its identity" : "not known yet";
  }
  if (resource.action == "no-op" && resource.previous_address.empty() && resource.import_id.empty()) return true;
  Differ(resource.attributes, Forcing(*change)).Walk("", PlaceOf(*change), false);
  std::sort(resource.attributes.begin(), resource.attributes.end(),
            [](const AttributeChange& a, const AttributeChange& b) { return a.path < b.path; });
  changes.resources.push_back(std::move(resource));
  return true;
}

void AddOutputs(const json::object& root, PlannedChanges& changes) {
  std::set<std::string_view> unknown;
  if (const json::object* outputs = GetObject(root, "output_changes")) {
    for (const auto& member : *outputs) {
      const json::object* change = member.value().if_object();
      if (change == nullptr) continue;
      const Place place = PlaceOf(*change);
      const bool not_known = AnyTrue(place.unknown);
      if (not_known) unknown.insert(member.key());
      OutputChange output;
      output.name = std::string(member.key());
      bool ignored = false;
      output.action = ActionOf(*change, &ignored);
      if (output.action.empty() || output.action == "no-op") continue;
      if (output.action == "replace") output.action = "update";
      const bool sensitive = AnyTrue(place.before_sensitive) || AnyTrue(place.after_sensitive);
      if (!IsNull(place.before)) output.before = {*place.before, sensitive, false};
      if (not_known || !IsNull(place.after))
        output.after = {not_known ? json::value() : *place.after, sensitive, not_known};
      changes.outputs.push_back(std::move(output));
    }
  }
  std::sort(changes.outputs.begin(), changes.outputs.end(),
            [](const OutputChange& a, const OutputChange& b) { return a.name < b.name; });
  const json::object* planned = GetObject(root, "planned_values");
  const json::object* outputs = planned == nullptr ? nullptr : GetObject(*planned, "outputs");
  if (outputs == nullptr) return;
  for (const auto& member : *outputs) {
    const json::object* output = member.value().if_object();
    if (output == nullptr) continue;
    Value value;
    const json::value* data = output->if_contains("value");
    value.sensitive = GetBool(*output, "sensitive");
    value.unknown = data == nullptr || unknown.contains(member.key());
    if (!value.unknown) value.data = *data;
    changes.planned_outputs.emplace(member.key(), std::move(value));
  }
}

/// `list`: of the resources that count.
Result<PlannedChanges> Parse(std::string_view text, const char* list) {
  TRY_ASSIGN(const json::value parsed, ParseJson(text));
  const json::object* root = parsed.if_object();
  if (root == nullptr) return NoPlan("it is no JSON object");
  const std::string version = GetString(*root, "format_version");
  if (!version.starts_with("1.")) return NoPlan("its format is '" + version + "', not 1.x");
  if (GetBool(*root, "errored")) return NoPlan("the plan ended with errors");
  PlannedChanges changes;
  if (const json::array* resources = GetArray(*root, list)) {
    for (const json::value& item : *resources) {
      if (!AddResource(item, changes)) return NoPlan("a change of a resource is malformed");
    }
  }
  std::sort(changes.resources.begin(), changes.resources.end(),
            [](const PlannedResource& a, const PlannedResource& b) { return a.address < b.address; });
  // What is approved is found again by its address.
  const auto twice =
      std::adjacent_find(changes.resources.begin(), changes.resources.end(),
                         [](const PlannedResource& a, const PlannedResource& b) { return a.address == b.address; });
  if (twice != changes.resources.end()) return NoPlan(twice->address + " is in it twice");
  AddOutputs(*root, changes);
  return changes;
}

}  // namespace

Result<PlannedChanges> ParsePlan(std::string_view text) {
  return Parse(text, "resource_changes");
}
Result<PlannedChanges> ParseDrift(std::string_view text) {
  return Parse(text, "resource_drift");
}

}  // namespace davit::drivers
