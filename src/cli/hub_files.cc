#include "cli/hub_files.h"

#include <CLI/CLI.hpp>

#include "cli/context.h"

namespace davit::cli {

void DeclareHubExplain(CLI::App& app, Options& options) {
  HubFilesOptions& files = options.hub_files;
  app.add_option("FILES", files.files,
                 "State files, separated by commas; before them, if wanted, what `hub elaborate` wrote")
      ->required()
      ->expected(1, 2);
  app.add_flag("-g,--global", files.global, "Only the stack, no components");
  app.add_option("-c,--component", files.component, "Only this component")->type_name("COMPONENT");
  app.add_flag("-r,--raw-outputs", files.raw_outputs, "Also all that components printed as outputs");
  app.add_flag("-l,--op-log", files.operations, "Only what was done");
  app.add_flag("--yaml", files.yaml, "Answer as YAML");
  app.add_flag("--color", files.color, "Colours also where this is no terminal");
  app.add_flag("--show-sensitive", options.show_sensitive, "Show outputs of kind secret in clear");
  DeclareHubCommon(app, options);
}

void DeclareHubUnbundle(CLI::App& app, Options& options) {
  HubFilesOptions& files = options.hub_files;
  app.add_option("BUNDLES", files.files, "Backup bundles, the most wanted last; places of one, separated by commas")
      ->required();
  app.add_option("-o,--output", files.output,
                 "Where to write parameters, separated by commas; default: the standard output")
      ->type_name("FILE");
  app.add_option("-r,--rename", files.rename, "Components under new names: old:new,…")
      ->allow_extra_args(false)
      ->type_name("LIST");
  app.add_option("-e,--erase", files.erase, "Components to leave out")->allow_extra_args(false)->type_name("LIST");
  app.add_option("-i,-c,--include-only,--components", files.only, "Only these components")
      ->allow_extra_args(false)
      ->type_name("LIST");
  DeclareHubCommon(app, options);
}

void DeclareHubKubeconfig(CLI::App& app, Options& options) {
  HubFilesOptions& files = options.hub_files;
  app.add_option("FILES", files.files,
                 "State files, separated by commas; with -s: what `hub elaborate` wrote, which is not read")
      ->required();
  app.add_option("-s,--state", files.states, "State files, separated by commas")
      ->allow_extra_args(false)
      ->type_name("FILE");
  app.add_option("-o,--output", files.output, "Kubeconfig; default: $HUB_KUBECONFIG, $KUBECONFIG, ~/.kube/config")
      ->type_name("FILE");
  app.add_option("-p,--providers", files.providers, "Components that know the cluster, the first that there is")
      ->allow_extra_args(false)
      ->type_name("LIST");
  app.add_option("-c,--context", files.context, "Name of the context; default: the domain")->type_name("NAME");
  app.add_flag("--keep-tls-pems")->group("");
  DeclareHubCommon(app, options);
  app.remove_option(app.get_option("--switch-kube-context"));  // here it has an effect
  app.add_flag("-k,--switch-kube-context", files.switch_context, "Make it the current one");
}

void DeclareHubExt(CLI::App& app, Options& options) {
  app.add_option("NAME", options.hub_files.files,
                 "The extension and its arguments, all that follows; `ls` lists what there is")
      ->required();
}

}  // namespace davit::cli
