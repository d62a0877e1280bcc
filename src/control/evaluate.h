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
  PlanGrade grade = PlanGrade::kFirm;
  std::string reason;                  // of deferred: the first thing that is unknown
  std::vector<std::string> producers;  // whose planned or unknown outputs it uses
  bool unchanged = false;
  std::string excluded;  // why tuning leaves it out; "" = it does not
  std::vector<LeaseInput> inputs;
  std::vector<std::string> capabilities;  // HUB_PROVIDES
  engine::FingerprintParts parts;
  std::string fingerprint;
  std::map<std::string, std::string> input_digests;  // keyed, by name: `why` names the inputs that differ
  std::vector<std::string> because;                  // why it is not unchanged, for people

  /// Some input comes from an output that `producer` has only planned.
  void UsesPlanned(const std::string& producer);
  /// Something that it needs is unknown.
  void Defer(std::string why, const std::vector<std::string>& of);
};

/// An output that holds a sensitive input is sensitive too, whatever its declaration says: a script knows nothing of that.
void MarkSecrets(const std::vector<LeaseInput>& inputs, ValueMap& outputs);
/// The same for what is planned; names that hold one are masked. `more`: further secrets.
void MarkSecrets(const std::vector<LeaseInput>& inputs, const std::vector<std::string>& more, PlannedChanges& changes);

/// ComponentRow::fingerprint_parts: {v, parts, inputs, files}.
std::string FingerprintRecord(const Evaluation& evaluation);

}  // namespace davit::control
