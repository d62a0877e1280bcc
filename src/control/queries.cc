// Looking at runs, deployments and logs. Every query is one read transaction, so what it shows is of one moment; none writes, so a second
// terminal may ask while a run is moving, and so may a client that can only read.
#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "base/text.h"
#include "control/direct.h"
#include "control/log_chunk.h"
#include "model/stack_ready.h"

namespace davit::control {
namespace {

/// More names than this help nobody.
constexpr size_t kMaxNames = 5;
/// A page of a log holds at least this much text where there is as much, so that a long log costs few pages and little memory.
constexpr size_t kLogPageBytes = size_t{4} << 20;

std::string JoinSome(const std::vector<std::string>& names) {
  if (names.size() <= kMaxNames) return Join(names, ", ");
  const std::vector<std::string> first(names.begin(), names.begin() + kMaxNames);
  return Join(first, ", ") + " and " + std::to_string(names.size() - kMaxNames) + " more";
}

constexpr const char* kNobodyDrives =
    "the davit that drove it is gone; the next `davit up`, `down` or `run reconcile` settles it";

/// Somebody is at it, or nobody has to be: it has ended, or a person has to answer.
bool IsDriven(const Path& store_directory, const RunRow& run) {
  if (run.state == RunState::kFinished || run.reconcile_tasks > 0 || run.waiting_since_ms != 0) return true;
  return IsAlive(store_directory, run.process);
}

}  // namespace

Result<RunRow> DirectClient::GetRun(const RunId& run) {
  TRY_ASSIGN(TxPtr tx, Read());
  return NeedRun(*tx, run);
}

Result<RunId> DirectClient::ResolveRun(const std::string& text) {
  const char* const help = "`davit run list` shows the runs";
  TRY_ASSIGN(TxPtr tx, Read());
  std::string prefix(Trim(text));
  if (prefix == "last") {
    store::RunQuery query;
    query.previews = false;
    query.limit = 1;
    TRY_ASSIGN(std::vector<RunRow> newest, tx->ListRuns(query));
    if (newest.empty()) return Fail(ErrorCode::kNotFound, "there is no run yet", "run `davit up`");
    return newest[0].id;
  }
  std::transform(prefix.begin(), prefix.end(), prefix.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const bool is_id = !prefix.empty() && std::all_of(prefix.begin(), prefix.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
  if (!is_id) return Fail(ErrorCode::kInvalidInput, "'" + ValidUtf8(text) + "' is no id of a run", help);
  TRY_ASSIGN(std::vector<RunId> found, tx->FindRuns(prefix, static_cast<int>(kMaxNames) + 1));
  if (found.empty()) return Fail(ErrorCode::kNotFound, "there is no run " + text, help);
  if (found.size() == 1) return found[0];
  std::vector<std::string> names;
  for (size_t i = 0; i < std::min(found.size(), kMaxNames); ++i) names.push_back(found[i].text);
  return Fail(
      ErrorCode::kInvalidInput,
      "several runs begin with '" + text + "': " + Join(names, ", ") + (found.size() > kMaxNames ? " and more" : ""),
      "give more of its id");
}

Result<std::vector<RunView>> DirectClient::ListRuns(const DeploymentSelector& selector, bool only_open, int limit) {
  TRY_ASSIGN(TxPtr tx, Read());
  store::RunQuery query;
  query.only_open = only_open;
  query.limit = limit;
  // Nobody named one: all of them, as each line says whose it is.
  if (!selector.name.empty() || !selector.stack_name.empty() || selector.environment != "default") {
    TRY_ASSIGN(DeploymentRow deployment, FindDeployment(*tx, selector));
    query.deployment = deployment.id;
  }
  TRY_ASSIGN(std::vector<DeploymentRow> deployments, tx->ListDeployments());
  std::map<DeploymentId, std::string> names;
  for (DeploymentRow& row : deployments) names.emplace(row.id, std::move(row.name));
  TRY_ASSIGN(std::vector<RunRow> runs, tx->ListRuns(query));
  std::vector<RunView> views;
  views.reserve(runs.size());
  for (RunRow& run : runs) {
    RunView view;
    view.deployment = names[run.deployment];
    TRY_ASSIGN(view.waits_for, WaitsFor(*tx, run));
    if (!IsDriven(parts_.store_directory, run)) view.waits_for = kNobodyDrives;
    view.run = std::move(run);
    views.push_back(std::move(view));
  }
  return views;
}

Result<RunView> DirectClient::ShowRun(const RunId& id) {
  TRY_ASSIGN(TxPtr tx, Read());
  RunView view;
  TRY_ASSIGN(view.run, NeedRun(*tx, id));
  const RunRow& run = view.run;
  TRY_ASSIGN(std::optional<DeploymentRow> deployment, tx->GetDeployment(run.deployment));
  if (deployment) view.deployment = deployment->name;
  TRY_ASSIGN(view.queue, QueueOf(*tx, run));
  TRY_ASSIGN(view.waits_for, WaitsFor(*tx, run));
  if (!IsDriven(parts_.store_directory, run)) view.waits_for = kNobodyDrives;
  view.alive = run.state != RunState::kFinished && IsAlive(parts_.store_directory, run.process);
  TRY_ASSIGN(std::vector<JobRow> jobs, tx->ListJobs(id));
  TRY_ASSIGN(std::vector<TaskRow> tasks, tx->ListTasks(id));

  std::unordered_map<JobId, size_t> index;
  view.jobs.resize(jobs.size());
  for (size_t i = 0; i < jobs.size(); ++i) {
    index.emplace(jobs[i].id, i);
    view.jobs[i].job = std::move(jobs[i]);
  }
  std::unordered_map<TaskId, size_t> unfinished;  // task → its job
  for (TaskRow& task : tasks) {
    const auto job = index.find(task.job);
    if (job == index.end())
      return Fail(ErrorCode::kInternal, "the job of task " + task.id.text + " is missing in the store");
    if (task.state != TaskState::kFinished) unfinished.emplace(task.id, job->second);
    view.jobs[job->second].tasks.push_back(std::move(task));
  }
  for (JobView& job : view.jobs) {
    if (std::any_of(job.tasks.begin(), job.tasks.end(), [](const TaskRow& task) { return task.attempt_number > 0; })) {
      TRY_ASSIGN(job.attempts, tx->ListAttempts(job.job.id));
      TRY_ASSIGN(const std::vector<PlanRow> plans, tx->ListPlans(id, job.job.component));
      for (const PlanRow& plan : plans) {
        if (!plan.stale.empty()) job.stale = plan.stale;
      }
    }
    // Its tasks run one after the other: the first that has not ended says what it waits for.
    const auto task = std::find_if(job.tasks.begin(), job.tasks.end(),
                                   [](const TaskRow& t) { return t.state != TaskState::kFinished; });
    if (task == job.tasks.end() || task->state == TaskState::kLeased) continue;
    if (task->state == TaskState::kNeedsReconcile) {
      job.waits_for = "waits for a person: `davit run reconcile " + id.text + "`";
    } else if (task->awaits_approval) {
      TRY_ASSIGN(std::optional<PlanRow> plan, tx->GetPlan(task->id));
      job.waits_for = "waits for a person: `davit run approve " + id.text + " --component " + job.job.name + "` (" +
                      (plan ? plan->reason : "planned again") + ")";
    } else if (task->state == TaskState::kBlocked) {
      TRY_ASSIGN(std::vector<EdgeRow> edges, tx->InEdges(task->id));
      std::vector<size_t> producers;
      for (const EdgeRow& edge : edges) {
        if (auto producer = unfinished.find(edge.from); producer != unfinished.end())
          producers.push_back(producer->second);
      }
      std::sort(producers.begin(), producers.end());
      producers.erase(std::unique(producers.begin(), producers.end()), producers.end());
      std::vector<std::string> names;
      for (const size_t producer : producers) names.push_back(view.jobs[producer].job.name);
      job.waits_for = "waits for " + JoinSome(names);
    } else if (run.state == RunState::kQueued) {
      job.waits_for = "waits for the run's turn";
    } else if (run.state == RunState::kAwaitingApproval) {
      job.waits_for = "waits for the answer to the preview";
    } else if (task->lost_leases > 0) {
      job.waits_for = "ready, waits to be tried again";
    } else {
      job.waits_for = "ready, waits for a free slot";
    }
  }
  return view;
}

Result<std::vector<EventRow>> DirectClient::Events(const RunId& run, int64_t after, int limit) {
  TRY_ASSIGN(TxPtr tx, Read());
  return tx->ListEvents(run, after, limit);
}

Result<StatusView> DirectClient::Status(const DeploymentSelector& selector) {
  TRY_ASSIGN(TxPtr tx, Read());
  StatusView view;
  TRY_ASSIGN(view.deployment, FindDeployment(*tx, selector));
  store::RunQuery query;
  query.deployment = view.deployment.id;
  query.previews = false;
  query.limit = 1;
  TRY_ASSIGN(std::vector<RunRow> newest, tx->ListRuns(query));
  query.only_open = true;
  query.limit = 100;
  TRY_ASSIGN(view.open_runs, tx->ListRuns(query));

  // Where the newest has not ended, the last that has is still worth a line.
  query.only_open = false;
  query.limit = 20;
  for (std::vector<RunRow> page = newest; !page.empty() && !view.last_run;) {
    for (RunRow& run : page) {
      query.before = run.id;
      if (!view.last_run && run.state == RunState::kFinished) view.last_run = std::move(run);
    }
    if (view.last_run) break;
    TRY_ASSIGN(page, tx->ListRuns(query));
  }

  std::unordered_map<ComponentId, int> order;  // of the newest run's jobs
  if (!newest.empty()) {
    TRY_ASSIGN(std::vector<JobRow> jobs, tx->ListJobs(newest[0].id));
    for (const JobRow& job : jobs) order.emplace(job.component, job.action == JobAction::kDeploy ? job.order : -1);
  }
  std::unordered_set<ComponentId> leased;
  TRY_ASSIGN(std::vector<TaskRow> held, tx->HeldTasks());
  for (const TaskRow& task : held) {
    if (task.state == TaskState::kLeased) leased.insert(task.component);
  }
  TRY_ASSIGN(std::vector<ComponentRow> rows, tx->ListComponents(view.deployment.id));
  for (ComponentRow& row : rows) {
    const auto in_run = order.find(row.id);
    if (!row.live && (in_run == order.end() || (row.name == kStackReady && CountsAsSuccess(row.last_result)))) continue;
    // One that was never begun has no order of its own yet.
    if (!row.live && in_run->second >= 0) row.order = in_run->second;
    ComponentView component;
    component.running = leased.contains(row.id);
    if (row.live && !row.state.empty()) {
      TRY_ASSIGN(std::optional<StateVersionRow> state, tx->GetStateVersion(row.state));
      if (state) {
        component.state_serial = state->serial;
        component.state_version = state->version;
      }
    }
    component.component = std::move(row);
    view.components.push_back(std::move(component));
  }
  std::stable_sort(view.components.begin(), view.components.end(), [](const ComponentView& a, const ComponentView& b) {
    return a.component.order < b.component.order;
  });
  return view;
}

Result<LogPage> DirectClient::ReadLog(LogCursor& cursor) {
  TRY_ASSIGN(TxPtr tx, Read());
  TRY_ASSIGN(std::optional<AttemptRow> attempt, tx->GetAttempt(cursor.attempt));
  if (!attempt) {
    return Fail(ErrorCode::kNotFound, "there is no attempt " + cursor.attempt.text,
                "`davit run show RUN --json` lists those of a run");
  }
  TRY_ASSIGN(std::vector<LogChunkRow> chunks, tx->ListLogChunks(cursor.attempt, cursor.chunk));
  LogPage page;
  size_t bytes = 0;
  size_t read = 0;
  for (; read < chunks.size() && bytes < kLogPageBytes; ++read) {
    const LogChunkRow& chunk = chunks[read];
    TRY_ASSIGN(std::string packed, GetBlob(*tx, chunk.blob));
    TRY_ASSIGN(std::vector<LogLine> lines, UnpackLog(packed, chunk.first_line));
    for (LogLine& line : lines) {
      if (line.number < cursor.next_line) continue;  // read before
      bytes += line.text.size() + 1;
      cursor.next_line = line.number + 1;
      page.lines.push_back(std::move(line));
    }
    cursor.chunk = chunk.sequence + 1;
    cursor.stdout_offset = chunk.stdout_offset;
    cursor.stderr_offset = chunk.stderr_offset;
  }
  if (read < chunks.size()) return page;
  // The last lines are committed with the end. An attempt that was given up has no end of its own: its task went on without it.
  page.ended = attempt->finished_ms != 0;
  if (!page.ended) {
    TRY_ASSIGN(std::optional<TaskRow> task, tx->GetTask(attempt->task));
    page.ended = !task || task->state == TaskState::kFinished || task->attempt != attempt->id;
  }
  return page;
}

}  // namespace davit::control
