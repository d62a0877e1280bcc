// What a run was to do, as text that is kept with it. Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "control/client.h"

namespace davit::control {

/// Component, kind, reasons; without what was planned since, which its own rows hold.
std::string PackOverview(const std::vector<JobOverview>& overview);
/// internal where it is not what PackOverview made.
Result<std::vector<JobOverview>> UnpackOverview(std::string_view text);

}  // namespace davit::control
