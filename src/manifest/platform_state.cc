#include "manifest/platform_state.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
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
    const std::optional<yaml::Node> kind = item.Find("kind");
    const bool secret = kind && kind->IsScalar() && kind->text().starts_with("secret");
    if (read) take(std::string(name->text()), item, PlatformValue{*std::move(read), value->pos(), secret});
  }
}

void TakeOutput(PlatformValues& values, const std::string& name, PlatformValue value) {
  const size_t colon = name.find(':');
  const bool of_component = colon != std::string::npos && colon > 0 && colon + 1 < name.size();
  values[of_component ? name.substr(colon + 1) : name] = std::move(value);
}

PlatformValues OfCluster(const std::optional<yaml::Node>& list) {
  PlatformValues found;
  ForEachNamed(list, [&](const std::string& name, yaml::Node, PlatformValue value) {
    if (IsOfCluster(name)) found.emplace(name, std::move(value));
  });
  return found;
}

/// As in seed 004's reference: what the stack hands out; else the outputs of the component that made the cluster; else the parameters.
PlatformValues ClusterOf(yaml::Node root, const PlatformState& state) {
  PlatformValues outputs;
  ForEachNamed(root.Find("stackOutputs"), [&](const std::string& name, yaml::Node, PlatformValue value) {
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

/// One value is secret wherever it stands: only outputs are marked, and not the parameters that they are made of.
void MarkSecrets(yaml::Node root, PlatformState& state) {
  std::set<std::string> secrets;
  const auto collect = [&](const std::optional<yaml::Node>& list) {
    ForEachNamed(list, [&](const std::string&, yaml::Node, const PlatformValue& found) {
      if (found.secret && IsFilled(found.value)) secrets.insert(ToText(found.value));
    });
  };
  collect(root.Find("stackOutputs"));
  collect(root.Find("capturedOutputs"));
  for (PlatformValues* values : {&state.values, &state.cluster}) {
    for (auto& [name, found] : *values) found.secret = found.secret || secrets.contains(ToText(found.value));
  }
}

bool Requires(const Stack& stack, std::string_view capability) {
  return std::find(stack.requires_.begin(), stack.requires_.end(), capability) != stack.requires_.end();
}

void AddClusterParameters(const PlatformState& state, Elaborated& elaborated) {
  Stack& stack = elaborated.stack;
  if (!Requires(stack, "kubernetes") && !Requires(stack, "kubectl")) return;
  for (const auto& [name, found] : state.cluster) {
    if (!IsFilled(found.value)) continue;
    const bool known = std::any_of(stack.parameters.begin(), stack.parameters.end(), [&](const Parameter& parameter) {
      return parameter.name == name && parameter.component.empty();
    });
    if (known) continue;
    Parameter& parameter = stack.parameters.emplace_back();
    parameter.name = name;
    parameter.pos = found.pos;
    elaborated.places.emplace_back();
    elaborated.kind_given.push_back(false);
  }
}

/// As a source says it, for who asks where it came from.
void Trail(Trace* trace, const Parameter& parameter, const PlatformValue& found, Field field) {
  if (trace == nullptr) return;
  Parameter said;
  said.name = parameter.name;
  said.component = parameter.component;
  said.pos = said.value_pos = found.pos;
  Expression constant;
  constant.constant = found.value;
  if (field == Field::kDefault) {
    said.has_default = true;
    said.default_value = std::move(constant);
  } else {
    said.has_value = true;
    said.value = std::move(constant);
  }
  trace->Given(said, ParameterStep::From::kPlatform, field);
}

/// As the parameter's type asks for.
json::value ValueFor(const Parameter& parameter, const json::value& value) {
  if (!value.is_string()) return value;
  std::optional<json::value> typed = TextAs(std::string(value.as_string()), parameter.type);
  return typed ? *std::move(typed) : value;
}

void TakeInto(Parameter& parameter, const PlatformValue& found, Trace* trace) {
  parameter.value = {};
  parameter.value.constant = ValueFor(parameter, found.value);
  parameter.value_pos = found.pos;
  parameter.has_value = true;
  Trail(trace, parameter, found, Field::kValue);
}

}  // namespace

PlatformState ReadPlatformState(SourceMap& map, uint32_t file, bool parameters, Diagnostics& diagnostics) {
  PlatformState state;
  const std::optional<yaml::Document> document = yaml::Parse(map, file, diagnostics);
  if (!document || !document->root() || !document->root()->IsMapping()) return state;
  const yaml::Node root = *document->root();
  if (parameters) {
    ForEachNamed(root.Find("stackParameters"), [&](const std::string& parameter, yaml::Node item, PlatformValue value) {
      const std::optional<yaml::Node> component = item.Find("component");
      if (component && component->IsScalar() && !component->text().empty()) return;
      if (IsFilled(value.value)) state.values[parameter] = std::move(value);
    });
  }
  ForEachNamed(root.Find("stackOutputs"), [&](const std::string& output, yaml::Node, PlatformValue value) {
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
  if (const std::optional<yaml::Node> status = root.Find("status"); status && status->IsScalar())
    state.status = status->text();
  MarkSecrets(root, state);
  return state;
}

void TakeFromPlatform(const PlatformState& state, Trace* trace, Elaborated& elaborated, Diagnostics& diagnostics) {
  if (state.cluster.empty() && state.values.empty()) return;
  AddClusterParameters(state, elaborated);
  for (size_t i = 0; i < elaborated.stack.parameters.size(); ++i) {
    Parameter& parameter = elaborated.stack.parameters[i];
    if (parameter.name.starts_with(kHub) || IsFilled(parameter.has_value, parameter.value)) continue;
    const auto of_cluster = state.cluster.find(parameter.name);
    const auto of_stack = state.values.find(parameter.name);
    const bool known = of_stack != state.values.end();
    if (!known && of_cluster == state.cluster.end()) continue;
    const PlatformValue& found = known ? of_stack->second : of_cluster->second;
    parameter.sensitive = parameter.sensitive || found.secret;
    if (!known || parameter.from_env.empty()) {
      TakeInto(parameter, found, trace);
      continue;
    }
    const bool another = IsFilled(parameter.has_default, parameter.default_value) &&
                         !(parameter.default_value->IsConstant() && parameter.default_value->constant == found.value);
    if (another) {
      diagnostics.AddWarning("default-of-platform",
                             "the default of parameter " + Named(QualifiedName(parameter)) +
                                 " is that of the platform's state, as it has fromEnv",
                             elaborated.places[i].default_value, "give it a value to keep it");
    }
    Expression value;
    value.constant = ValueFor(parameter, found.value);
    parameter.default_value = std::move(value);
    parameter.has_default = true;
    Trail(trace, parameter, found, Field::kDefault);
  }
}

}  // namespace davit::manifest
