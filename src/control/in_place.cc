// Runs as `davit hub` makes them (control/in_place.h): what they are made of, what a state file brings, and the order of taking away.
#include <algorithm>
#include <set>

#include "base/text.h"
#include "control/direct.h"
#include "control/stack_ready.h"
#include "engine/tasks.h"
#include "graph/order.h"
#include "manifest/tuning.h"
#include "model/capabilities.h"

namespace davit::control {
namespace {

constexpr size_t kDigestsKept = 100;  // of state files that davit wrote

std::string StateFilesSetting(const DeploymentId& deployment) {
  return "hub-state/" + deployment.text;
}

Result<std::vector<std::string>> WrittenDigests(store::Transaction& tx, const DeploymentId& deployment) {
  TRY_ASSIGN(const std::optional<std::string> setting, tx.GetSetting(StateFilesSetting(deployment)));
  if (!setting) return std::vector<std::string>();
  TRY_ASSIGN(const json::value value, ParseJson(*setting));
  return value.is_object() ? GetTexts(value.as_object(), "digests") : std::vector<std::string>();
}

}  // namespace

std::shared_ptr<RunDocument> DirectClient::MakeDocumentInPlace(const StackDocument& document, const InPlace& how,
                                                               bool waits) {
  auto made = std::make_shared<RunDocument>();
  made->stack = document.stack;
  made->edges = document.edges;
  made->modules = document.modules;
  made->in_place = how.tools;
  made->base_path = document.stack.base_dir.string();
  for (const Component& component : document.stack.components)
    made->module_paths.push_back(component.source_dir.string());
  // Nothing is ever `unchanged`, so nothing has to be compared.
  made->module_digests.resize(document.stack.components.size());
  made->tool_digests.resize(document.stack.components.size());
  if (waits && how.tools.verb.empty()) AddStackReady(*made);
  Derive(*made);
  return made;
}

Result<> DirectClient::CheckStackRequires(const Stack& stack) {
  std::vector<std::string> unmet;
  for (const std::string& requirement : stack.requires_) {
    const auto is_it = [&](const std::string& name) { return name == requirement; };
    const bool platform = std::any_of(stack.platform_provides.begin(), stack.platform_provides.end(), is_it);
    const bool tuned = manifest::IsTuned(stack.tuning, requirement);
    size_t needed = 0;
    size_t by_optional = 0;
    for (const Component& component : stack.components) {
      if (std::none_of(component.requires_.begin(), component.requires_.end(), is_it)) continue;
      ++needed;
      by_optional += component.optional ? 1 : 0;
    }
    if (platform || tuned || IsBuiltIn(requirement) || (needed > 0 && needed == by_optional)) continue;
    unmet.push_back("'" + requirement + "'");
  }
  if (unmet.empty()) return {};
  return Fail(ErrorCode::kInvalidInput,
              "nothing ran: the stack requires " + Join(unmet, ", ") +
                  ", which neither a component before, nor the platform provides",
              "add a component that provides it, name the state of the platform's stack or what it provides (`davit "
              "hub elaborate -s`, "
              "`-p`), or make it optional in lifecycle.requires.optional; --force goes on without it");
}

Result<> DirectClient::TakeKnown(Tx& tx, const RunRow& run, const Pending& pending) {
  const InPlace& how = *pending.request.in_place;
  if (!how.known) return {};
  const DeploymentRow deployment{run.deployment, {}, {}};
  TRY_ASSIGN(const std::vector<std::string> written, WrittenDigests(tx, run.deployment));
  // What davit wrote it knows better; an older copy of that is merely older (engine.md 8).
  if (std::find(written.begin(), written.end(), how.known->digest) != written.end()) return {};
  std::set<std::string_view> named;
  for (const KnownComponent& known : how.known->components) named.insert(known.name);
  for (const Component& component : pending.document->stack.components) {
    if (named.contains(component.name)) continue;
    // What the state file does not have does not stand, and left nothing.
    TRY_ASSIGN(std::optional<ComponentRow> row, tx.FindComponent(run.deployment, component.name));
    if (!row || (!row->live && row->outputs.empty())) continue;
    row->live = false;
    row->outputs = {};
    row->last_result = RunResult::kNone;
    TRY(tx.PutComponent(*row));
  }
  for (const KnownComponent& known : how.known->components) {
    const int index = pending.document->stack.Find(known.name);
    if (index < 0) continue;
    TRY_ASSIGN(ComponentRow row, RowOf(tx, deployment, known.name));
    row.live = known.stands;
    row.last_result = known.result;
    row.order = index;
    row.snapshot = pending.document_blob;
    row.snapshot_name = known.name;
    row.driver = pending.document->modules[static_cast<size_t>(index)].driver;
    row.fingerprint.clear();
    if (known.stands || !known.outputs.empty()) TRY(PutOutputs(tx, run.id, row, known.outputs, known.provides));
    TRY(tx.PutComponent(row));
  }
  return {};
}

Result<std::string> DirectClient::FailedProducer(Tx& tx, const RunRow& run, const RunDocument& document, int index) {
  for (const StackEdge& edge : EdgesInto(document.edges, index)) {
    if (edge.kind == EdgeKind::kAfter) continue;
    const std::string& name = document.stack.components[static_cast<size_t>(edge.from)].name;
    TRY_ASSIGN(const std::optional<ComponentRow> row, tx.FindComponent(run.deployment, name));
    if (row && row->last_run == run.id && row->last_result != RunResult::kNone && !CountsAsSuccess(row->last_result))
      return name;
  }
  return std::string();
}

Result<> DirectClient::StartDestroyInPlace(Tx& tx, const RunRow& run, Pending& pending) {
  const RunDocument& document = *pending.document;
  const InPlace& how = *pending.request.in_place;
  const std::vector<std::string>& excluded = how.excluded;
  const size_t count = document.stack.components.size();
  std::set<std::string_view> known;
  if (how.known) {
    for (const KnownComponent& one : how.known->components) known.insert(one.name);
  }
  std::vector<ComponentRow> rows;
  size_t last = 0;  // behind the last component that the state file has: from there it begins (spec/stacks.md 1.10)
  for (size_t i = 0; i < count; ++i) {
    const std::string& name = document.stack.components[i].name;
    TRY_ASSIGN(ComponentRow row, RowOf(tx, DeploymentRow{run.deployment, {}, {}}, name));
    if (row.live || known.contains(name)) last = i + 1;
    rows.push_back(std::move(row));
  }
  // Where nothing tells what stands, all of it may.
  if (last == 0 || !how.guess) last = count;
  engine::RunRequest request;
  request.run = run;
  request.run.stops_on_failure = !pending.request.in_place->force;
  pending.overview.clear();
  for (size_t i = 0; i < count; ++i) {
    const Component& component = document.stack.components[i];
    engine::JobRequest job;
    job.component = rows[i];
    job.action = JobAction::kDestroy;
    job.optional = component.optional || how.soft;
    job.order = static_cast<int>(count - i);
    job.snapshot = pending.document_blob;
    job.excluded = i >= last || std::find(excluded.begin(), excluded.end(), component.name) != excluded.end();
    job.excluded_because = i >= last ? "the state file does not have it" : "left out by the command";
    // What it was built on is in the edges below.
    job.component.producers.clear();
    request.jobs.push_back(std::move(job));
    JobOverview overview;
    overview.component = component.name;
    overview.kind = request.jobs.back().excluded ? JobOverview::Kind::kExcluded : JobOverview::Kind::kDestroy;
    overview.driver = document.modules[i].driver;
    overview.optional = component.optional;
    pending.overview.push_back(std::move(overview));
  }
  std::vector<bool> runs;
  for (const engine::JobRequest& job : request.jobs) runs.push_back(!job.excluded);
  for (const StackEdge& edge : document.edges)
    request.edges.push_back({edge.to, edge.from, EdgeKind::kAfter, edge.reason});
  request.edges = graph::WithoutGaps(std::move(request.edges), runs);
  std::reverse(pending.overview.begin(), pending.overview.end());
  return StartRows(tx, run, request, {}, false);
}

Result<> DirectClient::KeepStateFile(const RunId& run, const std::string& digest) {
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(const RunRow row, NeedRun(*tx, run));
  TRY_ASSIGN(std::vector<std::string> digests, WrittenDigests(*tx, row.deployment));
  std::erase(digests, digest);
  digests.push_back(digest);
  if (digests.size() > kDigestsKept) digests.erase(digests.begin());
  json::array list(digests.begin(), digests.end());
  TRY(tx->PutSetting(StateFilesSetting(row.deployment),
                     json::serialize(json::object{{"v", 1}, {"digests", std::move(list)}})));
  return CommitAt(*tx, "state-file");
}

}  // namespace davit::control
