// Capabilities of a whole stack: what it requires of others, what it provides to them (spec/stacks.md 1.2). Pure; any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "manifest/elaborate.h"

namespace davit::manifest {

/// One that is looked for in the environment by running a tool, whoever may say that he provides it.
bool IsOfEnvironment(std::string_view capability);

/// What the stack itself requires, and what a component requires that no component before it provides; of a derived stack's component also
/// none of the stacks that it comes from. Sorted, those of the lowest stack first.
std::vector<std::string> RequirementsOf(const Declarations& declarations);
/// What the stack and its components provide. Sorted.
std::vector<std::string> CapabilitiesOf(const Declarations& declarations);

}  // namespace davit::manifest
