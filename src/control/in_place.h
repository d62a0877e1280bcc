// A run as `davit hub` makes it (engine.md 8): tools work in the directories of the stack themselves, nothing is bundled, every component runs, and
// the first failure of a mandatory one ends the run. Plain values, part of the Client's requests.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/states.h"
#include "model/value.h"

namespace davit::control {

/// What tools get of davit's own process environment (spec/stacks.md 1.6).
enum class PassedEnvironment {
  kNoTfVars,  // all but TF_VAR_*
  kEverything,
  kStrict,  // what tools and clouds are known to need (runner/passed_environment.h)
};

/// How tools are started in place; part of the run's document.
struct InPlaceTools {
  PassedEnvironment passed_environment = PassedEnvironment::kNoTfVars;
  std::map<std::string, std::string> more_environment;  // over what is passed on
  std::string verb;  // a rehearsal: it is run instead of `deploy` or `undeploy` and leaves nothing; "" = it is none
};

/// How the reasons of jobs begin that tuning leaves out (spec/stacks.md 1.8), and of those of them that lack a requirement.
inline constexpr std::string_view kLeftOutByTuning = "left out: ";
inline constexpr std::string_view kLeftOutByRequirement = "left out: its optional requirement ";

/// What a state file of seed 004 knows of a component.
struct KnownComponent {
  std::string name;
  bool stands = false;  // something of it may be there
  RunResult result = RunResult::kSucceeded;
  ValueMap outputs;
  std::vector<std::string> provides;
};

/// A state file. Where davit did not write it, what it says wins over the store (engine.md 8).
struct KnownState {
  std::string digest;  // of its bytes
  std::vector<KnownComponent> components;
};

struct InPlace {
  InPlaceTools tools;
  std::vector<std::string>
      clouds;  // those that are there; what the stack requires of others is not looked for. Empty = all
  std::vector<std::string> excluded;  // components that are left out; what waits for them runs all the same
  std::optional<KnownState> known;    // what stands
  bool force = false;                 // a failure stops nothing, and what the stack requires need not be there
  bool soft = false;                  // a failure is none of the run
  bool guess = true;                  // destroy: from the last component on that `known` has; false = all
};

}  // namespace davit::control
