// The fingerprint of a success (engine.md 5): equal means that `up` would find nothing to do, so nothing is started. Pure.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace davit::engine {

struct FingerprintParts {
  std::string module;       // digest of the module, its local modules and declared inputs
  std::string inputs;       // keyed digest of the resolved inputs
  std::string environment;  // names passed on, and keyed digest of the declared values
  std::string tool;         // digest of the tool's binary; "" where none
  std::string driver;       // driver name and its version
  std::string around;       // digest of what is said of templates, hooks and random bytes; "" where nothing is
  std::string state;        // digest of the newest state version's content; "" where none
};

std::string FingerprintOf(const FingerprintParts& parts);
/// {v:1, module:…, …}: kept beside the fingerprint for `why`.
json::object ToJson(const FingerprintParts& parts);
FingerprintParts FingerprintPartsFromJson(const json::object& object);
/// Names of the parts that differ, in words for people: "module files", "inputs", …; empty = equal.
std::vector<std::string> Differences(const FingerprintParts& before, const FingerprintParts& now);

}  // namespace davit::engine
