// What really happens outside of Davit: tools that run, end, are killed, and leave something behind, whatever any davit
// process knows or believes. It keeps the log of side effects that shows whether something was made twice. One thread.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/rows.h"

namespace davit::sim {

/// taken_back: somebody else made the `begin` file first, so this tool never ran and never will.
enum class ToolState { kRunning, kEnded, kKilled, kTakenBack };

/// The tool of one attempt, with its attempt directory. Until `begin` is made there is none.
struct Tool {
  AttemptId attempt;
  TaskId task;
  ComponentId component;
  TaskKind kind = TaskKind::kApply;
  int machine = 0;
  ToolState state = ToolState::kRunning;
  RunResult result = RunResult::kNone;  // of its status file
  bool job_complete = false;            // a plan that found nothing to do
  int writes = 0;                       // complete states that it has written
  std::string StateText() const { return attempt.text + "#" + std::to_string(writes); }
};

class World {
 public:
  /// The supervisor makes `begin` with O_EXCL and starts the tool: false = somebody was first. Error: a law of the
  /// world is broken (two tools write one component, or a task's side effect would be made twice unasked).
  Result<bool> Begin(Tool tool);
  /// Whoever takes the lease back makes `begin` himself: true = the tool never ran and never will.
  bool TakeBack(const AttemptId& attempt);
  const Tool* Find(const AttemptId& attempt) const;
  std::vector<AttemptId> Running() const { return {running_.begin(), running_.end()}; }

  void Write(const AttemptId& attempt);
  void End(const AttemptId& attempt, RunResult result, bool job_complete);
  void Kill(const AttemptId& attempt);
  void PowerOff(int machine);

  /// A person said, knowing what is known, that the task may run once more.
  void AllowAgain(const TaskId& task) { ++allowed_[task]; }
  /// What was planned again came out different: it must not be applied before somebody says yes.
  void Hold(const TaskId& task) { held_.insert(task); }
  void Approve(const TaskId& task) {
    held_.erase(task);
    approved_.insert(task);
  }
  bool IsApproved(const TaskId& task) const { return approved_.contains(task); }
  int EffectsOf(const TaskId& task) const;
  /// Something of the component may be out there.
  bool Exists(const ComponentId& component) const { return existing_.contains(component); }

 private:
  std::map<AttemptId, Tool> tools_;
  std::set<AttemptId> running_;
  std::map<TaskId, int> effects_;
  std::map<TaskId, int> allowed_;
  std::set<TaskId> held_;
  std::set<TaskId> approved_;
  std::set<ComponentId> existing_;
};

}  // namespace davit::sim
