// The words of a stored stack that are both written and read (document.cc, document_read.cc), by the values of their enums.
#pragma once

#include <string_view>

namespace davit::manifest {

inline constexpr std::string_view kReferenceKinds[] = {"parameter", "own", "output", "unresolved"};
inline constexpr std::string_view kParameterKinds[] = {"tech", "user", "link"};

}  // namespace davit::manifest
