#include "store/sqlite_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <set>

#include "base/digest.h"
#include "store/columns.h"
#include "store/identity.h"
#include "store/migrations.h"
#include "store/sqlite.h"

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
  Result<std::optional<ComponentRow>> GetComponent(const ComponentId& id) override {
    return One<ComponentRow>("WHERE id = ?", id);
  }
  Result<std::optional<ComponentRow>> FindComponent(const DeploymentId& deployment, const std::string& name) override {
    return One<ComponentRow>("WHERE deployment = ? AND name = ?", deployment, name);
  }
  Result<std::vector<ComponentRow>> ListComponents(const DeploymentId& deployment) override {
    return Many<ComponentRow>("WHERE deployment = ? ORDER BY position, name", deployment);
  }
  Result<> PutComponent(const ComponentRow& row) override { return Put(row); }

  Result<std::optional<RunRow>> GetRun(const RunId& id) override { return One<RunRow>("WHERE id = ?", id); }
  Result<std::vector<RunRow>> ListRuns(const RunQuery& query) override {
    const std::string before = query.before.empty() ? "~" : query.before.text;  // after every id
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
  Result<std::optional<JobRow>> GetJob(const JobId& id) override { return One<JobRow>("WHERE id = ?", id); }
  Result<std::vector<JobRow>> ListJobs(const RunId& run) override {
    return Many<JobRow>("WHERE run = ? ORDER BY position", run);
  }
  Result<> PutJob(const JobRow& row) override { return Put(row); }
  Result<std::optional<TaskRow>> GetTask(const TaskId& id) override { return One<TaskRow>("WHERE id = ?", id); }
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
  Result<int64_t> SweepSmallBlobs(const std::vector<std::string>& referenced) override {
    const std::set<std::string> keep(referenced.begin(), referenced.end());
    std::vector<std::string> drop;
    {
      TRY_ASSIGN(Use all, db_.Prepare("SELECT name FROM blobs"));
      for (;;) {
        TRY_ASSIGN(bool row, all.Next());
        if (!row) break;
        if (!keep.contains(all.Text(0))) drop.push_back(all.Text(0));
      }
    }
    for (const std::string& name : drop) {
      TRY_ASSIGN(Use use, db_.Prepare("DELETE FROM blobs WHERE name = ?"));
      use.Bind(std::string_view(name));
      TRY(use.Run());
    }
    return static_cast<int64_t>(drop.size());
  }

  Result<std::vector<std::string>> ReferencedBlobs() override {
    static const std::string kSql =
        "SELECT snapshot FROM components UNION SELECT resolution FROM components UNION SELECT success_snapshot FROM "
        "components UNION "
        "SELECT success_resolution FROM components UNION SELECT document FROM runs UNION SELECT snapshot FROM jobs "
        "UNION SELECT resolution "
        "FROM tasks UNION SELECT blob FROM log_chunks UNION SELECT blob FROM state_versions UNION SELECT blob FROM "
        "output_versions UNION "
        "SELECT value FROM settings WHERE name LIKE 'bundle/%' OR name LIKE 'plan/%'";
    TRY_ASSIGN(Use use, db_.Prepare(kSql));
    std::vector<std::string> names;
    for (;;) {
      TRY_ASSIGN(bool row, use.Next());
      if (!row) return names;
      names.push_back(use.Text(0));
    }
  }

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

  template <typename Row>
  Result<> Put(const Row& row) {
    TRY_ASSIGN(Use use, db_.Prepare(PutSql<Row>()));
    Table<Row>::Visit(row, [&](const char*, const auto& field) { use.BindField(field); });
    return use.Run();
  }

  Result<std::optional<std::string>> Column(const char* sql, const std::string& key) {
    TRY_ASSIGN(Use use, db_.Prepare(sql));
    use.Bind(std::string_view(key));
    TRY_ASSIGN(bool row, use.Next());
    if (!row) return std::optional<std::string>();
    return std::optional<std::string>(use.Text(0));
  }

  Database& db_;
  int64_t* commits_;
  bool writes_;
  bool open_ = false;
};

class SqliteStore final : public Store {
 public:
  SqliteStore(std::unique_ptr<Database> database, std::string refusal)
      : database_(std::move(database)), refusal_(std::move(refusal)) {}

  Result<std::unique_ptr<Transaction>> Begin(const Scope& scope, Mode mode) override {
    const bool writes = mode == Mode::kWrite;
    if (writes && !scope.may_write) return Fail(ErrorCode::kDenied, scope.principal + " may only read this store");
    if (writes && !refusal_.empty()) {
      return Fail(
          ErrorCode::kInvalidInput, refusal_,
          "--moved lets it write here from now on (only if the original is gone), --fresh begins a new store here");
    }
    auto transaction = std::make_unique<SqliteTransaction>(*database_, &commits_, writes);
    TRY(transaction->Open());
    return std::unique_ptr<Transaction>(std::move(transaction));
  }
  Counters counters() const override { return {database_->statements(), commits_}; }

 private:
  std::unique_ptr<Database> database_;
  std::string refusal_;  // why only reading works here; empty where writing does
  int64_t commits_ = 0;
};

Result<int64_t> SchemaOf(Database& database) {
  TRY_ASSIGN(Use use, database.Prepare("SELECT count(*) FROM sqlite_master WHERE name = 'migrations'"));
  TRY(use.Next());
  if (use.Int(0) == 0) return 0;
  TRY_ASSIGN(Use count, database.Prepare("SELECT count(*) FROM migrations"));
  TRY(count.Next());
  return count.Int(0);
}

/// Applies what is missing, each with its checksum; refuses a store that is newer, or whose migrations were others.
Result<> Migrate(Database& database, bool read_only) {
  const std::vector<Migration>& all = Migrations();
  TRY_ASSIGN(int64_t schema, SchemaOf(database));
  if (schema > static_cast<int64_t>(all.size())) {
    return Fail(ErrorCode::kInvalidInput,
                "this store was written by a newer davit (schema " + std::to_string(schema) + ", this one knows " +
                    std::to_string(all.size()) + ")",
                "upgrade davit; nothing was changed");
  }
  for (int64_t i = 0; i < schema; ++i) {
    TRY_ASSIGN(Use use, database.Prepare("SELECT name, checksum FROM migrations WHERE number = ?"));
    use.Bind(i + 1);
    TRY_ASSIGN(bool row, use.Next());
    const Migration& expected = all[static_cast<size_t>(i)];
    if (!row || use.Text(0) != expected.name || use.Text(1) != DigestOf(expected.sql)) {
      return Fail(ErrorCode::kInvalidInput,
                  "migration " + std::to_string(i + 1) + " of this store is not the one that this davit knows",
                  "use the davit that wrote it; nothing was changed");
    }
  }
  if (schema == static_cast<int64_t>(all.size())) return {};
  if (read_only)
    return Fail(ErrorCode::kInvalidInput, "this store was written by an older davit and has to be migrated first",
                "run `davit up`");
  TRY(database.Execute("BEGIN IMMEDIATE"));
  Result<> done = [&]() -> Result<> {
    TRY_ASSIGN(int64_t now, SchemaOf(database));  // another process may have been faster
    if (now == 0)
      TRY(database.Execute(
          "CREATE TABLE IF NOT EXISTS migrations (number INTEGER PRIMARY KEY, name TEXT, checksum TEXT)"));
    for (size_t i = static_cast<size_t>(now); i < all.size(); ++i) {
      TRY(database.Execute(all[i].sql));
      TRY_ASSIGN(Use use, database.Prepare("INSERT INTO migrations VALUES (?, ?, ?)"));
      use.Bind(static_cast<int64_t>(i + 1));
      use.Bind(std::string_view(all[i].name));
      use.Bind(std::string_view(DigestOf(all[i].sql)));
      TRY(use.Run());
    }
    return database.Execute("COMMIT");
  }();
  if (!done) (void)database.Execute("ROLLBACK");
  return done;
}

Result<std::string> ReadIdentity(Database& database) {
  TRY_ASSIGN(int64_t schema, SchemaOf(database));
  if (schema == 0) return std::string();
  TRY_ASSIGN(Use use, database.Prepare("SELECT value FROM settings WHERE name = 'identity'"));
  TRY_ASSIGN(bool row, use.Next());
  return row ? use.Text(0) : std::string();
}

Result<> WriteIdentity(Database& database, const Identity& identity) {
  TRY_ASSIGN(
      Use use,
      database.Prepare(
          "INSERT INTO settings VALUES ('identity', ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"));
  use.Bind(std::string_view(Serialize(identity)));
  return use.Run();
}

/// Out of the way, never deleted.
Result<> PutAside(const Path& directory) {
  for (int number = 1;; ++number) {
    const Path target = directory / ("old-" + std::to_string(number));
    std::error_code error;
    if (std::filesystem::exists(target, error)) continue;
    TRY(MakeDirectories(target));
    for (const char* name : {"store.db", "store.db-wal", "store.db-shm", "blobs", "work"}) {
      if (!std::filesystem::exists(directory / name, error)) continue;
      std::filesystem::rename(directory / name, target / name, error);
      if (error)
        return Fail(ErrorCode::kDenied, "cannot put " + (directory / name).string() + " aside: " + error.message());
    }
    return {};
  }
}

}  // namespace

Result<Opened> OpenSqlite(const Path& directory, const OpenOptions& options) {
  const Path file = directory / "store.db";
  std::error_code error;
  if (!std::filesystem::exists(file, error)) {
    if (options.must_exist)
      return Fail(ErrorCode::kNotFound, "nothing was deployed from here yet (there is no " + file.string() + ")",
                  "run `davit up`");
    TRY(MakeDirectories(directory));
    TRY(CheckFileSystem(directory));
    if (!std::filesystem::exists(directory / ".gitignore", error))
      TRY(WriteFile(directory / ".gitignore", "*\n", 0644));
  } else {
    TRY(CheckFileSystem(directory));
    if (options.fresh) TRY(PutAside(directory));
  }
  // One at a time: making the file a WAL one, and its first tables, is refused to whoever comes second, not waited for.
  Fd opening;
  if (!options.read_only) {
    TRY_ASSIGN(opening, OpenFile(directory / "opening", O_CREAT | O_RDWR, 0600));
    if (::flock(opening.get(), LOCK_EX) != 0)
      return FailErrno(errno, "cannot lock " + (directory / "opening").string());
  }
  const bool exists = std::filesystem::exists(file, error);
  const bool writable = ::access(exists ? file.c_str() : directory.c_str(), W_OK) == 0;
  const bool read_only = options.read_only && !writable;
  TRY_ASSIGN(std::unique_ptr<Database> database, Database::Open(file.string(), read_only));

  // Where it lives comes before everything that writes.
  Opened opened;
  std::string refusal;
  TRY_ASSIGN(std::string recorded, ReadIdentity(*database));
  TRY_ASSIGN(Identity now, IdentityOf(file, options.machine_id));
  bool write_identity = recorded.empty();
  if (!recorded.empty()) {
    const Identity before = ParseIdentity(recorded);
    const Place place = Compare(before, now);
    if (place != Place::kSame && (place == Place::kMoved || options.accept_moved)) {
      write_identity = true;
      opened.note = "the store was moved here from " + before.path;
    } else if (place == Place::kCopy) {
      refusal = "this store is a copy: it belongs to " + before.path +
                (before.machine_id == now.machine_id ? "" : " on another machine") + ", and only reading works here";
    }
  }
  if (refusal.empty() && !options.read_only) {
    TRY(database->Execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"));
    TRY(Migrate(*database, false));
    if (write_identity) TRY(WriteIdentity(*database, now));
  } else {
    TRY(Migrate(*database, true));
  }
  opened.store = std::make_unique<SqliteStore>(std::move(database), std::move(refusal));
  return opened;
}

std::unique_ptr<Store> NoStore() {
  class Nothing final : public Store {
   public:
    Result<std::unique_ptr<Transaction>> Begin(const Scope&, Mode) override {
      return Fail(ErrorCode::kNotFound, "nothing was deployed from here yet", "run `davit up`");
    }
    Counters counters() const override { return {}; }
  };
  return std::make_unique<Nothing>();
}

Result<std::unique_ptr<Store>> OpenMemory() {
  TRY_ASSIGN(std::unique_ptr<Database> database, Database::Open(":memory:", false));
  TRY(Migrate(*database, false));
  return std::unique_ptr<Store>(std::make_unique<SqliteStore>(std::move(database), std::string()));
}

}  // namespace davit::store
