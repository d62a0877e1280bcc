#include "drivers/terraform/hcl.h"
#include "base/text.h"

#include <gtest/gtest.h>

#include "drivers/terraform/module_reader.h"
#include "drivers/test_runner.h"

namespace davit::drivers {
namespace {

std::string Expression(const std::string& text, const std::string& name = "a") {
  const Result<HclBody> body = ParseHcl(text);
  if (!body) return "error: " + body.error().message;
  const HclAttribute* attribute = body->Find(name);
  return attribute == nullptr ? "(none)" : std::string(attribute->expression);
}

TEST(Hcl, ReadsBlocksLabelsAndAttributes) {
  const std::string text =
      "# comment { \"\n// another }\n/* and } \n one */\n"
      "a = 1 # trailing\n"
      "resource \"terraform_data\" plain { # open\n"
      "  b = { x = [1, \"}\"], # }\n y = 2 }\n"
      "  nested \"l\" { c = true }\n"
      "  empty {}\n"
      "}\n";
  const Result<HclBody> body = ParseHcl(text);
  ASSERT_TRUE(body) << body.error().message;
  EXPECT_EQ(body->Find("a")->expression, "1 # trailing");
  ASSERT_EQ(body->blocks.size(), 1u);
  const HclBlock& block = body->blocks[0];
  EXPECT_EQ(block.labels, (std::vector<std::string>{"terraform_data", "plain"}));
  EXPECT_NE(block.body.Find("b"), nullptr);
  ASSERT_EQ(block.body.blocks.size(), 2u);
  EXPECT_EQ(block.body.blocks[0].body.Find("c")->expression, "true");
}

TEST(Hcl, SkipsWhateverAnExpressionHolds) {
  EXPECT_EQ(Expression("a = \"x\\\"}${ \"in}${1}\" }%{ if true }y%{ endif }$${no\"\nb = 1\n"),
            "\"x\\\"}${ \"in}${1}\" }%{ if true }y%{ endif }$${no\"");
  const std::string heredoc = "<<-EOT\n  } \" ${join(\",\", [for x in var.l : \"${x}\nEOT\n\"])}\n  EOT";
  EXPECT_EQ(Expression("a = " + heredoc + "\nb = 1"), "error: line 2: a string is not closed on its line");
  const std::string good = "<<-EOT\n  } \" ${join(\",\", [\n  x\n EOT\n])} $${ %\n  EOT";
  EXPECT_EQ(Expression("a = " + good + "\nb = 1"), good);
  EXPECT_EQ(Expression("a = " + good + "\nb = 1", "b"), "1");
  EXPECT_EQ(Expression("a = f(<<E\nx\nE\n, 1)\nb = 2", "b"), "2");
  EXPECT_EQ(Expression("a = (\n1\n)\nb=2", "b"), "2");
  EXPECT_EQ(Expression("\xEF\xBB\xBF"
                       "a = 1\r\nb = 2\r\n",
                       "b"),
            "2");
}

TEST(Hcl, NamesTheLineOfWhatItCannotRead) {
  EXPECT_EQ(Expression("a = 1\nb = {\n"), "error: line 3: a bracket is not closed");
  EXPECT_EQ(Expression("\nx {\n"), "error: line 3: a block is not closed");
  EXPECT_EQ(Expression("a = [)"), "error: line 1: a bracket does not match");
  EXPECT_EQ(Expression("a = \n"), "error: line 1: an attribute has no value");
  EXPECT_EQ(Expression("= 1"), "error: line 1: expected the name of a block or an attribute");
  EXPECT_EQ(Expression("a = \"${x\""), "error: line 1: a string is not closed");
  EXPECT_EQ(Expression("a = <<E\nx"), "error: line 2: a heredoc is not closed");
  EXPECT_EQ(Expression("/* x"), "error: line 1: a comment is not closed");
  std::string deep = "a = ";
  for (int i = 0; i < 5000; ++i) deep += "\"${";
  EXPECT_EQ(Expression(deep), "error: line 1: an expression is nested too deeply");
  std::string blocks;
  for (int i = 0; i < 5000; ++i) blocks += "b {\n";
  EXPECT_NE(Expression(blocks).find("nested too deeply"), std::string::npos);
}

TEST(Hcl, ReadsPlainStringsAndQuotesThemBack) {
  EXPECT_EQ(HclString(R"("a\n\t\"\\\u00e4\U0001F600$${x}%%{y}")"), "a\n\t\"\\ä😀${x}%{y}");
  for (const char* other : {"x", "\"${x}\"", "\"a\" + \"b\"", "\"", "\"\\q\"", "\"\\u12\"", ""})
    EXPECT_FALSE(HclString(other)) << other;
  for (const std::string text : {"", "plain", "q\" b\\ n\n r\r t\t", "${x}%{y}$${z}$$$", "\x01\x1f\x7f", "ä😀"}) {
    EXPECT_EQ(HclString(HclQuote(text)), text);
  }
}

class ModuleTest : public testing::Test {
 protected:
  TerraformModule Read(bool tofu = false) {
    Result<TerraformModule> module = ReadModule(directory_.path() / "m", tofu);
    EXPECT_TRUE(module) << module.error().message;
    return module.value_or(TerraformModule());
  }
  TestDirectory directory_;
};

TEST_F(ModuleTest, ReadsDeclarations) {
  directory_.Write("m/main.tf",
                   "terraform {\n required_version = \">= 1.4\"\n}\n"
                   "variable \"name\" { type = string }\n"
                   "variable \"zones\" {\n type = set(string)\n default = []\n}\n"
                   "variable \"tags\" { type = map(string) }\n"
                   "variable \"rules\" { type = object({ a = optional(string) }) }\n"
                   "variable \"old\" { type = \"list\" }\n"
                   "variable \"count_\" { type = number }\n"
                   "variable \"flag\" { type = bool }\n"
                   "variable \"any\" { type = any }\n"
                   "variable \"bare\" {}\n"
                   "variable \"password\" {\n type = string\n sensitive = true\n}\n"
                   "variable \"token\" {\n type = string\n ephemeral = true\n}\n"
                   "locals { x = 1 }\n"
                   "resource \"terraform_data\" \"x\" { input = var.name }\n"
                   "data \"terraform_remote_state\" \"y\" { backend = \"local\" }\n"
                   "output \"id\" { value = 1 }\n"
                   "output \"secret\" {\n value = var.password\n sensitive = true\n}\n");
  const TerraformModule module = Read();
  EXPECT_TRUE(module.fully_read());
  EXPECT_FALSE(module.needs_init);
  const auto type = [&](const char* name) { return module.variables.at(name).declared.type; };
  EXPECT_EQ(type("name"), ValueType::kString);
  EXPECT_EQ(type("zones"), ValueType::kList);
  EXPECT_EQ(type("tags"), ValueType::kMap);
  EXPECT_EQ(type("rules"), ValueType::kMap);
  EXPECT_EQ(type("old"), ValueType::kList);
  EXPECT_EQ(type("count_"), ValueType::kNumber);
  EXPECT_EQ(type("flag"), ValueType::kBool);
  EXPECT_EQ(type("any"), ValueType::kAny);
  EXPECT_TRUE(module.variables.at("any").parsed);
  EXPECT_FALSE(module.variables.at("bare").parsed);
  EXPECT_FALSE(module.variables.at("zones").declared.required);
  EXPECT_TRUE(module.variables.at("name").declared.required);
  EXPECT_TRUE(module.variables.at("password").declared.sensitive);
  EXPECT_TRUE(module.variables.at("token").ephemeral);
  EXPECT_TRUE(module.outputs.at("secret").sensitive);
  EXPECT_FALSE(module.outputs.at("id").sensitive);
}

TEST_F(ModuleTest, KnowsWhenInitIsNeeded) {
  const auto needs = [&](const std::string& text) {
    directory_.Write("m/main.tf", text);
    return Read().needs_init;
  };
  EXPECT_FALSE(needs(
      "terraform {\n required_providers {\n terraform = { source = \"terraform.io/builtin/terraform\" }\n }\n}\n"));
  EXPECT_TRUE(needs("terraform {\n required_providers {\n aws = { source = \"hashicorp/aws\" }\n }\n}\n"));
  EXPECT_TRUE(needs("resource \"aws_instance\" \"x\" {}\n"));
  EXPECT_TRUE(needs("resource \"terraform_data\" \"x\" { provider = other.west }\n"));
  EXPECT_TRUE(needs("data \"http\" \"x\" {}\n"));
  EXPECT_TRUE(needs("provider \"aws\" {}\n"));
  EXPECT_TRUE(needs("check \"c\" {\n data \"http\" \"x\" {}\n}\n"));
  EXPECT_TRUE(needs("module \"vpc\" { source = \"git::https://example.org/vpc.git\" }\n"));
  EXPECT_TRUE(needs("terraform {\n backend \"s3\" {}\n}\n"));
  EXPECT_EQ(Read().backend, "s3");
  EXPECT_EQ(Read().backend_place, "main.tf:2");
  EXPECT_TRUE(needs("terraform {\n cloud {\n organization = \"x\"\n }\n}\n"));
  EXPECT_EQ(Read().backend, "cloud");
  directory_.Write("m/a_override.tf", "\n\nterraform {\n\n backend \"gcs\" {}\n}\n");
  EXPECT_EQ(Read().backend, "gcs") << "the last word counts";
  EXPECT_EQ(Read().backend_place, "a_override.tf:5");
  directory_.Write("m/b_override.tf.json", R"({"terraform": {"backend": {"http": {}}}})");
  EXPECT_EQ(Read().backend, "http");
  EXPECT_EQ(Read().backend_place, "b_override.tf.json");
  std::filesystem::remove(directory_.path() / "m/a_override.tf");
  std::filesystem::remove(directory_.path() / "m/b_override.tf.json");
  EXPECT_TRUE(needs("something \"new\" {}\n"));
  EXPECT_FALSE(Read().fully_read());
  EXPECT_TRUE(needs("module \"x\" { source = var.where }\n"));
  EXPECT_FALSE(Read().fully_read());
  EXPECT_TRUE(needs("variable \"x\" {"));
  ASSERT_FALSE(Read().unread.empty());
  EXPECT_EQ(Read().unread[0], "main.tf: line 1: a block is not closed");
}

TEST_F(ModuleTest, ReadsJsonAndOverrides) {
  directory_.Write(
      "m/main.tf.json",
      R"j({"//": "x", "variable": {"a": {"type": "list(string)", "default": []}, "b": [{"sensitive": true}]},
    "output": {"o": {"value": 1, "sensitive": true}}, "terraform": [{"required_version": ">= 1"}],
    "resource": {"terraform_data": {"x": {"input": 1}}}})j");
  directory_.Write("m/a_override.tf", "variable \"b\" { default = 1 }\nvariable \"a\" { sensitive = true }\n");
  directory_.Write("m/.hidden.tf", "broken {");
  directory_.Write("m/main.tf~", "broken {");
  TerraformModule module = Read();
  EXPECT_TRUE(module.fully_read());
  EXPECT_FALSE(module.needs_init);
  EXPECT_EQ(module.variables.at("a").declared.type, ValueType::kList);
  EXPECT_TRUE(module.variables.at("a").declared.sensitive);
  EXPECT_TRUE(module.variables.at("b").declared.sensitive);
  EXPECT_FALSE(module.variables.at("b").declared.required);
  EXPECT_TRUE(module.outputs.at("o").sensitive);
  directory_.Write("m/more.tf.json",
                   R"({"resource": {"aws_x": {"y": [{}]}}, "module": {"n": {"source": "${var.x}"}}})");
  module = Read();
  EXPECT_TRUE(module.needs_init);
  EXPECT_FALSE(module.fully_read());
  directory_.Write("m/more.tf.json", "{");
  EXPECT_FALSE(Read().fully_read());
}

TEST_F(ModuleTest, FollowsLocalModulesOnce) {
  directory_.Write("m/main.tf", "module \"a\" { source = \"./a/\" }\nmodule \"b\" { source = \"../b\" }\n");
  directory_.Write("m/a/main.tf", "module \"b\" { source = \"../../b\" }\n");
  directory_.Write("b/main.tf", "module \"m\" { source = \"../m\" }\nresource \"aws_x\" \"y\" {}\n");
  const TerraformModule module = Read();
  EXPECT_EQ(module.local_modules, (std::vector<Path>{directory_.path() / "m/a", directory_.path() / "b"}));
  EXPECT_TRUE(module.needs_init);
  EXPECT_TRUE(module.fully_read());
  directory_.Write("m/main.tf", "module \"a\" { source = \"./none\" }\n");
  const Error missing = ReadModule(directory_.path() / "m", false).error();
  EXPECT_NE(missing.message.find("./none, which is not a directory"), std::string::npos);
}

TEST_F(ModuleTest, SaysWhenThereIsNoModule) {
  directory_.Write("m/README.md", "");
  const Error error = ReadModule(directory_.path() / "m", false).error();
  EXPECT_EQ(error.code, ErrorCode::kInvalidInput);
  EXPECT_NE(error.message.find("has no .tf file"), std::string::npos);
  EXPECT_FALSE(error.suggestion.empty());
}

TEST_F(ModuleTest, ReadsTofuFilesInPlaceOfTheirTwins) {
  directory_.Write("m/main.tf", "variable \"a\" {}\n");
  directory_.Write("m/main.tofu", "variable \"b\" {}\n");
  EXPECT_TRUE(Read(false).variables.contains("a"));
  EXPECT_TRUE(Read(true).variables.contains("b"));
  EXPECT_FALSE(Read(true).variables.contains("a"));
}

TEST(Hcl, ResolvesEscapesToCompare) {
  EXPECT_EQ(HclUnescaped(R"(a.b["$${aws:username}"])"), R"(a.b["${aws:username}"])");
  EXPECT_EQ(HclUnescaped(R"(a.b["\u0024{aws:username}"])"), R"(a.b["${aws:username}"])");
  EXPECT_EQ(HclUnescaped(R"(x["\"q\" \\ \n \u200b\U0001F600 %%{if}"])"),
            "x[\"\"q\" \\ \n \xE2\x80\x8B\xF0\x9F\x98\x80 %{if}\"]");
  EXPECT_EQ(HclUnescaped(R"(\u12 \)"), R"(u12 \)");
  EXPECT_EQ(HclUnescaped("module.a.b[0]"), "module.a.b[0]");
}

}  // namespace
}  // namespace davit::drivers
