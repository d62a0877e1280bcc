// Looking at states: lists, contents, differences. Each is one read transaction. What is secret is marked here, by what the tool says and by
// what davit gave it, so that no face has to know.

#include <algorithm>
#include <limits>
#include <set>

#include "base/text.h"
#include "control/direct.h"
#include "control/marking.h"

namespace davit::control {
namespace {

constexpr int kAll = std::numeric_limits<int>::max();

/// The good version before one, by number; nullptr where there is none, or it is in quarantine.
const StateVersionRow* Before(const std::vector<StateVersionRow>& versions, const StateVersionRow& version) {
  const StateVersionRow* found = nullptr;
  if (version.quarantined) return found;
  for (const StateVersionRow& row : versions) {
    if (row.quarantined || row.version >= version.version) continue;
    if (found == nullptr || row.version > found->version) found = &row;
  }
  return found;
}

}  // namespace

Result<DirectClient::Kept> DirectClient::FindKept(Tx& tx, const DeploymentSelector& selector, const std::string& name) {
  Kept kept;
  TRY_ASSIGN(kept.deployment, FindDeployment(tx, selector));
  TRY_ASSIGN(std::optional<ComponentRow> row, tx.FindComponent(kept.deployment.id, name));
  if (!row) {
    TRY_ASSIGN(const std::vector<ComponentRow> rows, tx.ListComponents(kept.deployment.id));
    std::vector<std::string_view> names;
    for (const ComponentRow& other : rows) names.push_back(other.name);
    std::string help = DidYouMean(name, names);
    if (help.empty()) help = "`davit state list` shows the components that have a state";
    return Fail(ErrorCode::kNotFound, "the deployment " + kept.deployment.name + " has no component '" + name + "'",
                help);
  }
  kept.component = std::move(*row);
  TRY_ASSIGN(kept.versions, tx.ListStateVersions(kept.component.id, kAll));
  if (!kept.versions.empty()) return kept;
  const ComponentRow& component = kept.component;
  if (component.driver == "script")
    return Fail(ErrorCode::kNotFound, name + " is made by scripts, which leave no state",
                "`davit outputs` shows what they left");
  if (!component.snapshot.empty() && !parts_.key_error) {
    TRY_ASSIGN(const std::shared_ptr<const RunDocument> document, Document(tx, component.snapshot));
    const int index = document->stack.Find(component.snapshot_name.empty() ? name : component.snapshot_name);
    const std::string backend = index < 0 ? "" : document->modules[static_cast<size_t>(index)].foreign_backend;
    if (!backend.empty())
      return Fail(ErrorCode::kNotFound,
                  "the state of " + name + " is kept by its module's own " + backend + " backend, not by davit",
                  "look at it with the tool itself");
  }
  return Fail(ErrorCode::kNotFound, name + " has no state yet", "run `davit up`");
}

Result<StateVersionRow> DirectClient::FindVersion(const Kept& kept, const std::string& text) {
  const std::string& name = kept.component.name;
  const bool number = !text.empty() && text.size() < 18 &&
                      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!text.empty() && !number && !text.starts_with("st_"))
    return Fail(ErrorCode::kInvalidInput, "'" + ValidUtf8(text) + "' is no state version",
                "a number, or the id of one in quarantine: `davit state list " + name + "` shows them");
  std::vector<const StateVersionRow*> found;
  for (const StateVersionRow& row : kept.versions) {
    const bool fits = text.empty() ? row.id == kept.component.state
                      : number     ? !row.quarantined && row.version == std::stoll(text)
                                   : row.id.text.starts_with(text);
    if (fits) found.push_back(&row);
  }
  if (found.size() == 1) return *found[0];
  const std::string help = "`davit state list " + name + "` shows those that are kept";
  if (found.size() > 1)
    return Fail(ErrorCode::kInvalidInput, "several state versions of " + name + " begin with '" + text + "'",
                "give more of its id");
  if (text.empty())
    return Fail(ErrorCode::kNotFound, "all states of " + name + " are in quarantine, none is in use", help);
  return Fail(ErrorCode::kNotFound, name + " has no state version " + text, help);
}

Result<ValueMap> DirectClient::InputsOf(Tx& tx, const std::string& resolution) {
  TRY_ASSIGN(const std::string text, GetBlob(tx, resolution));
  TRY_ASSIGN(const json::value parsed, ParseJson(text));
  const json::array* inputs = parsed.is_object() ? GetArray(parsed.get_object(), "inputs") : nullptr;
  if (inputs == nullptr) return Fail(ErrorCode::kInternal, "resolved inputs cannot be read from the store");
  ValueMap values;
  for (const json::value& item : *inputs) {
    const json::object* input = item.if_object();
    if (input == nullptr || !input->contains("value")) continue;
    values[GetString(*input, "name")] = Value{input->at("value"), GetBool(*input, "sensitive"), false};
  }
  return values;
}

Result<std::vector<std::string>> DirectClient::SecretsAround(Tx& tx, const ComponentRow& row,
                                                             const StateVersionRow& version) {
  std::set<std::string> documents{row.snapshot, row.success_snapshot};
  std::set<std::string> resolutions{row.resolution, row.success_resolution};
  TRY_ASSIGN(const std::vector<JobRow> jobs, tx.ListJobs(version.run));
  for (const JobRow& job : jobs) {
    if (job.component != row.id) continue;
    documents.insert(job.snapshot);
    TRY_ASSIGN(const std::vector<TaskRow> tasks, tx.ListJobTasks(job.id));
    for (const TaskRow& task : tasks) resolutions.insert(task.resolution);
  }
  std::vector<std::string> secrets;
  for (const std::string& blob : documents) {
    if (blob.empty()) continue;
    TRY_ASSIGN(const std::shared_ptr<const RunDocument> document, Document(tx, blob));
    secrets.insert(secrets.end(), document->secrets.begin(), document->secrets.end());
  }
  for (const std::string& blob : resolutions) {
    if (blob.empty()) continue;
    TRY_ASSIGN(const ValueMap inputs, InputsOf(tx, blob));
    for (const auto& [name, value] : inputs) {
      if (value.sensitive) CollectSecrets(value.data, secrets);
    }
  }
  TRY_ASSIGN(const std::shared_ptr<const ComponentOutputs> outputs, OutputsOf(tx, row));
  if (outputs != nullptr) {
    for (const auto& [name, value] : outputs->values) {
      if (value.sensitive) CollectSecrets(value.data, secrets);
    }
  }
  return secrets;
}

Result<StateFile> DirectClient::OpenState(Tx& tx, const ComponentRow& row, const StateVersionRow& version) {
  TRY_ASSIGN(const std::string bytes, GetBlob(tx, version.blob));
  Result<StateFile> state = ReadStateFile(bytes, StateDetail::kAttributes);
  if (!state) {
    return Fail(ErrorCode::kInvalidInput,
                "the state that is kept of " + row.name + " cannot be read: " + state.error().message,
                "`davit state pull` gives its bytes");
  }
  TRY_ASSIGN(std::vector<std::string> secrets, SecretsAround(tx, row, version));
  for (const auto& [name, value] : state->outputs) {
    if (value.sensitive) CollectSecrets(value.data, secrets);
  }
  const secrets::Masker masker(secrets);
  for (StateResource& resource : state->resources) MarkHidden(masker, resource.attributes);
  MarkHidden(masker, state->outputs);
  return state;
}

Result<> DirectClient::Describe(Tx& tx, const Kept& kept, StateVersionView& view) {
  const StateVersionRow& row = view.row;
  view.newest = row.id == kept.component.state;
  TRY_ASSIGN(const std::optional<RunRow> run, tx.GetRun(row.run));
  if (run) {
    view.run_kind = run->kind;
    view.message = run->message;
  }
  // A list works without the key too; a torn state has nothing to count.
  if (parts_.key_error) return {};
  const auto open = [&](const StateVersionRow& version) -> Result<StateFile> {
    TRY_ASSIGN(const std::string bytes, GetBlob(tx, version.blob));
    return ReadStateFile(bytes, StateDetail::kAttributes);
  };
  const Result<StateFile> state = open(row);
  if (!state) return {};
  view.readable = true;
  view.resources = state->CountManaged();
  if (row.quarantined) return {};
  const StateVersionRow* before = Before(kept.versions, row);
  StateFile empty;
  Result<StateFile> old = before == nullptr ? std::move(empty) : open(*before);
  if (!old || (before == nullptr && row.version > 1)) return {};  // that one is no longer kept
  view.compared = true;
  for (const PlannedResource& resource : DiffStates(*old, *state).resources) {
    int64_t& count = resource.action == "create"   ? view.added
                     : resource.action == "delete" ? view.removed
                                                   : view.changed;
    ++count;
  }
  return {};
}

Result<StatesView> DirectClient::ListStates(const DeploymentSelector& selector, const std::string& component,
                                            int limit) {
  TRY_ASSIGN(TxPtr tx, Read());
  StatesView view;
  TRY_ASSIGN(view.deployment, FindDeployment(*tx, selector));
  std::vector<Kept> all;
  if (!component.empty()) {
    TRY_ASSIGN(Kept kept, FindKept(*tx, selector, component));
    all.push_back(std::move(kept));
  } else {
    TRY_ASSIGN(std::vector<ComponentRow> rows, tx->ListComponents(view.deployment.id));
    for (ComponentRow& row : rows) {
      Kept kept;
      TRY_ASSIGN(kept.versions, tx->ListStateVersions(row.id, kAll));
      kept.component = std::move(row);
      if (!kept.versions.empty()) all.push_back(std::move(kept));
    }
  }
  for (const Kept& kept : all) {
    ComponentStates& states = view.components.emplace_back();
    states.component = kept.component.name;
    states.live = kept.component.live;
    for (const StateVersionRow& row : kept.versions) {
      if (states.versions.size() == static_cast<size_t>(limit)) break;
      StateVersionView& version = states.versions.emplace_back();
      version.row = row;
      TRY(Describe(*tx, kept, version));
    }
  }
  return view;
}

Result<StateView> DirectClient::ShowState(const StateSelector& selector) {
  TRY_ASSIGN(TxPtr tx, Read());
  TRY_ASSIGN(const Kept kept, FindKept(*tx, selector.deployment, selector.component));
  StateView view;
  view.deployment = kept.deployment;
  view.component = kept.component.name;
  TRY_ASSIGN(view.version.row, FindVersion(kept, selector.version));
  TRY(Describe(*tx, kept, view.version));
  TRY_ASSIGN(view.file, OpenState(*tx, kept.component, view.version.row));
  return view;
}

Result<StateDiff> DirectClient::DiffState(const StateSelector& to, const std::string& from) {
  TRY_ASSIGN(TxPtr tx, Read());
  TRY_ASSIGN(const Kept kept, FindKept(*tx, to.deployment, to.component));
  StateDiff diff;
  diff.deployment = kept.deployment;
  diff.component = kept.component.name;
  TRY_ASSIGN(diff.to, FindVersion(kept, to.version));
  if (!from.empty()) {
    TRY_ASSIGN(diff.from, FindVersion(kept, from));
  } else if (const StateVersionRow* before = Before(kept.versions, diff.to)) {
    diff.from = *before;
  } else {
    return Fail(ErrorCode::kNotFound,
                diff.to.quarantined ? "a state in quarantine has no version before it"
                                    : "there is no state version before " + std::to_string(diff.to.version),
                "`davit state show " + diff.component + "` shows all that is in it");
  }
  TRY_ASSIGN(const StateFile before, OpenState(*tx, kept.component, diff.from));
  TRY_ASSIGN(const StateFile after, OpenState(*tx, kept.component, diff.to));
  diff.changes = DiffStates(before, after);
  diff.same_lineage = before.lineage == after.lineage;
  return diff;
}

Result<StateBytes> DirectClient::PullState(const StateSelector& selector) {
  TRY_ASSIGN(TxPtr tx, Read());
  TRY_ASSIGN(const Kept kept, FindKept(*tx, selector.deployment, selector.component));
  StateBytes answer;
  TRY_ASSIGN(answer.version, FindVersion(kept, selector.version));
  TRY_ASSIGN(answer.bytes, GetBlob(*tx, answer.version.blob));
  return answer;
}

}  // namespace davit::control
