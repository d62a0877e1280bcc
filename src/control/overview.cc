// What a run is going to do, as it is shown before the question: what differs (control/submit.cc), and what has been planned so far. The
// first part is kept with the run, so that whoever approves it, from wherever, sees the same.
#include "control/overview.h"

#include <algorithm>
#include <map>

#include "control/direct.h"
#include "engine/changes.h"
#include "model/state_file.h"

namespace davit::control {
namespace {

constexpr size_t kMostStanding = 500;  // resources of a component that goes, named one by one

constexpr std::pair<JobOverview::Kind, std::string_view> kKinds[] = {{JobOverview::Kind::kNew, "new"},
                                                                     {JobOverview::Kind::kChanged, "changed"},
                                                                     {JobOverview::Kind::kMayChange, "may_change"},
                                                                     {JobOverview::Kind::kUnchanged, "unchanged"},
                                                                     {JobOverview::Kind::kRemoved, "removed"},
                                                                     {JobOverview::Kind::kDestroy, "destroy"},
                                                                     {JobOverview::Kind::kExcluded, "excluded"}};

json::array Pack(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

/// The counts and addresses that the last good plan among `attempts` recorded.
void AddRecorded(const std::vector<AttemptRow>& attempts, JobOverview& overview) {
  for (const AttemptRow& attempt : attempts) {
    Result<json::value> operations = ParseJson(attempt.operations);
    if (!operations || !operations->is_array()) continue;
    for (const json::value& operation : operations->get_array()) {
      const json::object* record = operation.if_object();
      if (record == nullptr || GetString(*record, "kind") != ToString(OperationKind::kPlan)) continue;
      if (GetString(*record, "result") != ToString(OperationResult::kSucceeded)) continue;
      overview.resources.clear();
      const json::array* changes = GetArray(*record, "changes");
      if (changes == nullptr) continue;
      for (const json::value& change : *changes) {
        if (const json::object* resource = change.if_object())
          overview.resources.push_back({GetString(*resource, "address"), GetString(*resource, "action")});
      }
    }
  }
}

}  // namespace

std::string PackOverview(const std::vector<JobOverview>& overview) {
  json::array jobs;
  for (const JobOverview& job : overview) {
    std::string_view kind;
    for (const auto& [value, name] : kKinds) {
      if (value == job.kind) kind = name;
    }
    jobs.push_back(json::object{{"component", job.component},
                                {"kind", kind},
                                {"because", Pack(job.because)},
                                {"driver", job.driver},
                                {"optional", job.optional},
                                {"moved_from", job.moved_from}});
  }
  return json::serialize(json::object{{"v", 1}, {"jobs", std::move(jobs)}});
}

Result<std::vector<JobOverview>> UnpackOverview(std::string_view text) {
  TRY_ASSIGN(const json::value parsed, ParseJson(text));
  const json::object* object = parsed.if_object();
  const json::array* jobs = object == nullptr ? nullptr : GetArray(*object, "jobs");
  if (jobs == nullptr) return Fail(ErrorCode::kInternal, "what a run was to do cannot be read");
  std::vector<JobOverview> overview;
  for (const json::value& item : *jobs) {
    if (!item.is_object()) continue;
    const json::object& job = item.get_object();
    JobOverview& one = overview.emplace_back();
    one.component = GetString(job, "component");
    const std::string kind = GetString(job, "kind");
    for (const auto& [value, name] : kKinds) {
      if (name == kind) one.kind = value;
    }
    one.because = GetTexts(job, "because");
    one.driver = GetString(job, "driver");
    one.optional = GetBool(job, "optional");
    one.moved_from = GetString(job, "moved_from");
  }
  return overview;
}

Result<> DirectClient::AddPlan(Tx& tx, const JobRow& job, JobOverview& one) {
  if (job.state == JobState::kFinished && job.result == RunResult::kUnchanged) one.kind = JobOverview::Kind::kUnchanged;
  if (job.state == JobState::kFinished && job.result == RunResult::kExcluded &&
      one.kind != JobOverview::Kind::kExcluded) {
    one.kind = JobOverview::Kind::kExcluded;
    one.because = {job.reason};
  }
  TRY_ASSIGN(const std::vector<PlanRow> plans, tx.ListPlans(job.run, job.component));
  TRY_ASSIGN(const std::vector<TaskRow> tasks, tx.ListJobTasks(job.id));
  const auto held = std::find_if(tasks.begin(), tasks.end(), [](const TaskRow& task) { return task.awaits_approval; });
  one.held = held != tasks.end();
  const PlanRow* shown = nullptr;
  const PlanRow* again = nullptr;
  for (const PlanRow& plan : plans) {
    (one.held && plan.task == held->id ? again : shown) = &plan;
  }
  const PlanRow* plan = again != nullptr ? again : shown;
  if (plan == nullptr) return {};
  if (plan->grade == PlanGrade::kFirm && plan->empty && !one.held && one.driver != "script")
    one.kind = JobOverview::Kind::kUnchanged;
  one.grade = plan->grade;
  one.empty = plan->empty;
  one.digest = plan->digest;
  one.reason = plan->reason;
  one.producers = plan->producers;
  one.planned = plan->grade != PlanGrade::kDeferred && one.driver != "script";
  one.changes = job.changes;
  TRY_ASSIGN(const std::vector<AttemptRow> attempts, tx.ListAttempts(job.id));
  AddRecorded(attempts, one);
  if (plan->changes.empty()) return {};
  TRY_ASSIGN(PlannedChanges changes, ChangesOf(tx, *plan));
  if (again != nullptr && shown != nullptr && !shown->changes.empty()) {
    TRY_ASSIGN(const PlannedChanges before, ChangesOf(tx, *shown));
    engine::Comparison comparison = engine::Compare(before, changes);
    changes = std::move(comparison.difference);
    one.gone = std::move(comparison.gone);
  }
  one.detail = std::make_shared<const PlannedChanges>(std::move(changes));
  return {};
}

Result<> DirectClient::AddStanding(Tx& tx, const DeploymentId& deployment, JobOverview& one) {
  TRY_ASSIGN(std::optional<ComponentRow> row, tx.FindComponent(deployment, one.component));
  if (!row || row->state.empty()) return {};
  TRY_ASSIGN(std::optional<StateVersionRow> version, tx.GetStateVersion(row->state));
  if (!version) return {};
  TRY_ASSIGN(const std::string bytes, GetBlob(tx, version->blob));
  const Result<StateFile> state = ReadStateFile(bytes, StateDetail::kAddresses);
  if (!state) return {};  // its tool says what it does
  for (const StateResource& resource : state->resources) {
    if (!resource.data && one.resources.size() < kMostStanding) one.resources.push_back({resource.address, "delete"});
  }
  if (const int64_t count = state->CountManaged(); count > 0)
    one.changes =
        json::serialize(json::object{{"v", 1}, {"create", 0}, {"update", 0}, {"replace", 0}, {"delete", count}});
  return {};
}

namespace {

/// Which components use the outputs that change.
void AddTouches(const RunDocument& document, JobOverview& one) {
  if (one.detail == nullptr || one.detail->outputs.empty()) return;
  const int producer = document.stack.Find(one.component);
  for (const OutputChange& output : one.detail->outputs) {
    for (const Component& consumer : document.stack.components) {
      const bool uses = std::any_of(consumer.inputs.begin(), consumer.inputs.end(), [&](const Input& input) {
        return std::any_of(input.value.references.begin(), input.value.references.end(),
                           [&](const Reference& reference) {
                             return reference.kind == Reference::Kind::kOutput && reference.component == producer &&
                                    reference.name == output.name;
                           });
      });
      if (uses) one.touches[output.name].push_back(consumer.name);
    }
  }
}

}  // namespace

Result<std::vector<JobOverview>> DirectClient::Overview(const RunId& run) {
  TRY_ASSIGN(TxPtr tx, Read());
  TRY_ASSIGN(const RunRow row, NeedRun(*tx, run));
  std::vector<JobOverview> overview;
  if (auto pending = pending_.find(run); pending != pending_.end()) {
    overview = pending->second.overview;
  } else if (!row.overview.empty()) {
    TRY_ASSIGN(const std::string text, GetBlob(*tx, row.overview));
    TRY_ASSIGN(overview, UnpackOverview(text));
  }
  if (!row.overview.empty()) {
    for (JobOverview& one : overview) {
      if (one.kind == JobOverview::Kind::kRemoved || one.kind == JobOverview::Kind::kDestroy)
        TRY(AddStanding(*tx, row.deployment, one));
    }
  }
  if (row.direct) return overview;
  TRY_ASSIGN(std::vector<JobRow> jobs, tx->ListJobs(run));
  std::map<std::string_view, const JobRow*> by_name;
  for (const JobRow& job : jobs) by_name.emplace(job.name, &job);
  std::shared_ptr<const RunDocument> document;
  if (!row.document.empty()) {
    TRY_ASSIGN(document, Document(*tx, row.document));
  }
  for (JobOverview& one : overview) {
    const auto job = by_name.find(one.component);
    if (job == by_name.end() || one.kind == JobOverview::Kind::kUnchanged) continue;
    TRY(AddPlan(*tx, *job->second, one));
    if (document != nullptr) AddTouches(*document, one);
  }
  return overview;
}

}  // namespace davit::control
