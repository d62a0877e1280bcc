// Renames: what `moved` does to rows, and when.
#include <algorithm>

#include "control/control_test.h"

namespace davit::control {
namespace {

using Names = std::vector<std::string>;

/// db → api, and then the same with db called store.
class MovedTest : public ControlTest {
 protected:
  void SetUp() override {
    ControlTest::SetUp();
    leaves_["db"] = leaves_["store"] = leaves_["depot"] = {{"host", Text("db.internal")}};
    WriteAs("db");
    Up();
    id_ = Component("db").id;
  }
  void WriteAs(const std::string& name, const std::string& moved = "", const std::string& size = "3",
               const std::string& more = "") {
    WriteStack("components:\n  - {name: " + name + ", source: db, parameters: {size: " + size + "}" + more +
                   "}\n  - {name: api, source: api, parameters: {host: \"${" + name +
                   ":host}\"}}\noutputs:\n  - {name: host, value: \"${" + name + ":host}\"}\n" + moved,
               {"db", "api"});
  }
  void WriteMoved(const std::string& size = "3") { WriteAs("store", "moved: [{from: db, to: store}]\n", size); }

  SubmitRequest Asked() {
    SubmitRequest request = DeployRequest();
    request.direct = false;
    request.gate = true;
    return request;
  }
  Result<> Answer(const RunId& run, bool yes) {
    Client::Answer answer;
    answer.approve = yes;
    answer.reason = yes ? "" : "declined";
    return client().Answered(run, answer);
  }
  std::vector<std::string> Overview(const RunId& run) {
    std::vector<std::string> lines;
    const std::vector<JobOverview> overview = client().Overview(run).value();
    for (const JobOverview& job : overview) {
      static const char* const kKinds[] = {"new",     "changed", "may change", "unchanged",
                                           "removed", "destroy", "excluded"};
      lines.push_back(job.component + " " + kKinds[static_cast<int>(job.kind)] +
                      (job.moved_from.empty() ? "" : " from " + job.moved_from));
    }
    return lines;
  }
  ComponentRow Stored(const std::string& name) {
    const DeploymentId deployment = client().Status({}).value().deployment.id;
    return Tx()->FindComponent(deployment, name).value().value_or(ComponentRow{});
  }
  std::vector<std::string> Events(const RunId& run) {
    std::vector<std::string> kinds;
    const std::vector<EventRow> events = client().Events(run, 0, 100).value();
    for (const EventRow& event : events) kinds.push_back(event.kind);
    return kinds;
  }

  ComponentId id_;
};

TEST_F(MovedTest, OnlyAYesGivesTheName) {
  WriteMoved();
  const RunId declined = Submit(Asked());
  EXPECT_EQ(Overview(declined), (Names{"store unchanged from db", "api unchanged"}));
  EXPECT_EQ(Row(declined).state, RunState::kAwaitingApproval) << "a new name is something to ask for";
  EXPECT_EQ(Component("db").id, id_);
  ASSERT_TRUE(Answer(declined, false));
  EXPECT_EQ(Row(declined).result, RunResult::kCancelled);
  EXPECT_TRUE(Tx()->ListLocksOfRun(declined)->empty());
  EXPECT_EQ(Stored("db").id, id_);
  EXPECT_TRUE(Stored("store").id.empty()) << "nothing is written of what was declined";

  const RunId run = Submit(Asked());
  // Whoever says yes reads everything from the store.
  std::unique_ptr<Davit> other = Open();
  ASSERT_TRUE((*other)->Answered(run, {}));
  EXPECT_EQ(Row(run).result, RunResult::kSucceeded);
  const ComponentRow row = Stored("store");
  EXPECT_EQ(row.id, id_);
  EXPECT_TRUE(row.live);
  EXPECT_EQ(Stored("db").id, ComponentId());
  EXPECT_EQ(Stored("api").producers, (Names{"store"})) << "the order of `down` follows from it";
  const Names events = Events(run);
  EXPECT_EQ(std::count(events.begin(), events.end(), "component.moved"), 1);
  EXPECT_EQ(events.back(), "run.finished");
  const OutputsView outputs = client().Outputs({}).value();
  EXPECT_EQ(ToText(outputs.components.at("store").at("host").data), "db.internal");
  EXPECT_EQ(ToText(outputs.stack.at("host").data), "db.internal");

  // Said once and for all.
  EXPECT_TRUE(Up().empty());
  EXPECT_EQ(Row(last_).result, RunResult::kUnchanged);
  EXPECT_EQ(Why("store").kind, JobOverview::Kind::kUnchanged);
}

TEST_F(MovedTest, WithoutAQuestionTheStartGivesTheName) {
  WriteMoved();
  EXPECT_EQ(Why("store").moved_from, "db");
  EXPECT_EQ(Why("db").component, "store");
  const RunId run = Submit(DeployRequest());
  EXPECT_EQ(Overview(run), (Names{"store unchanged from db", "api unchanged"}));
  EXPECT_EQ(Row(run).result, RunResult::kSucceeded);
  EXPECT_EQ(Stored("store").id, id_);
  EXPECT_EQ(client().History({}, 10)->versions.size(), 2u);
  const StackDiff diff = client().DiffStack({}, 0, 0).value();
  EXPECT_TRUE(diff.parameters.empty()) << "size|db is size|store now";
  ASSERT_EQ(diff.components.size(), 1u);
  EXPECT_EQ(diff.components[0].name, "store");
  EXPECT_EQ(diff.components[0].moved_from, "db");
  EXPECT_EQ(diff.components[0].action, "changed");
  EXPECT_TRUE(diff.components[0].manifest.empty() && diff.components[0].inputs.empty() &&
              diff.components[0].outputs.empty() && !diff.components[0].module_files);
}

TEST_F(MovedTest, APreviewGivesNone) {
  WriteMoved("4");
  SubmitRequest request = DeployRequest();
  request.kind = RunKind::kPreview;
  request.direct = false;
  const RunId run = Submit(request);
  EXPECT_EQ(Overview(run), (Names{"store changed from db", "api may change"}));
  EXPECT_TRUE(Claim(run).empty());
  EXPECT_EQ(Row(run).state, RunState::kFinished);
  EXPECT_EQ(Stored("db").id, id_);
  EXPECT_EQ(Stored("db").name, "db");
}

TEST_F(MovedTest, WithNewInputsItRunsOnWhatItHas) {
  WriteMoved("4");
  const RunId run = Submit(Asked());
  EXPECT_TRUE(Claim(run).empty()) << "scripts have no plan";
  ASSERT_TRUE(Answer(run, true));
  const Lease lease = ClaimOne(run, "store");
  EXPECT_EQ(lease.component_id, id_);
  EXPECT_EQ(lease.snapshot_name, "store");
  EXPECT_TRUE(lease.live);
  EXPECT_GT(lease.fence, 1);
  Finish(lease, Done(leaves_["store"]), 5);
  EXPECT_EQ(Row(run).state, RunState::kFinished);
  EXPECT_EQ(Component("store").fingerprint.empty(), false);
  EXPECT_EQ(Job(run, "api").job.result, RunResult::kUnchanged) << "it got what it had";
  EXPECT_TRUE(Up().empty());
}

TEST_F(MovedTest, DownGoesByTheNameThatItWasMadeUnder) {
  WriteMoved();
  Up();
  const RunId run = Submit(DestroyRequest());
  const Lease api = ClaimOne(run, "api");
  const FinishAnswer answer = Finish(api, Done(), 5);
  ASSERT_EQ(answer.leases.size(), 1u);
  EXPECT_EQ(answer.leases[0].component, "store");
  EXPECT_EQ(answer.leases[0].snapshot_name, "db");
  Finish(answer.leases[0], Done(), 5);
  EXPECT_EQ(Row(run).result, RunResult::kSucceeded);
  EXPECT_FALSE(Stored("store").live);

  // What is gone is not moved: it is new.
  WriteAs("depot", "moved: [{from: store, to: depot}]\n");
  EXPECT_EQ(Overview(Submit(DeployRequest())), (Names{"depot new", "api new"}));
}

TEST_F(MovedTest, RemovedWithAnotherNameItGoesByTheOldOne) {
  WriteMoved();
  Up();
  WriteStack("components:\n  - {name: api, source: api, parameters: {host: x}}\n", {});
  const RunId run = Submit(DeployRequest());
  EXPECT_EQ(Overview(run), (Names{"store removed", "api changed"}));
  const FinishAnswer answer = Finish(ClaimOne(run, "api"), Done(), 5);
  ASSERT_EQ(answer.leases.size(), 1u);
  EXPECT_EQ(answer.leases[0].component, "store");
  EXPECT_EQ(answer.leases[0].snapshot_name, "db");
}

/// A Terraform component `tf`, to be called terra.
class MovedTerraformTest : public MovedTest {
 protected:
  void SetUp() override {
    ControlTest::SetUp();
    MakeTerraform("db", {"host"});
    WriteStack("components: [{name: tf, source: db}]\n", {"db"});
    leaves_["tf"] = {{"host", Text("h")}};
    Up();
    id_ = Component("tf").id;
    WriteStack("components: [{name: terra, source: db, parameters: {size: 4}}]\nmoved: [{from: tf, to: terra}]\n", {});
  }
};

TEST_F(MovedTerraformTest, WhatAPlanFoundUnchangedIsRightUnderBothNames) {
  const RunId declined = Submit(Asked());
  const Lease plan = ClaimOne(declined, "terra");
  EXPECT_EQ(plan.kind, TaskKind::kPlan);
  EXPECT_EQ(plan.component_id, id_);
  TaskOutcome outcome = Done({{"host", Text("h")}});
  outcome.no_changes = outcome.job_complete = true;
  Finish(plan, outcome, 5);
  EXPECT_EQ(Row(declined).state, RunState::kAwaitingApproval);
  EXPECT_EQ(Overview(declined), (Names{"terra unchanged from tf"}));
  ASSERT_TRUE(Answer(declined, false));
  EXPECT_EQ(Stored("tf").id, id_);
  EXPECT_EQ(Stored("tf").snapshot_name, "terra") << "its snapshot knows it by a name that it does not have yet";
  EXPECT_EQ(client().LeaseStanding(id_)->component, "tf");
  const RunId down = Submit(DestroyRequest());
  EXPECT_EQ(Claim(down).at(0).snapshot_name, "terra");
}

TEST_F(MovedTerraformTest, WhatAPlanFoundUnchangedIsNotPlannedAgain) {
  const RunId run = Submit(Asked());
  TaskOutcome outcome = Done({{"host", Text("h")}});
  outcome.no_changes = outcome.job_complete = true;
  Finish(ClaimOne(run, "terra"), outcome, 5);
  ASSERT_TRUE(Answer(run, true));
  EXPECT_EQ(Row(run).result, RunResult::kSucceeded);
  EXPECT_EQ(Stored("terra").id, id_);
  EXPECT_EQ(client().LeaseStanding(id_)->component, "terra");
  EXPECT_TRUE(Up().empty());
  EXPECT_EQ(ClaimOne(Submit(DestroyRequest()), "terra").snapshot_name, "terra");
}

TEST_F(MovedTerraformTest, ByHandItHasItsOldNameUntilThen) {
  ImportRequest request;
  request.document = LoadGood();
  request.deployment.stack_name = "shop";
  request.component = "terra";
  request.address = "a.b";
  request.id = "i";
  const Result<RunId> refused = client().SubmitImport(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "terra still stands as tf, and gets its new name with the next `davit up`");
  EXPECT_EQ(refused.error().suggestion, "run `davit up` first");
}

TEST_F(MovedTest, BothCannotStand) {
  WriteStack(
      "components:\n  - {name: db, source: db, parameters: {size: 3}}\n  - {name: api, source: api, parameters: {host: "
      "\"${db:host}\"}}\n  - {name: store, source: db}\n",
      {});
  Up();
  WriteMoved();
  const SubmitRequest request = Asked();
  for (const RunKind kind : {RunKind::kDeploy, RunKind::kPreview}) {
    SubmitRequest wish = request;
    wish.kind = kind;
    wish.gate = kind == RunKind::kDeploy;
    const Result<Submitted> refused = client().Submit(wish);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, ErrorCode::kInvalidInput);
    EXPECT_EQ(refused.error().message, "moved: 'db' cannot go on as 'store', as 'store' stands too");
    EXPECT_EQ(refused.error().suggestion,
              "remove the entry, and `davit up` takes 'db' away as any component that left the manifest");
    const Location place = request.document->sources.Locate(refused.error().position);
    EXPECT_EQ(place.line, 9u);
    EXPECT_EQ(place.source_line.substr(place.column - 1, 2), "db");
  }
  EXPECT_EQ(Stored("db").id, id_);
}

TEST_F(MovedTest, WhatIsGoneMakesRoom) {
  // Seen as new and as removed, and declined; then said to be the same. Once more after something of that name stood.
  WriteAs("store");
  const RunId declined = Submit(Asked());
  EXPECT_EQ(Overview(declined), (Names{"db removed", "store new", "api may change"}));
  ASSERT_TRUE(Answer(declined, false));
  const ComponentId other = Stored("store").id;
  EXPECT_FALSE(other.empty());
  WriteMoved();
  const RunId run = Submit(Asked());
  EXPECT_EQ(Overview(run), (Names{"store unchanged from db", "api unchanged"}));
  ASSERT_TRUE(Answer(run, true));
  EXPECT_EQ(Stored("store").id, id_);
  EXPECT_EQ(Stored("store~1").id, other);
  EXPECT_EQ(Component("store~1").id, ComponentId()) << "nothing of it stands";

  WriteAs("db", "moved: [{from: store, to: db}]\n");
  Up();
  EXPECT_EQ(Stored("db").id, id_) << "and back";
  EXPECT_TRUE(Up().empty());
}

TEST_F(MovedTest, SeveralRenamesInARow) {
  const std::string moved = "moved: [{from: db, to: store}, {from: store, to: depot}]\n";
  WriteAs("depot", moved);
  const RunId run = Submit(Asked());
  EXPECT_EQ(Overview(run), (Names{"depot unchanged from db", "api unchanged"})) << "from before the first of them";
  ASSERT_TRUE(Answer(run, false));
  WriteMoved();
  Up();
  WriteAs("depot", moved);
  EXPECT_EQ(Overview(last_ = Submit(DeployRequest())), (Names{"depot unchanged from store", "api unchanged"}));
  EXPECT_EQ(Stored("depot").id, id_);
  EXPECT_TRUE(Up().empty());
  // The version where it was called db is still known as one of it.
  const StackDiff diff = client().DiffStack({}, 1, 3).value();
  ASSERT_EQ(diff.components.size(), 1u);
  EXPECT_EQ(diff.components[0].moved_from, "db");
}

TEST_F(MovedTest, WhatTheRunLeavesOutKeepsItsName) {
  WriteStack(
      "components:\n  - {name: store, source: db, parameters: {size: 3}}\n  - {name: lone, source: api}\nmoved: "
      "[{from: "
      "db, to: store}]\n",
      {});
  SubmitRequest request = Asked();
  request.targets = {"db"};
  const Result<Submitted> refused = client().Submit(request);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "--target db: the manifest says that it is called store now");
  EXPECT_EQ(refused.error().suggestion, "--target store");
  request.targets = {"lone"};
  RunId run = Submit(request);
  EXPECT_EQ(Overview(run), (Names{"store excluded", "lone new"}));
  Claim(run);
  ASSERT_TRUE(Answer(run, true));
  Drive(run);
  EXPECT_EQ(Stored("db").id, id_);
  EXPECT_TRUE(Stored("db").live);
  EXPECT_TRUE(Stored("store").id.empty());
  request.targets = {"store"};
  run = Submit(request);
  EXPECT_EQ(Overview(run), (Names{"store unchanged from db", "lone excluded"}));
  ASSERT_TRUE(Answer(run, true));
  EXPECT_EQ(Stored("store").id, id_);
}

TEST_F(MovedTest, AnAnswerThatComesTooLateGivesNoName) {
  WriteMoved("4");
  SubmitRequest request = Asked();
  request.approval_timeout_s = 60;
  const RunId run = Submit(request);
  Claim(run);
  clock_.now_ms += 61'000;
  EXPECT_EQ(Answer(run, true).error().code, ErrorCode::kConflict);
  EXPECT_EQ(Row(run).result, RunResult::kCancelled);
  EXPECT_EQ(Stored("db").id, id_);
  EXPECT_EQ(Answer(run, true).error().code, ErrorCode::kConflict);
  EXPECT_EQ(Stored("db").id, id_);
  // And one that came in time is not taken back.
  const RunId next = Submit(request);
  Claim(next);
  ASSERT_TRUE(Answer(next, true));
  clock_.now_ms += 61'000;
  davit_ = Open();
  EXPECT_TRUE(client().SettleRuns());
  EXPECT_EQ(Stored("store").id, id_);
}

TEST_F(MovedTest, ProtectionGoesAlong) {
  WriteAs("db", "", "3", ", protect: true");
  Up();
  EXPECT_TRUE(Stored("db").protect);
  WriteAs("store", "moved: [{from: db, to: store}]\n", "3", ", protect: true");
  Up();
  EXPECT_EQ(Stored("store").id, id_);
  EXPECT_TRUE(Stored("store").protect);
  EXPECT_FALSE(client().Submit(DestroyRequest()));
  // With the new name the manifest may take it off in the same step.
  WriteAs("depot", "moved: [{from: store, to: depot}]\n");
  Up();
  EXPECT_FALSE(Stored("depot").protect);
}

TEST_F(MovedTest, AFailureAfterTheYesLeavesTheNewName) {
  WriteMoved("4");
  fails_["store"] = "broken";
  const RunId run = Submit(Asked());
  Claim(run);
  ASSERT_TRUE(Answer(run, true));
  Drive(run);
  EXPECT_EQ(Row(run).result, RunResult::kFailed);
  EXPECT_EQ(Stored("store").id, id_);
  EXPECT_EQ(ToText(client().Outputs({})->stack.at("host").data), "db.internal");
  fails_.clear();
  EXPECT_EQ(Up(), (Names{"store"}));
}

}  // namespace
}  // namespace davit::control
