// After a crash: what a process that is gone held, and what a person has to decide (engine.md 3, 4).
#include <algorithm>

#include "base/text.h"
#include "control/direct.h"

namespace davit::control {
namespace {

/// What is known of a task that waits for a person; "" = not looked at yet.
std::string ReportSetting(const TaskId& task) {
  return "reconcile/" + task.text;
}

constexpr int kAllRuns = 1'000'000;

}  // namespace

Result<> DirectClient::EndAttempt(Tx& tx, const AttemptId& id) {
  TRY_ASSIGN(std::optional<AttemptRow> attempt, tx.GetAttempt(id));
  if (!attempt || attempt->finished_ms != 0) return {};
  attempt->finished_ms = parts_.clock.WallMs();
  attempt->result = RunResult::kErrored;
  attempt->before.clear();
  return tx.PutAttempt(*attempt);
}

Result<std::vector<Orphan>> DirectClient::TakeOrphans() {
  std::vector<Orphan> orphans;
  {
    // Looking costs no commit where there is nothing, as nearly always.
    TRY_ASSIGN(TxPtr tx, Read());
    TRY_ASSIGN(std::vector<TaskRow> held, tx->HeldTasks());
    if (std::all_of(held.begin(), held.end(),
                    [&](const TaskRow& task) { return IsAlive(parts_.store_directory, task.holder); })) {
      SweepProcesses(parts_.store_directory);
      return orphans;
    }
  }
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(std::vector<TaskRow> held, tx->HeldTasks());
  for (TaskRow& task : held) {
    if (IsAlive(parts_.store_directory, task.holder)) continue;
    if (task.state == TaskState::kLeased) {
      TRY(tx->PutSetting(ReportSetting(task.id), ""));
      TRY(Step(
          *tx, task.run,
          engine::LeaseLost{task.id, task.fence, parts_.clock.MonotonicMs(), "its davit is gone, nobody saw its end"}));
      TRY_ASSIGN(task, NeedTask(*tx, task.id));
    } else {
      TRY_ASSIGN(std::optional<std::string> report, tx->GetSetting(ReportSetting(task.id)));
      if (report && !report->empty()) continue;  // looked at already: it waits for a person
    }
    if (task.state != TaskState::kNeedsReconcile) TRY(EndAttempt(*tx, task.attempt));
    TRY_ASSIGN(RunRow run, NeedRun(*tx, task.run));
    Orphan orphan;
    TRY_ASSIGN(orphan.lease, FillLease(*tx, run, task));
    TRY_ASSIGN(std::optional<AttemptRow> attempt, tx->GetAttempt(task.attempt));
    if (attempt) orphan.lease.attempt_directory = DirectoryOf(*attempt);
    orphan.state = task.state;
    orphan.mutating_begun = task.mutating_begun;
    orphans.push_back(std::move(orphan));
  }
  TRY(CommitAt(*tx, "orphans"));
  SweepProcesses(parts_.store_directory);
  return orphans;
}

Result<Lease> DirectClient::LeaseToLook(const TaskId& id) {
  TRY_ASSIGN(TxPtr tx, Read());
  TRY_ASSIGN(const TaskRow task, NeedTask(*tx, id));
  TRY_ASSIGN(const RunRow run, NeedRun(*tx, task.run));
  return FillLease(*tx, run, task);
}

Result<Lease> DirectClient::LeaseStanding(const ComponentId& id) {
  TRY_ASSIGN(TxPtr tx, Read());
  TRY_ASSIGN(const std::optional<ComponentRow> row, tx->GetComponent(id));
  if (!row || !row->live) return Fail(ErrorCode::kNotFound, "nothing stands of it", "davit status");
  const bool succeeded = !row->success_snapshot.empty();
  const std::string& snapshot = succeeded ? row->success_snapshot : row->snapshot;
  const std::string& name = succeeded ? row->success_name : row->snapshot_name;
  const std::string& resolution = succeeded ? row->success_resolution : row->resolution;
  if (snapshot.empty() || resolution.empty())
    return Fail(ErrorCode::kNotFound,
                "what it was made from is not known, as none of its attempts came to write anything");
  return LeaseFrom(*tx, *row, snapshot, name, resolution);
}

Result<Lease> DirectClient::Adopt(const TaskId& id) {
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(TaskRow task, NeedTask(*tx, id));
  TRY(Step(*tx, task.run, engine::AdoptTask{id, process()}));
  TRY_ASSIGN(task, NeedTask(*tx, id));
  TRY_ASSIGN(RunRow run, NeedRun(*tx, task.run));
  TRY_ASSIGN(Lease lease, FillLease(*tx, run, task));
  TRY_ASSIGN(std::optional<AttemptRow> attempt, tx->GetAttempt(task.attempt));
  if (attempt) {
    lease.attempt_directory = DirectoryOf(*attempt);
    attempt->fence = task.fence;
    attempt->process = process();
    TRY(tx->PutAttempt(*attempt));
  }
  TRY(CommitAt(*tx, "adopt"));
  return lease;
}

Result<std::vector<RunId>> DirectClient::SettleRuns() {
  std::vector<RunId> waiting;
  std::vector<RunId> over;
  {
    TRY_ASSIGN(TxPtr tx, Read());
    store::RunQuery query;
    query.only_open = true;
    query.limit = kAllRuns;
    TRY_ASSIGN(std::vector<RunRow> runs, tx->ListRuns(query));
    for (const RunRow& run : runs) {
      // A shell's run ends when its state is taken (EndByHand).
      if (IsAlive(parts_.store_directory, run.process) || run.kind == RunKind::kShell) continue;
      if (run.reconcile_tasks > 0) {
        waiting.push_back(run.id);
        continue;
      }
      // Another process may be finishing what this run began.
      TRY_ASSIGN(std::vector<TaskRow> tasks, tx->ListTasks(run.id));
      const bool at_work =
          std::any_of(tasks.begin(), tasks.end(), [](const TaskRow& task) { return task.state == TaskState::kLeased; });
      // A pause needs no process (engine.md 2); what was still being planned was not shown to anybody.
      const bool planned = std::none_of(tasks.begin(), tasks.end(), [](const TaskRow& task) {
        return task.kind == TaskKind::kPlan && task.state != TaskState::kFinished;
      });
      const bool pauses = run.waiting_since_ms != 0 && planned && run.cancel == CancelKind::kNone;
      if (!at_work && (!pauses || IsExpired(run))) over.push_back(run.id);
    }
  }
  for (const RunId& id : over) {
    TRY_ASSIGN(TxPtr tx, Write());
    TRY_ASSIGN(RunRow run, NeedRun(*tx, id));
    if (run.state == RunState::kFinished || IsAlive(parts_.store_directory, run.process)) continue;
    if (IsExpired(run)) {
      TRY(ExpireWait(*tx, run));
    } else {
      TRY(Step(*tx, id, engine::CancelRun{CancelKind::kGraceful, "interrupted"}));
    }
    TRY(CommitAt(*tx, "settle"));
  }
  std::sort(waiting.begin(), waiting.end());
  return waiting;
}

Result<std::vector<Client::ReconcileItem>> DirectClient::ReconcileItems(const RunId& run) {
  TRY_ASSIGN(TxPtr tx, Read());
  TRY_ASSIGN(std::vector<TaskRow> tasks, tx->ListTasks(run));
  std::vector<ReconcileItem> items;
  for (TaskRow& task : tasks) {
    if (task.state != TaskState::kNeedsReconcile) continue;
    TRY_ASSIGN(std::optional<JobRow> job, tx->GetJob(task.job));
    if (!job) return Fail(ErrorCode::kInternal, "the job of task " + task.id.text + " is missing in the store");
    ReconcileItem item;
    item.component = job->name;
    item.report = {{"v", 1}, {"reason", job->reason}};
    TRY_ASSIGN(std::optional<std::string> report, tx->GetSetting(ReportSetting(task.id)));
    if (report && !report->empty()) {
      TRY_ASSIGN(json::value parsed, ParseJson(*report));
      if (parsed.is_object()) item.report = parsed.as_object();
    }
    item.task = std::move(task);
    items.push_back(std::move(item));
  }
  return items;
}

Result<> DirectClient::ResumeIn(Tx& tx, const RunId& id, const TaskId& task_id) {
  TRY_ASSIGN(TaskRow task, NeedTask(tx, task_id));
  TRY(Step(tx, id, engine::ResumeTask{task_id}));
  TRY(tx.PutSetting(ReportSetting(task_id), ""));
  TRY(EndAttempt(tx, task.attempt));
  // The inputs are resolved anew, and a plan that was made for another state is not applied.
  TRY_ASSIGN(task, NeedTask(tx, task_id));
  TRY(MarkResumed(tx, task));
  task.resolution.clear();
  task.plan.clear();
  return tx.PutTask(task);
}

Result<> DirectClient::Resume(const RunId& id, const TaskId& task_id) {
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(const RunRow run, NeedRun(*tx, id));
  // Its tools work in the deployment's tree, which whoever goes on would lay out anew.
  if (run.process != process() && IsAlive(parts_.store_directory, run.process)) {
    return Fail(ErrorCode::kConflict, "the davit of run " + id.text + " is still at work on other components of it",
                "wait until it has ended, then say it again");
  }
  TRY(ResumeIn(*tx, id, task_id));
  return CommitAt(*tx, "resume");
}

Result<> DirectClient::Abandon(const RunId& id) {
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(std::vector<TaskRow> tasks, tx->ListTasks(id));
  for (const TaskRow& task : tasks) {
    if (task.state != TaskState::kNeedsReconcile) continue;
    TRY(Step(*tx, id, engine::AbandonTask{task.id, "given up after it was interrupted"}));
    TRY(tx->PutSetting(ReportSetting(task.id), ""));
    TRY(EndAttempt(*tx, task.attempt));
    TRY_ASSIGN(std::optional<ComponentRow> row, tx->GetComponent(task.component));
    if (!row) continue;
    row->last_run = id;
    row->last_result = RunResult::kFailed;
    row->fingerprint.clear();
    TRY(tx->PutComponent(*row));
  }
  TRY(Step(*tx, id, engine::CancelRun{CancelKind::kGraceful, "given up"}));
  return CommitAt(*tx, "abandon");
}

}  // namespace davit::control
