// What is forgotten (engine.md 9, "Retention"): the statements behind Transaction::Expire and the sweeps. One thread, that of the
// connection, inside of a transaction of the caller.
#pragma once

#include <string>
#include <vector>

#include "store/sqlite.h"
#include "store/store.h"

namespace davit::store {

/// As Transaction::Expire, Transaction::SweepSmallBlobs and Transaction::ReferencedBlobs say.
Result<> ExpireRows(Database& database, const Expiry& expiry);
Result<int64_t> SweepSmallBlobs(Database& database);
Result<std::vector<std::string>> ReferencedBlobs(Database& database);

}  // namespace davit::store
