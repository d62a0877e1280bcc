#include "control/apply_step.h"

namespace davit::control {
namespace {

template <typename T>
Result<T> Need(Result<std::optional<T>> row, const char* what, const std::string& id) {
  if (!row) return tl::unexpected(row.error());
  if (!*row) return Fail(ErrorCode::kInternal, std::string("the ") + what + " " + id + " is missing in the store");
  return std::move(**row);
}

class TransactionRows final : public engine::Rows {
 public:
  explicit TransactionRows(store::Transaction& tx) : tx_(tx) {}
  Result<RunRow> Run(const RunId& id) override { return Need(tx_.GetRun(id), "run", id.text); }
  Result<JobRow> Job(const JobId& id) override { return Need(tx_.GetJob(id), "job", id.text); }
  Result<TaskRow> Task(const TaskId& id) override { return Need(tx_.GetTask(id), "task", id.text); }
  Result<ComponentRow> Component(const ComponentId& id) override {
    return Need(tx_.GetComponent(id), "component", id.text);
  }
  Result<std::vector<EdgeRow>> OutEdges(const TaskId& from) override { return tx_.OutEdges(from); }
  Result<std::vector<TaskRow>> JobTasks(const JobId& job) override { return tx_.ListJobTasks(job); }
  Result<std::vector<TaskRow>> RunTasks(const RunId& run) override { return tx_.ListTasks(run); }

 private:
  store::Transaction& tx_;
};

}  // namespace

Result<engine::Changes> ApplyStep(store::Transaction& tx, const RunId& run, const engine::Event& event,
                                  int64_t wall_ms) {
  TransactionRows rows(tx);
  TRY_ASSIGN(engine::Changes changes, engine::Step(rows, run, event, wall_ms));
  for (const ComponentRow& row : changes.components) TRY(tx.PutComponent(row));
  for (const TaskRow& row : changes.tasks) TRY(tx.PutTask(row));
  for (const JobRow& row : changes.jobs) TRY(tx.PutJob(row));
  for (const RunRow& row : changes.runs) TRY(tx.PutRun(row));
  for (const EventRow& row : changes.events) TRY(tx.AppendEvent(row));
  return changes;
}

}  // namespace davit::control
