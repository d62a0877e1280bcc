#include "store/sqlite.h"

namespace davit::store {

tl::unexpected<Error> FailSqlite(sqlite3* database, const std::string& what) {
  const int code = database == nullptr ? SQLITE_NOMEM : sqlite3_errcode(database);
  const std::string text = what + ": " + (database == nullptr ? "out of memory" : sqlite3_errmsg(database));
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return Fail(ErrorCode::kExhausted, text, "free some disk space and run the command again");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Fail(ErrorCode::kUnavailable, text, "another davit is writing; run the command again");
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_PERM:
      return Fail(ErrorCode::kDenied, text, "check the permissions of .davit");
    case SQLITE_IOERR: {
      // A full disk shows here too, when SQLite writes its log.
      const int system = sqlite3_system_errno(database);
      if (system != 0) {
        tl::unexpected<Error> failure = FailErrno(system, what);
        return failure;
      }
      return Fail(ErrorCode::kExhausted, text, "check that the disk is not full");
    }
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return Fail(ErrorCode::kInvalidInput, text, "the store is damaged: restore .davit from a backup");
    default:
      return Fail(ErrorCode::kInternal, text);
  }
}

Use::~Use() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
}

void Use::Bind(std::string_view text) {
  sqlite3_bind_text(statement_, ++bound_, text.data() == nullptr ? "" : text.data(), static_cast<int>(text.size()),
                    SQLITE_TRANSIENT);
}
void Use::Bind(int64_t number) {
  sqlite3_bind_int64(statement_, ++bound_, number);
}
void Use::BindBlob(std::string_view bytes) {
  sqlite3_bind_blob64(statement_, ++bound_, bytes.data() == nullptr ? "" : bytes.data(), bytes.size(),
                      SQLITE_TRANSIENT);
}

Result<bool> Use::Next() {
  if (!std::exchange(started_, true)) ++*counter_;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return FailSqlite(database_, "the store cannot be used");
}

Result<> Use::Run() {
  for (;;) {
    TRY_ASSIGN(bool row, Next());
    if (!row) return {};
  }
}

std::string Use::Text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  return std::string(static_cast<const char*>(bytes), static_cast<size_t>(sqlite3_column_bytes(statement_, column)));
}

Result<std::unique_ptr<Database>> Database::Open(const std::string& file, bool read_only) {
  std::unique_ptr<Database> opened(new Database);
  const int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  if (sqlite3_open_v2(file.c_str(), &opened->database_, flags, nullptr) != SQLITE_OK) {
    return FailSqlite(opened->database_, "cannot open the store " + file);
  }
  sqlite3_extended_result_codes(opened->database_, 1);
  sqlite3_busy_timeout(opened->database_, 30000);
  return opened;
}

Database::~Database() {
  for (const auto& [sql, statement] : cache_) sqlite3_finalize(statement);
  sqlite3_close(database_);
}

Result<> Database::Execute(const std::string& sql) {
  ++statements_;
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK)
    return FailSqlite(database_, "the store cannot be used");
  return {};
}

Result<Use> Database::Prepare(const std::string& sql) {
  auto found = cache_.find(sql);
  if (found == cache_.end()) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(database_, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK) {
      return FailSqlite(database_, "the store cannot be used");
    }
    found = cache_.emplace(sql, statement).first;
  }
  return Use(database_, found->second, &statements_);
}

}  // namespace davit::store
