#include "control/control_test.h"

namespace davit::control {
namespace {

using StacksTest = ControlTest;

TEST_F(StacksTest, LoadsAStackThatCanBeDeployed) {
  WriteStack(
      "components:\n"
      "  - {name: db, source: db}\n"
      "  - {name: api, source: api, parameters: {host: \"${db:host}\"}}\n",
      {"db", "api"});
  const std::shared_ptr<StackDocument> document = LoadGood();
  EXPECT_EQ(document->stack.name, "shop");
  ASSERT_EQ(document->modules.size(), 2u);
  EXPECT_EQ(document->modules[0].driver, "script");
  ASSERT_EQ(document->edges.size(), 1u);
  EXPECT_EQ(document->edges[0].kind, EdgeKind::kValue);
  EXPECT_NE(client().RenderGraph(*document, GraphFormat::kText).find("api"), std::string::npos);
  EXPECT_NE(client().RenderGraph(*document, GraphFormat::kDot).find("digraph"), std::string::npos);
  const Result<json::value> graph = ParseJson(client().RenderGraph(*document, GraphFormat::kJson));
  ASSERT_TRUE(graph);
  EXPECT_EQ(graph->as_object().at("stack").as_string(), "shop");
}

TEST_F(StacksTest, SaysThatThereIsNone) {
  const std::shared_ptr<StackDocument> document = Load();
  EXPECT_FALSE(document->ok);
  ASSERT_TRUE(document->failure);
  EXPECT_EQ(document->failure->code, ErrorCode::kNotFound);
}

TEST_F(StacksTest, AsksOncePerModule) {
  MakeTerraform("db", {}).warnings = {{"odd, but fine"}};
  std::string components = "components:\n";
  for (int i = 0; i < 50; ++i) components += "  - {name: db" + std::to_string(i) + ", source: db}\n";
  WriteStack(components + "  - {name: other, source: other}\n  - {name: forced, source: db, provisioner: tofu}\n",
             {"db", "other"});
  const std::shared_ptr<StackDocument> document = LoadGood();
  EXPECT_EQ(inspector_.asked, 3);
  EXPECT_EQ(document->modules.size(), 52u);
  int warnings = 0;
  for (const Diagnostic& diagnostic : document->diagnostics.list()) {
    if (diagnostic.rule != "module") continue;
    ++warnings;
    EXPECT_EQ(diagnostic.error.message, "odd, but fine");
    EXPECT_TRUE(diagnostic.error.position);
  }
  EXPECT_EQ(warnings, 2);
}

TEST_F(StacksTest, ShowsEveryComponentThatCannotRunAndWhatElseIsWrong) {
  inspector_.refusals["bad"] = "has nothing to run";
  WriteStack(
      "components:\n"
      "  - {name: one, source: bad}\n"
      "  - {name: two, source: bad}\n"
      "  - {name: three, source: good, depends: [fuor], parameters: {x: \"${one:anything}\"}}\n"
      "  - {name: four, source: good}\n",
      {"bad", "good"});
  const std::shared_ptr<StackDocument> document = Load();
  EXPECT_FALSE(document->ok);
  EXPECT_FALSE(document->failure);
  const std::string told = Told(*document);
  EXPECT_EQ(document->diagnostics.error_count(), 3u) << told;
  EXPECT_NE(told.find("component 'one' has nothing to run\n --> "), std::string::npos) << told;
  EXPECT_NE(told.find("component 'two' has nothing to run\n --> "), std::string::npos) << told;
  EXPECT_NE(told.find("fuor"), std::string::npos) << told;
}

TEST_F(StacksTest, InspectsNothingWhereTheManifestIsWrong) {
  WriteStack("components: {name: db}\n", {});
  const std::shared_ptr<StackDocument> document = Load();
  EXPECT_FALSE(document->ok);
  EXPECT_TRUE(document->diagnostics.HasErrors());
  EXPECT_EQ(inspector_.asked, 0);
}

TEST_F(StacksTest, TakesParametersFromTheProcessEnvironmentAndFromAPerson) {
  WriteStack(
      "components:\n  - {name: db, source: db}\n"
      "parameters:\n"
      "  - {name: region, kind: user, fromEnv: REGION}\n"
      "  - {name: size, kind: user}\n",
      {"db"});
  EXPECT_FALSE(Load()->ok);  // nobody says the size
  LoadRequest request;
  request.directory = directory_;
  std::vector<std::string> asked;
  request.prompt = [&](const Parameter& parameter) -> std::optional<std::string> {
    asked.push_back(parameter.name);
    return "large";
  };
  const std::shared_ptr<StackDocument> document = client().Load(request);
  ASSERT_TRUE(document->ok) << Told(*document);
  EXPECT_EQ(asked, std::vector<std::string>{"size"});
  std::map<std::string, std::string> values;
  for (const Parameter& parameter : document->stack.parameters)
    values[parameter.name] = ToText(parameter.value.constant);
  EXPECT_EQ(values, (std::map<std::string, std::string>{{"region", "north"}, {"size", "large"}}));
}

}  // namespace
}  // namespace davit::control
