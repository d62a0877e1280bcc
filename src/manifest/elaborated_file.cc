#include "manifest/elaborated_file.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "base/gzip.h"
#include "manifest/decode.h"
#include "manifest/elaborated_write.h"
#include "manifest/fetch_source.h"
#include "manifest/merge.h"
#include "manifest/platform_state.h"
#include "manifest/read.h"
#include "manifest/settle.h"
#include "manifest/suggest.h"
#include "yaml/yaml.h"

namespace davit::manifest {
namespace {

// ---- Writing ------------------------------------------------------------------------------------------------------------------------

void WarnOfValues(const Elaborated& elaborated, Diagnostics& diagnostics) {
  for (size_t i = 0; i < elaborated.stack.parameters.size(); ++i) {
    const Parameter& parameter = elaborated.stack.parameters[i];
    const bool user = parameter.kind == ParameterKind::kUser;
    const bool supplied = user && (IsFilled(parameter.has_default, parameter.default_value) ||
                                   !parameter.from_env.empty() || !parameter.from_file.empty());
    const bool link = parameter.kind == ParameterKind::kLink;  // said already
    if (!parameter.has_value && !supplied && !link) {
      diagnostics.AddWarning(
          "no-value",
          "parameter " + Named(QualifiedName(parameter)) + " has no value" +
              (user ? ", no default and nothing to take it from" : ""),
          parameter.pos,
          parameter.empty_allowed ? "say value: \"\" if nothing is meant" : "give it one, or say empty: allow");
    }
  }
}

// ---- Reading ------------------------------------------------------------------------------------------------------------------------

/// The process environment with what `-e` says before it.
class Overlay : public Source {
 public:
  Overlay(const std::map<std::string, std::string>& overrides, Source& source)
      : overrides_(overrides), source_(source) {}
  Result<std::string> Read(const Path& file) override { return source_.Read(file); }
  bool IsFile(const Path& path) override { return source_.IsFile(path); }
  bool IsDirectory(const Path& path) override { return source_.IsDirectory(path); }
  std::optional<std::string> Environment(const std::string& name) override {
    const auto found = overrides_.find(name);
    return found == overrides_.end() ? source_.Environment(name) : found->second;
  }
  std::optional<std::string> Prompt(const Parameter& parameter) override { return source_.Prompt(parameter); }

 private:
  const std::map<std::string, std::string>& overrides_;
  Source& source_;
};

/// Documents are split as the reference splits them: at the bytes of a line `---`.
std::vector<std::string_view> SplitDocuments(std::string_view text) {
  constexpr std::string_view kBetween = "\n---\n";
  std::vector<std::string_view> documents;
  while (true) {
    const size_t at = text.find(kBetween);
    documents.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return documents;
    text.remove_prefix(at + kBetween.size());
  }
}

class ElaboratedReader {
 public:
  ElaboratedReader(const ElaboratedOptions& options, Source& source, SourceMap& map, Diagnostics& diagnostics)
      : options_(options), source_(source), map_(map), diagnostics_(diagnostics) {}

  Result<Declarations> Run(Stack& stack) {
    TRY_ASSIGN(const Path file, Find());
    TRY_ASSIGN(std::string text, source_.Read(std::filesystem::absolute(file).lexically_normal()));
    if (IsGzip(text)) {
      TRY_ASSIGN(text, Gunzip(text, yaml::kMaxBytes));
    }
    const bool in_bucket = file.native().find("://") != std::string::npos;
    const Path directory =
        in_bucket ? std::filesystem::current_path() : std::filesystem::absolute(file).lexically_normal().parent_path();
    stack.manifest_file = file.filename().string();
    stack.base_dir = directory;
    if (!in_bucket && directory.filename().string().starts_with('.')) {
      stack.base_dir = directory.parent_path();
      stack.manifest_file = directory.filename().string() + "/" + stack.manifest_file;
    }
    const Path clones = options_.clones_dir.empty() ? stack.base_dir
                                                    : std::filesystem::absolute(options_.clones_dir).lexically_normal();
    stack.hub_convention = stack.refuses_late = true;
    ReadDocuments(file.lexically_normal().string(), text);
    if (diagnostics_.HasErrors()) return std::move(declarations_);
    declarations_.levels.push_back({declarations_.stack.requires_, declarations_.stack.provides});
    declarations_.elaborated = true;
    CheckComponents(declarations_.stack, diagnostics_);
    CheckNames(declarations_.stack, false, diagnostics_);
    for (const ComponentEntry& entry : declarations_.stack.components) AddComponent(entry, stack.base_dir, clones);
    return std::move(declarations_);
  }

 private:
  Result<Path> Find() {
    std::string names;
    for (const Path& file : options_.files) {
      if (source_.IsFile(std::filesystem::absolute(file).lexically_normal())) return file;
      names += (names.empty() ? "" : ", ") + file.string();
    }
    return Fail(ErrorCode::kNotFound, "there is no elaborate file " + names,
                "davit hub elaborate hub.yaml -o FILE makes one");
  }

  template <typename T>
  std::optional<T> Decode(const std::string& name, std::string_view text, T (*decode)(yaml::Node, Decoder&)) {
    const std::optional<yaml::Document> document =
        yaml::Parse(map_, map_.AddFile(name, std::string(text)), diagnostics_);
    if (!document || !document->root()) return std::nullopt;
    Decoder decoder(Dialect::kYaml11, true, diagnostics_, Purpose::kElaborated);
    return decode(*document->root(), decoder);
  }

  void ReadDocuments(const std::string& name, const std::string& text) {
    const std::vector<std::string_view> documents = SplitDocuments(text);
    std::optional<StackFile> stack = Decode<StackFile>(name, documents.front(), DecodeStack);
    if (!stack) {
      if (!diagnostics_.HasErrors())
        diagnostics_.AddError("the elaborate file " + name + " is empty", {}, "elaborate again: `davit hub elaborate`");
      return;
    }
    declarations_.stack = *std::move(stack);
    for (size_t i = 1; i < documents.size(); ++i) {
      std::optional<ComponentFile> file =
          Decode<ComponentFile>(name + "[" + std::to_string(i) + "]", documents[i], DecodeComponent);
      if (!file) continue;
      document_of_.emplace(file->header.meta.name.text, static_cast<int>(declarations_.component_files.size()));
      declarations_.component_files.push_back(*std::move(file));
    }
  }

  void AddComponent(const ComponentEntry& entry, const Path& beside, const Path& clones) {
    const auto found = document_of_.find(entry.name.text);
    declarations_.file_of.push_back(found == document_of_.end() ? -1 : found->second);
    if (found == document_of_.end()) {
      diagnostics_.AddError("the elaborate file has no document of component " + Named(entry.name.text), entry.name.pos,
                            "name what `davit hub elaborate` wrote, or elaborate again");
    }
    const bool cloned = entry.source.dir.empty() && entry.source.git;
    const Path directory = ((cloned ? clones : beside) / entry.source.text).lexically_normal();
    declarations_.source_dirs.push_back(directory.has_filename() ? directory : directory.parent_path());
    if (!entry.source.text.empty() && source_.IsDirectory(declarations_.source_dirs.back())) return;
    const std::string below = (cloned ? clones : beside).string();
    diagnostics_.AddError(
        "component " + Named(entry.name.text) + " has no directory " + entry.source.text, entry.source_pos,
        !cloned                           ? "its sources lie below " + below + ", where the elaborate file is"
        : entry.source.git_remote.empty() ? "its sources lie below " + below + ": -b says where else"
                                          : "git clone " + entry.source.git_remote + " " + CloneOf(entry) + ", below " +
                                                below + "; -b says where else");
  }

  const ElaboratedOptions& options_;
  Source& source_;
  SourceMap& map_;
  Diagnostics& diagnostics_;
  Declarations declarations_;
  std::unordered_map<std::string, int> document_of_;
};

void JoinState(const std::vector<StateParameter>& state, Stack& stack, Diagnostics& diagnostics) {
  if (state.empty()) return;
  std::unordered_map<std::string, size_t> index;
  for (size_t i = 0; i < stack.parameters.size(); ++i) index.emplace(QualifiedName(stack.parameters[i]), i);
  for (const StateParameter& saved : state) {
    Parameter added;
    added.name = saved.name;
    added.component = saved.component;
    const auto found = index.find(QualifiedName(added));
    if (found == index.end()) {
      added.value.constant = saved.value;
      added.has_value = true;
      stack.parameters.push_back(std::move(added));
      continue;
    }
    Parameter& parameter = stack.parameters[found->second];
    if (parameter.kind == ParameterKind::kLink || !parameter.value.IsConstant() || !IsFilled(saved.value)) continue;
    const std::string name = "parameter " + Named(QualifiedName(parameter));
    if (!IsFilled(parameter.has_value, parameter.value)) {
      diagnostics.AddWarning("value-of-state", name + " is empty and takes its value from the state", parameter.pos,
                             "give it a value, or remove it from the state");
      parameter.value.constant = saved.value;
      parameter.has_value = true;
    } else if (ToText(parameter.value.constant) != ToText(saved.value)) {
      diagnostics.AddWarning("differs-from-state", name + " has another value than in the state", parameter.value_pos,
                             "the new value is taken");
    }
  }
}

/// What an expression gives is text in `davit hub`, as in its reference, also where it is one reference alone; not where a type is asked for.
void SettleAsText(Elaborated& elaborated, Source& source, Diagnostics& diagnostics) {
  std::vector<Parameter>& parameters = elaborated.stack.parameters;
  std::vector<size_t> computed;
  for (size_t i = 0; i < parameters.size(); ++i) {
    const bool untyped = parameters[i].type == ValueType::kAny && parameters[i].kind != ParameterKind::kLink;
    if (untyped && !parameters[i].value.IsConstant()) computed.push_back(i);
  }
  Settle(elaborated, source, nullptr, diagnostics);
  for (const size_t i : computed) {
    json::value& value = parameters[i].value.constant;
    if (parameters[i].value.IsConstant()) value = json::value(ToText(value));
  }
}

}  // namespace

Result<std::optional<std::string>> ElaborateToFile(const ElaborateRequest& request, Source& source, SourceMap& map,
                                                   Diagnostics& diagnostics) {
  PlatformState platform;
  if (request.platform) platform = ReadPlatformState(map, *request.platform, request.platform_parameters, diagnostics);
  ReadOptions options;
  options.directory = request.manifest;
  options.environment = source.Environment("ENV").value_or("");
  options.parameter_files = request.parameter_files;
  options.components_base = request.components_base;
  options.hub = options.surroundings.hub = true;
  options.surroundings.overrides = request.overrides;
  options.surroundings.provides = request.provides;
  options.surroundings.platform_provides = platform.provides;
  Stack stack;
  TRY_ASSIGN(Declarations declarations, ReadDeclarations(options, source, map, diagnostics, stack));
  if (diagnostics.HasErrors()) return std::nullopt;
  Elaborated elaborated = Elaborate(declarations, std::move(stack), options.surroundings, diagnostics);
  TakeFromPlatform(platform, nullptr, elaborated, diagnostics);
  WarnOfValues(elaborated, diagnostics);
  WarnOfVariables(elaborated, source, diagnostics);
  if (diagnostics.HasErrors()) return std::nullopt;
  return WriteElaborated(declarations, elaborated);
}

Result<Stack> LoadElaborated(const ElaboratedOptions& options, Source& source, SourceMap& map,
                             Diagnostics& diagnostics) {
  Stack stack;
  TRY_ASSIGN(Declarations declarations, ElaboratedReader(options, source, map, diagnostics).Run(stack));
  if (diagnostics.HasErrors()) {
    stack.name = StackName(declarations.stack.header.meta.name.text);
    return stack;
  }
  Elaborated elaborated = Elaborate(std::move(declarations), std::move(stack), {}, diagnostics);
  AddImplicit(options.implicit, false, nullptr, elaborated.stack);
  elaborated.places.resize(elaborated.stack.parameters.size());
  Overlay overlay(options.overrides, source);
  if (!diagnostics.HasErrors()) SettleAsText(elaborated, overlay, diagnostics);
  if (!diagnostics.HasErrors()) JoinState(options.state, elaborated.stack, diagnostics);
  return std::move(elaborated.stack);
}

}  // namespace davit::manifest
