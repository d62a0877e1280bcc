#include "drivers/script/script_driver.h"

#include <gtest/gtest.h>

#include "drivers/environment.h"
#include "drivers/lines.h"
#include "drivers/script/implementation.h"
#include "drivers/script/makefile.h"
#include "drivers/script/outputs.h"
#include "drivers/test_runner.h"

namespace davit::drivers {
namespace {

ScriptOutputs Scan(const std::string& text) {
  TestDirectory directory;
  return *ReadOutputs(directory.Write("out", text));
}

TaskInput InputIn(const TestDirectory& directory, TaskKind kind = TaskKind::kApply) {
  TaskInput input;
  input.kind = kind;
  input.component = "dns";
  input.module_directory = directory.path();
  input.base_directory = directory.path().parent_path();
  input.attempt_directory = directory.path() / ".attempt";
  input.passed_environment = OwnEnvironment();
  return input;
}

TEST(Makefile, FindsExplicitTargetsOnly) {
  const std::string text =
      "# deploy-comment: x\n"
      ".PHONY: phony\n"
      "NAME ?= deploy1\nURL := http://x\nA::=b\n"
      "deploy undeploy: deps ; @echo x\n"
      "\techo status: hidden\n"
      "\techo one \\\n"
      "two: three\n"
      "deps::\n"
      "$(X): y\n%.o: %.c\n"
      "backup: VERBOSE = 1\n"
      "define block\nindefine: x\nendef\n"
      "ifeq ($(A),b)\n"
      "status:\n\techo\n"
      "endif\n"
      "export PATH := a:b\n"
      "con\\\ntinued: x\n"
      "include more.mk $(VAR).mk\n";
  const Makefile found = ScanMakefile(text);
  EXPECT_EQ(found.targets, (std::set<std::string>{"deploy", "undeploy", "deps", "status", "con", "tinued"}));
  EXPECT_EQ(found.includes, std::vector<std::string>{"more.mk"});
}

TEST(Makefile, KnowsWhichVariablesHaveADefault) {
  const Makefile found = ScanMakefile(
      "A ?= 1\nB?=\nexport C ?= $(A)\nD := 1\nE = 1\nF += 1\n# G ?= 1\ndeploy: H ?= 1\n\tI ?= 1\ndefine J ?=\nK ?= "
      "1\nendef\n"
      "ifdef X\nL ?= 1\nendif\n");
  EXPECT_EQ(found.defaults, (std::set<std::string>{"A", "B", "C", "L"}));
  EXPECT_TRUE(found.whole);
  EXPECT_FALSE(ScanMakefile("include $(ROOT)/common.mk\n").whole);
}

TEST(Makefile, FollowsIncludesAndNamesThoseOutside) {
  TestDirectory directory;
  directory.Write("common.mk", "undeploy:\n\ttrue\n");
  directory.Write("a/Makefile", "include ../common.mk\ninclude own.mk\n");
  directory.Write("a/own.mk", "deploy:\n\ttrue\ninclude own.mk\n");
  std::vector<Path> outside;
  EXPECT_EQ(ReadMakefile(directory.path() / "a", &outside).targets, (std::set<std::string>{"deploy", "undeploy"}));
  ASSERT_EQ(outside.size(), 1u);
  EXPECT_EQ(outside[0], directory.path() / "common.mk");
}

TEST(Implementation, KeepsTheOrderOfTheForms) {
  TestDirectory directory;
  const exec::ProcessEnv environment = OwnEnvironment();
  EXPECT_FALSE(*FindImplementation(directory.path(), "deploy", environment));
  directory.Write("_deploy.sh", "echo");
  EXPECT_EQ(FindImplementation(directory.path(), "deploy", environment)->argv,
            (std::vector<std::string>{"/bin/sh", (directory.path() / "_deploy.sh").string()}));
  directory.Write("_deploy", "#!/usr/bin/env -S bash -e\n");
  EXPECT_EQ(FindImplementation(directory.path(), "deploy", environment)->argv,
            (std::vector<std::string>{"/usr/bin/env", "-S bash -e", (directory.path() / "_deploy").string()}));
  directory.Write("bin/deploy", "#!/bin/sh\n", 0755);
  EXPECT_EQ(FindImplementation(directory.path(), "deploy", environment)->argv,
            std::vector<std::string>{(directory.path() / "bin/deploy").string()});
  directory.Write("deploy", "data");
  const auto refused = FindImplementation(directory.path(), "deploy", environment);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kInvalidInput);
  EXPECT_NE(refused.error().suggestion.find("chmod +x"), std::string::npos);
  // What the kernel would call "no such file", although the file is there.
  directory.Write("deploy", "#!/bin/nosuch\n", 0755);
  EXPECT_NE(FindImplementation(directory.path(), "deploy", environment).error().message.find("#!/bin/nosuch"),
            std::string::npos);
  directory.Write("deploy", "#!/bin/sh\r\necho\r\n", 0755);
  EXPECT_NE(FindImplementation(directory.path(), "deploy", environment).error().message.find("CR LF"),
            std::string::npos);
  directory.Write("Makefile", "deploy:\n");
  EXPECT_TRUE(FindImplementation(directory.path(), "deploy", environment)->by_make);
}

TEST(Outputs, ReadsBlocks) {
  const ScriptOutputs outputs = Scan(
      "ignored = 1\n"
      "Outputs:\n"
      "\n"
      "host = db.internal\n"
      "# comment = x\n"
      "quoted = \"a = b\"\n"
      "\x1b[32mgreen\x1b[0m = \x1b[1myes\x1b[0m\n"
      "list = a\n"
      "no value here\n"
      "provides = dns, ingress\n"
      "\n"
      "after = block\n"
      "Provides:\n"
      "tls\n"
      "- dns \"\" ''\n"
      "\n"
      "  Outputs:\r\n"
      "list = b\r\n"
      "list = a\r\n"
      "empty =\r\n");
  std::map<std::string, std::string> texts;
  for (const auto& [name, value] : outputs.values) texts[name] = ToText(value.data);
  EXPECT_EQ(texts,
            (std::map<std::string, std::string>{
                {"host", "db.internal"}, {"quoted", "a = b"}, {"green", "yes"}, {"list", "a,b"}, {"empty", ""}}));
  EXPECT_EQ(outputs.provides, (std::vector<std::string>{"dns", "ingress", "tls"}));
  EXPECT_EQ(outputs.warnings,
            std::vector<std::string>{"below 'Outputs:' every line is `name = value`; left out: 'no value here'"});
}

TEST(Outputs, TakesMegabytesWithoutANewlineAndInvalidUtf8) {
  const std::string flood(size_t{9} << 20, 'x');
  const ScriptOutputs outputs = Scan(flood +
                                     "\nOutputs:\nbytes = a\xff\xfe"
                                     "b\nlong = " +
                                     flood + "\nafter = 1\n\n" + flood);
  EXPECT_EQ(ToText(outputs.values.at("bytes").data),
            "a\xEF\xBF\xBD\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(ToText(outputs.values.at("after").data), "1");
  EXPECT_FALSE(outputs.values.contains("long"));
  ASSERT_EQ(outputs.warnings.size(), 1u);
  EXPECT_NE(outputs.warnings[0].find("'long'"), std::string::npos);
}

TEST(Lines, CleansAndFindsTheLast) {
  TestDirectory directory;
  EXPECT_EQ(CleanLine("50%\r\x1b[1m100%\x1b[0m\r"), "100%");
  EXPECT_EQ(LastLine(directory.Write("log", "first\nreason\n\n   \n")), "reason");
  EXPECT_EQ(LastLine(directory.path() / "none"), "");
}

TEST(Environment, PassesWhatIsDocumentedAndRefusesWhatCannotBe) {
  const exec::ProcessEnv environment = {{"PATH", "/bin"}, {"AWS_REGION", "x"}, {"https_proxy", "p"},
                                        {"SECRET", "s"},  {"TF_TOKEN_a", "t"}, {"SSL_CERT_FILE", "f"}};
  EXPECT_EQ(PassedNames(environment, {"TF_TOKEN_*"}),
            (std::vector<std::string>{"AWS_REGION", "PATH", "SSL_CERT_FILE", "TF_TOKEN_a", "https_proxy"}));
  exec::ProcessEnv target;
  EXPECT_TRUE(SetVariable(target, "_a1", "v", "x"));
  for (const char* name : {"", "1a", "a-b", "a=b", "ä"}) EXPECT_FALSE(SetVariable(target, name, "v", "x")) << name;
  EXPECT_FALSE(SetVariable(target, "A", std::string("a\0b", 3), "x"));
  EXPECT_FALSE(SetVariable(target, "A", std::string(131072, 'x'), "x"));
  EXPECT_TRUE(SetVariable(target, "A", std::string(131000, 'x'), "x"));
}

TEST(ScriptDriver, RunsWithTheDeclaredEnvironmentOnly) {
  TestDirectory directory;
  directory.Write("deploy", "#!/bin/sh\necho Outputs:\nenv | sort\n", 0755);
  ScriptDriver driver;
  TaskInput input = InputIn(directory);
  input.passed_environment["MAKEFLAGS"] = "-j8";
  input.inputs = {Input("db.host", "h", false, "DB_HOST"), Input("plain", "hidden"),
                  Input("zones", json::array{"a", 1}, false, "ZONES"), Input("blank", " ", false, "BLANK"),
                  Input("size", 3.0, false, "SIZE")};
  input.provided_capabilities = {"tls", "dns"};
  const Ran ran = RunTask(driver, input);
  ASSERT_EQ(ran.names, std::vector<std::string>{"deploy"});
  const ValueMap& env = ran.last().outputs;
  const auto text = [&](const char* name) {
    return env.contains(name) ? ToText(env.find(name)->second.data) : "(unset)";
  };
  EXPECT_EQ(text("DB_HOST"), "h");
  EXPECT_EQ(text("ZONES"), "[\"a\",1]");
  EXPECT_EQ(text("BLANK"), "");
  EXPECT_EQ(text("SIZE"), "3");
  EXPECT_EQ(text("COMPONENT_NAME"), "dns");
  EXPECT_EQ(text("HUB_COMPONENT"), "dns");
  EXPECT_EQ(text("HUB_COMPONENT_DIR"), directory.path().string());
  EXPECT_EQ(text("HUB_BASE_DIR"), directory.path().parent_path().string());
  EXPECT_EQ(text("HUB_PROVIDES"), "dns tls");
  EXPECT_EQ(text("MAKEFLAGS"), "(unset)");
  EXPECT_EQ(text("plain"), "(unset)");
  EXPECT_TRUE(ran.events.empty()) << "a block of outputs is not shown line by line";
}

TEST(ScriptDriver, RunsMakeTargetsAndHasNothingToRunWithoutUndeploy) {
  if (exec::FindOnPath("make", OwnEnvironment()).empty()) GTEST_SKIP() << "make is not installed";
  TestDirectory directory;
  directory.Write("Makefile", "deploy:\n\t@echo working; echo 'Outputs:'; echo queue = q1\nstatus:\n\t@echo fine\n");
  ScriptDriver driver;
  const Ran ran = RunTask(driver, InputIn(directory));
  EXPECT_EQ(ran.last().result, OperationResult::kSucceeded);
  EXPECT_EQ(ToText(ran.last().outputs.at("queue").data), "q1");
  ASSERT_EQ(ran.events.size(), 1u);
  EXPECT_EQ(ran.events[0].text, "working");
  EXPECT_TRUE(driver.Operations(InputIn(directory, TaskKind::kDestroy))->empty());
  const auto status = driver.Operations(InputIn(directory, TaskKind::kAction));
  ASSERT_EQ(status->size(), 1u);
  EXPECT_FALSE(status->front().mutating);
}

TEST(ScriptDriver, TellsWhyAScriptFailed) {
  TestDirectory directory;
  directory.Write("deploy.sh", "echo out\necho 'no route to host' >&2\necho >&2\nexit 7\n");
  directory.Write("undeploy.sh", "echo 'only stdout'\nexit 1\n");
  ScriptDriver driver;
  const Ran failed = RunTask(driver, InputIn(directory));
  EXPECT_EQ(failed.last().result, OperationResult::kFailed);
  EXPECT_EQ(failed.last().reason, "deploy exited with code 7: no route to host");
  EXPECT_FALSE(failed.last().has_outputs);
  EXPECT_EQ(RunTask(driver, InputIn(directory, TaskKind::kDestroy)).last().reason,
            "undeploy exited with code 1: only stdout");
}

TEST(ScriptDriver, WarnsOfTwoValuesForOneVariable) {
  TestDirectory directory;
  directory.Write("deploy.sh", "true\n");
  ScriptDriver driver;
  TaskInput input = InputIn(directory);
  input.inputs = {Input("a", "1", false, "X"), Input("b", "2", false, "X")};
  ASSERT_EQ(RunTask(driver, input).last().warnings.size(), 1u);
  input.inputs = {Input("a", "1", false, "X-Y")};
  EXPECT_EQ(driver.Operations(input).error().code, ErrorCode::kInvalidInput);
}

TEST(Registry, ChoosesByFilesAndSaysWhatIsMissing) {
  TestDirectory directory;
  Registry registry(OwnEnvironment(), directory.path() / "tools.json");
  Component component;
  component.name = "dns";
  component.source_dir = directory.path() / "dns";
  EXPECT_NE(registry.Inspect(component, component.source_dir).error().message.find("has no directory"),
            std::string::npos);
  directory.Write("dns/README", "");
  EXPECT_NE(registry.Inspect(component, component.source_dir).error().suggestion.find("Makefile"), std::string::npos);
  directory.Write("dns/values.yaml", "");
  EXPECT_NE(registry.Inspect(component, component.source_dir).error().message.find("hub-component-helm"),
            std::string::npos);
  component.provisioner = "terrafrom";
  EXPECT_NE(registry.Inspect(component, component.source_dir).error().suggestion.find("terraform"), std::string::npos);
  component.provisioner.clear();
  directory.Write("dns/deploy.sh", "true");
  directory.Write("dns/main.tf", "");
  const auto info = registry.Inspect(component, component.source_dir);
  ASSERT_TRUE(info);
  EXPECT_EQ(info->driver, "script");
  EXPECT_TRUE(info->tool.empty());
  ASSERT_NE(registry.Find("script"), nullptr);
  EXPECT_EQ(registry.Find("terraform")->name(), "terraform");
  EXPECT_EQ(registry.Find("helm"), nullptr);
}

TEST(Registry, SaysInOneMessageWhatToInstall) {
  TestDirectory directory;
  directory.Write("m/main.tf", "");
  Registry registry({{"PATH", (directory.path() / "bin").string()}}, {});
  Component component;
  component.name = "net";
  component.source_dir = directory.path() / "m";
  const Error missing = registry.Inspect(component, component.source_dir).error();
  EXPECT_EQ(missing.code, ErrorCode::kInvalidInput);
  EXPECT_NE(missing.message.find("neither 'terraform' nor 'tofu' is on PATH"), std::string::npos);
  EXPECT_NE(missing.suggestion.find("install Terraform 1.4"), std::string::npos);
  directory.Write("bin/terraform", "#!/bin/sh\necho '{\"terraform_version\":\"1.3.9\"}'\n", 0755);
  EXPECT_NE(registry.Inspect(component, component.source_dir).error().message.find("1.3.9; component 'net' needs 1.4"),
            std::string::npos);
  directory.Write("bin/terraform", "#!/bin/sh\necho nonsense; exit 1\n", 0755);
  EXPECT_NE(registry.Inspect(component, component.source_dir).error().message.find("does not work"), std::string::npos);
}

TEST(Registry, KeepsTheVersionOfAToolByItsFile) {
  TestDirectory directory;
  directory.Write("m/main.tf", "");
  directory.Write(
      "bin/terraform",
      "#!/bin/sh\necho >> " + (directory.path() / "asked").string() + "\necho '{\"terraform_version\":\"1.9.0\"}'\n",
      0755);
  Component component;
  component.source_dir = directory.path() / "m";
  const auto asked = [&] { return ReadFile(directory.path() / "asked")->size(); };
  for (int process = 0; process < 2; ++process) {
    Registry registry({{"PATH", (directory.path() / "bin").string()}}, directory.path() / "tools.json");
    EXPECT_EQ(registry.Inspect(component, component.source_dir)->tool_version, "1.9.0");
    EXPECT_EQ(registry.Inspect(component, component.source_dir)->tool_version, "1.9.0");
    EXPECT_EQ(asked(), 1u);
  }
  directory.Write(
      "bin/terraform",
      "#!/bin/sh\necho >> " + (directory.path() / "asked").string() + "\necho '{\"terraform_version\":\"1.10.0\"}'\n",
      0755);
  Registry registry({{"PATH", (directory.path() / "bin").string()}}, directory.path() / "tools.json");
  EXPECT_EQ(registry.Inspect(component, component.source_dir)->tool_version, "1.10.0");
  EXPECT_EQ(asked(), 2u);
}

}  // namespace
}  // namespace davit::drivers
