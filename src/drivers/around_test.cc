// Hooks, templates, extension executables and what else stands around a tool.
#include "drivers/around.h"

#include <gtest/gtest.h>

#include "drivers/capabilities.h"
#include "drivers/extensions.h"
#include "drivers/one_time_pad.h"
#include "drivers/script/script_driver.h"
#include "drivers/test_runner.h"
#include "model/stack_ready.h"

namespace davit::drivers {
namespace {

TaskInput InputIn(const TestDirectory& directory, TaskKind kind = TaskKind::kApply) {
  TaskInput input;
  input.kind = kind;
  input.component = "dns";
  input.base_directory = directory.path();
  input.module_directory = directory.path() / "dns";
  input.attempt_directory = directory.path() / ".attempt";
  input.passed_environment = OwnEnvironment();
  return input;
}

Hook HookOf(const std::string& file, const std::string& trigger, bool ignore_error = false) {
  Hook hook;
  hook.file = file;
  hook.triggers = {trigger};
  hook.ignore_error = ignore_error;
  return hook;
}

TEST(Around, HooksRunInTheComponentsDirectoryBeforeAndAfterItsVerb) {
  TestDirectory directory;
  directory.Write("dns/deploy.sh", "echo verb >> trace");
  directory.Write("dns/before", "#!/bin/sh\necho before $ZONE >> trace", 0755);
  directory.Write("bin/after.sh", "echo after >> trace");
  ScriptDriver script;
  AroundDriver driver(script);
  TaskInput input = InputIn(directory);
  input.inputs = {Input("zone", "example.com", false, "ZONE")};
  input.hooks = {HookOf("after.sh", "post-*"), HookOf("before", "pre-deploy"), HookOf("gone", "pre-deploy"),
                 HookOf("before", "pre-undeploy")};
  const Ran ran = RunTask(driver, input);
  EXPECT_EQ(ran.names, (std::vector<std::string>{"pre-deploy-1", "deploy", "post-deploy-1"}));
  EXPECT_EQ(*ReadFile(input.module_directory / "trace"), "before example.com\nverb\nafter\n");
  input.kind = TaskKind::kPlan;
  EXPECT_TRUE(driver.Operations(input)->empty());
}

TEST(Around, AFailedHookEndsItUnlessItsErrorIsIgnored) {
  TestDirectory directory;
  directory.Write("dns/deploy.sh", "true");
  directory.Write("dns/bad.sh", "echo no luck >&2; exit 3");
  ScriptDriver script;
  AroundDriver driver(script);
  TaskInput input = InputIn(directory);
  input.hooks = {HookOf("bad.sh", "pre-deploy")};
  Ran ran = RunTask(driver, input);
  EXPECT_EQ(ran.names, std::vector<std::string>{"pre-deploy-1"});
  EXPECT_EQ(ran.last().result, OperationResult::kFailed);
  EXPECT_EQ(ran.last().reason, "hook 'bad.sh' (pre-deploy) exited with code 3: no luck");
  input.hooks[0].ignore_error = true;
  input.attempt_directory = directory.path() / ".attempt2";
  ran = RunTask(driver, input);
  EXPECT_EQ(ran.names, (std::vector<std::string>{"pre-deploy-1", "deploy"}));
  EXPECT_EQ(ran.outcomes[0].warnings.size(), 1U);
}

TEST(Around, TemplatesAreRenderedBeforeTheVerbAndAfterItsHooks) {
  TestDirectory directory;
  directory.Write("dns/deploy.sh", "true");
  directory.Write("dns/make.sh", "true");
  directory.Write("dns/zone.conf.template", "zone=${zone}");
  ScriptDriver script;
  AroundDriver driver(script);
  TaskInput input = InputIn(directory);
  input.inputs = {Input("zone", "example.com"), Input("db:host", "foreign")};
  input.hooks = {HookOf("make.sh", "pre-deploy")};
  TemplateSet set;
  set.files = {"*.template"};
  input.templates = {set};
  auto operations = driver.Operations(input);
  ASSERT_TRUE(operations);
  ASSERT_EQ(operations->size(), 2U);
  EXPECT_FALSE((*operations)[0].more_files);
  std::vector<std::string> warnings;
  auto files = (*operations)[1].more_files(&warnings);
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 1U);
  EXPECT_EQ((*files)[0].path, input.module_directory / "zone.conf");
  EXPECT_EQ((*files)[0].content, "zone=example.com");
  directory.Write("dns/zone.conf.template", "${db:host}");
  EXPECT_FALSE((*operations)[1].more_files(&warnings));
}

TEST(Around, PreflightNamesHooksThatAreNowhere) {
  TestDirectory directory;
  directory.Write("dns/deploy.sh", "true");
  directory.Write("bin/there.sh", "true");
  Component component;
  component.name = "dns";
  component.source_dir = directory.path() / "dns";
  component.hooks = {HookOf("there.sh", "pre-deploy"), HookOf("gone.sh", "pre-deploy")};
  Registry registry(OwnEnvironment(), directory.path() / "tools.json");
  const auto info = registry.Inspect(component, directory.path());
  ASSERT_TRUE(info);
  ASSERT_EQ(info->warnings.size(), 1U);
  EXPECT_NE(info->warnings[0].text.find("the hook 'gone.sh'"), std::string::npos);
  EXPECT_EQ(info->more_files, std::vector<Path>{directory.path() / "bin" / "there.sh"});
}

TEST(Around, ExtensionExecutablesRunToolsWithoutADriver) {
  TestDirectory directory;
  directory.Write("dns/values.yaml.template", "");
  Component component;
  component.name = "dns";
  component.source_dir = directory.path() / "dns";
  Registry registry(OwnEnvironment(), directory.path() / "tools.json");
  const Error missing = registry.Inspect(component, directory.path()).error();
  EXPECT_NE(missing.message.find("which the extension executable hub-component-helm runs"), std::string::npos);
  directory.Write(".hub/hub-component-helm", "#!/bin/sh\necho Outputs:\necho verb = $1\n", 0755);
  const auto info = registry.Inspect(component, directory.path());
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ(info->tool, "hub-component-helm");
  TaskInput input = InputIn(directory, TaskKind::kApply);
  input.module = *info;
  const Ran ran = RunTask(*registry.Find("script"), input);
  ASSERT_EQ(ran.names, std::vector<std::string>{"deploy"});
  EXPECT_EQ(ran.last().outputs.at("verb").data, "deploy");
}

TEST(Around, ABareComponentRunsNothing) {
  TestDirectory directory;
  directory.Write("dns/README", "");
  Component component;
  component.name = "dns";
  component.source_dir = directory.path() / "dns";
  component.bare = true;
  Registry registry(OwnEnvironment(), directory.path() / "tools.json");
  ASSERT_TRUE(registry.Inspect(component, directory.path()));
  TaskInput input = InputIn(directory);
  input.bare = true;
  EXPECT_TRUE(registry.Find("script")->Operations(input)->empty());
}

TEST(Around, TemplatesOfABareComponentAreMadeWhereNothingElseRuns) {
  TestDirectory directory;
  directory.Write("dns/zone.conf.template", "zone=${zone}");
  ScriptDriver script;
  AroundDriver driver(script);
  TaskInput input = InputIn(directory);
  input.bare = true;
  input.inputs = {Input("zone", "example.com")};
  TemplateSet set;
  set.files = {"*.template"};
  input.templates = {set};
  auto operations = driver.Operations(input);
  ASSERT_TRUE(operations);
  ASSERT_EQ(operations->size(), 1U);
  EXPECT_EQ((*operations)[0].name, "templates");
  EXPECT_EQ((*operations)[0].process.environment.at("DAVIT_READY"), "[]");
  std::vector<std::string> warnings;
  auto files = (*operations)[0].more_files(&warnings);
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 1U);
  EXPECT_EQ((*files)[0].content, "zone=example.com");
  input.kind = TaskKind::kPlan;
  EXPECT_TRUE(driver.Operations(input)->empty());
}

TEST(Around, TheStackIsOnlyWaitedFor) {
  TestDirectory directory;
  directory.Write("dns/deploy.sh", "true");  // beside the manifest it is nobody's verb
  ScriptDriver script;
  AroundDriver driver(script);
  TaskInput input = InputIn(directory);
  input.component = kStackReady;
  auto operations = driver.Operations(input);
  ASSERT_TRUE(operations);
  ASSERT_EQ(operations->size(), 1U);
  EXPECT_EQ((*operations)[0].role, Operation::Role::kReady);
  EXPECT_FALSE((*operations)[0].mutating);
}

TEST(Around, CapabilitiesAreWhatReallyRuns) {
  TestDirectory directory;
  directory.Write("bin/helm", "#!/bin/sh\necho x >> " + (directory.path() / "count").string() + "\n", 0755);
  directory.Write("bin/kubectl", "#!/bin/sh\necho no cluster >&2; exit 1\n", 0755);
  exec::ProcessEnv environment{{"PATH", (directory.path() / "bin").string() + ":/bin"}};
  Capabilities capabilities(environment);
  EXPECT_EQ(capabilities.Missing("helm"), "");
  EXPECT_EQ(capabilities.Missing("helm"), "");
  EXPECT_EQ(*ReadFile(directory.path() / "count"), "x\n");
  EXPECT_NE(capabilities.Missing("kubernetes").find("`kubectl version --client` failed"), std::string::npos);
  EXPECT_NE(capabilities.Missing("aws").find("there is no aws on PATH"), std::string::npos);
}

TEST(Around, SecretsAreReadWithTheirPad) {
  const std::string pad(32, '\x5a');
  std::string secret = "password = hunter2\n";
  secret.resize(pad.size());
  for (size_t i = 0; i < pad.size(); ++i) secret[i] = static_cast<char>(secret[i] ^ pad[i]);
  TestDirectory directory;
  directory.Write("dns/deploy.sh", "echo Outputs:\necho secrets = " + EncodePad(secret) + "\necho file = file://it\n");
  directory.Write("dns/it", "kept\n");
  ScriptDriver driver;
  TaskInput input = InputIn(directory);
  input.random = pad;
  input.from_keys = {"file"};
  const Ran ran = RunTask(driver, input);
  EXPECT_EQ(ran.last().outputs.at("password").data, "hunter2");
  EXPECT_TRUE(ran.last().outputs.at("password").sensitive);
  EXPECT_EQ(ran.last().outputs.at("file").data, "kept");
  EXPECT_EQ(ran.last().outputs.count("secrets"), 0U);
}

}  // namespace
}  // namespace davit::drivers
