#include "store/sqlite_store.h"

#include <unistd.h>

#include <thread>

#include "base/digest.h"
#include "store/migrations.h"
#include "store/sqlite.h"
#include "store/store_contract.h"

namespace davit::store {
namespace {

Path TemporaryDirectory() {
  char name[] = "/tmp/davit-store-XXXXXX";
  return ::mkdtemp(name);
}

const StoreCase kMemory{"memory", [] { return OpenMemory().value(); }};
const StoreCase kDisk{
    "disk", [] { return std::move(OpenSqlite(TemporaryDirectory() / ".davit", {.machine_id = "m"}).value().store); }};
INSTANTIATE_TEST_SUITE_P(Memory, StoreContract, testing::Values(kMemory));
INSTANTIATE_TEST_SUITE_P(Disk, StoreContract, testing::Values(kDisk));
INSTANTIATE_TEST_SUITE_P(Memory, RetentionContract, testing::Values(kMemory));
INSTANTIATE_TEST_SUITE_P(Disk, RetentionContract, testing::Values(kDisk));

class SqliteStoreTest : public testing::Test {
 protected:
  void SetUp() override { directory_ = TemporaryDirectory(); }
  void TearDown() override { std::filesystem::remove_all(directory_); }
  Path directory_;
  Scope scope_{"local", "tester", true};
  OpenOptions options_{.machine_id = "m"};
};

TEST_F(SqliteStoreTest, ACopyOnlyReads) {
  {
    auto opened = OpenSqlite(directory_ / "a/.davit", options_).value();
    auto tx = opened.store->Begin(scope_, Mode::kWrite).value();
    ASSERT_TRUE(tx->PutSetting("x", "1"));
    ASSERT_TRUE(tx->Commit());
  }
  std::filesystem::copy(directory_ / "a", directory_ / "b", std::filesystem::copy_options::recursive);
  auto copy = OpenSqlite(directory_ / "b/.davit", options_).value();
  EXPECT_EQ(copy.store->Begin(scope_, Mode::kRead).value()->GetSetting("x").value(), "1");
  const Error refused = copy.store->Begin(scope_, Mode::kWrite).error();
  EXPECT_EQ(refused.code, ErrorCode::kInvalidInput);
  EXPECT_NE(refused.suggestion.find("--moved"), std::string::npos);
  EXPECT_NE(refused.suggestion.find("--fresh"), std::string::npos);
  // The original still works, and --fresh puts the copy aside without deleting it.
  EXPECT_TRUE(OpenSqlite(directory_ / "a/.davit", options_).value().store->Begin(scope_, Mode::kWrite));
  OpenOptions fresh = options_;
  fresh.fresh = true;
  auto begun = OpenSqlite(directory_ / "b/.davit", fresh).value();
  EXPECT_EQ(begun.store->Begin(scope_, Mode::kRead).value()->GetSetting("x").value(), std::nullopt);
  EXPECT_TRUE(std::filesystem::exists(directory_ / "b/.davit/old-1/store.db"));
  EXPECT_NE(begun.note.find("old-1"), std::string::npos);
  // Of the original nothing is ever put aside.
  EXPECT_EQ(OpenSqlite(directory_ / "a/.davit", fresh).error().code, ErrorCode::kInvalidInput);
  EXPECT_TRUE(std::filesystem::exists(directory_ / "a/.davit/store.db"));
}

TEST_F(SqliteStoreTest, AMovedStoreGoesOn) {
  OpenSqlite(directory_ / "a/.davit", options_).value();
  std::filesystem::rename(directory_ / "a", directory_ / "b");
  auto moved = OpenSqlite(directory_ / "b/.davit", options_).value();
  EXPECT_NE(moved.note.find("moved here from"), std::string::npos);
  EXPECT_TRUE(moved.store->Begin(scope_, Mode::kWrite));
}

TEST_F(SqliteStoreTest, AnotherMachineOnlyReads) {
  OpenSqlite(directory_ / ".davit", options_).value();
  OpenOptions other = options_;
  other.machine_id = "n";
  EXPECT_FALSE(OpenSqlite(directory_ / ".davit", other).value().store->Begin(scope_, Mode::kWrite));
  other.accept_moved = true;
  EXPECT_TRUE(OpenSqlite(directory_ / ".davit", other).value().store->Begin(scope_, Mode::kWrite));
}

TEST_F(SqliteStoreTest, ANewerOrChangedSchemaIsRefused) {
  OpenSqlite(directory_ / ".davit", options_).value();
  auto database = Database::Open((directory_ / ".davit/store.db").string(), false).value();
  ASSERT_TRUE(database->Execute("INSERT INTO migrations VALUES (99, 'x', 'y')"));
  Error error = OpenSqlite(directory_ / ".davit", options_).error();
  EXPECT_EQ(error.code, ErrorCode::kInvalidInput);
  EXPECT_NE(error.message.find("newer davit"), std::string::npos);
  ASSERT_TRUE(database->Execute("DELETE FROM migrations WHERE number = 99; UPDATE migrations SET checksum = 'z'"));
  EXPECT_NE(OpenSqlite(directory_ / ".davit", options_).error().message.find("migration 1"), std::string::npos);
}

TEST_F(SqliteStoreTest, AStoreOfTheFirstSchemaIsMigratedWithWhatIsInIt) {
  const Path file = directory_ / ".davit/store.db";
  ASSERT_TRUE(MakeDirectories(file.parent_path()));
  {
    auto database = Database::Open(file.string(), false).value();
    const Migration& first = Migrations().front();
    ASSERT_TRUE(database->Execute("CREATE TABLE migrations (number INTEGER PRIMARY KEY, name TEXT, checksum TEXT)"));
    ASSERT_TRUE(database->Execute(first.sql));
    ASSERT_TRUE(
        database->Execute("INSERT INTO migrations VALUES (1, '" + first.name + "', '" + DigestOf(first.sql) + "')"));
    ASSERT_TRUE(
        database->Execute("INSERT INTO tasks VALUES ('tsk_1', 'run_1', 'sj_1', 'cmp_1', 'apply', 'ready', '', 0, 0, "
                          "0, 0, 7, '', 0, '', 0, 0, 'resolution')"));
  }
  auto opened = OpenSqlite(directory_ / ".davit", options_).value();
  auto tx = opened.store->Begin(scope_, Mode::kWrite).value();
  std::optional<TaskRow> task = tx->GetTask(TaskId("tsk_1")).value();
  ASSERT_TRUE(task);
  EXPECT_EQ(task->fence, 7);
  EXPECT_EQ(task->resolution, "resolution");
  EXPECT_EQ(task->plan, "");
  task->plan = "plan";
  EXPECT_TRUE(tx->PutTask(*task));
}

TEST_F(SqliteStoreTest, AFullDiskIsSaidAndHalfWritesNothing) {
  auto opened = OpenSqlite(directory_ / ".davit", options_).value();
  auto database = Database::Open((directory_ / ".davit/store.db").string(), false).value();
  ASSERT_TRUE(database->Execute("PRAGMA max_page_count = 60; BEGIN IMMEDIATE"));
  Result<> full = {};
  for (int i = 0; i < 500 && full; ++i) {
    full = database->Execute("INSERT INTO settings VALUES ('k" + std::to_string(i) + "', printf('%5000s', 'x'))");
  }
  ASSERT_FALSE(full);
  EXPECT_EQ(full.error().code, ErrorCode::kExhausted);
  (void)database->Execute("ROLLBACK");
  EXPECT_EQ(opened.store->Begin(scope_, Mode::kRead).value()->GetSetting("k0").value(), std::nullopt);
}

TEST_F(SqliteStoreTest, NoStoreIsMadeByLooking) {
  OpenOptions look = options_;
  look.must_exist = true;
  EXPECT_EQ(OpenSqlite(directory_ / ".davit", look).error().code, ErrorCode::kNotFound);
  EXPECT_FALSE(std::filesystem::exists(directory_ / ".davit"));
}

TEST_F(SqliteStoreTest, TwoProcessesCountToTheSameSum) {
  OpenSqlite(directory_ / ".davit", options_).value();
  auto count = [&] {
    auto opened = OpenSqlite(directory_ / ".davit", options_).value();
    for (int i = 0; i < 50; ++i) {
      auto tx = opened.store->Begin(scope_, Mode::kWrite).value();
      const int value = std::atoi(tx->GetSetting("n").value().value_or("0").c_str());
      ASSERT_TRUE(tx->PutSetting("n", std::to_string(value + 1)));
      ASSERT_TRUE(tx->Commit());
    }
  };
  std::thread other(count);
  count();
  other.join();
  auto opened = OpenSqlite(directory_ / ".davit", options_).value();
  EXPECT_EQ(opened.store->Begin(scope_, Mode::kRead).value()->GetSetting("n").value(), "100");
}

}  // namespace
}  // namespace davit::store
