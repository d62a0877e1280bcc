// Why a component would run: the look that `up` takes before it does anything, at one component, without starting or writing anything.
#include <algorithm>

#include "control/direct.h"

namespace davit::control {

Result<JobOverview> DirectClient::Why(const std::shared_ptr<const StackDocument>& document,
                                      const DeploymentSelector& selector, const std::string& component) {
  if (parts_.key_error) return Fail(*parts_.key_error);  // nothing can be compared
  JobOverview overview;
  overview.component = component;
  TRY_ASSIGN(TxPtr tx, Read());
  Result<DeploymentRow> deployment = FindDeployment(*tx, selector);
  // Only one that was asked for by name has to be there: this stack may never have been deployed.
  if (!deployment && (deployment.error().code != ErrorCode::kNotFound || !selector.name.empty()))
    return tl::unexpected(deployment.error());

  const Stack& stack = document->stack;
  // Under its old name too: it may be asked for by what stands.
  if (const std::string name = stack.NewName(component); !name.empty()) overview.component = name;
  const int wanted = stack.Find(overview.component);
  if (wanted < 0) {
    std::vector<ComponentRow> rows;
    if (deployment) {
      TRY_ASSIGN(rows, tx->ListComponents(deployment->id));
    }
    std::vector<std::string_view> names;
    for (const Component& other : stack.components) names.push_back(other.name);
    for (const ComponentRow& row : rows) {
      if (!row.live) continue;
      names.push_back(row.name);
      if (row.name != component) continue;
      overview.kind = JobOverview::Kind::kRemoved;
      overview.driver = row.driver;
      overview.because.push_back("it is no longer in the manifest");
      return overview;
    }
    return Fail(ErrorCode::kNotFound, "the stack " + stack.name + " has no component '" + component + "'",
                DidYouMean(component, names));
  }
  overview.driver = document->modules[static_cast<size_t>(wanted)].driver;
  overview.optional = stack.components[static_cast<size_t>(wanted)].optional;
  if (!deployment) return overview;  // kNew

  // What its outputs come from decides whether they may change, and so on back: no other component matters.
  const size_t count = static_cast<size_t>(wanted) + 1;
  std::vector<std::vector<size_t>> producers(count);
  for (const StackEdge& edge : document->edges) {
    if (edge.kind != EdgeKind::kValue || edge.to > wanted) continue;
    producers[static_cast<size_t>(edge.to)].push_back(static_cast<size_t>(edge.from));
  }
  std::vector<bool> matters(count, false);
  matters.back() = true;
  for (size_t i = count; i-- > 0;) {  // edges lead forward
    if (!matters[i]) continue;
    for (const size_t producer : producers[i]) matters[producer] = true;
  }

  source::Bundle bundle;
  TRY_ASSIGN(std::shared_ptr<RunDocument> run_document, MakeDocument(*document, &bundle));
  std::vector<bool> differs(count, false);
  for (size_t i = 0; i < count; ++i) {
    if (!matters[i]) continue;
    overview.because.clear();
    const std::string& name = stack.components[i].name;
    TRY_ASSIGN(std::optional<ComponentRow> row, FindRow(*tx, deployment->id, stack, name));
    if (i + 1 == count && row && row->name != name) overview.moved_from = row->name;
    const auto changing =
        std::find_if(producers[i].begin(), producers[i].end(), [&](size_t producer) { return differs[producer]; });
    const bool stands = row && row->live;
    if (!row) {
      row.emplace();
      row->deployment = deployment->id;
      row->name = name;
    }
    const bool may_be_left_out = !stack.components[i].conditions.empty() || !stack.components[i].tuned.empty();
    if (!stands && (!may_be_left_out || changing != producers[i].end())) {
      overview.kind = JobOverview::Kind::kNew;
    } else if (changing != producers[i].end()) {
      overview.kind = JobOverview::Kind::kMayChange;
      overview.because.push_back("uses outputs of " + stack.components[*changing].name);
    } else {
      Result<Evaluation> evaluation = Evaluate(*tx, *run_document, static_cast<int>(i), *row);
      if (!evaluation && evaluation.error().code != ErrorCode::kInvalidInput) return tl::unexpected(evaluation.error());
      bool out = evaluation && !evaluation->excluded.empty();
      if (out && evaluation->excluded.starts_with(kLeftOutByRequirement)) {
        // What components that are still to run may provide is not missing yet.
        for (const StackEdge& edge : document->edges) {
          if (edge.to != static_cast<int>(i)) continue;
          const std::string& before = stack.components[static_cast<size_t>(edge.from)].name;
          TRY_ASSIGN(const std::optional<ComponentRow> producer, FindRow(*tx, deployment->id, stack, before));
          out = out && producer && (producer->live || producer->last_result == RunResult::kExcluded);
        }
      }
      const bool unchanged = evaluation && evaluation->unchanged;
      overview.kind = out         ? JobOverview::Kind::kExcluded
                      : !stands   ? JobOverview::Kind::kNew
                      : unchanged ? JobOverview::Kind::kUnchanged
                                  : JobOverview::Kind::kChanged;
      if (out) {
        overview.because.push_back(std::move(evaluation->excluded));
      } else if (stands) {
        overview.because =
            evaluation ? std::move(evaluation->because) : std::vector<std::string>{evaluation.error().message};
      }
    }
    differs[i] = overview.kind != JobOverview::Kind::kUnchanged && overview.kind != JobOverview::Kind::kExcluded;
  }
  return overview;
}

}  // namespace davit::control
