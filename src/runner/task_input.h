// What a driver gets to know of a leased task: the lease and the place where its files lie, in the driver's words. Any thread.
#pragma once

#include "control/client.h"
#include "drivers/driver.h"
#include "runner/trees.h"

namespace davit::runner {

/// All but the saved plan, which is large and for whoever applies it. Of `environment`, davit's own, only what the module or its component
/// names is passed on. `cache`: shared between attempts.
drivers::TaskInput TaskInputOf(const control::Lease& lease, const Place& place, const exec::ProcessEnv& environment,
                               const Path& cache);

}  // namespace davit::runner
