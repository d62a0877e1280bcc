// One operation under its supervisor; runs in a process of its own that the launcher forked.
#pragma once

#include "exec/supervisor.h"

namespace davit::exec {

/// Runs the operation to its end and writes its status. Never returns to the launcher's loop: the caller exits with the code.
int Supervise(const Path& attempt, const std::string& operation, const ProcessSpec& spec);

}  // namespace davit::exec
