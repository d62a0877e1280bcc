// Ready conditions, tuned parameters, and the parameters that every component has.
#include "graph/test_stack.h"

namespace davit::graph {
namespace {

TEST(ReadyConditions, AreBoundAsOutputsAre) {
  TestStack t;
  t.Add("web");
  t.Output("web", "host");
  t.Add("dns");
  t.Declare("dns", "zone", Const("x.org"));
  ReadyCondition condition;
  condition.dns = Text("${zone}");
  condition.url = Text("http://${web:host}/");
  t.At("dns").ready_conditions.push_back(condition);
  condition.dns = Expression();
  t.stack.ready_conditions.push_back(condition);
  t.stack.ready_conditions.push_back({Text("${gone}"), {}, 0, 0, {}});
  t.Bind();
  EXPECT_EQ(t.Shown(t.At("dns").ready_conditions[0].dns), "own zone");
  EXPECT_EQ(t.Shown(t.At("dns").ready_conditions[0].url), "\"http://\" + own ${web:host} + \"/\"");
  EXPECT_EQ(t.Shown(t.stack.ready_conditions[0].url), "\"http://\" + web.host + \"/\"");
  EXPECT_EQ(t.Messages(), (Lines{"error 1002: unknown name 'gone' | declare it in the stack's `parameters`, or name an "
                                 "output: ${component:output}"}));
  t.stack.ready_conditions.pop_back();
  t.diagnostics = {};
  EXPECT_EQ(t.Bind().Edges(), (Lines{"dns value web: output host -> outputs"}));
}

TEST(ReadyConditions, PutFirstWhatTheyName) {
  TestStack t;
  t.Add("dns");
  t.Add("web");
  t.Output("web", "host");
  t.At("dns").ready_conditions.push_back({Text("${web:host}"), {}, 0, 0, {}});
  EXPECT_EQ(t.Bind().Order(), "web dns");
}

TEST(Conditions, AreParametersOfTheTuning) {
  TestStack t;
  t.stack.tuning = {"a.flag:web", "b.flag", "c.link:web", "d.own:web", "none.all", "none.one:web", "cdn", "cdn.on:"};
  t.Add("web");
  t.Add("db");
  t.Output("db", "on");
  t.Give("a.flag", Const(false));
  t.Give("a.flag", Const(true), "web");
  t.Give("b.flag", Const("yes"));
  t.Give("c.link", Text("${db:on}"));
  t.Declare("web", "d.own", Const(7));
  t.Bind();
  EXPECT_EQ(t.Messages(), Lines{});
  const auto shown = [&](const std::string& component) {
    std::string text;
    for (const Input& condition : t.At(component).conditions)
      text += condition.name + "=" + t.Shown(condition.value) + ";";
    return text;
  };
  EXPECT_EQ(shown("web"), "a.flag=stack a.flag|web;b.flag=stack b.flag;c.link=db.on;d.own=7;none.one=\"\";");
  EXPECT_EQ(t.Order(), "db web");
}

TEST(Implicit, ComponentName) {
  TestStack t;
  t.stack.hub_convention = true;
  t.Add("web");
  t.Declare("web", "hub.componentName");
  t.Add("db");
  t.Declare("db", "title", Text("the ${hub.componentName}"));
  t.Add("dns");
  t.Add("app");
  t.At("app").templates.emplace_back();
  t.Bind();
  EXPECT_EQ(t.Messages(), Lines{});
  EXPECT_EQ(t.Bound("web", "hub.componentName"), "\"web\"");
  EXPECT_EQ(t.Bound("db", "hub.componentName"), "\"db\"");
  EXPECT_EQ(t.Bound("db", "title"), "\"the \" + own hub.componentName");
  EXPECT_EQ(t.At("dns").inputs.size(), 0u);
  EXPECT_EQ(t.Bound("app", "hub.componentName"), "\"app\"");
}

TEST(Implicit, ComponentNameInWhatTheStackSaysForTheComponent) {
  TestStack t;
  t.Add("web");
  t.Declare("web", "title");
  Parameter& title = t.stack.parameters.emplace_back();
  title.name = "title";
  title.component = "web";
  title.kind = ParameterKind::kLink;
  title.has_value = true;
  title.value = Text("the ${hub.componentName}");
  t.Bind();
  EXPECT_EQ(t.Messages(), Lines{});
  EXPECT_EQ(t.Bound("web", "hub.componentName"), "\"web\"");
  EXPECT_EQ(t.Bound("web", "title"), "\"the \" + own hub.componentName");
}

TEST(Implicit, ProvidesWaitsForAllBefore) {
  TestStack t;
  t.Add("a");
  t.Add("b");
  t.Declare("b", "hub.provides").empty_allowed = true;
  t.Add("c");
  EXPECT_EQ(t.Bind().Edges(), (Lines{"b after a: hub.provides"}));
  EXPECT_EQ(t.Bound("b", "hub.provides"), "\"\"");
}

}  // namespace
}  // namespace davit::graph
