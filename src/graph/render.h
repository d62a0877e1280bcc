// The graph for people and tools: text, DOT, JSON. Pure; any thread.
#pragma once

#include <string>
#include <vector>

#include "model/module.h"
#include "model/stack.h"

namespace davit::graph {

/// A headline, then one line per component in deploy order: its name, and what it waits for with the reasons. Lines are broken to fit
/// into 80 columns where names allow it.
std::string RenderText(const Stack& stack, const std::vector<StackEdge>& edges);
/// Solid lines: waits for success; bold: takes a value; dashed: waits for the end, whatever the result.
std::string RenderDot(const Stack& stack, const std::vector<StackEdge>& edges);
/// {"stack", "components": [{name, driver, source}], "edges": [{from, to, kind, reason}]}.
std::string RenderJson(const Stack& stack, const std::vector<StackEdge>& edges, const ModuleList& modules);

/// How many steps one after the other the edges leave: 1 where nothing waits, 0 without components. `without_order` leaves out the edges
/// that only `lifecycle.order` makes.
int Waves(const Stack& stack, const std::vector<StackEdge>& edges, bool without_order);

}  // namespace davit::graph
