// The contract of every Store: the same tests run against SQLite on disk and in memory, and against PostgreSQL when it comes.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "store/store.h"

namespace davit::store {

struct StoreCase {
  const char* name;
  std::function<std::unique_ptr<Store>()> open;  // an empty store
};

class StoreContract : public testing::TestWithParam<StoreCase> {
 protected:
  void SetUp() override { store_ = GetParam().open(); }
  std::unique_ptr<Transaction> Write() { return store_->Begin(scope_, Mode::kWrite).value(); }
  std::unique_ptr<Transaction> Read() { return store_->Begin(scope_, Mode::kRead).value(); }
  Scope scope_{"local", "tester", true};
  std::unique_ptr<Store> store_;
};

/// What Expire and the sweeps take away and leave.
class RetentionContract : public StoreContract {
 protected:
  void SetUp() override {
    StoreContract::SetUp();
    tx_ = Write();
  }
  void TearDown() override { tx_.reset(); }
  /// Of one component; version 0 is in quarantine. Ids are st_101, st_102, …
  void PutState(int version, int64_t created_ms, const std::string& run = "run_1") {
    StateVersionRow row;
    row.id = StateVersionId("st_" + std::to_string(100 + ++states_));
    row.component = ComponentId("cmp_1");
    row.version = version;
    row.quarantined = version == 0;
    row.created_ms = created_ms;
    row.run = RunId(run);
    ASSERT_TRUE(tx_->PutStateVersion(row));
  }
  /// The versions that are there, newest first.
  std::vector<int64_t> Versions() {
    std::vector<int64_t> versions;
    const std::vector<StateVersionRow> rows = tx_->ListStateVersions(ComponentId("cmp_1"), 1000).value();
    for (const StateVersionRow& row : rows) versions.push_back(row.version);
    return versions;
  }
  std::unique_ptr<Transaction> tx_;
  int states_ = 0;
};

}  // namespace davit::store
