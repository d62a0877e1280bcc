#include "manifest/elaborated_write.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "expr/expression.h"
#include "manifest/document_words.h"
#include "manifest/from_stack.h"
#include "yaml/emit.h"

namespace davit::manifest {
namespace {

void Put(json::object& object, std::string_view key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}
void Put(json::object& object, std::string_view key, const std::vector<std::string>& texts) {
  if (!texts.empty()) object[key] = json::array(texts.begin(), texts.end());
}
void Put(json::object& object, std::string_view key, const std::vector<Name>& names) {
  if (names.empty()) return;
  json::array array;
  for (const Name& name : names) array.emplace_back(name.text);
  object[key] = std::move(array);
}
void Put(json::object& object, std::string_view key, json::object value) {
  if (!value.empty()) object[key] = std::move(value);
}
template <typename T>
void PutAll(json::object& object, std::string_view key, const std::vector<T>& items, json::object (*write)(const T&)) {
  if (items.empty()) return;
  json::array array;
  for (const T& item : items) array.push_back(write(item));
  object[key] = std::move(array);
}
void PutGiven(json::object& object, std::string_view key, bool given, const Expression& expression) {
  if (!given || (expression.IsConstant() && expression.constant.is_null())) return;
  object[key] = expr::SourceOf(expression);
}
void PutAllow(json::object& object, std::string_view key, bool allow) {
  if (allow) object[key] = "allow";
}

json::object WriteParameter(const Parameter& parameter, bool kind_given, const std::string& description) {
  json::object object;
  object["name"] = parameter.name;
  Put(object, "component", parameter.component);
  if (kind_given) object["kind"] = kParameterKinds[static_cast<size_t>(parameter.kind)];
  Put(object, "brief", *parameter.brief);
  Put(object, "description", description);
  PutGiven(object, "default", parameter.has_default, parameter.default_value);
  PutGiven(object, "value", parameter.has_value, parameter.value);
  PutAllow(object, "empty", parameter.empty_allowed);
  Put(object, "fromEnv", *parameter.from_env);
  Put(object, "fromFile", *parameter.from_file);
  Put(object, "env", *parameter.env);
  Put(object, "var", *parameter.var);
  if (parameter.type != ValueType::kAny) object["type"] = ToString(parameter.type);
  if (parameter.sensitive) object["sensitive"] = true;
  return object;
}

json::object WriteOutput(const OutputEntry& entry) {
  const OutputDeclaration& output = entry.output;
  json::object object;
  object["name"] = output.name;
  Put(object, "brief", output.brief);
  Put(object, "description", entry.description);
  PutGiven(object, "value", output.has_value, output.value);
  Put(object, "fromTfVar", output.from_tf_var);
  const bool looks_secret = entry.kind.empty() && LooksSecret(output.name);
  Put(object, "kind", looks_secret ? std::string("secret") : entry.kind);
  if (output.type != ValueType::kAny) object["type"] = ToString(output.type);
  if (output.sensitive && !looks_secret && !entry.kind.starts_with("secret")) object["sensitive"] = true;
  return object;
}

json::object WriteHook(const Hook& hook) {
  json::object object;
  Put(object, "file", hook.file);
  Put(object, "brief", hook.brief);
  Put(object, "triggers", hook.triggers);
  if (hook.ignore_error) object["error"] = "ignore";
  return object;
}

json::object WriteReadyCondition(const ReadyCondition& condition) {
  json::object object;
  PutGiven(object, "dns", true, condition.dns);
  PutGiven(object, "url", true, condition.url);
  if (condition.wait_s != ReadyCondition().wait_s) object["waitSeconds"] = condition.wait_s;
  if (condition.pause_s != 0) object["pauseSeconds"] = condition.pause_s;
  return object;
}

json::object WriteMove(const MoveEntry& move) {
  return {{"from", move.from.text}, {"to", move.to.text}};
}

json::object WriteTemplateSet(const TemplateSet& set) {
  json::object object;
  Put(object, "kind", set.kind);
  Put(object, "files", set.files);
  Put(object, "directories", set.directories);
  return object;
}

json::object WriteTemplates(const std::vector<TemplateSet>& sets) {
  if (sets.empty()) return {};
  json::object object = WriteTemplateSet(sets.front());
  json::array extra;
  for (size_t i = 1; i < sets.size(); ++i) extra.push_back(WriteTemplateSet(sets[i]));
  if (!extra.empty()) object["extra"] = std::move(extra);
  return object;
}

json::object WriteSource(const SourceDeclaration& source) {
  json::object object;
  Put(object, "dir", source.dir.empty() && !source.git ? source.text : source.dir);
  json::object git;
  Put(git, "remote", source.git_remote);
  Put(git, "ref", source.git_ref);
  Put(git, "subDir", source.git_sub_dir);
  Put(git, "localDir", source.git_local_dir);
  Put(object, "git", std::move(git));
  return object;
}

void PutSettings(json::object& object, const ComponentSettings& settings) {
  Put(object, "provisioner", settings.provisioner);
  if (settings.timeout_s) object["timeout"] = *settings.timeout_s;
  for (const auto& [key, flag] : {std::pair{"idempotent", settings.idempotent}, std::pair{"always", settings.always},
                                  std::pair{"protect", settings.protect}}) {
    if (flag) object[key] = *flag;
  }
  Put(object, "passEnv", settings.pass_env);
  PutAll(object, "hooks", settings.hooks, WriteHook);
}

json::object WriteEntry(const ComponentEntry& entry) {
  json::object object;
  object["name"] = entry.name.text;
  Put(object, "source", WriteSource(entry.source));
  Put(object, "depends", entry.depends);
  for (const auto& item : entry.kept) object[item.key()] = item.value();
  PutSettings(object, entry.settings);
  PutAllow(object, "bare", entry.settings.bare.value_or(false));
  Put(object, "inputs", entry.inputs);
  Put(object, "requires", entry.settings.requires_);
  Put(object, "provides", entry.settings.provides);
  return object;
}

json::object WriteMeta(const Meta& meta, const std::string& name, const std::string& origin, const std::string& kind) {
  json::object object;
  object["name"] = name;
  Put(object, "origin", origin);
  Put(object, "kind", kind);
  Put(object, "title", meta.title);
  for (const auto& item : meta.kept) object[item.key()] = item.value();
  Put(object, "source", WriteSource(meta.source));
  return object;
}

void PutLifecycle(json::object& object, const LifecycleDeclaration& lifecycle) {
  PutAll(object, "readyConditions", lifecycle.ready_conditions, WriteReadyCondition);
  if (lifecycle.random_bytes != 0)
    object["options"] = json::object{{"random", json::object{{"bytes", lifecycle.random_bytes}}}};
}

json::object WriteTuning(const LifecycleDeclaration& lifecycle) {
  json::object object;
  Put(object, "optional", lifecycle.tuning);
  return object;
}

json::object WriteStack(const Declarations& declarations, const Elaborated& elaborated) {
  const StackFile& file = declarations.stack;
  const Stack& stack = elaborated.stack;
  const Meta& meta = file.header.meta;
  json::object object;
  object["version"] = 1;
  object["kind"] = file.header.kind.text.empty() ? "stack" : file.header.kind.text;
  object["meta"] = WriteMeta(meta, meta.name.text, meta.origin, meta.kind);
  PutAll(object, "components", file.components, WriteEntry);
  PutAll(object, "moved", file.moved, WriteMove);
  Put(object, "requires", stack.requires_);
  Put(object, "provides", elaborated.provides);
  json::object platform;
  Put(platform, "provides", stack.platform_provides);
  Put(object, "platform", std::move(platform));

  json::object lifecycle;
  PutAllow(lifecycle, "bare", file.lifecycle.bare.value_or(false));
  Put(lifecycle, "verbs", file.lifecycle.verbs);
  Put(lifecycle, "order", file.lifecycle.order);
  Put(lifecycle, "mandatory", file.lifecycle.mandatory);
  Put(lifecycle, "optional", file.lifecycle.optional);
  Put(lifecycle, "requires", WriteTuning(file.lifecycle));
  PutLifecycle(lifecycle, file.lifecycle);
  Put(object, "lifecycle", std::move(lifecycle));

  PutAll(object, "outputs", file.outputs, WriteOutput);
  std::vector<size_t> order(stack.parameters.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return QualifiedName(stack.parameters[a]) < QualifiedName(stack.parameters[b]);
  });
  json::array parameters;
  for (const size_t i : order)
    parameters.push_back(
        WriteParameter(stack.parameters[i], elaborated.kind_given[i], *elaborated.places[i].description));
  if (!parameters.empty()) object["parameters"] = std::move(parameters);
  return object;
}

/// A parameter as it was written, without what is empty, and said to be of its component, as seed 004 does.
json::object WithComponent(const json::object& written, const std::string& component) {
  json::object object;
  for (const auto& item : written) {
    if (item.key() != "component" && !item.value().is_null()) object[item.key()] = item.value();
    if (item.key() == "name") object["component"] = component;
  }
  return object;
}

/// Of what an entry of the stack can change.
bool SaysTheSame(const Parameter& a, const Parameter& b) {
  return *a.env == *b.env && *a.var == *b.var && *a.brief == *b.brief && a.type == b.type &&
         a.sensitive == b.sensitive && a.empty_allowed == b.empty_allowed;
}

/// `application`: it is the component that an application is, of which seed 004 has no more than what was written.
json::object WriteComponent(const ComponentFile& file, const Component& component, bool application) {
  const Meta& meta = file.header.meta;
  json::object object;
  object["version"] = 1;
  object["kind"] = "component";
  object["meta"] = WriteMeta(meta, component.name, application ? meta.origin : component.origin,
                             application ? meta.kind : component.kind);
  Put(object, "requires", component.requires_);
  Put(object, "provides", component.provides);
  PutSettings(object, file.settings);

  json::object lifecycle;
  PutAllow(lifecycle, "bare", file.lifecycle.bare.value_or(false));
  Put(lifecycle, "verbs", component.verbs);
  Put(lifecycle, "requires", WriteTuning(file.lifecycle));
  PutLifecycle(lifecycle, file.lifecycle);
  object["lifecycle"] = std::move(lifecycle);

  std::vector<OutputEntry> outputs;
  MergeOutputs(outputs, file.outputs);
  PutAll(object, "outputs", outputs, WriteOutput);
  json::array parameters;
  bool as_written = component.parameters.size() == file.parameters.size();
  for (size_t i = 0; i < component.parameters.size() && as_written; ++i)
    as_written = SaysTheSame(component.parameters[i], file.parameters[i].parameter);
  if (as_written) {
    for (const json::value& written : file.written_parameters) {
      if (written.is_object()) parameters.push_back(WithComponent(written.as_object(), component.name));
    }
  } else {  // the entry in the stack says more of them, or it is an application
    for (size_t i = 0; i < component.parameters.size(); ++i) {
      const bool of_file = i < file.parameters.size();
      Parameter parameter = component.parameters[i];
      if (!application) parameter.component = component.name;
      parameters.push_back(WriteParameter(parameter, of_file && file.parameters[i].kind_given,
                                          of_file ? *file.parameters[i].places.description : std::string()));
    }
  }
  if (!parameters.empty()) object["parameters"] = std::move(parameters);
  Put(object, "templates", WriteTemplates(file.templates));
  return object;
}

}  // namespace

std::string WriteElaborated(const Declarations& declarations, const Elaborated& elaborated) {
  std::string text = "---\n" + yaml::EmitYaml(WriteStack(declarations, elaborated));
  // As seed 004: those of the base stacks first, of each in the order of its manifest.
  std::vector<size_t> order(elaborated.stack.components.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const std::vector<ComponentEntry>& entries = declarations.stack.components;
  if (declarations.levels.size() > 1)
    std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
      return std::pair(entries[a].level, entries[a].pos.index) < std::pair(entries[b].level, entries[b].pos.index);
    });
  for (const size_t i : order) {
    const int file = declarations.file_of[i];
    if (file < 0) continue;
    const ComponentFile& own = declarations.component_files[static_cast<size_t>(file)];
    const bool application = i + 1 == entries.size() && declarations.stack.header.kind.text == kApplication;
    text += "---\n" + yaml::EmitYaml(WriteComponent(own, elaborated.stack.components[i], application));
  }
  return text;
}

}  // namespace davit::manifest
