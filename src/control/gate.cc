// The gate (engine.md 6, 7): what a person says to what was planned, and runs that wait for it too long or in somebody's way.
#include <algorithm>
#include <set>
#include <utility>

#include "base/clock.h"
#include "base/text.h"
#include "control/direct.h"

namespace davit::control {

Result<> DirectClient::PutWord(Tx& tx, const RunId& run, const JobRow& job, const std::string& digest, bool approved,
                               const std::string& reason) {
  ApprovalRow row;
  row.id = ApprovalId::New(parts_.ids);
  row.run = run;
  row.job = job.id;
  row.component = job.component;
  row.digest = digest;
  row.approved = approved;
  row.principal = parts_.scope.principal;
  row.reason = reason;
  row.created_ms = parts_.clock.WallMs();
  return tx.PutApproval(row);
}

Result<> DirectClient::KeepProtection(Tx& tx, const RunRow& run) {
  if (run.kind != RunKind::kDeploy) return {};
  TRY_ASSIGN(const std::shared_ptr<const RunDocument> document, Document(tx, run.document));
  TRY_ASSIGN(std::vector<ComponentRow> rows, tx.ListComponents(run.deployment));
  for (ComponentRow& row : rows) {
    const int index = document->stack.Find(row.name);
    if (index < 0) continue;
    const bool protect = document->stack.components[static_cast<size_t>(index)].protect;
    if (std::exchange(row.protect, protect) != protect) TRY(tx.PutComponent(row));
  }
  return {};
}

Result<> DirectClient::AnswerGate(Tx& tx, const RunRow& run, const Answer& answer) {
  if (!answer.components.empty()) {
    return Fail(ErrorCode::kInvalidInput, "run " + run.id.text + " has not begun: the answer is for the whole of it",
                "leave --component out; `davit up --target` deploys a part");
  }
  TRY_ASSIGN(const std::vector<JobRow> jobs, tx.ListJobs(run.id));
  if (answer.approve) {
    TRY(OpenNames(tx, run.id));
    TRY(KeepProtection(tx, run));
  }
  for (const JobRow& job : jobs) {
    if (job.state == JobState::kFinished) continue;
    TRY_ASSIGN(const std::vector<PlanRow> plans, tx.ListPlans(run.id, job.component));
    TRY(PutWord(tx, run.id, job, plans.empty() ? "" : plans[0].digest, answer.approve, answer.reason));
  }
  if (answer.approve) {
    TRY(Step(tx, run.id, engine::OpenGate{}));
  } else {
    TRY(Step(tx, run.id, engine::CancelRun{CancelKind::kGraceful, answer.reason}));
  }
  return {};
}

Result<> DirectClient::AnswerHeld(Tx& tx, const RunRow& run, const Answer& answer) {
  TRY_ASSIGN(const std::vector<TaskRow> tasks, tx.ListTasks(run.id));
  std::set<std::string> wanted(answer.components.begin(), answer.components.end());
  std::vector<std::string> held;
  const bool all = wanted.empty();
  struct Chosen {
    JobRow job;
    TaskId task;
    std::string digest;
  };
  std::vector<Chosen> chosen;
  for (const TaskRow& task : tasks) {
    if (!task.awaits_approval) continue;
    TRY_ASSIGN(std::optional<JobRow> job, tx.GetJob(task.job));
    if (!job) return Fail(ErrorCode::kInternal, "the job of task " + task.id.text + " is missing in the store");
    held.push_back(job->name);
    if (!all && wanted.erase(job->name) == 0) continue;
    TRY_ASSIGN(std::optional<PlanRow> plan, tx.GetPlan(task.id));
    const std::string digest = plan ? plan->digest : "";
    if (!answer.seen.empty()) {
      // Nobody says yes to what he did not see: another process may have gone on meanwhile.
      const auto shown = answer.seen.find(job->name);
      if (shown == answer.seen.end() || shown->second != digest)
        return Fail(ErrorCode::kConflict, "what run " + run.id.text + " waits for has changed since it was shown",
                    "look again: `davit run show " + run.id.text + "`");
    }
    chosen.push_back({*job, task.id, digest});
  }
  if (!wanted.empty() || chosen.empty()) {
    return Fail(wanted.empty() ? ErrorCode::kConflict : ErrorCode::kInvalidInput,
                wanted.empty() ? "run " + run.id.text + " does not wait for an approval"
                               : *wanted.begin() + " does not wait for an approval in run " + run.id.text,
                held.empty() ? "" : "waiting: " + Join(held, ", "));
  }
  for (const Chosen& one : chosen) {
    TRY(PutWord(tx, run.id, one.job, one.digest, answer.approve, answer.reason));
    if (answer.approve) {
      TRY(Step(tx, run.id, engine::ApproveTask{one.task}));
    } else {
      TRY(Step(tx, run.id, engine::RejectTask{one.task, answer.reason}));
    }
  }
  return {};
}

Result<> DirectClient::Answered(const RunId& id, const Answer& answer) {
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(const RunRow run, NeedRun(*tx, id));
  if (run.state == RunState::kFinished && run.result == RunResult::kUnchanged)
    return {};  // there was nothing to ask about
  if (IsExpired(run)) {
    TRY(ExpireWait(*tx, run));
    TRY(CommitAt(*tx, "gate"));
    return Fail(ErrorCode::kConflict, "run " + id.text + " waited too long and has ended",
                "`davit up` shows anew what would change");
  }
  if (run.state == RunState::kAwaitingApproval) {
    TRY(AnswerGate(*tx, run, answer));
  } else if (run.state == RunState::kRunning && run.approval_tasks > 0) {
    TRY(AnswerHeld(*tx, run, answer));
  } else if (answer.approve && answer.components.empty() && run.state == RunState::kRunning) {
    return {};  // somebody said so already
  } else {
    return Fail(ErrorCode::kConflict, "run " + id.text + " does not wait for an approval",
                "`davit run show " + id.text + "` says where it is");
  }
  return CommitAt(*tx, "gate");
}

Result<> DirectClient::ExpireWait(Tx& tx, const RunRow& run) {
  const std::string reason = "nobody said yes or no within " + FormatDuration(run.approval_timeout_s * 1000);
  if (run.state == RunState::kAwaitingApproval) {
    TRY(Step(tx, run.id, engine::CancelRun{CancelKind::kGraceful, reason}));
    return {};
  }
  TRY_ASSIGN(const std::vector<TaskRow> tasks, tx.ListTasks(run.id));
  for (const TaskRow& task : tasks) {
    if (task.awaits_approval) TRY(Step(tx, run.id, engine::RejectTask{task.id, reason}));
  }
  // What else had not begun has nobody to begin it any more.
  TRY(Step(tx, run.id, engine::CancelRun{CancelKind::kGraceful, reason}));
  return {};
}

bool DirectClient::IsExpired(const RunRow& run) const {
  return run.waiting_since_ms != 0 && run.approval_timeout_s > 0 &&
         parts_.clock.WallMs() - run.waiting_since_ms >= run.approval_timeout_s * 1000;
}

Result<> DirectClient::Supersede(Tx& tx, const RunRow& run) {
  for (;;) {
    TRY_ASSIGN(const QueueStatus queue, QueueOf(tx, run));
    if (queue.blocker.empty()) return {};
    TRY_ASSIGN(const RunRow blocker, NeedRun(tx, queue.blocker));
    if (blocker.waiting_since_ms == 0 || blocker.reconcile_tasks > 0) return {};
    if (IsExpired(blocker)) {
      TRY(ExpireWait(tx, blocker));  // also where its question still stands on a screen
    } else if (queue.blocker_dead && blocker.state == RunState::kAwaitingApproval && !blocker.any_done) {
      // Only a run that applied nothing gives way (engine.md 7).
      TRY(Step(tx, blocker.id, engine::CancelRun{CancelKind::kGraceful, "superseded by " + run.id.text}));
    } else {
      return {};
    }
    TRY_ASSIGN(const RunRow after, NeedRun(tx, blocker.id));
    if (after.state != RunState::kFinished) return {};
  }
}

}  // namespace davit::control
