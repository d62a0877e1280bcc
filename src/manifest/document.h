// A stack as a JSON document, to be stored with a run and read by another process (model/stack.h). Positions are lost. Pure; any thread.
#pragma once

#include "base/json.h"
#include "base/result.h"
#include "model/stack.h"

namespace davit::manifest {

/// {v: 1, …}; what has its default value is left out.
json::value ToDocument(const Stack& stack);
/// internal where it is no such document. Unknown fields are passed over: an older release reads a newer document.
Result<Stack> FromDocument(const json::value& document);

}  // namespace davit::manifest
