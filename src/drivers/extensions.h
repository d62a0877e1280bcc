// Executables beside a stack (seed 004): extension executables `hub-component-<tool>`, which run a verb for a tool that has no driver, and
// the files of hooks. Only looks. Any thread.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "exec/supervisor.h"
#include "model/stack.h"

namespace davit::drivers {

/// `.hub` of the stack, $HUB_EXTENSIONS, ~/.hub, /usr/local/share/hub, /usr/share/hub.
std::vector<Path> ExtensionDirectories(const Path& base_directory, const exec::ProcessEnv& environment);

/// The executable `name` in one of these, else on PATH; empty = there is none.
Path FindExtension(const std::string& name, const Path& base_directory, const exec::ProcessEnv& environment);

/// The file of a hook: in the component's directory, the stack's, its `bin`, `.hub`, `.hub/bin`, the extension directories, on PATH;
/// empty = there is none.
Path FindHook(const std::string& file, const Path& directory, const Path& base_directory,
              const exec::ProcessEnv& environment);

/// Is it run at `point` (`pre-deploy`)? Its triggers are globs.
bool Triggers(const Hook& hook, const std::string& point);

}  // namespace davit::drivers
