// What is kept of the lookup of one component's parameters.
#include "graph/lookup_trace.h"

#include <gtest/gtest.h>

#include "graph/test_stack.h"

namespace davit::graph {
namespace {

/// "qualified size|api -, output net:size +*": `+` it is there, `*` it is the one; then the names.
std::string TrailOf(const LookupTrace& trace, const std::string& input) {
  constexpr const char* kPlaces[] = {"qualified", "output", "plain", "given", "value", "default", "empty"};
  const LookupTrail& trail = trace.inputs.at(input);
  std::string text;
  for (const LookupStep& step : trail.steps) {
    text += (text.empty() ? "" : ", ") + std::string(kPlaces[static_cast<int>(step.place)]) + " " + step.name;
    text += std::string(step.name.empty() ? "" : " ") + (step.there ? "+" : "-") + (step.found ? "*" : "");
  }
  for (const NamedThing& name : trail.names) text += "; " + name.stands_in + "${" + name.text + "}=" + name.name;
  return text;
}

TEST(LookupTrace, SaysWhereItLookedAndWhatItFound) {
  TestStack test;
  test.Add("net");
  test.Add("far");
  test.Output("net", "host");
  test.Add("api", {"far", "net"});
  Parameter& own = test.Declare("api", "host", Const("own"));
  own.has_default = true;
  own.default_value = Const("default");
  test.Declare("api", "size", Const(1));
  test.Declare("api", "url", Text("http://${size}"));
  test.Declare("api", "link");
  test.Declare("api", "hub.componentName");
  test.Give("size", Const(3));
  test.Give("size", Const(4), "api");
  test.Give("link", Text("${other}"));
  test.Give("other", Text("${net:host}/${size}"));
  LookupTrace trace{"api", {}};
  ModuleList modules = test.Modules();
  Bind(test.stack, modules, test.diagnostics, &trace);
  ASSERT_FALSE(test.diagnostics.HasErrors());
  EXPECT_EQ(TrailOf(trace, "host"),
            "qualified host|api -, output far:host -, output net:host +*, plain host -, value +, default +");
  EXPECT_EQ(TrailOf(trace, "size"), "qualified size|api +*, plain size +, value +");
  EXPECT_EQ(TrailOf(trace, "url"),
            "qualified url|api -, output far:url -, output net:url -, plain url -, value +*; ${size}=size|api");
  EXPECT_EQ(TrailOf(trace, "link"),
            "qualified link|api -, output far:link -, output net:link -, plain link +*; link${other}=other; "
            "other${net:host}=net:host; other${size}=size|api");
  EXPECT_EQ(TrailOf(trace, "hub.componentName").substr(TrailOf(trace, "hub.componentName").rfind(',') + 2), "given +*");
}

TEST(LookupTrace, OnlyOfTheComponentThatIsAskedFor) {
  TestStack test;
  test.Add("a");
  test.Add("b");
  test.Declare("a", "x", Const(1));
  test.Declare("b", "y", Const(1));
  LookupTrace trace{"b", {}};
  ModuleList modules = test.Modules();
  Bind(test.stack, modules, test.diagnostics, &trace);
  EXPECT_EQ(trace.inputs.size(), 1u);
  EXPECT_TRUE(trace.inputs.contains("y"));
}

}  // namespace
}  // namespace davit::graph
