#include "manifest/schema.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "manifest/decode.h"
#include "manifest/suggest.h"

namespace davit::manifest {
namespace {

constexpr DocumentKind kKinds[] = {DocumentKind::kStack, DocumentKind::kApplication, DocumentKind::kComponent,
                                   DocumentKind::kParameters};

bool HasList(Shape shape) {
  return shape == Shape::kList || shape == Shape::kListOrMapping;
}

/// What is said of a file of this kind that says `text`.
std::vector<Diagnostic> Decode(DocumentKind kind, const std::string& text) {
  SourceMap map;
  Diagnostics diagnostics;
  const std::optional<yaml::Document> document = yaml::Parse(map, map.AddFile("a.yaml", text), diagnostics);
  EXPECT_TRUE(document) << text;
  Decoder decoder(Dialect::kYaml12, false, diagnostics);
  if (kind == DocumentKind::kComponent) {
    DecodeComponent(*document->root(), decoder);
  } else if (kind == DocumentKind::kParameters) {
    DecodeParameters(*document->root(), decoder);
  } else {
    DecodeStack(*document->root(), decoder);
  }
  return diagnostics.list();
}

bool Says(const std::vector<Diagnostic>& list, const std::string& message) {
  return std::any_of(list.begin(), list.end(),
                     [&](const Diagnostic& diagnostic) { return diagnostic.error.message == message; });
}

size_t Errors(const std::vector<Diagnostic>& list) {
  return static_cast<size_t>(std::count_if(
      list.begin(), list.end(), [](const Diagnostic& diagnostic) { return diagnostic.severity == Severity::kError; }));
}

/// Every object of a file of this kind, parameters once below each other, with the file around one: `around("x: 1")`.
using Around = std::function<std::string(const std::string&)>;
void ForEachObject(const ObjectSchema& object, const Around& around, int depth,
                   const std::function<void(const ObjectSchema&, const Around&)>& visit) {
  visit(object, around);
  std::string others;  // what it must have for anybody to look below it
  for (const SchemaKey& key : object.keys) {
    if (key.rules.required && key.shape == Shape::kText) others += std::string(key.name) + ": x, ";
  }
  for (const SchemaKey& key : object.keys) {
    const ObjectSchema* nested = key.rules.object;
    if (nested == nullptr || (nested == &object && depth > 4)) continue;
    const std::string name(key.name);
    const bool list = HasList(key.shape);
    ForEachObject(
        *nested,
        [&around, before = others + name, list](const std::string& inner) {
          return around(before + ": " + (list ? "[{" : "{") + inner + (list ? "}]" : "}"));
        },
        depth + 1, visit);
  }
}

void ForEachObject(const std::function<void(DocumentKind, const ObjectSchema&, const Around&)>& visit) {
  for (const DocumentKind kind : kKinds) {
    ForEachObject(
        SchemaOf(kind), [](const std::string& inner) { return "{" + inner + "}\n"; }, 0,
        [&](const ObjectSchema& object, const Around& around) { visit(kind, object, around); });
  }
}

TEST(Schema, TheDecoderReadsEachObjectByTheTableThatTheSchemaNames) {
  int objects = 0;
  ForEachObject([&](DocumentKind kind, const ObjectSchema& object, const Around& around) {
    ++objects;
    const std::string file = around("zzzzzzzzzz: 1");
    EXPECT_TRUE(Says(Decode(kind, file), "unknown key " + Named("zzzzzzzzzz") + " of " + std::string(object.what)))
        << file;
  });
  EXPECT_GT(objects, 60);
}

TEST(Schema, TheDecoderKnowsEachKey) {
  ForEachObject([](DocumentKind kind, const ObjectSchema& object, const Around& around) {
    for (const SchemaKey& key : object.keys) {
      const std::string file = around(std::string(key.name) + ": ~");
      for (const Diagnostic& diagnostic : Decode(kind, file))
        EXPECT_FALSE(diagnostic.error.message.starts_with("unknown key")) << file << diagnostic.error.message;
    }
  });
}

TEST(Schema, KeysAreUniqueAndExplained) {
  ForEachObject([](DocumentKind, const ObjectSchema& object, const Around&) {
    std::set<std::string_view> names;
    for (const SchemaKey& key : object.keys) {
      EXPECT_TRUE(names.insert(key.name).second) << object.what << " " << key.name;
      EXPECT_FALSE(key.brief.empty()) << object.what << " " << key.name;
      EXPECT_EQ(object.Find(key.name), &key);
    }
    EXPECT_EQ(object.Find("zzzzzzzzzz"), nullptr);
  });
}

TEST(Schema, TheDecoderTakesTheWordsAndNoOthers) {
  int keys = 0;
  ForEachObject([&](DocumentKind kind, const ObjectSchema& object, const Around& around) {
    for (const SchemaKey& key : object.keys) {
      if (key.rules.words.empty()) continue;
      ++keys;
      const auto messages = [&](const std::string& value) {
        return Decode(kind, around(std::string(key.name) + ": " + value)).size();
      };
      const size_t otherwise = messages("~");
      for (const std::string_view word : key.rules.words)
        EXPECT_EQ(messages("'" + std::string(word) + "'"), otherwise) << object.what << " " << key.name << " " << word;
      EXPECT_EQ(messages("zzzzzzzzzz"), otherwise + 1) << object.what << " " << key.name;
    }
  });
  EXPECT_GT(keys, 15);
}

TEST(Schema, WithoutARequiredKeyThereIsOneErrorMore) {
  ForEachObject([](DocumentKind kind, const ObjectSchema& object, const Around& around) {
    std::string all;
    for (const SchemaKey& key : object.keys) {
      if (key.rules.required && key.shape == Shape::kText) all += std::string(key.name) + ": x, ";
    }
    for (const SchemaKey& key : object.keys) {
      if (!key.rules.required || key.shape != Shape::kText) continue;
      std::string others = all;
      others.erase(others.find(std::string(key.name) + ": x, "), key.name.size() + 5);
      EXPECT_EQ(Errors(Decode(kind, around(others))), Errors(Decode(kind, around(all))) + 1)
          << object.what << " " << key.name;
    }
  });
}

}  // namespace
}  // namespace davit::manifest
