#include "manifest/decode.h"

#include "manifest/suggest.h"

namespace davit::manifest {
namespace {

constexpr Key<SourceDeclaration> kGitKeys[] = {
    {"remote", Shape::kText, [](Decoder&, const Entry&, SourceDeclaration& source) { source.git = true; }},
    Ignored<SourceDeclaration>("ref"),
    {"subDir", Shape::kText, IntoText<SourceDeclaration, &SourceDeclaration::git_sub_dir>},
    {"localDir", Shape::kText, IntoText<SourceDeclaration, &SourceDeclaration::git_local_dir>},
};

constexpr Key<SourceDeclaration> kSourceKeys[] = {
    {"dir", Shape::kText, IntoText<SourceDeclaration, &SourceDeclaration::dir>},
    {"git", Shape::kMapping,
     [](Decoder& decoder, const Entry& entry, SourceDeclaration& source) {
       DecodeObject<SourceDeclaration>(decoder, entry.value, "git", kGitKeys, source);
     }},
};

void DecodeSource(Decoder& decoder, const Entry& entry, ComponentEntry& component) {
  component.source_pos = entry.value.pos();
  SourceDeclaration& source = component.source;
  if (entry.value.IsScalar()) {
    source.text = decoder.Text(entry);
    return;
  }
  DecodeObject<SourceDeclaration>(decoder, entry.value, "source", kSourceKeys, source);
  if (!source.dir.empty()) {
    source.text = source.dir;
    if (const std::optional<yaml::Node> dir = entry.value.Find("dir")) component.source_pos = dir->pos();
  } else if (!source.git_local_dir.empty()) {
    source.text = source.git_local_dir + (source.git_sub_dir.empty() ? "" : "/" + source.git_sub_dir);
  } else if (source.git) {
    source.refused = true;
    decoder.diagnostics().AddError("a git source without localDir is not supported yet", entry.value.pos(),
                                   "clone it, and name the directory with source: DIRECTORY");
  }
}

/// `provisioner`, `timeout` and the like of an entry or of a component's own file.
template <typename T, ComponentSettings T::*kSettings>
struct SettingsKeys {
  static constexpr Key<T> kProvisioner = {
      "provisioner", Shape::kText,
      [](Decoder& decoder, const Entry& entry, T& object) { (object.*kSettings).provisioner = decoder.Text(entry); }};
  static constexpr Key<T> kTimeout = {"timeout", Shape::kDuration, [](Decoder& decoder, const Entry& entry, T& object) {
                                        (object.*kSettings).timeout_s = decoder.Seconds(entry);
                                      }};
  static constexpr Key<T> kIdempotent = {
      "idempotent", Shape::kFlag,
      [](Decoder& decoder, const Entry& entry, T& object) { (object.*kSettings).idempotent = decoder.Flag(entry); }};
  static constexpr Key<T> kAlways = {"always", Shape::kFlag, [](Decoder& decoder, const Entry& entry, T& object) {
                                       (object.*kSettings).always = decoder.Flag(entry);
                                     }};
  static constexpr Key<T> kProtect = {"protect", Shape::kFlag, [](Decoder& decoder, const Entry& entry, T& object) {
                                        (object.*kSettings).protect = decoder.Flag(entry);
                                      }};
  static constexpr Key<T> kPassEnv = {"passEnv", Shape::kTexts, [](Decoder& decoder, const Entry& entry, T& object) {
                                        (object.*kSettings).pass_env = decoder.Texts(entry);
                                      }};
  static constexpr Key<T> kRequires = {"requires", Shape::kTexts, [](Decoder& decoder, const Entry& entry, T& object) {
                                         (object.*kSettings).requires_ = decoder.Texts(entry);
                                       }};
  static constexpr Key<T> kProvides = {"provides", Shape::kTexts, [](Decoder& decoder, const Entry& entry, T& object) {
                                         (object.*kSettings).provides = decoder.Texts(entry);
                                       }};
};

using EntryKeys = SettingsKeys<ComponentEntry, &ComponentEntry::settings>;
constexpr Key<ComponentEntry> kComponentKeys[] = {
    {"name", Shape::kText,
     [](Decoder& decoder, const Entry& entry, ComponentEntry& component) {
       component.name = {decoder.Text(entry), entry.value.pos()};
     }},
    {"source", Shape::kTextOrMapping, DecodeSource},
    {"depends", Shape::kTexts, IntoTexts<ComponentEntry, &ComponentEntry::depends>},
    {"parameters", Shape::kListOrMapping,
     [](Decoder& decoder, const Entry& entry, ComponentEntry& component) {
       component.parameters = DecodeParameterList(entry.value, Owner::kEntry, decoder);
     }},
    EntryKeys::kProvisioner,
    EntryKeys::kTimeout,
    EntryKeys::kIdempotent,
    EntryKeys::kAlways,
    EntryKeys::kProtect,
    {"inputs", Shape::kTexts, IntoTexts<ComponentEntry, &ComponentEntry::inputs>},
    EntryKeys::kPassEnv,
    EntryKeys::kRequires,
    EntryKeys::kProvides,
    NotYet<ComponentEntry>("hooks"),
    Ignored<ComponentEntry>("title"),
    Ignored<ComponentEntry>("brief"),
    Ignored<ComponentEntry>("description"),
    Ignored<ComponentEntry>("annotations"),
};

constexpr Key<Meta> kMetaKeys[] = {
    {"name", Shape::kText,
     [](Decoder& decoder, const Entry& entry, Meta& meta) {
       meta.name = {decoder.Text(entry), entry.value.pos()};
     }},
    {"title", Shape::kText, IntoText<Meta, &Meta::title>},
    NotYet<Meta>("fromStack"),
    Ignored<Meta>("kind"),
    Ignored<Meta>("origin"),
    Ignored<Meta>("brief"),
    Ignored<Meta>("description"),
    Ignored<Meta>("version"),
    Ignored<Meta>("maturity"),
    Ignored<Meta>("license"),
    Ignored<Meta>("icon"),
    Ignored<Meta>("source"),
    Ignored<Meta>("annotations"),
};

constexpr Key<LifecycleDeclaration> kStackLifecycleKeys[] = {
    {"verbs", Shape::kTexts, IntoTexts<LifecycleDeclaration, &LifecycleDeclaration::verbs>},
    {"order", Shape::kTexts,
     [](Decoder& decoder, const Entry& entry, LifecycleDeclaration& lifecycle) {
       lifecycle.order = decoder.Texts(entry);
       lifecycle.order_pos = entry.key_pos;
       lifecycle.has_order = !lifecycle.order.empty();
     }},
    {"mandatory", Shape::kTexts, IntoTexts<LifecycleDeclaration, &LifecycleDeclaration::mandatory>},
    {"optional", Shape::kTexts, IntoTexts<LifecycleDeclaration, &LifecycleDeclaration::optional>},
    NotYet<LifecycleDeclaration>("bare"),
    NotYet<LifecycleDeclaration>("requires"),
    NotYet<LifecycleDeclaration>("readyConditions"),
    NotYet<LifecycleDeclaration>("options"),
};

constexpr Key<ComponentFile> kComponentLifecycleKeys[] = {
    {"verbs", Shape::kTexts, IntoTexts<ComponentFile, &ComponentFile::verbs>},
    NotYet<ComponentFile>("bare"),
    NotYet<ComponentFile>("readyConditions"),
    NotYet<ComponentFile>("options"),
};

template <typename T>
struct HeaderKeys {
  static constexpr Key<T> kVersion = {"version", Shape::kText, [](Decoder& decoder, const Entry& entry, T& file) {
                                        file.header.has_version = true;
                                        if (entry.value.text() == "1") return;
                                        decoder.diagnostics().AddError(
                                            "version must be 1, not " + Describe(entry.value, decoder.dialect()),
                                            entry.value.pos(), "it is the version of the format: write version: 1");
                                      }};
  static constexpr Key<T> kKind = {"kind", Shape::kText, [](Decoder& decoder, const Entry& entry, T& file) {
                                     file.header.kind = {decoder.Text(entry), entry.value.pos()};
                                   }};
  static constexpr Key<T> kMeta = {"meta", Shape::kMapping, [](Decoder& decoder, const Entry& entry, T& file) {
                                     DecodeObject<Meta>(decoder, entry.value, "meta", kMetaKeys, file.header.meta);
                                   }};
};

template <typename T, Owner kOwner>
constexpr Key<T> ParametersKey() {
  return {"parameters", Shape::kList, [](Decoder& decoder, const Entry& entry, T& file) {
            file.parameters = DecodeParameterList(entry.value, kOwner, decoder);
          }};
}
template <typename T>
constexpr Key<T> OutputsKey() {
  return {"outputs", Shape::kList,
          [](Decoder& decoder, const Entry& entry, T& file) { file.outputs = DecodeOutputs(entry.value, decoder); }};
}

void DecodeComponents(Decoder& decoder, const Entry& entry, StackFile& file) {
  file.components.reserve(entry.value.size());
  for (size_t i = 0; i < entry.value.size(); ++i) {
    const yaml::Node item = entry.value.item(i);
    if (IsNull(item)) continue;
    ComponentEntry component;
    component.pos = item.pos();
    DecodeObject<ComponentEntry>(decoder, item, "a component", kComponentKeys, component);
    if (!item.IsMapping()) continue;
    if (component.name.text.empty()) {
      decoder.diagnostics().AddError("a component has no name", item.pos(), "add name: NAME");
      continue;
    }
    file.components.push_back(std::move(component));
  }
}

template <Name MoveEntry::*kMember>
void IntoName(Decoder& decoder, const Entry& entry, MoveEntry& move) {
  move.*kMember = {decoder.Text(entry), entry.value.pos()};
}

constexpr Key<MoveEntry> kMoveKeys[] = {
    {"from", Shape::kText, IntoName<&MoveEntry::from>},
    {"to", Shape::kText, IntoName<&MoveEntry::to>},
};

void DecodeMoves(Decoder& decoder, const Entry& entry, StackFile& file) {
  for (size_t i = 0; i < entry.value.size(); ++i) {
    const yaml::Node item = entry.value.item(i);
    if (IsNull(item)) continue;
    MoveEntry move;
    DecodeObject<MoveEntry>(decoder, item, "an entry of moved", kMoveKeys, move);
    if (!item.IsMapping()) continue;
    for (const auto& [name, key] : {std::pair{&move.from, "from"}, std::pair{&move.to, "to"}}) {
      const std::optional<yaml::Node> value = item.Find(key);
      const bool said = value && !IsNull(*value) && !value->IsScalar();
      if (name->text.empty() && !said) {
        decoder.diagnostics().AddError("an entry of moved has no " + std::string(key), item.pos(),
                                       "write it as {from: OLD, to: NEW}");
      }
    }
    file.moved.push_back(std::move(move));
  }
}

constexpr Key<StackFile> kStackKeys[] = {
    HeaderKeys<StackFile>::kVersion,
    HeaderKeys<StackFile>::kKind,
    HeaderKeys<StackFile>::kMeta,
    {"components", Shape::kList, DecodeComponents},
    {"moved", Shape::kList, DecodeMoves},
    {"requires", Shape::kTexts, IntoTexts<StackFile, &StackFile::requires_>},
    {"provides", Shape::kTexts, IntoTexts<StackFile, &StackFile::provides>},
    NotYet<StackFile>("platform"),
    {"lifecycle", Shape::kMapping,
     [](Decoder& decoder, const Entry& entry, StackFile& file) {
       DecodeObject<LifecycleDeclaration>(decoder, entry.value, "lifecycle", kStackLifecycleKeys, file.lifecycle);
     }},
    ParametersKey<StackFile, Owner::kStack>(),
    OutputsKey<StackFile>(),
    NotYet<StackFile>("templates"),
    Ignored<StackFile>("extensions"),
};

using FileKeys = SettingsKeys<ComponentFile, &ComponentFile::settings>;
constexpr Key<ComponentFile> kComponentFileKeys[] = {
    HeaderKeys<ComponentFile>::kVersion,
    HeaderKeys<ComponentFile>::kKind,
    HeaderKeys<ComponentFile>::kMeta,
    FileKeys::kRequires,
    FileKeys::kProvides,
    FileKeys::kProvisioner,
    FileKeys::kTimeout,
    FileKeys::kIdempotent,
    FileKeys::kAlways,
    FileKeys::kProtect,
    FileKeys::kPassEnv,
    {"lifecycle", Shape::kMapping,
     [](Decoder& decoder, const Entry& entry, ComponentFile& file) {
       DecodeObject<ComponentFile>(decoder, entry.value, "lifecycle", kComponentLifecycleKeys, file);
     }},
    ParametersKey<ComponentFile, Owner::kComponent>(),
    OutputsKey<ComponentFile>(),
    NotYet<ComponentFile>("templates"),
    Ignored<ComponentFile>("extensions"),
};

constexpr Key<ParametersFile> kParametersFileKeys[] = {
    ParametersKey<ParametersFile, Owner::kStack>(),
    OutputsKey<ParametersFile>(),
    Ignored<ParametersFile>("version"),
    Ignored<ParametersFile>("kind"),
    Ignored<ParametersFile>("meta"),
};

/// What every stack and every component file must begin with.
void CheckHeader(const Header& header, std::string_view kind, yaml::Node root, Decoder& decoder) {
  Diagnostics& diagnostics = decoder.diagnostics();
  const std::string wanted(kind);
  if (!header.has_version && !root.Find("version")) {
    diagnostics.AddWarning("missing-version", "the file does not say which version of the format it has", root.pos(),
                           "add version: 1");
  }
  if (header.kind.text.empty()) {
    if (!root.Find("kind"))
      diagnostics.AddWarning("missing-kind", "the file does not say what it is", root.pos(), "add kind: " + wanted);
  } else if (header.kind.text == "application" && kind == "stack") {
    diagnostics.AddError("kind: application is not supported yet", header.kind.pos,
                         "make it a stack with one component");
  } else if (header.kind.text != kind) {
    diagnostics.AddError("kind must be " + wanted + " here, not " + Named(header.kind.text), header.kind.pos,
                         "write kind: " + wanted);
  }
  const std::optional<yaml::Node> meta = root.Find("meta");
  if (meta && !IsNull(*meta) && !meta->IsMapping()) return;  // said already
  if (header.meta.name.text.empty()) {
    diagnostics.AddError("the " + wanted + " has no name", meta ? meta->pos() : root.pos(), "add meta: {name: NAME}");
  }
}

}  // namespace

StackFile DecodeStack(yaml::Node root, Decoder& decoder) {
  StackFile file;
  DecodeObject<StackFile>(decoder, root, "a stack", kStackKeys, file);
  if (root.IsMapping()) CheckHeader(file.header, "stack", root, decoder);
  return file;
}

ParametersFile DecodeParameters(yaml::Node root, Decoder& decoder) {
  ParametersFile file;
  DecodeObject<ParametersFile>(decoder, root, "a file of parameters", kParametersFileKeys, file);
  return file;
}

ComponentFile DecodeComponent(yaml::Node root, Decoder& decoder) {
  ComponentFile file;
  DecodeObject<ComponentFile>(decoder, root, "a component's file", kComponentFileKeys, file);
  if (root.IsMapping()) CheckHeader(file.header, "component", root, decoder);
  return file;
}

}  // namespace davit::manifest
