// The transactions of the SQLite store: rows to statements and back, as columns.h says. One thread, that of the connection.
#pragma once

#include <memory>

#include "store/sqlite.h"
#include "store/store.h"

namespace davit::store {

/// Begins a transaction; `database` and `commits`, which counts those that wrote, have to live as long as it does. One that writes waits
/// for others that do. Errors: unavailable (waited for too long), exhausted, denied.
Result<std::unique_ptr<Transaction>> BeginSqlite(Database& database, int64_t* commits, bool writes);

}  // namespace davit::store
