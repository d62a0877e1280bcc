// What names mean in the parameters of components.
#include <gtest/gtest.h>

#include "graph/names.h"
#include "graph/test_stack.h"

namespace davit::graph {
namespace {

TEST(Lookup, GoesFromTheMostExactToTheComponentsOwn) {
  // Each step takes the winner of the one before away.
  auto make = [](int without) {
    TestStack test;
    test.Add("near");
    test.Add("between");
    test.Add("far");
    test.Output("between", "host");
    test.Output("near", "host");
    test.Add("api", {"near"});
    Parameter& own = test.Declare("api", "host", Const("own"));
    own.has_default = true;
    own.default_value = Const("default");
    test.Give("host", Const("exact"), "api");
    test.Give("host", Const("plain"));
    if (without >= 1) test.stack.parameters.erase(test.stack.parameters.begin());
    if (without >= 2) test.At("api").depends.clear();
    if (without >= 3) test.At("between").outputs.clear(), test.At("near").outputs.clear();
    if (without >= 4) test.stack.parameters.clear();
    if (without >= 5) own.has_value = false;
    test.Bind();
    EXPECT_FALSE(test.diagnostics.HasErrors());
    return test.Bound("api", "host");
  };
  EXPECT_EQ(make(0), "stack host|api");
  EXPECT_EQ(make(1), "near.host");     // of `depends`
  EXPECT_EQ(make(2), "between.host");  // the nearest before it
  EXPECT_EQ(make(3), "stack host");
  EXPECT_EQ(make(4), "\"own\"");
  EXPECT_EQ(make(5), "\"default\"");
}

TEST(Lookup, OutputsOfDependsInTurn) {
  TestStack test;
  for (const char* name : {"a", "b", "c"}) test.Add(name), test.Output(name, "host");
  test.Add("api", {"b", "a"});
  test.Declare("api", "host");
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  EXPECT_EQ(test.Bound("api", "host"), "b.host");
  EXPECT_EQ(test.Edges(), (Lines{"api needs a: depends", "api needs b: depends", "api value b: output host -> host"}));
}

TEST(Computed, NamesAreTheLongestThatIsThere) {
  TestStack test;
  test.Add("db");
  test.Output("db", "host");
  test.Output("db", "conn.port");
  test.Add("api");
  test.Give("a.b", Const("x"));
  test.Declare("api", "own", Const("o"));
  test.Declare("api", "exact", Text("#{a.b}"));
  test.Declare("api", "field", Text("#{a.b.c}"));
  test.Declare("api", "output", Text("x #{db.host + own}"));
  test.Declare("api", "dotted", Text("#{db.conn.port + 1}"));
  test.Declare("api", "below", Text("#{db.conn.port.x}"));
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  EXPECT_EQ(test.Bound("api", "exact"), "#{a.b} stack a.b");
  EXPECT_EQ(test.Bound("api", "field"), "#{a.b.c} stack a.b");
  EXPECT_EQ(test.Bound("api", "output"), "\"x \" + #{db.host + own} db.host own own");
  EXPECT_EQ(test.Bound("api", "dotted"), "#{db.conn.port + 1} db.conn.port");
  EXPECT_EQ(test.Bound("api", "below"), "#{db.conn.port.x} db.conn.port");
  EXPECT_EQ(test.Edges().size(), 3u) << "one for each input that an output feeds";
}

TEST(Computed, ALinkThatIsOneParameterIsThatOne) {
  TestStack test;
  test.Add("api");
  test.Give("size", Const("3"));
  test.Give("alias", Text("${size}"));
  test.Give("again", Text("${alias}"));
  test.Declare("api", "two", Text("#{again + alias + size}"));
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  EXPECT_EQ(test.Bound("api", "two"), "#{again + alias + size} stack size stack size stack size");
}

TEST(Computed, UnknownNamesAndLinksAreRefused) {
  TestStack test;
  test.Add("db");
  test.Output("db", "host");
  test.Add("api");
  test.Give("link", Text("${db:host}"));
  test.Declare("api", "one", Text("#{nowhere.x}"));
  test.Declare("api", "two", Text("#{link + 1}"));
  test.Declare("api", "three", Text("#{db.hosst}"));
  test.Bind();
  const std::string said =
      test.Messages().size() == 3 ? test.Messages()[0] + "\n" + test.Messages()[1] + "\n" + test.Messages()[2] : "";
  EXPECT_NE(said.find("unknown name 'nowhere.x'"), std::string::npos) << said;
  EXPECT_NE(said.find("'link' is a link, which cannot be computed with"), std::string::npos) << said;
  EXPECT_NE(said.find("no output 'hosst'"), std::string::npos) << said;
}

TEST(Lookup, OfTwoProducersTheLastWinsWithAWarning) {
  TestStack test;
  for (const char* name : {"a", "b"}) test.Add(name), test.Output(name, "host");
  test.Add("api");
  test.Declare("api", "host");
  test.Declare("api", "url", Text("http://${host}"));
  test.Bind();
  EXPECT_EQ(test.Bound("api", "host"), "b.host");
  EXPECT_EQ(test.Bound("api", "url"), "\"http://\" + b.host");
  ASSERT_EQ(test.Messages().size(), 2u);
  EXPECT_EQ(test.Messages()[0],
            "warning ambiguous-output 500: parameter 'host' of component 'api' gets the output 'host' of 'b', the last "
            "that has one; 'a' has "
            "one too | say which is meant: ${b:host} or ${a:host}");
}

TEST(Lookup, OutputsOfATerraformModuleCountWithoutBeingDeclared) {
  TestStack test;
  test.Terraform("db", {"host", "password"}).outputs["password"].sensitive = true;
  test.Add("api");
  test.Declare("api", "host");
  test.Declare("api", "secret", Text("x${password}"));
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  EXPECT_EQ(test.Bound("api", "host"), "db.host");
  EXPECT_FALSE(test.InputOf("api", "host").sensitive);
  EXPECT_TRUE(test.InputOf("api", "secret").sensitive);
}

TEST(Lookup, ARenamedOutputHasOnlyItsNewName) {
  TestStack test;
  test.Terraform("db", {"host", "url"});
  test.Output("db", "db.host").from_tf_var = "host";
  test.Add("api");
  test.Declare("api", "db.host");
  test.Declare("api", "host").empty_allowed = true;
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  EXPECT_EQ(test.Bound("api", "db.host"), "db.db.host");
  EXPECT_EQ(test.Bound("api", "host"), "\"\"");
}

TEST(Lookup, OutputsOfTheSameKindAreNotSeenByName) {
  TestStack test;
  for (const char* name : {"first", "second"}) {
    test.Add(name).origin = "bucket";
    test.Output(name, "region");
    test.Declare(name, "region");
  }
  test.Give("region", Const("here"));
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  EXPECT_EQ(test.Bound("second", "region"), "stack region");
  EXPECT_TRUE(test.edges.empty());
}

TEST(Lookup, AnEmptyValueOfTheStackHidesTheDefault) {
  TestStack test;
  test.Add("api");
  test.Declare("api", "a", Const("own"));
  test.Declare("api", "b", Const("own"));
  test.Declare("api", "c", Const("own"));
  test.Give("a", Const(""));
  Parameter& empty = test.Give("b", {});
  empty.has_value = false;
  empty.empty_allowed = true;
  test.Give("c", {}).has_value = false;
  TestStack hub = test;
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  EXPECT_EQ(test.Bound("api", "a"), "stack a");
  EXPECT_EQ(test.Bound("api", "b"), "\"\"");
  EXPECT_EQ(test.Bound("api", "c"), "\"own\"");  // natively a parameter without a value is none
  hub.stack.hub_convention = true;
  hub.Bind();
  EXPECT_EQ(hub.Bound("api", "c"), "\"\"");
}

TEST(Lookup, NoValueAnywhereIsAnError) {
  TestStack test;
  test.Add("api");
  test.Declare("api", "size");
  test.Declare("api", "host");
  test.Declare("api", "note").empty_allowed = true;
  test.Declare("api", "count").empty_allowed = true;
  test.At("api").parameters.back().type = ValueType::kNumber;
  test.Add("db");
  test.Output("db", "host");
  test.Bind();
  EXPECT_EQ(
      test.Messages(),
      (Lines{
          "error 500: parameter 'size' of component 'api' has no value | give it one in the stack's `parameters`, or a "
          "`default`, or say `empty: allow`",
          "error 500: parameter 'host' of component 'api' has no value | component 'db' has an output of that name: "
          "say "
          "${db:host}"}));
  EXPECT_EQ(test.Bound("api", "note"), "\"\"");
  EXPECT_EQ(test.Bound("api", "count"), "null");
}

TEST(Lookup, WhatTheStackGivesUnaskedIsAnInputToo) {
  TestStack test;
  test.Add("db");
  test.Add("api");
  Parameter& given = test.Give("host", Text("${db:host}"), "api");
  given.env = "DB_HOST";
  given.var = "host_name";
  given.sensitive = true;
  given.type = ValueType::kString;
  test.Give("other", Const(1), "db");
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  ASSERT_EQ(test.At("api").inputs.size(), 1u);
  const Input& input = test.InputOf("api", "host");
  EXPECT_EQ(test.Shown(input.value), "db.host");
  EXPECT_EQ(input.env, "DB_HOST");
  EXPECT_EQ(input.var, "host_name");
  EXPECT_TRUE(input.sensitive);
  EXPECT_EQ(input.type, ValueType::kString);
}

TEST(References, OwnEarlierParameters) {
  TestStack test;
  test.Add("api");
  test.Declare("api", "name", Const("x")).sensitive = true;
  test.Declare("api", "url", Text("http://${name}/"));
  TestStack top = test, hub = test;
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  EXPECT_EQ(test.Bound("api", "url"), "\"http://\" + own name + \"/\"");
  EXPECT_TRUE(test.InputOf("api", "url").sensitive);
  top.Give("name", Const("y"));
  top.Bind();
  EXPECT_EQ(top.Bound("api", "url"), "\"http://\" + stack name + \"/\"");
  hub.stack.hub_convention = true;
  hub.Bind();
  EXPECT_EQ(
      hub.Messages(),
      (Lines{
          "warning own-parameter 1009: parameter 'url' of component 'api' refers to 'name', another parameter of its "
          "component | only davit takes that: give it in the stack's `parameters`"}));
}

TEST(References, UnknownNames) {
  TestStack test;
  test.Add("network");
  test.Output("network", "subnet");
  test.Add("api");
  test.Declare("api", "a", Text("${databse}"));
  test.Declare("api", "b", Text("${network}", 2000));
  test.Declare("api", "c", Text("${network.subnet}", 3000));
  test.Declare("api", "d", Text("${nothing.like.it}", 4000));
  test.Declare("api", "e", Text("${f}", 5000));
  test.Declare("api", "f", Text("${f}", 6000));
  test.Declare("api", "g", Text("${late}", 7000));
  test.Declare("api", "h", Text("${empty}", 8000));
  test.Declare("api", "i", Text("${size|network}", 9000));
  test.Declare("api", "j", Text("${size|netwok}", 10000));
  test.Add("later");
  test.Output("later", "late");
  test.Give("database", Const("x"));
  test.Give("empty", {}).has_value = false;
  test.Bind();
  EXPECT_EQ(
      test.Messages(),
      (Lines{
          "error 1002: unknown name 'databse' | did you mean 'database'?",
          "error 2002: unknown name 'network' | 'network' is a component: its outputs are ${network:output}",
          "error 3002: unknown name 'network.subnet' | an output of component 'network' is ${network:subnet}",
          "error 4002: unknown name 'nothing.like.it' | declare it in the stack's `parameters`, or name an output: "
          "${component:output}",
          "error 5002: unknown name 'f' | a parameter sees only the earlier ones of its component: move 'f' before it",
          "error 6002: unknown name 'f' | a parameter cannot be made from itself: give it in the stack's `parameters`",
          "error 7002: unknown name 'late' | component 'later' has an output of that name: say ${later:late}",
          "error 8002: parameter 'empty' has no value | give it one in the stack's `parameters`, or say `empty: allow` "
          "there",
          "error 9002: unknown name 'size|network' | declare it in the stack's `parameters`, or name an output: "
          "${component:output}",
          "error 10002: unknown component 'netwok' in ${size|netwok} | did you mean 'network'?"}));
}

TEST(References, UnknownOutputs) {
  TestStack test;
  test.Add("printer");  // a script that declares none may print anything
  test.Add("declared");
  test.Output("declared", "host");
  test.Terraform("module", {"address"});
  test.Terraform("unread").fully_read = false;
  test.Add("api");
  test.Declare("api", "a", Text("${printer:x}${unread:x}"));
  test.Declare("api", "b", Text("${declared:port}", 2000));
  test.Declare("api", "c", Text("${module:adress}", 3000));
  test.Declare("api", "d", Text("${nobody:x}", 4000));
  test.Declare("api", "e", Text("${api:x}", 5000));
  test.Bind();
  EXPECT_EQ(
      test.Messages(),
      (Lines{"error 2002: component 'declared' has no output 'port' | it has 'host'",
             "error 3002: component 'module' has no output 'adress' | did you mean 'address'?",
             "error 4002: unknown component 'nobody' in ${nobody:x} | before the : stands the name of a component",
             "error 5002: parameter 'e' of component 'api' refers to ${api:x}, an output of its own component | "
             "outputs are there only "
             "after it has run: refer to a parameter, or to another component"}));
}

TEST(References, ExactOnes) {
  TestStack test;
  test.Add("db");
  test.Add("api");
  test.Give("size", Const(3), "db");
  test.Give("size", Const(4), "api");
  test.Declare("api", "of.db", Text("${size|db}"));
  test.Declare("api", "of.me", Text("${size}"));
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  EXPECT_EQ(test.Bound("api", "of.db"), "stack size|db");
  EXPECT_EQ(test.Bound("api", "of.me"), "stack size|api");
}

TEST(Links, AreWrittenOutWhereTheyAreUsed) {
  TestStack test;
  test.Add("db");
  test.Output("db", "host");
  test.Add("api");
  test.Declare("api", "url");
  test.Declare("api", "copy", Text("see ${url}"));
  test.Give("url", Text("http://${host}:${port}")).sensitive = true;
  test.Give("port", Const(80));
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  EXPECT_EQ(test.Bound("api", "url"), "\"http://\" + db.host + \":\" + stack port");
  EXPECT_EQ(test.Bound("api", "copy"), "\"see http://\" + db.host + \":\" + stack port");
  EXPECT_TRUE(test.InputOf("api", "copy").sensitive);
}

TEST(Links, AComponentsOwnThatNamesItselfMeansTheStacks) {
  TestStack test;
  test.Add("db");
  test.Output("db", "host");
  test.Add("api");
  test.Declare("api", "url");
  test.Give("url", Text("${url}"), "api");
  test.Give("url", Text("http://${db:host}"));
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  EXPECT_EQ(test.Bound("api", "url"), "\"http://\" + db.host");
}

TEST(Links, ThatLeadInACircle) {
  TestStack test;
  test.Add("api");
  test.Declare("api", "url");
  test.Give("url", Text("${b}"));
  test.Give("b", Text("${c}", 2000));
  test.Give("c", Text("${b}", 3000));
  test.Bind();
  EXPECT_EQ(test.Messages(),
            (Lines{"error 3002: parameters refer to each other: b -> c -> b | give one of them a value of its own"}));
}

TEST(Links, ThatGrowWithoutEndAreRefused) {
  TestStack test;
  test.Add("api");
  test.Declare("api", "l20");
  test.Add("db");
  for (int i = 1; i <= 20; ++i) {
    const std::string before = "${l" + std::to_string(i - 1) + "}";
    test.Give("l" + std::to_string(i), Text(before + before));
  }
  test.Give("l0", Text("${db:x}"));
  test.Bind();
  ASSERT_EQ(test.Messages().size(), 1u);
  EXPECT_NE(test.Messages()[0].find("parameter 'l20' of component 'api' grows beyond 10000 parts"), std::string::npos);
}

TEST(Links, AreCheckedAlsoWhereNobodyUsesThem) {
  TestStack test;
  test.Add("db");
  test.Output("db", "host");
  test.Give("unused", Text("${db:hst}${dbs:host}"));
  test.Bind();
  EXPECT_EQ(test.Messages(), (Lines{"error 1002: component 'db' has no output 'hst' | did you mean 'host'?",
                                    "error 1011: unknown component 'dbs' in ${dbs:host} | did you mean 'db'?"}));
}

TEST(Links, AMistakeInOneThatManyUseIsToldOnce) {
  TestStack test;
  for (const char* name : {"a", "b", "c"}) test.Add(name), test.Declare(name, "url");
  test.Give("url", Text("${nobody}"));
  test.Bind();
  EXPECT_EQ(test.Messages().size(), 1u);
}

TEST(Fallback, WhereAnOptionalProducerMayFail) {
  TestStack test;
  test.Add("cache").optional = true;
  test.Output("cache", "host");
  test.Add("api");
  test.Declare("api", "host", Const("own")).empty_allowed = true;
  test.Declare("api", "none", Text("${cache:host}")).empty_allowed = true;
  Parameter& both = test.Declare("api", "both", Text("${cache:host}"));
  both.empty_allowed = both.has_default = true;
  both.default_value = Const("default");
  test.Declare("api", "hard", Text("${cache:host}"));
  test.Bind();
  EXPECT_EQ(test.Shown(test.InputOf("api", "host").fallback), "\"own\"");
  EXPECT_FALSE(test.InputOf("api", "none").has_fallback);
  EXPECT_EQ(test.Shown(test.InputOf("api", "both").fallback), "\"default\"");
  EXPECT_FALSE(test.InputOf("api", "hard").has_fallback);
}

TEST(Names, ParametersAreFoundBySearch) {
  Stack stack;
  for (const char* key : {"b", "a.x", "a", "a|two", "a|one", "a-x"}) {
    const NameParts parts = SplitName(key);
    Parameter& parameter = stack.parameters.emplace_back();
    parameter.name = std::string(parts.name);
    parameter.component = std::string(parts.component);
  }
  const Names names(stack);
  for (const char* key : {"b", "a.x", "a", "a|two", "a|one", "a-x"}) {
    const Parameter* found = FindParameter(stack, key);
    ASSERT_NE(found, nullptr) << key;
    EXPECT_EQ(KeyOf(*found), key);
    EXPECT_EQ(names.Parameter(found->name, found->component), found - stack.parameters.data());
  }
  EXPECT_EQ(names.Parameter("a", "three"), -1);
  EXPECT_EQ(names.Parameter("b", "one"), -1);
  EXPECT_EQ(FindParameter(stack, "a|three"), nullptr);
  EXPECT_EQ(FindParameter(stack, "c"), nullptr);
}

}  // namespace
}  // namespace davit::graph
