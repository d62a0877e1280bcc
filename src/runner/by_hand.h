// A person's shell where an attempt would work: the module's tree, the state, the variables and the process environment of the tool, laid
// out anew in a directory of its own that is gone afterwards. Nothing of it reaches the store, but what it leaves as the state where it writes: that
// survives a davit that is killed. One thread.
#pragma once

#include "control/client.h"
#include "drivers/driver.h"
#include "runner/runner.h"

namespace davit::runner {

Result<HandResult> WorkByHand(control::Client& client, drivers::Registry& drivers, const RunnerOptions& options,
                              control::HandView view, const HandRequest& request);

/// Takes what shells that write left whose davit was killed, as soon as they are left too.
Result<> TakeLostHands(control::Client& client, Observer& observer);

}  // namespace davit::runner
