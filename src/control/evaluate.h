// What control knows of a component right before it would run: its resolved inputs and whether its fingerprint says that there is
// nothing to do. Plain values.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "control/client.h"
#include "engine/fingerprint.h"

namespace davit::control {

/// What a component left: its outputs and the capabilities that it printed.
struct ComponentOutputs {
  ValueMap values;
  std::vector<std::string> provides;
};

struct Evaluation {
  bool unchanged = false;
  std::vector<LeaseInput> inputs;
  std::vector<std::string> capabilities;  // HUB_PROVIDES
  engine::FingerprintParts parts;
  std::string fingerprint;
  std::map<std::string, std::string> input_digests;  // keyed, by name: `why` names the inputs that differ
  std::vector<std::string> because;                  // why it is not unchanged, for people
};

/// ComponentRow::fingerprint_parts: {v, parts, inputs, files}.
std::string FingerprintRecord(const Evaluation& evaluation);

}  // namespace davit::control
