// Built-in requirements (seed 004): capabilities that no component provides but the machine that runs the tools. Any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/capabilities.h"
#include "model/module.h"

namespace davit::control {

/// What to do about a capability that the stack itself requires and nothing provides.
inline constexpr std::string_view kProvideIt =
    "name the state of the platform's stack with -s, say `platform: {provides: […]}`, or add a component that provides "
    "it";

/// Refuses a stack that needs a built-in capability which is not to be had, unless only optional components need it or it is tuned (`davit hub`). What the platform or an
/// earlier component provides is not asked for, nor what is of another cloud than `clouds` (empty = all are there). Runs tools, so never inside a transaction.
Result<> CheckBuiltIn(const Stack& stack, const std::vector<std::string>& clouds, ModuleInspector& inspector);

}  // namespace davit::control
