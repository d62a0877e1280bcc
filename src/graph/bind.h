// From a settled stack to a graph: what every name in a component means, fixed before anything runs (DESIGN 3, 5), who therefore waits
// for whom, and the deploy order. Pure; any thread.
#pragma once

#include <vector>

#include "base/diagnostics.h"
#include "graph/lookup_trace.h"
#include "model/module.h"
#include "model/stack.h"

namespace davit::graph {

/// Fills Component::inputs, binds the references of inputs, component outputs and stack outputs, puts `stack.components` and `modules` (by
/// component index) into deploy order, and gives the edges, each from < to. Several edges of one pair differ in kind or reason.
/// What is wrong (unknown component, unknown name, wrong type, required variable without a value, cycle, an order that contradicts) goes to
/// `diagnostics`; the edges are relevant where it has no errors. `trace`, which may be null, keeps how it went with one component.
std::vector<StackEdge> Bind(Stack& stack, ModuleList& modules, Diagnostics& diagnostics, LookupTrace* trace = nullptr);

}  // namespace davit::graph
