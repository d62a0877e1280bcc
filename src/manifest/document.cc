// Writing: a field with its default value is left out. document_read.cc reads.
#include "manifest/document.h"

#include <string>
#include <utility>
#include <vector>

#include "manifest/document_words.h"

namespace davit::manifest {
namespace {

void Put(json::object& object, std::string_view key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}
void Put(json::object& object, std::string_view key, bool flag) {
  if (flag) object[key] = true;
}
void Put(json::object& object, std::string_view key, ValueType type) {
  if (type != ValueType::kAny) object[key] = ToString(type);
}
void Put(json::object& object, std::string_view key, const std::vector<std::string>& texts) {
  if (!texts.empty()) object[key] = json::array(texts.begin(), texts.end());
}
template <typename T>
void PutAll(json::object& object, std::string_view key, const std::vector<T>& items, json::object (*write)(const T&)) {
  if (items.empty()) return;
  json::array array;
  array.reserve(items.size());
  for (const T& item : items) array.push_back(write(item));
  object[key] = std::move(array);
}

json::object WriteReference(const Reference& reference) {
  json::object object;
  object["kind"] = kReferenceKinds[static_cast<size_t>(reference.kind)];
  Put(object, "text", reference.text);
  Put(object, "name", reference.name);
  if (reference.component != -1) object["component"] = reference.component;
  return object;
}

/// {"is": constant}, or {"parts": ["literal", 0, {"cel": …, "first": 1, "names": 2}, …], "refs": […]} with the indexes of references.
void PutExpression(json::object& object, std::string_view key, bool given, const Expression& expression) {
  if (!given) return;
  json::object written;
  if (expression.IsConstant()) {
    written["is"] = expression.constant;
  } else {
    json::array parts;
    for (const Expression::Part& part : expression.parts) {
      if (part.IsComputed()) {
        parts.push_back(json::object{{"cel", part.literal}, {"first", part.reference}, {"names", part.names}});
      } else {
        parts.push_back(part.reference < 0 ? json::value(part.literal) : json::value(part.reference));
      }
    }
    written["parts"] = std::move(parts);
    PutAll(written, "refs", expression.references, WriteReference);
  }
  object[key] = std::move(written);
}

json::object WriteParameter(const Parameter& parameter) {
  json::object object;
  Put(object, "name", parameter.name);
  Put(object, "component", parameter.component);
  if (parameter.kind != ParameterKind::kTech) object["kind"] = kParameterKinds[static_cast<size_t>(parameter.kind)];
  Put(object, "type", parameter.type);
  Put(object, "sensitive", parameter.sensitive);
  Put(object, "empty", parameter.empty_allowed);
  PutExpression(object, "value", parameter.has_value, parameter.value);
  PutExpression(object, "default", parameter.has_default, parameter.default_value);
  Put(object, "brief", parameter.brief);
  Put(object, "fromEnv", parameter.from_env);
  Put(object, "fromFile", parameter.from_file);
  Put(object, "env", parameter.env);
  Put(object, "var", parameter.var);
  return object;
}

json::object WriteOutput(const OutputDeclaration& output) {
  json::object object;
  Put(object, "name", output.name);
  Put(object, "type", output.type);
  Put(object, "sensitive", output.sensitive);
  PutExpression(object, "value", output.has_value, output.value);
  Put(object, "fromTfVar", output.from_tf_var);
  Put(object, "brief", output.brief);
  return object;
}

json::object WriteInput(const Input& input) {
  json::object object;
  Put(object, "name", input.name);
  Put(object, "type", input.type);
  Put(object, "sensitive", input.sensitive);
  Put(object, "empty", input.empty_allowed);
  PutExpression(object, "value", true, input.value);
  PutExpression(object, "fallback", input.has_fallback, input.fallback);
  Put(object, "env", input.env);
  Put(object, "var", input.var);
  return object;
}

json::object WriteTemplates(const TemplateSet& set) {
  json::object object{{"kind", set.kind}};
  Put(object, "files", set.files);
  Put(object, "directories", set.directories);
  return object;
}

json::object WriteHook(const Hook& hook) {
  json::object object;
  Put(object, "file", hook.file);
  Put(object, "brief", hook.brief);
  Put(object, "triggers", hook.triggers);
  Put(object, "ignoreError", hook.ignore_error);
  return object;
}

json::object WriteReadyCondition(const ReadyCondition& condition) {
  json::object object;
  PutExpression(object, "dns", true, condition.dns);
  PutExpression(object, "url", true, condition.url);
  object["wait_s"] = condition.wait_s;
  object["pause_s"] = condition.pause_s;
  return object;
}

json::object WriteComponent(const Component& component) {
  json::object object;
  Put(object, "name", component.name);
  Put(object, "origin", component.origin);
  Put(object, "kind", component.kind);
  Put(object, "title", component.title);
  Put(object, "sourceDir", component.source_dir.string());
  Put(object, "source", component.source_text);
  Put(object, "provisioner", component.provisioner);
  Put(object, "depends", component.depends);
  Put(object, "requires", component.requires_);
  Put(object, "provides", component.provides);
  Put(object, "verbs", component.verbs);
  Put(object, "inputFiles", component.inputs_globs);
  Put(object, "passEnv", component.pass_env);
  Put(object, "optional", component.optional);
  Put(object, "idempotent", component.idempotent);
  Put(object, "always", component.always);
  Put(object, "protect", component.protect);
  Put(object, "declaresOutputs", component.declares_outputs);
  Put(object, "bare", component.bare);
  if (component.random_bytes != 0) object["randomBytes"] = component.random_bytes;
  PutAll(object, "templates", component.templates, WriteTemplates);
  PutAll(object, "hooks", component.hooks, WriteHook);
  PutAll(object, "readyConditions", component.ready_conditions, WriteReadyCondition);
  if (!component.about.empty()) {
    json::object about;
    for (const auto& [name, text] : component.about) about[name] = text;
    object["about"] = std::move(about);
  }
  Put(object, "refused", component.refused);
  Put(object, "tuned", component.tuned);
  PutAll(object, "conditions", component.conditions, WriteInput);
  if (component.timeout_s != 0) object["timeout_s"] = component.timeout_s;
  PutAll(object, "parameters", component.parameters, WriteParameter);
  PutAll(object, "outputs", component.outputs, WriteOutput);
  PutAll(object, "inputs", component.inputs, WriteInput);
  return object;
}

json::object WriteMove(const Move& move) {
  return json::object{{"from", move.from}, {"to", move.to}};
}

}  // namespace

json::value ToDocument(const Stack& stack) {
  json::object object;
  object["v"] = 1;
  Put(object, "name", stack.name);
  Put(object, "version", stack.version);
  Put(object, "title", stack.title);
  Put(object, "baseDir", stack.base_dir.string());
  Put(object, "file", stack.manifest_file);
  object["environment"] = stack.environment;
  PutAll(object, "components", stack.components, WriteComponent);
  if (!stack.parameters.empty()) {
    json::array parameters;  // in the order in which they are looked up: who reads it back needs no index
    parameters.reserve(stack.parameters.size());
    for (size_t place = 0; place < stack.parameters.size(); ++place)
      parameters.push_back(WriteParameter(stack.parameters[stack.IndexAt(place)]));
    object["parameters"] = std::move(parameters);
  }
  PutAll(object, "outputs", stack.outputs, WriteOutput);
  Put(object, "requires", stack.requires_);
  Put(object, "provides", stack.provides);
  Put(object, "platformProvides", stack.platform_provides);
  Put(object, "tuning", stack.tuning);
  PutAll(object, "readyConditions", stack.ready_conditions, WriteReadyCondition);
  PutAll(object, "moved", stack.moved, WriteMove);
  Put(object, "explicitOrder", stack.explicit_order);
  Put(object, "order", stack.order);
  Put(object, "hub", stack.hub_convention);
  return object;
}

}  // namespace davit::manifest
