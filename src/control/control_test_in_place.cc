// Runs in place, as `davit hub` makes them: every component runs, in order; the first failure ends the run; a state file may say what stands.
#include "control/control_test.h"

namespace davit::control {
namespace {

using Names = std::vector<std::string>;

class InPlaceTest : public ChainTest {
 protected:
  SubmitRequest InPlaceRequest(RunKind kind = RunKind::kDeploy) {
    SubmitRequest request = DeployRequest();
    request.kind = kind;
    request.in_place.emplace();
    return request;
  }
  static KnownState Known(std::string digest) {
    KnownState known;
    known.digest = std::move(digest);
    known.components.push_back({"db", true, RunResult::kSucceeded, {{"host", Text("elsewhere")}}, {}});
    return known;
  }
};

TEST_F(InPlaceTest, WorksInTheDirectoriesThemselvesAndRunsEverything) {
  SubmitRequest request = InPlaceRequest();
  request.in_place->tools.passed_environment = PassedEnvironment::kEverything;
  request.in_place->tools.more_environment = {{"HUB_STATE", "state"}};
  const RunId run = Submit(request);
  const Lease db = ClaimOne(run, "db");
  ASSERT_TRUE(db.in_place);
  EXPECT_EQ(db.in_place->passed_environment, PassedEnvironment::kEverything);
  EXPECT_EQ(db.in_place->more_environment.at("HUB_STATE"), "state");
  EXPECT_EQ(db.module_path, (directory_ / "db").string());
  EXPECT_EQ(db.base_path, directory_.string());
  EXPECT_EQ(db.bundle, "");
  Finish(db, Done(leaves_["db"]));
  EXPECT_EQ(Drive(run), (Names{"api", "web"}));
  EXPECT_EQ(Drive(Submit(InPlaceRequest())), (Names{"db", "api", "web"})) << "nothing ends unchanged";
}

TEST_F(InPlaceTest, AFailureEndsTheRun) {
  WriteStack("components:\n  - {name: db, source: db}\n  - {name: api, source: api}\n  - {name: web, source: web}\n",
             {});
  SubmitRequest request = InPlaceRequest();
  fails_["db"] = "no disk";
  const RunId run = Submit(request);
  EXPECT_EQ(Drive(run), (Names{"db"})) << "nothing depends on it, and nothing else runs";
  EXPECT_EQ(Row(run).result, RunResult::kFailed);
  EXPECT_EQ(Job(run, "web").job.result, RunResult::kCancelled);
  EXPECT_EQ(Job(run, "web").job.reason, "db failed");
  request.in_place->force = true;
  EXPECT_EQ(Drive(Submit(request)).size(), 3u);
}

TEST_F(InPlaceTest, WhatIsLeftOutHoldsNobodyUp) {
  Drive(Submit(InPlaceRequest()));
  SubmitRequest request = InPlaceRequest();
  request.in_place->excluded = {"db"};
  const RunId run = Submit(request);
  const Lease api = ClaimOne(run, "api");
  EXPECT_EQ(ToText(api.inputs[0].value.data), "db.internal") << "from what it left before";
  EXPECT_EQ(Job(run, "db").job.reason, "left out by the command");
}

TEST_F(InPlaceTest, TakesAwayInReverseFromTheLastThatStands) {
  SubmitRequest request = InPlaceRequest();
  request.in_place->excluded = {"web"};
  Drive(Submit(request));
  const RunId run = Submit(InPlaceRequest(RunKind::kDestroy));
  const Lease api = ClaimOne(run, "api");
  EXPECT_EQ(api.kind, TaskKind::kDestroy);
  EXPECT_EQ(ToText(api.inputs[0].value.data), "db.internal") << "as the manifest says now, with what stands";
  EXPECT_EQ(Job(run, "web").job.reason, "the state file does not have it");
  Finish(api, Done());
  EXPECT_EQ(Drive(run), (Names{"db"}));
  EXPECT_EQ(Row(run).result, RunResult::kSucceeded);
  EXPECT_FALSE(Component("db").live);
}

TEST_F(InPlaceTest, AStateFileOfSomebodyElseWins) {
  SubmitRequest request = InPlaceRequest();
  request.in_place->excluded = {"db"};
  request.in_place->known = Known("foreign");
  const RunId run = Submit(request);
  EXPECT_EQ(ToText(ClaimOne(run, "api").inputs[0].value.data), "elsewhere");
  EXPECT_TRUE(Component("db").live);
}

TEST_F(InPlaceTest, AStateFileThatDavitWroteDoesNot) {
  const RunId first = Submit(InPlaceRequest());
  Drive(first);
  ASSERT_TRUE(client().KeepStateFile(first, "older"));
  ASSERT_TRUE(client().KeepStateFile(first, "newest"));
  for (const char* digest : {"older", "newest"}) {
    SubmitRequest request = InPlaceRequest();
    request.in_place->excluded = {"db"};
    request.in_place->known = Known(digest);
    const RunId run = Submit(request);
    const Lease api = ClaimOne(run, "api");
    EXPECT_EQ(ToText(api.inputs[0].value.data), "db.internal") << digest;
    Finish(api, Done(leaves_["api"]));
    Drive(run);
  }
}

TEST_F(InPlaceTest, NothingIsTakenAwayBecauseItLeftTheManifest) {
  Drive(Submit(InPlaceRequest()));
  WriteStack("components:\n  - {name: web, source: web}\n", {});
  EXPECT_EQ(Drive(Submit(InPlaceRequest())), (Names{"web"}));
  EXPECT_TRUE(Component("db").live);
}

}  // namespace
}  // namespace davit::control
