// What fits where, and how it is said that something does not.
#include <gtest/gtest.h>

#include "graph/test_stack.h"
#include "graph/types.h"

namespace davit::graph {
namespace {

TEST(Convert, TakesWhatReadsAsTheType) {
  const auto as = [](const json::value& value, ValueType type) -> std::string {
    const std::optional<json::value> converted = Convert(value, type);
    return converted ? json::serialize(*converted) : "no";
  };
  EXPECT_EQ(as("3", ValueType::kNumber), "3");
  EXPECT_EQ(as(" 2.5 ", ValueType::kNumber), "2.5E0");
  EXPECT_EQ(as("007", ValueType::kNumber), "7");
  EXPECT_EQ(as("three", ValueType::kNumber), "no");
  EXPECT_EQ(as("0x10", ValueType::kNumber), "no");
  EXPECT_EQ(as("1e999", ValueType::kNumber), "no");
  EXPECT_EQ(as("", ValueType::kNumber), "no");
  EXPECT_EQ(as(true, ValueType::kNumber), "no");
  EXPECT_EQ(as("true", ValueType::kBool), "true");
  EXPECT_EQ(as("yes", ValueType::kBool), "no");
  EXPECT_EQ(as(1, ValueType::kBool), "no");
  EXPECT_EQ(as(3, ValueType::kString), "\"3\"");
  EXPECT_EQ(as(false, ValueType::kString), "\"false\"");
  EXPECT_EQ(as(json::array{1}, ValueType::kString), "no");
  EXPECT_EQ(as("[1]", ValueType::kList), "[1]");
  EXPECT_EQ(as("[1]", ValueType::kMap), "no");
  EXPECT_EQ(as("{\"a\":1}", ValueType::kMap), "{\"a\":1}");
  EXPECT_EQ(as(nullptr, ValueType::kMap), "null");
  EXPECT_EQ(as("x", ValueType::kAny), "\"x\"");
}

TEST(Types, AConstantOfAnotherTypeIsAnError) {
  TestStack test;
  test.Add("db");
  test.Declare("db", "size", Const("three")).type = ValueType::kNumber;
  test.Declare("db", "count", Const("3")).type = ValueType::kNumber;
  test.Declare("db", "flag").type = ValueType::kBool;
  test.Declare("db", "zones", Const("a")).type = ValueType::kList;
  test.Declare("db", "name", Const(json::array{1, 2})).type = ValueType::kString;
  Parameter& secret = test.Declare("db", "secret", Const("hidden"));
  secret.type = ValueType::kNumber;
  secret.sensitive = true;
  test.Declare("db", "long", Const(json::value(std::string(60, 'x')))).type = ValueType::kNumber;
  test.Give("flag", Const(3)).value_pos = Pos{705};
  test.Bind();
  EXPECT_EQ(test.Messages(),
            (Lines{"error 500: parameter 'size' of component 'db' must be a number, not the text \"three\"",
                   "error 705: parameter 'flag' of component 'db' must be true or false, not the number 3",
                   "error 500: parameter 'zones' of component 'db' must be a list, not the text \"a\"",
                   "error 500: parameter 'name' of component 'db' must be a text, not a list",
                   "error 500: parameter 'secret' of component 'db' must be a number, not a text",
                   "error 500: parameter 'long' of component 'db' must be a number, not the text \"" +
                       std::string(40, 'x') + "…\""}));
}

TEST(Types, WhatWasSettledIsNotCheckedTwice) {
  TestStack test;
  test.Add("db");
  test.Declare("db", "size").type = ValueType::kNumber;
  test.Give("size", Const("three")).type = ValueType::kNumber;
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
}

ModuleInfo& Module(TestStack& test, const std::string& name,
                   std::initializer_list<std::pair<std::string, ValueType>> variables) {
  ModuleInfo& module = test.Terraform(name);
  for (const auto& [variable, type] : variables) module.variables[variable].type = type;
  return module;
}

TEST(Variables, TakeWhatTheToolConverts) {
  TestStack test;
  Module(test, "db",
         {{"size", ValueType::kNumber},
          {"on", ValueType::kBool},
          {"name", ValueType::kString},
          {"zones", ValueType::kList},
          {"tags", ValueType::kMap},
          {"other", ValueType::kList}});
  test.Declare("db", "size", Const("3"));
  test.Declare("db", "on", Const("true"));
  test.Declare("db", "name", Const(4));
  test.Declare("db", "zones", Const("[\"a\"]"));  // an expression, as in `env: TF_VAR_zones`
  test.Declare("db", "tags", Const("{a = \"b\"}"));
  test.Declare("db", "other", Const(nullptr));  // no value: the module's default
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
}

TEST(Variables, RefuseWhatTheToolWouldRefuse) {
  TestStack test;
  ModuleInfo& module = Module(test, "db",
                              {{"size", ValueType::kNumber},
                               {"on", ValueType::kBool},
                               {"zones", ValueType::kList},
                               {"pin", ValueType::kNumber},
                               {"tags", ValueType::kMap}});
  module.variables["pin"].sensitive = true;
  test.Declare("db", "db.size", Const("three"));
  test.Declare("db", "switch", Const("yes")).env = "TF_VAR_on";
  test.Declare("db", "list", Const("a,b")).var = "zones";
  test.Declare("db", "pin", Const("secret"));
  test.Declare("db", "tags", Const(json::array{1}));
  test.Declare("db", "late", Text("${printer:x}")).var = "size";  // surer than the last part of a name
  test.Declare("db", "gone", Const(1)).var = "sise";
  test.Add("printer");
  test.Bind();
  const std::string help = " | the variable '";
  EXPECT_EQ(test.Messages(),
            (Lines{"error 500: parameter 'gone' of component 'db' goes to the variable 'sise', which the module does "
                   "not declare | did you mean "
                   "'size'?",
                   "error 500: parameter 'switch' of component 'db' must be true or false, not the text \"yes\"" +
                       help + "on' of its module is declared so",
                   "error 500: parameter 'pin' of component 'db' must be a number, not a text" + help +
                       "pin' of its module is declared so",
                   "error 500: parameter 'tags' of component 'db' must be a map, not a list" + help +
                       "tags' of its module is declared so",
                   "error 500: parameter 'list' of component 'db' must be a list, not the text \"a,b\"" + help +
                       "zones' of its module is declared so"}));
  EXPECT_TRUE(test.InputOf("db", "pin").sensitive);
}

TEST(Variables, RequiredOnesNeedAValue) {
  TestStack test;
  ModuleInfo& module = Module(test, "api",
                              {{"size", ValueType::kNumber},
                               {"name", ValueType::kString},
                               {"token", ValueType::kString},
                               {"free", ValueType::kString}});
  for (const char* name : {"size", "name", "token"}) module.variables[name].required = true;
  test.Declare("api", "api.name", Const("x"));
  test.At("api").pass_env = {"TF_VAR_token"};
  TestStack unread = test;
  unread.modules[0].fully_read = false;
  test.Bind();
  EXPECT_EQ(
      test.Messages(),
      (Lines{
          "error 1: component 'api' gives no value for the variable 'size' of its module | give it a parameter 'size', "
          "or give the variable a default"}));
  unread.Bind();
  EXPECT_EQ(unread.Messages(), Lines{});
}

TEST(Variables, AnEmptyValueLeavesTheDefaultOfTheModule) {
  TestStack test;
  Module(test, "api", {{"size", ValueType::kNumber}, {"name", ValueType::kString}});
  test.Declare("api", "size").empty_allowed = true;
  test.Declare("api", "name").empty_allowed = true;
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  EXPECT_EQ(test.Bound("api", "size"), "null");
  EXPECT_EQ(test.Bound("api", "name"), "\"\"");
}

}  // namespace
}  // namespace davit::graph
