// How the sources of components come here from git: passed in, so that manifest/ starts no process. One thread.
#pragma once

#include <functional>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace davit::manifest {

struct GitSource {
  std::string remote;
  std::string ref;  // a branch, a tag, a commit; "" = what the remote takes by default
  std::string sub_dir;
};

struct FetchedSource {
  Path directory;  // that of `sub_dir`
  std::string commit;
  std::string note;  // what a person has to know of it: a warning; "" = nothing
  std::string suggestion;
};

using FetchGit = std::function<Result<FetchedSource>(const GitSource&)>;

}  // namespace davit::manifest
