// The options of `davit hub`: those of hubctl, by the same names (spec/stacks.md 1.11). Each verb declares its own and those that all verbs take.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace davit::cli {

struct Options;

/// Lists are as they were typed, split at commas.
struct HubOptions {
  std::vector<std::string> files;  // the arguments
  std::string state = "hub.yaml.state";
  bool no_state = false;
  std::string components;
  std::string offset;
  std::string limit;
  std::string overrides;  // -e NAME=value,…
  std::string base_dir;
  bool dry = false;
  std::string os_environment = "no-tfvars";
  std::string clouds;
  bool write_oplog = false;
  bool git_outputs = true;
  bool git_status = false;
  bool guess = true;
  bool force = false;
  bool compressed = true;
  std::string encrypted = "if-key-set";
};

/// What every verb takes.
void DeclareHubCommon(CLI::App& app, Options& options);
void DeclareHubDeploy(CLI::App& app, Options& options);
void DeclareHubUndeploy(CLI::App& app, Options& options);

}  // namespace davit::cli
