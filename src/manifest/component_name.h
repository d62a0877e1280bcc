// What a component may be called. Pure; any thread.
#pragma once

#include <string_view>

namespace davit::manifest {

/// Names become parts of references, of file names and of command lines.
bool IsComponentName(std::string_view name);

inline constexpr char kComponentNameRule[] =
    "use at most 128 letters, digits and - _ . and begin with a letter or digit";

}  // namespace davit::manifest
