// Adopting a file: a state that a tool wrote without davit becomes the newest version of a component. It counts as deployed with the next
// `up`, which plans against it; until then nothing but the state is known here.
#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "control/direct.h"

namespace davit::control {
namespace {

tl::unexpected<Error> Refuse(std::string message, std::string suggestion) {
  return Fail(ErrorCode::kInvalidInput, std::move(message), std::move(suggestion));
}

struct Found {
  AdoptView view;
  std::string bytes;
};

Result<Found> Look(const ModuleInfo& module, const AdoptRequest& request) {
  Found found;
  found.view.file = request.from;
  if (found.view.file.empty()) {
    if (module.unadopted_states.empty())
      return Refuse("there is no state with resources beside the module of " + request.component,
                    "name the file: davit state adopt " + request.component + " --from FILE");
    if (module.unadopted_states.size() > 1) {
      std::vector<std::string> files;
      for (const Path& file : module.unadopted_states) files.push_back(file.string());
      return Refuse("there are several states beside the module of " + request.component + ": " + Join(files, ", "),
                    "say which one with --from FILE");
    }
    found.view.file = module.unadopted_states[0];
  }
  std::error_code error;
  found.view.beside =
      std::any_of(module.unadopted_states.begin(), module.unadopted_states.end(),
                  [&](const Path& file) { return std::filesystem::equivalent(file, found.view.file, error); });
  // The tool's own lock: whoever holds it is about to write the file.
  const Path lock = found.view.file.parent_path() / ("." + found.view.file.filename().string() + ".lock.info");
  if (std::filesystem::exists(lock, error))
    return Fail(
        ErrorCode::kConflict,
        "a tool is at work on " + found.view.file.string() + ", or was killed at it (there is " + lock.string() + ")",
        "wait for its end; where none runs, take that file away");
  TRY_ASSIGN(found.bytes, ReadFile(found.view.file));
  Result<StateFile> state = ReadStateFile(found.bytes, StateDetail::kAddresses);
  if (!state) {
    return Refuse(found.view.file.string() + " cannot be adopted: " + state.error().message,
                  "it has to be a state of Terraform or OpenTofu, version 4, not encrypted");
  }
  found.view.serial = state->serial;
  found.view.lineage = state->lineage;
  found.view.tool_version = state->tool_version;
  found.view.resources = state->Managed();
  if (found.view.resources.empty())
    return Refuse(found.view.file.string() + " holds no resources, so there is nothing to adopt", "");
  found.view.sha256 = Sha256Of(found.bytes);
  return found;
}

/// Beside it, and never over another one.
Path Aside(const Path& file) {
  std::error_code error;
  Path target = file.string() + ".adopted";
  for (int number = 2; std::filesystem::exists(target, error); ++number)
    target = file.string() + ".adopted-" + std::to_string(number);
  return target;
}

}  // namespace

Result<> DirectClient::NeedUnmanaged(Tx& tx, const ComponentRow& row, const ModuleInfo& module) {
  if (row.live && (module.foreign_backend.empty() || !row.state.empty()))
    return Refuse(row.name + " stands already, deployed by davit",
                  "`davit state list " + row.name + "` shows its state");
  if (row.state.empty()) return {};
  TRY_ASSIGN(const std::optional<StateVersionRow> newest, tx.GetStateVersion(row.state));
  if (!newest) return {};
  TRY_ASSIGN(const StateFile state, OpenState(tx, row, *newest));
  const size_t count = state.Managed().size();
  if (count == 0) return {};  // it was taken away
  return Refuse("davit has a state of " + row.name + " already, version " + std::to_string(newest->version) +
                    ", with " + Plural(count, "resource"),
                "`davit state show " + row.name + "` shows it");
}

Result<AdoptView> DirectClient::LookAtAdoption(const AdoptRequest& request) {
  TRY_ASSIGN(const int index, FindKeeper(*request.document, request.component));
  const ModuleInfo& module = request.document->modules[static_cast<size_t>(index)];
  TRY_ASSIGN(Found found, Look(module, request));
  TRY_ASSIGN(TxPtr tx, Read());
  DeploymentSelector selector = request.deployment;
  if (selector.stack_name.empty()) selector.stack_name = request.document->stack.name;
  const Result<DeploymentRow> deployment = FindDeployment(*tx, selector);
  if (!deployment) return std::move(found.view);  // the first thing that is known of it
  TRY(NeedOwnName(*tx, deployment->id, request.document->stack, request.component));
  TRY_ASSIGN(const std::optional<ComponentRow> row, tx->FindComponent(deployment->id, request.component));
  if (row) TRY(NeedUnmanaged(*tx, *row, module));
  return std::move(found.view);
}

Result<StateChange> DirectClient::AdoptState(const AdoptRequest& request) {
  TRY_ASSIGN(const int index, FindKeeper(*request.document, request.component));
  const ModuleInfo& module = request.document->modules[static_cast<size_t>(index)];
  TRY_ASSIGN(const Found found, Look(module, request));
  if (found.view.sha256 != request.expected)
    return Fail(ErrorCode::kConflict, found.view.file.string() + " has changed since it was shown", "say it again");
  TRY_ASSIGN(TxPtr tx, Write());
  SubmitRequest deploy;
  deploy.deployment = request.deployment;
  deploy.document = request.document;
  TRY_ASSIGN(const DeploymentRow deployment, OpenDeployment(*tx, deploy));
  TRY(NeedFree(*tx, deployment));
  TRY(NeedOwnName(*tx, deployment.id, request.document->stack, request.component));
  TRY_ASSIGN(ComponentRow row, RowOf(*tx, deployment, request.component));
  TRY(NeedUnmanaged(*tx, row, module));
  std::optional<StateVersionRow> newest;
  if (!row.state.empty()) {
    TRY_ASSIGN(newest, tx->GetStateVersion(row.state));
  }
  StateChange change;
  StateVersionRow& made = change.version;
  made.version = newest ? newest->version + 1 : 1;
  made.serial = found.view.serial;
  made.lineage = found.view.lineage;
  TRY_ASSIGN(const RunRow run, PutHandRun(*tx, deployment, RunKind::kImport, request.message,
                                          {{"component", row.name},
                                           {"adopted", found.view.file.string()},
                                           {"sha256", found.view.sha256},
                                           {"version", made.version}}));
  row.fence += 1;
  row.driver = module.driver;
  made.id = StateVersionId::New(parts_.ids);
  made.component = row.id;
  TRY_ASSIGN(made.blob, PutBlob(*tx, "state", found.bytes));
  made.run = run.id;
  made.fence = row.fence;
  made.created_ms = run.created_ms;
  made.complete = true;
  TRY(tx->PutStateVersion(made));
  row.state = made.id;
  TRY(tx->PutComponent(row));
  change.run = run.id;
  TRY(CommitAt(*tx, "adopt_state"));
  // Two truths about one thing: the tool, run by hand in the module, would go on from the old one.
  if (found.view.beside) {
    const Path target = Aside(found.view.file);
    std::error_code error;
    std::filesystem::rename(found.view.file, target, error);
    if (error) {
      change.problem = error.message();
    } else {
      change.moved_to = target;
    }
  }
  return change;
}

}  // namespace davit::control
