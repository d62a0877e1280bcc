// What an attempt had, for a person who wants to look and try by hand. Nothing is leased, locked or written, but where what the person leaves
// as the state is to be kept: then a run without tasks holds the deployment meanwhile.
#include <algorithm>
#include <utility>

#include "base/diagnostics.h"
#include "control/direct.h"

namespace davit::control {
namespace {

constexpr int kRunsAtOnce = 20;
constexpr int kAllStates = 1'000'000;
constexpr int kAllRuns = 1'000'000;

/// Whose state a shell writes, and under which fence.
std::string ShellSetting(const RunId& run) {
  return "shell/" + run.text;
}

}  // namespace

Result<std::optional<HandView>> DirectClient::HandOf(Tx& tx, const RunRow& run, const ComponentRow& row) {
  TRY_ASSIGN(const std::vector<JobRow> jobs, tx.ListJobs(run.id));
  for (const JobRow& job : jobs) {
    if (job.component != row.id) continue;
    TRY_ASSIGN(std::vector<AttemptRow> attempts, tx.ListAttempts(job.id));
    std::sort(attempts.begin(), attempts.end(),
              [](const AttemptRow& a, const AttemptRow& b) { return a.fence > b.fence; });
    for (const AttemptRow& attempt : attempts) {
      TRY_ASSIGN(const std::optional<TaskRow> task, tx.GetTask(attempt.task));
      if (!task || task->resolution.empty()) continue;  // it is to be resolved anew
      HandView view;
      TRY_ASSIGN(view.lease, LeaseFrom(tx, row, job.snapshot, NameInSnapshot(job), task->resolution));
      view.run = run;
      view.attempt = attempt;
      return view;
    }
  }
  return std::optional<HandView>();
}

Result<HandView> DirectClient::HandFrom(Tx& tx, const DeploymentRow& deployment, const std::string& component,
                                        const std::optional<RunId>& of_run, bool state_of_now) {
  TRY_ASSIGN(const std::optional<ComponentRow> row, tx.FindComponent(deployment.id, component));
  if (!row) {
    TRY_ASSIGN(const std::vector<ComponentRow> rows, tx.ListComponents(deployment.id));
    std::vector<std::string_view> names;
    for (const ComponentRow& other : rows) names.push_back(other.name);
    const std::string suggestion = DidYouMean(component, names);
    return Fail(ErrorCode::kNotFound, "no run of " + deployment.name + " had a component '" + component + "'",
                suggestion.empty() ? "`davit status` shows what stands" : suggestion);
  }
  std::optional<HandView> found;
  if (of_run) {
    TRY_ASSIGN(const RunRow run, NeedRun(tx, *of_run));
    TRY_ASSIGN(found, HandOf(tx, run, *row));
    if (!found)
      return Fail(ErrorCode::kNotFound, "run " + of_run->text + " has no attempt at " + component,
                  "davit run show " + of_run->text);
  } else {
    store::RunQuery query;
    query.deployment = deployment.id;
    query.limit = kRunsAtOnce;
    for (bool more = true; more && !found;) {
      TRY_ASSIGN(const std::vector<RunRow> runs, tx.ListRuns(query));
      for (const RunRow& run : runs) {
        query.before = run.id;
        if (found) break;
        TRY_ASSIGN(found, HandOf(tx, run, *row));
      }
      more = !runs.empty();
    }
    if (!found) return Fail(ErrorCode::kNotFound, "there was no attempt at " + component + " yet", "davit up");
  }

  // Of the newest attempt the state of now; of an older one what it left, or began with, where that is only looked at.
  std::optional<StateVersionRow> state;
  TRY_ASSIGN(const std::vector<StateVersionRow> versions, tx.ListStateVersions(row->id, kAllStates));
  for (const StateVersionRow& version : versions) {
    if (version.quarantined || (of_run && !state_of_now && version.fence > found->attempt.fence)) continue;
    state = version;
    break;
  }
  found->lease.prior_state.clear();
  if (state) {
    TRY_ASSIGN(found->lease.prior_state, GetBlob(tx, state->blob));
    found->state_version = state->version;
  } else if (ModuleInfo& module = found->lease.module; !module.overridden_backend.empty()) {
    module.foreign_backend = std::exchange(module.overridden_backend, "");  // it was before its state became davit's
  }
  return std::move(*found);
}

Result<HandView> DirectClient::LeaseByHand(const DeploymentSelector& selector, const std::string& component,
                                           const std::optional<RunId>& of_run) {
  TRY_ASSIGN(TxPtr tx, Read());
  TRY_ASSIGN(const DeploymentRow deployment, FindDeployment(*tx, selector));
  return HandFrom(*tx, deployment, component, of_run, /*state_of_now=*/false);
}

Result<HandView> DirectClient::BeginByHand(const DeploymentSelector& selector, const std::string& component,
                                           const std::optional<RunId>& of_run, const std::string& message) {
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(const DeploymentRow deployment, FindDeployment(*tx, selector));
  TRY_ASSIGN(HandView view, HandFrom(*tx, deployment, component, of_run, /*state_of_now=*/true));
  const ModuleInfo& module = view.lease.module;
  if (module.driver == "script")
    return Fail(ErrorCode::kInvalidInput, component + " is made by scripts, which leave no state that could be written",
                "leave --write out");
  if (!module.foreign_backend.empty())
    return Fail(ErrorCode::kInvalidInput,
                "the state of " + component + " is kept by its module's own " + module.foreign_backend +
                    " backend: what the tool changes is written there anyway",
                "leave --write out");
  TRY(NeedFree(*tx, deployment));
  TRY_ASSIGN(std::optional<ComponentRow> row, tx->FindComponent(deployment.id, component));
  row->fence += 1;
  TRY(tx->PutComponent(*row));
  TRY_ASSIGN(const RunRow run, BeginHandRun(*tx, deployment, RunKind::kShell, message));
  LockRow lock;
  lock.key = "deployment/" + deployment.id.text;
  TRY_ASSIGN(lock.sequence, tx->NextLockSequence(lock.key));
  lock.run = run.id;
  lock.reason = std::string(ToString(run.kind));
  TRY(tx->PutLock(lock));
  TRY(tx->PutSetting(ShellSetting(run.id),
                     json::serialize(json::object{{"v", 1}, {"component", row->id.text}, {"fence", row->fence}})));
  TRY(CommitAt(*tx, "shell"));
  view.writes = run.id;
  view.alive_fd = parts_.process->fd();
  return view;
}

Result<HandEnd> DirectClient::EndByHand(const RunId& id, const std::optional<std::string>& bytes, bool interrupted) {
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(RunRow run, NeedRun(*tx, id));
  TRY_ASSIGN(const std::optional<std::string> setting, tx->GetSetting(ShellSetting(id)));
  if (!setting || run.state == RunState::kFinished)
    return Fail(ErrorCode::kConflict, "run " + id.text + " is no shell that somebody is in");
  TRY_ASSIGN(const json::value parsed, ParseJson(*setting));
  const json::object& begun = parsed.as_object();
  TRY_ASSIGN(std::optional<ComponentRow> row, tx->GetComponent(ComponentId(GetString(begun, "component"))));
  if (!row) return Fail(ErrorCode::kInternal, "the component of run " + id.text + " is missing in the store");
  HandEnd end;
  end.component = row->name;
  std::optional<StateVersionRow> newest;
  if (!row->state.empty()) {
    TRY_ASSIGN(newest, tx->GetStateVersion(row->state));
  }
  json::object what;
  std::string before;
  if (newest) {
    TRY_ASSIGN(before, GetBlob(*tx, newest->blob));
  }
  if (bytes && *bytes != before) {
    const Result<StateFile> state = ReadStateFile(*bytes, StateDetail::kAttributes);
    if (!state) {
      end.problem = state.error().message;
    } else if (row->fence != GetInt(begun, "fence")) {
      end.problem = "somebody else has changed " + row->name + " meanwhile";
    } else if (newest && newest->lineage != state->lineage) {
      end.problem = "it is the state of something else: its lineage is " + state->lineage + ", not " + newest->lineage;
    }
    if (end.problem.empty()) {
      const int64_t serial = newest ? std::max(state->serial, newest->serial + 1) : state->serial;
      TRY_ASSIGN(const StateChange change, PutStateByHand(*tx, run, *row, newest, *bytes, *state, serial));
      TRY(tx->PutComponent(*row));
      end.version = change.version;
      end.outputs_changed = change.outputs_changed;
      what = {{"component", row->name}, {"version", change.version.version}};
    } else {
      StateVersionRow aside;
      aside.id = StateVersionId::New(parts_.ids);
      aside.component = row->id;
      TRY_ASSIGN(aside.blob, PutBlob(*tx, "state", *bytes));
      aside.run = run.id;
      aside.fence = GetInt(begun, "fence");
      aside.created_ms = parts_.clock.WallMs();
      aside.complete = aside.quarantined = true;
      aside.reason = end.problem;
      TRY(tx->PutStateVersion(aside));
      end.version = aside;
    }
  }
  const RunResult result = !end.problem.empty() ? RunResult::kFailed
                           : interrupted        ? RunResult::kErrored
                                                : RunResult::kSucceeded;
  TRY(EndHandRun(*tx, run, result, interrupted ? "its davit was killed" : end.problem, std::move(what)));
  TRY(tx->DeleteLocks(id));
  TRY(CommitAt(*tx, "shell_end"));
  return end;
}

Result<std::vector<RunId>> DirectClient::LostHands() {
  TRY_ASSIGN(TxPtr tx, Read());
  store::RunQuery query;
  query.only_open = true;
  query.limit = kAllRuns;
  TRY_ASSIGN(const std::vector<RunRow> runs, tx->ListRuns(query));
  std::vector<RunId> lost;
  for (const RunRow& run : runs) {
    if (run.kind == RunKind::kShell && !IsAlive(parts_.store_directory, run.process)) lost.push_back(run.id);
  }
  return lost;
}

}  // namespace davit::control
