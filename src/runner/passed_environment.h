// What a tool gets of davit's own process environment (spec/stacks.md 1.6). Pure; any thread.
#pragma once

#include "control/client.h"
#include "exec/supervisor.h"

namespace davit::runner {

/// Natively PATH, HOME, what the driver documents and what `passEnv` names; in place also what its mode lets through, and what the run adds.
exec::ProcessEnv PassedEnvironmentOf(const control::Lease& lease, const exec::ProcessEnv& environment);

}  // namespace davit::runner
