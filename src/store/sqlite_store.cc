#include "store/sqlite_store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

#include "base/digest.h"
#include "store/identity.h"
#include "store/migrations.h"
#include "store/sqlite.h"
#include "store/sqlite_transaction.h"

namespace davit::store {
namespace {

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
    return BeginSqlite(*database_, &commits_, writes);
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
Result<Path> PutAside(const Path& directory) {
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
    return target;
  }
}

/// What was deployed from here would be forgotten, and made a second time.
Result<> RefuseOriginal(const Path& file, const OpenOptions& options) {
  Result<std::unique_ptr<Database>> database = Database::Open(file.string(), /*read_only=*/true);
  Result<std::string> recorded = database ? ReadIdentity(**database) : tl::unexpected(database.error());
  if (!recorded || recorded->empty()) return {};  // nothing that could be gone on with
  TRY_ASSIGN(const Identity now, IdentityOf(file, options.machine_id));
  if (Compare(ParseIdentity(*recorded), now) == Place::kCopy) return {};
  return Fail(ErrorCode::kInvalidInput,
              "this is no copy: what was deployed from here is known to this store only, and --fresh would forget it",
              "take it away with `davit down`; to forget it all the same move " + file.parent_path().string() +
                  " away yourself");
}

}  // namespace

Result<Opened> OpenSqlite(const Path& directory, const OpenOptions& options) {
  const Path file = directory / "store.db";
  Path put_aside;
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
    if (options.fresh) {
      TRY(RefuseOriginal(file, options));
      TRY_ASSIGN(put_aside, PutAside(directory));
    }
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
  if (!put_aside.empty()) opened.note = "the store that was here is in " + put_aside.string();
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
