// The contract of every Store: the same tests run against SQLite on disk and in memory, and against PostgreSQL when it comes.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>

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

}  // namespace davit::store
