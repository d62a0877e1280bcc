// `davit _ready`: waits until what was deployed can be reached. A process of its own under a supervisor, so that a wait of many minutes
// outlives davit as any tool does. The conditions come by its process environment, as their values may be secret.
#pragma once

#include "exec/supervisor.h"

namespace davit::exec {

/// Holds the conditions: ToJson of model/ready.h.
inline constexpr char kReadyVariable[] = "DAVIT_READY";

/// Waits for one condition after the other; says on stdout what it waits for, on stderr why it gave up. Exit code 0 = all are true.
int WaitUntilReady(const ProcessEnv& environment);

}  // namespace davit::exec
