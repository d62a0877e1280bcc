// The simulator: processes, machines, people and a network of bad will around the real step function and the real
// store, all from one seed. After each step the checker recounts the invariants. simulator.cc has time, faults and the
// network; processes.cc what a davit process does; people.cc what people ask for. One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/backend.h"
#include "sim/checker.h"
#include "sim/random.h"
#include "sim/world.h"

namespace davit::sim {

struct Options {
  uint64_t seed = 1;
  int steps = 2000;
  bool trace = false;  // print every step
};

struct Report {
  uint64_t digest = 0;  // of everything that happened: the same for the same seed
  Counts counts;
};

/// What a process believes to hold. It may be wrong.
struct Holding {
  enum class Phase { kClaimed, kBegun, kRefused, kWatching };
  RunId run;
  TaskId task;
  ComponentId component;
  TaskKind kind = TaskKind::kApply;
  AttemptId attempt;
  int64_t fence = 0;
  Phase phase = Phase::kClaimed;
};

/// One davit process. A crash takes everything here with it; its successor has a new id.
struct Process {
  ProcessId id;
  int machine = 0;
  bool alive = false;
  bool paused = false;  // lives and does nothing: SIGSTOP, or a network that is away
  std::map<TaskId, Holding> holdings;
  struct Observed {
    int64_t fence = -1;
    int64_t renewals = -1;
    int64_t since_ms = 0;  // of its machine's monotonic clock
  };
  std::map<TaskId, Observed> observed;
};

class Simulator {
 public:
  /// Runs one seed; the error tells what broke, and at which step.
  static Result<Report> Simulate(const Options& options);

 private:
  /// What the sender of a message gets to know. silence: it may or may not have happened.
  enum class Answer { kYes, kNo, kSilence, kDead };
  struct Reply {
    Answer answer = Answer::kSilence;
    engine::Changes changes;
  };

  Simulator(const Options& options, store::Store& store)
      : options_(options), random_(options.seed), backend_(store, ids_, world_, counts_), checker_(backend_, world_) {}

  Result<> Prepare(store::Store& store);
  Result<> Loop();
  Result<> Step();
  Result<> Drain();
  Result<> Check(bool everything);
  void Trace(const std::string& text);

  // Network and faults.
  Result<Reply> Send(Process& from, const Message& message);
  Result<Reply> DeliverOnce(const Message& message, bool commit);
  Result<> DeliverRepeat(const Message& message);
  Result<> DeliverLate();
  void Fault();
  void Crash(Process& process);
  void Start(Process& process);
  int64_t MonotonicMs(const Process& process) const;
  int64_t WallMs() const { return 1'700'000'000'000 + now_ms_ + wall_jump_ms_; }

  // The world.
  Result<> MoveWorld();

  // Processes.
  Result<> Act(Process& process);
  Result<> StartQueued(Process& process);
  Result<> Claim(Process& process);
  Result<> Advance(Process& process);
  Result<> AdvanceHolding(Process& process, Holding holding);
  Result<> BeginTool(Process& process, const Holding& holding);
  Result<> Watch(Process& process, const Holding& holding, const RunRow& run);
  Result<> ReportEnd(Process& process, const Holding& holding, const engine::FinishTask& finish);
  Result<> Renew(Process& process);
  Result<> Recover(Process& process);
  Result<> RecoverLeased(Process& process, const TaskRow& task);
  Result<> RecoverWaiting(Process& process, const TaskRow& task);
  Result<> AdoptTool(Process& process, const TaskRow& task);
  Result<bool> StillMine(const Holding& holding);
  bool IsAlive(const ProcessId& id) const;
  /// The holder answers that it watches this very lease.
  bool IsWatched(const TaskRow& task) const;

  // People.
  Result<> ActAsPerson(bool eager);
  Result<> SubmitRun();
  Result<> AnswerHeld(Process& through, const RunRow& run);
  Result<> SettleWaiting(Process& through, const TaskRow& task);
  Wish MakeWish();

  Result<std::vector<RunRow>> OpenRuns();
  Process* AnyProcess();
  template <typename E>
  Message About(const RunId& run, E event) {
    Message message;
    message.run = run;
    message.what = engine::Event(std::move(event));
    return message;
  }

  Options options_;
  Random random_;
  CountingIds ids_;
  World world_;
  Counts counts_;
  Backend backend_;
  Checker checker_;
  std::vector<Process> processes_;
  std::vector<int64_t> boot_ms_;  // per machine: when its monotonic clock was zero
  std::vector<DeploymentId> deployments_;
  std::vector<Message> mailbox_;  // late copies
  int64_t now_ms_ = 10'000'000;
  int64_t wall_jump_ms_ = 0;
  int64_t step_ = 0;
  bool faults_ = true;
  uint64_t digest_ = 14695981039346656037u;
};

}  // namespace davit::sim
