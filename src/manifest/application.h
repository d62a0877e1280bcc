// `kind: application`: a manifest that is a stack and its last component at once (spec/stacks.md 1.2). Pure; one thread.
#pragma once

#include "base/diagnostics.h"
#include "manifest/elaborate.h"

namespace davit::manifest {

/// Makes the component, named after `meta.name` without its version, of what the stack says of lifecycle, templates and outputs; its
/// directory is `meta.source`, else that of the manifest. Elaborate gives it the stack's parameters.
void AddApplication(Declarations& declarations, Diagnostics& diagnostics);

}  // namespace davit::manifest
