// From files to a settled stack: decode (files to declarations), elaborate (merge them), settle (fix the stack's parameters). All
// errors of a stage are collected; a stage begins only where the one before it had none. What a name means inside a component, and
// who waits for whom, is for graph/ to say (graph::Bind). One thread.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "manifest/fetch.h"
#include "manifest/implicit.h"
#include "manifest/source.h"
#include "model/stack.h"

namespace davit::manifest {

struct LoadOptions {
  Path directory = ".";  // of the manifest, or the manifest itself
  std::string environment = "default";
  std::vector<Path> parameter_files;  // -p, in order
  /// Of the parameters that every stack has; asked where something refers to them.
  std::function<Implicit(const Stack&)> implicit;
  /// Of sources in git whose clone is not there; empty = that is an error.
  FetchGit fetch;
  std::optional<uint32_t> platform;  // -s: the state of the stack that this one is put upon, its file in the source map
  Trace* trace = nullptr;            // keeps what becomes of the parameters
};

/// A variable of the process environment by which user parameters without a value get one.
struct Capture {
  std::string variable;
  bool path = false;  // it holds the path of a file, whose content is the value (`fromFile: $VARIABLE`)
  std::vector<const Parameter*> takers;  // in the order of their declaration; part of Captures::stack
};

struct Captures {
  Stack stack;  // not settled
  std::vector<Capture> variables;
};

/// The manifest in a directory, or the file itself: stack.yaml, else hub.yaml. not_found where there is none, invalid_input where there are
/// both.
Result<Path> FindManifest(const Path& directory, Source& source);

/// The stack with its components in the order of their declaration, stack parameters settled: `value` is a constant, but for kind link,
/// which stays an expression. Where `diagnostics` has errors, it has the names and
/// directories of components and no more that one may rely on. Error: there is no manifest, or two (nothing to show a
/// position in).
Result<Stack> Load(const LoadOptions& options, Source& source, SourceMap& map, Diagnostics& diagnostics);

/// What settle would look up in the process environment, each variable once, in the order in which the files, the stack's own first, declare
/// who takes it. Asks for none. Errors as Load.
Result<Captures> FindCaptures(const LoadOptions& options, Source& source, SourceMap& map, Diagnostics& diagnostics);

}  // namespace davit::manifest
