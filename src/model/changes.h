// What a tool has planned for one component, attribute by attribute: what a person sees before it says yes, and what the change digest
// (engine/changes.h, engine.md 6) is made of. A driver fills it from the tool's own account of its plan; it is kept sealed, as values in
// it may be secret. Plain values.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "model/value.h"

namespace davit {

/// One attribute, or one leaf of a nested one. `path` is as a person reads it: "input", "tags.env", "rule[0].port".
struct AttributeChange {
  std::string path;
  Value before;  // null where it was not there
  Value after;   // unknown: known only after the apply; null where it goes
  bool forces_replacement = false;

  friend bool operator==(const AttributeChange&, const AttributeChange&) = default;
};

/// One resource instance that the plan touches. Sorted by address; what is neither changed nor moved nor imported is left out.
struct PlannedResource {
  std::string address;
  std::string previous_address;        // where it was moved from; "" = it was not
  std::string action;                  // create update replace delete read forget no-op (moved or imported only)
  std::string reason;                  // the tool's own word for why: "replace_because_cannot_update"; may be empty
  std::string import_id;               // "" = it is not imported
  bool create_before_destroy = false;  // of a replacement
  std::vector<AttributeChange> attributes;  // sorted by path; those that differ, and of a create those that are set

  friend bool operator==(const PlannedResource&, const PlannedResource&) = default;
};

/// One output of the component that the plan changes.
struct OutputChange {
  std::string name;
  std::string action;  // create update delete
  Value before;
  Value after;

  friend bool operator==(const OutputChange&, const OutputChange&) = default;
};

struct PlannedChanges {
  std::vector<PlannedResource> resources;  // sorted by address
  std::vector<OutputChange> outputs;       // sorted by name
  ValueMap planned_outputs;  // every output as it will be, those that do not change too; unknown ones are marked

  bool empty() const { return resources.empty() && outputs.empty(); }
  friend bool operator==(const PlannedChanges&, const PlannedChanges&) = default;
};

/// What differs between two sets of values, by name. Where one side is sensitive both are: who takes a mark away does not show what was
/// hidden.
std::vector<AttributeChange> DiffValues(const ValueMap& before, const ValueMap& after);

/// {v: 1, resources: […], outputs: […], planned_outputs: {…}}, everything in clear: for sealed blobs only.
json::object ToJson(const PlannedChanges& changes);
/// internal where it is not what ToJson wrote.
Result<PlannedChanges> PlannedChangesFromJson(const json::value& value);

}  // namespace davit
