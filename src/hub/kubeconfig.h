// From a state file to an entry of a kubeconfig: the cluster whose addresses and keys a component left as outputs (dns.domain,
// kubernetes.flavor, kubernetes.api.*), or the stack has as parameters. Pure; any thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hub/state_file.h"

namespace davit::hub {

struct KubeRequest {
  std::vector<std::string>
      providers;  // components to be asked, the first that there is; empty = who provides `kubernetes`, else well-known names
  std::string context;                             // its name; "" = the domain
  std::map<std::string, std::string> environment;  // names that stand in for a missing domain
};

struct KubeEntry {
  std::string context;
  std::string cluster;  // the domain
  std::string server;
  std::string ca;  // PEM; may be empty
  std::string user;
  std::string token;
  std::string client_cert;  // PEM
  std::string client_key;
  std::string eks_cluster;  // its token comes from aws-iam-authenticator, where `token` is empty
};

/// not_found names the output that is missing.
Result<KubeEntry> KubeEntryOf(const StateFile& state, const KubeRequest& request);

struct KubeMerge {
  bool overwrite = false;       // a context that is there already
  bool switch_context = false;  // also where another one is current
};
/// Puts it into a kubeconfig (empty = a new one); all else in it stays. False where a context of that name is there and is to stay; `warning`
/// gets why that may be wrong.
Result<bool> MergeKubeEntry(json::object& kubeconfig, const KubeEntry& entry, const KubeMerge& merge,
                            std::string* warning);

}  // namespace davit::hub
