// What can be said of a change whose end nobody saw (engine.md 4, "Reconcile"): the resources in the state that was kept, joined with what the
// tool's log says it made or had begun. Reads files only. Any thread.
#pragma once

#include "drivers/driver.h"
#include "exec/supervisor.h"

namespace davit::runner {

/// {state_resources, created_not_in_state: [{address, import}], perhaps_made: [address]}; only what the driver's tool has.
/// `state`: bytes of the last complete state; empty = none. `log_lost`: lines of the log are missing, so all that was
/// planned to be created may have been.
json::object ReconcileReport(drivers::Driver& driver, const drivers::Operation& operation, const std::string& tool,
                             std::string_view state, bool log_lost = false);

/// "its tool was killed (signal 9)", "it did not end within its timeout", "nobody saw how it ended".
std::string ReasonOf(const exec::ExitStatus* status);

}  // namespace davit::runner
