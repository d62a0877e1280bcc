// The options of `davit hub elaborate`: those of hubctl, by the same names (spec/stacks.md 1.11).
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace davit::cli {

struct Options;

/// Lists are as they were typed, with commas.
struct HubElaborateOptions {
  std::vector<std::string>
      files;  // the manifest, then files of parameters; of several with commas the first that is there
  std::vector<std::string> states;
  bool state_parameters = true;
  std::string output = "hub.yaml.elaborate";
  std::string base_dir;
  std::string provides;
  std::string overrides;  // NAME=value,…
};

void DeclareHubElaborate(CLI::App& app, Options& options);

}  // namespace davit::cli
