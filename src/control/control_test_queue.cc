// Whose turn it is, which deployment is meant, and what pre-flight refuses.
#include "control/control_test.h"

namespace davit::control {
namespace {

using Names = std::vector<std::string>;
using QueueTest = ChainTest;

TEST_F(QueueTest, TwoRunsQueue) {
  std::unique_ptr<Davit> second = Open();
  const RunId first = Submit(DeployRequest());
  const Lease db = ClaimOne(first, "db");
  const Submitted waiting = (*second)->Submit(DeployRequest()).value();
  EXPECT_FALSE(waiting.queue.started);
  EXPECT_EQ(waiting.queue.position, 1);
  EXPECT_EQ(waiting.queue.blocker, first);
  EXPECT_FALSE(waiting.queue.blocker_dead);
  EXPECT_FALSE(waiting.queue.blocker_needs_person);
  EXPECT_NE(waiting.queue.blocker_reason.find("running since"), std::string::npos);
  EXPECT_FALSE((*second)->TryStart(waiting.run)->started);
  EXPECT_TRUE((*second)->Claim(waiting.run, 5)->empty());
  EXPECT_EQ(Show(waiting.run).waits_for, "waits for " + first.text);
  Finish(db, Done(leaves_["db"]));
  Drive(first);
  EXPECT_EQ(client().TryStart(waiting.run).error().code, ErrorCode::kConflict) << "it belongs to the other process";
  EXPECT_TRUE((*second)->TryStart(waiting.run)->started);
  EXPECT_EQ(Kinds((*second)->Overview(waiting.run).value()), (Names{"db unchanged", "api unchanged", "web unchanged"}))
      << "compared with what the first one left";
  EXPECT_EQ(Row(waiting.run).result, RunResult::kUnchanged);
}

TEST_F(QueueTest, LeavingTheQueueLetsTheNextOneGo) {
  std::unique_ptr<Davit> second = Open();
  std::unique_ptr<Davit> third = Open();
  const RunId first = Submit(DeployRequest());
  const RunId waiting = (*second)->Submit(DeployRequest())->run;
  const Submitted last = (*third)->Submit(DestroyRequest()).value();
  EXPECT_EQ(last.queue.position, 2);
  ASSERT_TRUE((*second)->Cancel(waiting, CancelKind::kGraceful, "left the queue"));
  EXPECT_EQ(Row(waiting).state, RunState::kFinished);
  EXPECT_EQ(Row(waiting).result, RunResult::kCancelled);
  EXPECT_EQ((*third)->TryStart(last.run)->position, 1);
  Drive(first);
  EXPECT_TRUE((*third)->TryStart(last.run)->started);
}

TEST_F(QueueTest, ADeploymentIsOneStackInOneEnvironment) {
  Up();
  LoadRequest load;
  load.directory = directory_;
  load.environment = "prod";
  SubmitRequest request;
  request.document = client().Load(load);
  ASSERT_TRUE(request.document->ok);
  request.deployment.stack_name = "shop";
  request.deployment.environment = "prod";
  request.direct = true;
  Drive(Submit(request));
  const std::vector<DeploymentRow> deployments = Tx()->ListDeployments().value();
  Names names;
  for (const DeploymentRow& row : deployments) names.push_back(row.name);
  EXPECT_EQ(names, (Names{"local/default/default/shop", "local/default/prod/shop"}));
  DeploymentSelector prod;
  prod.environment = "prod";
  EXPECT_EQ(client().Status(prod)->deployment.name, "local/default/prod/shop");
  prod.environment = "test";
  EXPECT_FALSE(client().Status(prod));
}

TEST_F(QueueTest, AnEnvironmentThatIsNotThereIsNotTakenForTheOnlyOne) {
  Up();
  SubmitRequest down = DestroyRequest();
  down.deployment.environment = "prod";
  const Result<Submitted> refused = client().Submit(down);
  ASSERT_FALSE(refused) << "`down --env prod` must not take the default environment away";
  EXPECT_EQ(refused.error().code, ErrorCode::kNotFound);
  EXPECT_NE(refused.error().message.find("prod"), std::string::npos);
}

TEST_F(QueueTest, OfSeveralTheOnlyLiveOneIsMeant) {
  Up();
  SubmitRequest request = DeployRequest();
  request.deployment.name = "second";
  Drive(Submit(request));
  EXPECT_EQ(client().Status({}).error().code, ErrorCode::kInvalidInput);
  SubmitRequest down = DestroyRequest();
  down.deployment.name = "second";
  Drive(Submit(down));
  EXPECT_EQ(client().Status({})->deployment.name, "local/default/default/shop");
}

TEST_F(QueueTest, ARenamedStackIsRefused) {
  Up();
  Write("stack.yaml", "version: 1\nkind: stack\nmeta: {name: store}\ncomponents:\n  - {name: db, source: db}\n");
  SubmitRequest request = DeployRequest();
  const Error refused = client().Submit(request).error();
  EXPECT_EQ(refused.code, ErrorCode::kInvalidInput);
  EXPECT_NE(refused.suggestion.find("--deployment shop"), std::string::npos);
  request.deployment.name = "store";
  EXPECT_TRUE(client().Submit(request));
}

TEST_F(QueueTest, PreflightRefusesWithoutARow) {
  ModuleInfo& module = MakeTerraform("db", {"host"});
  module.tool = "terraform";
  module.tool_version = "1.11.4";
  module.unadopted_states = {directory_ / "db/terraform.tfstate"};
  const Error unadopted = client().Submit(DeployRequest()).error();
  EXPECT_EQ(unadopted.code, ErrorCode::kInvalidInput);
  ASSERT_EQ(unadopted.notes.size(), 1u);
  EXPECT_TRUE(unadopted.notes[0].position);
  EXPECT_TRUE(Tx()->ListDeployments()->empty());
  module.unadopted_states.clear();
  Up();
  module.tool_version = "1.9.10";
  EXPECT_NE(client().Submit(DeployRequest()).error().notes.at(0).message.find("is older (1.9.10)"), std::string::npos);
  module.tool_version = "1.12.0";
  EXPECT_TRUE(client().Submit(DeployRequest()));
  module.tool = "tofu";
  EXPECT_FALSE(client().Submit(DeployRequest()));
  module.driver = "script";
  EXPECT_FALSE(client().Submit(DeployRequest()));
}

}  // namespace
}  // namespace davit::control
