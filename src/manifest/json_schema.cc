#include "manifest/json_schema.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "manifest/declarations.h"

namespace davit::manifest {
namespace {

constexpr std::string_view kTitles[] = {"Davit stack", "Davit application", "Davit component", "Davit parameters"};

/// The types of a scalar: as a text each of them is taken as it is written.
json::array ScalarTypes(bool or_null) {
  json::array types = {"string", "number", "boolean"};
  if (or_null) types.push_back("null");
  return types;
}

/// "a ready condition" as a name: "ready-condition".
std::string DefinitionName(const ObjectSchema& object) {
  std::string_view what = object.what;
  for (const std::string_view article : {"a ", "an "}) {
    if (what.starts_with(article)) what.remove_prefix(article.size());
  }
  std::string name(what);
  std::replace(name.begin(), name.end(), ' ', '-');
  return name;
}

class Writer {
 public:
  json::object Run(DocumentKind kind) {
    json::object schema;
    schema["$schema"] = "http://json-schema.org/draft-07/schema#";
    schema["title"] = kTitles[static_cast<size_t>(kind)];
    Fill(schema, SchemaOf(kind));
    schema["type"] = "object";  // nothing else is a file
    if (kind == DocumentKind::kApplication) Narrow(schema);
    json::object definitions;
    for (size_t i = 0; i < queue_.size(); ++i) {  // it grows meanwhile
      json::object definition;
      Fill(definition, *queue_[i]);
      definitions[DefinitionName(*queue_[i])] = std::move(definition);
    }
    schema["definitions"] = std::move(definitions);
    return schema;
  }

 private:
  /// What is said of an object; it may be null, which is as none.
  void Fill(json::object& schema, const ObjectSchema& object) {
    schema["type"] = {"object", "null"};
    json::array required;
    json::object properties;
    for (const SchemaKey& key : object.keys) {
      if (key.rules.required) required.emplace_back(key.name);
      properties[key.name] = OfKey(key);
    }
    if (!required.empty()) schema["required"] = std::move(required);
    schema["properties"] = std::move(properties);
    schema["additionalProperties"] = false;
  }

  /// An application says that it is one, and comes from no other stack.
  static void Narrow(json::object& schema) {
    schema["required"].as_array().insert(schema["required"].as_array().begin(), "kind");
    schema["properties"].as_object()["kind"].as_object()["enum"] = {kApplication};
    schema["allOf"] = {{{"properties", {{"meta", {{"properties", {{"fromStack", {{"type", "null"}}}}}}}}}}};
  }

  json::object OfKey(const SchemaKey& key) {
    json::object schema;
    schema["description"] = key.brief;
    if (!key.rules.words.empty()) {
      schema["enum"] = Words(key);
      return schema;
    }
    switch (key.shape) {
      case Shape::kAny:
        break;
      case Shape::kText:
        schema["type"] = ScalarTypes(!key.rules.required);
        if (key.rules.required) schema["minLength"] = 1;
        break;
      case Shape::kFlag:
        schema["type"] = {"boolean", "null"};
        break;
      case Shape::kCount:
        schema["type"] = {"integer", "null"};
        schema["minimum"] = 0;
        schema["maximum"] = kMostCount;
        break;
      case Shape::kDuration:
        schema["type"] = {"string", "integer", "null"};
        schema["pattern"] = "^([0-9]+|([0-9]+[smhd])+)$";
        schema["minimum"] = 1;
        break;
      case Shape::kTexts: {
        json::array types = ScalarTypes(true);
        types.emplace(types.begin(), "array");
        schema["type"] = std::move(types);
        schema["minLength"] = 1;
        schema["items"] = {{"type", ScalarTypes(false)}, {"minLength", 1}};
        break;
      }
      case Shape::kList:
        schema["type"] = {"array", "null"};
        if (key.rules.object != nullptr) schema["items"] = Reference(*key.rules.object);
        break;
      case Shape::kMapping:
        if (key.rules.object != nullptr) {
          schema["allOf"] = {Reference(*key.rules.object)};
        } else {
          schema["type"] = {"object", "null"};
        }
        break;
      case Shape::kTextOrMapping: {
        json::object mapping = {{"type", "object"}};
        if (key.rules.object != nullptr) mapping = Reference(*key.rules.object);
        schema["anyOf"] = {{{"type", ScalarTypes(true)}}, std::move(mapping)};
        break;
      }
      case Shape::kListOrMapping:
        // The mapping is the short form: names to values, whatever they are.
        schema["type"] = {"array", "object", "null"};
        if (key.rules.object != nullptr) schema["items"] = Reference(*key.rules.object);
        break;
    }
    return schema;
  }

  static json::array Words(const SchemaKey& key) {
    json::array words;
    for (const std::string_view word : key.rules.words) {
      if (word == "1") words.push_back(1);  // as it is mostly written
      words.emplace_back(word);
    }
    words.push_back(nullptr);
    return words;
  }

  json::object Reference(const ObjectSchema& object) {
    if (std::find(queue_.begin(), queue_.end(), &object) == queue_.end()) queue_.push_back(&object);
    return {{"$ref", "#/definitions/" + DefinitionName(object)}};
  }

  std::vector<const ObjectSchema*> queue_;  // in the order in which they are met
};

}  // namespace

json::object JsonSchema(DocumentKind kind) {
  return Writer().Run(kind);
}

}  // namespace davit::manifest
