// Which files `davit fmt` means by a directory. Reads the disk. One thread.
#pragma once

#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace davit::manifest {

/// In `directory`: manifests, `params*.yaml`, the file of a component; below it: files of the components that the stack names, and those of
/// the stacks that it comes from. Each once, in the order of their names. A manifest with errors is no error here. not_found where there
/// is none of them.
Result<std::vector<Path>> FilesToFormat(const Path& directory);

}  // namespace davit::manifest
