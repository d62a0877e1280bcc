#include "manifest/platform_state.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "manifest/merge.h"
#include "manifest/scalar.h"
#include "manifest/suggest.h"
#include "model/capabilities.h"

namespace davit::manifest {
namespace {

constexpr std::string_view kHub = "hub.";
constexpr std::string_view kClusterNames[] = {"dns.domain",
                                              "kubernetes.flavor",
                                              "kubernetes.api.endpoint",
                                              "kubernetes.api.token",
                                              "kubernetes.api.caCert",
                                              "kubernetes.api.clientCert",
                                              "kubernetes.api.clientKey",
                                              "kubernetes.eks.cluster",
                                              "kubernetes.gke.cluster"};

using Values = std::map<std::string, json::value>;

bool IsOfCluster(std::string_view name) {
  return std::find(std::begin(kClusterNames), std::end(kClusterNames), name) != std::end(kClusterNames);
}

/// Takes the items of a list of mappings that have a name.
template <typename Take>
void ForEachNamed(const std::optional<yaml::Node>& list, const Take& take) {
  if (!list || !list->IsSequence()) return;
  for (size_t i = 0; i < list->size(); ++i) {
    const yaml::Node item = list->item(i);
    if (!item.IsMapping()) continue;
    const std::optional<yaml::Node> name = item.Find("name");
    const std::optional<yaml::Node> value = item.Find("value");
    if (!name || !name->IsScalar() || !value) continue;
    Result<json::value> read = ReadValue(*value, Dialect::kYaml11);
    if (read) take(std::string(name->text()), item, *std::move(read));
  }
}

void TakeOutput(Values& values, const std::string& name, json::value value) {
  const size_t colon = name.find(':');
  const bool of_component = colon != std::string::npos && colon > 0 && colon + 1 < name.size();
  values[of_component ? name.substr(colon + 1) : name] = std::move(value);
}

Values OfCluster(const std::optional<yaml::Node>& list) {
  Values found;
  ForEachNamed(list, [&](const std::string& name, yaml::Node, json::value value) {
    if (IsOfCluster(name)) found.emplace(name, std::move(value));
  });
  return found;
}

/// As in seed 004's reference: what the stack hands out; else the outputs of the component that made the cluster; else the parameters.
Values ClusterOf(yaml::Node root, const PlatformState& state) {
  Values outputs;
  ForEachNamed(root.Find("stackOutputs"), [&](const std::string& name, yaml::Node, json::value value) {
    TakeOutput(outputs, name, std::move(value));
  });
  std::erase_if(outputs, [](const auto& item) { return !IsOfCluster(item.first); });
  if (outputs.size() >= 2) return outputs;
  std::vector<std::string> makers;
  if (const auto by = state.provides.find("kubernetes"); by != state.provides.end()) makers = by->second;
  makers.insert(makers.end(), std::begin(kClusterComponents), std::end(kClusterComponents));
  const std::optional<yaml::Node> components = root.Find("components");
  for (const std::string& maker : makers) {
    if (!components || !components->IsMapping()) break;
    const std::optional<yaml::Node> component = components->Find(maker);
    if (!component || !component->IsMapping()) continue;
    const std::optional<yaml::Node> captured = component->Find("capturedOutputs");
    if (captured && captured->IsSequence() && captured->size() > 0) return OfCluster(captured);
  }
  return OfCluster(root.Find("stackParameters"));
}

bool Requires(const Stack& stack, std::string_view capability) {
  return std::find(stack.requires_.begin(), stack.requires_.end(), capability) != stack.requires_.end();
}

void AddClusterParameters(const PlatformState& state, Elaborated& elaborated) {
  Stack& stack = elaborated.stack;
  if (!Requires(stack, "kubernetes") && !Requires(stack, "kubectl")) return;
  for (const auto& [name, value] : state.cluster) {
    if (!IsFilled(value)) continue;
    const bool known = std::any_of(stack.parameters.begin(), stack.parameters.end(), [&](const Parameter& parameter) {
      return parameter.name == name && parameter.component.empty();
    });
    if (known) continue;
    stack.parameters.emplace_back().name = name;
    elaborated.places.emplace_back();
    elaborated.kind_given.push_back(false);
  }
}

void TakeInto(Parameter& parameter, const json::value& value) {
  parameter.value = {};
  parameter.value.constant = value;
  parameter.has_value = true;
}

}  // namespace

PlatformState ReadPlatformState(const std::string& name, const std::string& text, bool parameters, SourceMap& map,
                                Diagnostics& diagnostics) {
  PlatformState state;
  const std::optional<yaml::Document> document = yaml::Parse(map, map.AddFile(name, text), diagnostics);
  if (!document || !document->root() || !document->root()->IsMapping()) return state;
  const yaml::Node root = *document->root();
  if (parameters) {
    ForEachNamed(root.Find("stackParameters"), [&](const std::string& parameter, yaml::Node item, json::value value) {
      const std::optional<yaml::Node> component = item.Find("component");
      if (component && component->IsScalar() && !component->text().empty()) return;
      if (IsFilled(value)) state.values[parameter] = std::move(value);
    });
  }
  ForEachNamed(root.Find("stackOutputs"), [&](const std::string& output, yaml::Node, json::value value) {
    TakeOutput(state.values, output, std::move(value));
  });
  if (const std::optional<yaml::Node> provides = root.Find("provides"); provides && provides->IsMapping()) {
    for (size_t i = 0; i < provides->size(); ++i) {
      std::vector<std::string>& by = state.provides[std::string(provides->key(i))];
      const yaml::Node who = provides->value(i);
      for (size_t j = 0; who.IsSequence() && j < who.size(); ++j) {
        if (who.item(j).IsScalar()) by.emplace_back(who.item(j).text());
      }
    }
  }
  state.cluster = ClusterOf(root, state);
  return state;
}

void TakeFromPlatform(const PlatformState& state, Elaborated& elaborated, Diagnostics& diagnostics) {
  AddClusterParameters(state, elaborated);
  for (size_t i = 0; i < elaborated.stack.parameters.size(); ++i) {
    Parameter& parameter = elaborated.stack.parameters[i];
    if (parameter.name.starts_with(kHub) || IsFilled(parameter.has_value, parameter.value)) continue;
    const auto found = state.values.find(parameter.name);
    if (found == state.values.end()) {
      if (const auto of_cluster = state.cluster.find(parameter.name); of_cluster != state.cluster.end())
        TakeInto(parameter, of_cluster->second);
      continue;
    }
    if (parameter.from_env.empty()) {
      TakeInto(parameter, found->second);
      continue;
    }
    const bool another = IsFilled(parameter.has_default, parameter.default_value) &&
                         !(parameter.default_value->IsConstant() && parameter.default_value->constant == found->second);
    if (another) {
      diagnostics.AddWarning("default-of-platform",
                             "the default of parameter " + Named(QualifiedName(parameter)) +
                                 " is that of the platform's state, as it has fromEnv",
                             elaborated.places[i].default_value, "give it a value to keep it");
    }
    Expression value;
    value.constant = found->second;
    parameter.default_value = std::move(value);
    parameter.has_default = true;
  }
}

}  // namespace davit::manifest
