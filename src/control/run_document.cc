#include "control/run_document.h"

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>

#include "base/json.h"
#include "manifest/document.h"
#include "model/stack_ready.h"

namespace davit::control {
namespace {

json::array Texts(const std::vector<std::string>& texts) {
  json::array array;
  array.reserve(texts.size());
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

json::object ModuleToJson(const ModuleInfo& module) {
  json::object variables;
  for (const auto& [name, variable] : module.variables) {
    variables[name] = json::object{{"type", std::string(ToString(variable.type))},
                                   {"sensitive", variable.sensitive},
                                   {"required", variable.required}};
  }
  json::object outputs;
  for (const auto& [name, output] : module.outputs) outputs[name] = output.sensitive;
  return json::object{{"driver", module.driver},
                      {"driver_version", module.driver_version},
                      {"variables", std::move(variables)},
                      {"outputs", std::move(outputs)},
                      {"fully_read", module.fully_read},
                      {"needs_init", module.needs_init},
                      {"foreign_backend", module.foreign_backend},
                      {"tool", module.tool},
                      {"tool_path", module.tool_path.string()},
                      {"tool_version", module.tool_version},
                      {"environment", Texts(module.environment)}};
}

ModuleInfo ModuleFromJson(const json::object& object) {
  ModuleInfo module;
  module.driver = GetString(object, "driver");
  module.driver_version = GetString(object, "driver_version");
  if (const json::object* variables = GetObject(object, "variables")) {
    for (const auto& [name, value] : *variables) {
      if (!value.is_object()) continue;
      ModuleVariable variable;
      TypeFromString(GetString(value.as_object(), "type", "any"), &variable.type);
      variable.sensitive = GetBool(value.as_object(), "sensitive");
      variable.required = GetBool(value.as_object(), "required");
      module.variables.emplace(name, variable);
    }
  }
  if (const json::object* outputs = GetObject(object, "outputs")) {
    for (const auto& [name, value] : *outputs) {
      module.outputs.emplace(name, ModuleOutput{value.is_bool() && value.as_bool()});
    }
  }
  module.fully_read = GetBool(object, "fully_read");
  module.needs_init = GetBool(object, "needs_init");
  module.foreign_backend = GetString(object, "foreign_backend");
  module.tool = GetString(object, "tool");
  module.tool_path = GetString(object, "tool_path");
  module.tool_version = GetString(object, "tool_version");
  module.environment = GetTexts(object, "environment");
  return module;
}

}  // namespace

std::span<const StackEdge> EdgesInto(const std::vector<StackEdge>& edges, int component) {
  const auto [first, last] = std::equal_range(edges.begin(), edges.end(), StackEdge{0, component, EdgeKind::kNeeds, ""},
                                              [](const StackEdge& a, const StackEdge& b) { return a.to < b.to; });
  return {first, last};
}

void CollectSecrets(const json::value& value, std::vector<std::string>& secrets) {
  if (value.is_object()) {
    for (const auto& item : value.as_object()) CollectSecrets(item.value(), secrets);
  } else if (value.is_array()) {
    for (const json::value& item : value.as_array()) CollectSecrets(item, secrets);
  } else {
    std::string text = ToText(value);
    if (!text.empty()) secrets.push_back(std::move(text));
  }
}

void Derive(RunDocument& document) {
  document.secrets.clear();
  for (const Parameter& parameter : document.stack.parameters) {
    if (parameter.sensitive && parameter.has_value && parameter.value.IsConstant())
      CollectSecrets(parameter.value.constant, document.secrets);
  }

  document.feeds.assign(document.modules.size(), false);
  for (const StackEdge& edge : document.edges) {
    if (edge.kind == EdgeKind::kValue) document.feeds[static_cast<size_t>(edge.from)] = true;
  }

  std::map<std::string_view, int> scripts;
  for (size_t i = 0; i < document.modules.size(); ++i) {
    // What waits for the stack writes nowhere.
    if (document.modules[i].driver == "script" && document.stack.components[i].name != kStackReady)
      ++scripts[document.module_paths[i]];
  }
  document.shared_directories.assign(document.modules.size(), false);
  for (size_t i = 0; i < document.modules.size(); ++i) {
    document.shared_directories[i] = document.modules[i].driver == "script" &&
                                     document.stack.components[i].name != kStackReady &&
                                     scripts[document.module_paths[i]] > 1;
  }
}

std::string Serialize(const RunDocument& document) {
  json::array edges;
  for (const StackEdge& edge : document.edges) {
    edges.push_back(json::array{edge.from, edge.to, std::string(ToString(edge.kind)), edge.reason});
  }
  // Many components share one module: each distinct one is written once.
  json::array modules;
  json::array module_of;
  std::map<std::string, size_t> known;
  std::unordered_map<const ModuleInfo*, size_t> seen;
  for (size_t i = 0; i < document.modules.size(); ++i) {
    const ModuleInfo& module = document.modules[i];
    const auto [same, first] = seen.try_emplace(&module, 0);
    if (first) {
      json::object object = ModuleToJson(module);
      const auto [entry, added] = known.emplace(json::serialize(object), modules.size());
      if (added) modules.push_back(std::move(object));
      same->second = entry->second;
    }
    module_of.push_back(same->second);
  }
  json::object import;
  if (!document.import_address.empty())
    import = json::object{{"address", document.import_address}, {"id", document.import_id}};
  json::value in_place;
  if (document.in_place) {
    json::object environment;
    for (const auto& [name, value] : document.in_place->more_environment) environment[name] = value;
    in_place = json::object{{"verb", document.in_place->verb},
                            {"passed_environment", static_cast<int>(document.in_place->passed_environment)},
                            {"more_environment", std::move(environment)}};
  }
  return json::serialize(json::object{{"v", 1},
                                      {"import", std::move(import)},
                                      {"adopt", document.adopt},
                                      {"stack", manifest::ToDocument(document.stack)},
                                      {"edges", std::move(edges)},
                                      {"modules", std::move(modules)},
                                      {"module_of", std::move(module_of)},
                                      {"module_paths", Texts(document.module_paths)},
                                      {"module_digests", Texts(document.module_digests)},
                                      {"tool_digests", Texts(document.tool_digests)},
                                      {"base_path", document.base_path},
                                      {"bundle", document.bundle},
                                      {"in_place", std::move(in_place)}});
}

Result<RunDocument> ParseRunDocument(std::string_view text) {
  TRY_ASSIGN(json::value value, ParseJson(text));
  auto broken = [] { return Fail(ErrorCode::kInternal, "the stored document of a run cannot be read"); };
  if (!value.is_object()) return broken();
  const json::object& object = value.as_object();
  RunDocument document;
  const json::value* stack = object.if_contains("stack");
  if (stack == nullptr) return broken();
  TRY_ASSIGN(document.stack, manifest::FromDocument(*stack));
  if (const json::array* edges = GetArray(object, "edges")) {
    for (const json::value& item : *edges) {
      if (!item.is_array() || item.as_array().size() != 4) return broken();
      const json::array& fields = item.as_array();
      if (!fields[0].is_int64() || !fields[1].is_int64() || !fields[2].is_string() || !fields[3].is_string())
        return broken();
      StackEdge edge;
      edge.from = static_cast<int>(fields[0].as_int64());
      edge.to = static_cast<int>(fields[1].as_int64());
      edge.kind = FromString<EdgeKind>(std::string_view(fields[2].as_string())).value_or(EdgeKind::kNeeds);
      edge.reason = std::string(fields[3].as_string());
      document.edges.push_back(std::move(edge));
    }
  }
  const json::array* modules = GetArray(object, "modules");
  const json::array* module_of = GetArray(object, "module_of");
  if (modules == nullptr || module_of == nullptr) return broken();
  std::vector<std::optional<size_t>> first_of(modules->size());  // which component is the first that has it
  for (const json::value& item : *module_of) {
    const int64_t index = item.is_int64() ? item.as_int64() : -1;
    if (index < 0 || index >= static_cast<int64_t>(modules->size())) return broken();
    std::optional<size_t>& first = first_of[static_cast<size_t>(index)];
    if (first) {
      document.modules.AddSame(*first);
      continue;
    }
    const json::object* module = (*modules)[static_cast<size_t>(index)].if_object();
    if (module == nullptr) return broken();
    first = document.modules.size();
    document.modules.Add(ModuleFromJson(*module));
  }
  document.module_paths = GetTexts(object, "module_paths");
  document.module_digests = GetTexts(object, "module_digests");
  document.tool_digests = GetTexts(object, "tool_digests");
  document.base_path = GetString(object, "base_path");
  document.bundle = GetString(object, "bundle");
  document.adopt = GetBool(object, "adopt");
  if (const json::object* in_place = GetObject(object, "in_place")) {
    InPlaceTools& tools = document.in_place.emplace();
    tools.verb = GetString(*in_place, "verb");
    tools.passed_environment = static_cast<PassedEnvironment>(std::clamp<int64_t>(
        GetInt(*in_place, "passed_environment"), 0, static_cast<int64_t>(PassedEnvironment::kStrict)));
    if (const json::object* more = GetObject(*in_place, "more_environment")) {
      for (const auto& item : *more) tools.more_environment[std::string(item.key())] = GetString(*more, item.key());
    }
  }
  if (const json::object* import = GetObject(object, "import")) {
    document.import_address = GetString(*import, "address");
    document.import_id = GetString(*import, "id");
  }
  const size_t count = document.stack.components.size();
  if (document.modules.size() != count || document.module_paths.size() != count ||
      document.module_digests.size() != count || document.tool_digests.size() != count) {
    return broken();
  }
  Derive(document);
  return document;
}

}  // namespace davit::control
