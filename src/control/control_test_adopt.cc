// States that are taken over: from the backend that a module declares, and what that means for every later run; and one resource that is
// imported.
#include "control/control_test.h"

namespace davit::control {
namespace {

std::string State(int serial) {
  return R"({"version":4,"terraform_version":"1.11.4","serial":)" + std::to_string(serial) +
         R"(,"lineage":"l","outputs":{},"resources":[{"mode":"managed","type":"a_b","name":"c","instances":[{}]},)"
         R"({"mode":"data","type":"a_b","name":"d","instances":[{}]}]})";
}

class AdoptTest : public ControlTest {
 protected:
  void SetUp() override {
    ControlTest::SetUp();
    WriteStack("components:\n  - {name: db, source: db, parameters: {size: 3}}\n  - {name: app, source: app}\n",
               {"db", "app"});
    MakeTerraform("db", {}).foreign_backend = "http";
    inspector_.modules["db"].backend_place = "main.tf:7";
  }
  AdoptRequest Wanted(const std::string& component = "db") {
    AdoptRequest request;
    request.document = LoadGood();
    request.deployment.stack_name = "shop";
    request.component = component;
    return request;
  }
  RunId SubmitAdoption() {
    const Result<RunId> run = client().SubmitAdoption(Wanted());
    EXPECT_TRUE(run) << run.error().message;
    return run.value_or(RunId());
  }
  static TaskOutcome Fetched(const std::string& state) {
    TaskOutcome outcome;
    outcome.state = state;
    const StateFile file = ReadStateFile(state, StateDetail::kAddresses).value();
    outcome.state_serial = file.serial;
    outcome.state_lineage = file.lineage;
    return outcome;
  }
  std::vector<StateVersionRow> States() {
    const ComponentId db = Db().id;
    return Tx()->ListStateVersions(db, 10).value();
  }
  /// Also while nothing of it stands.
  ComponentRow Db() {
    const auto tx = Tx();
    return tx->FindComponent(tx->ListDeployments()->at(0).id, "db").value().value();
  }
  /// Takes it over from the first to the last of it.
  void Adopt(const std::string& state) {
    const RunId run = SubmitAdoption();
    Finish(ClaimOne(run, "db"), Fetched(state));
    ASSERT_TRUE(client().Answered(run, {}));
    Finish(ClaimOne(run, "db"), Fetched(state));
    ASSERT_EQ(Row(run).result, RunResult::kSucceeded);
  }
};

TEST_F(AdoptTest, WhatIsFetchedWaitsForAYesAndIsFetchedOnceMore) {
  const RunId run = SubmitAdoption();
  const Lease first = ClaimOne(run, "db");
  EXPECT_TRUE(first.adopt);
  EXPECT_EQ(first.kind, TaskKind::kPlan);
  EXPECT_EQ(first.module.foreign_backend, "http");
  ASSERT_EQ(first.inputs.size(), 1u) << "what it needs to get there";
  EXPECT_EQ(ToText(first.inputs[0].value.data), "3");
  EXPECT_EQ(client().AdoptionOf(run).error().code, ErrorCode::kNotFound);
  Finish(first, Fetched(State(5)));

  EXPECT_EQ(Row(run).state, RunState::kRunning);
  EXPECT_EQ(Row(run).approval_tasks, 1);
  EXPECT_TRUE(Claim(run).empty()) << "a pause holds no lease";
  EXPECT_TRUE(States().empty());
  const AdoptView view = client().AdoptionOf(run).value();
  EXPECT_EQ(view.backend, "http");
  EXPECT_EQ(view.serial, 5);
  EXPECT_EQ(view.lineage, "l");
  EXPECT_EQ(view.sha256.size(), 64u);
  EXPECT_EQ(view.resources, std::vector<std::string>{"a_b.c"});
  EXPECT_EQ(client().Submit(DeployRequest())->queue.started, false) << "the deployment is locked";

  ASSERT_TRUE(client().Answered(run, {}));
  EXPECT_TRUE(States().empty());
  Finish(ClaimOne(run, "db"), Fetched(State(5)));
  EXPECT_EQ(Row(run).result, RunResult::kSucceeded);
  ASSERT_EQ(States().size(), 1u);
  EXPECT_EQ(States()[0].version, 1);
  EXPECT_EQ(States()[0].serial, 5);
  EXPECT_EQ(States()[0].lineage, "l");
  EXPECT_TRUE(States()[0].complete);
  const ComponentRow db = Db();
  EXPECT_EQ(db.state, States()[0].id);
  EXPECT_EQ(db.driver, "terraform");
  EXPECT_FALSE(db.live) << "it counts as deployed with the next up";
}

TEST_F(AdoptTest, WhatHasChangedSinceItWasShownIsNotTaken) {
  Up();
  const ComponentRow before = Db();
  const RunId run = SubmitAdoption();
  Finish(ClaimOne(run, "db"), Fetched(State(5)));
  ASSERT_TRUE(client().Answered(run, {}));
  Finish(ClaimOne(run, "db"), Fetched(State(6)));
  EXPECT_EQ(Row(run).result, RunResult::kFailed);
  EXPECT_NE(Job(run, "db").job.reason.find("serial 5, now 6"), std::string::npos);
  EXPECT_TRUE(States().empty());
  const ComponentRow after = Db();
  EXPECT_EQ(after.last_result, before.last_result);
  EXPECT_EQ(after.last_run, before.last_run);
  EXPECT_EQ(after.fingerprint, before.fingerprint);
  Adopt(State(6));
}

TEST_F(AdoptTest, ANoAndAFailureChangeNothing) {
  Up();
  const ComponentRow before = Db();
  const RunId declined = SubmitAdoption();
  Finish(ClaimOne(declined, "db"), Fetched(State(5)));
  Client::Answer no;
  no.approve = false;
  ASSERT_TRUE(client().Answered(declined, no));
  EXPECT_EQ(Row(declined).result, RunResult::kCancelled);
  const RunId failed = SubmitAdoption();
  Finish(ClaimOne(failed, "db"), Failed("connection refused"));
  EXPECT_EQ(Row(failed).result, RunResult::kFailed);
  EXPECT_TRUE(States().empty());
  EXPECT_EQ(Db().last_result, before.last_result);
  EXPECT_EQ(Db().last_run, before.last_run);
  EXPECT_FALSE(Db().fingerprint.empty());
}

TEST_F(AdoptTest, WhatADavitThatDiedHadFetchedIsGone) {
  for (const bool at_the_question : {false, true}) {
    const RunId run = SubmitAdoption();
    const Lease lease = ClaimOne(run, "db");
    if (at_the_question) Finish(lease, Fetched(State(5)));
    davit_.reset();
    davit_ = Open();
    ASSERT_TRUE(client().TakeOrphans());
    EXPECT_TRUE(client().SettleRuns()->empty());
    EXPECT_EQ(Row(run).result, RunResult::kCancelled);
    EXPECT_TRUE(States().empty());
  }
  Adopt(State(5));
}

TEST_F(AdoptTest, FromThenOnTheBackendIsNotUsed) {
  Up();
  EXPECT_EQ(Why("db").because,
            std::vector<std::string>{"its state is kept by its own http backend, so it is always planned"});
  Adopt(State(5));
  EXPECT_EQ(Why("db").because, std::vector<std::string>{"state"});

  const Submitted submitted = client().Submit(DeployRequest()).value();
  ASSERT_EQ(submitted.warnings.size(), 1u);
  const Error& warning = submitted.warnings[0].error;
  EXPECT_NE(warning.message.find("the http backend that its module declares in db/main.tf:7 is not used"),
            std::string::npos)
      << warning.message;
  EXPECT_TRUE(warning.position);
  const Lease lease = ClaimOne(submitted.run, "db");
  EXPECT_EQ(lease.module.foreign_backend, "");
  EXPECT_EQ(lease.module.overridden_backend, "http");
  EXPECT_EQ(lease.prior_state, State(5));
  Finish(lease, Done());
  EXPECT_EQ(Why("db").kind, JobOverview::Kind::kUnchanged) << "as any other whose state is davit's";

  inspector_.modules["db"].foreign_backend.clear();
  EXPECT_TRUE(client().Submit(DeployRequest())->warnings.empty());
}

TEST_F(AdoptTest, AlsoNotByWhatWasDeployedBefore) {
  Up();
  Adopt(State(5));
  const RunId run = Submit(DestroyRequest());
  for (const Lease& lease : Claim(run)) {
    if (lease.component != "db") continue;
    EXPECT_EQ(lease.module.overridden_backend, "http") << "of the files of the last up";
    EXPECT_EQ(lease.prior_state, State(5));
  }
}

TEST_F(AdoptTest, ABackendThatIsDeclaredLaterIsNotUsed) {
  inspector_.modules["db"].foreign_backend.clear();
  const RunId first = Submit(DeployRequest());
  for (const Lease& lease : Claim(first)) {
    TaskOutcome outcome = Done();
    if (lease.component == "db") outcome.state = State(1);
    Finish(lease, outcome);
  }
  inspector_.modules["db"].foreign_backend = "s3";
  Write("db/main.tf", "# another file\n");
  const Submitted second = client().Submit(DeployRequest()).value();
  EXPECT_EQ(second.warnings.size(), 1u);
  const Lease lease = ClaimOne(second.run, "db");
  EXPECT_EQ(lease.module.overridden_backend, "s3");
  EXPECT_EQ(lease.prior_state, State(1));
}

TEST_F(AdoptTest, WhatMayNotBeAdopted) {
  EXPECT_EQ(client().SubmitAdoption(Wanted("dbx")).error().code, ErrorCode::kNotFound);
  EXPECT_EQ(client().SubmitAdoption(Wanted("app")).error().code, ErrorCode::kInvalidInput);
  const RunId run = SubmitAdoption();
  EXPECT_EQ(client().SubmitAdoption(Wanted()).error().code, ErrorCode::kConflict) << "a run is under way";
  ASSERT_TRUE(client().Cancel(run, CancelKind::kGraceful, "enough"));
  Adopt(State(5));
  const Error already = client().SubmitAdoption(Wanted()).error();
  EXPECT_EQ(already.code, ErrorCode::kInvalidInput);
  EXPECT_NE(already.message.find("already, version 1, with 1 resource"), std::string::npos) << already.message;
  Up();
  EXPECT_NE(client().SubmitAdoption(Wanted()).error().message.find("stands already"), std::string::npos);
}

TEST_F(AdoptTest, AnImportHasTheInputsAndIsOverWhenItIsOver) {
  ImportRequest request;
  request.document = LoadGood();
  request.deployment.stack_name = "shop";
  request.component = "db";
  request.address = "a_b.c";
  request.id = "x";
  const Error refused = client().SubmitImport(request).error();
  EXPECT_EQ(refused.code, ErrorCode::kInvalidInput);
  EXPECT_NE(refused.suggestion.find("davit state adopt db"), std::string::npos);

  inspector_.modules["db"].foreign_backend.clear();
  request.document = LoadGood();
  const RunId run = client().SubmitImport(request).value();
  const Lease lease = ClaimOne(run, "db");
  EXPECT_EQ(lease.import_address, "a_b.c");
  ASSERT_EQ(lease.inputs.size(), 1u);
  EXPECT_EQ(ToText(lease.inputs[0].value.data), "3");
  TaskOutcome outcome;
  outcome.state = State(1);
  Finish(lease, outcome);
  EXPECT_EQ(Row(run).result, RunResult::kSucceeded);

  const Lease destroy = ClaimOne(Submit(DestroyRequest()), "db");
  EXPECT_EQ(destroy.kind, TaskKind::kDestroy);
  EXPECT_EQ(destroy.import_address, "") << "it is not imported again";
  EXPECT_EQ(destroy.inputs.size(), 1u);
}

}  // namespace
}  // namespace davit::control
