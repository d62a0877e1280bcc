#include "hub/projection.h"

#include <gtest/gtest.h>

namespace davit::hub {
namespace {

/// Components db, cdn, app; of them `optional` ones.
Stack StackOf(const std::vector<std::string>& optional = {}) {
  Stack stack;
  stack.name = "demo";
  for (const char* name : {"db", "cdn", "app"}) {
    Component component;
    component.name = name;
    component.origin = std::string(name) + "-origin";
    component.kind = std::string(name) + "-kind";
    component.optional = std::find(optional.begin(), optional.end(), name) != optional.end();
    stack.components.push_back(component);
  }
  return stack;
}

ComponentPicture Done(const std::string& output, const std::string& capability) {
  ComponentPicture picture;
  picture.progress = Progress::kDone;
  picture.start = 1000;
  picture.end = 2000;
  picture.parameters = {{"", "z", 1, ""}, {"", "a", "b", "A"}};
  picture.raw_outputs = {{"raw", output}};
  CapturedOutput captured;
  captured.name = "out";
  captured.value = output;
  picture.outputs = {captured};
  picture.provides = {capability};
  return picture;
}

RunPicture Deployed(const Stack& stack) {
  RunPicture run;
  run.stack = &stack;
  run.operation = "deploy";
  run.id = "op1";
  run.now = 3000;
  run.end = RunEnd::kSuccess;
  run.components = {Done("1", "sql"), Done("2", "cdn"), Done("3", "shop")};
  return run;
}

std::vector<std::string> Names(const CapturedOutputs& outputs) {
  std::vector<std::string> names;
  for (const auto& output : outputs) names.push_back(output->QualifiedName() + "=" + output->value.as_string().c_str());
  return names;
}

using Texts = std::vector<std::string>;

TEST(Projection, ADeployLeavesAllThatAComponentKnew) {
  const Stack stack = StackOf();
  RunPicture run = Deployed(stack);
  run.stack_parameters = {{"app", "p", 1, ""}, {"", "a", 2, ""}};
  const StateFile state = Project(run, nullptr);
  EXPECT_EQ(state.status, "deployed");
  EXPECT_EQ(state.meta_kind + " " + state.meta_name, "stack demo");
  EXPECT_EQ(state.order, (Texts{"db", "cdn", "app"}));
  EXPECT_EQ(state.stack_parameters[0].name, "a");
  EXPECT_EQ(Names(state.Find("db")->captured_outputs), (Texts{"db:out=1"}));
  EXPECT_EQ(Names(state.Find("app")->captured_outputs), (Texts{"app:out=3", "cdn:out=2", "db:out=1"}));
  EXPECT_EQ(Names(state.captured_outputs), (Texts{"app:out=3", "cdn:out=2", "db:out=1"}));
  EXPECT_EQ(state.captured_outputs[0]->component_origin, "app-origin");
  EXPECT_EQ(state.Find("db")->parameters[0].name, "a") << "sorted";
  EXPECT_EQ(state.Find("db")->meta.kind, "db-kind");
  EXPECT_EQ(state.provides, (Providers{{"sql", {"db"}}, {"cdn", {"cdn"}}, {"shop", {"app"}}}));
  ASSERT_EQ(state.operations.size(), 1u);
  EXPECT_EQ(state.operations[0].status, "success");
  EXPECT_EQ(state.operations[0].phases.size(), 3u);
}

TEST(Projection, WhileItGoesOn) {
  const Stack stack = StackOf();
  RunPicture run = Deployed(stack);
  run.end = RunEnd::kNotYet;
  run.components[1].progress = Progress::kRunning;
  run.components[2].progress = Progress::kNotPart;
  const StateFile state = Project(run, nullptr);
  EXPECT_EQ(state.status, "deploying");
  EXPECT_EQ(state.Find("cdn")->status, "deploying");
  EXPECT_EQ(state.Find("app"), nullptr);
  EXPECT_TRUE(state.captured_outputs.empty()) << "only what ended has them all";
  EXPECT_EQ(state.operations[0].status, "in-progress");
  EXPECT_EQ(state.operations[0].phases[1].status, "in-progress");
  // The next picture of the same run takes its place; another run finds that this one was killed.
  EXPECT_EQ(Project(Deployed(stack), &state).operations.size(), 1u);
  RunPicture next = Deployed(stack);
  next.id = "op2";
  const StateFile after = Project(next, &state);
  ASSERT_EQ(after.operations.size(), 2u);
  EXPECT_EQ(after.operations[0].status + " " + after.operations[0].phases[1].status, "interrupted interrupted");
  EXPECT_EQ(after.operations[1].status, "success");
}

TEST(Projection, APartKeepsWhatTheFileSaysOfTheRest) {
  const Stack stack = StackOf();
  const StateFile before = Project(Deployed(stack), nullptr);
  RunPicture run = Deployed(stack);
  run.id = "op2";
  run.components = {ComponentPicture{}, ComponentPicture{}, Done("new", "shop2")};
  const StateFile state = Project(run, &before);
  EXPECT_EQ(state.status, "deployed");
  EXPECT_EQ(Names(state.Find("app")->captured_outputs), (Texts{"app:out=new", "cdn:out=2", "db:out=1"}));
  EXPECT_EQ(state.Find("db")->status, "deployed");
  EXPECT_EQ(state.provides, (Providers{{"sql", {"db"}}, {"cdn", {"cdn"}}, {"shop2", {"app"}}}));
  EXPECT_EQ(state.operations.size(), 2u);
}

TEST(Projection, FailuresAreHardOrSoft) {
  for (const bool optional : {false, true}) {
    const Stack stack = StackOf(optional ? Texts{"cdn"} : Texts{});
    RunPicture run = Deployed(stack);
    run.components[1] = {};
    run.components[1].progress = Progress::kFailed;
    run.components[1].message = "exit code 1, password s3cret";
    run.secrets = {"s3cret"};
    if (!optional) run.components[2] = {};
    run.end = optional ? RunEnd::kSuccess : RunEnd::kError;
    const StateFile state = Project(run, nullptr);
    EXPECT_EQ(state.status, optional ? "deployed" : "incomplete");
    EXPECT_EQ(state.message, optional ? "" : "exit code 1, password ***");
    EXPECT_EQ(state.Find("cdn")->status, "error");
    EXPECT_EQ(state.Find("cdn")->message, "exit code 1, password ***");
    EXPECT_EQ(state.Find("app") != nullptr, optional);
    EXPECT_EQ(state.operations[0].phases[1].status, "error");
    EXPECT_EQ(state.operations[0].status, optional ? "success" : "error");
  }
}

TEST(Projection, WhatIsLeftOutDoesNotCount) {
  const Stack stack = StackOf();
  RunPicture run = Deployed(stack);
  run.components[0] = {Progress::kSwitchedOff};
  run.components[1] = {Progress::kUnmet};
  run.components[1].start = 1500;
  const StateFile state = Project(run, nullptr);
  EXPECT_EQ(state.status, "deployed");
  EXPECT_EQ(state.Find("db"), nullptr);
  ASSERT_NE(state.Find("cdn"), nullptr);
  EXPECT_EQ(state.Find("cdn")->status, "");
  EXPECT_EQ(Names(state.Find("app")->captured_outputs), (Texts{"app:out=3"}));
  // What an earlier run deployed still stands.
  const StateFile before = Project(Deployed(stack), nullptr);
  EXPECT_EQ(Project(run, &before).Find("db")->status, "deployed");
}

TEST(Projection, UndeployTakesAwayWhatIsProvidedAndNothingElse) {
  const Stack stack = StackOf();
  const StateFile before = Project(Deployed(stack), nullptr);
  RunPicture run;
  run.stack = &stack;
  run.operation = "undeploy";
  run.id = "op2";
  run.end = RunEnd::kSuccess;
  run.components.resize(3);
  for (ComponentPicture& picture : run.components) picture.progress = Progress::kDone;
  const StateFile state = Project(run, &before);
  EXPECT_EQ(state.status, "undeployed");
  EXPECT_TRUE(state.provides.empty());
  EXPECT_EQ(state.Find("db")->status, "undeployed");
  EXPECT_EQ(state.Find("db")->parameters.size(), 2u);
  EXPECT_EQ(Names(state.captured_outputs), Names(before.captured_outputs));
  EXPECT_EQ(state.operations[1].phases[0].phase, "app") << "in reverse";
  run.components[0].progress = Progress::kNotPart;
  EXPECT_EQ(Project(run, &before).status, "incomplete");
}

TEST(Projection, StackOutputsThatAreStillAskedForStay) {
  Stack stack = StackOf();
  stack.outputs.resize(2);
  stack.outputs[0].name = "url";
  stack.outputs[1].name = "kept";
  StateFile before;
  before.stack_outputs = {{"kept", 1, "", ""}, {"url", "old", "", ""}, {"gone", 1, "", ""}};
  RunPicture run = Deployed(stack);
  run.stack_outputs = {{"url", "new", "", ""}};
  const StateFile state = Project(run, &before);
  ASSERT_EQ(state.stack_outputs.size(), 2u);
  EXPECT_EQ(state.stack_outputs[0].value, json::value("new"));
  EXPECT_EQ(state.stack_outputs[1].name, "kept");
}

TEST(Projection, AReadyConditionAndAnInterruptLeaveItIncomplete) {
  const Stack stack = StackOf();
  RunPicture run = Deployed(stack);
  run.end = RunEnd::kError;
  run.message = "https://shop.example does not answer";
  EXPECT_EQ(Project(run, nullptr).status, "incomplete");
  EXPECT_EQ(Project(run, nullptr).message, "https://shop.example does not answer");
  run = Deployed(stack);
  run.end = RunEnd::kInterrupted;
  run.components[2] = {};
  const StateFile state = Project(run, nullptr);
  EXPECT_EQ(state.status, "incomplete");
  EXPECT_EQ(state.message, "interrupted");
  EXPECT_EQ(state.operations[0].status, "interrupted");
}

TEST(Projection, ProvidersStandInDeployOrder) {
  Stack stack = StackOf();
  stack.platform_provides = {"sql"};
  RunPicture run = Deployed(stack);
  run.components[0].provides = run.components[2].provides = {"sql"};
  StateFile before;
  before.provides["sql"] = {"app"};
  EXPECT_EQ(Project(run, &before).provides.at("sql"), (Texts{"*platform*", "db", "app"}));
}

TEST(Projection, OtherVerbsAreOnlyLogged) {
  const Stack stack = StackOf();
  RunPicture run = Deployed(stack);
  run.operation = "backup";
  const StateFile state = Project(run, nullptr);
  EXPECT_TRUE(state.components.empty());
  EXPECT_EQ(state.operations[0].operation, "backup");
}

TEST(Projection, ArgumentsLoseTheirSecrets) {
  EXPECT_EQ(MaskArguments({"-e", "A=1,DB_PASSWORD=x,y,B=2", "--environment=API_TOKEN=z", "--password=q", "s3cret-in-it",
                           "a,b", "key"},
                          {"s3cret"}),
            (Texts{"-e", "A=1,DB_PASSWORD=***,***,B=2", "--environment=API_TOKEN=***", "--password=***", "***-in-it",
                   "a,b", "key"}));
}

TEST(Projection, IsReadBackAsItWasWritten) {
  const Stack stack = StackOf();
  const StateFile state = Project(Deployed(stack), nullptr);
  const std::string text = WriteStateFile(state);
  SourceMap map;
  const StateFile back = ParseStateFile(map, map.AddFile("state", text)).value();
  EXPECT_EQ(Names(back.Find("app")->captured_outputs), Names(state.Find("app")->captured_outputs));
  EXPECT_EQ(Names(back.Find("cdn")->captured_outputs), Names(state.Find("cdn")->captured_outputs));
  EXPECT_EQ(Names(back.captured_outputs), Names(state.captured_outputs));
  EXPECT_EQ(WriteStateFile(back), text) << "whether entries are shared makes no difference";
}

}  // namespace
}  // namespace davit::hub
