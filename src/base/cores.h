// The cores that this process may use. A new thread often stays on the core of the one that made it, in the queue, until that one waits or has
// used up its time: two threads that are to share work of a few milliseconds then do it one after the other. Linux; any thread.
#pragma once

#include <thread>

namespace davit {

/// What the machine has and this process is not kept from; at least 1.
int UsableCores();
/// Moves `thread`, just begun, to any other core than the caller's, to go on there. Nothing where there is only one.
void MoveToOtherCore(std::thread& thread);
/// Takes that back: it may go on wherever the process may.
void LetRunAnywhere(std::thread& thread);

}  // namespace davit
