#include "hub/kubeconfig.h"

#include <algorithm>
#include <optional>

#include "base/digest.h"
#include "model/capabilities.h"
#include "model/value.h"

namespace davit::hub {
namespace {

/// The component that knows the cluster; "" = the stack's parameters have to.
std::string ProviderIn(const StateFile& state, const KubeRequest& request) {
  std::vector<std::string> names = request.providers;
  if (names.empty()) {
    if (const auto by = state.provides.find("kubernetes"); by != state.provides.end()) names = by->second;
    names.insert(names.end(), std::begin(kClusterComponents), std::end(kClusterComponents));
  }
  const auto found =
      std::find_if(names.begin(), names.end(), [&](const std::string& name) { return state.Find(name) != nullptr; });
  return found == names.end() ? "" : *found;
}

/// Looks names up among the outputs of one component, then the stack's parameters.
class Lookup {
 public:
  Lookup(const StateFile& state, std::string provider) : state_(state), provider_(std::move(provider)) {}

  std::string May(std::string_view name) const {
    if (const ComponentState* component = state_.Find(provider_)) {
      for (const auto& output : component->captured_outputs) {
        if (output->component == provider_ && output->name == name) return ToText(output->value);
      }
    }
    for (const LockedParameter& parameter : state_.stack_parameters) {
      if (parameter.component.empty() && parameter.name == name) return ToText(parameter.value);
    }
    return "";
  }
  Result<std::string> Must(const std::string& name) const {
    std::string value = May(name);
    if (!value.empty()) return value;
    return Fail(ErrorCode::kNotFound,
                provider_.empty()
                    ? "the stack has no parameter '" + name + "', and no component knows a cluster"
                    : "component '" + provider_ + "' has no output '" + name + "', the stack no such parameter",
                "name the component that made the cluster: --providers NAME");
  }

 private:
  const StateFile& state_;
  std::string provider_;
};

std::string DomainOf(const Lookup& lookup, const std::map<std::string, std::string>& environment) {
  const auto variable = [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
  };
  for (const std::string& candidate : {lookup.May("dns.domain"), variable("HUB_DOMAIN_NAME"), variable("DOMAIN_NAME"),
                                       lookup.May("dns.name"), variable("HUB_STACK_NAME"), variable("STACK_NAME")}) {
    if (!candidate.empty()) return candidate;
  }
  return "";
}

Result<> MakeList(json::object& kubeconfig, std::string_view key) {
  json::value& list = kubeconfig[key];
  if (list.is_null()) list = json::array();
  if (list.is_array()) return {};
  return Fail(ErrorCode::kInvalidInput, "'" + std::string(key) + "' of the kubeconfig is no list",
              "mend it, or name another file with -o");
}

json::object* FindNamed(json::array& list, std::string_view name) {
  for (json::value& item : list) {
    if (json::object* object = item.if_object(); object != nullptr && GetString(*object, "name") == name) return object;
  }
  return nullptr;
}

void PutNamed(json::array& list, json::object item) {
  if (json::object* old = FindNamed(list, GetString(item, "name"))) {
    *old = std::move(item);
  } else {
    list.push_back(std::move(item));
  }
}

/// The certificate that a context trusts is another than that of the entry: "" or what to say about it.
std::string Mismatch(const json::object& context, json::array& clusters, const KubeEntry& entry) {
  const json::object* of_context = GetObject(context, "context");
  const json::object* named = of_context == nullptr ? nullptr : FindNamed(clusters, GetString(*of_context, "cluster"));
  const json::object* cluster = named == nullptr ? nullptr : GetObject(*named, "cluster");
  const std::string ca = cluster == nullptr ? "" : GetString(*cluster, "certificate-authority-data");
  if (ca.empty() || entry.ca.empty() || ca == ToBase64(entry.ca)) return "";
  return "context '" + entry.context + "' trusts another certificate than this stack's cluster has: -f writes it anew";
}

}  // namespace

Result<KubeEntry> KubeEntryOf(const StateFile& state, const KubeRequest& request) {
  const Lookup lookup(state, ProviderIn(state, request));
  KubeEntry entry;
  entry.cluster = DomainOf(lookup, request.environment);
  if (entry.cluster.empty())
    return Fail(ErrorCode::kNotFound,
                "the cluster has no name: there is no output or parameter 'dns.domain' or 'dns.name'",
                "set HUB_DOMAIN_NAME");
  entry.context = request.context.empty() ? entry.cluster : request.context;
  const std::string endpoint = lookup.May("kubernetes.api.endpoint");
  entry.server = endpoint.empty()                            ? "https://" + entry.cluster
                 : endpoint.find("://") == std::string::npos ? "https://" + endpoint
                                                             : endpoint;
  std::string flavor = lookup.May("kubernetes.flavor");
  if (flavor.empty()) flavor = "k8s-aws";
  if (flavor == "openshift") {
    entry.ca = lookup.May("kubernetes.api.caCert");
  } else {
    TRY_ASSIGN(entry.ca, lookup.Must("kubernetes.api.caCert"));
  }
  if (flavor == "k8s-aws" || flavor == "hybrid" || flavor == "metal") {
    entry.user = "admin@" + entry.cluster;
    TRY_ASSIGN(entry.client_cert, lookup.Must("kubernetes.api.clientCert"));
    TRY_ASSIGN(entry.client_key, lookup.Must("kubernetes.api.clientKey"));
  } else if (flavor == "eks") {
    TRY_ASSIGN(entry.eks_cluster, lookup.Must("kubernetes.eks.cluster"));
    entry.user = "eks-" + entry.eks_cluster;
    entry.token = lookup.May("kubernetes.api.token");
  } else if (flavor == "openshift" || flavor == "gke" || flavor == "aks") {
    entry.user = flavor + "-" + entry.cluster;
    TRY_ASSIGN(entry.token, lookup.Must("kubernetes.api.token"));
  } else {
    return Fail(ErrorCode::kInvalidInput, "how to log in to a cluster of flavor '" + flavor + "' is not known",
                "one of k8s-aws, hybrid, metal, eks, gke, aks, openshift");
  }
  return entry;
}

Result<bool> MergeKubeEntry(json::object& kubeconfig, const KubeEntry& entry, const KubeMerge& merge,
                            std::string* warning) {
  if (kubeconfig.empty()) kubeconfig = {{"apiVersion", "v1"}, {"kind", "Config"}};
  for (const char* key : {"clusters", "contexts", "users"}) TRY(MakeList(kubeconfig, key));
  json::array& clusters = kubeconfig["clusters"].as_array();
  json::array& contexts = kubeconfig["contexts"].as_array();
  json::array& users = kubeconfig["users"].as_array();
  const json::object* old = FindNamed(contexts, entry.context);
  const bool kept = old != nullptr && !merge.overwrite;
  if (kept) {
    *warning = Mismatch(*old, clusters, entry);
  } else {
    json::object cluster = {{"server", entry.server}};
    if (!entry.ca.empty()) cluster["certificate-authority-data"] = ToBase64(entry.ca);
    PutNamed(clusters, {{"name", entry.cluster}, {"cluster", std::move(cluster)}});
    json::object user;
    if (!entry.client_cert.empty()) {
      user["client-certificate-data"] = ToBase64(entry.client_cert);
      user["client-key-data"] = ToBase64(entry.client_key);
    } else if (!entry.token.empty()) {
      user["token"] = entry.token;
    } else {
      user["exec"] = {{"apiVersion", "client.authentication.k8s.io/v1beta1"},
                      {"command", "aws-iam-authenticator"},
                      {"args", json::array{"token", "-i", entry.eks_cluster}},
                      {"interactiveMode", "Never"}};
    }
    PutNamed(contexts, {{"name", entry.context},
                        {"context", {{"cluster", entry.cluster}, {"user", entry.user}, {"namespace", "kube-system"}}}});
    PutNamed(users, {{"name", entry.user}, {"user", std::move(user)}});
  }
  if (merge.switch_context || GetString(kubeconfig, "current-context").empty())
    kubeconfig["current-context"] = entry.context;  // last: a new key may move the lists
  return !kept;
}

}  // namespace davit::hub
