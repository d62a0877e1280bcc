// What is checked out where a directory lies: what `davit hub` tells of a component's git repository (spec/stacks.md 1.7). Git is run three times at
// most for a repository, however many directories are asked for. One thread.
#pragma once

#include <map>
#include <string>

#include "base/fd.h"
#include "exec/supervisor.h"

namespace davit::source {

struct GitHead {
  std::string ref;      // "main 0123456"; "(not a Git)" where there is no repository, or it cannot be read
  std::string problem;  // why it cannot; "" = it can, or there is none
  std::string clean;    // "clean" or "dirty"; "not calculated" where nobody asked; "" where there is no repository
};

class GitHeads {
 public:
  /// `status`: whether files differ from the commit is looked for, which takes time.
  GitHeads(exec::ProcessEnv environment, bool status) : environment_(std::move(environment)), status_(status) {}

  const GitHead& Of(const Path& directory);

 private:
  GitHead Look(const Path& top);

  exec::ProcessEnv environment_;
  const bool status_;
  std::map<Path, GitHead> known_;  // by the directory that holds .git; "" = none does
};

}  // namespace davit::source
