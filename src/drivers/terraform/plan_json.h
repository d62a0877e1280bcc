// The account that `terraform show -json PLANFILE` gives of a saved plan, as PlannedChanges (model/changes.h): which attributes differ, what
// is unknown, what is sensitive, what forces a replacement, and what every output is going to be. Pure. Any thread.
#pragma once

#include <string_view>

#include "model/changes.h"

namespace davit::drivers {

/// invalid_input where it is no such account, of a format that is not known (1.x), or of a plan that ended with errors.
Result<PlannedChanges> ParsePlan(std::string_view json);
/// Of a refresh-only plan: `before` is what the state says, `after` what is there.
Result<PlannedChanges> ParseDrift(std::string_view json);

}  // namespace davit::drivers
