// The state file of Terraform and OpenTofu, version 4, as plain values: what a driver wants to know of it while a tool writes it, and what
// people look at later. Pure. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/changes.h"
#include "model/value.h"

namespace davit {

/// One instance of a resource.
struct StateResource {
  std::string address;  // "module.a.aws_x.y[0]", "terraform_data.b (deposed 00ab)"
  std::string id;       // its attribute `id`, where that is a text; "" = it has none
  bool data = false;    // it was read, nobody made it
  bool tainted = false;
  ValueMap
      attributes;  // by path, as in AttributeChange; those that the tool or the provider calls sensitive are marked
};

struct StateFile {
  int64_t serial = 0;
  std::string lineage;
  std::string tool_version;
  std::vector<StateResource> resources;  // in the order of the file
  ValueMap outputs;

  int64_t CountManaged() const;
  /// Addresses of what it manages: data sources are left out.
  std::vector<std::string> Managed() const;
};

enum class StateDetail { kAddresses, kAttributes };

/// invalid_input where the bytes are empty (which the tool would take for an empty state), torn, encrypted, or no state of version 4.
Result<StateFile> ReadStateFile(std::string_view bytes, StateDetail detail);

/// What has to change for `before` to become `after`; data sources are left out. Actions: create, update, delete.
PlannedChanges DiffStates(const StateFile& before, const StateFile& after);

/// The same state with another serial; every other byte stays, so that no number in it loses a digit. invalid_input where it has none.
Result<std::string> WithSerial(std::string_view bytes, int64_t serial);

}  // namespace davit
