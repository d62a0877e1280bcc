#include "cli/hub_verbs.h"

#include <CLI/CLI.hpp>

#include "cli/context.h"

namespace davit::cli {
namespace {

/// By these a component's own scripts need not name any file: davit sets the variables for them.
void DeclareFiles(CLI::App& app, HubVerbOptions& verb) {
  app.add_option("-m,--elaborate", verb.elaborate, "What `davit hub elaborate` wrote; default: $HUB_ELABORATE")
      ->type_name("FILE");
  app.add_option("-s,--state", verb.state, "State files, separated by commas; default: $HUB_STATE")->type_name("FILE");
}

void DeclareTools(CLI::App& app, HubOptions& hub) {
  app.add_option("-b,--base-dir", hub.base_dir,
                 "Where clones of git sources lie; default: $HUB_COMPONENTS_BASEDIR, else beside the file")
      ->type_name("DIR");
  app.add_option("--os-environment", hub.os_environment, "What components get: no-tfvars, everything, strict")
      ->check(CLI::IsMember({"no-tfvars", "everything", "strict"}))
      ->capture_default_str();
}

}  // namespace

void DeclareHubInvoke(CLI::App& app, Options& options) {
  HubVerbOptions& verb = options.hub_verb;
  app.add_option("COMPONENT", verb.component, "Component of the stack")->required();
  app.add_option("VERB", verb.verb, "What it is to do")->required();
  DeclareFiles(app, verb);
  DeclareTools(app, options.hub);
  app.add_option("-e,--environment", options.hub.overrides, "More variables for it: PORT=5000,HOST=web");
  DeclareHubCommon(app, options);
}

void DeclareHubRender(CLI::App& app, Options& options) {
  HubVerbOptions& verb = options.hub_verb;
  app.add_option("TEMPLATES", verb.templates, "Files or patterns, in this directory")->required();
  DeclareFiles(app, verb);
  app.add_option("-c,--component", verb.component,
                 "As this component sees the stack; default: $HUB_COMPONENT, else the stack's own values")
      ->type_name("COMPONENT");
  app.add_option("-k,--kind", verb.kind, "curly, mustache or _mustache")->capture_default_str();
  app.add_option("-a,--additional-parameters", verb.additional, "More values: NAME=value,OTHER=value");
  app.add_option("-b,--base-dir", options.hub.base_dir, "Where clones of git sources lie")->type_name("DIR");
  DeclareHubCommon(app, options);
}

void DeclareHubBackupCreate(CLI::App& app, Options& options) {
  HubVerbOptions& verb = options.hub_verb;
  app.add_option("ELABORATE", verb.elaborate, "What `davit hub elaborate` wrote; several places separated by commas")
      ->required();
  app.add_option("-s,--state", verb.state, "State files, separated by commas; s3://, gs:// and az:// too")
      ->required()
      ->type_name("FILE");
  app.add_option("-o,--output", verb.output,
                 "Where to write the bundle, separated by commas; default: the standard output")
      ->type_name("FILE");
  app.add_option("-c,--components", options.hub.components, "Only these, separated by commas")->type_name("LIST");
  app.add_flag("--allow-partial", verb.allow_partial, "Go on where one fails");
  app.add_flag("-y,--dry", options.hub.dry, "Run the verb backup-test instead");
  app.add_option("--clouds", options.hub.clouds,
                 "Clouds that are there: aws,azure,gcp; default: those that are required")
      ->type_name("LIST");
  DeclareTools(app, options.hub);
  DeclareHubCommon(app, options);
}

}  // namespace davit::cli
