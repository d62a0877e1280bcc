// One table of keys for each kind of object in a manifest: name, shape of the value, what it is for, and how it is decoded.
// Everything about keys follows from the tables: unknown ones with the nearest known one, values of the wrong shape, the order in which
// keys are written, JSON Schemas (schema.h). Only the decoding uses this. One thread.
#pragma once

#include <array>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "manifest/declarations.h"
#include "manifest/scalar.h"
#include "manifest/schema.h"
#include "yaml/yaml.h"

namespace davit::manifest {

/// What a file is decoded for.
enum class Purpose : uint8_t {
  kLoad,
  kElaborate,   // it is written again (manifest/elaborated_file.h)
  kElaborated,  // it was written so: what there is to say has been said
};

struct Entry {
  std::string_view key;
  Pos key_pos;
  yaml::Node value;
};

class Decoder {
 public:
  /// `hub`: the file belongs to a stack that is read with the conventions of hub.yaml.
  Decoder(Dialect dialect, bool hub, Diagnostics& diagnostics, Purpose purpose = Purpose::kLoad)
      : dialect_(dialect), hub_(hub), purpose_(purpose), diagnostics_(diagnostics) {}

  Dialect dialect() const { return dialect_; }
  bool hub() const { return hub_; }
  Purpose purpose() const { return purpose_; }
  Diagnostics& diagnostics() { return diagnostics_; }

  /// Whether the value has the shape; if not, an error says so.
  bool Fits(const Entry& entry, Shape shape);
  /// Something that the format does not allow and that can be passed over: the reference only warns, so `davit hub` does too.
  void RefuseFormat(std::string message, Pos pos, std::string help);
  void WarnUnknown(const Entry& entry, std::string_view what, const std::vector<std::string_view>& known);
  /// `node` as a mapping, called `what` in messages ("a component").
  bool IsMapping(yaml::Node node, std::string_view what);

  std::string Text(const Entry& entry) { return std::string(entry.value.text()); }
  bool Flag(const Entry& entry);
  int Count(const Entry& entry);
  int Seconds(const Entry& entry);
  /// A list of texts, or one text.
  std::vector<Name> Texts(const Entry& entry);
  /// A value with its expressions, put into `value`, which is empty. Whether there is one: null is none.
  bool Value(yaml::Node node, Expression& value);

  /// To be called with every name of a parameter or output; those in expressions Value() has seen.
  void SeeName(std::string_view name) { saw_hub_ = saw_hub_ || name.starts_with(kHub); }
  /// Whether a name was seen that begins with "hub", as those that every stack has do (implicit.h).
  bool saw_hub() const { return saw_hub_; }

 private:
  static constexpr std::string_view kHub = "hub";

  void CheckNested(yaml::Node node);

  Dialect dialect_;
  bool hub_;
  bool saw_hub_ = false;
  Purpose purpose_;
  Diagnostics& diagnostics_;
};

template <typename T>
struct Key {
  std::string_view name;
  Shape shape;
  std::string_view brief;                                                     // one line, for people
  void (*decode)(Decoder& decoder, const Entry& entry, T& object) = nullptr;  // kBuilt
  KeyRules rules;
};

/// The keys of a kind of object, as its decoder and as everyone else sees them.
template <typename T>
struct ObjectTable : ObjectSchema {
  std::span<const Key<T>> decoders;
};

template <const auto& kKeys>
inline constexpr auto kWithoutDecoders = [] {
  std::array<SchemaKey, std::size(kKeys)> keys;
  for (size_t i = 0; i < keys.size(); ++i) keys[i] = {kKeys[i].name, kKeys[i].shape, kKeys[i].brief, kKeys[i].rules};
  return keys;
}();

/// constexpr ObjectTable<Meta> kMeta = TableOf<Meta, kMetaKeys>("meta");
template <typename T, const auto& kKeys>
constexpr ObjectTable<T> TableOf(std::string_view what) {
  return {{what, kWithoutDecoders<kKeys>}, kKeys};
}

/// A key that is accepted and passed over.
template <typename T>
constexpr Key<T> Ignored(std::string_view name, std::string_view brief) {
  return {name, Shape::kAny, brief, nullptr, {.support = Support::kNoEffect}};
}
/// A node with every scalar as it is written.
json::value TextsIn(yaml::Node node);

/// A key that is handed on as texts where the file is written again.
template <typename T, json::object T::*kMember>
constexpr Key<T> Kept(std::string_view name, std::string_view brief) {
  return {name, Shape::kAny, brief,
          [](Decoder&, const Entry& entry, T& object) { (object.*kMember)[entry.key] = TextsIn(entry.value); }};
}

/// Decodes a mapping by its table.
template <typename T>
void DecodeObject(Decoder& decoder, yaml::Node node, const ObjectTable<T>& table, T& object) {
  if (!decoder.IsMapping(node, table.what)) return;
  for (size_t i = 0; i < node.size(); ++i) {
    const Entry entry{node.key(i), node.key_pos(i), node.value(i)};
    const Key<T>* found = nullptr;
    for (const Key<T>& key : table.decoders) {
      if (key.name == entry.key) {
        found = &key;
        break;
      }
    }
    if (found == nullptr) {
      std::vector<std::string_view> known;
      for (const Key<T>& key : table.decoders) known.push_back(key.name);
      decoder.WarnUnknown(entry, table.what, known);
    } else if (found->rules.support == Support::kBuilt && !IsNull(entry.value) && decoder.Fits(entry, found->shape)) {
      found->decode(decoder, entry, object);
    }
  }
}

/// A key whose mapping belongs to the same object.
template <typename T, const ObjectTable<T>& kTable>
constexpr Key<T> Within(std::string_view name, std::string_view brief) {
  return {
      name,
      Shape::kMapping,
      brief,
      [](Decoder& decoder, const Entry& entry, T& object) { DecodeObject<T>(decoder, entry.value, kTable, object); },
      {.object = &kTable}};
}

// Decoders of the commonest keys: {"title", Shape::kText, "name for people", IntoText<Meta, &Meta::title>}.
template <typename T, std::string T::*kMember>
void IntoText(Decoder& decoder, const Entry& entry, T& object) {
  object.*kMember = decoder.Text(entry);
}
template <typename T, std::vector<Name> T::*kMember>
void IntoTexts(Decoder& decoder, const Entry& entry, T& object) {
  object.*kMember = decoder.Texts(entry);
}

}  // namespace davit::manifest
