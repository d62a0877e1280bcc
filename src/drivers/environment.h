// The process environment of a tool: which names of davit's own a driver passes on, and setting a variable with the
// checks that exec would otherwise fail on late and obscurely. Every driver uses it. Any thread.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "drivers/driver.h"
#include "exec/supervisor.h"

namespace davit::drivers {

/// The names set in `environment` that every tool may see (engine.md 4: PATH, HOME, what clouds and proxies need), and
/// those that match `more`; a `*` at the start or the end of a pattern stands for any text. Sorted.
std::vector<std::string> PassedNames(const exec::ProcessEnv& environment, std::initializer_list<std::string_view> more);

/// Sets `name`; invalid_input where the name is no name of a variable, or the value holds a NUL or is longer than Linux
/// takes (128 KiB). `what` says whose it is, for the message: "parameter 'db.host'".
Result<> SetVariable(exec::ProcessEnv& environment, const std::string& name, const std::string& value,
                     const std::string& what);

/// What scripts, hooks and extension executables of a component see (spec/stacks.md 1.6): what is passed on, `HUB_…`, and the variables
/// that its parameters name by `env:`. `warnings`: of two parameters that want one variable.
Result<exec::ProcessEnv> ComponentEnvironment(const TaskInput& input, std::vector<std::string>* warnings);

/// Does `name` match a pattern with at most one `*`, at its start or its end?
bool MatchesName(std::string_view pattern, std::string_view name);

}  // namespace davit::drivers
