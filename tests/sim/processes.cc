// What a davit process does, one small act at a time, so that a crash can come between any two.
#include "sim/simulator.h"

namespace davit::sim {
namespace {

constexpr int64_t kLeaseMs = 45'000;

}  // namespace

Result<> Simulator::Act(Process& process) {
  if (!process.alive) {
    if (random_.Chance(60)) Start(process);
    return {};
  }
  if (process.paused) {
    process.paused = !random_.Chance(15);
    return {};
  }
  // Where there is nothing to do in one respect it looks for something else, so that few steps are empty.
  const uint64_t before = digest_;
  for (int tries = 0; tries < 4 && digest_ == before; ++tries) {
    const int roll = random_.Below(100);
    if (roll < 12) {
      TRY(StartQueued(process));
    } else if (roll < 45) {
      TRY(Claim(process));
    } else if (roll < 78) {
      TRY(Advance(process));
    } else if (roll < 86) {
      TRY(Renew(process));
    } else {
      TRY(Recover(process));
    }
  }
  return {};
}

Result<> Simulator::StartQueued(Process& process) {
  TRY_ASSIGN(std::vector<RunRow> runs, OpenRuns());
  for (const RunRow& run : runs) {
    if (run.state != RunState::kQueued) continue;
    TRY_ASSIGN(auto tx, backend_.Read());
    TRY_ASSIGN(std::vector<LockRow> line, tx->ListLocks("deployment/" + run.deployment.text));
    tx.reset();
    if (line.empty() || line[0].run != run.id) continue;
    Message message;
    message.run = run.id;
    message.what = StartRequest{};
    TRY(Send(process, message));
    return {};
  }
  return {};
}

Result<> Simulator::Claim(Process& process) {
  TRY_ASSIGN(std::vector<RunRow> runs, OpenRuns());
  if (runs.empty()) return {};
  // A run that waits for a person is tried too: the step function has to refuse.
  const RunRow run = random_.Pick(runs);
  TRY_ASSIGN(auto tx, backend_.Read());
  // At the gate what waits for it stands before the plans that do not.
  const int most = run.state == RunState::kAwaitingApproval ? 64 : 4;
  TRY_ASSIGN(std::vector<TaskRow> ready, tx->ReadyTasks(run.id, MonotonicMs(process), most));
  if (ready.empty()) return {};
  const TaskRow task = random_.Pick(ready);
  TRY_ASSIGN(JobRow job, Need(tx->GetJob(task.job), task.job.text));
  TRY_ASSIGN(std::vector<TaskRow> tasks, tx->ListJobTasks(task.job));
  tx.reset();
  const bool first_of_job = tasks[0].id == task.id && task.attempt_number == 0;
  if (run.state == RunState::kRunning && job.action == JobAction::kDeploy && first_of_job && random_.Chance(100)) {
    const RunResult result = random_.Chance(300) ? RunResult::kExcluded : RunResult::kUnchanged;
    TRY(Send(process, About(run.id, engine::FinishUntouched{task.id, "there is nothing to do", result})));
    return {};
  }
  Message message = About(run.id, engine::ClaimTask{task.id, process.id, AttemptId::New(ids_), MonotonicMs(process)});
  message.attempt = std::get<engine::ClaimTask>(std::get<engine::Event>(message.what)).attempt;
  TRY_ASSIGN(Reply reply, Send(process, message));
  if (reply.answer != Answer::kYes) return {};
  const bool looks = run.state == RunState::kAwaitingApproval && !IsMutating(task.kind);
  if (run.state != RunState::kRunning && !looks)
    return Fail(ErrorCode::kInternal, task.id.text + " was given away before its run may start");
  Holding holding{run.id,
                  task.id,
                  task.component,
                  task.kind,
                  message.attempt,
                  reply.changes.tasks.at(0).fence,
                  Holding::Phase::kClaimed};
  process.holdings[task.id] = holding;
  return {};
}

Result<> Simulator::Advance(Process& process) {
  if (process.holdings.empty()) return {};
  auto at = process.holdings.begin();
  std::advance(at, random_.Below(static_cast<int>(process.holdings.size())));
  return AdvanceHolding(process, at->second);
}

Result<bool> Simulator::StillMine(const Holding& holding) {
  TRY_ASSIGN(auto tx, backend_.Read());
  TRY_ASSIGN(TaskRow task, Need(tx->GetTask(holding.task), holding.task.text));
  return task.fence == holding.fence && (task.state == TaskState::kLeased || task.state == TaskState::kNeedsReconcile);
}

// A copy of the holding: the process may let go of it on the way.
// NOLINTNEXTLINE(performance-unnecessary-value-param)
Result<> Simulator::AdvanceHolding(Process& process, Holding holding) {
  TRY_ASSIGN(auto tx, backend_.Read());
  TRY_ASSIGN(RunRow run, Need(tx->GetRun(holding.run), holding.run.text));
  tx.reset();
  switch (holding.phase) {
    case Holding::Phase::kClaimed: {
      const bool cancel = run.cancel != CancelKind::kNone && (!IsMutating(holding.kind) || random_.Chance(500));
      if (cancel)
        return ReportEnd(process, holding,
                         {holding.task, holding.fence, RunResult::kCancelled, "cancelled", false, ""});
      if (!IsMutating(holding.kind)) return BeginTool(process, holding);
      if (holding.kind == TaskKind::kApply && !run.direct && !world_.IsApproved(holding.task) && random_.Chance(400)) {
        // It is planned again, as its inputs were not known when it was shown.
        const bool differs = random_.Chance(500);
        TRY_ASSIGN(
            Reply planned,
            Send(process, differs ? About(holding.run, engine::HoldTask{holding.task, holding.fence, "it differs"})
                                  : About(holding.run, engine::GoOn{holding.task, holding.fence})));
        if (planned.answer == Answer::kYes || planned.answer == Answer::kNo) process.holdings.erase(holding.task);
        return {};
      }
      TRY_ASSIGN(Reply reply, Send(process, About(holding.run, engine::BeginMutation{holding.task, holding.fence})));
      if (reply.answer == Answer::kYes) process.holdings[holding.task].phase = Holding::Phase::kBegun;
      if (reply.answer == Answer::kNo) process.holdings.erase(holding.task);
      return {};
    }
    case Holding::Phase::kBegun:
      if (holding.kind == TaskKind::kApply && !run.direct && random_.Chance(30)) {
        process.holdings[holding.task].phase = Holding::Phase::kRefused;
        return {};
      }
      return BeginTool(process, holding);
    case Holding::Phase::kRefused: {
      // Its tool was started, would not apply the plan, and changed nothing.
      TRY_ASSIGN(Reply reply,
                 Send(process, About(holding.run, engine::PlanRefused{holding.task, holding.fence, "stale"})));
      if (reply.answer == Answer::kYes || reply.answer == Answer::kNo) process.holdings.erase(holding.task);
      return {};
    }
    case Holding::Phase::kWatching:
      return Watch(process, holding, run);
  }
  return {};
}

Result<> Simulator::BeginTool(Process& process, const Holding& holding) {
  Tool tool;
  tool.attempt = holding.attempt;
  tool.task = holding.task;
  tool.component = holding.component;
  tool.kind = holding.kind;
  tool.machine = process.machine;
  TRY_ASSIGN(const bool begun, world_.Begin(std::move(tool)));
  Trace("tool of " + holding.attempt.text + (begun ? " begins" : " was taken back"));
  if (begun) {
    process.holdings[holding.task].phase = Holding::Phase::kWatching;
  } else {
    process.holdings.erase(holding.task);
  }
  return {};
}

Result<> Simulator::Watch(Process& process, const Holding& holding, const RunRow& run) {
  const Tool tool = *world_.Find(holding.attempt);
  if (tool.state == ToolState::kRunning) {
    if (run.cancel == CancelKind::kForced) {
      world_.Kill(tool.attempt);
    } else if (run.cancel == CancelKind::kGraceful && !IsMutating(tool.kind)) {
      world_.End(tool.attempt, RunResult::kCancelled, false);
    } else if (IsMutating(tool.kind) && tool.writes > 0) {
      Message copy;
      copy.run = holding.run;
      copy.what = StateCopy{holding.task, holding.fence};
      copy.attempt = holding.attempt;
      TRY(Send(process, copy));
    }
    return {};
  }
  if (tool.state == ToolState::kKilled && IsMutating(tool.kind)) {
    TRY_ASSIGN(
        Reply reply,
        Send(process, About(holding.run, engine::MarkReconcile{holding.task, holding.fence, "its tool was killed"})));
    if (reply.answer == Answer::kYes || reply.answer == Answer::kNo) process.holdings.erase(holding.task);
    return {};
  }
  const RunResult result = tool.state == ToolState::kKilled ? RunResult::kErrored : tool.result;
  return ReportEnd(process, holding, {holding.task, holding.fence, result, "", tool.job_complete, ""});
}

Result<> Simulator::ReportEnd(Process& process, const Holding& holding, const engine::FinishTask& finish) {
  Message message = About(holding.run, finish);
  message.attempt = holding.attempt;
  TRY_ASSIGN(Reply reply, Send(process, message));
  if (reply.answer == Answer::kNo) {
    TRY_ASSIGN(const bool mine, StillMine(holding));
    if (mine)
      return Fail(ErrorCode::kInternal, "the end of " + holding.task.text + " was refused to the one who holds it");
  }
  if (reply.answer == Answer::kYes || reply.answer == Answer::kNo) process.holdings.erase(holding.task);
  return {};
}

Result<> Simulator::Renew(Process& process) {
  std::vector<Holding> holdings;
  for (const auto& [task, holding] : process.holdings) holdings.push_back(holding);
  for (const Holding& holding : holdings) {
    TRY_ASSIGN(Reply reply, Send(process, About(holding.run, engine::RenewLease{holding.task, holding.fence})));
    if (!process.alive) return {};
    if (reply.answer != Answer::kNo) continue;
    // Taken for dead: what runs is still watched, as its end counts if it comes first.
    TRY_ASSIGN(const bool mine, StillMine(holding));
    if (!mine) process.holdings.erase(holding.task);
  }
  return {};
}

Result<> Simulator::Recover(Process& process) {
  TRY_ASSIGN(auto tx, backend_.Read());
  TRY_ASSIGN(std::vector<TaskRow> held, tx->HeldTasks());
  tx.reset();
  if (held.empty()) return {};
  const TaskRow task = random_.Pick(held);
  return task.state == TaskState::kLeased ? RecoverLeased(process, task) : RecoverWaiting(process, task);
}

Result<> Simulator::RecoverLeased(Process& process, const TaskRow& task) {
  if (IsAlive(task.holder)) {
    Process::Observed& observed = process.observed[task.id];
    if (observed.fence != task.fence || observed.renewals != task.renewals) {
      observed = {task.fence, task.renewals, MonotonicMs(process)};
      return {};
    }
    if (MonotonicMs(process) - observed.since_ms < kLeaseMs) return {};
    ++counts_.expired;
  }
  TRY(Send(process,
           About(task.run, engine::LeaseLost{task.id, task.fence, MonotonicMs(process), "its process was lost"})));
  return {};
}

Result<> Simulator::RecoverWaiting(Process& process, const TaskRow& task) {
  if (IsWatched(task)) return {};  // presumed alive: its holder comes back with the result
  const Tool* tool = world_.Find(task.attempt);
  if (tool == nullptr || tool->state == ToolState::kTakenBack) {
    if (!world_.TakeBack(task.attempt)) return {};
    Message message = About(task.run, engine::ResumeTask{task.id});
    message.looked_at_fence = task.fence;
    TRY(Send(process, message));
    return {};
  }
  if (tool->state == ToolState::kRunning) return AdoptTool(process, task);
  if (tool->state == ToolState::kKilled) return {};  // a person has to look
  if (random_.Chance(500)) return AdoptTool(process, task);
  Message message =
      About(task.run, engine::FinishReconciled{{task.id, task.fence, tool->result, "", tool->job_complete, ""}});
  message.attempt = task.attempt;
  TRY(Send(process, message));
  return {};
}

Result<> Simulator::AdoptTool(Process& process, const TaskRow& task) {
  Message message = About(task.run, engine::AdoptTask{task.id, process.id});
  message.looked_at_fence = task.fence;
  TRY_ASSIGN(Reply reply, Send(process, message));
  if (reply.answer != Answer::kYes) return {};
  process.holdings[task.id] = {task.run,
                               task.id,
                               task.component,
                               task.kind,
                               task.attempt,
                               reply.changes.tasks.at(0).fence,
                               Holding::Phase::kWatching};
  return {};
}

}  // namespace davit::sim
