// The user's plug-in cache. Terraform's `init` writes into it without a lock: of several at one time most leave a broken data directory
// and end with code 0; what comes next fails with a checksum. OpenTofu takes a lock of its own. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "drivers/driver.h"

namespace davit::drivers {

/// What an `init` has to be alone with (exec::ProcessSpec): the cache where the process environment names one, else the user's configuration
/// file that names one. Empty: there is no cache, or the tool needs no help.
Path PlugInCacheOf(std::string_view tool, const exec::ProcessEnv& environment);

}  // namespace davit::drivers
