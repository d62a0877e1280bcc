// From bound expressions and what producers left to values, and back.
#include "engine/resolve.h"

#include <gtest/gtest.h>

#include <map>

#include "graph/test_stack.h"

namespace davit::engine {
namespace {

using graph::Const;
using graph::Lines;
using graph::TestStack;
using graph::Text;

Value Plain(json::value data) {
  return {std::move(data), false, false};
}
Value Secret(json::value data) {
  return {std::move(data), true, false};
}

class ResolveTest : public testing::Test {
 protected:
  TestStack test;
  std::map<std::string, ValueMap> left;  // by component

  OutputLookup Lookup() {
    return [this](int producer) -> const ValueMap* {
      const auto found = left.find(test.stack.components[static_cast<size_t>(producer)].name);
      return found == left.end() ? nullptr : &found->second;
    };
  }
  Result<ResolvedInputs> Of(const std::string& component) {
    const OutputLookup lookup = Lookup();
    return Resolve(test.stack, test.stack.Find(component), lookup);
  }
  Value ValueOf(const std::string& component, const std::string& name) {
    const Result<ResolvedInputs> resolved = Of(component);
    EXPECT_TRUE(resolved.has_value()) << (resolved ? "" : resolved.error().message);
    if (resolved) {
      for (const ResolvedInput& input : resolved->inputs) {
        if (input.name == name) return input.value;
      }
    }
    ADD_FAILURE() << name << " is missing";
    return {};
  }
  std::string Failure(const std::string& component) {
    const Result<ResolvedInputs> resolved = Of(component);
    if (resolved) return "none";
    EXPECT_EQ(resolved.error().code, ErrorCode::kInvalidInput);
    return resolved.error().message;
  }
  void Bind() {
    test.Bind();
    ASSERT_EQ(test.Messages(), Lines{});
  }
};

TEST_F(ResolveTest, EveryKindOfReference) {
  test.Add("db");
  test.Add("api");
  test.Give("region", Const("here"));
  test.Give("key", Const("k"), "api").sensitive = true;
  test.Declare("api", "region");
  test.Declare("api", "key");
  test.Declare("api", "port", Text("${db:port}")).env = "PORT";
  test.Declare("api", "size", Const(3)).var = "size_gb";
  test.Declare("api", "url", Text("http://${region}:${port}/${size}"));
  test.Declare("api", "login", Text("user:${key}"));
  Bind();
  left["db"]["port"] = Plain(5432);
  EXPECT_EQ(ValueOf("api", "region"), Plain("here"));
  EXPECT_EQ(ValueOf("api", "key"), Secret("k"));
  EXPECT_EQ(ValueOf("api", "port"), Plain(5432));  // one reference keeps its type
  EXPECT_EQ(ValueOf("api", "url"), Plain("http://here:5432/3"));
  EXPECT_EQ(ValueOf("api", "login"), Secret("user:k"));
  EXPECT_EQ(Of("api")->inputs[2].env, "PORT");
  EXPECT_EQ(Of("api")->inputs[3].var, "size_gb");
}

TEST_F(ResolveTest, SensitiveStaysSo) {
  test.Add("db");
  test.Add("api");
  test.Declare("api", "a", Text("x-${db:password}"));
  test.Declare("api", "b", Text("y-${a}"));
  test.Declare("api", "c", Const("z")).sensitive = true;
  Bind();
  left["db"]["password"] = Secret("p");
  EXPECT_EQ(ValueOf("api", "a"), Secret("x-p"));
  EXPECT_EQ(ValueOf("api", "b"), Secret("y-x-p"));
  EXPECT_EQ(ValueOf("api", "c"), Secret("z"));
}

TEST_F(ResolveTest, UnknownStaysSo) {
  test.Add("db");
  test.Add("api");
  test.Declare("api", "port", Text("${db:port}")).type = ValueType::kNumber;
  test.Declare("api", "url", Text("x:${port}"));
  Bind();
  left["db"]["port"] = Value{nullptr, true, true};
  EXPECT_EQ(ValueOf("api", "port"), (Value{nullptr, true, true}));
  EXPECT_EQ(ValueOf("api", "url"), (Value{nullptr, true, true}));
}

TEST_F(ResolveTest, AnOutputThatIsNotThere) {
  test.Add("db");
  test.Add("api");
  test.Declare("api", "host", Text("${db:host}"));
  Bind();
  EXPECT_EQ(Failure("api"), "parameter 'host' of component 'api' needs the output 'host' of 'db', which has left none");
  left["db"]["other"] = Plain(1);
  EXPECT_EQ(Failure("api"), "parameter 'host' of component 'api' needs the output 'host' of 'db', which has left none");
}

TEST_F(ResolveTest, AnOutputThatIsNotThereOfAnOptionalProducer) {
  test.Add("cache").optional = true;
  test.Output("cache", "host");
  test.Add("api");
  test.Declare("api", "none", Text("http://${cache:host}")).empty_allowed = true;
  Parameter& number = test.Declare("api", "port", Text("${cache:host}"));
  number.empty_allowed = true;
  number.type = ValueType::kNumber;
  test.Declare("api", "host", Const("localhost")).empty_allowed = true;
  Bind();
  EXPECT_EQ(ValueOf("api", "none"), Plain(""));
  EXPECT_EQ(ValueOf("api", "port"), Plain(nullptr));
  EXPECT_EQ(ValueOf("api", "host"), Plain("localhost"));
  left["cache"]["host"] = Plain("7");
  EXPECT_EQ(ValueOf("api", "none"), Plain("http://7"));
  EXPECT_EQ(ValueOf("api", "port"), Plain(7));
  EXPECT_EQ(ValueOf("api", "host"), Plain("7"));
}

TEST_F(ResolveTest, ValuesBecomeWhatTheTypeAsksForOrAreRefused) {
  test.Add("db");
  test.Add("api");
  test.Declare("api", "port", Text("${db:port}")).type = ValueType::kNumber;
  test.Declare("api", "zones", Text("${db:zones}")).type = ValueType::kList;
  Bind();
  left["db"]["port"] = Plain("5432");
  left["db"]["zones"] = Plain("[\"a\"]");
  EXPECT_EQ(ValueOf("api", "port"), Plain(5432));
  EXPECT_EQ(ValueOf("api", "zones"), Plain(json::array{"a"}));
  left["db"]["port"] = Plain("many");
  EXPECT_EQ(Failure("api"), "parameter 'port' of component 'api' must be a number, not the text \"many\"");
  EXPECT_EQ(Of("api").error().suggestion, "it is the output 'port' of 'db'");
  left["db"]["port"] = Secret("many");
  EXPECT_EQ(Failure("api"), "parameter 'port' of component 'api' must be a number, not a text");
}

TEST_F(ResolveTest, EmptyValues) {
  test.Add("api");
  test.Declare("api", "note").empty_allowed = true;
  Parameter& count = test.Declare("api", "count");
  count.empty_allowed = true;
  count.type = ValueType::kNumber;
  test.Give("given", {}).has_value = false;
  test.stack.parameters.back().empty_allowed = true;
  test.Declare("api", "text", Text("<${given}>"));
  Bind();
  EXPECT_EQ(ValueOf("api", "note"), Plain(""));
  EXPECT_EQ(ValueOf("api", "count"), Plain(nullptr));
  EXPECT_EQ(ValueOf("api", "text"), Plain("<>"));
}

class OutputsTest : public ResolveTest {
 protected:
  Result<> Outputs(const std::string& component, ValueMap& values, const ValueMap& inputs = {}) {
    return ResolveOutputs(test.stack, test.stack.Find(component), inputs, values);
  }
};

TEST_F(OutputsTest, AreRenamedComputedTypedAndMarked) {
  test.Add("other");
  test.Output("other", "zone");
  test.Add("db");
  test.Declare("db", "name", Const("n"));
  test.Give("region", Const("here"));
  test.Output("db", "db.host").from_tf_var = "host";
  test.Output("db", "port").type = ValueType::kNumber;
  test.Output("db", "url", Text("${name}@${db:db.host}:${port}/${region}/${other:zone}"));
  test.Output("db", "again", Text("${url}")).sensitive = true;
  Bind();
  ValueMap values{{"host", Plain("h")}, {"port", Plain("5432")}, {"more", Secret("m")}};
  ASSERT_TRUE(Outputs("db", values, {{"name", Plain("n")}, {"${other:zone}", Plain("z")}}).has_value());
  const ValueMap expected{{"db.host", Plain("h")},
                          {"port", Plain(5432)},
                          {"url", Plain("n@h:5432/here/z")},
                          {"again", Secret("n@h:5432/here/z")},
                          {"more", Secret("m")}};
  EXPECT_EQ(values, expected);
}

TEST_F(OutputsTest, WithoutAValueAreTheParameterOfThatName) {
  test.Add("db");
  test.Declare("db", "name", Const("n"));
  test.Output("db", "name");
  Bind();
  ValueMap values;
  ASSERT_TRUE(Outputs("db", values, {{"name", Secret("n")}}).has_value());
  EXPECT_EQ(values, (ValueMap{{"name", Secret("n")}}));
  values = {{"name", Plain("printed")}};
  ASSERT_TRUE(Outputs("db", values, {{"name", Plain("n")}}).has_value());
  EXPECT_EQ(values, (ValueMap{{"name", Plain("printed")}}));
}

TEST_F(OutputsTest, ThatAreMissingOrOfAnotherType) {
  test.Add("db");
  test.Output("db", "port").type = ValueType::kNumber;
  Bind();
  ValueMap values;
  Result<> result = Outputs("db", values);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message, "component 'db' left no output 'port', which it declares");
  values = {{"port", Plain("many")}};
  result = Outputs("db", values);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().message, "output 'port' of component 'db' must be a number, not the text \"many\"");
}

TEST_F(OutputsTest, OfAComponentThatDeclaresNoneAreAsTheyAre) {
  test.Add("db");
  Bind();
  ValueMap values{{"a", Plain("1")}};
  ASSERT_TRUE(Outputs("db", values).has_value());
  EXPECT_EQ(values, (ValueMap{{"a", Plain("1")}}));
}

TEST_F(OutputsTest, OfTheStack) {
  test.Add("db");
  test.Give("region", Const("here"));
  auto add = [&](const std::string& name, Expression value) -> OutputDeclaration& {
    OutputDeclaration& output = test.stack.outputs.emplace_back();
    output.name = name;
    output.has_value = true;
    output.value = std::move(value);
    return output;
  };
  add("url", Text("http://${db:host}/${region}"));
  add("port", Text("${db:port}")).type = ValueType::kNumber;
  add("secret", Const("s")).sensitive = true;
  add("missing", Text("${db:nothing}"));
  Bind();
  const OutputLookup lookup = Lookup();
  std::map<std::string, std::string> missing;
  EXPECT_EQ(StackOutputs(test.stack, lookup, &missing), (ValueMap{{"secret", Secret("s")}}));
  EXPECT_EQ(missing.at("url"), "'db' does not stand");
  missing.clear();
  left["db"] = {{"host", Secret("h")}, {"port", Plain("80")}};
  EXPECT_EQ(StackOutputs(test.stack, lookup, &missing),
            (ValueMap{{"url", Secret("http://h/here")}, {"port", Plain(80)}, {"secret", Secret("s")}}));
  EXPECT_EQ(missing, (std::map<std::string, std::string>{{"missing", "'db' left no 'nothing'"}}));
}

}  // namespace
}  // namespace davit::engine
