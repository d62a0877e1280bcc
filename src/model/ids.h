// The ids of Davit's things (DESIGN.md "Words"). Plain values.
#pragma once

#include "base/ids.h"

namespace davit {

struct DeploymentTag {
  static constexpr const char* kPrefix = "dep";
};
struct ComponentTag {
  static constexpr const char* kPrefix = "cmp";
};
struct RunTag {
  static constexpr const char* kPrefix = "run";
};
struct JobTag {
  static constexpr const char* kPrefix = "sj";
};
struct TaskTag {
  static constexpr const char* kPrefix = "tsk";
};
struct ProcessTag {
  static constexpr const char* kPrefix = "prc";
};
struct AttemptTag {
  static constexpr const char* kPrefix = "att";
};
struct StateVersionTag {
  static constexpr const char* kPrefix = "st";
};
struct ApprovalTag {
  static constexpr const char* kPrefix = "apr";
};
struct OutputVersionTag {
  static constexpr const char* kPrefix = "out";
};

using DeploymentId = Id<DeploymentTag>;
using ComponentId =
    Id<ComponentTag>;  // of a component in a deployment; carries fence, states and outputs, survives a rename
using RunId = Id<RunTag>;
using JobId = Id<JobTag>;
using TaskId = Id<TaskTag>;
using ProcessId = Id<ProcessTag>;
using AttemptId = Id<AttemptTag>;
using StateVersionId = Id<StateVersionTag>;
using ApprovalId = Id<ApprovalTag>;
using OutputVersionId = Id<OutputVersionTag>;

}  // namespace davit
