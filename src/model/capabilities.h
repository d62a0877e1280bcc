// Capabilities that the machine has rather than a component (seed 004: built-in requirements). Pure; any thread.
#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>

namespace davit {

/// One that may be found by running its tool, so that a stack is complete without a component that provides it.
inline bool IsBuiltIn(std::string_view capability) {
  static constexpr std::string_view kBuiltIn[] = {"aws",     "gcp",        "gcs",  "azure",     "arm",
                                                  "kubectl", "kubernetes", "helm", "terraform", "vault"};
  return std::find(std::begin(kBuiltIn), std::end(kBuiltIn), capability) != std::end(kBuiltIn);
}

/// Adds it with what it brings along: a cluster comes with its client (seed 004).
template <typename Set>
void AddCapability(Set& provided, const std::string& capability) {
  provided.insert(capability);
  if (capability == "kubernetes") provided.insert("kubectl");
}

/// The parameter by which a component asks for the capabilities that are provided when it runs.
inline constexpr std::string_view kProvidesParameter = "hub.provides";

/// Names of components that make a cluster, where a state does not say who provides `kubernetes`: the well-known ones of seed 004.
inline constexpr std::string_view kClusterComponents[] = {
    "kubernetes", "eks",     "gke",     "aks",     "stack-k8s-aws", "stack-k8s-eks", "stack-k8s-gke", "stack-k8s-aks",
    "k8s-aws",    "k8s-eks", "k8s-gke", "k8s-aks", "k8s-hybrid",    "k8s-metal",     "k8s-openshift"};

}  // namespace davit
