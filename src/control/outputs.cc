// What the components left, and the stack's own outputs made from it.
#include <algorithm>
#include <set>

#include "control/direct.h"
#include "engine/resolve.h"

namespace davit::control {
namespace {

/// What the document says to be secret is so, also where it was left before the document said it.
void MarkSensitive(const RunDocument& document, std::map<std::string, ValueMap>& components) {
  auto mark = [&](const std::string& component, const std::string& output) {
    auto values = components.find(component);
    if (values == components.end()) return;
    if (auto value = values->second.find(output); value != values->second.end()) value->second.sensitive = true;
  };
  for (size_t i = 0; i < document.stack.components.size(); ++i) {
    const Component& component = document.stack.components[i];
    for (const OutputDeclaration& output : component.outputs) {
      if (output.sensitive) mark(component.name, output.name);
    }
    for (const auto& [name, output] : document.modules[i].outputs) {
      if (output.sensitive) mark(component.name, name);
    }
  }
  // A secret of the stack that is just one component's output is the same secret there.
  for (const OutputDeclaration& output : document.stack.outputs) {
    const Expression& value = output.value;
    if (!output.sensitive || value.parts.size() != 1 || value.parts[0].reference < 0 || value.parts[0].IsComputed())
      continue;
    const Reference& reference = value.references[static_cast<size_t>(value.parts[0].reference)];
    if (reference.kind != Reference::Kind::kOutput || reference.component < 0) continue;
    mark(document.stack.components[static_cast<size_t>(reference.component)].name, reference.name);
  }
}

}  // namespace

Result<OutputsView> DirectClient::Outputs(const DeploymentSelector& selector) {
  TRY_ASSIGN(TxPtr tx, Read());
  OutputsView view;
  TRY_ASSIGN(view.deployment, FindDeployment(*tx, selector));
  TRY_ASSIGN(std::vector<ComponentRow> rows, tx->ListComponents(view.deployment.id));
  std::set<std::string> standing;
  std::set<std::string> snapshots;  // under which what stands was deployed
  for (const ComponentRow& row : rows) {
    if (!row.live) continue;
    standing.insert(row.name);
    if (!row.success_snapshot.empty()) snapshots.insert(row.success_snapshot);
    TRY_ASSIGN(std::shared_ptr<const ComponentOutputs> outputs, OutputsOf(*tx, row));
    if (outputs != nullptr) view.components[row.name] = outputs->values;
  }
  if (snapshots.empty()) return view;

  // The stack's outputs are those of the newest deploy that this deployment followed: one that ended well, which may have changed nothing
  // but them, or one that failed halfway and left its mark on a component: its snapshot, or another name. One that failed before it
  // changed anything is not.
  std::string blob;
  store::RunQuery query;
  query.deployment = view.deployment.id;
  for (;;) {
    TRY_ASSIGN(std::vector<RunRow> runs, tx->ListRuns(query));
    for (const RunRow& run : runs) {
      query.before = run.id;
      if (run.kind != RunKind::kDeploy || run.document.empty()) continue;
      const bool good = run.state == RunState::kFinished && CountsAsSuccess(run.result);
      const bool renamed = run.moves && run.any_done;
      if (!good && !renamed && !snapshots.contains(run.document)) continue;
      blob = run.document;
      break;
    }
    if (!blob.empty() || runs.empty()) break;
  }
  if (blob.empty()) blob = *snapshots.rbegin();  // its runs are gone
  TRY_ASSIGN(std::shared_ptr<const RunDocument> document, Document(*tx, blob));
  MarkSensitive(*document, view.components);
  const engine::OutputLookup left = [&](int producer) -> const ValueMap* {
    if (producer < 0 || static_cast<size_t>(producer) >= document->stack.components.size()) return nullptr;
    const std::string& name = document->stack.components[static_cast<size_t>(producer)].name;
    if (const auto values = view.components.find(name); values != view.components.end()) return &values->second;
    static const ValueMap kNone;
    return standing.contains(name) ? &kNone : nullptr;
  };
  view.stack = engine::StackOutputs(document->stack, left, &view.missing);
  return view;
}

}  // namespace davit::control
