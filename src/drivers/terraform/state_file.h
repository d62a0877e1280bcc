// What the driver wants to know of a state file; reading it is model/state_file.h. Pure. Any thread.
#pragma once

#include <string_view>

#include "drivers/driver.h"

namespace davit::drivers {

struct TerraformState {
  StateInfo info;
  ValueMap outputs;  // with their sensitive flags
};

/// invalid_input where the bytes are empty (which the tool would take for an empty state), torn, encrypted, or no state
/// of version 4.
Result<TerraformState> ParseState(std::string_view bytes);

}  // namespace davit::drivers
