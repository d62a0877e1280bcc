// The numbered migrations of the SQLite store, embedded at build time. Forward only; each is checksummed when it is applied.
#pragma once

#include <string>
#include <vector>

namespace davit::store {

struct Migration {
  std::string name;  // "0001_first.sql"
  std::string sql;
};

/// In order; the schema number of a store is how many it has applied.
const std::vector<Migration>& Migrations();

}  // namespace davit::store
