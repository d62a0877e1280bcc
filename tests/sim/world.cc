#include "sim/world.h"

namespace davit::sim {

Result<bool> World::Begin(Tool tool) {
  if (tools_.contains(tool.attempt)) return false;
  if (IsMutating(tool.kind)) {
    for (const AttemptId& id : running_) {
      const Tool& other = tools_.at(id);
      if (other.component == tool.component && IsMutating(other.kind)) {
        return Fail(ErrorCode::kInternal,
                    "two tools write " + tool.component.text + ": " + id.text + " and " + tool.attempt.text);
      }
    }
    if (held_.contains(tool.task))
      return Fail(ErrorCode::kInternal, tool.task.text + " is applied, and nobody said yes to it");
    if (++effects_[tool.task] > 1 + allowed_[tool.task]) {
      return Fail(ErrorCode::kInternal,
                  "the side effect of " + tool.task.text + " is made twice, and nobody asked for it");
    }
    if (tool.kind == TaskKind::kApply) existing_.insert(tool.component);
  }
  running_.insert(tool.attempt);
  const AttemptId id = tool.attempt;
  tools_.emplace(id, std::move(tool));
  return true;
}

bool World::TakeBack(const AttemptId& attempt) {
  Tool none;
  none.attempt = attempt;
  none.state = ToolState::kTakenBack;
  return tools_.emplace(attempt, std::move(none)).first->second.state == ToolState::kTakenBack;
}

const Tool* World::Find(const AttemptId& attempt) const {
  auto found = tools_.find(attempt);
  return found == tools_.end() ? nullptr : &found->second;
}

void World::Write(const AttemptId& attempt) {
  ++tools_.at(attempt).writes;
}

void World::End(const AttemptId& attempt, RunResult result, bool job_complete) {
  Tool& tool = tools_.at(attempt);
  if (running_.erase(attempt) == 0) return;
  tool.state = ToolState::kEnded;
  tool.result = result;
  tool.job_complete = job_complete;
  ++tool.writes;
  if (tool.kind == TaskKind::kDestroy && result == RunResult::kSucceeded) existing_.erase(tool.component);
}

void World::Kill(const AttemptId& attempt) {
  if (running_.erase(attempt) > 0) tools_.at(attempt).state = ToolState::kKilled;
}

void World::PowerOff(int machine) {
  for (const AttemptId& id : Running()) {
    if (tools_.at(id).machine == machine) Kill(id);
  }
}

int World::EffectsOf(const TaskId& task) const {
  auto found = effects_.find(task);
  return found == effects_.end() ? 0 : found->second;
}

}  // namespace davit::sim
