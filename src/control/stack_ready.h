// What is asked of the stack as a whole is the last job of a run that deploys (model/stack_ready.h): capabilities that some component has to
// have printed by then, and ready conditions.
#pragma once

#include <vector>

#include "control/run_document.h"
#include "model/rows.h"

namespace davit::control {

/// Adds what waits for both to the document, after all components; nothing where the stack has none. Before Derive.
void AddStackReady(RunDocument& document);

/// The wait succeeded after the last time that anything of the deployment was touched: where nothing runs it need not be repeated.
bool StackIsReady(const ComponentRow& wait, const std::vector<ComponentRow>& rows);

}  // namespace davit::control
