// The text of an elaborate file. Used by elaborated_file.cc only. Pure.
#pragma once

#include <string>

#include "manifest/elaborate.h"

namespace davit::manifest {

/// `declarations` as they were before Elaborate made `elaborated` of them. Only what is set is written.
std::string WriteElaborated(const Declarations& declarations, const Elaborated& elaborated);

}  // namespace davit::manifest
