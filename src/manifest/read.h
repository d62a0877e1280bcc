// Reads the files of a stack: the manifest, those that it comes from (`fromStack`), files of parameters, files of components. One thread.
#pragma once

#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "manifest/elaborate.h"
#include "manifest/fetch.h"
#include "manifest/source.h"

namespace davit::manifest {

struct ReadOptions {
  Path directory = ".";               // of the manifest, or the manifest itself
  std::string environment;            // whose `params-<environment>.yaml` is read; "" = none
  std::vector<Path> parameter_files;  // in order
  Path components_base;               // where clones of git sources lie; "" = beside the manifest
  /// As seed 004's command line: no params*.yaml of the stack itself is read unasked, the order is made from `depends`, a component without a
  /// file is an error.
  bool hub = false;
  Surroundings surroundings = {};
  FetchGit fetch = {};  // of sources in git whose clone is not there; empty = that is an error
};

/// Everything that the files say, merged but for the parameters of the stack itself. `stack` gets directory, environment and convention. Where
/// `diagnostics` has errors, names and directories of components are there and no more that one may rely on. Error: there is no
/// manifest, or two.
Result<Declarations> ReadDeclarations(const ReadOptions& options, Source& source, SourceMap& map,
                                      Diagnostics& diagnostics, Stack& stack);

}  // namespace davit::manifest
