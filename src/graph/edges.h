// Who waits for whom and why, from a stack whose names are bound. Pure.
#pragma once

#include <vector>

#include "model/stack.h"

namespace davit::graph {

/// Sorted by (to, from, kind, reason), each once, each from < to. A requirement that only a running component can meet (DESIGN 7) makes an edge
/// from every component before it; everything else makes edges in proportion to what the manifest says.
std::vector<StackEdge> EdgesOf(const Stack& stack);

}  // namespace davit::graph
