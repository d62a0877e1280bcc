// The source of a component in git, of which there is no clone. One thread.
#pragma once

#include <optional>
#include <string>

#include "base/diagnostics.h"
#include "manifest/declarations.h"
#include "manifest/fetch.h"

namespace davit::manifest {

/// Where a clone of a component's source lies, if a person made one: relative to the base of clones.
const std::string& CloneOf(const ComponentEntry& component);

/// Whether FetchSource has been here: neither a directory of the stack nor a clone. Its `text` names remote, commit and directory.
bool IsFetched(const SourceDeclaration& source);

/// The directory of its source at the pinned commit; nullopt where it cannot be had, which is said.
std::optional<Path> FetchSource(const FetchGit& fetch, ComponentEntry& component, Diagnostics& diagnostics);

}  // namespace davit::manifest
