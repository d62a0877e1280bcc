// Adopting what a module's own backend holds: a run of one task, which fetches the state with the component's tool. What it fetched is
// shown and waits for a yes; then it is fetched once more, and what is still the same to the byte becomes the newest version. The deployment is
// locked from the first to the last of it, and nothing is written to the backend.
#include "base/digest.h"
#include "control/direct.h"

namespace davit::control {
namespace {

/// What a person says yes to; kept with the plan row of the task, whose digest is that of the bytes.
std::string Pack(const AdoptView& view) {
  json::array resources;
  for (const std::string& address : view.resources) resources.emplace_back(address);
  return json::serialize(json::object{{"v", 1},
                                      {"backend", view.backend},
                                      {"serial", view.serial},
                                      {"lineage", view.lineage},
                                      {"tool_version", view.tool_version},
                                      {"resources", std::move(resources)}});
}

Result<AdoptView> Unpack(const PlanRow& plan) {
  TRY_ASSIGN(const json::value parsed, ParseJson(plan.basis));
  const json::object* object = parsed.if_object();
  if (object == nullptr) return Fail(ErrorCode::kInternal, "what was fetched from a backend cannot be read");
  AdoptView view;
  view.backend = GetString(*object, "backend");
  view.sha256 = plan.digest;
  view.serial = GetInt(*object, "serial");
  view.lineage = GetString(*object, "lineage");
  view.tool_version = GetString(*object, "tool_version");
  view.resources = GetTexts(*object, "resources");
  return view;
}

}  // namespace

Result<RunId> DirectClient::SubmitAdoption(const AdoptRequest& request) {
  TRY_ASSIGN(const int index, FindKeeper(*request.document, request.component));
  const ModuleInfo& module = request.document->modules[static_cast<size_t>(index)];
  CHECK(!module.foreign_backend.empty(), "a module without a backend of its own");
  Alone alone{request.deployment, request.document, index, request.message};
  alone.looks = true;
  alone.what = {{"backend", module.foreign_backend}};
  alone.mark = [](RunDocument& document) { document.adopt = true; };
  alone.check = [&](Tx& tx, const ComponentRow& row) { return NeedUnmanaged(tx, row, module); };
  return SubmitAlone(std::move(alone));
}

Result<DirectClient::PlanEnd> DirectClient::TakePulled(Tx& tx, const Lease& lease, const TaskRow& task,
                                                       const TaskOutcome& outcome) {
  if (!outcome.state) return Fail(ErrorCode::kInternal, "no state was fetched for " + lease.component);
  TRY_ASSIGN(const StateFile state, ReadStateFile(*outcome.state, StateDetail::kAddresses));
  const std::string sha256 = Sha256Of(*outcome.state);
  TRY_ASSIGN(const std::optional<PlanRow> shown, tx.GetPlan(task.id));
  PlanEnd end;
  if (!shown) {
    AdoptView view;
    view.backend = lease.module.foreign_backend;
    view.serial = state.serial;
    view.lineage = state.lineage;
    view.tool_version = state.tool_version;
    view.resources = state.Managed();
    PlanRow plan;
    plan.task = task.id;
    plan.run = lease.run;
    plan.job = lease.job;
    plan.component = lease.component_id;
    plan.grade = PlanGrade::kFirm;
    plan.digest = sha256;
    plan.basis = Pack(view);
    plan.reason = "the state in its " + view.backend + " backend is to be adopted";
    plan.created_ms = parts_.clock.WallMs();
    TRY(tx.PutPlan(plan));
    end.event = engine::HoldTask{lease.task, lease.fence, plan.reason};
    return end;
  }
  engine::FinishTask finish{lease.task, lease.fence, outcome.result, outcome.reason, false, {}};
  if (shown->digest != sha256) {
    TRY_ASSIGN(const AdoptView before, Unpack(*shown));
    finish.result = RunResult::kFailed;
    finish.reason = "the state in its " + lease.module.foreign_backend +
                    " backend changed since it was shown (serial " + std::to_string(before.serial) + ", now " +
                    std::to_string(state.serial) + "): somebody works with it";
  }
  end.event = std::move(finish);
  return end;
}

Result<> DirectClient::KeepAdopted(Tx& tx, const Lease& lease, ComponentRow& row) {
  row.driver = lease.driver;
  TRY_ASSIGN(const std::optional<PlanRow> plan, tx.GetPlan(lease.task));
  TRY_ASSIGN(const std::optional<StateVersionRow> version, tx.GetStateVersion(row.state));
  if (!plan || !version) return Fail(ErrorCode::kInternal, "rows of run " + lease.run.text + " are missing");
  TRY_ASSIGN(RunRow run, NeedRun(tx, lease.run));
  EventRow event;
  event.run = run.id;
  event.sequence = run.next_event++;
  event.wall_ms = parts_.clock.WallMs();
  event.kind = "state.changed";
  event.data = json::object{{"v", 1},
                            {"component", row.name},
                            {"backend", lease.module.foreign_backend},
                            {"sha256", plan->digest},
                            {"version", version->version}};
  TRY(tx.AppendEvent(event));
  return tx.PutRun(run);
}

Result<AdoptView> DirectClient::AdoptionOf(const RunId& id) {
  TRY_ASSIGN(TxPtr tx, Read());
  TRY_ASSIGN(const std::vector<TaskRow> tasks, tx->ListTasks(id));
  for (const TaskRow& task : tasks) {
    TRY_ASSIGN(const std::optional<PlanRow> plan, tx->GetPlan(task.id));
    if (plan) return Unpack(*plan);
  }
  return Fail(ErrorCode::kNotFound, "run " + id.text + " has fetched no state");
}

}  // namespace davit::control
