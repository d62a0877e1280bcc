// Order, edges and pictures of the graph.
#include <gtest/gtest.h>

#include "graph/order.h"
#include "graph/render.h"
#include "graph/test_stack.h"

namespace davit::graph {
namespace {

TEST(Order, IsThatOfTheDeclarationWithDependenciesPulledForward) {
  TestStack test;
  test.Add("web", {"api", "cache"});
  test.Add("network");
  test.Add("cache", {"network"});
  test.Add("api", {"db"});
  test.Add("db", {"network"});
  test.modules[0].tool = "of web";
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  EXPECT_EQ(test.Order(), "network db api cache web");
  EXPECT_EQ(test.modules[4].tool, "of web");  // modules follow their components
  EXPECT_EQ(test.Edges(), (Lines{"db needs network: depends", "api needs db: depends", "cache needs network: depends",
                                 "web needs api: depends", "web needs cache: depends"}));
}

TEST(Order, FollowsReferencesAndRequirements) {
  TestStack test;
  test.Add("app").requires_ = {"ingress"};
  test.Declare("app", "host", Text("http://${db:host}"));
  test.Add("db");
  test.Declare("db", "subnet");
  test.Give("subnet", Text("${network:subnet}"), "db");
  test.Add("network");
  test.Add("traefik").provides = {"ingress"};
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  EXPECT_EQ(test.Order(), "traefik network db app");
  EXPECT_EQ(test.Edges(), (Lines{"db value network: output subnet -> subnet", "app needs traefik: requires ingress",
                                 "app value db: output host -> host"}));
}

TEST(Order, FollowsLinksThroughLinks) {
  TestStack test;
  test.Add("app");
  test.Declare("app", "url", Text("${first}"));
  test.Add("db");
  test.Give("first", Text("a-${second}"));
  test.Give("second", Text("${db:host}"));
  test.Bind();
  EXPECT_EQ(test.Order(), "db app");
  EXPECT_EQ(test.Bound("app", "url"), "\"a-\" + db.host");
}

TEST(Order, ACycleIsOneErrorThatNamesTheLoop) {
  TestStack test;
  test.Add("start", {"a"});
  test.Add("a", {"c"});
  test.Add("b");
  test.Declare("b", "x", Text("${a:out}"));
  test.Add("c").requires_ = {"b-ness"};
  test.At("b").provides = {"b-ness"};
  test.Bind();
  ASSERT_EQ(test.diagnostics.list().size(), 1u);
  const Error& error = test.diagnostics.list()[0].error;
  EXPECT_EQ(error.message, "components wait for each other: a -> c -> b -> a");
  EXPECT_EQ(error.position, Pos{2});
  ASSERT_EQ(error.notes.size(), 3u);
  EXPECT_EQ(error.notes[0].message, "'a' depends on 'c'");
  EXPECT_EQ(error.notes[0].position, Pos{20});
  EXPECT_EQ(error.notes[1].message, "'c' requires 'b-ness', which 'b' provides");
  EXPECT_EQ(error.notes[2].message, "'b' uses ${a:out}");
  EXPECT_EQ(error.notes[2].position, Pos{1002});
}

TEST(Order, ALongCycleIsShownInPart) {
  TestStack test;
  for (int i = 0; i < 50000; ++i) test.Add("c" + std::to_string(i), {"c" + std::to_string((i + 1) % 50000)});
  test.Bind();
  ASSERT_EQ(test.diagnostics.list().size(), 1u);
  const Error& error = test.diagnostics.list()[0].error;
  EXPECT_EQ(error.message,
            "components wait for each other: c0 -> c1 -> c2 -> c3 -> c4 -> c5 -> … 49988 more … -> c49994 -> c49995 -> "
            "c49996 -> c49997 -> "
            "c49998 -> c49999 -> c0");
  EXPECT_EQ(error.notes.size(), 12u);
}

TEST(Order, AGivenOrderIsKept) {
  TestStack test;
  test.Add("a");
  test.Add("b");
  test.Add("c", {"b"});
  test.stack.explicit_order = true;
  test.stack.order = {"b", "c", "a"};
  test.Bind();
  EXPECT_EQ(test.Order(), "b c a");
  EXPECT_EQ(test.Edges(), (Lines{"c needs b: depends"}));
}

TEST(Order, AGivenOrderOfAHubFileIsWaitedFor) {
  TestStack test;
  test.Add("a");
  test.Add("b");
  test.Add("c", {"b"});
  test.stack.explicit_order = test.stack.hub_convention = true;
  test.stack.order = {"b", "c", "a"};
  test.Bind();
  EXPECT_EQ(test.Edges(), (Lines{"c needs b: depends", "c after b: lifecycle.order", "a after c: lifecycle.order"}));
}

TEST(Order, WhatTakesNoPartInARunLeavesNoGapInTheOrder) {
  const auto order = [](int from, int to) {
    return StackEdge{from, to, EdgeKind::kAfter, std::string(kHubOrderReason)};
  };
  const auto shown = [&](const std::vector<bool>& runs) {
    std::string text;
    for (const StackEdge& edge :
         WithoutGaps({order(0, 1), order(1, 2), {0, 2, EdgeKind::kNeeds, "depends"}, order(2, 3), order(3, 4)}, runs)) {
      if (runs[static_cast<size_t>(edge.to)])
        text += std::to_string(edge.from) + (edge.OfOrder() ? ">" : "=") + std::to_string(edge.to) + " ";
    }
    return text;
  };
  EXPECT_EQ(shown({true, true, true, true, true}), "0>1 1>2 0=2 2>3 3>4 ");
  EXPECT_EQ(shown({true, false, true, false, true}), "0>2 0=2 2>4 ");
  EXPECT_EQ(shown({true, false, false, false, true}), "0>4 ");
  EXPECT_EQ(shown({false, false, true, true, false}), "0=2 2>3 ");
}

TEST(Order, AGivenOrderMustNotContradict) {
  TestStack test;
  test.Add("a", {"b"});
  test.Add("b");
  test.Add("c").requires_ = {"late"};
  test.Add("d").provides = {"late"};
  test.Declare("b", "x", Text("${d:out}"));
  test.stack.explicit_order = true;
  test.stack.order = {"a", "b", "c", "d"};
  test.stack.order_pos = {Pos{901}, Pos{902}, Pos{903}, Pos{904}};
  test.Bind();
  ASSERT_EQ(test.diagnostics.list().size(), 3u);
  EXPECT_EQ(test.Messages()[0],
            "error 901: lifecycle.order puts 'a' before 'b', which it depends on | put 'b' before 'a', or leave "
            "`lifecycle.order` out: davit "
            "orders by what waits for what");
  EXPECT_EQ(test.diagnostics.list()[0].error.notes[0].position, Pos{10});
  EXPECT_EQ(test.diagnostics.list()[1].error.message, "lifecycle.order puts 'b' before 'd', whose output it uses");
  EXPECT_EQ(test.diagnostics.list()[2].error.message,
            "lifecycle.order puts 'c' before 'd', which provides 'late' for it");
}

TEST(Edges, RequirementsByWhoMeetsThem) {
  TestStack test;
  test.Add("first").provides = {"db"};
  test.Add("second").provides = {"db"};
  test.Add("cluster").provides = {"kubernetes"};
  test.Add("soft").provides = {"cdn"};
  test.At("soft").optional = true;
  test.stack.provides = {"given"};
  test.stack.platform_provides = {"below"};
  test.Add("app").requires_ = {"db", "kubectl", "aws", "cdn", "given", "below"};
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  EXPECT_EQ(test.Edges(), (Lines{"app needs second: requires db", "app needs cluster: requires kubectl",
                                 "app after soft: requires cdn"}));
}

TEST(Edges, ABuiltInRequirementNeverChangesTheOrder) {
  TestStack test;
  test.Add("tools").requires_ = {"kubectl"};
  test.Add("cluster", {"tools"}).provides = {"kubernetes"};
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  EXPECT_EQ(test.Order(), "tools cluster");
}

TEST(Edges, WhatNobodyIsKnownToProvideWaitsForAllBefore) {
  TestStack test;
  test.Add("a");
  test.Add("b");
  test.Add("c").requires_ = {"printed"};
  test.Add("d");
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  EXPECT_EQ(test.Edges(), (Lines{"c after a: requires printed", "c after b: requires printed"}));
}

TEST(Edges, AnOptionalProducerStopsOnlyWhoCannotDoWithout) {
  TestStack test;
  test.Add("cache").optional = true;
  test.Add("soft");
  test.Declare("soft", "host", Text("${cache:host}")).empty_allowed = true;
  test.Declare("soft", "port", Text("${cache:port}")).empty_allowed = true;
  test.Add("hard");
  test.Declare("hard", "host", Text("${cache:host}")).empty_allowed = true;
  test.Declare("hard", "port", Text("${cache:port}"));
  test.Add("dependent", {"cache"});
  test.Bind();
  EXPECT_EQ(test.Edges(), (Lines{"soft after cache: output host -> host", "soft after cache: output port -> port",
                                 "hard value cache: output host -> host", "hard value cache: output port -> port",
                                 "dependent needs cache: depends"}));
}

TEST(Edges, EqualOnesAreOne) {
  TestStack test;
  test.Add("db");
  test.Add("api", {"db", "db"});
  test.Declare("api", "url", Text("${db:host}:${db:host}"));
  test.Bind();
  EXPECT_EQ(test.Edges(), (Lines{"api needs db: depends", "api value db: output host -> url"}));
}

TEST(Edges, LongChainsAndWideFans) {
  constexpr int kCount = 50000;
  TestStack chain;
  for (int i = kCount - 1; i >= 0; --i) {
    const std::string name = "c" + std::to_string(i);
    chain.Add(name);
    chain.stack.components.back().outputs.emplace_back().name = "out";
    Parameter& parameter = chain.stack.components.back().parameters.emplace_back();
    parameter.name = "in";
    parameter.has_value = true;
    parameter.value = i == 0 ? Const("start") : Text("${c" + std::to_string(i - 1) + ":out}");
  }
  chain.Bind();
  EXPECT_EQ(chain.Messages(), Lines{});
  ASSERT_EQ(chain.edges.size(), size_t{kCount} - 1);
  EXPECT_EQ(chain.stack.components[0].name, "c0");
  EXPECT_EQ(Waves(chain.stack, chain.edges, false), kCount);

  TestStack fan;
  fan.Add("root").outputs.emplace_back().name = "address";
  for (int i = 1; i < kCount; ++i) {
    fan.Add("c" + std::to_string(i));
    fan.stack.components.back().parameters.emplace_back().name = "address";
  }
  fan.Bind();
  EXPECT_EQ(fan.Messages(), Lines{});
  EXPECT_EQ(fan.edges.size(), size_t{kCount} - 1);
  EXPECT_EQ(Waves(fan.stack, fan.edges, false), 2);
}

TEST(Edges, ManyOfOneKindDoNotLookAtEachOther) {
  constexpr int kCount = 50000;
  TestStack test;
  test.Give("region", Const("here"));
  for (int i = 0; i < kCount; ++i) {
    Component& component = test.Add("c" + std::to_string(i));
    component.origin = "bucket";
    component.parameters.emplace_back().name = "region";
    component.outputs.emplace_back().name = "region";
  }
  test.Bind();
  EXPECT_EQ(test.Messages(), Lines{});
  EXPECT_TRUE(test.edges.empty());
}

TestStack Shop() {
  TestStack test;
  test.Add("network");
  test.Add("orders-db", {"network"});
  test.Add("cache").optional = true;
  test.Add("api", {"network"});
  test.Declare("api", "orders_url", Text("${orders-db:url}"));
  test.Declare("api", "orders_host", Text("${orders-db:host}"));
  test.Declare("api", "cache", Text("${cache:address}")).empty_allowed = true;
  test.stack.components[3].source_text = "components/api";
  test.Bind();
  return test;
}

TEST(Render, TextSaysWhoWaitsForWhomAndWhy) {
  const TestStack test = Shop();
  EXPECT_EQ(RenderText(test.stack, test.edges),
            "shop: 4 components, 3 waves\n"
            "  network\n"
            "  orders-db  after network (depends)\n"
            "  cache\n"
            "  api        after network (depends),\n"
            "                   orders-db (output host -> orders_host; output url -> orders_url),\n"
            "                   cache (output address -> cache, whatever its result)\n");
}

TEST(Render, AnEmptyStack) {
  TestStack test;
  test.Bind();
  EXPECT_EQ(RenderText(test.stack, test.edges), "shop: 0 components\n");
  EXPECT_EQ(RenderDot(test.stack, test.edges), "digraph \"shop\" {\n  rankdir=LR;\n  node [shape=box];\n}\n");
}

TEST(Render, AGivenOrderSaysWhatItCosts) {
  TestStack test;
  for (const char* name : {"a", "b", "c"}) test.Add(name);
  test.stack.explicit_order = test.stack.hub_convention = true;
  test.stack.order = {"a", "b", "c"};
  test.Bind();
  EXPECT_EQ(RenderText(test.stack, test.edges),
            "shop: 3 components, 3 waves (1 without lifecycle.order)\n"
            "  a\n"
            "  b  after a (lifecycle.order)\n"
            "  c  after b (lifecycle.order)\n");
}

TEST(Render, ManyProducersAreCounted) {
  TestStack test;
  for (int i = 0; i < 30; ++i) test.Add("c" + std::to_string(i));
  test.Add("last").requires_ = {"x"};
  test.Bind();
  const std::string text = RenderText(test.stack, test.edges);
  EXPECT_NE(text.find("c11 (requires x, whatever its result),"), std::string::npos) << text;
  EXPECT_NE(text.find("18 more\n"), std::string::npos) << text;
}

TEST(Render, DotIsQuoted) {
  TestStack test;
  test.Add("a\"b\\");
  test.Add("soft").optional = true;
  test.Add("c", {"a\"b\\"});
  test.Declare("c", "x", Text("${soft:y}"));
  test.Bind();
  EXPECT_EQ(RenderDot(test.stack, test.edges),
            "digraph \"shop\" {\n  rankdir=LR;\n  node [shape=box];\n"
            "  \"a\\\"b\\\\\";\n  \"soft\" [style=dashed];\n  \"c\";\n"
            "  \"a\\\"b\\\\\" -> \"c\" [style=solid, label=\"depends\"];\n"
            "  \"soft\" -> \"c\" [style=bold, label=\"output y -> x\"];\n}\n");
}

TEST(Render, JsonHasComponentsAndEdges) {
  const TestStack test = Shop();
  const Result<json::value> parsed = ParseJson(RenderJson(test.stack, test.edges, test.Modules()));
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->at("stack"), "shop");
  EXPECT_EQ(parsed->at("components").at(3),
            (json::value{{"name", "api"}, {"driver", "script"}, {"source", "components/api"}}));
  EXPECT_EQ(parsed->at("edges").at(0),
            (json::value{{"from", "network"}, {"to", "orders-db"}, {"kind", "needs"}, {"reason", "depends"}}));
  EXPECT_EQ(parsed->at("edges").as_array().size(), 5u);
}

}  // namespace
}  // namespace davit::graph
