// What changes of a state by hand share: which component is meant, its row, and a run of one task that does nothing else. It is claimed,
// supervised, followed and recovered as any other.
#include <utility>

#include "control/direct.h"
#include "engine/tasks.h"

namespace davit::control {

Result<int> DirectClient::FindKeeper(const StackDocument& document, const std::string& component) {
  const int index = document.stack.Find(component);
  if (index < 0) {
    std::vector<std::string_view> names;
    for (const Component& other : document.stack.components) names.push_back(other.name);
    std::string help = DidYouMean(component, names);
    if (help.empty()) help = "`davit graph` shows its components";
    return Fail(ErrorCode::kNotFound, "the stack has no component '" + component + "'", help);
  }
  if (document.modules[static_cast<size_t>(index)].driver == "script")
    return Fail(ErrorCode::kInvalidInput, component + " is made by scripts, which leave no state");
  return index;
}

Result<ComponentRow> DirectClient::RowOf(Tx& tx, const DeploymentRow& deployment, const std::string& component) {
  TRY_ASSIGN(std::optional<ComponentRow> found, tx.FindComponent(deployment.id, component));
  if (found) return *std::move(found);
  ComponentRow row;
  row.id = ComponentId::New(parts_.ids);
  row.deployment = deployment.id;
  row.name = component;
  return row;
}

Result<> DirectClient::KeepBundle(Tx& tx, const source::Bundle& bundle) {
  const std::string setting = "bundle/" + bundle.digest;
  TRY_ASSIGN(const std::optional<std::string> kept, tx.GetSetting(setting));
  if (kept) return {};
  TRY_ASSIGN(const std::string archive, source::Pack(bundle));
  TRY_ASSIGN(const std::string blob, PutBlob(tx, "bundle", archive));
  return tx.PutSetting(setting, blob);
}

Result<RunId> DirectClient::SubmitAlone(Alone alone) {
  source::Bundle bundle;
  TRY_ASSIGN(const std::shared_ptr<RunDocument> document, MakeDocument(*alone.document, &bundle));
  alone.mark(*document);
  TRY_ASSIGN(TxPtr tx, Write());
  SubmitRequest deploy;
  deploy.deployment = alone.deployment;
  deploy.document = alone.document;
  TRY_ASSIGN(const DeploymentRow deployment, OpenDeployment(*tx, deploy));
  TRY(NeedFree(*tx, deployment));
  TRY(Preflight(*tx, deployment, *document));
  engine::RunRequest start;
  engine::JobRequest& job = start.jobs.emplace_back();
  const std::string& name = document->stack.components[static_cast<size_t>(alone.index)].name;
  TRY(NeedOwnName(*tx, deployment.id, document->stack, name));
  TRY_ASSIGN(job.component, RowOf(*tx, deployment, name));
  TRY(alone.check(*tx, job.component));
  TRY(KeepBundle(*tx, bundle));
  RunRow& run = start.run;
  run.id = RunId::New(parts_.ids);
  run.deployment = deployment.id;
  run.kind = RunKind::kImport;
  run.direct = true;
  run.message = alone.message;
  run.principal = parts_.scope.principal;
  run.process = process();
  run.created_ms = parts_.clock.WallMs();
  TRY_ASSIGN(run.document, PutBlob(*tx, "document", Serialize(*document)));
  documents_[run.document] = document;
  run.bundle = bundle.digest;
  EventRow created;
  created.run = run.id;
  created.sequence = run.next_event++;
  created.wall_ms = run.created_ms;
  created.kind = "run.created";
  created.data = std::move(alone.what);
  created.data["v"] = 1;
  created.data["kind"] = std::string(ToString(run.kind));
  created.data["component"] = name;
  TRY(tx->PutRun(run));
  TRY(tx->AppendEvent(created));
  LockRow lock;
  lock.key = "deployment/" + deployment.id.text;
  TRY_ASSIGN(lock.sequence, tx->NextLockSequence(lock.key));
  lock.run = run.id;
  lock.reason = std::string(ToString(run.kind));
  TRY(tx->PutLock(lock));
  job.order = alone.index;
  job.snapshot = run.document;
  job.looks = alone.looks;
  TRY(StartRows(*tx, run, start, {}, /*gate=*/false));
  TRY(CommitAt(*tx, "submit"));
  return run.id;
}

}  // namespace davit::control
