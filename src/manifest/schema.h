// What an object of a manifest may hold, as the decoder's own tables say (object_table.h): for what shows or orders keys and decodes
// nothing. Constants; any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace davit::manifest {

/// What a value may be. Null always counts as absent.
enum class Shape : uint8_t {
  kAny,
  kText,
  kFlag,
  kCount,
  kDuration,
  kTexts,
  kList,
  kMapping,
  kTextOrMapping,
  kListOrMapping
};

inline constexpr int64_t kMostCount = 1'000'000'000;  // of a kCount

enum class Support : uint8_t {
  kBuilt,
  kNoEffect,  // known; for people or other tools; nothing here depends on it
};

struct ObjectSchema;

/// What there is to say of a key beside the shape of its value.
struct KeyRules {
  bool required = false;
  std::span<const std::string_view> words = {};  // the only texts that have a meaning; empty = any
  const ObjectSchema* object = nullptr;  // of its mapping, or of each item of its list; null = anything may be in it
  Support support = Support::kBuilt;
};

struct SchemaKey {
  std::string_view name;
  Shape shape = Shape::kAny;
  std::string_view brief;  // one line, for people
  KeyRules rules;
};

/// A kind of object. Its keys stand in the order in which a file is best written.
struct ObjectSchema {
  std::string_view what;  // in messages: "a component"
  std::span<const SchemaKey> keys;

  /// Null where there is no such key.
  const SchemaKey* Find(std::string_view name) const;
};

enum class DocumentKind : uint8_t { kStack, kApplication, kComponent, kParameters };

/// What the root of a file of this kind holds; everything below it is reached by `KeyRules::object`. An application has the keys of a stack.
const ObjectSchema& SchemaOf(DocumentKind kind);

}  // namespace davit::manifest
