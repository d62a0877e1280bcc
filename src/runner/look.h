// A look at what is there now (engine.md 4 "Reconcile", 6 "drift checks"): Terraform's refresh-only plan of the kept state, a script's verb
// `status`. It reads: no lock is taken, nothing is written to the store, and it works in a directory of its own, with a tree and a copy of
// the state, that is gone afterwards. One thread.
#pragma once

#include <functional>
#include <vector>

#include "base/json.h"
#include "control/client.h"
#include "drivers/driver.h"
#include "runner/runner.h"

namespace davit::runner {

/// What one look is given; called when there is room for it, so that states and trees are not all there at one time.
using TakeLease = std::function<Result<control::Lease>()>;

/// One answer for each of `leases`, in their order, without secrets:
///   {"differences": [{"address", "action", "attributes"}]}  Terraform: what differs from the state; "gone", "changed" or the tool's own
///                                             word; of one that changed, [{"path", "before", "after"}] where the tool could show them,
///                                             each {"value"}, {"sensitive"} or {"unknown"}
///   {"exit_code", "lines": [...]}             a script: how its status ended, and the last lines of what it printed
///   {"failed": why}                           it could not be looked at, or not within a minute
///   {"no_state": true}                        Terraform: there is no state yet
///   {}                                        there is nothing to look with: a script without the verb
/// What makes `options.wake_fd` readable (Ctrl-C) ends the look, after `options.on_wake`.
std::vector<json::object> LookAt(control::Client& client, drivers::Registry& drivers, const RunnerOptions& options,
                                 const std::vector<TakeLease>& leases);

}  // namespace davit::runner
