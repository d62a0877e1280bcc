// Who waits for whom and why, from a stack whose names are bound. Pure.
#pragma once

#include <string_view>
#include <vector>

#include "model/stack.h"

namespace davit::graph {

/// The parameter by which a component asks for the capabilities that are provided when it runs. It waits for all before it.
inline constexpr std::string_view kProvidesParameter = "hub.provides";
bool AsksForCapabilities(const Component& component);

/// Sorted by (to, from, kind, reason), each once, each from < to. A requirement that only a running component can meet (DESIGN 7) makes an edge
/// from every component before it; everything else makes edges in proportion to what the manifest says.
std::vector<StackEdge> EdgesOf(const Stack& stack);

}  // namespace davit::graph
