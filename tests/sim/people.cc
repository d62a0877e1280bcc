// What people do: submit runs of a stack that changes, say yes or no, cancel, and decide about what was interrupted.
#include "sim/simulator.h"

namespace davit::sim {

Result<> Simulator::ActAsPerson(bool eager) {
  TRY_ASSIGN(std::vector<RunRow> runs, OpenRuns());
  if (!eager && runs.size() < 6 && random_.Chance(500)) return SubmitRun();
  Process* through = AnyProcess();
  if (through == nullptr || runs.empty()) return {};
  const RunRow run = random_.Pick(runs);
  if (run.state == RunState::kAwaitingApproval && (eager || random_.Chance(300))) {
    TRY(Send(*through, About(run.id, engine::OpenGate{})));
    return {};
  }
  if (run.approval_tasks > 0 && (eager || random_.Chance(300))) return AnswerHeld(*through, run);
  if (!eager && random_.Chance(25)) {
    const CancelKind kind = random_.Chance(300) ? CancelKind::kForced : CancelKind::kGraceful;
    TRY(Send(*through, About(run.id, engine::CancelRun{kind, "a person asked for it"})));
    return {};
  }
  if (!eager && random_.Chance(600)) return {};
  TRY_ASSIGN(auto tx, backend_.Read());
  TRY_ASSIGN(std::vector<TaskRow> held, tx->HeldTasks());
  tx.reset();
  for (const TaskRow& task : held) {
    if (task.state == TaskState::kNeedsReconcile) return SettleWaiting(*through, task);
  }
  return {};
}

Result<> Simulator::AnswerHeld(Process& through, const RunRow& run) {
  TRY_ASSIGN(auto tx, backend_.Read());
  TRY_ASSIGN(std::vector<TaskRow> tasks, tx->ListTasks(run.id));
  tx.reset();
  for (const TaskRow& task : tasks) {
    if (!task.awaits_approval) continue;
    TRY(Send(through, random_.Chance(800) ? About(run.id, engine::ApproveTask{task.id})
                                          : About(run.id, engine::RejectTask{task.id, "a person said no"})));
    return {};
  }
  return {};
}

/// Only what has ended without a status is a person's to decide; the rest is found out without one.
Result<> Simulator::SettleWaiting(Process& through, const TaskRow& task) {
  const Tool* tool = world_.Find(task.attempt);
  if (tool == nullptr || tool->state != ToolState::kKilled || IsWatched(task)) return {};
  Message message = random_.Chance(700) ? About(task.run, engine::ResumeTask{task.id})
                                        : About(task.run, engine::AbandonTask{task.id, "a person gave it up"});
  message.looked_at_fence = task.fence;
  message.by_person = true;
  TRY(Send(through, message));
  return {};
}

Result<> Simulator::SubmitRun() {
  RunRow run;
  run.deployment = random_.Pick(deployments_);
  run.kind = random_.Chance(150) ? RunKind::kDestroy : RunKind::kDeploy;
  run.direct = random_.Chance(500);
  run.stops_on_failure = random_.Chance(200);
  run.moves = run.kind == RunKind::kDeploy && random_.Chance(100);
  TRY_ASSIGN(RunId id, backend_.Submit(std::move(run), MakeWish(), WallMs()));
  Trace("submitted " + id.text);
  return {};
}

Wish Simulator::MakeWish() {
  Wish wish;
  wish.gate = random_.Chance(200);
  for (int i = 0; i < 8; ++i) {
    if (random_.Chance(350)) continue;
    PlannedComponent component;
    component.name = "c" + std::to_string(i);
    component.optional = random_.Chance(200);
    component.excluded = random_.Chance(70);
    wish.components.push_back(std::move(component));
  }
  const int count = static_cast<int>(wish.components.size());
  static constexpr EdgeKind kKinds[] = {EdgeKind::kNeeds, EdgeKind::kAfter, EdgeKind::kValue};
  for (int from = 0; from < count; ++from) {
    for (int to = from + 1; to < count; ++to) {
      if (random_.Chance(300)) wish.edges.push_back({from, to, kKinds[random_.Below(3)], "simulated"});
    }
  }
  return wish;
}

}  // namespace davit::sim
