// That the schemas say what the decoder does is tested with a validator: tests/schemas.
#include "manifest/json_schema.h"

#include <gtest/gtest.h>

#include <functional>
#include <iterator>
#include <map>

namespace davit::manifest {
namespace {

TEST(JsonSchema, IsTheTables) {
  const json::object schema = JsonSchema(DocumentKind::kComponent);
  EXPECT_EQ(CanonicalJson(schema.at("properties").at("timeout")),
            R"({"description":"time that one run of it may take, as in 90, 5m, 1h30m","minimum":1,)"
            R"("pattern":"^([0-9]+|([0-9]+[smhd])+)$","type":["string","integer","null"]})");
  EXPECT_EQ(CanonicalJson(schema.at("properties").at("kind").at("enum")), R"(["component",null])");
  EXPECT_EQ(CanonicalJson(schema.at("properties").at("version").at("enum")), R"([1,"1",null])");
  EXPECT_EQ(CanonicalJson(schema.at("properties").at("hooks").at("items")), R"({"$ref":"#/definitions/hook"})");
  EXPECT_EQ(CanonicalJson(schema.at("required")), R"(["meta"])");
  EXPECT_EQ(CanonicalJson(schema.at("definitions").at("hook").at("required")), R"(["file"])");
}

TEST(JsonSchema, AnApplicationIsAStackThatComesFromNone) {
  json::object schema = JsonSchema(DocumentKind::kApplication);
  EXPECT_EQ(CanonicalJson(schema.at("required")), R"(["kind","meta"])");
  EXPECT_EQ(CanonicalJson(schema.at("properties").at("kind").at("enum")), R"(["application"])");
  EXPECT_TRUE(schema.contains("allOf"));
  EXPECT_EQ(schema.at("definitions"), JsonSchema(DocumentKind::kStack).at("definitions"));
}

/// Every object of the tables has a definition of its own, and every reference leads to one.
TEST(JsonSchema, ReferencesAreDefined) {
  for (size_t kind = 0; kind < std::size(kDocumentKinds); ++kind) {
    const json::object schema = JsonSchema(static_cast<DocumentKind>(kind));
    const json::object& definitions = schema.at("definitions").as_object();
    std::map<std::string_view, const ObjectSchema*> objects;
    const std::function<void(const ObjectSchema&)> walk = [&](const ObjectSchema& object) {
      for (const SchemaKey& key : object.keys) {
        if (key.rules.object == nullptr) continue;
        const auto [at, added] = objects.emplace(key.rules.object->what, key.rules.object);
        EXPECT_EQ(at->second, key.rules.object) << "two objects are called " << key.rules.object->what;
        if (added) walk(*key.rules.object);
      }
    };
    walk(SchemaOf(static_cast<DocumentKind>(kind)));
    EXPECT_EQ(definitions.size(), objects.size());
    const std::string text = json::serialize(schema);
    constexpr std::string_view kBefore = "\"#/definitions/";
    for (size_t at = 0; (at = text.find(kBefore, at)) != std::string::npos;) {
      at += kBefore.size();
      EXPECT_TRUE(definitions.contains(text.substr(at, text.find('"', at) - at)));
    }
  }
}

}  // namespace
}  // namespace davit::manifest
