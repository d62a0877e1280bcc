// `fromStack`: a stack and the one that it comes from become one (spec/stacks.md 1.3). Pure; one thread.
#pragma once

#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "manifest/declarations.h"

namespace davit::manifest {

/// Names in deploy order: `lifecycle.order`, else the order of declaration with `depends` pulled forward, depth first. A circle of `depends`
/// is an error; unknown names are for others to say.
std::vector<Name> OrderOf(const StackFile& stack, Diagnostics& diagnostics);

/// The order of both: components of both are anchors, what `derived` has before one comes right before it, after what `base` has before
/// it. An anchor out of the sequence of `base` is an error.
std::vector<Name> MergeOrders(const std::vector<Name>& base, const std::vector<Name>& derived,
                              Diagnostics& diagnostics);

/// Field by field, by name; what is new comes last.
void MergeOutputs(std::vector<OutputEntry>& outputs, std::vector<OutputEntry> over);

/// `base` with all that `derived` says, but for parameters: those of `derived` stay apart, those of `base` are gone.
StackFile MergeStacks(StackFile base, StackFile derived, Diagnostics& diagnostics);

}  // namespace davit::manifest
