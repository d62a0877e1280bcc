// What is kept how long, over months of a clock that is moved by hand; what stands can be used and taken away after any time.
#include <fcntl.h>
#include <sys/stat.h>

#include "control/control_test.h"

namespace davit::control {
namespace {

constexpr int64_t kDayMs = 86'400'000;
/// More than what is kept in the store's own file.
constexpr size_t kLarge = 100'000;

class HousekeepTest : public ChainTest {
 protected:
  void PassDays(int64_t days) { clock_.now_ms += days * kDayMs; }
  void Housekeep() {
    Result<> done = client().Housekeep();
    ASSERT_TRUE(done) << done.error().message;
  }
  /// The files of blobs were written when the clock of the test says, not when they were.
  void DateBlobs() {
    std::error_code error;
    for (const auto& item : std::filesystem::recursive_directory_iterator(store_directory() / "blobs", error)) {
      if (!item.is_regular_file()) continue;
      const timespec time{clock_.now_ms / 1000, 0};
      const timespec times[] = {time, time};
      ASSERT_EQ(::utimensat(AT_FDCWD, item.path().c_str(), times, 0), 0);
    }
  }
  size_t BlobFiles() {
    size_t count = 0;
    std::error_code error;
    for (const auto& item : std::filesystem::recursive_directory_iterator(store_directory() / "blobs", error))
      count += item.is_regular_file() ? 1 : 0;
    return count;
  }
  /// Every blob that a row names is there and can be read.
  void CheckBlobs() {
    auto tx = Tx();
    const std::vector<std::string> names = tx->ReferencedBlobs().value();
    for (const std::string& name : names) {
      if (name.empty()) continue;
      std::optional<std::string> small = tx->GetSmallBlob(name).value();
      EXPECT_TRUE(small || davit_->blobs->Get(name)) << name;
    }
  }
  size_t LogLines(const AttemptId& attempt) {
    LogCursor cursor;
    cursor.attempt = attempt;
    return client().ReadLog(cursor).value().lines.size();
  }
  /// db deployed with a log of one line and this state.
  AttemptId DeployDb(const RunId& run, const std::string& state = "") {
    const Lease lease = ClaimOne(run, "db");
    TaskOutcome outcome = Done(leaves_["db"]);
    if (!state.empty()) outcome.state = state;
    LogUpload log;
    log.attempt = lease.attempt;
    log.stdout_offset = 3;
    log.lines.push_back({0, false, "hi"});
    Result<FinishAnswer> answer = client().Finish(lease, outcome, log, 0);
    EXPECT_TRUE(answer) << answer.error().message;
    return lease.attempt;
  }
  int64_t Commits() { return davit_->store().counters().commits; }
};

TEST_F(HousekeepTest, OnceADayAndALookElse) {
  Up();
  int64_t commits = Commits();
  Housekeep();
  EXPECT_EQ(Commits() - commits, 1);
  commits = Commits();
  const int64_t statements = davit_->store().counters().statements;
  Housekeep();
  EXPECT_EQ(davit_->store().counters().statements - statements, 3) << "begin, a look, end";
  clock_.now_ms += kDayMs - 1;
  Housekeep();
  EXPECT_EQ(Commits(), commits);
  clock_.now_ms += 1;
  EXPECT_TRUE(Open()->client->Housekeep());
  Housekeep();
  EXPECT_EQ(Commits(), commits) << "another davit was faster";
  clock_.now_ms -= 400 * kDayMs;
  Housekeep();
  EXPECT_EQ(Commits() - commits, 1) << "a clock that was set back does not put it off";
}

TEST_F(HousekeepTest, LogsStayForNinetyDaysAfterTheEnd) {
  const RunId run = Submit(DeployRequest());
  const AttemptId attempt = DeployDb(run);
  PassDays(200);
  Housekeep();
  EXPECT_EQ(LogLines(attempt), 1u) << "its run has not ended";
  Drive(run);
  PassDays(90);
  Housekeep();
  EXPECT_EQ(LogLines(attempt), 1u);
  PassDays(1);
  Housekeep();
  EXPECT_EQ(LogLines(attempt), 0u);
  CheckBlobs();
  EXPECT_EQ(Job(run, "db").job.result, RunResult::kSucceeded) << "what happened is still told";
}

TEST_F(HousekeepTest, PlansStayForThirtyDaysAfterTheEnd) {
  MakeTerraform("db", {"host"});
  SubmitRequest request = DeployRequest();
  request.direct = false;
  request.gate = true;
  request.approval_timeout_s = 0;
  const RunId run = Submit(request);
  TaskOutcome planned = Done();
  planned.has_outputs = false;
  planned.plan = std::string(kLarge, 'p');
  DateBlobs();
  const size_t before = BlobFiles();
  Finish(ClaimOne(run, "db"), planned);
  DateBlobs();
  ASSERT_EQ(BlobFiles(), before + 1);
  PassDays(100);
  Housekeep();
  EXPECT_EQ(BlobFiles(), before + 1) << "it is still to be applied";
  ASSERT_TRUE(client().Answered(run, {}));
  const Lease apply = ClaimOne(run, "db");
  EXPECT_EQ(apply.saved_plan, planned.plan);
  Finish(apply, Done(leaves_["db"]));
  Drive(run);
  PassDays(30);
  Housekeep();
  EXPECT_EQ(BlobFiles(), before + 1);
  PassDays(1);
  Housekeep();
  EXPECT_EQ(BlobFiles(), before);
  CheckBlobs();
  EXPECT_EQ(Down(), (std::vector<std::string>{"web", "api", "db"})) << "what was made with it is taken away without it";
}

TEST_F(HousekeepTest, StatesStayForNinetyDaysThenTheLastOfEachDayAndTheLastTwenty) {
  for (int version = 1; version <= 50; ++version) {
    if (version == 26) PassDays(1);
    WriteChain(std::to_string(version));
    const RunId run = Submit(DeployRequest());
    DeployDb(run, std::string(kLarge, static_cast<char>('0' + version)));
    Drive(run);
  }
  DateBlobs();
  ASSERT_EQ(BlobFiles(), 50u);
  const ComponentId db = Component("db").id;
  auto versions = [&] { return Tx()->ListStateVersions(db, 1000).value(); };
  Housekeep();
  EXPECT_EQ(versions().size(), 50u);
  PassDays(90);
  Housekeep();
  EXPECT_EQ(versions().size(), 26u) << "of the first day the last, of the second all: they are not old yet";
  PassDays(1);
  Housekeep();
  const std::vector<StateVersionRow> left = versions();
  ASSERT_EQ(left.size(), 21u);
  EXPECT_EQ(left.front().version, 50);
  EXPECT_EQ(left[19].version, 31);
  EXPECT_EQ(left[20].version, 25);
  PassDays(5000);
  Housekeep();
  EXPECT_EQ(versions().size(), 21u);
  for (const StateVersionRow& version : left) EXPECT_TRUE(davit_->blobs->Get(version.blob)) << version.version;
  CheckBlobs();
  EXPECT_EQ(BlobFiles(), 21u);
}

TEST_F(HousekeepTest, WhatStandsCanBeUsedAndTakenAwayAfterAnyTime) {
  Write("db/large", std::string(kLarge, 'x'));  // a bundle that is a file
  MakeTerraform("db", {"host"});
  SubmitRequest request = DeployRequest();
  request.direct = false;
  request.gate = true;
  const RunId run = Submit(request);
  TaskOutcome planned;
  planned.plan = std::string(kLarge, 'p');
  Finish(ClaimOne(run, "db"), planned);
  ASSERT_TRUE(client().Answered(run, {}));
  const std::string state(kLarge, 's');
  DeployDb(run, state);
  Drive(run);
  for (int year = 0; year < 3; ++year) {
    DateBlobs();
    PassDays(365);
    Housekeep();
  }
  CheckBlobs();
  EXPECT_EQ(ToText(client().Outputs({})->components.at("db").at("host").data), "db.internal");
  EXPECT_EQ(Up(), (std::vector<std::string>{}));
  const RunId down = Submit(DestroyRequest());
  Finish(ClaimOne(down, "web"), Done());
  Finish(ClaimOne(down, "api"), Done());
  const Lease db = ClaimOne(down, "db");
  EXPECT_EQ(db.prior_state, state);
  EXPECT_EQ(ToText(db.inputs.at(0).value.data), "3");
  EXPECT_TRUE(client().GetBundle(db.bundle));
}

TEST_F(HousekeepTest, ABundleThatNothingIsMadeFromGoesAndComesAgain) {
  Up();
  Write("README.md", "says nothing to any component\n");
  Up();
  const std::string bundle = Row(last_).bundle;
  ASSERT_NE(bundle, Component("db").bundle);
  PassDays(30);
  Housekeep();
  EXPECT_TRUE(client().GetBundle(bundle));
  PassDays(1);
  Housekeep();
  EXPECT_EQ(client().GetBundle(bundle).error().code, ErrorCode::kNotFound);
  EXPECT_TRUE(client().GetBundle(Component("db").bundle));
  Up();
  EXPECT_TRUE(client().GetBundle(bundle));
}

TEST_F(HousekeepTest, WhatWasJustWrittenIsNotSwept) {
  Up();
  Housekeep();
  PassDays(1);
  const std::string name = davit_->blobs->Put("state", "of somebody who is about to name it").value();
  DateBlobs();
  Housekeep();
  EXPECT_TRUE(davit_->blobs->Get(name));
  PassDays(1);
  Housekeep();
  EXPECT_TRUE(davit_->blobs->Get(name)) << "a day old, to the moment";
  PassDays(1);
  Housekeep();
  EXPECT_EQ(davit_->blobs->Get(name).error().code, ErrorCode::kNotFound);
}

}  // namespace
}  // namespace davit::control
