#include "store/sqlite_transaction.h"

#include <tuple>
#include <type_traits>
#include <unordered_map>

#include "store/columns.h"
#include "store/retention.h"

namespace davit::store {
namespace {

template <typename Row>
std::string ColumnList() {
  std::string list;
  Row row;
  Table<Row>::Visit(row, [&](const char* name, auto&) { list += (list.empty() ? "" : ", ") + std::string(name); });
  return list;
}

template <typename Row>
const std::string& SelectSql() {
  static const std::string kSql = "SELECT " + ColumnList<Row>() + " FROM " + Table<Row>::kName + " ";
  return kSql;
}

template <typename Row>
const std::string& PutSql() {
  static const std::string kSql = [] {
    std::string marks;
    std::string sets;
    std::string keys;
    int column = 0;
    Row row;
    Table<Row>::Visit(row, [&](const char* name, auto&) {
      marks += marks.empty() ? "?" : ", ?";
      if (column < Table<Row>::kKeyColumns) {
        keys += (keys.empty() ? "" : ", ") + std::string(name);
      } else {
        sets += (sets.empty() ? "" : ", ") + std::string(name) + " = excluded." + name;
      }
      ++column;
    });
    return std::string("INSERT INTO ") + Table<Row>::kName + " (" + ColumnList<Row>() + ") VALUES (" + marks +
           ") ON CONFLICT (" + keys + ") DO UPDATE SET " + sets;
  }();
  return kSql;
}

class SqliteTransaction final : public Transaction {
 public:
  SqliteTransaction(Database& database, int64_t* commits, bool writes)
      : db_(database), commits_(commits), writes_(writes) {}
  ~SqliteTransaction() override {
    if (open_) (void)db_.Execute("ROLLBACK");
  }
  Result<> Open() {
    TRY(db_.Execute(writes_ ? "BEGIN IMMEDIATE" : "BEGIN"));
    open_ = true;
    return {};
  }

  Result<> Commit() override {
    TRY(db_.Execute("COMMIT"));
    open_ = false;
    if (writes_) ++*commits_;
    return {};
  }

  Result<std::optional<DeploymentRow>> GetDeployment(const DeploymentId& id) override {
    return One<DeploymentRow>("WHERE id = ?", id);
  }
  Result<std::optional<DeploymentRow>> FindDeployment(const std::string& name) override {
    return One<DeploymentRow>("WHERE name = ?", name);
  }
  Result<std::vector<DeploymentRow>> ListDeployments() override { return Many<DeploymentRow>("ORDER BY name"); }
  Result<> PutDeployment(const DeploymentRow& row) override { return Put(row); }
  Result<std::optional<ComponentRow>> GetComponent(const ComponentId& id) override { return Known<ComponentRow>(id); }
  Result<std::optional<ComponentRow>> FindComponent(const DeploymentId& deployment, const std::string& name) override {
    return One<ComponentRow>("WHERE deployment = ? AND name = ?", deployment, name);
  }
  Result<std::vector<ComponentRow>> ListComponents(const DeploymentId& deployment) override {
    return Many<ComponentRow>("WHERE deployment = ? ORDER BY position, name", deployment);
  }
  Result<> PutComponent(const ComponentRow& row) override { return Put(row); }

  Result<std::optional<RunRow>> GetRun(const RunId& id) override { return Known<RunRow>(id); }
  Result<std::vector<RunRow>> ListRuns(const RunQuery& query) override {
    const std::string before = query.before.empty() ? "~" : query.before.text;  // after every id
    if (!query.previews) {
      return Many<RunRow>(
          "WHERE (deployment = ? OR ? = '') AND id < ? AND (state <> 'finished' OR NOT ?) AND "
          "kind <> 'preview' ORDER BY id DESC LIMIT ?",
          query.deployment, query.deployment, before, query.only_open, query.limit);
    }
    if (!query.deployment.empty()) {
      return Many<RunRow>(query.only_open
                              ? "WHERE deployment = ? AND id < ? AND state <> 'finished' ORDER BY id DESC LIMIT ?"
                              : "WHERE deployment = ? AND id < ? ORDER BY id DESC LIMIT ?",
                          query.deployment, before, query.limit);
    }
    return Many<RunRow>(query.only_open ? "WHERE id < ? AND state <> 'finished' ORDER BY id DESC LIMIT ?"
                                        : "WHERE id < ? ORDER BY id DESC LIMIT ?",
                        before, query.limit);
  }
  Result<std::vector<RunId>> FindRuns(const std::string& prefix, int limit) override {
    const std::string from = prefix.starts_with("run_") ? prefix : "run_" + prefix;
    TRY_ASSIGN(std::vector<RunRow> rows,
               Many<RunRow>("WHERE id >= ? AND id < ? ORDER BY id LIMIT ?", from, from + "~", limit));
    std::vector<RunId> ids;
    for (RunRow& row : rows) ids.push_back(std::move(row.id));
    return ids;
  }
  Result<> PutRun(const RunRow& row) override { return Put(row); }
  Result<std::optional<JobRow>> GetJob(const JobId& id) override { return Known<JobRow>(id); }
  Result<std::vector<JobRow>> ListJobs(const RunId& run) override {
    return Many<JobRow>("WHERE run = ? ORDER BY position", run);
  }
  Result<> PutJob(const JobRow& row) override { return Put(row); }
  Result<std::optional<TaskRow>> GetTask(const TaskId& id) override { return Known<TaskRow>(id); }
  Result<std::vector<TaskRow>> ListTasks(const RunId& run) override {
    return Many<TaskRow>("WHERE run = ? ORDER BY id", run);
  }
  Result<std::vector<TaskRow>> ListJobTasks(const JobId& job) override {
    return Many<TaskRow>("WHERE job = ? ORDER BY id", job);
  }
  Result<std::vector<TaskRow>> ReadyTasks(const RunId& run, int64_t monotonic_ms, int limit) override {
    return Many<TaskRow>(
        "WHERE run = ? AND state = 'ready' AND (not_before_ms <= ? OR not_before_ms > ?) ORDER BY priority DESC, id "
        "LIMIT ?",
        run, monotonic_ms, monotonic_ms + kMaxBackoffMs, limit);
  }
  Result<std::vector<TaskRow>> HeldTasks() override {
    return Many<TaskRow>("WHERE state IN ('leased', 'needs_reconcile') ORDER BY id");
  }
  Result<> PutTask(const TaskRow& row) override { return Put(row); }
  Result<std::vector<EdgeRow>> OutEdges(const TaskId& from) override {
    return Many<EdgeRow>("WHERE from_task = ? ORDER BY to_task", from);
  }
  Result<std::vector<EdgeRow>> InEdges(const TaskId& to) override {
    return Many<EdgeRow>("WHERE to_task = ? ORDER BY from_task", to);
  }
  Result<> PutEdge(const EdgeRow& row) override { return Put(row); }
  Result<> AppendEvent(const EventRow& row) override { return Put(row); }
  Result<std::vector<EventRow>> ListEvents(const RunId& run, int64_t after_sequence, int limit) override {
    return Many<EventRow>("WHERE run = ? AND sequence > ? ORDER BY sequence LIMIT ?", run, after_sequence, limit);
  }

  Result<std::optional<AttemptRow>> GetAttempt(const AttemptId& id) override {
    return One<AttemptRow>("WHERE id = ?", id);
  }
  Result<std::vector<AttemptRow>> ListAttempts(const JobId& job) override {
    return Many<AttemptRow>("WHERE job = ? ORDER BY id", job);
  }
  Result<std::vector<AttemptRow>> UncleanedAttempts() override {
    return Many<AttemptRow>("WHERE cleaned = 0 ORDER BY id");
  }
  Result<> PutAttempt(const AttemptRow& row) override { return Put(row); }
  Result<std::vector<LogChunkRow>> ListLogChunks(const AttemptId& attempt, int64_t from_sequence) override {
    return Many<LogChunkRow>("WHERE attempt = ? AND sequence >= ? ORDER BY sequence", attempt, from_sequence);
  }
  Result<std::optional<LogChunkRow>> LastLogChunk(const AttemptId& attempt) override {
    return One<LogChunkRow>("WHERE attempt = ? ORDER BY sequence DESC LIMIT 1", attempt);
  }
  Result<> PutLogChunk(const LogChunkRow& row) override { return Put(row); }

  Result<std::optional<StateVersionRow>> GetStateVersion(const StateVersionId& id) override {
    return One<StateVersionRow>("WHERE id = ?", id);
  }
  Result<std::vector<StateVersionRow>> ListStateVersions(const ComponentId& component, int limit) override {
    return Many<StateVersionRow>("WHERE component = ? ORDER BY id DESC LIMIT ?", component, limit);
  }
  Result<> PutStateVersion(const StateVersionRow& row) override { return Put(row); }
  Result<std::optional<OutputVersionRow>> GetOutputVersion(const OutputVersionId& id) override {
    return One<OutputVersionRow>("WHERE id = ?", id);
  }
  Result<> PutOutputVersion(const OutputVersionRow& row) override { return Put(row); }

  Result<std::optional<PlanRow>> GetPlan(const TaskId& task) override { return One<PlanRow>("WHERE task = ?", task); }
  Result<std::vector<PlanRow>> ListPlans(const RunId& run, const ComponentId& component) override {
    return Many<PlanRow>("WHERE run = ? AND component = ? ORDER BY task", run, component);
  }
  Result<> PutPlan(const PlanRow& row) override { return Put(row); }
  Result<std::vector<ApprovalRow>> ListApprovals(const RunId& run, const ComponentId& component) override {
    return Many<ApprovalRow>("WHERE run = ? AND component = ? ORDER BY id", run, component);
  }
  Result<> PutApproval(const ApprovalRow& row) override { return Put(row); }

  Result<std::optional<StackVersionRow>> GetStackVersion(const DeploymentId& deployment, int64_t version) override {
    return One<StackVersionRow>("WHERE deployment = ? AND version = ?", deployment, version);
  }
  Result<std::vector<StackVersionRow>> ListStackVersions(const DeploymentId& deployment, int limit) override {
    return Many<StackVersionRow>("WHERE deployment = ? ORDER BY version DESC LIMIT ?", deployment, limit);
  }
  Result<> PutStackVersion(const StackVersionRow& row) override { return Put(row); }

  Result<std::vector<LockRow>> ListLocks(const std::string& key) override {
    return Many<LockRow>("WHERE key = ? ORDER BY sequence", key);
  }
  Result<std::vector<LockRow>> ListLocksOfRun(const RunId& run) override {
    return Many<LockRow>("WHERE run = ? ORDER BY key", run);
  }
  Result<int64_t> NextLockSequence(const std::string& key) override {
    TRY_ASSIGN(Use use, db_.Prepare("SELECT coalesce(max(sequence), 0) + 1 FROM locks WHERE key = ?"));
    use.Bind(std::string_view(key));
    TRY(use.Next());
    return use.Int(0);
  }
  Result<> PutLock(const LockRow& row) override { return Put(row); }
  Result<> DeleteLocks(const RunId& run) override {
    TRY_ASSIGN(Use use, db_.Prepare("DELETE FROM locks WHERE run = ?"));
    use.BindField(run);
    return use.Run();
  }

  Result<std::optional<std::string>> GetSetting(const std::string& name) override {
    return Column("SELECT value FROM settings WHERE name = ?", name);
  }
  Result<> PutSetting(const std::string& name, const std::string& value) override {
    TRY_ASSIGN(
        Use use,
        db_.Prepare("INSERT INTO settings VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"));
    use.Bind(std::string_view(name));
    use.Bind(std::string_view(value));
    return use.Run();
  }

  Result<std::optional<std::string>> GetSmallBlob(const std::string& name) override {
    return Column("SELECT sealed FROM blobs WHERE name = ?", name);
  }
  Result<> PutSmallBlob(const std::string& name, const std::string& sealed) override {
    TRY_ASSIGN(Use use, db_.Prepare("INSERT INTO blobs VALUES (?, ?) ON CONFLICT (name) DO NOTHING"));
    use.Bind(std::string_view(name));
    use.BindBlob(sealed);
    return use.Run();
  }
  Result<> Expire(const Expiry& expiry) override {
    known_ = {};  // it changes rows behind them
    return ExpireRows(db_, expiry);
  }
  Result<int64_t> SweepSmallBlobs() override { return store::SweepSmallBlobs(db_); }
  Result<std::vector<std::string>> ReferencedBlobs() override { return store::ReferencedBlobs(db_); }

 private:
  template <typename Row, typename... Keys>
  Result<std::vector<Row>> Many(const char* where, const Keys&... keys) {
    TRY_ASSIGN(Use use, db_.Prepare(SelectSql<Row>() + where));
    (use.BindField(keys), ...);
    std::vector<Row> rows;
    for (;;) {
      TRY_ASSIGN(bool more, use.Next());
      if (!more) return rows;
      Row& row = rows.emplace_back();
      int column = 0;
      Table<Row>::Visit(row, [&](const char*, auto& field) { use.ReadField(column++, field); });
    }
  }

  template <typename Row, typename... Keys>
  Result<std::optional<Row>> One(const char* where, const Keys&... keys) {
    TRY_ASSIGN(std::vector<Row> rows, Many<Row>(where, keys...));
    if (rows.empty()) return std::optional<Row>();
    return std::optional<Row>(std::move(rows[0]));
  }

  /// A row that one transaction asks for again and again: read once, as nobody else can change it meanwhile.
  template <typename Row>
  Result<std::optional<Row>> Known(const decltype(Row::id)& id) {
    auto& rows = std::get<Rows<Row>>(known_);
    if (auto found = rows.find(id.text); found != rows.end()) return std::optional<Row>(found->second);
    TRY_ASSIGN(std::optional<Row> row, One<Row>("WHERE id = ?", id));
    if (row) rows.emplace(id.text, *row);
    return row;
  }

  template <typename Row>
  Result<> Put(const Row& row) {
    TRY_ASSIGN(Use use, db_.Prepare(PutSql<Row>()));
    Table<Row>::Visit(row, [&](const char*, const auto& field) { use.BindField(field); });
    TRY(use.Run());
    // Only what was read is kept: a large run writes many rows that nobody looks at again.
    if constexpr (kIsKnown<Row>) {
      auto& rows = std::get<Rows<Row>>(known_);
      if (auto found = rows.find(row.id.text); found != rows.end()) found->second = row;
    }
    return {};
  }

  Result<std::optional<std::string>> Column(const char* sql, const std::string& key) {
    TRY_ASSIGN(Use use, db_.Prepare(sql));
    use.Bind(std::string_view(key));
    TRY_ASSIGN(bool row, use.Next());
    if (!row) return std::optional<std::string>();
    return std::optional<std::string>(use.Text(0));
  }

  template <typename Row>
  using Rows = std::unordered_map<std::string, Row>;  // by id
  template <typename Row>
  static constexpr bool kIsKnown = std::is_same_v<Row, RunRow> || std::is_same_v<Row, JobRow> ||
                                   std::is_same_v<Row, TaskRow> || std::is_same_v<Row, ComponentRow>;

  Database& db_;
  int64_t* commits_;
  bool writes_;
  bool open_ = false;
  std::tuple<Rows<RunRow>, Rows<JobRow>, Rows<TaskRow>, Rows<ComponentRow>> known_;
};

}  // namespace

Result<std::unique_ptr<Transaction>> BeginSqlite(Database& database, int64_t* commits, bool writes) {
  auto transaction = std::make_unique<SqliteTransaction>(database, commits, writes);
  TRY(transaction->Open());
  return std::unique_ptr<Transaction>(std::move(transaction));
}

}  // namespace davit::store
