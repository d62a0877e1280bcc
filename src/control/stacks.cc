// Stacks: from a directory to a document that can be deployed, with everything that was found wrong on the way. Nothing runs, and no row
// of the store is touched.
#include <set>
#include <unordered_map>

#include "control/direct.h"
#include "graph/bind.h"
#include "graph/render.h"
#include "manifest/load.h"

namespace davit::control {
namespace {

/// Inspects every component; many share one module, which is looked at once. What is wrong with one is shown at each component that
/// uses it, as the message names the component.
void InspectAll(ModuleInspector& inspector, StackDocument& document) {
  std::unordered_map<std::string, size_t> known;  // what the answer depends on → index of the first such component
  document.modules.reserve(document.stack.components.size());
  for (size_t i = 0; i < document.stack.components.size(); ++i) {
    const Component& component = document.stack.components[i];
    std::string key = component.source_dir.string() + '\n' + component.provisioner + '\n';
    key += component.inputs_globs.empty() ? '0' : '1';  // whether files outside of the directory are looked after
    const auto [first, added] = known.try_emplace(std::move(key), i);
    if (!added) {
      document.modules.push_back(document.modules[first->second]);
      continue;
    }
    Result<ModuleInfo> module = inspector.Inspect(component);
    if (!module) {
      known.erase(first);
      if (!module.error().position) module.error().position = component.pos;
      document.diagnostics.Add(std::move(module).error());
      // Nothing is known of it, which is no reason to call a reference to its outputs wrong.
      document.modules.emplace_back();
      document.modules.back().fully_read = false;
      continue;
    }
    for (const std::string& warning : module->warnings)
      document.diagnostics.AddWarning("module", warning, component.pos);
    document.modules.push_back(*std::move(module));
  }
}

}  // namespace

source::BundleRequest BundleOf(const StackDocument& document) {
  source::BundleRequest request;
  const Path& base = document.stack.base_dir;
  request.base_directory = base;
  std::set<std::string> modules;  // many components share one
  std::set<std::string> directories;
  for (size_t i = 0; i < document.stack.components.size(); ++i) {
    modules.insert(document.stack.components[i].source_dir.native());
    for (const Path& module : document.modules[i].local_modules) directories.insert(module.native());
  }
  directories.insert(modules.begin(), modules.end());
  request.more_directories.assign(directories.begin(), directories.end());

  // What only davit reads. Values in it may be secret, so no copy of it lies where tools work.
  std::vector<Path>& files = request.manifest_files;
  files = {base / "stack.yaml", base / "hub.yaml"};
  std::error_code error;
  for (const auto& item : std::filesystem::directory_iterator(base, error)) {
    const std::string name = item.path().filename().string();
    if (name.starts_with("params") && name.ends_with(".yaml")) files.push_back(item.path());
  }
  files.insert(files.end(), document.parameter_files.begin(), document.parameter_files.end());
  for (const std::string& module : modules) {
    for (const char* name : {"component.yaml", "hub-component.yaml"}) files.push_back(Path(module) / name);
  }
  return request;
}

/// `inputs:` that name nothing, or what cannot be part of the bundle. Only stacks that have some pay for the walk.
void DirectClient::CheckInputs(StackDocument& document) {
  std::vector<std::string> globs;
  for (const Component& component : document.stack.components)
    globs.insert(globs.end(), component.inputs_globs.begin(), component.inputs_globs.end());
  if (globs.empty()) return;
  const Result<std::vector<source::InputsMatch>> matches = source::MatchInputs(BundleOf(document), globs);
  if (!matches) return;  // whoever makes the bundle says what is wrong with the directories
  auto match = matches->begin();
  for (const Component& component : document.stack.components) {
    for (size_t i = 0; i < component.inputs_globs.size(); ++i) {
      const Pos pos = i < component.inputs_pos.size() ? component.inputs_pos[i] : component.pos;
      const std::string what = "inputs: '" + component.inputs_globs[i] + "' of component '" + component.name + "' ";
      switch (*match++) {
        case source::InputsMatch::kFiles:
          break;
        case source::InputsMatch::kNothing:
          document.diagnostics.AddWarning("inputs-match-nothing", what + "matches no file", pos,
                                          "it is relative to the manifest; files that are ignored do not count");
          break;
        case source::InputsMatch::kOutside:
          document.diagnostics.AddError(
              what + "names files outside of the stack", pos,
              "name files below the manifest's directory, or of a directory that the stack refers to");
          break;
      }
    }
  }
}

std::shared_ptr<StackDocument> DirectClient::Load(const LoadRequest& request) {
  auto document = std::make_shared<StackDocument>();
  document->parameter_files = request.parameter_files;
  const std::unique_ptr<manifest::Source> source = manifest::DiskSource(parts_.environment, request.prompt);
  const manifest::LoadOptions options{request.directory, request.environment, request.parameter_files};
  Result<Stack> stack = manifest::Load(options, *source, document->sources, document->diagnostics);
  if (!stack) {
    document->failure = std::move(stack).error();
    return document;
  }
  document->stack = *std::move(stack);
  const bool sound = !document->diagnostics.HasErrors();
  InspectAll(parts_.inspector, *document);
  if (!sound) return document;
  CheckInputs(*document);
  document->edges = graph::Bind(document->stack, document->modules, document->diagnostics);
  document->ok = !document->diagnostics.HasErrors();
  return document;
}

std::string DirectClient::RenderGraph(const StackDocument& document, GraphFormat format) {
  switch (format) {
    case GraphFormat::kText:
      return graph::RenderText(document.stack, document.edges);
    case GraphFormat::kDot:
      return graph::RenderDot(document.stack, document.edges);
    case GraphFormat::kJson:
      return graph::RenderJson(document.stack, document.edges, document.modules);
  }
  return {};
}

}  // namespace davit::control
