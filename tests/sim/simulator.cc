#include "sim/simulator.h"

#include <cstdio>

#include "store/sqlite_store.h"

namespace davit::sim {
namespace {

constexpr int kMachines = 2;
constexpr int kProcesses = 3;
constexpr int kDeployments = 3;

}  // namespace

Result<Report> Simulator::Simulate(const Options& options) {
  TRY_ASSIGN(std::unique_ptr<store::Store> store, store::OpenMemory());
  Simulator simulator(options, *store);
  TRY(simulator.Prepare(*store));
  Result<> result = simulator.Loop();
  if (!result) {
    Error error = result.error();
    error.message =
        "seed " + std::to_string(options.seed) + ", step " + std::to_string(simulator.step_) + ": " + error.message;
    return tl::unexpected(std::move(error));
  }
  return Report{simulator.digest_, simulator.counts_};
}

Result<> Simulator::Prepare(store::Store& store) {
  TRY_ASSIGN(auto tx, store.Begin({"local", "simulator", true}, store::Mode::kWrite));
  for (int i = 0; i < kDeployments; ++i) {
    DeploymentRow row;
    row.id = DeploymentId::New(ids_);
    row.name = "local/default/default/d" + std::to_string(i);
    TRY(tx->PutDeployment(row));
    deployments_.push_back(row.id);
  }
  TRY(tx->Commit());
  for (int i = 0; i < kMachines; ++i) boot_ms_.push_back(now_ms_ - random_.Below(400'000'000));
  processes_.resize(kProcesses);
  for (int i = 0; i < kProcesses; ++i) {
    processes_[static_cast<size_t>(i)].machine = i % kMachines;
    Start(processes_[static_cast<size_t>(i)]);
  }
  return {};
}

Result<> Simulator::Loop() {
  for (step_ = 0; step_ < options_.steps; ++step_) {
    TRY(Step());
    TRY(Check(step_ % 256 == 0));
  }
  return Drain();
}

Result<> Simulator::Step() {
  now_ms_ += random_.Below(900);
  const int roll = random_.Below(100);
  if (roll < 70) return Act(random_.Pick(processes_));
  if (roll < 83) return MoveWorld();
  if (roll < 92) return ActAsPerson(false);
  if (roll < 98) return DeliverLate();
  Fault();
  return {};
}

/// Without new faults everything that is open must come to its end.
Result<> Simulator::Drain() {
  faults_ = false;
  constexpr int kPatience = 3'000;
  int lost_machine = -1;
  if (random_.Chance(500)) {  // one machine never comes back: what it held must not wait for it
    lost_machine = random_.Below(kMachines);
    for (Process& process : processes_) {
      if (process.machine == lost_machine) Crash(process);
    }
    world_.PowerOff(lost_machine);
  }
  for (int i = 0; i < kPatience; ++i, ++step_) {
    now_ms_ += 1500;
    for (Process& process : processes_) {
      if (process.machine == lost_machine) continue;
      process.paused = false;
      if (!process.alive) Start(process);
      TRY(Act(process));
    }
    TRY(MoveWorld());
    TRY(ActAsPerson(true));
    TRY(DeliverLate());
    TRY(Check(i % 256 == 0));
    TRY_ASSIGN(std::vector<RunRow> open, OpenRuns());
    if (open.empty() && mailbox_.empty()) return Check(true);
  }
  std::string what;
  TRY_ASSIGN(std::vector<RunRow> open, OpenRuns());
  TRY_ASSIGN(auto tx, backend_.Read());
  for (const RunRow& run : open) {
    what += " " + run.id.text + " (" + std::string(ToString(run.state)) + "):";
    TRY_ASSIGN(std::vector<TaskRow> tasks, tx->ListTasks(run.id));
    for (const TaskRow& task : tasks) {
      if (task.state == TaskState::kFinished) continue;
      what += " " + task.id.text + " " + std::string(ToString(task.state)) + " not before " +
              std::to_string(task.not_before_ms);
    }
  }
  return Fail(ErrorCode::kInternal, "stuck although nothing goes wrong any more:" + what);
}

Result<> Simulator::Check(bool everything) {
  std::set<RunId> runs = backend_.TakeTouched();
  if (everything) {
    TRY_ASSIGN(std::vector<RunRow> open, OpenRuns());
    for (const RunRow& run : open) runs.insert(run.id);
  }
  for (const RunId& run : runs) {
    TRY(checker_.CheckRun(run));
    Trace("  " + run.text + " " + checker_.Summary(run));
  }
  if (!runs.empty()) TRY(checker_.CheckHeld());
  return {};
}

void Simulator::Trace(const std::string& text) {
  for (const char c : text) digest_ = (digest_ ^ static_cast<unsigned char>(c)) * 1099511628211u;
  if (options_.trace)
    std::printf("%lld %lld %s\n", static_cast<long long>(step_), static_cast<long long>(now_ms_), text.c_str());
}

Result<Simulator::Reply> Simulator::DeliverOnce(const Message& message, bool commit) {
  Result<engine::Changes> changes = backend_.Deliver(message, WallMs(), commit);
  ++counts_.messages;
  Trace(Describe(message) + (changes ? (commit ? " ok" : " dropped") : " conflict"));
  if (changes) return Reply{Answer::kYes, std::move(*changes)};
  if (changes.error().code != ErrorCode::kConflict) return tl::unexpected(changes.error());
  ++counts_.conflicts;
  return Reply{Answer::kNo, {}};
}

/// A second delivery right after the first moves no task, no job and no run any more.
Result<> Simulator::DeliverRepeat(const Message& message) {
  ++counts_.repeats;
  TRY_ASSIGN(Reply reply, DeliverOnce(message, true));
  if (reply.answer == Answer::kNo) return {};
  if (!reply.changes.events.empty() || !reply.changes.runs.empty() || !reply.changes.components.empty()) {
    return Fail(ErrorCode::kInternal, "a repeated message did something again: " + Describe(message));
  }
  return {};
}

Result<Simulator::Reply> Simulator::Send(Process& from, const Message& message) {
  const int fate = faults_ ? random_.Below(1000) : 999;
  if (fate < 12) {  // dies before the commit
    TRY(DeliverOnce(message, false));
    Crash(from);
    return Reply{Answer::kDead, {}};
  }
  if (fate < 30) {  // the request is lost
    ++counts_.silences;
    return Reply{Answer::kSilence, {}};
  }
  if (fate < 45) {  // the request is on its way for a long time
    ++counts_.silences;
    mailbox_.push_back(message);
    return Reply{Answer::kSilence, {}};
  }
  TRY_ASSIGN(Reply reply, DeliverOnce(message, true));
  if (fate < 57) {  // dies after the commit
    Crash(from);
    return Reply{Answer::kDead, {}};
  }
  if (fate < 75) {  // the answer is lost
    ++counts_.silences;
    return Reply{Answer::kSilence, {}};
  }
  if (fate < 100) TRY(DeliverRepeat(message));
  if (fate >= 100 && fate < 125) mailbox_.push_back(message);  // a copy comes late
  return reply;
}

Result<> Simulator::DeliverLate() {
  if (mailbox_.empty()) return {};
  const auto at = mailbox_.begin() + random_.Below(static_cast<int>(mailbox_.size()));
  const Message message = std::move(*at);
  mailbox_.erase(at);
  TRY(DeliverOnce(message, true));
  return {};
}

void Simulator::Fault() {
  Process& process = random_.Pick(processes_);
  const int roll = random_.Below(100);
  if (roll < 35) {
    Crash(process);
  } else if (roll < 60) {
    Start(process);
  } else if (roll < 85) {
    process.paused = !process.paused;
  } else if (roll < 90) {
    boot_ms_[static_cast<size_t>(process.machine)] -= random_.Below(120'000);  // its monotonic clock jumps ahead
  } else if (roll < 97) {
    wall_jump_ms_ += random_.Below(100'000'000) - 50'000'000;
  } else {
    Trace("reboot of machine " + std::to_string(process.machine));
    ++counts_.reboots;
    const int machine = process.machine;
    for (Process& other : processes_) {
      if (other.machine == machine) Crash(other);
    }
    world_.PowerOff(machine);
    boot_ms_[static_cast<size_t>(machine)] = now_ms_;
  }
}

void Simulator::Crash(Process& process) {
  if (!process.alive) return;
  Trace("crash of " + process.id.text);
  ++counts_.crashes;
  process.alive = false;
  process.holdings.clear();
  process.observed.clear();
}

void Simulator::Start(Process& process) {
  if (process.alive) return;
  process.id = ProcessId::New(ids_);
  process.alive = true;
  process.paused = false;
  Trace("start of " + process.id.text);
}

int64_t Simulator::MonotonicMs(const Process& process) const {
  return now_ms_ - boot_ms_[static_cast<size_t>(process.machine)];
}

Result<> Simulator::MoveWorld() {
  std::vector<AttemptId> running = world_.Running();
  if (running.empty()) return {};
  const AttemptId id = random_.Pick(running);
  const Tool tool = *world_.Find(id);
  const int roll = random_.Below(100);
  if (roll < 30) {
    world_.Write(id);
    return {};
  }
  if (roll < 34 && faults_) {
    world_.Kill(id);
  } else if (roll < 44) {
    world_.End(id, RunResult::kFailed, false);
  } else {
    world_.End(id, RunResult::kSucceeded, tool.kind == TaskKind::kPlan && random_.Chance(150));
  }
  Trace("tool of " + id.text + " ended");
  return {};
}

bool Simulator::IsAlive(const ProcessId& id) const {
  for (const Process& process : processes_) {
    if (process.id == id) return process.alive;
  }
  return false;
}

bool Simulator::IsWatched(const TaskRow& task) const {
  for (const Process& process : processes_) {
    if (!process.alive || process.id != task.holder) continue;
    auto holding = process.holdings.find(task.id);
    return holding != process.holdings.end() && holding->second.fence == task.fence;
  }
  return false;
}

Process* Simulator::AnyProcess() {
  std::vector<Process*> alive;
  for (Process& process : processes_) {
    if (process.alive && !process.paused) alive.push_back(&process);
  }
  return alive.empty() ? nullptr : random_.Pick(alive);
}

Result<std::vector<RunRow>> Simulator::OpenRuns() {
  TRY_ASSIGN(auto tx, backend_.Read());
  store::RunQuery query;
  query.only_open = true;
  query.limit = 1000;
  return tx->ListRuns(query);
}

}  // namespace davit::sim
