#include "manifest/decode.h"

#include <algorithm>

#include "base/text.h"
#include "manifest/suggest.h"

namespace davit::manifest {
namespace {

constexpr Key<SourceDeclaration> kGitKeys[] = {
    {"remote", Shape::kText, "URL of the repository, as git clone takes it",
     [](Decoder& decoder, const Entry& entry, SourceDeclaration& source) {
       source.git_remote = decoder.Text(entry);
       source.git = source.git || !source.git_remote.empty();
     }},
    {"ref", Shape::kText, "branch, tag or commit", IntoText<SourceDeclaration, &SourceDeclaration::git_ref>},
    {"subDir", Shape::kText, "directory within the repository",
     IntoText<SourceDeclaration, &SourceDeclaration::git_sub_dir>},
    {"localDir", Shape::kText, "directory of a local copy",
     [](Decoder& decoder, const Entry& entry, SourceDeclaration& source) {
       source.git_local_dir = decoder.Text(entry);
       source.git = source.git || !source.git_local_dir.empty();
     }},
};
constexpr ObjectTable<SourceDeclaration> kGit = TableOf<SourceDeclaration, kGitKeys>("git");

constexpr Key<SourceDeclaration> kSourceKeys[] = {
    {"dir", Shape::kText, "directory, relative to the manifest", IntoText<SourceDeclaration, &SourceDeclaration::dir>},
    Within<SourceDeclaration, kGit>("git", "repository that it is taken from"),
};
constexpr ObjectTable<SourceDeclaration> kSource = TableOf<SourceDeclaration, kSourceKeys>("source");

void DecodeSource(Decoder& decoder, const Entry& entry, SourceDeclaration& source) {
  if (entry.value.IsScalar()) {
    source.text = source.dir = decoder.Text(entry);
    return;
  }
  DecodeObject(decoder, entry.value, kSource, source);
  if (!source.dir.empty()) {
    source.text = source.dir;
  } else if (!source.git_local_dir.empty()) {
    source.text = source.git_local_dir + (source.git_sub_dir.empty() ? "" : "/" + source.git_sub_dir);
  }
}

/// `provisioner`, `timeout` and the like of an entry or of a component's own file.
template <typename T, ComponentSettings T::*kSettings>
struct SettingsKeys {
  static constexpr Key<T> kProvisioner = {
      "provisioner", Shape::kText, "how it is run, where that is not seen from its files",
      [](Decoder& decoder, const Entry& entry, T& object) { (object.*kSettings).provisioner = decoder.Text(entry); }};
  static constexpr Key<T> kTimeout = {
      "timeout", Shape::kDuration, "time that one run of it may take, as in 90, 5m, 1h30m",
      [](Decoder& decoder, const Entry& entry, T& object) { (object.*kSettings).timeout_s = decoder.Seconds(entry); }};
  static constexpr Key<T> kIdempotent = {
      "idempotent", Shape::kFlag, "whether it may run again when it was interrupted",
      [](Decoder& decoder, const Entry& entry, T& object) { (object.*kSettings).idempotent = decoder.Flag(entry); }};
  static constexpr Key<T> kAlways = {
      "always", Shape::kFlag, "whether it runs in every `up`, also where nothing changed",
      [](Decoder& decoder, const Entry& entry, T& object) { (object.*kSettings).always = decoder.Flag(entry); }};
  static constexpr Key<T> kProtect = {
      "protect", Shape::kFlag, "whether nothing may destroy it",
      [](Decoder& decoder, const Entry& entry, T& object) { (object.*kSettings).protect = decoder.Flag(entry); }};
  static constexpr Key<T> kPassEnv = {
      "passEnv", Shape::kTexts, "variables of the process environment that it gets",
      [](Decoder& decoder, const Entry& entry, T& object) { (object.*kSettings).pass_env = decoder.Texts(entry); }};
  static constexpr Key<T> kRequires = {
      "requires", Shape::kTexts, "capabilities that must be there before it runs",
      [](Decoder& decoder, const Entry& entry, T& object) { (object.*kSettings).requires_ = decoder.Texts(entry); }};
  static constexpr Key<T> kProvides = {
      "provides", Shape::kTexts, "capabilities that are there when it has run",
      [](Decoder& decoder, const Entry& entry, T& object) { (object.*kSettings).provides = decoder.Texts(entry); }};
  static constexpr Key<T> kBare = {
      "bare",
      Shape::kText,
      "allow: it may have nothing to run",
      [](Decoder& decoder, const Entry& entry, T& object) { DecodeBare(decoder, entry, &(object.*kSettings).bare); },
      {.words = kAllowWords}};
  static constexpr Key<T> kHooks = {"hooks",
                                    Shape::kList,
                                    "programs that run before and after its verbs",
                                    [](Decoder& decoder, const Entry& entry, T& object) {
                                      (object.*kSettings).hooks = DecodeHooks(entry.value, decoder);
                                    },
                                    {.object = &kHookSchema}};
};

using EntryKeys = SettingsKeys<ComponentEntry, &ComponentEntry::settings>;
constexpr Key<ComponentEntry> kComponentKeys[] = {
    {"name",
     Shape::kText,
     "name, unique in the stack",
     [](Decoder& decoder, const Entry& entry, ComponentEntry& component) {
       component.name = {decoder.Text(entry), entry.value.pos()};
     },
     {.required = true}},
    Kept<ComponentEntry, &ComponentEntry::kept>("title", "name for people"),
    Kept<ComponentEntry, &ComponentEntry::kept>("brief", "what it is, in a line"),
    Kept<ComponentEntry, &ComponentEntry::kept>("description", "what it is, at length"),
    {"source",
     Shape::kTextOrMapping,
     "its directory, relative to the manifest, or where that is taken from",
     [](Decoder& decoder, const Entry& entry, ComponentEntry& component) {
       DecodeSource(decoder, entry, component.source);
       component.source_pos = entry.value.pos();
       if (!entry.value.IsMapping()) return;
       if (const std::optional<yaml::Node> dir = entry.value.Find("dir")) component.source_pos = dir->pos();
     },
     {.object = &kSource}},
    {"depends", Shape::kTexts, "components that must be there before it",
     IntoTexts<ComponentEntry, &ComponentEntry::depends>},
    EntryKeys::kRequires,
    EntryKeys::kProvides,
    EntryKeys::kProvisioner,
    EntryKeys::kTimeout,
    EntryKeys::kIdempotent,
    EntryKeys::kAlways,
    EntryKeys::kProtect,
    EntryKeys::kBare,
    {"inputs", Shape::kTexts, "files outside its directory that count as its own, as patterns relative to the manifest",
     IntoTexts<ComponentEntry, &ComponentEntry::inputs>},
    EntryKeys::kPassEnv,
    EntryKeys::kHooks,
    {"parameters",
     Shape::kListOrMapping,
     "what it is given; a list, or a mapping of names to values",
     [](Decoder& decoder, const Entry& entry, ComponentEntry& component) {
       component.parameters = DecodeParameterList(entry.value, Owner::kEntry, decoder);
     },
     {.object = &kParameterSchema}},
    Kept<ComponentEntry, &ComponentEntry::kept>("annotations", "for other tools"),
};
constexpr ObjectTable<ComponentEntry> kComponent = TableOf<ComponentEntry, kComponentKeys>("a component");

constexpr Key<Meta> kMetaKeys[] = {
    {"name",
     Shape::kText,
     "name; a stack's may carry a version, as in shop:1",
     [](Decoder& decoder, const Entry& entry, Meta& meta) {
       meta.name = {decoder.Text(entry), entry.value.pos()};
     },
     {.required = true}},
    {"fromStack", Shape::kText, "directory of the stack that this one is put upon",
     [](Decoder& decoder, const Entry& entry, Meta& meta) {
       meta.from_stack = {decoder.Text(entry), entry.value.pos()};
     }},
    {"title", Shape::kText, "name for people", IntoText<Meta, &Meta::title>},
    Kept<Meta, &Meta::kept>("brief", "what it is, in a line"),
    Kept<Meta, &Meta::kept>("description", "what it is, at length"),
    Kept<Meta, &Meta::kept>("version", "its own version"),
    {"kind", Shape::kText, "what sort of component it is; those of one sort do not see each other's outputs",
     IntoText<Meta, &Meta::kind>},
    {"origin", Shape::kText, "name of the component that it was made from", IntoText<Meta, &Meta::origin>},
    {"source",
     Shape::kTextOrMapping,
     "directory of an application, relative to the manifest",
     [](Decoder& decoder, const Entry& entry, Meta& meta) { DecodeSource(decoder, entry, meta.source); },
     {.object = &kSource}},
    Kept<Meta, &Meta::kept>("maturity", "how far it can be relied upon"),
    Kept<Meta, &Meta::kept>("license", "its licence"),
    Kept<Meta, &Meta::kept>("icon", "picture for other tools"),
    Kept<Meta, &Meta::kept>("annotations", "for other tools"),
};
constexpr ObjectTable<Meta> kMeta = TableOf<Meta, kMetaKeys>("meta");

constexpr std::string_view kVersionWords[] = {"1"};
constexpr std::string_view kStackKinds[] = {"stack", kApplication};
constexpr std::string_view kComponentKinds[] = {"component"};

template <typename T, const auto& kKinds>
struct HeaderKeys {
  static constexpr Key<T> kVersion = {"version",
                                      Shape::kText,
                                      "version of the format",
                                      [](Decoder& decoder, const Entry& entry, T& file) {
                                        file.header.has_version = true;
                                        if (entry.value.text() == "1") return;
                                        decoder.RefuseFormat("version must be 1, not " + Named(entry.value.text()),
                                                             entry.value.pos(),
                                                             "it is the version of the format: write version: 1");
                                      },
                                      {.words = kVersionWords}};
  static constexpr Key<T> kKind = {"kind",
                                   Shape::kText,
                                   "what the file describes",
                                   [](Decoder& decoder, const Entry& entry, T& file) {
                                     file.header.kind = {decoder.Text(entry), entry.value.pos()};
                                   },
                                   {.words = kKinds}};
  static constexpr Key<T> kMeta = {"meta",
                                   Shape::kMapping,
                                   "its name, and what people should know of it",
                                   [](Decoder& decoder, const Entry& entry, T& file) {
                                     DecodeObject(decoder, entry.value, manifest::kMeta, file.header.meta);
                                   },
                                   {.required = true, .object = &manifest::kMeta}};
};

template <typename T, Owner kOwner>
constexpr Key<T> ParametersKey(std::string_view brief) {
  return {"parameters",
          Shape::kList,
          brief,
          [](Decoder& decoder, const Entry& entry, T& file) {
            file.parameters = DecodeParameterList(entry.value, kOwner, decoder);
          },
          {.object = &kParameterSchema}};
}
template <typename T>
constexpr Key<T> OutputsKey(std::string_view brief) {
  return {"outputs",
          Shape::kList,
          brief,
          [](Decoder& decoder, const Entry& entry, T& file) { file.outputs = DecodeOutputs(entry.value, decoder); },
          {.object = &kOutputSchema}};
}

template <typename T>
constexpr Key<T> TemplatesKey() {
  return {"templates",
          Shape::kMapping,
          "files that are filled in before a verb runs",
          [](Decoder& decoder, const Entry& entry, T& file) { file.templates = DecodeTemplates(entry.value, decoder); },
          {.object = &kTemplatesSchema}};
}

void DecodeComponents(Decoder& decoder, const Entry& entry, StackFile& file) {
  file.components.reserve(entry.value.size());
  for (size_t i = 0; i < entry.value.size(); ++i) {
    const yaml::Node item = entry.value.item(i);
    if (IsNull(item)) continue;
    ComponentEntry component;
    component.pos = item.pos();
    DecodeObject(decoder, item, kComponent, component);
    if (!item.IsMapping()) continue;
    if (component.name.text.empty()) {
      decoder.diagnostics().AddError("a component has no name", item.pos(), "add name: NAME");
      continue;
    }
    if (SourceDeclaration& source = component.source; source.text.empty() && source.git)
      source.text = component.name.text + (source.git_sub_dir.empty() ? "" : "/" + source.git_sub_dir);
    file.components.push_back(std::move(component));
  }
}

template <Name MoveEntry::*kMember>
void IntoName(Decoder& decoder, const Entry& entry, MoveEntry& move) {
  move.*kMember = {decoder.Text(entry), entry.value.pos()};
}

constexpr Key<MoveEntry> kMoveKeys[] = {
    {"from", Shape::kText, "name that it had", IntoName<&MoveEntry::from>, {.required = true}},
    {"to", Shape::kText, "component that it is now", IntoName<&MoveEntry::to>, {.required = true}},
};
constexpr ObjectTable<MoveEntry> kMove = TableOf<MoveEntry, kMoveKeys>("an entry of moved");

void DecodeMoves(Decoder& decoder, const Entry& entry, StackFile& file) {
  for (size_t i = 0; i < entry.value.size(); ++i) {
    const yaml::Node item = entry.value.item(i);
    if (IsNull(item)) continue;
    MoveEntry move;
    DecodeObject(decoder, item, kMove, move);
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

constexpr Key<StackFile> kPlatformKeys[] = {
    {"provides", Shape::kTexts, "capabilities that the platform has",
     IntoTexts<StackFile, &StackFile::platform_provides>},
};
constexpr ObjectTable<StackFile> kPlatform = TableOf<StackFile, kPlatformKeys>("platform");

using StackHeader = HeaderKeys<StackFile, kStackKinds>;
constexpr Key<StackFile> kStackKeys[] = {
    StackHeader::kVersion,
    StackHeader::kKind,
    StackHeader::kMeta,
    {"components", Shape::kList, "what the stack is made of", DecodeComponents, {.object = &kComponent}},
    {"moved", Shape::kList, "components that have another name now", DecodeMoves, {.object = &kMove}},
    {"requires", Shape::kTexts, "capabilities that must be there before anything runs",
     IntoTexts<StackFile, &StackFile::requires_>},
    {"provides", Shape::kTexts, "capabilities that are there when the stack stands",
     IntoTexts<StackFile, &StackFile::provides>},
    Within<StackFile, kPlatform>("platform", "what it is put upon"),
    {"lifecycle",
     Shape::kMapping,
     "order, and what may fail or be left out",
     [](Decoder& decoder, const Entry& entry, StackFile& file) {
       DecodeStackLifecycle(entry.value, decoder, file.lifecycle);
     },
     {.object = &kStackLifecycleSchema}},
    ParametersKey<StackFile, Owner::kStack>("what the stack is given"),
    OutputsKey<StackFile>("what the stack shows when it stands"),
    TemplatesKey<StackFile>(),
    Ignored<StackFile>("extensions", "for extensions of hubctl"),
};
constexpr ObjectTable<StackFile> kStack = TableOf<StackFile, kStackKeys>("a stack");

using FileKeys = SettingsKeys<ComponentFile, &ComponentFile::settings>;
using ComponentHeader = HeaderKeys<ComponentFile, kComponentKinds>;
constexpr Key<ComponentFile> kComponentFileKeys[] = {
    ComponentHeader::kVersion,
    ComponentHeader::kKind,
    ComponentHeader::kMeta,
    FileKeys::kRequires,
    FileKeys::kProvides,
    FileKeys::kProvisioner,
    FileKeys::kTimeout,
    FileKeys::kIdempotent,
    FileKeys::kAlways,
    FileKeys::kProtect,
    FileKeys::kPassEnv,
    FileKeys::kHooks,
    {"lifecycle",
     Shape::kMapping,
     "its verbs, and when it is ready",
     [](Decoder& decoder, const Entry& entry, ComponentFile& file) {
       DecodeComponentLifecycle(entry.value, decoder, file.lifecycle);
     },
     {.object = &kComponentLifecycleSchema}},
    {"parameters",
     Shape::kList,
     "what it takes",
     [](Decoder& decoder, const Entry& entry, ComponentFile& file) {
       file.parameters = DecodeParameterList(entry.value, Owner::kComponent, decoder);
       if (decoder.purpose() != Purpose::kElaborate) return;
       file.written_parameters = ParametersAsWritten(entry.value, decoder.dialect());
     },
     {.object = &kParameterSchema}},
    OutputsKey<ComponentFile>("what it leaves"),
    TemplatesKey<ComponentFile>(),
    Ignored<ComponentFile>("extensions", "for extensions of hubctl"),
};
constexpr ObjectTable<ComponentFile> kComponentFile = TableOf<ComponentFile, kComponentFileKeys>("a component's file");

constexpr Key<ParametersFile> kParametersFileKeys[] = {
    Ignored<ParametersFile>("version", "version of the format"),
    Ignored<ParametersFile>("kind", "what the file describes"),
    Ignored<ParametersFile>("meta", "what people should know of it"),
    ParametersKey<ParametersFile, Owner::kStack>("what the stack is given, upon what it says itself"),
    OutputsKey<ParametersFile>("outputs of the stack, upon its own"),
};
constexpr ObjectTable<ParametersFile> kParametersFile =
    TableOf<ParametersFile, kParametersFileKeys>("a file of parameters");

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
  } else if (header.kind.text != kind && !(header.kind.text == "application" && kind == "stack")) {
    decoder.RefuseFormat("kind must be " + wanted + " here, not " + Named(header.kind.text), header.kind.pos,
                         "write kind: " + wanted);
  }
  const std::optional<yaml::Node> meta = root.Find("meta");
  if (meta && !IsNull(*meta) && !meta->IsMapping()) return;  // said already
  if (const std::string& name = header.meta.name.text;
      kind != "component" && decoder.purpose() == Purpose::kLoad && HasSlashOrControl(name)) {
    diagnostics.AddError("the name " + Named(name) + " of the " + wanted + " has a slash or a control character in it",
                         header.meta.name.pos, "deployments are called by it: letters, digits, - _ . and : will do");
  }
  if (header.meta.name.text.empty()) {
    std::string message = "the " + wanted + " has no name";
    const Pos pos = meta ? meta->pos() : root.pos();
    // In a stack that is written down it goes by the name that it has there.
    if (kind == "component") {
      decoder.RefuseFormat(std::move(message), pos, "add meta: {name: NAME}");
    } else {
      diagnostics.AddError(std::move(message), pos, "add meta: {name: NAME}");
    }
  }
}

}  // namespace

constinit const ObjectSchema kStackSchema = kStack;
constinit const ObjectSchema kParametersFileSchema = kParametersFile;
constinit const ObjectSchema kComponentFileSchema = kComponentFile;

StackFile DecodeStack(yaml::Node root, Decoder& decoder) {
  StackFile file;
  DecodeObject(decoder, root, kStack, file);
  if (root.IsMapping()) CheckHeader(file.header, "stack", root, decoder);
  return file;
}

ParametersFile DecodeParameters(yaml::Node root, Decoder& decoder) {
  ParametersFile file;
  DecodeObject(decoder, root, kParametersFile, file);
  return file;
}

ComponentFile DecodeComponent(yaml::Node root, Decoder& decoder) {
  ComponentFile file;
  DecodeObject(decoder, root, kComponentFile, file);
  if (root.IsMapping()) CheckHeader(file.header, "component", root, decoder);
  return file;
}

}  // namespace davit::manifest
