// What is waited for when the whole stack is up: its own ready conditions (`lifecycle.readyConditions` of the stack; spec/stacks.md 1.6). In a run
// they are the last job, under a name that no component can have. It has no component's life: nothing of it ever stands.
#pragma once

#include <string_view>

namespace davit {

inline constexpr std::string_view kStackReady = "stack:ready";

}  // namespace davit
