// What the laws of the step function are checked with (step_laws_test.cc): random runs, rows in maps that count how
// often they are looked at, and an oracle that knows how each job must end without knowing tasks, counters or
// transitions. Tests only.
#pragma once

#include <rapidcheck.h>

#include <map>
#include <ostream>
#include <string>
#include <vector>

#include "engine/step.h"
#include "engine/tasks.h"

namespace davit::engine {

class CountingIds final : public IdSource {
 public:
  std::string NewUlid() override {
    static constexpr unsigned char kNoRandom[10] = {};
    return Ulid(++count_, kNoRandom);
  }

 private:
  int64_t count_ = 0;
};

/// A run as a person would draw it: what each job does if it is reached, and who waits for whom.
struct Drawing {
  struct Job {
    bool optional = false;
    bool excluded = false;
    bool removal = false;
    bool complete = false;  // its plan finds nothing to do
    RunResult plan = RunResult::kSucceeded;
    RunResult work = RunResult::kSucceeded;
  };
  std::vector<Job> jobs;
  std::vector<StackEdge> edges;               // from < to, between deployments
  std::vector<std::pair<int, int>> built_on;  // consumer, producer that is taken away
  bool direct = false;

  bool HasPlan(size_t job) const { return !direct && !jobs[job].removal; }
};

inline void showValue(const Drawing& drawing, std::ostream& out) {
  for (size_t i = 0; i < drawing.jobs.size(); ++i) {
    const Drawing::Job& job = drawing.jobs[i];
    out << "c" << i << (job.removal ? " removal" : "") << (job.optional ? " optional" : "")
        << (job.excluded ? " excluded" : "") << (drawing.HasPlan(i) ? " plan " + std::string(ToString(job.plan)) : "")
        << (job.complete ? " complete" : "") << " work " << ToString(job.work) << "\n";
  }
  for (const StackEdge& edge : drawing.edges)
    out << "c" << edge.from << " -" << ToString(edge.kind) << "-> c" << edge.to << "\n";
  for (const auto& [consumer, producer] : drawing.built_on)
    out << "c" << consumer << " was built on c" << producer << "\n";
}

inline rc::Gen<Drawing> ADrawing() {
  using rc::gen::element;
  using rc::gen::inRange;
  const auto result = rc::gen::weightedElement<RunResult>(
      {{6, RunResult::kSucceeded}, {2, RunResult::kUnchanged}, {2, RunResult::kFailed}, {1, RunResult::kErrored}});
  const auto rarely = rc::gen::weightedElement<bool>({{5, false}, {1, true}});
  const auto job = rc::gen::build<Drawing::Job>(
      rc::gen::set(&Drawing::Job::optional, rarely), rc::gen::set(&Drawing::Job::excluded, rarely),
      rc::gen::set(&Drawing::Job::removal, rarely), rc::gen::set(&Drawing::Job::complete, rarely),
      rc::gen::set(&Drawing::Job::plan, result), rc::gen::set(&Drawing::Job::work, result));
  const auto pair =
      rc::gen::tuple(inRange(0, 1000), inRange(0, 1000), element(EdgeKind::kNeeds, EdgeKind::kAfter, EdgeKind::kValue));
  return rc::gen::map(
      rc::gen::tuple(rc::gen::nonEmpty(rc::gen::container<std::vector<Drawing::Job>>(job)),
                     rc::gen::container<std::vector<std::tuple<int, int, EdgeKind>>>(pair), element(false, true)),
      [](const std::tuple<std::vector<Drawing::Job>, std::vector<std::tuple<int, int, EdgeKind>>, bool>& parts) {
        Drawing drawing;
        drawing.jobs = std::get<0>(parts);
        if (drawing.jobs.size() > 14) drawing.jobs.resize(14);
        drawing.direct = std::get<2>(parts);
        // A mandatory plan that fails ends the run before its gate, wherever it was: that has a test of its own (engine_test.cc).
        for (Drawing::Job& job : drawing.jobs) {
          if (!job.optional && !CountsAsSuccess(job.plan)) job.plan = RunResult::kSucceeded;
        }
        const int count = static_cast<int>(drawing.jobs.size());
        for (const auto& [a, b, kind] : std::get<1>(parts)) {
          const int from = std::min(a % count, b % count);
          const int to = std::max(a % count, b % count);
          if (from == to) continue;
          const bool removed = drawing.jobs[static_cast<size_t>(from)].removal;
          if (removed) {
            drawing.built_on.emplace_back(to, from);
          } else if (!drawing.jobs[static_cast<size_t>(to)].removal) {
            drawing.edges.push_back({from, to, kind, ""});
          }
        }
        return drawing;
      });
}

/// How each job must end, from the drawing alone.
class Oracle {
 public:
  explicit Oracle(Drawing drawing)
      : drawing_(std::move(drawing)), ends_(drawing_.jobs.size(), RunResult::kNone), before_(drawing_.jobs.size()) {
    for (const StackEdge& edge : drawing_.edges) {
      before_[static_cast<size_t>(edge.to)].emplace_back(edge.from, edge.kind != EdgeKind::kAfter);
    }
    plan_before_ = before_;
    for (size_t i = 0; i < ends_.size(); ++i) plan_ends_.push_back(PlanEnd(i));
    for (const auto& [consumer, producer] : drawing_.built_on)
      before_[static_cast<size_t>(producer)].emplace_back(consumer, true);
    for (size_t i = 0; i < ends_.size(); ++i) End(i);
  }
  const std::vector<RunResult>& ends() const { return ends_; }

  /// Jobs that must have ended, and those of them that must have succeeded, before this one may start.
  const std::vector<std::pair<size_t, bool>>& Before(size_t job) const { return before_[job]; }
  /// The same for its plan: only the plans of those that it is built on come before it.
  const std::vector<std::pair<size_t, bool>>& BeforePlan(size_t job) const { return plan_before_[job]; }

 private:
  /// Edges lead forward, so those before it are known.
  RunResult PlanEnd(size_t job) const {
    const Drawing::Job& drawn = drawing_.jobs[job];
    if (drawn.excluded) return RunResult::kExcluded;
    for (const auto& [other, must_succeed] : plan_before_[job]) {
      if (!CountsAsSuccess(plan_ends_[other]) && must_succeed) return RunResult::kNotReached;
    }
    return drawn.plan;
  }
  RunResult End(size_t job) {
    if (ends_[job] != RunResult::kNone) return ends_[job];
    const Drawing::Job& drawn = drawing_.jobs[job];
    if (drawn.excluded) return ends_[job] = RunResult::kExcluded;
    if (drawing_.HasPlan(job)) {
      if (!CountsAsSuccess(plan_ends_[job])) return ends_[job] = plan_ends_[job];
      if (drawn.complete) return ends_[job] = RunResult::kUnchanged;
    }
    for (const auto& [other, must_succeed] : Before(job)) {
      if (!CountsAsSuccess(End(other)) && must_succeed) return ends_[job] = RunResult::kNotReached;
    }
    return ends_[job] = drawn.work;
  }

  Drawing drawing_;
  std::vector<RunResult> ends_;
  std::vector<RunResult> plan_ends_;
  std::vector<std::vector<std::pair<size_t, bool>>> before_;
  std::vector<std::vector<std::pair<size_t, bool>>> plan_before_;
};

/// Rows in maps, with the step function on top; counts every row that a step looks at.
class MemoryRows final : public Rows {
 public:
  explicit MemoryRows(const RunRows& made) : run_(made.run) {
    for (const ComponentRow& row : made.components) components_[row.id] = row;
    for (const JobRow& row : made.jobs) jobs_[row.id] = row;
    for (const TaskRow& row : made.tasks) {
      tasks_[row.id] = row;
      by_job_[row.job].push_back(row.id);
    }
    for (const EdgeRow& row : made.edges) edges_[row.from].push_back(row);
  }

  Result<RunRow> Run(const RunId&) override { return Looked(run_); }
  Result<JobRow> Job(const JobId& id) override { return Looked(jobs_.at(id)); }
  Result<TaskRow> Task(const TaskId& id) override { return Looked(tasks_.at(id)); }
  Result<ComponentRow> Component(const ComponentId& id) override { return Looked(components_.at(id)); }
  Result<std::vector<EdgeRow>> OutEdges(const TaskId& from) override {
    looked_ += static_cast<int64_t>(edges_[from].size());
    return edges_[from];
  }
  Result<std::vector<TaskRow>> JobTasks(const JobId& job) override {
    std::vector<TaskRow> rows;
    for (const TaskId& id : by_job_.at(job)) rows.push_back(Looked(tasks_.at(id)));
    return rows;
  }
  Result<std::vector<TaskRow>> RunTasks(const RunId&) override {
    std::vector<TaskRow> rows;
    for (const auto& [id, row] : tasks_) rows.push_back(Looked(row));
    return rows;
  }

  /// One step, written back.
  Result<Changes> Do(const Event& event) {
    Result<Changes> changes = Step(*this, run_.id, event, ++wall_ms_);
    if (!changes) return changes;
    for (const RunRow& row : changes->runs) run_ = row;
    for (const JobRow& row : changes->jobs) jobs_[row.id] = row;
    for (const TaskRow& row : changes->tasks) tasks_[row.id] = row;
    for (const ComponentRow& row : changes->components) components_[row.id] = row;
    for (const EventRow& row : changes->events) RC_ASSERT(row.sequence == ++last_event_);
    RC_ASSERT(run_.next_event == last_event_ + 1);
    return changes;
  }

  const RunRow& run() const { return run_; }
  const JobRow& job(const JobId& id) const { return jobs_.at(id); }
  const TaskRow& task(const TaskId& id) const { return tasks_.at(id); }
  const std::map<TaskId, TaskRow>& tasks() const { return tasks_; }
  std::vector<TaskId> In(TaskState state) const {
    std::vector<TaskId> ids;
    for (const auto& [id, row] : tasks_) {
      if (row.state == state) ids.push_back(id);
    }
    return ids;
  }
  int64_t TakeLooked() { return std::exchange(looked_, 0); }

 private:
  template <typename Row>
  Row Looked(const Row& row) {
    ++looked_;
    return row;
  }

  RunRow run_;
  std::map<ComponentId, ComponentRow> components_;
  std::map<JobId, JobRow> jobs_;
  std::map<TaskId, TaskRow> tasks_;
  std::map<JobId, std::vector<TaskId>> by_job_;
  std::map<TaskId, std::vector<EdgeRow>> edges_;
  int64_t last_event_ = 1;  // MakeRun wrote the first
  int64_t wall_ms_ = 0;
  int64_t looked_ = 0;
};

}  // namespace davit::engine
