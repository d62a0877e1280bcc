#include "runner/passed_environment.h"

#include <algorithm>
#include <string_view>

namespace davit::runner {
namespace {

/// `--os-environment strict`; a * at the end stands for anything.
constexpr std::string_view kWellKnown[] = {"AWS_PROFILE",
                                           "AWS_DEFAULT_REGION",
                                           "AZURE_*",
                                           "ARM_*",
                                           "GOOGLE_APPLICATION_CREDENTIALS",
                                           "KUBECONFIG",
                                           "HUB",
                                           "HUB_*",
                                           "GOBIN",
                                           "GOPATH",
                                           "GOROOT",
                                           "GOOS",
                                           "GOARCH",
                                           "DOCKER_*",
                                           "NVM_*",
                                           "NODE_*",
                                           "SDKMAN_*",
                                           "GRADLE_HOME",
                                           "VIRTUALENVWRAPPER_*",
                                           "VIRTUAL_ENV",
                                           "HOME",
                                           "LANG",
                                           "LC_*",
                                           "LOGNAME",
                                           "PATH",
                                           "LD_LIBRARY_PATH",
                                           "SHELL",
                                           "SSH_AUTH_SOCK",
                                           "TERM",
                                           "TMPDIR",
                                           "USER"};

bool IsWellKnown(std::string_view name) {
  return std::any_of(std::begin(kWellKnown), std::end(kWellKnown), [&](std::string_view known) {
    return known.ends_with('*') ? name.starts_with(known.substr(0, known.size() - 1)) : name == known;
  });
}

bool Passes(control::PassedEnvironment mode, std::string_view name) {
  switch (mode) {
    case control::PassedEnvironment::kNoTfVars:
      return !name.starts_with("TF_VAR_");
    case control::PassedEnvironment::kEverything:
      return true;
    case control::PassedEnvironment::kStrict:
      return IsWellKnown(name);
  }
  return false;
}

}  // namespace

exec::ProcessEnv PassedEnvironmentOf(const control::Lease& lease, const exec::ProcessEnv& environment) {
  exec::ProcessEnv passed;
  if (lease.in_place) {
    for (const auto& [name, value] : environment) {
      if (Passes(lease.in_place->passed_environment, name)) passed.emplace(name, value);
    }
  }
  for (const std::vector<std::string>* names : {&lease.module.environment, &lease.pass_env}) {
    for (const std::string& name : *names) {
      if (auto found = environment.find(name); found != environment.end()) passed.insert(*found);
    }
  }
  if (lease.in_place) {
    for (const auto& [name, value] : lease.in_place->more_environment) passed[name] = value;
  }
  return passed;
}

}  // namespace davit::runner
