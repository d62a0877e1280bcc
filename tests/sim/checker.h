// The invariants of DESIGN.md, recounted from the store's rows and the world after each step, by other means than the
// step function uses. An error names what is broken. One thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sim/backend.h"
#include "sim/world.h"

namespace davit::sim {

class Checker {
 public:
  Checker(Backend& backend, const World& world) : backend_(backend), world_(world) {}

  /// Everything about one run and its deployment's components.
  Result<> CheckRun(const RunId& run);
  /// What holds across runs: one holder per component.
  Result<> CheckHeld();
  /// Counters, results and events as text: part of the trace.
  const std::string& Summary(const RunId& run) { return summaries_[run]; }

 private:
  struct Seen {
    TaskState state = TaskState::kBlocked;
    RunResult result = RunResult::kNone;
    int64_t fence = 0;
  };
  using Tx = store::Transaction;
  using Tasks = std::map<TaskId, TaskRow>;

  Result<> CheckTasks(const RunRow& run, const Tasks& tasks);
  Result<> CheckEdges(const RunRow& run, const Tasks& tasks);
  Result<> CheckJobs(Tx& tx, const RunRow& run, const std::vector<TaskRow>& tasks);
  Result<> CheckResult(const RunRow& run, const std::vector<JobRow>& jobs);
  Result<> CheckEvents(Tx& tx, const RunRow& run);
  Result<> CheckComponents(Tx& tx, const RunRow& run, const std::vector<TaskRow>& tasks);

  Backend& backend_;
  const World& world_;
  std::map<TaskId, Seen> seen_;
  std::map<RunId, int64_t> last_event_;
  std::map<std::pair<ComponentId, int64_t>, ProcessId> leases_;  // a fence names one lease, so one holder
  std::map<ComponentId, int64_t> fences_;
  std::map<RunId, std::string> summaries_;
};

}  // namespace davit::sim
