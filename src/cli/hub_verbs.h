// The options of those verbs of `davit hub` that do something with what stands: invoke, render, backup create. They are those of hubctl, by
// the same names (spec/stacks.md 1.11). What all verbs take is in hub_options.h.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace davit::cli {

struct Options;

/// Lists are as they were typed, split at commas. Beside these they use base_dir, os_environment and overrides of HubOptions.
struct HubVerbOptions {
  std::string component;
  std::string verb;
  std::string elaborate;  // "" = $HUB_ELABORATE
  std::string state;      // "" = $HUB_STATE; of backup create as it is typed
  std::vector<std::string> templates;
  std::string kind = "curly";
  std::string additional;  // NAME=value,…
  std::string output;      // of backup create: places; "" = the standard output
  bool allow_partial = false;
};

void DeclareHubInvoke(CLI::App& app, Options& options);
void DeclareHubRender(CLI::App& app, Options& options);
void DeclareHubBackupCreate(CLI::App& app, Options& options);

}  // namespace davit::cli
