// Settle: fixes the parameters of the stack before anything runs (spec 1.4). Those of kind user get a value from the process environment,
// from a person or from their default; then the expressions of all but links are expanded, and types are checked. All errors are
// collected. One thread; asks through Source.
#pragma once

#include "base/diagnostics.h"
#include "manifest/elaborate.h"
#include "manifest/source.h"

namespace davit::manifest {

/// Warns of user parameters that have a value, and whose variable has another one. Before Settle, which gives values to the others.
void WarnOfVariables(const Elaborated& elaborated, Source& source, Diagnostics& diagnostics);

/// `trace` may be null.
void Settle(Elaborated& elaborated, Source& source, Trace* trace, Diagnostics& diagnostics);

}  // namespace davit::manifest
