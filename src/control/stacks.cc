// Stacks: from a directory to a document that can be deployed, with everything that was found wrong on the way. Nothing runs, and no row
// of the store is touched.
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
  if (document->diagnostics.HasErrors()) return document;
  InspectAll(parts_.inspector, *document);
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
