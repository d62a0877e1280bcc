// Variables, states and events, without the tool.
#include <gtest/gtest.h>

#include "drivers/terraform/events.h"
#include "drivers/terraform/state_file.h"
#include "drivers/terraform/variables.h"
#include "drivers/test_runner.h"

namespace davit::drivers {
namespace {

TerraformModule ModuleWith(const std::string& text) {
  TestDirectory directory;
  directory.Write("main.tf", text);
  return *ReadModule(directory.path(), false);
}

TEST(Variables, GoWhereTheyShould) {
  const TerraformModule module = ModuleWith(
      "variable \"size\" { type = number }\nvariable \"host\" {}\nvariable \"zone\" {}\nvariable \"secret\" { "
      "sensitive = true }\n"
      "variable \"list\" { type = list(string) }\nvariable \"text\" { type = string }\n");
  const Result<Assignment> assigned = AssignVariables(
      "db",
      {Input("db.size", 3), Input("other", "h", false, "", "host"), Input("x", "z", false, "TF_VAR_zone"),
       Input("zone", "loses"), Input("db.unknown", "out"), Input("y", "out", false, "TF_VAR_nobody"),
       Input("region", "eu", false, "AWS_REGION"), Input("secret", "s"), Input("a.list", "[\"a\"]"),
       Input("text", json::array{1}), Input("nothing", nullptr, false, "", "host")},
      module, {});
  ASSERT_TRUE(assigned) << assigned.error().message;
  EXPECT_EQ(assigned->file, (json::object{{"size", 3}, {"host", "h"}, {"zone", "z"}, {"text", "[1]"}}));
  EXPECT_EQ(assigned->environment,
            (exec::ProcessEnv{{"AWS_REGION", "eu"}, {"TF_VAR_secret", "s"}, {"TF_VAR_list", "[\"a\"]"}}));
}

TEST(Variables, AreRefusedWhereTheyWouldGoWrong) {
  const TerraformModule module = ModuleWith("variable \"host\" {}\nvariable \"name\" {}\n");
  const auto refused = [&](const std::vector<InputValue>& inputs,
                           const std::map<std::string, std::string>& automatic = {}) {
    const Result<Assignment> assigned = AssignVariables("db", inputs, module, automatic);
    return assigned ? Error{} : assigned.error();
  };
  const Error typo = refused({Input("x", "1", false, "", "hos")});
  EXPECT_NE(typo.message.find("does not declare"), std::string::npos);
  EXPECT_EQ(typo.suggestion, "did you mean 'host'?");
  EXPECT_NE(refused({Input("a.name", "1"), Input("b.name", "2")}).suggestion.find("var: name"), std::string::npos);
  EXPECT_EQ(refused({Input("a.name", "1"), Input("b.name", "1")}).message, "");
  EXPECT_EQ(refused({Input("a.name", "1"), Input("name", "2")}).message, "")
      << "the whole name is surer than its last part";
  EXPECT_NE(
      refused({Input("host", "s", true)}, {{"host", "terraform.tfvars"}}).message.find("overruled by terraform.tfvars"),
      std::string::npos);
}

TEST(Variables, AutomaticOnesAreFound) {
  TestDirectory directory;
  directory.Write("terraform.tfvars", "a = 1\nb = {\n c = 2\n}\n");
  directory.Write("x.auto.tfvars.json", R"({"d": 1})");
  directory.Write("other.tfvars", "e = 1\n");
  EXPECT_EQ(AutomaticVariables(directory.path()),
            (std::map<std::string, std::string>{
                {"a", "terraform.tfvars"}, {"b", "terraform.tfvars"}, {"d", "x.auto.tfvars.json"}}));
}

constexpr char kState[] = R"({"version":4,"terraform_version":"1.11.4","serial":7,"lineage":"l-1",
 "outputs":{"id":{"value":"x","type":"string"},"pw":{"value":"s3","type":"string","sensitive":true}},
 "resources":[
  {"mode":"managed","type":"terraform_data","name":"a","instances":[{"attributes":{}}]},
  {"module":"module.m[\"k\"]","mode":"managed","type":"terraform_data","name":"b",
   "instances":[{"index_key":0},{"index_key":"a\"${x}"},{"deposed":"00ab"}]},
  {"mode":"data","type":"terraform_remote_state","name":"c","instances":[{}]}]})";

TEST(State, IsReadWhole) {
  const Result<TerraformState> state = ParseState(kState);
  ASSERT_TRUE(state) << state.error().message;
  EXPECT_EQ(state->info.serial, 7);
  EXPECT_EQ(state->info.lineage, "l-1");
  EXPECT_EQ(state->info.resources, 4);
  EXPECT_EQ(state->info.addresses, (std::vector<std::string>{"terraform_data.a", "module.m[\"k\"].terraform_data.b[0]",
                                                             "module.m[\"k\"].terraform_data.b[\"a\\\"\\u0024{x}\"]",
                                                             "module.m[\"k\"].terraform_data.b (deposed 00ab)"}));
  EXPECT_TRUE(state->outputs.at("pw").sensitive);
  EXPECT_EQ(state->outputs.at("id").data, "x");
}

TEST(State, IsRefusedWhereTornAtAnyByte) {
  const std::string whole = kState;
  for (size_t length = 0; length < whole.size(); ++length) {
    const Result<TerraformState> state = ParseState(std::string_view(whole).substr(0, length));
    ASSERT_FALSE(state) << length;
    EXPECT_EQ(state.error().code, ErrorCode::kInvalidInput);
  }
  for (const char* other : {"", " \n", "[]", "{}", R"({"version":3,"serial":1,"lineage":"x","resources":[]})",
                            R"({"version":4,"serial":1,"lineage":"","resources":[]})",
                            R"({"serial":1,"lineage":"x","encrypted_data":"y"})"}) {
    EXPECT_FALSE(ParseState(other)) << other;
  }
}

TEST(Events, AreUnderstood) {
  const auto read = [](const char* line) { return ParseTerraformLine(line); };
  TerraformLine line = read(
      R"({"type":"apply_complete","hook":{"resource":{"addr":"terraform_data.vpc"},"action":"create","id_key":"id","id_value":"5214","elapsed_seconds":1}})");
  EXPECT_EQ(line.event->kind, ToolEvent::Kind::kApplyComplete);
  EXPECT_EQ(line.event->text, "terraform_data.vpc: created (id=5214)");
  EXPECT_EQ(line.event->id_value, "5214");
  line = read(R"({"type":"planned_change","change":{"resource":{"addr":"terraform_data.vpc"},"action":"replace"}})");
  EXPECT_EQ(line.change->action, "replace");
  EXPECT_EQ(line.event->kind, ToolEvent::Kind::kPlanned);
  line = read(R"({"type":"apply_start","hook":{"resource":{"addr":"x.y"},"action":"delete"}})");
  EXPECT_EQ(line.event->text, "x.y: destroying");
  line = read(R"({"type":"apply_progress","hook":{"resource":{"addr":"x.y"},"action":"update","elapsed_seconds":70}})");
  EXPECT_EQ(line.event->kind, ToolEvent::Kind::kProgress);
  EXPECT_EQ(line.event->text, "x.y: still updating (1m10s)");
  line =
      read(R"({"type":"provision_progress","hook":{"resource":{"addr":"x.y"},"output":"\u001b[31mhello\u001b[0m"}})");
  EXPECT_EQ(line.event->text, "x.y: hello");
  line = read(R"({"type":"change_summary","@message":"Plan: 1 to add","changes":{"add":1}})");
  EXPECT_EQ(line.event->kind, ToolEvent::Kind::kSummary);
  line = read(R"({"type":"outputs","outputs":{"a":{"action":"noop"},"pw":{"sensitive":true,"action":"create"}}})");
  EXPECT_TRUE(line.output_changes);
  EXPECT_FALSE(line.event);
  line = read(R"({"type":"outputs","outputs":{"a":{"value":"clear"}}})");
  EXPECT_FALSE(line.output_changes);
  EXPECT_FALSE(line.event);
  line = read(
      R"({"type":"diagnostic","diagnostic":{"severity":"error","summary":"It broke","detail":"first\nsecond","address":"x.y","range":{"filename":"main.tf","start":{"line":4}}}})");
  EXPECT_TRUE(line.error);
  EXPECT_EQ(line.event->text, "error: It broke (x.y, main.tf:4): first second");
}

TEST(Events, AreTolerated) {
  EXPECT_FALSE(ParseTerraformLine(
                   R"({"type":"diagnostic","diagnostic":{"severity":"warning","summary":"Deprecated flag: -state"}})")
                   .event);
  EXPECT_FALSE(ParseTerraformLine(R"({"type":"version","terraform":"1.11.4"})").event);
  EXPECT_FALSE(ParseTerraformLine(R"({"type":"new_thing","hook":7})").event);
  EXPECT_FALSE(ParseTerraformLine(R"({"type":"diagnostic"})").error);
  EXPECT_FALSE(ParseTerraformLine("   ").event);
  EXPECT_EQ(ParseTerraformLine("\x1b[1mInitializing...\x1b[0m").event->text, "Initializing...");
  EXPECT_EQ(ParseTerraformLine("{not json").event->text, "{not json");
  EXPECT_EQ(ParseTerraformLine(R"({"@message":"said"})").event->text, "said");
  EXPECT_TRUE(ParseTerraformLine("Error: no").event->error);
  EXPECT_TRUE(
      ParseTerraformLine(
          R"({"type":"apply_errored","hook":{"resource":{"addr":"x.y","resource_key":null},"action":"create"}})")
          .event->error);
}

}  // namespace
}  // namespace davit::drivers
