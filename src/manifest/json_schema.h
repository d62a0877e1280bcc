// JSON Schemas (draft 7, which editors know best) of the files that davit reads, made of the decoder's tables. They are stricter than it in one
// thing: it warns of unknown keys and words, they refuse them. Pure; any thread.
#pragma once

#include "base/json.h"
#include "manifest/schema.h"

namespace davit::manifest {

/// What people call the kinds, by the values of the enum.
inline constexpr std::string_view kDocumentKinds[] = {"stack", "application", "component", "params"};

/// The whole schema; `stack` is that of a stack.yaml or hub.yaml of either kind.
json::object JsonSchema(DocumentKind kind);

}  // namespace davit::manifest
