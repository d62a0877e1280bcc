// Renames (engine.md 5, "Rename"): what `moved` says against what stands, and the new names, given in the transaction from which on the run may
// change something. A row keeps its id, and with it fence, states, outputs and protection; only its name changes. Until then whoever looks for
// the component of a manifest finds the row under the name that it still has.
#include <algorithm>

#include "control/direct.h"

namespace davit::control {
namespace {

/// No component can be called so: a `~` is not allowed in its name.
std::string FreeName(const std::vector<ComponentRow>& rows, const std::string& name) {
  for (int number = 1;; ++number) {
    std::string free = name + "~" + std::to_string(number);
    if (std::none_of(rows.begin(), rows.end(), [&](const ComponentRow& row) { return row.name == free; })) return free;
  }
}

ComponentRow* FindIn(std::vector<ComponentRow>& rows, std::string_view name) {
  const auto found = std::find_if(rows.begin(), rows.end(), [&](const ComponentRow& row) { return row.name == name; });
  return found == rows.end() ? nullptr : &*found;
}

/// Gives `row` the name; nullptr, or the row of something that is gone and had it, which makes room.
ComponentRow* Rename(std::vector<ComponentRow>& rows, ComponentRow& row, const std::string& name) {
  ComponentRow* gone = FindIn(rows, name);
  if (gone != nullptr) gone->name = FreeName(rows, name);
  // What it was made from knows it by the name that it had then.
  if (!row.snapshot.empty() && row.snapshot_name.empty()) row.snapshot_name = row.name;
  if (!row.success_snapshot.empty() && row.success_name.empty()) row.success_name = row.name;
  row.name = name;
  return gone;
}

/// True where one of the producers has another name now.
bool RenameProducers(ComponentRow& row, const std::map<std::string, std::string>& new_names) {
  bool changed = false;
  for (std::string& producer : row.producers) {
    const auto found = new_names.find(producer);
    if (found == new_names.end()) continue;
    producer = found->second;
    changed = true;
  }
  return changed;
}

}  // namespace

Result<bool> DirectClient::Stands(Tx& tx, const ComponentRow& row) {
  if (row.live) return true;
  if (row.state.empty()) return false;
  // Its state may be adopted, and not deployed yet.
  TRY_ASSIGN(const std::optional<StateVersionRow> newest, tx.GetStateVersion(row.state));
  if (!newest) return false;
  TRY_ASSIGN(const std::string bytes, GetBlob(tx, newest->blob));
  const Result<StateFile> state = ReadStateFile(bytes, StateDetail::kAddresses);
  return state && state->CountManaged() > 0;
}

Result<std::optional<ComponentRow>> DirectClient::FindRow(Tx& tx, const DeploymentId& deployment, const Stack& stack,
                                                          const std::string& component) {
  TRY_ASSIGN(std::optional<ComponentRow> row, tx.FindComponent(deployment, component));
  if (stack.moved.empty()) return row;
  if (row) {
    TRY_ASSIGN(const bool stands, Stands(tx, *row));
    if (stands) return row;
  }
  for (const std::string& name : stack.FormerNames(component)) {
    TRY_ASSIGN(std::optional<ComponentRow> former, tx.FindComponent(deployment, name));
    if (!former) continue;
    TRY_ASSIGN(const bool stands, Stands(tx, *former));
    if (stands) return former;
  }
  return row;
}

Result<> DirectClient::NeedOwnName(Tx& tx, const DeploymentId& deployment, const Stack& stack,
                                   const std::string& component) {
  TRY_ASSIGN(const std::optional<ComponentRow> row, FindRow(tx, deployment, stack, component));
  if (!row || row->name == component) return {};
  return Fail(ErrorCode::kInvalidInput,
              component + " still stands as " + row->name + ", and gets its new name with the next `davit up`",
              "run `davit up` first");
}

Result<std::map<ComponentId, std::string>> DirectClient::MoveRows(Tx& tx, const Stack& stack,
                                                                  std::vector<ComponentRow>& rows) {
  std::map<ComponentId, std::string> former;
  std::map<std::string, std::string> new_names;
  for (const Move& move : stack.moved) {
    if (stack.Find(move.to) < 0) continue;  // moved on
    std::vector<std::string> names = stack.FormerNames(move.to);
    names.insert(names.begin(), move.to);
    ComponentRow* found = nullptr;
    for (const std::string& name : names) {
      ComponentRow* row = FindIn(rows, name);
      if (row == nullptr) continue;
      TRY_ASSIGN(const bool stands, Stands(tx, *row));
      if (!stands) continue;
      if (found != nullptr) {
        const auto entry =
            std::find_if(stack.moved.begin(), stack.moved.end(), [&](const Move& one) { return one.from == name; });
        return Fail(
            ErrorCode::kInvalidInput,
            "moved: '" + name + "' cannot go on as '" + move.to + "', as '" + found->name + "' stands too",
            "remove the entry, and `davit up` takes '" + name + "' away as any component that left the manifest",
            entry->from_pos);
      }
      found = row;
    }
    if (found == nullptr || found->name == move.to) continue;
    former[found->id] = found->name;
    new_names[found->name] = move.to;
    Rename(rows, *found, move.to);
  }
  for (ComponentRow& row : rows) RenameProducers(row, new_names);
  return former;
}

Result<> DirectClient::GiveNames(Tx& tx, RunRow& run, const std::map<ComponentId, std::string>& names) {
  if (names.empty()) return {};
  TRY_ASSIGN(std::vector<ComponentRow> rows, tx.ListComponents(run.deployment));
  std::map<std::string, std::string> new_names;
  for (ComponentRow& row : rows) {
    const auto name = names.find(row.id);
    if (name == names.end() || name->second == row.name) continue;
    EventRow event;
    event.run = run.id;
    event.sequence = run.next_event++;
    event.wall_ms = parts_.clock.WallMs();
    event.kind = "component.moved";
    event.data = json::object{{"v", 1}, {"component", name->second}, {"from", row.name}};
    TRY(tx.AppendEvent(event));
    new_names[row.name] = name->second;
    if (const ComponentRow* gone = Rename(rows, row, name->second)) TRY(tx.PutComponent(*gone));
    TRY(tx.PutComponent(row));
  }
  for (ComponentRow& row : rows) {
    if (RenameProducers(row, new_names)) TRY(tx.PutComponent(row));
  }
  return tx.PutRun(run);
}

Result<> DirectClient::OpenNames(Tx& tx, const RunId& id) {
  TRY_ASSIGN(RunRow run, NeedRun(tx, id));
  if (!run.moves) return {};
  TRY_ASSIGN(const std::vector<JobRow> jobs, tx.ListJobs(id));
  std::map<ComponentId, std::string> names;
  for (const JobRow& job : jobs) {
    // What is left out of a run stays as it is called.
    if (job.action == JobAction::kDeploy && job.result != RunResult::kExcluded) names[job.component] = job.name;
  }
  return GiveNames(tx, run, names);
}

}  // namespace davit::control
