// The options of those verbs of `davit hub` that run no component: explain, backup unbundle, kubeconfig, ext. They are those of hubctl, by the
// same names (spec/stacks.md 1.11). What all verbs take is in hub_options.h.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace davit::cli {

struct Options;

/// Lists are as they were typed, with commas.
struct HubFilesOptions {
  std::vector<std::string> files;   // the arguments; of ext its words
  std::vector<std::string> states;  // -s
  std::string output;               // places, or of kubeconfig a file
  std::string component;
  bool global = false;
  bool raw_outputs = false;
  bool operations = false;
  bool yaml = false;
  bool color = false;
  std::vector<std::string> rename;
  std::vector<std::string> erase;
  std::vector<std::string> only;
  std::vector<std::string> providers;
  std::string context;
  bool switch_context = false;
};

void DeclareHubExplain(CLI::App& app, Options& options);
void DeclareHubUnbundle(CLI::App& app, Options& options);
void DeclareHubKubeconfig(CLI::App& app, Options& options);
void DeclareHubExt(CLI::App& app, Options& options);

}  // namespace davit::cli
