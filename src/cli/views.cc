#include "cli/views.h"

#include "base/clock.h"
#include "cli/progress_view.h"

namespace davit::cli {
namespace {

json::array TextsJson(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

/// {"value"}, {"sensitive"} or {"unknown"}.
json::object ChangedValueJson(const Value& value) {
  if (value.sensitive) return {{"sensitive", true}};
  if (value.unknown) return {{"unknown", true}};
  return {{"value", value.data}};
}

json::object ResourceJson(const PlannedResource& resource) {
  json::array attributes;
  for (const AttributeChange& attribute : resource.attributes) {
    json::object one{{"path", attribute.path},
                     {"before", ChangedValueJson(attribute.before)},
                     {"after", ChangedValueJson(attribute.after)}};
    if (attribute.forces_replacement) one["forces_replacement"] = true;
    attributes.push_back(std::move(one));
  }
  json::object object{
      {"address", resource.address}, {"action", resource.action}, {"attributes", std::move(attributes)}};
  if (!resource.previous_address.empty()) object["previous_address"] = resource.previous_address;
  if (!resource.import_id.empty()) object["import_id"] = resource.import_id;
  if (!resource.reason.empty()) object["reason"] = resource.reason;
  return object;
}

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
                    {"planned_again", entry.stale},
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
  json::object object{{"component", overview.component},
                      {"kind", kind},
                      {"because", std::move(because)},
                      {"driver", overview.driver},
                      {"optional", overview.optional}};
  if (!overview.moved_from.empty()) object["moved_from"] = overview.moved_from;
  if (overview.grade != PlanGrade::kNone) object["grade"] = ToString(overview.grade);
  if (!overview.reason.empty()) object["reason"] = overview.reason;
  if (!overview.producers.empty()) object["producers"] = TextsJson(overview.producers);
  if (overview.empty) object["empty"] = true;
  if (overview.held) object["held"] = true;
  const bool goes = overview.kind == Kind::kRemoved || overview.kind == Kind::kDestroy;
  if (!overview.planned && (!goes || overview.changes.empty())) return object;
  const ChangeCounts counts = ParseChanges(overview.changes);
  json::array resources;
  if (overview.detail != nullptr) {
    for (const PlannedResource& resource : overview.detail->resources) resources.push_back(ResourceJson(resource));
  } else {
    for (const control::JobOverview::Resource& resource : overview.resources)
      resources.push_back(json::object{{"address", resource.address}, {"action", resource.action}});
  }
  json::object plan{{"create", counts.create},
                    {"update", counts.update},
                    {"replace", counts.replace},
                    {"delete", counts.remove},
                    {"resources", std::move(resources)}};
  if (overview.detail != nullptr) {
    json::array outputs;
    for (const OutputChange& output : overview.detail->outputs) {
      json::object one{{"name", output.name},
                       {"action", output.action},
                       {"before", ChangedValueJson(output.before)},
                       {"after", ChangedValueJson(output.after)}};
      const auto used = overview.touches.find(output.name);
      one["used_by"] = TextsJson(used == overview.touches.end() ? std::vector<std::string>() : used->second);
      outputs.push_back(std::move(one));
    }
    plan["outputs"] = std::move(outputs);
  }
  if (!overview.gone.empty()) plan["gone"] = TextsJson(overview.gone);
  object["plan"] = std::move(plan);
  return object;
}

std::string ShortName(const std::string& deployment) {
  return deployment.substr(deployment.rfind('/') + 1);
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
  json::object object{{"stack", values(view.stack)}, {"components", std::move(components)}};
  if (!view.missing.empty()) {
    json::object missing;
    for (const auto& [name, why] : view.missing) missing[name] = why;
    object["missing"] = std::move(missing);
  }
  return object;
}

std::string StateOf(const RunRow& run) {
  if (run.state == RunState::kFinished) return std::string(ToString(run.result));
  if (run.reconcile_tasks > 0) return "waits for you";
  switch (run.state) {
    case RunState::kQueued:
      return "queued";
    case RunState::kAwaitingApproval:
      return "waits for a yes";
    default:
      if (run.approval_tasks > 0) return "waits for a yes";
      return run.cancel == CancelKind::kNone ? "running" : "stopping";
  }
}

std::string StateOf(const JobRow& job) {
  switch (job.state) {
    case JobState::kFinished:
      return std::string(ToString(job.result));
    case JobState::kAwaitingApproval:
      return "waits for a yes";
    case JobState::kNeedsReconcile:
      return "waits for you";
    default:
      return std::string(ToString(job.state));
  }
}

std::string DurationOf(int64_t started_ms, int64_t finished_ms) {
  if (started_ms == 0 || finished_ms < started_ms) return "";
  return FormatDuration(finished_ms - started_ms);
}

}  // namespace davit::cli
