// The names in `#{ }`. There `a.b.c` may be a parameter or an output of that name, or a field of one, or the output `b.c` of the component `a`: which,
// is fixed before anything asks what the names mean, and before the order is made from them. One thread.
#pragma once

#include <vector>

#include "graph/names.h"

namespace davit::graph {

/// Rewrites the references of computed parts in every expression that is not settled: each becomes the longest parameter or output that it begins
/// with, else `component:output`, else it stays as it is. `modules` by component.
void ChooseComputedNames(Stack& stack, const Names& names, const ModuleList& modules);

}  // namespace davit::graph
