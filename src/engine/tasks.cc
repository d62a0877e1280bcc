#include "engine/tasks.h"

#include <algorithm>
#include <map>

namespace davit::engine {

Result<RunRows> MakeRun(const RunRequest& request, IdSource& ids, int64_t wall_ms) {
  RunRows rows;
  rows.run = request.run;
  const size_t count = request.jobs.size();
  std::vector<size_t> first_task(count), last_task(count);  // indexes into rows.tasks; jobs without tasks are not used
  std::vector<bool> has_tasks(count, false);
  std::vector<int64_t> weight;  // by task

  for (size_t i = 0; i < count; ++i) {
    const JobRequest& wanted = request.jobs[i];
    JobRow job;
    job.id = JobId::New(ids);
    job.run = request.run.id;
    job.component = wanted.component.id;
    job.name = wanted.component.name;
    job.action = wanted.action;
    job.optional = wanted.optional;
    job.removal = wanted.removal;
    job.order = wanted.order;
    job.snapshot = wanted.snapshot;
    job.snapshot_name = wanted.snapshot_name;
    if (wanted.component.fence == 0) rows.components.push_back(wanted.component);
    if (wanted.excluded) {
      job.state = JobState::kFinished;
      job.result = RunResult::kExcluded;
      job.reason = wanted.excluded_because;
      job.started_ms = job.finished_ms = wall_ms;
      rows.jobs.push_back(std::move(job));
      continue;
    }
    std::vector<TaskKind> kinds;
    if (wanted.action == JobAction::kDestroy) {
      kinds = {TaskKind::kDestroy};
    } else if (request.run.kind == RunKind::kPreview || wanted.looks) {
      kinds = {TaskKind::kPlan};
    } else if (request.run.direct || wanted.waits) {
      kinds = {TaskKind::kApply};
    } else {
      kinds = {TaskKind::kPlan, TaskKind::kApply};
    }
    has_tasks[i] = true;
    first_task[i] = rows.tasks.size();
    for (size_t k = 0; k < kinds.size(); ++k) {
      TaskRow task;
      task.id = TaskId::New(ids);
      task.run = request.run.id;
      task.job = job.id;
      task.component = job.component;
      task.kind = kinds[k];
      if (k > 0) {
        rows.edges.push_back({rows.tasks.back().id, task.id, EdgeKind::kNeeds});
        task.blocked_on = 1;
      }
      rows.tasks.push_back(std::move(task));
      weight.push_back(wanted.weight_ms);
    }
    last_task[i] = rows.tasks.size() - 1;
    job.open_tasks = static_cast<int>(kinds.size());
    rows.jobs.push_back(std::move(job));
  }

  // Edges between tasks, as indexes, for the critical path; one edge a pair, the strictest kind.
  std::map<std::pair<size_t, size_t>, EdgeKind> links;
  auto connect = [&](size_t from, size_t to, EdgeKind kind) {
    auto [entry, added] = links.emplace(std::make_pair(from, to), kind);
    if (!added && entry->second == EdgeKind::kAfter) entry->second = kind;
  };
  auto is_plan = [&](size_t job) { return rows.tasks[first_task[job]].kind == TaskKind::kPlan; };
  auto link = [&](size_t from, size_t to, EdgeKind kind) {
    if (!has_tasks[from] || !has_tasks[to] || from == to) return;
    // Plans follow plans, as a consumer may use what its producer has planned; what is applied follows what is applied.
    if (is_plan(from) && is_plan(to)) connect(first_task[from], first_task[to], kind);
    if (request.run.kind != RunKind::kPreview) connect(last_task[from], last_task[to], kind);
  };
  for (const StackEdge& edge : request.edges)
    link(static_cast<size_t>(edge.from), static_cast<size_t>(edge.to), edge.kind);
  std::map<std::string, size_t> by_name;
  for (size_t i = 0; i < count; ++i) by_name[request.jobs[i].component.name] = i;
  for (size_t i = 0; i < count; ++i) {
    const JobRequest& consumer = request.jobs[i];
    if (consumer.waits) {
      // What is true of the stack is so when what goes is gone.
      for (size_t gone = 0; gone < count; ++gone) {
        if (request.jobs[gone].action == JobAction::kDestroy) link(gone, i, EdgeKind::kAfter);
      }
      continue;
    }
    for (const std::string& name : consumer.component.producers) {
      // A producer is taken away only after everything that was built on it is gone, or no longer uses it.
      auto producer = by_name.find(name);
      if (producer == by_name.end() || request.jobs[producer->second].action != JobAction::kDestroy) continue;
      link(i, producer->second, EdgeKind::kNeeds);
    }
  }
  std::vector<std::vector<size_t>> out(rows.tasks.size());
  std::vector<int> waiting(rows.tasks.size(), 0);
  for (size_t i = 0; i < count; ++i) {
    if (!has_tasks[i]) continue;
    for (size_t t = first_task[i]; t < last_task[i]; ++t) {
      out[t].push_back(t + 1);
      ++waiting[t + 1];
    }
  }
  for (const auto& [pair, kind] : links) {
    rows.edges.push_back({rows.tasks[pair.first].id, rows.tasks[pair.second].id, kind});
    ++rows.tasks[pair.second].blocked_on;
    out[pair.first].push_back(pair.second);
    ++waiting[pair.second];
  }

  // Topological order, then priorities from the end: the longest weight that still hangs on a task.
  std::vector<size_t> order;
  for (size_t t = 0; t < rows.tasks.size(); ++t) {
    if (waiting[t] == 0) order.push_back(t);
  }
  for (size_t i = 0; i < order.size(); ++i) {
    for (size_t next : out[order[i]]) {
      if (--waiting[next] == 0) order.push_back(next);
    }
  }
  if (order.size() != rows.tasks.size()) {
    return Fail(ErrorCode::kInvalidInput, "what is to be taken away and what is to be deployed wait for each other",
                "take the removed components away first: `davit down`, or bring them back");
  }
  for (size_t i = order.size(); i-- > 0;) {
    TaskRow& task = rows.tasks[order[i]];
    int64_t longest = 0;
    for (size_t next : out[order[i]]) longest = std::max(longest, rows.tasks[next].priority);
    task.priority = longest + weight[order[i]];
    if (task.blocked_on == 0) task.state = TaskState::kReady;
  }
  for (JobRow& job : rows.jobs) {
    if (job.state == JobState::kFinished) continue;
    job.state = JobState::kBlocked;
  }
  for (size_t i = 0; i < count; ++i) {
    if (has_tasks[i] && rows.tasks[first_task[i]].state == TaskState::kReady) rows.jobs[i].state = JobState::kReady;
  }
  rows.run.open_tasks = static_cast<int>(rows.tasks.size());
  EventRow event;
  event.run = rows.run.id;
  event.sequence = rows.run.next_event++;
  event.wall_ms = wall_ms;
  event.kind = "run.tasks";
  event.data = json::object{
      {"v", 1}, {"jobs", static_cast<int64_t>(rows.jobs.size())}, {"tasks", static_cast<int64_t>(rows.tasks.size())}};
  rows.events.push_back(std::move(event));
  return rows;
}

}  // namespace davit::engine
