// One table of keys for each kind of object in a manifest: name, shape of the value, what Davit does with it, and how it is decoded.
// Everything about keys follows from the tables: unknown ones with the nearest known one, values of the wrong shape, keys that are not
// built yet; JSON Schemas can be made from them. Only the decoding uses this. One thread.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostics.h"
#include "manifest/declarations.h"
#include "manifest/scalar.h"
#include "yaml/yaml.h"

namespace davit::manifest {

/// What a value may be. Null always counts as absent.
enum class Shape : uint8_t { kAny, kText, kFlag, kDuration, kTexts, kList, kMapping, kTextOrMapping, kListOrMapping };

enum class Support : uint8_t {
  kBuilt,
  kNoEffect,  // known; for people or other tools; nothing here depends on it
  kNotYet,    // known, and leaving it out would change what happens: refused
};

struct Entry {
  std::string_view key;
  Pos key_pos;
  yaml::Node value;
};

class Decoder {
 public:
  /// `hub`: the file belongs to a stack that is read with the conventions of hub.yaml.
  Decoder(Dialect dialect, bool hub, Diagnostics& diagnostics)
      : dialect_(dialect), hub_(hub), diagnostics_(diagnostics) {}

  Dialect dialect() const { return dialect_; }
  bool hub() const { return hub_; }
  Diagnostics& diagnostics() { return diagnostics_; }

  /// Whether the value has the shape; if not, an error says so.
  bool Fits(const Entry& entry, Shape shape);
  void RefuseNotYet(const Entry& entry);
  void WarnUnknown(const Entry& entry, std::string_view what, const std::vector<std::string_view>& known);
  /// `node` as a mapping, called `what` in messages ("a component").
  bool IsMapping(yaml::Node node, std::string_view what);

  std::string Text(const Entry& entry) { return std::string(entry.value.text()); }
  bool Flag(const Entry& entry);
  int Seconds(const Entry& entry);
  /// A list of texts, or one text.
  std::vector<Name> Texts(const Entry& entry);
  /// A value with its expressions. `given` is whether there is one: null is none.
  Expression Value(yaml::Node node, bool* given);

 private:
  void CheckNested(yaml::Node node);

  Dialect dialect_;
  bool hub_;
  Diagnostics& diagnostics_;
};

template <typename T>
struct Key {
  std::string_view name;
  Shape shape;
  void (*decode)(Decoder& decoder, const Entry& entry, T& object) = nullptr;  // kBuilt
  Support support = Support::kBuilt;
};

/// A key that is accepted and passed over.
template <typename T>
constexpr Key<T> Ignored(std::string_view name) {
  return {name, Shape::kAny, nullptr, Support::kNoEffect};
}
template <typename T>
constexpr Key<T> NotYet(std::string_view name) {
  return {name, Shape::kAny, nullptr, Support::kNotYet};
}

/// Decodes a mapping by its table. `what` is the kind of object in messages ("a component").
template <typename T>
void DecodeObject(Decoder& decoder, yaml::Node node, std::string_view what, std::span<const Key<T>> keys, T& object) {
  if (!decoder.IsMapping(node, what)) return;
  for (size_t i = 0; i < node.size(); ++i) {
    const Entry entry{node.key(i), node.key_pos(i), node.value(i)};
    const Key<T>* found = nullptr;
    for (const Key<T>& key : keys) {
      if (key.name == entry.key) {
        found = &key;
        break;
      }
    }
    if (found == nullptr) {
      std::vector<std::string_view> known;
      for (const Key<T>& key : keys) known.push_back(key.name);
      decoder.WarnUnknown(entry, what, known);
    } else if (found->support == Support::kNotYet) {
      decoder.RefuseNotYet(entry);
    } else if (found->support == Support::kBuilt && !IsNull(entry.value) && decoder.Fits(entry, found->shape)) {
      found->decode(decoder, entry, object);
    }
  }
}

// Decoders of the commonest keys: {"brief", Shape::kText, IntoText<Meta, &Meta::brief>}.
template <typename T, std::string T::*kMember>
void IntoText(Decoder& decoder, const Entry& entry, T& object) {
  object.*kMember = decoder.Text(entry);
}
template <typename T, std::vector<Name> T::*kMember>
void IntoTexts(Decoder& decoder, const Entry& entry, T& object) {
  object.*kMember = decoder.Texts(entry);
}

}  // namespace davit::manifest
