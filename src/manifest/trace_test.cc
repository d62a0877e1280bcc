// What is kept of the way of a parameter.
#include "manifest/trace.h"

#include <gtest/gtest.h>

#include "expr/expression.h"
#include "manifest/test_source.h"

namespace davit::manifest {
namespace {

std::string Placed(const SourceMap& map, Pos pos) {
  const Location at = map.Locate(pos);
  return at.file.substr(at.file.starts_with("/s/") ? 3 : 0) + ":" + std::to_string(at.line);
}

/// "base/params.yaml:1 value=r2*" for each source, `*` behind what counts; then where settle looked, then names.
std::string TrailOf(const Loaded& loaded, const Trace& trace, const std::string& key) {
  const ParameterTrail* trail = trace.Find(key);
  if (trail == nullptr) return "none";
  std::string text;
  for (size_t i = 0; i < trail->steps.size(); ++i) {
    const ParameterStep& step = trail->steps[i];
    const Parameter& said = step.said.parameter;
    const auto mark = [&](Field field) { return trail->holder(field) == static_cast<int>(i) ? "*" : ""; };
    text += (text.empty() ? "" : ", ");
    text += step.from == ParameterStep::From::kDavit ? "davit" : Placed(loaded.map, said.pos);
    if (step.of_plain) text += " plain";
    if (said.has_value) text += " value=" + ToText(expr::SourceOf(said.value)) + mark(Field::kValue);
    if (said.has_default) text += " default=" + ToText(expr::SourceOf(*said.default_value)) + mark(Field::kDefault);
    if (!said.from_env.empty()) text += " fromEnv=" + *said.from_env + mark(Field::kFromEnv);
  }
  for (const SettleStep& step : trail->settled) {
    constexpr const char* kPlaces[] = {"variable", "file", "answer", "default", "empty"};
    text += std::string("; ") + kPlaces[static_cast<int>(step.place)] + (step.found ? "*" : "");
  }
  for (const TracedName& name : trail->names) text += "; ${" + name.text + "}=" + name.means;
  return text;
}

struct Chain : MemorySource {
  Chain() {
    files["hub.yaml"] =
        "kind: stack\nversion: 1\nmeta: {name: top, fromStack: base}\n"
        "components: [{name: app, source: app}]\n"
        "parameters: [{name: region, value: ''}, {name: tier, kind: user, fromEnv: TIER, default: small}]\n";
    files["params.yaml"] = "parameters: [{name: size, component: app, value: 5}]\n";
    files["app/hub-component.yaml"] =
        "kind: component\nversion: 1\nmeta: {name: app}\n"
        "parameters: [{name: size, kind: user, default: 1}, {name: own, value: 1}]\n";
    files["base/hub.yaml"] =
        "kind: stack\nversion: 1\nmeta: {name: base, fromStack: ../low}\n"
        "components: [{name: net, source: net}]\nparameters: [{name: region, value: r1}]\n";
    files["base/params-prod.yaml"] = "parameters: [{name: region, value: r2}, {name: size, value: 3}]\n";
    files["base/net/hub-component.yaml"] =
        "kind: component\nversion: 1\nmeta: {name: net}\nparameters: [{name: size, kind: user}]\n";
    files["low/hub.yaml"] =
        "kind: stack\nversion: 1\nmeta: {name: low}\ncomponents: [{name: one, source: one}]\n"
        "parameters: [{name: region, value: r0}]\n";
    directories.insert("low/one");
  }
};

TEST(Trace, OfAChainOfThree) {
  Chain source;
  Trace trace;
  LoadOptions options = InMemory();
  options.environment = "prod";
  options.trace = &trace;
  const Loaded loaded(source, options);
  ASSERT_EQ(loaded.Said(), "");
  EXPECT_EQ(loaded.ValueOf("region"), "r2");
  EXPECT_EQ(TrailOf(loaded, trace, "region"),
            "low/hub.yaml:5 value=r0, base/hub.yaml:5 value=r1, base/params-prod.yaml:1 value=r2*, hub.yaml:5 value=");
  EXPECT_EQ(loaded.ValueOf("size|net"), 3);
  EXPECT_EQ(TrailOf(loaded, trace, "size|net"),
            "base/net/hub-component.yaml:4, base/params-prod.yaml:1 plain value=3*");
  // The file of a component of this stack comes before what the base says.
  EXPECT_EQ(loaded.ValueOf("size|app"), 5);
  EXPECT_EQ(TrailOf(loaded, trace, "size|app"),
            "app/hub-component.yaml:4 default=1*, base/params-prod.yaml:1 plain value=3, params.yaml:1 value=5*");
  EXPECT_EQ(TrailOf(loaded, trace, "tier"), "hub.yaml:5 default=small* fromEnv=TIER*; variable; answer; default*");
  EXPECT_EQ(TrailOf(loaded, trace, "own|app"), "none");
  ASSERT_EQ(trace.privates().size(), 1u);
  EXPECT_EQ(QualifiedName(trace.privates()[0].said.parameter), "own|app");
}

TEST(Trace, ChangesNothing) {
  Chain source;
  Trace trace;
  LoadOptions options = InMemory();
  const Loaded without(source, options);
  options.trace = &trace;
  const Loaded with(source, options);
  ASSERT_EQ(with.stack->parameters.size(), without.stack->parameters.size());
  for (const Parameter& parameter : without.stack->parameters)
    EXPECT_EQ(with.ValueOf(QualifiedName(parameter)), parameter.value.constant) << QualifiedName(parameter);
}

TEST(Trace, NamesAndWhereSettleLooked) {
  MemorySource source;
  source.files["stack.yaml"] =
      "kind: stack\nversion: 1\nmeta: {name: s}\ncomponents: [{name: a, source: ok}]\nparameters:\n"
      "  - {name: x, value: '${y}-${hub.stackName}'}\n"
      "  - {name: y, kind: user, fromEnv: Y, default: 1}\n"
      "  - {name: z, kind: user, empty: allow}\n"
      "  - {name: k, kind: user, fromFile: key}\n";
  source.files["key"] = "k";
  source.directories.insert("ok");
  source.environment["Y"] = "2";
  Trace trace;
  LoadOptions options = InMemory();
  options.trace = &trace;
  options.implicit = [](const Stack&) { return Implicit{"id", "shop"}; };
  const Loaded loaded(source, options);
  ASSERT_EQ(loaded.Said(), "");
  EXPECT_EQ(TrailOf(loaded, trace, "x"),
            "stack.yaml:6 value=${y}-${hub.stackName}*; ${y}=y; ${hub.stackName}=hub.stackName");
  EXPECT_EQ(TrailOf(loaded, trace, "y"), "stack.yaml:7 default=1* fromEnv=Y*; variable*");
  EXPECT_EQ(TrailOf(loaded, trace, "z"), "stack.yaml:8; empty*");
  EXPECT_EQ(TrailOf(loaded, trace, "k"), "stack.yaml:9; file*");
  EXPECT_EQ(TrailOf(loaded, trace, "hub.stackName"), "davit value=shop*");
}

TEST(Captures, AreInTheOrderOfTheFiles) {
  Chain source;
  source.files["base/params.yaml"] =
      "parameters: [{name: a, kind: user, fromEnv: A}, {name: key, kind: user, fromFile: $KEY, default: k}, {name: b, "
      "kind: user, fromEnv: TIER}, {name: given, kind: user, fromEnv: GIVEN, value: 1}, {name: plain, kind: user, "
      "fromFile: path}]\n";
  SourceMap map;
  Diagnostics diagnostics;
  const Result<Captures> captures = FindCaptures(InMemory(), source, map, diagnostics);
  ASSERT_TRUE(captures);
  EXPECT_FALSE(diagnostics.HasErrors());
  std::string text;
  for (const Capture& capture : captures->variables) {
    text += (capture.path ? "$" : "") + capture.variable + "=";
    for (const Parameter* taker : capture.takers) text += QualifiedName(*taker) + ",";
    text += " ";
  }
  EXPECT_EQ(text, "TIER=tier,b, A=a, $KEY=key, ");
}

}  // namespace
}  // namespace davit::manifest
