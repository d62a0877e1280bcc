#include <string>
#include <utility>
#include <vector>

#include "manifest/document.h"
#include "manifest/document_words.h"

namespace davit::manifest {
namespace {

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
    component.kind = GetString(object, "kind");
    component.title = GetString(object, "title");
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
    component.bare = GetBool(object, "bare");
    component.random_bytes = static_cast<int>(GetInt(object, "randomBytes"));
    component.templates = All(object, "templates", &Reader::ReadTemplates);
    component.hooks = All(object, "hooks", &Reader::ReadHook);
    component.ready_conditions = All(object, "readyConditions", &Reader::ReadReadyCondition);
    if (const json::object* about = GetObject(object, "about")) {
      for (const auto& item : *about) component.about[std::string(item.key())] = GetString(*about, item.key());
    }
    component.refused = GetString(object, "refused");
    component.tuned = Texts(object, "tuned");
    component.conditions = All(object, "conditions", &Reader::ReadInput);
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
    parameter.from_file = GetString(object, "fromFile");
    parameter.env = GetString(object, "env");
    parameter.var = GetString(object, "var");
    return parameter;
  }

  TemplateSet ReadTemplates(const json::object& object) {
    TemplateSet set;
    set.kind = GetString(object, "kind");
    set.files = Texts(object, "files");
    set.directories = Texts(object, "directories");
    return set;
  }

  Hook ReadHook(const json::object& object) {
    Hook hook;
    hook.file = GetString(object, "file");
    hook.brief = GetString(object, "brief");
    hook.triggers = Texts(object, "triggers");
    hook.ignore_error = GetBool(object, "ignoreError");
    return hook;
  }

  ReadyCondition ReadReadyCondition(const json::object& object) {
    ReadyCondition condition;
    TakeExpression(object, "dns", &condition.dns);
    TakeExpression(object, "url", &condition.url);
    condition.wait_s = static_cast<int>(GetInt(object, "wait_s"));
    condition.pause_s = static_cast<int>(GetInt(object, "pause_s"));
    return condition;
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
      } else if (item.is_object()) {
        const json::object& computed = item.as_object();
        const int64_t first = GetInt(computed, "first", -1);
        const int64_t names = GetInt(computed, "names", -1);
        const auto count = static_cast<int64_t>(expression->references.size());
        broken_ |= first < 0 || names < 0 || first > count || names > count - first;
        part.literal = GetString(computed, "cel");
        part.reference = static_cast<int>(first);
        part.names = static_cast<int>(names);
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
  stack.platform_provides = reader.Texts(*object, "platformProvides");
  stack.tuning = reader.Texts(*object, "tuning");
  stack.ready_conditions = reader.All(*object, "readyConditions", &Reader::ReadReadyCondition);
  stack.moved = reader.All(*object, "moved", &Reader::ReadMove);
  stack.explicit_order = GetBool(*object, "explicitOrder");
  stack.order = reader.Texts(*object, "order");
  stack.hub_convention = GetBool(*object, "hub");
  if (reader.broken()) return Fail(ErrorCode::kInternal, "a stored stack cannot be read");
  return stack;
}

}  // namespace davit::manifest
