// What names mean in the outputs of components and of the stack.
#include <gtest/gtest.h>

#include "graph/test_stack.h"

namespace davit::graph {
namespace {

TEST(Outputs, AreMadeFromInputsOwnAndEarlierOutputs) {
  TestStack test;
  test.Add("db");
  test.Output("db", "host").sensitive = true;
  test.Terraform("api", {"port"});
  test.Declare("api", "name", Const("x"));
  test.Output("api", "address", Text("${name}:${port}"));
  test.Output("api", "both", Text("${api:address} ${db:host}"));
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  EXPECT_EQ(test.Shown(test.At("api").outputs[0].value), "own name + \":\" + api.port");
  EXPECT_EQ(test.Shown(test.At("api").outputs[1].value), "api.address + \" \" + own ${db:host}");
  EXPECT_TRUE(test.At("api").outputs[1].sensitive);
  EXPECT_EQ(test.Bound("api", "${db:host}"), "db.host");  // so a change of it makes the component run
  EXPECT_EQ(test.Edges(), (Lines{"api value db: output host -> outputs"}));
}

TEST(Outputs, MistakesInThem) {
  TestStack test;
  test.Terraform("api", {"address"});
  test.Output("api", "adress");
  test.Output("api", "host").from_tf_var = "hots";
  test.Output("api", "first", Text("${api:second}"));
  test.Output("api", "second", Text("${nobody}", 2000));
  test.Add("script");
  test.Output("script", "url", Text("${printed}", 3000));
  test.Bind();
  EXPECT_EQ(test.Messages(),
            (Lines{"error 600: component 'api' declares the output 'adress', which its module does not have | did you "
                   "mean 'address'?",
                   "error 600: component 'api' declares the output 'hots', which its module does not have | add it to "
                   "the module, or take it "
                   "out of the component's `outputs`",
                   "error 1002: component 'api' has no output 'second' that output 'first' of component 'api' can be "
                   "made from | declare it "
                   "before, in the component's `outputs`",
                   "error 2002: unknown name 'nobody' | declare it before, in the component's `outputs`",
                   "error 3002: unknown name 'printed' | declare it before, in the component's `outputs`"}));
}

void AddStackOutput(TestStack& test, const std::string& name, Expression value = {}, bool has_value = false) {
  OutputDeclaration& output = test.stack.outputs.emplace_back();
  output.name = name;
  output.has_value = has_value;
  output.value = std::move(value);
  output.pos = Pos{800};
}

TEST(StackOutputs, AreBound) {
  TestStack test;
  test.Add("db");
  test.Output("db", "host").sensitive = true;
  test.Give("region", Const("here"));
  AddStackOutput(test, "url", Text("http://${db:host}"), true);
  AddStackOutput(test, "db:host");
  AddStackOutput(test, "host");
  AddStackOutput(test, "region");
  AddStackOutput(test, "fixed", Const(7), true);
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  const Lines expected{"\"http://\" + db.host", "db.host", "db.host", "stack region", "7"};
  ASSERT_EQ(test.stack.outputs.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(test.Shown(test.stack.outputs[i].value), expected[i]);
  EXPECT_TRUE(test.stack.outputs[0].sensitive);
  EXPECT_FALSE(test.stack.outputs[3].sensitive);
}

TEST(StackOutputs, UnknownOnesAreErrorsAndInAHubFileWarnings) {
  TestStack test;
  test.Add("db");
  test.Output("db", "host");
  AddStackOutput(test, "db:hst");
  AddStackOutput(test, "hst");
  AddStackOutput(test, "host");
  TestStack hub = test;
  test.Bind();
  EXPECT_EQ(test.Messages(), (Lines{"error 800: component 'db' has no output 'hst' | did you mean 'host'?",
                                    "error 800: unknown name 'hst' | did you mean 'host'?"}));
  hub.stack.hub_convention = true;
  hub.Bind();
  EXPECT_FALSE(hub.diagnostics.HasErrors());
  EXPECT_EQ(hub.Messages().size(), 2u);
  ASSERT_EQ(hub.stack.outputs.size(), 1u);
  EXPECT_EQ(hub.stack.outputs[0].name, "host");
}

}  // namespace
}  // namespace davit::graph
