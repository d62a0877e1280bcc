#include "manifest/document.h"

#include <string>
#include <utility>
#include <vector>

namespace davit::manifest {
namespace {

// ---- Writing: a field with its default value is left out ----------------------------------------------------------------------------

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

constexpr std::string_view kReferenceKinds[] = {"parameter", "own", "output", "unresolved"};
constexpr std::string_view kParameterKinds[] = {"tech", "user", "link"};

json::object WriteReference(const Reference& reference) {
  json::object object;
  object["kind"] = kReferenceKinds[static_cast<size_t>(reference.kind)];
  Put(object, "text", reference.text);
  Put(object, "name", reference.name);
  if (reference.component != -1) object["component"] = reference.component;
  return object;
}

/// {"is": constant}, or {"parts": ["literal", 0, …], "refs": […]} with the indexes of references.
void PutExpression(json::object& object, std::string_view key, bool given, const Expression& expression) {
  if (!given) return;
  json::object written;
  if (expression.IsConstant()) {
    written["is"] = expression.constant;
  } else {
    json::array parts;
    for (const Expression::Part& part : expression.parts) {
      parts.push_back(part.reference < 0 ? json::value(part.literal) : json::value(part.reference));
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

json::object WriteComponent(const Component& component) {
  json::object object;
  Put(object, "name", component.name);
  Put(object, "origin", component.origin);
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
  if (component.timeout_s != 0) object["timeout_s"] = component.timeout_s;
  PutAll(object, "parameters", component.parameters, WriteParameter);
  PutAll(object, "outputs", component.outputs, WriteOutput);
  PutAll(object, "inputs", component.inputs, WriteInput);
  return object;
}

json::object WriteMove(const Move& move) {
  return json::object{{"from", move.from}, {"to", move.to}};
}

// ---- Reading ------------------------------------------------------------------------------------------------------------------------

template <size_t kCount>
int IndexOf(const std::string_view (&names)[kCount], std::string_view name) {
  for (size_t i = 0; i < kCount; ++i) {
    if (names[i] == name) return static_cast<int>(i);
  }
  return -1;
}

/// Reads a document; the first thing that cannot be is remembered.
class Reader {
 public:
  bool broken() const { return broken_; }

  std::vector<std::string> Texts(const json::object& object, std::string_view key) {
    std::vector<std::string> texts;
    const json::array* array = Array(object, key);
    if (array == nullptr) return texts;
    texts.reserve(array->size());
    for (const json::value& item : *array) {
      if (item.is_string()) {
        texts.emplace_back(item.as_string());
      } else {
        broken_ = true;
      }
    }
    return texts;
  }

  template <typename T>
  std::vector<T> All(const json::object& object, std::string_view key, T (Reader::*read)(const json::object&)) {
    std::vector<T> items;
    const json::array* array = Array(object, key);
    if (array == nullptr) return items;
    items.reserve(array->size());
    for (const json::value& item : *array) {
      if (item.is_object()) {
        items.push_back((this->*read)(item.as_object()));
      } else {
        broken_ = true;
      }
    }
    return items;
  }

  Component ReadComponent(const json::object& object) {
    Component component;
    component.name = GetString(object, "name");
    component.origin = GetString(object, "origin");
    component.source_dir = GetString(object, "sourceDir");
    component.source_text = GetString(object, "source");
    component.provisioner = GetString(object, "provisioner");
    component.depends = Texts(object, "depends");
    component.requires_ = Texts(object, "requires");
    component.provides = Texts(object, "provides");
    component.verbs = Texts(object, "verbs");
    component.inputs_globs = Texts(object, "inputFiles");
    component.pass_env = Texts(object, "passEnv");
    component.optional = GetBool(object, "optional");
    component.idempotent = GetBool(object, "idempotent");
    component.always = GetBool(object, "always");
    component.protect = GetBool(object, "protect");
    component.declares_outputs = GetBool(object, "declaresOutputs");
    component.timeout_s = static_cast<int>(GetInt(object, "timeout_s"));
    component.parameters = All(object, "parameters", &Reader::ReadParameter);
    component.outputs = All(object, "outputs", &Reader::ReadOutput);
    component.inputs = All(object, "inputs", &Reader::ReadInput);
    return component;
  }

  Parameter ReadParameter(const json::object& object) {
    Parameter parameter;
    parameter.name = GetString(object, "name");
    parameter.component = GetString(object, "component");
    const int kind = IndexOf(kParameterKinds, GetString(object, "kind", "tech"));
    broken_ |= kind < 0;
    parameter.kind = kind < 0 ? ParameterKind::kTech : static_cast<ParameterKind>(kind);
    parameter.type = Type(object);
    parameter.sensitive = GetBool(object, "sensitive");
    parameter.empty_allowed = GetBool(object, "empty");
    parameter.has_value = TakeExpression(object, "value", &parameter.value);
    parameter.has_default = TakeExpression(object, "default", &parameter.default_value);
    parameter.brief = GetString(object, "brief");
    parameter.from_env = GetString(object, "fromEnv");
    parameter.env = GetString(object, "env");
    parameter.var = GetString(object, "var");
    return parameter;
  }

  Move ReadMove(const json::object& object) {
    Move move;
    move.from = GetString(object, "from");
    move.to = GetString(object, "to");
    return move;
  }

  OutputDeclaration ReadOutput(const json::object& object) {
    OutputDeclaration output;
    output.name = GetString(object, "name");
    output.type = Type(object);
    output.sensitive = GetBool(object, "sensitive");
    output.has_value = TakeExpression(object, "value", &output.value);
    output.from_tf_var = GetString(object, "fromTfVar");
    output.brief = GetString(object, "brief");
    return output;
  }

 private:
  const json::array* Array(const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr) return nullptr;
    broken_ |= !value->is_array();
    return value->if_array();
  }

  ValueType Type(const json::object& object) {
    ValueType type = ValueType::kAny;
    broken_ |= !TypeFromString(GetString(object, "type", "any"), &type);
    return type;
  }

  Reference ReadReference(const json::object& object) {
    Reference reference;
    const int kind = IndexOf(kReferenceKinds, GetString(object, "kind"));
    broken_ |= kind < 0;
    reference.kind = kind < 0 ? Reference::Kind::kUnresolved : static_cast<Reference::Kind>(kind);
    reference.text = GetString(object, "text");
    reference.name = GetString(object, "name");
    reference.component = static_cast<int>(GetInt(object, "component", -1));
    return reference;
  }

  bool TakeExpression(const json::object& object, std::string_view key, Rare<Expression>* expression) {
    return object.contains(key) && TakeExpression(object, key, expression->Fill());
  }

  bool TakeExpression(const json::object& object, std::string_view key, Expression* expression) {
    const json::value* value = object.if_contains(key);
    if (value == nullptr) return false;
    const json::object* written = value->if_object();
    if (written == nullptr) {
      broken_ = true;
      return false;
    }
    if (const json::value* constant = written->if_contains("is")) {
      expression->constant = *constant;
      return true;
    }
    expression->references = All(*written, "refs", &Reader::ReadReference);
    const json::array* parts = Array(*written, "parts");
    broken_ |= parts == nullptr || parts->empty();
    if (parts == nullptr) return true;
    for (const json::value& item : *parts) {
      Expression::Part part;
      if (item.is_string()) {
        part.literal = std::string(item.as_string());
      } else if (item.is_int64() && item.as_int64() >= 0 &&
                 item.as_int64() < static_cast<int64_t>(expression->references.size())) {
        part.reference = static_cast<int>(item.as_int64());
      } else {
        broken_ = true;
      }
      expression->parts.push_back(std::move(part));
    }
    return true;
  }

  Input ReadInput(const json::object& object) {
    Input input;
    input.name = GetString(object, "name");
    input.type = Type(object);
    input.sensitive = GetBool(object, "sensitive");
    input.empty_allowed = GetBool(object, "empty");
    TakeExpression(object, "value", &input.value);
    input.has_fallback = TakeExpression(object, "fallback", &input.fallback);
    input.env = GetString(object, "env");
    input.var = GetString(object, "var");
    return input;
  }

  bool broken_ = false;
};

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
  PutAll(object, "moved", stack.moved, WriteMove);
  Put(object, "explicitOrder", stack.explicit_order);
  Put(object, "order", stack.order);
  Put(object, "hub", stack.hub_convention);
  return object;
}

Result<Stack> FromDocument(const json::value& document) {
  const json::object* object = document.if_object();
  if (object == nullptr) return Fail(ErrorCode::kInternal, "a stored stack is no object");
  if (GetInt(*object, "v") != 1) {
    return Fail(ErrorCode::kInternal,
                "a stored stack has the version " + std::to_string(GetInt(*object, "v")) + ", which is not known here",
                "use the release of davit that wrote it, or a newer one");
  }
  Reader reader;
  Stack stack;
  stack.name = GetString(*object, "name");
  stack.version = GetString(*object, "version");
  stack.title = GetString(*object, "title");
  stack.base_dir = GetString(*object, "baseDir");
  stack.manifest_file = GetString(*object, "file");
  stack.environment = GetString(*object, "environment", "default");
  stack.components = reader.All(*object, "components", &Reader::ReadComponent);
  stack.parameters = reader.All(*object, "parameters", &Reader::ReadParameter);
  stack.outputs = reader.All(*object, "outputs", &Reader::ReadOutput);
  stack.requires_ = reader.Texts(*object, "requires");
  stack.provides = reader.Texts(*object, "provides");
  stack.moved = reader.All(*object, "moved", &Reader::ReadMove);
  stack.explicit_order = GetBool(*object, "explicitOrder");
  stack.order = reader.Texts(*object, "order");
  stack.hub_convention = GetBool(*object, "hub");
  if (reader.broken()) return Fail(ErrorCode::kInternal, "a stored stack cannot be read");
  return stack;
}

}  // namespace davit::manifest
