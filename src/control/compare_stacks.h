// Which components of a stack differ between two of its versions, and by what: after settling and binding, so that only what has a meaning
// counts. How a manifest is written does not, nor where a value stands in it. Pure; any thread.
#pragma once

#include <functional>
#include <vector>

#include "control/client.h"

namespace davit::control {

/// Files that differ between the modules of a component that both stacks have, by its indexes in them.
using DifferentFiles = std::function<std::vector<AffectedCause>(size_t before, size_t after)>;

/// Both can be deployed (StackDocument::ok), or have no components. Removed ones first, then in deploy order. A consumer of an affected
/// component's outputs is affected itself, and so on.
std::vector<AffectedComponent> CompareStacks(const StackDocument& before, const StackDocument& after,
                                             const DifferentFiles& files);

}  // namespace davit::control
