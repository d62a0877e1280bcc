// What people see: reasons and logs.
#include <algorithm>

#include "base/text.h"
#include "control/control_test.h"

namespace davit::control {
namespace {

using Names = std::vector<std::string>;
using WhyTest = ShopTest;

// ---- Why --------------------------------------------------------------------------------------------------------------------------

TEST_F(WhyTest, WhyNamesWhatDiffers) {
  using Kind = JobOverview::Kind;
  EXPECT_EQ(Why("db").kind, Kind::kNew);
  Up();
  davit_ = Open();
  EXPECT_EQ(Why("db").kind, Kind::kUnchanged);
  EXPECT_EQ(Why("web").kind, Kind::kUnchanged);
  EXPECT_EQ(Why("db").driver, "script");

  WriteShop("4");
  EXPECT_EQ(Why("db").kind, Kind::kChanged);
  EXPECT_EQ(Why("db").because, (Names{"input size"}));
  EXPECT_EQ(Why("api").kind, Kind::kMayChange);
  EXPECT_EQ(Why("api").because, (Names{"uses outputs of db"}));
  EXPECT_EQ(Why("web").kind, Kind::kUnchanged) << "it depends on them, but uses nothing of them";
  WriteShop();

  Write("db/deploy", "#!/bin/sh\nother\n");
  EXPECT_EQ(Why("db").because, (Names{"module files"}));
  Write("db/deploy", "#!/bin/sh\n");
  EXPECT_EQ(Why("db").kind, Kind::kUnchanged);

  environment_["REGION"] = "south";
  davit_ = Open();
  ASSERT_EQ(Why("db").because.size(), 1u);
  EXPECT_NE(Why("db").because[0].find("environment"), std::string::npos) << Why("db").because[0];
  environment_["REGION"] = "north";
  davit_ = Open();

  inspector_.modules["db"].driver = "script";
  inspector_.modules["db"].driver_version = "2";
  ASSERT_EQ(Why("db").because.size(), 1u);
  EXPECT_NE(Why("db").because[0].find("driver"), std::string::npos) << Why("db").because[0];
  inspector_.modules["db"].driver_version = "1";
  inspector_.modules["db"].fully_read = false;
  EXPECT_EQ(Why("db").kind, Kind::kChanged);
  inspector_.modules["db"].fully_read = true;
  inspector_.modules["db"].foreign_backend = "s3";
  EXPECT_EQ(Why("db").kind, Kind::kChanged);
  inspector_.modules.clear();
  EXPECT_EQ(Why("db").kind, Kind::kUnchanged);
  EXPECT_EQ(davit_->store().counters().commits, 0);
}

TEST_F(WhyTest, WhyNamesWhatIsNotThere) {
  Up();
  WriteStack("components:\n  - {name: db, source: db}\n", {});
  EXPECT_EQ(Why("api").kind, JobOverview::Kind::kRemoved);
  EXPECT_EQ(Why("api").because, (Names{"it is no longer in the manifest"}));
  const Names because = Why("db").because;
  EXPECT_NE(std::find(because.begin(), because.end(), "input size (gone), zone (gone)"), because.end())
      << Join(because, "; ");
  DeploymentSelector selector;
  selector.stack_name = "shop";
  const Error unknown = client().Why(LoadGood(), selector, "dbb").error();
  EXPECT_EQ(unknown.code, ErrorCode::kNotFound);
  EXPECT_EQ(unknown.suggestion, "did you mean 'db'?");
  selector.name = "another";
  EXPECT_EQ(client().Why(LoadGood(), selector, "db").error().code, ErrorCode::kNotFound);
}

TEST_F(WhyTest, WhyOfAStackThatWasNeverDeployedHere) {
  DeploymentSelector selector;
  selector.stack_name = "shop";
  EXPECT_EQ(client().Why(LoadGood(), selector, "db")->kind, JobOverview::Kind::kNew);
  EXPECT_EQ(client().Why(LoadGood(), selector, "bd").error().suggestion, "did you mean 'db'?");
}

TEST_F(WhyTest, LookingNeedsNoRightToWrite) {
  Up();
  const RunId run = last_;
  davit_ = Open(/*reads=*/true);
  EXPECT_EQ(Why("db").kind, JobOverview::Kind::kUnchanged);
  EXPECT_TRUE(client().Outputs({}));
  EXPECT_TRUE(client().Status({}));
  EXPECT_TRUE(client().ListRuns({}, false, 10));
  EXPECT_EQ(Show(run).jobs.size(), 3u);
  EXPECT_EQ(davit_->store().counters().commits, 0);
}

// ---- Logs -------------------------------------------------------------------------------------------------------------------------

TEST_F(WhyTest, ALogIsReadWhileItGrows) {
  const RunId run = Submit(DeployRequest());
  const Lease db = ClaimOne(run, "db");
  LogCursor cursor;
  cursor.attempt = db.attempt;
  LogPage page = client().ReadLog(cursor).value();
  EXPECT_TRUE(page.lines.empty());
  EXPECT_FALSE(page.ended);
  ASSERT_TRUE(client().PutLog(db, Log(db, {"one", "!two"}, 10)));
  ASSERT_TRUE(client().PutLog(db, Log(db, {"one", "!two"}, 10)));  // sent twice
  ASSERT_TRUE(client().PutLog(db, Log(db, {""}, 11)));
  page = client().ReadLog(cursor).value();
  ASSERT_EQ(page.lines.size(), 3u);
  EXPECT_EQ(page.lines[0].text, "one");
  EXPECT_EQ(page.lines[0].number, 1);
  EXPECT_FALSE(page.lines[0].from_stderr);
  EXPECT_TRUE(page.lines[1].from_stderr);
  EXPECT_EQ(page.lines[2].text, "");
  EXPECT_EQ(page.lines[2].number, 3);
  EXPECT_FALSE(page.ended);
  EXPECT_EQ(cursor.stdout_offset, 11);
  EXPECT_TRUE(client().ReadLog(cursor)->lines.empty());
  ASSERT_TRUE(client().Finish(db, Done(leaves_["db"]), Log(db, {"last"}, 20), 0));
  page = client().ReadLog(cursor).value();
  ASSERT_EQ(page.lines.size(), 1u);
  EXPECT_EQ(page.lines[0].number, 4);
  EXPECT_TRUE(page.ended);
  LogCursor middle;
  middle.attempt = db.attempt;
  middle.next_line = 2;
  EXPECT_EQ(client().ReadLog(middle)->lines.at(0).text, "!two");
  middle.attempt = AttemptId("att_0");
  EXPECT_EQ(client().ReadLog(middle).error().code, ErrorCode::kNotFound);
}

TEST_F(WhyTest, ALongLogComesInPages) {
  const RunId run = Submit(DeployRequest());
  const Lease db = ClaimOne(run, "db");
  const std::string line(100'000, 'x');
  int64_t written = 0;
  for (int chunk = 0; chunk < 12; ++chunk) {
    std::vector<std::string> texts(10, line);
    written += 10;
    ASSERT_TRUE(client().PutLog(db, Log(db, std::move(texts), written * 100'001)));
  }
  Finish(db, Done(leaves_["db"]));
  LogCursor cursor;
  cursor.attempt = db.attempt;
  int64_t next = 1;
  int pages = 0;
  for (bool ended = false; !ended; ++pages) {
    const LogPage page = client().ReadLog(cursor).value();
    EXPECT_LE(page.lines.size(), 60u);
    for (const LogLine& read : page.lines) EXPECT_EQ(read.number, next++);
    ended = page.ended;
    ASSERT_FALSE(page.lines.empty() && !ended);
  }
  EXPECT_EQ(next, written + 1);
  EXPECT_GT(pages, 1);
}

TEST_F(WhyTest, TheLogOfAnAttemptThatWasGivenUpEnds) {
  const RunId run = Submit(DeployRequest());
  const Lease db = ClaimOne(run, "db");
  ASSERT_TRUE(client().PutLog(db, Log(db, {"begun"}, 6)));
  ASSERT_TRUE(client().MarkReconcile(db, "killed", {}));
  LogCursor cursor;
  cursor.attempt = db.attempt;
  EXPECT_FALSE(client().ReadLog(cursor)->ended);
  ASSERT_TRUE(client().Resume(run, db.task));
  EXPECT_TRUE(client().ReadLog(cursor)->ended);
}

}  // namespace
}  // namespace davit::control
