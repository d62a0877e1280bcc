#include "engine/changes.h"

#include <algorithm>
#include <map>

#include "base/digest.h"

namespace davit::engine {
namespace {

json::value Canonical(const Value& value, std::string_view key) {
  if (value.unknown) return json::object{{"unknown", true}, {"sensitive", value.sensitive}};
  if (value.sensitive) return json::object{{"sensitive", KeyedDigestOf(key, CanonicalJson(value.data))}};
  return json::object{{"value", value.data}};
}

/// Is `path` the place `above`, or inside of it?
bool IsAtOrBelow(std::string_view path, std::string_view above) {
  if (!path.starts_with(above)) return false;
  return path.size() == above.size() || path[above.size()] == '.' || path[above.size()] == '[';
}

/// What was unknown may be anything now; all else is as it was.
bool Covers(const Value& approved, const Value& now) {
  if (approved.unknown) return true;
  return !now.unknown && approved.sensitive == now.sensitive && CanonicalJson(approved.data) == CanonicalJson(now.data);
}

bool Covers(const AttributeChange& approved, const AttributeChange& now) {
  if (now.forces_replacement && !approved.forces_replacement) return false;
  return CanonicalJson(approved.before.data) == CanonicalJson(now.before.data) && Covers(approved.after, now.after);
}

/// The attributes of `now` that `approved` does not cover.
std::vector<AttributeChange> Uncovered(const PlannedResource& approved, const PlannedResource& now) {
  std::vector<AttributeChange> uncovered;
  for (const AttributeChange& attribute : now.attributes) {
    const bool covered =
        std::any_of(approved.attributes.begin(), approved.attributes.end(), [&](const AttributeChange& shown) {
          if (shown.path == attribute.path) return Covers(shown, attribute);
          // A whole that was not known may come with its parts.
          return shown.after.unknown && IsAtOrBelow(attribute.path, shown.path) &&
                 (shown.forces_replacement || !attribute.forces_replacement);
        });
    if (!covered) uncovered.push_back(attribute);
  }
  return uncovered;
}

/// An attribute that was shown to change and does not any more is a difference too, but for one that was unknown: it may come out as it was.
bool HasAll(const PlannedResource& approved, const PlannedResource& now) {
  return std::all_of(approved.attributes.begin(), approved.attributes.end(), [&](const AttributeChange& shown) {
    if (shown.after.unknown) return true;
    return std::any_of(now.attributes.begin(), now.attributes.end(),
                       [&](const AttributeChange& attribute) { return attribute.path == shown.path; });
  });
}

bool IsSame(const PlannedResource& a, const PlannedResource& b) {
  return a.action == b.action && a.previous_address == b.previous_address && a.import_id == b.import_id;
}

std::map<std::string_view, const PlannedResource*> ByAddress(const PlannedChanges& changes) {
  std::map<std::string_view, const PlannedResource*> resources;
  for (const PlannedResource& resource : changes.resources) resources.emplace(resource.address, &resource);
  return resources;
}

const OutputChange* FindOutput(const PlannedChanges& changes, const std::string& name) {
  const auto found = std::find_if(changes.outputs.begin(), changes.outputs.end(),
                                  [&](const OutputChange& output) { return output.name == name; });
  return found == changes.outputs.end() ? nullptr : &*found;
}

}  // namespace

std::string ChangeDigest(const PlannedChanges& changes, std::string_view key) {
  std::vector<std::string> parts;  // sorted: what a list of changes means does not depend on its order
  for (const PlannedResource& resource : changes.resources) {
    std::vector<std::string> attributes;
    for (const AttributeChange& attribute : resource.attributes) {
      attributes.push_back(CanonicalJson(json::object{{"path", attribute.path},
                                                      {"before", Canonical(attribute.before, key)},
                                                      {"after", Canonical(attribute.after, key)},
                                                      {"forces", attribute.forces_replacement}}));
    }
    std::sort(attributes.begin(), attributes.end());
    json::array list;
    for (std::string& attribute : attributes) list.emplace_back(std::move(attribute));
    parts.push_back(CanonicalJson(json::object{{"resource", resource.address},
                                               {"previous", resource.previous_address},
                                               {"import", resource.import_id},
                                               {"action", resource.action},
                                               {"attributes", std::move(list)}}));
  }
  for (const OutputChange& output : changes.outputs) {
    parts.push_back(CanonicalJson(json::object{{"output", output.name},
                                               {"action", output.action},
                                               {"before", Canonical(output.before, key)},
                                               {"after", Canonical(output.after, key)}}));
  }
  std::sort(parts.begin(), parts.end());
  Digester digest(key);
  for (const std::string& part : parts) digest.Add(part);
  return digest.Finish();
}

Comparison Compare(const PlannedChanges& approved, const PlannedChanges& now) {
  Comparison comparison;
  const auto shown = ByAddress(approved);
  for (const PlannedResource& resource : now.resources) {
    const auto found = shown.find(resource.address);
    if (found == shown.end() || !IsSame(*found->second, resource)) {
      comparison.difference.resources.push_back(resource);
      continue;
    }
    std::vector<AttributeChange> uncovered = Uncovered(*found->second, resource);
    if (uncovered.empty() && HasAll(*found->second, resource)) continue;
    PlannedResource& different = comparison.difference.resources.emplace_back(resource);
    if (!uncovered.empty()) different.attributes = std::move(uncovered);
  }
  const auto present = ByAddress(now);
  for (const PlannedResource& resource : approved.resources) {
    if (!present.contains(resource.address)) comparison.gone.push_back(resource.address);
  }
  for (const OutputChange& output : now.outputs) {
    const OutputChange* before = FindOutput(approved, output.name);
    if (before == nullptr || before->action != output.action || !Covers(before->after, output.after))
      comparison.difference.outputs.push_back(output);
  }
  // An output that was unknown may come out as it was; a known one that does not change any more is no harm either.
  comparison.approved = comparison.difference.empty() && comparison.gone.empty();
  return comparison;
}

bool IsSubset(const PlannedChanges& now, const PlannedChanges& approved) {
  const auto shown = ByAddress(approved);
  return std::all_of(now.resources.begin(), now.resources.end(), [&](const PlannedResource& resource) {
    const auto found = shown.find(resource.address);
    return found != shown.end() && IsSame(*found->second, resource) && Uncovered(*found->second, resource).empty();
  });
}

bool OnlyCreates(const PlannedChanges& changes) {
  return std::all_of(changes.resources.begin(), changes.resources.end(), [](const PlannedResource& resource) {
    return (resource.action == "create" || resource.action == "read") && resource.import_id.empty() &&
           resource.previous_address.empty();
  });
}

}  // namespace davit::engine
