#include "manifest/read.h"

#include <optional>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/heap.h"
#include "base/warnings.h"
#include "manifest/application.h"
#include "manifest/decode.h"
#include "manifest/fetch_source.h"
#include "manifest/from_stack.h"
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

/// `hub`: for the commands of `davit hub`, which read no manifests of other names.
Result<File> Find(const Path& directory, const Path& named, bool hub_only, Source& source) {
  const Path given = Clean(directory);
  const std::string shown = Shown(named);
  if (source.IsFile(given)) return File{given, shown};
  if (hub_only) {
    if (source.IsFile(given / "hub.yaml")) return File{given / "hub.yaml", Shown(named / "hub.yaml")};
    return Fail(ErrorCode::kNotFound,
                source.IsDirectory(given) ? "there is no hub.yaml in " + shown : "there is no manifest " + shown,
                "name the hub.yaml of a stack, then files of parameters: davit hub elaborate hub.yaml params.yaml");
  }
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
        "keep one of them, or name the one that is meant, as in: davit validate " + Shown(named / "stack.yaml"));
  }
  if (!native && !hub) {
    return Fail(ErrorCode::kNotFound, "there is no stack.yaml in " + where,
                "`davit new stack NAME` makes one; or name the directory of a stack, as in: davit validate DIR");
  }
  const char* name = native ? "stack.yaml" : "hub.yaml";
  return File{given / name, Shown(named / name)};
}

/// One stack of a chain of fromStack.
struct Level {
  File manifest;
  StackFile file;
  std::vector<ParametersFile> parameter_files;
  Path base;  // absolute
  Path shown_base;
  std::string prefix;  // the way to it from the stack that is read; "" = that is it
  std::string within;  // of the file below `base`, "hub.yaml" or ".hub/hub.yaml"
  bool hub = false;
  std::vector<int> file_of;
  std::vector<Path> source_dirs;
};

class Reader {
 public:
  Reader(const ReadOptions& options, Source& source, SourceMap& map, Diagnostics& diagnostics)
      : options_(options), source_(source), map_(map), diagnostics_(diagnostics) {}

  Result<Declarations> Run(Stack& stack);

 private:
  /// Reads, parses and decodes. nullopt where the file is empty or broken, which is said.
  template <typename T>
  std::optional<T> Decode(const File& file, std::string text, bool hub, T (*decode)(yaml::Node, Decoder&),
                          const char* empty_message, const char* empty_help);
  Result<> ReadLevel(const Path& directory, const Path& shown, std::string prefix);
  /// The stack that the last level comes from; false where there is none, or none that can be read.
  bool ReadBase();
  void ReadParameters(Level& level);
  void AddParameters(Level& level, const File& file, std::string text);
  void FindComponents(Level& level, const std::unordered_set<std::string>& declared_above);
  int ComponentFileOf(const Level& level, const Path& directory, const ComponentEntry& component);
  std::optional<std::string> ReadIfThere(const Path& file, Pos pos);
  /// The way to the components of a base stack, from the stack that is read.
  void Rebase(Level& level);
  /// Puts the next higher level upon what there is.
  void Add(Level level);

  const ReadOptions& options_;
  Source& source_;
  SourceMap& map_;
  Diagnostics& diagnostics_;
  std::vector<Level> levels_;  // the stack itself first
  Declarations declarations_;
  std::unordered_map<std::string, int> file_of_directory_;  // -1 = a bare directory, -2 = none or a broken one
};

template <typename T>
std::optional<T> Reader::Decode(const File& file, std::string text, bool hub, T (*decode)(yaml::Node, Decoder&),
                                const char* empty_message, const char* empty_help) {
  const uint32_t index = map_.AddFile(file.shown, std::move(text));
  const std::optional<yaml::Document> document = yaml::Parse(map_, index, diagnostics_);
  CheckAllowComments(map_, index, diagnostics_);
  if (!document) return std::nullopt;
  const std::optional<yaml::Node> root = document->root();
  if (!root) {
    if (empty_message != nullptr) diagnostics_.AddError(empty_message, map_.At(index, 0), empty_help);
    return std::nullopt;
  }
  Dialect dialect = DialectOf(file.path.filename().string());
  // Files of parameters may have any name, and so has a manifest that is named; those of an existing stack were written for YAML 1.1.
  if (hub && (std::is_same_v<T, ParametersFile> || options_.hub)) dialect = Dialect::kYaml11;
  Decoder decoder(dialect, hub, diagnostics_, options_.hub ? Purpose::kElaborate : Purpose::kLoad);
  T decoded = decode(*root, decoder);
  declarations_.saw_hub = declarations_.saw_hub || decoder.saw_hub();
  return decoded;
}

void Reader::AddParameters(Level& level, const File& file, std::string text) {
  std::optional<ParametersFile> parameters =
      Decode<ParametersFile>(file, std::move(text), level.hub, DecodeParameters, nullptr, nullptr);
  if (parameters) level.parameter_files.push_back(*std::move(parameters));
}

void Reader::ReadParameters(Level& level) {
  const bool of_base = !level.prefix.empty();
  const Path shown_directory = Path(level.manifest.shown).parent_path();
  std::vector<std::string> names;
  if (of_base || !options_.hub) {
    names.emplace_back("params.yaml");
    if (!options_.environment.empty()) names.push_back("params-" + options_.environment + ".yaml");
  }
  for (const std::string& name : names) {
    const File file{level.manifest.path.parent_path() / name, Shown(shown_directory / name)};
    Result<std::string> text = source_.Read(file.path);
    if (text) {
      AddParameters(level, file, *std::move(text));
    } else if (text.error().code != ErrorCode::kNotFound) {
      diagnostics_.Add(std::move(text).error());
    }
  }
  if (of_base) return;
  for (const Path& given : options_.parameter_files) {
    const File file{Clean(given), Shown(given)};
    Result<std::string> text = source_.Read(file.path);
    if (text) {
      AddParameters(level, file, *std::move(text));
    } else if (text.error().code == ErrorCode::kNotFound) {
      diagnostics_.AddError("there is no file of parameters " + file.shown, {},
                            options_.hub ? "its path is relative to where davit is started"
                                         : "-p takes a path that is relative to where davit is started");
    } else {
      diagnostics_.Add(std::move(text).error());
    }
  }
}

std::optional<std::string> Reader::ReadIfThere(const Path& file, Pos pos) {
  Result<std::string> text = source_.Read(file);
  if (text) return *std::move(text);
  if (text.error().code != ErrorCode::kNotFound) {
    if (!text.error().position) text.error().position = pos;
    diagnostics_.Add(std::move(text).error());
  }
  return std::nullopt;
}

int Reader::ComponentFileOf(const Level& level, const Path& directory, const ComponentEntry& component) {
  std::optional<std::string> native;
  if (!options_.hub) native = ReadIfThere(directory / "component.yaml", component.source_pos);
  std::optional<std::string> hub = ReadIfThere(directory / "hub-component.yaml", component.source_pos);
  if (!native && !hub) return source_.IsDirectory(directory) ? -1 : -2;
  const Path shown = IsFetched(component.source) ? directory : level.shown_base / component.source.text;
  if (native && hub) {
    diagnostics_.AddError("there are a component.yaml and a hub-component.yaml in " + Shown(shown),
                          component.source_pos, "keep one of them");
    return -1;
  }
  const char* name = native ? "component.yaml" : "hub-component.yaml";
  std::optional<ComponentFile> file = Decode<ComponentFile>(
      {directory / name, Shown(shown / name)}, std::move(native ? *native : *hub), level.hub, DecodeComponent,
      "the file of the component is empty", "begin it with version: 1, kind: component, meta: {name: NAME}");
  if (!file) return -1;
  declarations_.component_files.push_back(*std::move(file));
  return static_cast<int>(declarations_.component_files.size() - 1);
}

void Reader::FindComponents(Level& level, const std::unordered_set<std::string>& declared_above) {
  std::vector<ComponentEntry>& components = level.file.components;
  level.file_of.reserve(components.size());
  level.source_dirs.reserve(components.size());
  std::unordered_map<std::string, Path> directories;  // by what is written: many components share one
  for (ComponentEntry& component : components) {
    level.file_of.push_back(-1);
    level.source_dirs.emplace_back();
    if (declared_above.contains(component.name.text)) continue;
    SourceDeclaration& source = component.source;
    if (source.text.empty()) {
      diagnostics_.AddError("component " + Named(component.name.text) + " has no source", component.name.pos,
                            "add source: DIRECTORY, relative to the manifest");
      continue;
    }
    const bool cloned = source.dir.empty() && source.git;
    const Path& base = cloned && !options_.components_base.empty() ? options_.components_base : level.base;
    const auto [cleaned, first] = directories.try_emplace((cloned ? "g" : "d") + source.text);
    if (first) cleaned->second = Clean(base / source.text);
    Path directory = cleaned->second;
    const Path clone = cloned && options_.fetch ? Clean(base / CloneOf(component)) : Path();
    if (!clone.empty() && !source.git_remote.empty() && !source_.IsDirectory(clone)) {
      std::optional<Path> fetched = FetchSource(options_.fetch, component, diagnostics_);
      if (!fetched) continue;
      directory = *std::move(fetched);
    }
    const auto [known, added] = file_of_directory_.try_emplace(directory.string(), -1);
    if (added) known->second = ComponentFileOf(level, directory, component);
    if (known->second == -2) {
      const bool elsewhere = cloned && !options_.components_base.empty();
      const bool remote = cloned && !source.git_remote.empty();
      diagnostics_.AddError("component " + Named(component.name.text) + " has no directory " +
                                (elsewhere ? Shown(base / source.text) : source.text),
                            component.source_pos,
                            remote && !clone.empty() ? "correct subDir, or remove the clone " + Shown(clone) +
                                                           " so that its source is fetched"
                            : remote    ? "git clone " + source.git_remote + " " + Shown(base / CloneOf(component))
                            : elsewhere ? "create it, or correct localDir or -b"
                                        : "create it, or correct the source; it is relative to the manifest");
    } else {
      level.file_of.back() = known->second;
      if (known->second == -1 && options_.hub && !diagnostics_.HasErrors()) {
        diagnostics_.AddError("component " + Named(component.name.text) + " has no hub-component.yaml",
                              component.source_pos, "add it to " + source.text);
      }
    }
    level.source_dirs.back() = std::move(directory);
  }
}

Result<> Reader::ReadLevel(const Path& directory, const Path& shown, std::string prefix) {
  TRY_ASSIGN(File manifest, Find(directory, shown, options_.hub, source_));
  TRY_ASSIGN(std::string text, source_.Read(manifest.path));
  if (text.size() > kLargeManifest) ExpectAllocations(text.size() * kMemoryPerByte);
  Level& level = levels_.emplace_back();
  level.prefix = std::move(prefix);
  level.within = manifest.path.filename().string();
  level.hub = options_.hub || level.within.starts_with("hub");
  level.base = manifest.path.parent_path();
  level.shown_base = Path(manifest.shown).parent_path();
  // `.hub/hub.yaml`: what it describes lies beside the dot directory.
  if (const std::string name = level.base.filename().string(); name.starts_with('.')) {
    level.within = name + "/" + level.within;
    level.base = level.base.parent_path();
    level.shown_base /= "..";
  }
  level.manifest = std::move(manifest);
  std::optional<StackFile> file =
      Decode<StackFile>(level.manifest, std::move(text), level.hub, DecodeStack, "the manifest is empty",
                        "begin it with version: 1, kind: stack, meta: {name: NAME}");
  if (!file) return {};
  level.file = *std::move(file);
  CheckComponents(level.file, diagnostics_);
  if (options_.hub && !level.file.lifecycle.has_order) {
    LifecycleDeclaration& lifecycle = level.file.lifecycle;
    lifecycle.order = OrderOf(level.file, diagnostics_);
    lifecycle.has_order = true;
  }
  return {};
}

bool Reader::ReadBase() {
  const Level& level = levels_.back();
  const Name from = level.file.header.meta.from_stack;
  if (from.text.empty() || level.file.header.kind.text == kApplication) return false;
  Path directory = level.base / from.text;
  Path shown = level.shown_base / from.text;
  std::string prefix = (Path(level.prefix) / from.text).lexically_normal().string();
  // The reference looks where it is started, also for the base of a base: that is where the stack itself is, as a rule.
  const Path& start = levels_.front().base;
  if (level.hub && !source_.IsDirectory(directory) && source_.IsDirectory(Clean(start / from.text))) {
    directory = start / from.text;
    shown = levels_.front().shown_base / from.text;
    prefix = Path(from.text).lexically_normal().string();
  } else if (options_.hub && !source_.IsDirectory(directory) && source_.IsDirectory(Clean(from.text))) {
    directory = Clean(from.text);
    shown = from.text;
    prefix = directory.lexically_relative(start).string();
  }
  if (Result<> read = ReadLevel(directory, shown, prefix); !read) {
    read.error().position = from.pos;
    if (read.error().code == ErrorCode::kNotFound)
      read.error().suggestion = "fromStack names the directory of a stack, relative to this one";
    diagnostics_.Add(std::move(read).error());
    return false;
  }
  const Path& manifest = levels_.back().manifest.path;
  for (size_t i = 0; i + 1 < levels_.size(); ++i) {
    if (levels_[i].manifest.path != manifest) continue;
    std::string loop;
    for (; i < levels_.size(); ++i) loop += levels_[i].manifest.shown + (i + 1 < levels_.size() ? " -> " : "");
    diagnostics_.AddError("stacks come from each other in a circle: " + loop, from.pos,
                          "one of them must stand for itself: remove its fromStack");
    levels_.pop_back();
    return false;
  }
  return true;
}

void Reader::Rebase(Level& level) {
  if (level.prefix.empty()) return;
  for (ComponentEntry& component : level.file.components) {
    SourceDeclaration& source = component.source;
    const bool cloned = source.dir.empty() && source.git;
    if (source.text.empty() || IsFetched(source) || (cloned && !options_.components_base.empty())) continue;
    source.text = (Path(level.prefix) / source.text).lexically_normal().string();
    if (!source.dir.empty()) source.dir = source.text;
    if (!cloned) continue;
    source.git_local_dir = (Path(level.prefix) / CloneOf(component)).lexically_normal().string();
  }
}

void Reader::Add(Level level) {
  Rebase(level);
  const bool lowest = declarations_.levels.empty();
  declarations_.levels.push_back({level.file.requires_, level.file.provides});
  for (ComponentEntry& component : level.file.components) component.level = declarations_.top();
  for (ParametersFile& file : level.parameter_files) MergeOutputs(level.file.outputs, std::move(file.outputs));
  if (lowest) {
    declarations_.stack = std::move(level.file);
    declarations_.file_of = std::move(level.file_of);
    declarations_.source_dirs = std::move(level.source_dirs);
  } else {
    std::unordered_map<std::string, size_t> index;
    const std::vector<ComponentEntry>& components = declarations_.stack.components;
    for (size_t i = 0; i < components.size(); ++i) index.emplace(components[i].name.text, i);
    for (size_t i = 0; i < level.file.components.size(); ++i) {
      const auto found = index.find(level.file.components[i].name.text);
      if (found == index.end()) {
        declarations_.file_of.push_back(level.file_of[i]);
        declarations_.source_dirs.push_back(std::move(level.source_dirs[i]));
      } else {
        declarations_.file_of[found->second] = level.file_of[i];
        declarations_.source_dirs[found->second] = std::move(level.source_dirs[i]);
      }
    }
    declarations_.stack = MergeStacks(std::move(declarations_.stack), std::move(level.file), diagnostics_);
  }
  declarations_.parameter_files = std::move(level.parameter_files);
  // What the next one gets is what came out here.
  if (level.prefix.empty() || diagnostics_.HasErrors()) return;
  declarations_.base_parameters = ParametersOfBase(declarations_, options_.surroundings, diagnostics_);
  declarations_.stack.parameters.clear();
  declarations_.parameter_files.clear();
}

Result<Declarations> Reader::Run(Stack& stack) {
  TRY(ReadLevel(options_.directory, options_.directory, {}));
  while (ReadBase()) {
  }
  const Level& top = levels_.front();
  stack.environment = options_.environment;
  stack.hub_convention = top.hub;
  stack.base_dir = top.base;
  stack.manifest_file = top.within;
  std::unordered_set<std::string> declared_above;
  for (Level& level : levels_) {
    FindComponents(level, declared_above);
    if (levels_.size() > 1) {
      for (const ComponentEntry& component : level.file.components) declared_above.insert(component.name.text);
    }
  }
  for (Level& level : levels_) ReadParameters(level);
  for (size_t i = levels_.size(); i-- > 0;) Add(std::move(levels_[i]));
  StackFile& file = declarations_.stack;
  CheckNames(file, options_.hub, diagnostics_);
  if (options_.hub && !diagnostics_.HasErrors()) CheckOrderOfDepends(file, diagnostics_);
  if (file.header.kind.text == kApplication && !diagnostics_.HasErrors()) {
    AddApplication(declarations_, diagnostics_);
    if (diagnostics_.HasErrors()) return std::move(declarations_);
    const ComponentEntry& own = file.components.back();
    declarations_.source_dirs.push_back(Clean(stack.base_dir / own.source.text));
    if (!source_.IsDirectory(declarations_.source_dirs.back())) {
      diagnostics_.AddError("the application " + Named(own.name.text) + " has no directory " + own.source.text,
                            own.source_pos, "create it, or correct meta.source; it is relative to the manifest");
    }
  }
  return std::move(declarations_);
}

}  // namespace

Result<Path> FindManifest(const Path& directory, Source& source) {
  TRY_ASSIGN(File file, Find(directory, directory, false, source));
  return std::move(file.path);
}

Result<Declarations> ReadDeclarations(const ReadOptions& options, Source& source, SourceMap& map,
                                      Diagnostics& diagnostics, Stack& stack) {
  return Reader(options, source, map, diagnostics).Run(stack);
}

}  // namespace davit::manifest
