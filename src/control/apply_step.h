// The glue between the pure step function and a store: loads rows through a transaction, writes what changed. Used by control and by the
// simulator, so that both run the same.
#pragma once

#include "engine/step.h"
#include "store/store.h"

namespace davit::control {

/// One step inside the caller's transaction; nothing is written on an error. The caller commits and frees the locks of a finished run.
Result<engine::Changes> ApplyStep(store::Transaction& tx, const RunId& run, const engine::Event& event,
                                  int64_t wall_ms);

}  // namespace davit::control
