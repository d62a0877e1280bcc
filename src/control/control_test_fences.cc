// What must never be lost and never be done twice: fences, quarantine, reconcile, and secrets that stay sealed.
#include "control/apply_step.h"
#include "control/control_test.h"

namespace davit::control {
namespace {

class FencesTest : public ControlTest {
 protected:
  void SetUp() override {
    ControlTest::SetUp();
    WriteStack("components:\n  - {name: db, source: db}\n  - {name: api, source: api, depends: [db]}\n", {"db", "api"});
  }
  void Step(const RunId& run, const engine::Event& event) {
    auto tx = Tx(store::Mode::kWrite);
    ASSERT_TRUE(ApplyStep(*tx, run, event, clock_.now_ms));
    ASSERT_TRUE(tx->Commit());
  }
  std::vector<StateVersionRow> States(const ComponentId& component) {
    return Tx()->ListStateVersions(component, 10).value();
  }
};

TEST_F(FencesTest, AnOldFenceChangesNothingAndItsStateGoesToQuarantine) {
  const RunId run = Submit(DeployRequest());
  const Lease old = ClaimOne(run, "db");
  ASSERT_TRUE(client().PutState(old, "growing", 1, "lineage"));
  Step(run, engine::MarkReconcile{old.task, old.fence, "nobody saw its end"});
  ASSERT_TRUE(client().Resume(run, old.task));
  const Lease now = ClaimOne(run, "db");
  EXPECT_EQ(now.fence, old.fence + 1);
  EXPECT_EQ(now.prior_state, "growing") << "what the first attempt did is known to the second";
  EXPECT_NE(now.attempt_directory, old.attempt_directory);

  const int64_t events = Row(run).next_event;
  EXPECT_EQ(client().PutState(old, "late", 2, "lineage").error().code, ErrorCode::kConflict);
  TaskOutcome late = Done();
  late.state = "later";
  LogUpload log;
  log.attempt = old.attempt;
  EXPECT_EQ(client().Finish(old, late, log, 5).error().code, ErrorCode::kConflict);
  EXPECT_EQ(client().MarkReconcile(old, "late", {}).error().code, ErrorCode::kConflict);
  log.stdout_offset = 5;
  log.lines.push_back({0, false, "late"});
  EXPECT_TRUE(client().PutLog(old, log)) << "nobody else writes the log of that attempt";
  EXPECT_EQ(Row(run).next_event, events);
  EXPECT_EQ(Job(run, "db").job.state, JobState::kRunning);

  const std::vector<StateVersionRow> states = States(old.component_id);
  ASSERT_EQ(states.size(), 3u);
  EXPECT_TRUE(states[0].quarantined);
  EXPECT_TRUE(states[1].quarantined);
  EXPECT_FALSE(states[2].quarantined);
  EXPECT_EQ(Component("db").state, states[2].id);

  TaskOutcome outcome = Done();
  outcome.state = "whole";
  outcome.state_serial = 7;
  Finish(now, outcome);
  const StateVersionId newest = Component("db").state;
  const StateVersionRow kept = *Tx()->GetStateVersion(newest).value();
  EXPECT_EQ(kept.version, 2);
  EXPECT_EQ(kept.serial, 7);
  EXPECT_TRUE(kept.complete);
}

TEST_F(FencesTest, CopiesOfAGrowingStateAreOneVersion) {
  const RunId run = Submit(DeployRequest());
  const Lease db = ClaimOne(run, "db");
  for (int i = 1; i <= 5; ++i) ASSERT_TRUE(client().PutState(db, "state " + std::to_string(i), i, "lineage"));
  EXPECT_FALSE(States(db.component_id)[0].complete);
  TaskOutcome outcome = Done();
  outcome.state = "state 5";
  outcome.state_serial = 5;
  Finish(db, outcome);
  ASSERT_EQ(States(db.component_id).size(), 1u);
  EXPECT_TRUE(States(db.component_id)[0].complete);
  Drive(run);
  // The same state again is no new version.
  Write("db/deploy", "changed");
  const RunId again = Submit(DeployRequest());
  const Lease same = ClaimOne(again, "db");
  EXPECT_EQ(same.prior_state, "state 5");
  Finish(same, outcome);
  EXPECT_EQ(States(db.component_id).size(), 1u);
}

TEST_F(FencesTest, AStateThatFailedIsKept) {
  const RunId run = Submit(DeployRequest());
  TaskOutcome outcome = Failed("exit code 1");
  outcome.state = "half of it";
  Finish(ClaimOne(run, "db"), outcome);
  const RunId again = Submit(DeployRequest());
  EXPECT_EQ(ClaimOne(again, "db").prior_state, "half of it");
}

TEST_F(FencesTest, NobodyQueuesBehindAPerson) {
  const RunId run = Submit(DeployRequest());
  const Lease db = ClaimOne(run, "db");
  ASSERT_TRUE(client().MarkReconcile(db, "it was killed", {{"perhaps_made", json::array{"a.b"}}}));
  EXPECT_EQ(Row(run).reconcile_tasks, 1);
  EXPECT_NE(Show(run).waits_for.find("davit run reconcile " + run.text), std::string::npos);
  EXPECT_EQ(Job(run, "db").waits_for, "waits for a person: `davit run reconcile " + run.text + "`");
  EXPECT_EQ(Job(run, "api").waits_for, "waits for db");
  davit_.reset();  // the process that drove it ends with exit code 4
  davit_ = Open();
  const size_t runs = client().ListRuns({}, false, 100)->size();
  const Error refused = client().Submit(DeployRequest()).error();
  EXPECT_EQ(refused.code, ErrorCode::kNeedsPerson);
  EXPECT_NE(refused.message.find(run.text), std::string::npos) << refused.message;
  EXPECT_NE(refused.message.find("db"), std::string::npos) << refused.message;
  EXPECT_EQ(client().ListRuns({}, false, 100)->size(), runs) << "nothing was written";

  const std::vector<Client::ReconcileItem> items = client().ReconcileItems(run).value();
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(items[0].component, "db");
  EXPECT_EQ(GetString(items[0].report, "reason"), "it was killed");
  EXPECT_EQ(GetArray(items[0].report, "perhaps_made")->size(), 1u);
  ASSERT_TRUE(client().Abandon(run));
  EXPECT_EQ(Row(run).state, RunState::kFinished);
  EXPECT_EQ(Row(run).result, RunResult::kFailed);
  EXPECT_TRUE(client().ReconcileItems(run)->empty());
  EXPECT_EQ(Up(), (std::vector<std::string>{"db", "api"}))
      << "what was given up is run again, its consumer for the first time";
}

TEST_F(FencesTest, AfterACrashWhatBeganWaitsAndWhatDidNotEnds) {
  const RunId run = Submit(DeployRequest());
  const Lease db = ClaimOne(run, "db");
  EXPECT_TRUE(client().TakeOrphans()->empty()) << "its process lives";
  davit_.reset();
  davit_ = Open();
  const std::vector<Orphan> orphans = client().TakeOrphans().value();
  ASSERT_EQ(orphans.size(), 1u);
  EXPECT_EQ(orphans[0].lease.task, db.task);
  EXPECT_EQ(orphans[0].lease.attempt_directory, db.attempt_directory);
  EXPECT_EQ(orphans[0].state, TaskState::kNeedsReconcile);
  EXPECT_EQ(client().SettleRuns().value(), std::vector<RunId>{run});
  const Lease adopted = client().Adopt(db.task).value();
  EXPECT_EQ(adopted.fence, db.fence + 1);
  EXPECT_EQ(adopted.attempt, db.attempt);
  LogUpload log;
  log.attempt = db.attempt;
  log.stdout_offset = 5;
  log.lines.push_back({0, false, "line"});
  EXPECT_EQ(client().PutLog(db, log).error().code, ErrorCode::kConflict) << "the adopter reads the same files";
  EXPECT_TRUE(client().PutLog(adopted, log));
  EXPECT_TRUE(client().SettleRuns()->empty()) << "somebody is at it";
  Finish(adopted, Done());
  EXPECT_TRUE(client().SettleRuns()->empty());
  EXPECT_EQ(Row(run).state, RunState::kFinished);
  EXPECT_EQ(Row(run).result, RunResult::kCancelled);
  EXPECT_EQ(Job(run, "db").job.result, RunResult::kSucceeded);
  EXPECT_EQ(Up(), (std::vector<std::string>{"api"}));
}

TEST_F(FencesTest, AFinishedAttemptStaysUntilItsDirectoryIsGone) {
  const RunId run = Submit(DeployRequest());
  const Lease db = ClaimOne(run, "db");
  EXPECT_TRUE(client().UncleanedAttempts()->empty());
  Finish(db, Done());
  ASSERT_EQ(client().UncleanedAttempts()->size(), 1u);
  EXPECT_EQ(client().UncleanedAttempts()->at(0).directory, db.attempt_directory.string());
  ASSERT_TRUE(client().AttemptCleaned(db.attempt));
  davit_.reset();  // written at the latest when the client goes
  davit_ = Open();
  EXPECT_TRUE(client().UncleanedAttempts()->empty());
}

TEST_F(FencesTest, SecretsAreNowhereInClear) {
  const std::string secret = "correct-horse-battery-staple";
  environment_["PASSWORD"] = secret + "-from-env";
  davit_ = Open();
  WriteStack(
      "components:\n"
      "  - name: db\n"
      "    source: db\n"
      "    parameters: [{name: password, value: \"${admin}\", sensitive: true}]\n"
      "  - {name: api, source: api, parameters: {password: \"${db:password}\"}}\n"
      "parameters:\n"
      "  - {name: admin, kind: user, fromEnv: PASSWORD, sensitive: true}\n"
      "outputs:\n"
      "  - {name: password, value: \"${db:password}\", sensitive: true}\n",
      {});
  MakeTerraform("db", {"password"});
  SubmitRequest request = DeployRequest();
  request.direct = false;
  request.gate = true;
  const RunId run = Submit(request);
  const Lease plan = ClaimOne(run, "db");
  EXPECT_EQ(plan.secrets, std::vector<std::string>{secret + "-from-env"});
  TaskOutcome planned = Done();
  planned.plan = "plan with " + secret;
  planned.planned.emplace().planned_outputs["password"] = {nullptr, true, true};
  EXPECT_TRUE(Finish(plan, planned, 1).leases.empty()) << "its consumer is deferred";
  ASSERT_TRUE(client().Answered(run, {}));
  const Lease apply = ClaimOne(run, "db");
  ASSERT_TRUE(client().PutState(apply, "growing " + secret, 1, "l"));
  TaskOutcome outcome = Done({{"password", Text(secret + "-made", true)}});
  outcome.state = std::string(100'000, ' ') + secret;  // large enough for a file of its own
  LogUpload log;
  log.attempt = apply.attempt;
  log.stdout_offset = 1;
  log.lines.push_back({0, false, secret});  // the runner masks; what it does not know is sealed all the same
  const FinishAnswer next = client().Finish(apply, outcome, log, 5).value();
  ASSERT_EQ(next.leases.size(), 1u);
  EXPECT_TRUE(next.leases[0].inputs[0].value.sensitive) << "through every expression";
  EXPECT_EQ(next.leases[0].secrets, (std::vector<std::string>{secret + "-from-env", secret + "-made"}));
  Finish(next.leases[0], Failed("it failed"));
  EXPECT_EQ(Row(run).state, RunState::kFinished);

  size_t files = 0;
  for (const auto& item : std::filesystem::recursive_directory_iterator(store_directory())) {
    if (!item.is_regular_file()) continue;
    ++files;
    EXPECT_EQ(ReadFile(item.path()).value().find(secret), std::string::npos) << item.path();
  }
  EXPECT_GE(files, 3u);  // store, its log, a large blob
  const std::vector<EventRow> events = client().Events(run, 0, 1000).value();
  for (const EventRow& event : events) {
    EXPECT_EQ(json::serialize(event.data).find(secret), std::string::npos);
  }
  EXPECT_TRUE(client().Outputs({})->stack.at("password").sensitive);
  EXPECT_EQ(ToText(client().Outputs({})->stack.at("password").data), secret + "-made");
}

TEST_F(FencesTest, AnotherKeyReadsNothing) {
  Up();
  Path created;
  keyring_.emplace(secrets::Keyring::Create({{"XDG_CONFIG_HOME", (root_ / "other").string()}}, &created).value());
  davit_ = Open();
  EXPECT_FALSE(client().Outputs({}));
  EXPECT_TRUE(client().ListRuns({}, false, 10)) << "lists that need no blob still work";
  EXPECT_TRUE(client().Status({}));
}

}  // namespace
}  // namespace davit::control
