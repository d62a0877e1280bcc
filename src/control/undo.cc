// A claim writes into its component's row what the attempt is made of, before its tool begins: one commit for both (engine.md 4). Where the
// tool never began that is undone, as if nobody had claimed it: what stands is what stood.
#include "control/direct.h"

namespace davit::control {

std::string DirectClient::BeforeClaim(const ComponentRow& row) {
  json::array producers;
  for (const std::string& name : row.producers) producers.emplace_back(name);
  return json::serialize(json::object{{"v", 1},
                                      {"live", row.live},
                                      {"outputs", row.outputs.text},
                                      {"order", row.order},
                                      {"bundle", row.bundle},
                                      {"snapshot", row.snapshot},
                                      {"snapshot_name", row.snapshot_name},
                                      {"resolution", row.resolution},
                                      {"producers", std::move(producers)},
                                      {"last_run", row.last_run.text},
                                      {"last_result", std::string(ToString(row.last_result))}});
}

Result<> DirectClient::UndoClaim(const AttemptRow& attempt, ComponentRow& row) {
  if (attempt.before.empty()) return {};  // it changed nothing
  TRY_ASSIGN(const json::value parsed, ParseJson(attempt.before));
  const json::object* before = parsed.if_object();
  if (before == nullptr || GetInt(*before, "v") != 1)
    return Fail(ErrorCode::kInternal, "what attempt " + attempt.id.text + " found cannot be read");
  row.live = GetBool(*before, "live");
  if (before->contains("outputs")) row.outputs = OutputVersionId(GetString(*before, "outputs"));
  row.order = static_cast<int>(GetInt(*before, "order"));
  row.bundle = GetString(*before, "bundle");
  row.snapshot = GetString(*before, "snapshot");
  row.snapshot_name = GetString(*before, "snapshot_name");
  row.resolution = GetString(*before, "resolution");
  row.producers = GetTexts(*before, "producers");
  row.last_run = RunId(GetString(*before, "last_run"));
  row.last_result = FromString<RunResult>(GetString(*before, "last_result")).value_or(RunResult::kNone);
  return {};
}

Result<> DirectClient::TakeBack(const RunId& run, const TaskId& task_id) {
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(const TaskRow task, NeedTask(*tx, task_id));
  TRY_ASSIGN(std::optional<AttemptRow> attempt, tx->GetAttempt(task.attempt));
  TRY_ASSIGN(std::optional<ComponentRow> row, tx->GetComponent(task.component));
  TRY(ResumeIn(*tx, run, task_id));
  if (attempt && row) {
    // The fence is the step's: it only grows.
    TRY_ASSIGN(row, tx->GetComponent(task.component));
    TRY(UndoClaim(*attempt, *row));
    TRY(tx->PutComponent(*row));
  }
  return CommitAt(*tx, "take_back");
}

}  // namespace davit::control
