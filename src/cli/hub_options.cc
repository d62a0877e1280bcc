#include "cli/hub_options.h"

#include <CLI/CLI.hpp>

#include "cli/context.h"
#include "cli/warning_options.h"

namespace davit::cli {
namespace {

/// What hubctl takes and davit has no use for, or does not do yet: its own service, credentials of its own clients, terminal and log
/// modes.
void DeclareIgnored(CLI::App& app) {
  for (const char* flag : {"-v,--verbose", "-d,--debug", "--trace", "--switch-kube-context", "--hub-sync",
                           "--hub-sync-skip-parameters-and-oplog", "--aws_use_iam_role_credentials",
                           "--aws_prefer_profile_credentials", "--all-warnings"})
    app.add_flag(flag)->group("");
  for (const char* option :
       {"--config", "--cache", "--aws_profile", "--aws_region", "--gcp_credentials_file", "--azure_credentials_file",
        "--log-destination", "--tty", "--hub-environment", "--hub-stack-instance", "--hub-application"})
    app.add_option(option)->group("");
}

/// Of a script whose variable is empty: it would otherwise mean all.
std::string NamesSomething(const std::string& list) {
  return list.find_first_not_of(", \t") == std::string::npos ? "no component is named" : "";
}

void DeclareRun(CLI::App& app, Options& options, const std::string& verb) {
  HubOptions& hub = options.hub;
  app.add_option("ELABORATE", hub.files, "What `davit hub elaborate` wrote; several places separated by commas")
      ->required();
  app.add_option("-s,--state", hub.state, "State files, separated by commas; s3://, gs:// and az:// too")
      ->capture_default_str();
  app.add_flag("-n,--no-state", hub.no_state, "Neither read nor write a state file");
  app.add_option("-c,--components", hub.components, "Only these, separated by commas")
      ->type_name("LIST")
      ->check(NamesSomething);
  app.add_option("-o,--offset", hub.offset, "From this component on")->type_name("COMPONENT")->check(NamesSomething);
  app.add_option("-l,--limit", hub.limit, "Up to this component")->type_name("COMPONENT")->check(NamesSomething);
  app.add_option("-e,--environment", hub.overrides, "Values over those of the process environment: NAME=demo,SIZE=3");
  app.add_option("-b,--base-dir", hub.base_dir, "Where clones of git sources lie; default: beside the file")
      ->type_name("DIR");
  app.add_flag("-y,--dry", hub.dry, "Run the verb " + verb + "-test instead");
  app.add_option("--os-environment", hub.os_environment, "What components get: no-tfvars, everything, strict")
      ->check(CLI::IsMember({"no-tfvars", "everything", "strict"}))
      ->capture_default_str();
  app.add_option("--clouds", hub.clouds, "Clouds that are there: aws,azure,gcp; default: those that are required")
      ->type_name("LIST");
  app.add_flag("--write-oplog-to-state-on-error", hub.write_oplog, "Keep the log of what failed in the state file");
  app.add_option("--parallelism", options.parallelism,
                 "Components at work at one time; 1, the default, keeps their order")
      ->check(CLI::Range(1, 1024))
      ->type_name("N");
  app.add_flag("--git-outputs,!--no-git-outputs", hub.git_outputs,
               "Give hub.components.NAME.git.ref and .clean, where the stack mentions them")
      ->default_str("true");
  app.add_flag("--git-outputs-status", hub.git_status,
               "Look whether a repository is clean for hub.components.NAME.git.clean");
  app.add_flag("-g,--load-global-state")->group("");  // taken as hubctl's, without effect
  DeclareHubCommon(app, options);
}

}  // namespace

void DeclareHubCommon(CLI::App& app, Options& options) {
  HubOptions& hub = options.hub;
  app.add_flag("-f,--force", hub.force, "Go on in spite of errors");
  app.add_flag("--compressed,!--no-compressed", hub.compressed,
               "Write files with gzip; --compressed=false: as they are")
      ->default_str("true");
  app.add_option("--encrypted", hub.encrypted, "Encrypt what is written: true, false, if-key-set (HUB_CRYPTO_PASSWORD)")
      ->check(CLI::IsMember({"true", "false", "if-key-set"}))
      ->expected(0, 1)
      ->default_str("if-key-set");
  DeclareAllow(app, options);
  DeclareIgnored(app);
}

void DeclareHubDeploy(CLI::App& app, Options& options) {
  DeclareRun(app, options, "deploy");
}

void DeclareHubUndeploy(CLI::App& app, Options& options) {
  DeclareRun(app, options, "undeploy");
  app.add_flag("--guess", options.hub.guess, "Begin with the last component that the state knows")->default_str("true");
}

}  // namespace davit::cli
