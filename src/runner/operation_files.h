// The files that a process of a task wants to find, written before it starts. Any thread.
#pragma once

#include <string>
#include <vector>

#include "drivers/driver.h"

namespace davit::runner {

/// Writes what the operation brings, and what is only known now: rendered templates. `warnings`: what was left out, and why. Errors: those of
/// Operation::more_files, and of writing.
Result<> WriteFilesOf(const drivers::Operation& operation, std::vector<std::string>* warnings);

}  // namespace davit::runner
