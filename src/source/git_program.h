// How this folder runs git: without a shell, with a time limit, never asking anybody. One thread.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "exec/supervisor.h"

namespace davit::source {

/// git on the PATH of `environment`, which becomes the one to run it with: no name by which it would take another repository than it is told,
/// no prompt. not_found where there is none; `purpose` goes on "there is no git on the PATH, ".
Result<Path> FindGit(exec::ProcessEnv& environment, const std::string& purpose);

/// Its output. Where it fails, invalid_input with the line by which it says why.
Result<std::string> RunGit(const Path& git, const std::vector<std::string>& arguments,
                           const exec::ProcessEnv& environment, int64_t timeout_ms);

}  // namespace davit::source
