// The driver with the real tool: what one `davit up` would do, task by task.
#include <sys/stat.h>

#include "drivers/terraform/test_fixture.h"

namespace davit::drivers {
namespace {

bool Contains(const std::vector<std::string>& list, const std::string& what) {
  return std::find(list.begin(), list.end(), what) != list.end();
}

/// Files below `directory` that hold `text`.
std::vector<std::string> FilesWith(const Path& directory, const std::string& text) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
    if (!entry.is_regular_file()) continue;
    if (ReadFile(entry.path())->find(text) != std::string::npos)
      found.push_back(entry.path().lexically_relative(directory).string());
  }
  return found;
}

constexpr char kVpc[] =
    "variable \"name\" { type = string }\n"
    "resource \"terraform_data\" \"vpc\" {\n input = var.name\n"
    " provisioner \"local-exec\" {\n command = \"echo hello from $NAME\"\n environment = { NAME = var.name }\n }\n}\n"
    "output \"name\" { value = terraform_data.vpc.output }\n";

TEST_F(TerraformRun, ARehearsalChangesNothing) {
  Module(kVpc);
  inputs_ = {Input("net.name", "blue")};
  TaskInput rehearsal = Task(TaskKind::kApply);
  rehearsal.verb = "deploy-test";
  Ran ran = Run(rehearsal);
  ASSERT_EQ(ran.names, std::vector<std::string>{"plan"});
  EXPECT_EQ(ran.last().result, OperationResult::kSucceeded) << ran.last().reason;
  ASSERT_EQ(ran.last().changes.size(), 1u);
  EXPECT_FALSE(ran.last().has_outputs);
  EXPECT_TRUE(state_.empty());

  ASSERT_EQ(Apply().last().result, OperationResult::kSucceeded);
  const std::string before = state_;
  rehearsal = Task(TaskKind::kDestroy);
  rehearsal.verb = "undeploy-test";
  ran = Run(rehearsal);
  ASSERT_EQ(ran.names, std::vector<std::string>{"plan"});
  ASSERT_EQ(ran.last().changes.size(), 1u);
  EXPECT_EQ(ran.last().changes[0].action, "delete");
  EXPECT_EQ(state_, before);

  rehearsal.verb = "backup";
  const Result<std::vector<Operation>> refused = driver().Operations(rehearsal);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().message.find("has no backup"), std::string::npos);
}

TEST_F(TerraformRun, PlansAppliesThePlanAndDestroys) {
  Module(kVpc);
  inputs_ = {Input("net.name", "blue")};
  TaskInput plan = Task(TaskKind::kPlan);
  Ran ran = Run(plan);
  ASSERT_EQ(ran.names, std::vector<std::string>{"plan"}) << "no init where none is needed";
  EXPECT_EQ(ran.last().result, OperationResult::kSucceeded);
  EXPECT_FALSE(ran.last().no_changes);
  ASSERT_EQ(ran.last().changes.size(), 1u);
  EXPECT_EQ(ran.last().changes[0].address, "terraform_data.vpc");
  EXPECT_EQ(ran.last().changes[0].action, "create");
  EXPECT_TRUE(ran.last().output_changes);
  EXPECT_TRUE(ran.last().warnings.empty()) << ran.last().warnings[0];
  const std::string saved = *ReadFile(ran.last().plan_file);

  TaskInput apply = Task(TaskKind::kApply, false);
  apply.saved_plan = saved;
  ran = Run(apply);
  ASSERT_EQ(ran.last().result, OperationResult::kSucceeded) << ran.last().reason;
  EXPECT_EQ(ran.last().outputs.at("name").data, "blue");
  std::vector<std::string> texts;
  for (const ToolEvent& event : ran.events) texts.push_back(event.text);
  EXPECT_TRUE(Contains(texts, "terraform_data.vpc: creating"));
  EXPECT_TRUE(Contains(texts, "terraform_data.vpc: hello from blue"));
  const Result<StateInfo> state = driver().ReadState(state_);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->addresses, std::vector<std::string>{"terraform_data.vpc"});

  ran = Run(Task(TaskKind::kPlan));
  EXPECT_TRUE(ran.last().no_changes);
  EXPECT_TRUE(ran.last().changes.empty());
  EXPECT_FALSE(ran.last().output_changes);

  ran = Run(Task(TaskKind::kDestroy));
  EXPECT_EQ(ran.names, std::vector<std::string>{"destroy"});
  EXPECT_EQ(ran.last().result, OperationResult::kSucceeded);
  EXPECT_TRUE(ran.last().has_outputs);
  EXPECT_TRUE(ran.last().outputs.empty());
  EXPECT_EQ(driver().ReadState(state_)->resources, 0);
  for (const auto& entry : std::filesystem::directory_iterator(directory_.path() / "m")) {
    EXPECT_EQ(entry.path().filename(), "main.tf") << "nothing is written into the module";
  }
}

TEST_F(TerraformRun, RefusesAStalePlan) {
  Module(kVpc);
  inputs_ = {Input("name", "blue")};
  TaskInput plan = Task(TaskKind::kPlan);
  const std::string saved = *ReadFile(RunTask(driver(), plan).last().plan_file);
  ASSERT_EQ(Apply().last().result, OperationResult::kSucceeded);
  TaskInput apply = Task(TaskKind::kApply, false);
  apply.saved_plan = saved;
  const Ran ran = Run(apply);
  EXPECT_EQ(ran.last().result, OperationResult::kFailed);
  EXPECT_NE(ran.last().reason.find("stale"), std::string::npos) << ran.last().reason;
  EXPECT_TRUE(ran.last().plan_refused);
}

TEST_F(TerraformRun, KeepsSensitiveVariablesOutOfFiles) {
  Module(
      "variable \"password\" { type = string }\nvariable \"declared\" {\n type = any\n sensitive = true\n}\n"
      "resource \"terraform_data\" \"x\" { input = var.password }\n"
      "output \"password\" {\n value = var.password\n sensitive = true\n}\n"
      "output \"declared\" {\n value = var.declared\n sensitive = true\n}\n");
  inputs_ = {Input("db.password", "canary-1", true), Input("declared", "canary-2")};
  TaskInput plan = Task(TaskKind::kPlan);
  Ran ran = Run(plan);
  ASSERT_EQ(ran.last().result, OperationResult::kSucceeded) << ran.last().reason;
  EXPECT_TRUE(FilesWith(plan.attempt_directory / "config", "canary").empty());
  EXPECT_TRUE(FilesWith(plan.attempt_directory / "logs", "canary").empty());
  for (const std::string& argument : ran.arguments[0]) EXPECT_EQ(argument.find("canary"), std::string::npos);

  TaskInput apply = Task(TaskKind::kApply, false);
  apply.saved_plan = *ReadFile(ran.last().plan_file);
  ran = Run(apply);
  ASSERT_EQ(ran.last().result, OperationResult::kSucceeded) << ran.last().reason;
  EXPECT_TRUE(FilesWith(apply.attempt_directory / "config", "canary").empty());
  EXPECT_TRUE(FilesWith(apply.attempt_directory / "logs", "canary").empty());
  EXPECT_EQ(ran.last().outputs.at("declared").data, "canary-2");
  EXPECT_TRUE(ran.last().outputs.at("declared").sensitive);
  EXPECT_TRUE(ran.last().outputs.at("password").sensitive);
  for (const ToolEvent& event : ran.events) EXPECT_EQ(event.text.find("canary"), std::string::npos);
}

TEST_F(TerraformRun, SaysWhyItFailedAndKeepsWhatWasMade) {
  Module(
      "resource \"terraform_data\" \"good\" {}\n"
      "resource \"terraform_data\" \"bad\" {\n input = terraform_data.good.id\n"
      " provisioner \"local-exec\" { command = \"echo disk full >&2; exit 3\" }\n}\n");
  const Ran ran = Apply();
  EXPECT_EQ(ran.last().result, OperationResult::kFailed);
  EXPECT_NE(ran.last().reason.find("local-exec provisioner error"), std::string::npos) << ran.last().reason;
  EXPECT_NE(ran.last().reason.find("exit status 3"), std::string::npos);
  EXPECT_NE(ran.last().reason.find("disk full"), std::string::npos);
  EXPECT_FALSE(ran.last().has_outputs);
  EXPECT_EQ(driver().ReadState(state_)->resources, 2) << "the broken one is there too, tainted";
}

TEST_F(TerraformRun, SeesAChangeOfOutputsOnly) {
  Module("output \"url\" { value = \"a\" }\n");
  ASSERT_EQ(Apply().last().outputs.at("url").data, "a");
  Module("output \"url\" { value = \"b\" }\n");
  const Ran ran = Run(Task(TaskKind::kPlan));
  EXPECT_TRUE(ran.last().changes.empty());
  EXPECT_TRUE(ran.last().output_changes);
  EXPECT_FALSE(ran.last().no_changes);
}

TEST_F(TerraformRun, LooksWithoutWriting) {
  Module(kVpc);
  inputs_ = {Input("name", "blue")};
  ASSERT_EQ(Apply().last().result, OperationResult::kSucceeded);
  TaskInput look = Task(TaskKind::kPlan);
  look.refresh_only = true;
  const Ran ran = Run(look);
  EXPECT_EQ(ran.last().result, OperationResult::kSucceeded) << ran.last().reason;
  EXPECT_TRUE(ran.last().changes.empty());
  EXPECT_TRUE(ran.last().plan_file.empty());
}

TEST_F(TerraformRun, SharesWhatInitMade) {
  Module("module \"child\" { source = \"../child\" }\noutput \"x\" { value = module.child.x }\n");
  directory_.Write(
      "child/main.tf",
      "resource \"terraform_data\" \"y\" { input = 1 }\noutput \"x\" { value = terraform_data.y.output }\n");
  Ran ran = Apply();
  ASSERT_EQ(ran.last().result, OperationResult::kSucceeded) << ran.last().reason;
  EXPECT_EQ(ran.names, (std::vector<std::string>{"init", "apply"}));
  EXPECT_EQ(ran.last().outputs.at("x").data, 1);
  EXPECT_EQ(ran.outcomes[0].lock_file, "");
  ran = Apply();
  EXPECT_EQ(ran.names, std::vector<std::string>{"apply"}) << "the second attempt finds it";
  TaskInput other = Task(TaskKind::kPlan);
  other.module_digest = "m2";
  ran = Run(other);
  EXPECT_EQ(ran.names, (std::vector<std::string>{"init", "plan"})) << "another module has its own";
  EXPECT_TRUE(ran.last().no_changes);
  EXPECT_EQ(driver().ReadState(state_)->addresses, std::vector<std::string>{"module.child.terraform_data.y"});
}

TEST_F(TerraformRun, SharesModulesThatInitFetched) {
  const Path git = exec::FindOnPath("git", OwnEnvironment());
  if (git.empty()) GTEST_SKIP() << "git is not installed";
  directory_.Write("child/main.tf", "output \"x\" { value = 7 }\n");
  const std::string child = (directory_.path() / "child").string();
  const std::string in_child = git.string() + " -C " + child + " -c user.name=a -c user.email=a@b ";
  for (const std::string& command : {in_child + "init -q", in_child + "add .", in_child + "commit -qm x"}) {
    ASSERT_TRUE(exec::RunAndCapture({"/bin/sh", "-c", command}, OwnEnvironment(), 30'000)) << command;
  }
  Module("module \"child\" { source = \"git::file://" + child + "\" }\noutput \"x\" { value = module.child.x }\n");
  const TaskInput first = Task(TaskKind::kApply);
  Ran ran = Run(first);
  ASSERT_EQ(ran.last().result, OperationResult::kSucceeded) << ran.last().reason;
  std::filesystem::remove_all(first.attempt_directory);  // as is done with every attempt that has ended
  ran = Apply();
  EXPECT_EQ(ran.names, std::vector<std::string>{"apply"});
  EXPECT_EQ(ran.last().result, OperationResult::kSucceeded) << ran.last().reason;
  EXPECT_EQ(ran.last().outputs.at("x").data, 7);
}

TEST_F(TerraformRun, WritesBesideAModuleOnlyWhereInitMakesALockFile) {
  const auto writes = [&] {
    const TaskInput input = Task(TaskKind::kPlan);
    return driver().WritesIntoModule(input.module, input.module_directory);
  };
  Module("resource \"terraform_data\" \"x\" {}\n");
  EXPECT_FALSE(writes()) << "no init";
  Module("terraform {\n required_providers {\n none = { source = \"example.org/test/none\" }\n }\n}\n");
  EXPECT_TRUE(writes());
  Module("# the module's own\n", ".terraform.lock.hcl");
  EXPECT_FALSE(writes());
  std::filesystem::remove(directory_.path() / "m/.terraform.lock.hcl");
  Module("terraform {\n backend \"local\" {}\n}\n", "backend.tf");
  EXPECT_FALSE(writes()) << "its state lies beside it";
}

TEST_F(TerraformRun, KeepsTheLockFileThatInitMade) {
  // A provider of no use, from a mirror on disk: init looks at nothing but its name and its bytes.
  const std::string platform = "terraform-provider-none_v1.0.0";
  directory_.Write("mirror/example.org/test/none/1.0.0/linux_amd64/" + platform, "#!/bin/sh\nexit 1\n", 0755);
  directory_.Write("mirror/example.org/test/none/1.0.0/linux_arm64/" + platform, "#!/bin/sh\nexit 1\n", 0755);
  const Path config = directory_.Write("rc", "provider_installation {\n filesystem_mirror {\n path = \"" +
                                                 (directory_.path() / "mirror").string() + "\"\n }\n}\n");
  Module(
      "terraform {\n required_providers {\n none = { source = \"example.org/test/none\" }\n }\n}\nprovider \"none\" "
      "{}\n");
  const auto task = [&](const std::string& lock_file) {
    TaskInput input = Task(TaskKind::kPlan);
    input.passed_environment["TF_CLI_CONFIG_FILE"] = config.string();
    input.lock_file = lock_file;
    return input;
  };
  const Ran first = RunTask(driver(), task(""));
  ASSERT_EQ(first.names, (std::vector<std::string>{"init", "plan"})) << first.last().reason;
  const std::string lock = first.outcomes[0].lock_file;
  EXPECT_NE(lock.find("example.org/test/none"), std::string::npos);
  EXPECT_EQ(first.last().result, OperationResult::kFailed) << "the provider is of no use";
  EXPECT_FALSE(first.last().reason.empty());

  std::filesystem::remove(directory_.path() / "m/.terraform.lock.hcl");  // a new tree
  EXPECT_EQ(RunTask(driver(), task(lock)).names, std::vector<std::string>{"plan"});
  EXPECT_EQ(*ReadFile(directory_.path() / "m/.terraform.lock.hcl"), lock);

  std::filesystem::remove_all(directory_.path() / "cache");
  EXPECT_FALSE(Contains(driver().Operations(task(lock))->front().process.argv, "-lockfile=readonly"));
  EXPECT_TRUE(Contains(driver().Operations(task(""))->front().process.argv, "-lockfile=readonly"))
      << "the module's own";
}

TEST_F(TerraformRun, NamesTheErrorOfInit) {
  Module("terraform {\n required_version = \">= 99\"\n}\nmodule \"child\" { source = \"../child\" }\n");
  directory_.Write("child/main.tf", "output \"x\" { value = 1 }\n");
  const Ran ran = Apply();
  EXPECT_EQ(ran.names, std::vector<std::string>{"init"});
  EXPECT_EQ(ran.last().result, OperationResult::kFailed);
  EXPECT_NE(ran.last().reason.find("Unsupported Terraform Core version"), std::string::npos) << ran.last().reason;
}

TEST_F(TerraformRun, LeavesADeclaredBackendAlone) {
  Module("terraform {\n backend \"local\" { path = \"" + (directory_.path() / "own.tfstate").string() +
         "\" }\n}\nvariable \"p\" {}\nresource \"terraform_data\" \"x\" {}\noutput \"p\" {\n value = var.p\n sensitive "
         "= true\n}\n");
  inputs_ = {Input("p", "canary", true)};
  const TaskInput input = Task(TaskKind::kApply);
  EXPECT_EQ(input.module.foreign_backend, "local");
  const Ran ran = Run(input);
  ASSERT_EQ(ran.last().result, OperationResult::kSucceeded) << ran.last().reason;
  EXPECT_EQ(ran.names, (std::vector<std::string>{"init", "apply", "output"}));
  EXPECT_EQ(ran.last().outputs.at("p").data, "canary");
  EXPECT_TRUE(ran.last().outputs.at("p").sensitive);
  EXPECT_TRUE(ran.last().state_file.empty());
  EXPECT_TRUE(std::filesystem::exists(directory_.path() / "own.tfstate"));
  EXPECT_TRUE(FilesWith(input.attempt_directory, "canary").empty());
}

TEST_F(TerraformRun, OverridesABackendWhereTheStateIsDavits) {
  const std::string rest = "resource \"terraform_data\" \"x\" {\n input = var.p\n}\nvariable \"p\" {}\n";
  // As a lease says it; what the last task wrote into its copy of the module is not in the next one.
  const auto task = [&](TaskKind kind, bool direct = true) {
    std::filesystem::remove(directory_.path() / "m/~davit_override.tf");
    TaskInput input = Task(kind, direct);
    input.module.overridden_backend = std::exchange(input.module.foreign_backend, "");
    EXPECT_FALSE(input.module.overridden_backend.empty());
    return input;
  };
  for (const char* block : {"backend \"http\" {\n  address = \"http://127.0.0.1:1/x\"\n }",
                            "cloud {\n  organization = \"nobody\"\n  workspaces { name = \"w\" }\n }"}) {
    state_.clear();
    inputs_ = {Input("p", "a")};
    std::filesystem::remove_all(directory_.path() / "cache");
    Module("terraform {\n " + std::string(block) + "\n}\n" + rest);
    Module("terraform {\n backend \"http\" {}\n}\n", "z_override.tf");
    EXPECT_TRUE(driver().WritesIntoModule(task(TaskKind::kPlan).module, directory_.path() / "m"));
    const Ran first = Run(task(TaskKind::kApply));
    ASSERT_EQ(first.last().result, OperationResult::kSucceeded) << first.last().reason;
    EXPECT_EQ(first.names, (std::vector<std::string>{"init", "apply"}));
    EXPECT_FALSE(state_.empty());

    inputs_ = {Input("p", "b")};
    const Ran planned = Run(task(TaskKind::kPlan, false));
    EXPECT_EQ(planned.names, std::vector<std::string>{"plan"}) << "what init made is shared";
    ASSERT_EQ(planned.last().changes.size(), 1u);
    EXPECT_EQ(planned.last().changes[0].action, "update");
    TaskInput apply = task(TaskKind::kApply, false);
    apply.saved_plan = *ReadFile(planned.last().plan_file);
    ASSERT_EQ(Run(apply).last().result, OperationResult::kSucceeded);
    EXPECT_NE(state_.find("\"b\""), std::string::npos);
    EXPECT_EQ(Run(task(TaskKind::kDestroy)).last().result, OperationResult::kSucceeded);
    EXPECT_EQ(driver().ReadState(state_)->resources, 0);
  }
}

TEST_F(TerraformRun, FetchesTheStateOfADeclaredBackend) {
  const Path own = directory_.path() / "own.tfstate";
  Module("terraform {\n backend \"local\" { path = \"" + own.string() +
         "\" }\n}\nresource \"terraform_data\" \"x\" {}\n");
  const auto fetch = [&] {
    TaskInput input = Task(TaskKind::kPlan);
    input.pull_state = true;
    return RunTask(driver(), input);
  };
  const Ran nothing = fetch();
  EXPECT_EQ(nothing.names, (std::vector<std::string>{"init", "pull"}));
  EXPECT_EQ(nothing.last().result, OperationResult::kFailed);
  EXPECT_NE(nothing.last().reason.find("its local backend holds no state"), std::string::npos) << nothing.last().reason;
  EXPECT_TRUE(nothing.last().state_file.empty());

  ASSERT_EQ(Run(Task(TaskKind::kApply)).last().result, OperationResult::kSucceeded);
  const std::string before = *ReadFile(own);
  const Ran fetched = fetch();
  ASSERT_EQ(fetched.last().result, OperationResult::kSucceeded) << fetched.last().reason;
  EXPECT_EQ(*ReadFile(fetched.last().state_file), before) << "to the byte";
  EXPECT_EQ(*ReadFile(own), before);
  for (const ToolEvent& event : fetched.events)
    EXPECT_EQ(event.text.find("lineage"), std::string::npos) << "no log line";

  ASSERT_EQ(Run(Task(TaskKind::kDestroy)).last().result, OperationResult::kSucceeded);
  EXPECT_NE(fetch().last().reason.find("holds no resources"), std::string::npos);
  directory_.Write("own.tfstate", "{");
  const Ran torn = fetch();
  EXPECT_EQ(torn.last().result, OperationResult::kFailed);
  EXPECT_FALSE(torn.last().reason.empty());
  EXPECT_TRUE(torn.last().state_file.empty());
}

TEST_F(TerraformRun, CallsATornStateAnError) {
  Module("resource \"terraform_data\" \"x\" {}\n");
  const TaskInput input = Task(TaskKind::kApply);
  const Operation operation = driver().Operations(input)->front();
  exec::ExitStatus status;
  status.exit_code = 1;
  directory_.Write(input.attempt_directory.filename().string() + "/state/terraform.tfstate", "");
  const Result<OperationOutcome> outcome = driver().Finish(input, operation, status);
  EXPECT_EQ(outcome->result, OperationResult::kErrored);
  EXPECT_NE(outcome->reason.find("the file is empty"), std::string::npos);
}

TEST_F(TerraformRun, TakesAnErroredStateToTheAttempt) {
  Module("resource \"terraform_data\" \"x\" {}\n");
  const TaskInput input = Task(TaskKind::kApply);
  const Operation operation = driver().Operations(input)->front();
  directory_.Write(
      input.attempt_directory.filename().string() + "/logs/apply.stdout",
      R"({"type":"diagnostic","diagnostic":{"severity":"error","summary":"Failed to save state","detail":"written to errored.tfstate"}})");
  directory_.Write(input.attempt_directory.filename().string() + "/state/terraform.tfstate", "");
  directory_.Write("m/errored.tfstate", "{}");
  exec::ExitStatus status;
  status.exit_code = 1;
  const Result<OperationOutcome> outcome = driver().Finish(input, operation, status);
  EXPECT_EQ(outcome->result, OperationResult::kErrored);
  EXPECT_EQ(outcome->state_file, input.attempt_directory / "state" / "errored.tfstate");
  EXPECT_FALSE(std::filesystem::exists(directory_.path() / "m/errored.tfstate"));
}

TEST_F(TerraformRun, ATornLogOfAFailureIsUncertain) {
  Module("resource \"terraform_data\" \"x\" {}\n");
  exec::ExitStatus status;
  status.exit_code = 1;
  const std::string begun =
      R"({"@level":"info","type":"apply_start","hook":{"resource":{"addr":"terraform_data.x"},"action":"create"}})"
      "\n";
  const std::string made =
      R"({"@level":"info","type":"apply_complete","hook":{"resource":{"addr":"terraform_data.x"},"action":"create"}})"
      "\n";
  const std::string broke =
      R"({"@level":"info","type":"apply_errored","hook":{"resource":{"addr":"terraform_data.x"},"action":"create"}})"
      "\n";
  const std::string error = R"({"@level":"info","type":"diagnostic","diagnostic":{"severity":"error","summary":"no"}})"
                            "\n";
  const std::string unsaved =
      R"({"@level":"info","type":"diagnostic","diagnostic":{"severity":"error","summary":"Failed to save state","detail":"full"}})"
      "\n";
  const std::string update =
      R"({"@level":"info","type":"apply_start","hook":{"resource":{"addr":"terraform_data.x"},"action":"update"}})"
      "\n";
  const auto made_as = [](const std::string& id) {
    return R"({"@level":"info","type":"apply_complete","hook":{"resource":{"addr":"terraform_data.x"},"action":"create","id_key":"id","id_value":")" +
           id + "\"}}\n";
  };
  const std::string remade = made_as("new");
  const std::string kept = made_as("old");
  const std::string gone =
      R"({"@level":"info","type":"apply_start","hook":{"resource":{"addr":"terraform_data.x"},"action":"delete","id_key":"id","id_value":"old"}})"
      "\n"
      R"({"@level":"info","type":"apply_complete","hook":{"resource":{"addr":"terraform_data.x"},"action":"delete"}})"
      "\n";
  std::string many;  // more errors than are kept
  for (int i = 0; i < 30; ++i)
    many += R"({"@level":"error","type":"diagnostic","diagnostic":{"severity":"error","summary":"no )" +
            std::to_string(i) + "\"}}\n";
  const std::string state =
      R"({"version":4,"serial":1,"lineage":"l","outputs":{},"resources":[{"mode":"managed","type":"terraform_data","name":"x","instances":[{"attributes":{"id":"old"}}]}]})";
  const struct {
    std::string log;
    std::string state;
    bool uncertain;
  } cases[] = {
      {error, "", false},  // nothing was begun
      {begun + broke + error, "", false},
      {begun + made + error, state, false},
      {begun + made + error, "", true},  // made, and in no state
      {begun + error, "", true},         // perhaps made
      {begun + error, state, false},
      {begun + made + unsaved, state, true},
      {"", "", true},  // not even an error was written
      {begun.substr(0, 30), "", true},
      {begun.substr(0, 30) + error, "", true},
      {"{\n \"account\": 1,\n {\n" + error, "", false},  // a wrapper's own words
      {update + error, state, false},
      {update, state, true},                 // what it said on its standard error output does not count
      {remade + gone + error, state, true},  // the new one, where the state has the one before
      {kept + error, state, false},
      {many + unsaved, "", true},
  };
  for (const auto& one : cases) {
    const TaskInput input = Task(TaskKind::kApply);
    const Operation operation = driver().Operations(input)->front();
    const std::string attempt = input.attempt_directory.filename().string();
    directory_.Write(attempt + "/logs/apply.stdout", one.log);
    directory_.Write(attempt + "/logs/apply.stderr",
                     one.log.find("@level") == std::string::npos ? "" : "a wrapper speaks\n");
    if (!one.state.empty()) directory_.Write(attempt + "/state/terraform.tfstate", one.state);
    const Result<OperationOutcome> outcome = driver().Finish(input, operation, status);
    ASSERT_TRUE(outcome) << outcome.error().message;
    EXPECT_EQ(outcome->uncertain, one.uncertain) << one.log << one.state;
    EXPECT_EQ(outcome->result, one.uncertain ? OperationResult::kErrored : OperationResult::kFailed);
    EXPECT_FALSE(outcome->reason.empty());
  }
}

TEST_F(TerraformRun, NamesAStateBesideTheModule) {
  Module("resource \"terraform_data\" \"x\" {}\n");
  Module(R"({"version":4,"serial":1,"lineage":"x","resources":[]})", "terraform.tfstate");
  EXPECT_TRUE(Task(TaskKind::kPlan).module.unadopted_states.empty());
  Module(
      R"({"version":4,"serial":1,"lineage":"x","resources":[{"mode":"managed","type":"a_b","name":"c","instances":[{}]}]})",
      "terraform.tfstate");
  EXPECT_EQ(Task(TaskKind::kPlan).module.unadopted_states,
            std::vector<Path>{directory_.path() / "m/terraform.tfstate"});
}

TEST_F(TerraformRun, LetsNothingOfTheUserChangeTheTool) {
  Module("resource \"terraform_data\" \"x\" {}\n");
  TaskInput input = Task(TaskKind::kPlan);
  for (const char* name : {"TF_WORKSPACE", "TF_CLI_ARGS", "TF_CLI_ARGS_plan", "TF_DATA_DIR"})
    input.passed_environment[name] = "x";
  input.passed_environment["TF_CLI_CONFIG_FILE"] = (directory_.path() / "missing").string();
  input.passed_environment["GOGC"] = "50";
  const exec::ProcessEnv environment = driver().Operations(input)->front().process.environment;
  for (const char* name : {"TF_WORKSPACE", "TF_CLI_ARGS", "TF_CLI_ARGS_plan", "GOMEMLIMIT"})
    EXPECT_FALSE(environment.contains(name)) << name;
  EXPECT_EQ(environment.at("GOGC"), "50");
  EXPECT_EQ(environment.at("TF_DATA_DIR"), (input.attempt_directory / "config/tfdata").string());
  EXPECT_EQ(environment.at("TF_CLI_CONFIG_FILE"), (input.cache_directory / "terraformrc").string());
  directory_.Write("rc", "");
  input.passed_environment["TF_CLI_CONFIG_FILE"] = (directory_.path() / "rc").string();
  EXPECT_EQ(driver().Operations(input)->front().process.environment.at("TF_CLI_CONFIG_FILE"),
            (directory_.path() / "rc").string());
  input.inputs = {Input("a", "x", false, "TF_WORKSPACE")};
  EXPECT_EQ(driver().Operations(input).error().code, ErrorCode::kInvalidInput);
}

/// Every value arrives as it was, by file and by process environment.
TEST_F(TerraformRun, CarriesEveryValueUnchanged) {
  const json::array texts = {"",
                             " spaces ",
                             "quote \" back \\ slash",
                             "${x} %{y} $${z} %%{w} $${",
                             "$$${a}",
                             "line\nbreak\ttab\rcr",
                             "ünïcödé 😀",
                             "\x01\x1f",
                             "{\"json\": [1]}",
                             "null",
                             "0123",
                             "# // /*",
                             "EOT\n<<EOT"};
  json::object map;
  for (size_t i = 0; i < texts.size(); ++i) map["k${" + std::to_string(i) + "}\""] = texts[i];
  map["//"] = "comment?";
  const std::vector<std::pair<std::string, json::value>> values = {
      {"string", texts[3]},
      {"number", 12345678901234},
      {"fraction", -0.125},
      {"bool", false},
      {"list", texts},
      {"map", map},
      {"any", json::object{{"n", 1}, {"l", json::array{true, nullptr}}, {"s", texts[3]}}},
      {"untyped", texts[3]},
      {"anytext", texts[4]}};
  const std::map<std::string, std::string> types = {
      {"string", "string"},   {"number", "number"}, {"fraction", "number"}, {"bool", "bool"},  {"list", "list(string)"},
      {"map", "map(string)"}, {"any", "any"},       {"untyped", ""},        {"anytext", "any"}};
  std::string module;
  for (const auto& [name, value] : values) {
    module += "variable \"" + name + "\" {" + (types.at(name).empty() ? "" : " type = " + types.at(name)) +
              " }\noutput \"" + name + "\" {\n value = var." + name + "\n sensitive = true\n}\n";
  }
  Module(module);
  for (const bool sensitive : {false, true}) {
    inputs_.clear();
    state_.clear();
    for (const auto& [name, value] : values) inputs_.push_back(Input(name, value, sensitive));
    const Ran ran = Apply();
    ASSERT_EQ(ran.last().result, OperationResult::kSucceeded) << ran.last().reason;
    for (const auto& [name, value] : values) {
      EXPECT_EQ(CanonicalJson(ran.last().outputs.at(name).data), CanonicalJson(value))
          << name << (sensitive ? " (sensitive)" : "");
    }
  }
}

}  // namespace
}  // namespace davit::drivers
