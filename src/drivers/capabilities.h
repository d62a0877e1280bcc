// The built-in capabilities of seed 004, `aws gcp gcs azure arm kubectl kubernetes helm vault`: a machine has one where its tool really runs.
// One thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "exec/supervisor.h"

namespace davit::drivers {

class Capabilities {
 public:
  /// Tools are looked for on the PATH of `environment`, and get all of it.
  explicit Capabilities(exec::ProcessEnv environment) : environment_(std::move(environment)) {}

  /// "" = it is there; else why not, with the command that was tried. Each command is run at most once, and for no longer than 20 s.
  std::string Missing(std::string_view capability);

 private:
  const exec::ProcessEnv environment_;
  std::map<std::string, std::string> asked_;  // command → why it failed
};

}  // namespace davit::drivers
