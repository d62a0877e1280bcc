#include "manifest/load.h"

#include <optional>
#include <type_traits>
#include <unordered_map>
#include <utility>

#include "base/heap.h"
#include "manifest/decode.h"
#include "manifest/elaborate.h"
#include "manifest/settle.h"
#include "manifest/suggest.h"
#include "yaml/yaml.h"

namespace davit::manifest {
namespace {

constexpr size_t kLargeManifest = size_t{64} << 10;
constexpr size_t kMemoryPerByte = 40;  // of a manifest: its tree, values, names and edges

/// A file twice: as it is opened, and as people are told of it.
struct File {
  Path path;
  std::string shown;
};

/// Absolute, without `.` and `..`, without a slash at the end.
Path Clean(const Path& path) {
  Path clean = std::filesystem::absolute(path).lexically_normal();
  return clean.has_filename() || !clean.has_relative_path() ? clean : clean.parent_path();
}

std::string Shown(const Path& path) {
  return path.lexically_normal().string();
}

Result<File> Find(const Path& directory, Source& source) {
  const Path given = Clean(directory);
  const std::string shown = Shown(directory);
  if (source.IsFile(given)) return File{given, shown};
  if (!source.IsDirectory(given)) {
    return Fail(ErrorCode::kNotFound, "there is no directory " + shown,
                "name the directory of a stack, as in: davit validate DIR");
  }
  const bool native = source.IsFile(given / "stack.yaml");
  const bool hub = source.IsFile(given / "hub.yaml");
  const std::string where = shown == "." ? "this directory" : shown;
  if (native && hub) {
    return Fail(
        ErrorCode::kInvalidInput, "there are a stack.yaml and a hub.yaml in " + where,
        "keep one of them, or name the one that is meant, as in: davit validate " + Shown(directory / "stack.yaml"));
  }
  if (!native && !hub) {
    return Fail(ErrorCode::kNotFound, "there is no stack.yaml in " + where,
                "create one, or name the directory of a stack, as in: davit validate DIR");
  }
  const char* name = native ? "stack.yaml" : "hub.yaml";
  return File{given / name, Shown(directory / name)};
}

class Loader {
 public:
  Loader(const LoadOptions& options, Source& source, SourceMap& map, Diagnostics& diagnostics)
      : options_(options), source_(source), map_(map), diagnostics_(diagnostics) {}

  Result<Stack> Run();

 private:
  /// Reads, parses and decodes. nullopt where the file is empty or broken, which is said.
  template <typename T>
  std::optional<T> Decode(const File& file, std::string text, T (*decode)(yaml::Node, Decoder&),
                          const char* empty_message, const char* empty_help);
  void ReadParameters(const File& manifest);
  void AddParameters(const File& file, std::string text);
  void FindComponents();
  int ComponentFileOf(const Path& directory, const ComponentEntry& component);
  /// Where the manifest is wrong: of its components what is needed to look at their modules, so that what is wrong there is said as well.
  void AddBareComponents();
  std::optional<std::string> ReadIfThere(const Path& file, Pos pos);

  const LoadOptions& options_;
  Source& source_;
  SourceMap& map_;
  Diagnostics& diagnostics_;
  Declarations declarations_;
  Stack stack_;
  Path shown_base_;
  std::unordered_map<std::string, int> file_of_directory_;  // -1 = a bare directory, -2 = none or a broken one
};

template <typename T>
std::optional<T> Loader::Decode(const File& file, std::string text, T (*decode)(yaml::Node, Decoder&),
                                const char* empty_message, const char* empty_help) {
  const uint32_t index = map_.AddFile(file.shown, std::move(text));
  const std::optional<yaml::Document> document = yaml::Parse(map_, index, diagnostics_);
  if (!document) return std::nullopt;
  const std::optional<yaml::Node> root = document->root();
  if (!root) {
    if (empty_message != nullptr) diagnostics_.AddError(empty_message, map_.At(index, 0), empty_help);
    return std::nullopt;
  }
  Dialect dialect = DialectOf(file.path.filename().string());
  // Files of parameters may have any name; those of an existing stack were written for YAML 1.1.
  if constexpr (std::is_same_v<T, ParametersFile>) {
    if (stack_.hub_convention) dialect = Dialect::kYaml11;
  }
  Decoder decoder(dialect, stack_.hub_convention, diagnostics_);
  return decode(*root, decoder);
}

void Loader::AddParameters(const File& file, std::string text) {
  std::optional<ParametersFile> parameters =
      Decode<ParametersFile>(file, std::move(text), DecodeParameters, nullptr, nullptr);
  if (parameters) declarations_.parameter_files.push_back(*std::move(parameters));
}

void Loader::ReadParameters(const File& manifest) {
  const Path shown_directory = Path(manifest.shown).parent_path();
  for (const std::string& name : {std::string("params.yaml"), "params-" + options_.environment + ".yaml"}) {
    const File file{manifest.path.parent_path() / name, Shown(shown_directory / name)};
    if (!source_.IsFile(file.path)) continue;
    Result<std::string> text = source_.Read(file.path);
    if (text) {
      AddParameters(file, *std::move(text));
    } else {
      diagnostics_.Add(std::move(text).error());
    }
  }
  for (const Path& given : options_.parameter_files) {
    const File file{Clean(given), Shown(given)};
    Result<std::string> text = source_.Read(file.path);
    if (text) {
      AddParameters(file, *std::move(text));
    } else if (text.error().code == ErrorCode::kNotFound) {
      diagnostics_.AddError("there is no file of parameters " + file.shown, {},
                            "-p takes a path that is relative to where davit is started");
    } else {
      diagnostics_.Add(std::move(text).error());
    }
  }
}

std::optional<std::string> Loader::ReadIfThere(const Path& file, Pos pos) {
  Result<std::string> text = source_.Read(file);
  if (text) return *std::move(text);
  if (text.error().code != ErrorCode::kNotFound) {
    if (!text.error().position) text.error().position = pos;
    diagnostics_.Add(std::move(text).error());
  }
  return std::nullopt;
}

int Loader::ComponentFileOf(const Path& directory, const ComponentEntry& component) {
  std::optional<std::string> native = ReadIfThere(directory / "component.yaml", component.source_pos);
  std::optional<std::string> hub = ReadIfThere(directory / "hub-component.yaml", component.source_pos);
  if (!native && !hub) return source_.IsDirectory(directory) ? -1 : -2;
  const Path shown = shown_base_ / component.source.text;
  if (native && hub) {
    diagnostics_.AddError("there are a component.yaml and a hub-component.yaml in " + Shown(shown),
                          component.source_pos, "keep one of them");
    return -1;
  }
  const char* name = native ? "component.yaml" : "hub-component.yaml";
  std::optional<ComponentFile> file = Decode<ComponentFile>(
      {directory / name, Shown(shown / name)}, std::move(native ? *native : *hub), DecodeComponent,
      "the file of the component is empty", "begin it with version: 1, kind: component, meta: {name: NAME}");
  if (!file) return -1;
  declarations_.component_files.push_back(*std::move(file));
  return static_cast<int>(declarations_.component_files.size() - 1);
}

void Loader::FindComponents() {
  const std::vector<ComponentEntry>& components = declarations_.stack.components;
  declarations_.file_of.reserve(components.size());
  declarations_.source_dirs.reserve(components.size());
  std::unordered_map<std::string, Path> directories;  // by what is written: many components share one
  for (const ComponentEntry& component : components) {
    declarations_.file_of.push_back(-1);
    declarations_.source_dirs.emplace_back();
    if (component.source.text.empty()) {
      if (!component.source.refused) {
        diagnostics_.AddError("component " + Named(component.name.text) + " has no source", component.name.pos,
                              "add source: DIRECTORY, relative to the manifest");
      }
      continue;
    }
    const auto [cleaned, first] = directories.try_emplace(component.source.text);
    if (first) cleaned->second = Clean(stack_.base_dir / component.source.text);
    const Path& directory = cleaned->second;
    const auto [known, added] = file_of_directory_.try_emplace(directory.string(), -1);
    if (added) known->second = ComponentFileOf(directory, component);
    if (known->second == -2) {
      diagnostics_.AddError("component " + Named(component.name.text) + " has no directory " + component.source.text,
                            component.source_pos, "create it, or correct the source; it is relative to the manifest");
    } else {
      declarations_.file_of.back() = known->second;
    }
    declarations_.source_dirs.back() = directory;
  }
}

void Loader::AddBareComponents() {
  for (size_t i = 0; i < declarations_.source_dirs.size(); ++i) {
    if (declarations_.source_dirs[i].empty() || !source_.IsDirectory(declarations_.source_dirs[i])) continue;
    const ComponentEntry& entry = declarations_.stack.components[i];
    const int own = declarations_.file_of[i];
    Component& component = stack_.components.emplace_back();
    component.name = entry.name.text;
    component.pos = entry.name.pos;
    component.source_dir = declarations_.source_dirs[i];
    component.source_text = entry.source.text;
    component.provisioner = entry.settings.provisioner;
    if (component.provisioner.empty() && own >= 0)
      component.provisioner = declarations_.component_files[static_cast<size_t>(own)].settings.provisioner;
    for (const Name& glob : entry.inputs) component.inputs_globs.push_back(glob.text);
  }
}

Result<Stack> Loader::Run() {
  TRY_ASSIGN(File manifest, Find(options_.directory, source_));
  TRY_ASSIGN(std::string text, source_.Read(manifest.path));
  if (text.size() > kLargeManifest) ExpectAllocations(text.size() * kMemoryPerByte);
  const std::string file_name = manifest.path.filename().string();
  stack_.environment = options_.environment;
  stack_.hub_convention = file_name.starts_with("hub");
  stack_.base_dir = manifest.path.parent_path();
  stack_.manifest_file = file_name;
  shown_base_ = Path(manifest.shown).parent_path();
  // `.hub/hub.yaml`: what it describes lies beside the dot directory.
  if (const std::string directory = stack_.base_dir.filename().string(); directory.starts_with('.')) {
    stack_.manifest_file = directory + "/" + file_name;
    stack_.base_dir = stack_.base_dir.parent_path();
    shown_base_ /= "..";
  }

  std::optional<StackFile> file = Decode<StackFile>(manifest, std::move(text), DecodeStack, "the manifest is empty",
                                                    "begin it with version: 1, kind: stack, meta: {name: NAME}");
  if (file) {
    declarations_.stack = *std::move(file);
    CheckComponents(declarations_.stack, diagnostics_);
    FindComponents();
  }
  ReadParameters(manifest);
  if (diagnostics_.HasErrors()) {
    const std::string& name = declarations_.stack.header.meta.name.text;
    stack_.name = name.substr(0, name.find(':', name.empty() ? 0 : 1));
    AddBareComponents();
    return std::move(stack_);
  }
  Elaborated elaborated = Elaborate(std::move(declarations_), std::move(stack_), diagnostics_);
  if (!diagnostics_.HasErrors()) Settle(elaborated, source_, diagnostics_);
  return std::move(elaborated.stack);
}

}  // namespace

Result<Path> FindManifest(const Path& directory, Source& source) {
  TRY_ASSIGN(File file, Find(directory, source));
  return std::move(file.path);
}

Result<Stack> Load(const LoadOptions& options, Source& source, SourceMap& map, Diagnostics& diagnostics) {
  return Loader(options, source, map, diagnostics).Run();
}

}  // namespace davit::manifest
