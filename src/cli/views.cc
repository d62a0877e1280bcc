#include "cli/views.h"

#include "base/clock.h"

namespace davit::cli {
namespace {

json::value Time(int64_t wall_ms) {
  if (wall_ms == 0) return nullptr;
  return json::string(FormatUtc(wall_ms));
}

template <typename Enum>
json::string Word(Enum value) {
  return json::string(ToString(value));
}

json::value ResultJson(RunResult result) {
  if (result == RunResult::kNone) return nullptr;
  return Word(result);
}

json::value Embedded(const std::string& text) {
  if (text.empty()) return nullptr;
  Result<json::value> value = ParseJson(text);
  if (!value) return nullptr;
  if (value->is_object()) value->as_object().erase("v");
  return *value;
}

}  // namespace

json::object RunJson(const RunRow& run, const std::string& deployment, const std::string& waits_for) {
  return {{"id", run.id.text},
          {"deployment", deployment},
          {"kind", Word(run.kind)},
          {"state", Word(run.state)},
          {"result", ResultJson(run.result)},
          {"reason", run.reason},
          {"message", run.message},
          {"waits_for", waits_for},
          {"created", Time(run.created_ms)},
          {"started", Time(run.started_ms)},
          {"finished", Time(run.finished_ms)}};
}

json::array JobsJson(const control::RunView& view) {
  json::array jobs;
  for (const control::JobView& entry : view.jobs) {
    const JobRow& job = entry.job;
    json::array attempts;
    for (const AttemptRow& attempt : entry.attempts) {
      std::string task_kind;
      for (const TaskRow& task : entry.tasks) {
        if (task.id == attempt.task) task_kind = ToString(task.kind);
      }
      json::value operations = Embedded(attempt.operations);
      if (json::array* list = operations.if_array()) {
        for (json::value& operation : *list) {
          if (json::object* object = operation.if_object()) object->erase("v");
        }
      }
      attempts.push_back({{"id", attempt.id.text},
                          {"task", task_kind},
                          {"number", attempt.number},
                          {"result", ResultJson(attempt.result)},
                          {"started", Time(attempt.started_ms)},
                          {"finished", Time(attempt.finished_ms)},
                          {"operations", std::move(operations)}});
    }
    jobs.push_back({{"id", job.id.text},
                    {"component", job.name},
                    {"action", Word(job.action)},
                    {"state", Word(job.state)},
                    {"result", ResultJson(job.result)},
                    {"optional", job.optional},
                    {"removal", job.removal},
                    {"reason", job.reason},
                    {"waits_for", entry.waits_for},
                    {"changes", Embedded(job.changes)},
                    {"started", Time(job.started_ms)},
                    {"finished", Time(job.finished_ms)},
                    {"attempts", std::move(attempts)}});
  }
  return jobs;
}

json::object OverviewJson(const control::JobOverview& overview) {
  using Kind = control::JobOverview::Kind;
  const char* kind = "new";
  switch (overview.kind) {
    case Kind::kNew:
      kind = "new";
      break;
    case Kind::kChanged:
      kind = "changed";
      break;
    case Kind::kMayChange:
      kind = "may_change";
      break;
    case Kind::kUnchanged:
      kind = "unchanged";
      break;
    case Kind::kRemoved:
      kind = "removed";
      break;
    case Kind::kDestroy:
      kind = "destroy";
      break;
    case Kind::kExcluded:
      kind = "excluded";
      break;
  }
  json::array because;
  for (const std::string& reason : overview.because) because.emplace_back(reason);
  return {{"component", overview.component},
          {"kind", kind},
          {"because", std::move(because)},
          {"driver", overview.driver},
          {"optional", overview.optional}};
}

std::string_view StandOf(const control::ComponentView& view) {
  if (view.running) return "running";
  const RunResult result = view.component.last_result;
  if (result == RunResult::kFailed || result == RunResult::kErrored) return "failed";
  if (!view.component.live) return "down";
  if (result == RunResult::kCancelled || (result == RunResult::kNone && view.component.fingerprint.empty()))
    return "incomplete";
  return "up";
}

json::object StatusJson(const control::StatusView& view) {
  json::array components;
  for (const control::ComponentView& entry : view.components) {
    const ComponentRow& row = entry.component;
    json::object object = {{"name", row.name},
                           {"stands", json::string(StandOf(entry))},
                           {"live", row.live},
                           {"running", entry.running},
                           {"last_result", ResultJson(row.last_result)},
                           {"last_run", row.last_run.text},
                           {"driver", row.driver},
                           {"tool", row.tool},
                           {"tool_version", row.tool_version}};
    if (entry.state_version > 0) {
      object["state"] = {{"version", entry.state_version}, {"serial", entry.state_serial}};
    } else {
      object["state"] = nullptr;
    }
    components.push_back(std::move(object));
  }
  json::array open_runs;
  for (const RunRow& run : view.open_runs) open_runs.push_back(RunJson(run, view.deployment.name, {}));
  json::object object = {{"deployment", view.deployment.name},
                         {"components", std::move(components)},
                         {"open_runs", std::move(open_runs)},
                         {"last_run", nullptr}};
  if (view.last_run) object["last_run"] = RunJson(*view.last_run, view.deployment.name, {});
  return object;
}

json::object OutputsJson(const control::OutputsView& view, bool reveal) {
  auto values = [&](const ValueMap& map) {
    json::object object;
    for (const auto& [name, value] : map) object[name] = ToJson(value, reveal);
    return object;
  };
  json::object components;
  for (const auto& [name, map] : view.components) components[name] = values(map);
  return {{"stack", values(view.stack)}, {"components", std::move(components)}};
}

std::string StateOf(const RunRow& run) {
  if (run.state == RunState::kFinished) return std::string(ToString(run.result));
  if (run.reconcile_tasks > 0) return "waits for you";
  switch (run.state) {
    case RunState::kQueued:
      return "queued";
    case RunState::kAwaitingApproval:
      return "waits for its answer";
    default:
      return run.cancel == CancelKind::kNone ? "running" : "stopping";
  }
}

std::string DurationOf(int64_t started_ms, int64_t finished_ms) {
  if (started_ms == 0 || finished_ms < started_ms) return "";
  return FormatDuration(finished_ms - started_ms);
}

}  // namespace davit::cli
