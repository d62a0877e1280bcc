#include "cli/explain_view.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace davit::cli {
namespace {

using control::ExplainedItem;
using control::ExplainedSource;

control::ExplainView View() {
  auto document = std::make_shared<control::StackDocument>();
  const uint32_t file = document->sources.AddFile("stack.yaml", "one\ntwo\n");
  control::ExplainView view;
  ExplainedItem item;
  item.kind = ExplainedItem::Kind::kParameter;
  item.name = "pw";
  item.has_value = true;
  item.value = Value{json::value("s3cret"), true};
  ExplainedSource source;
  source.pos = document->sources.At(file, 4);
  source.says.push_back({"value", Value{json::value("s3cret"), true}});
  source.won = true;
  item.sources.push_back(source);
  item.names.push_back({"x", 1, ""});
  view.items.push_back(item);
  ExplainedItem deep;
  deep.name = "x";
  deep.depth = 100;
  deep.has_value = true;
  deep.value.data = json::value(std::string(300, 'v'));
  view.items.push_back(deep);
  view.document = document;
  return view;
}

TEST(Explanation, MasksAndFits) {
  const std::vector<std::string> lines = RenderExplanation(View(), "pw", false, {}, 80);
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_EQ(lines[0], "pw = (sensitive)");
  EXPECT_EQ(lines[1], "  * stack.yaml:2:1  value: (sensitive)");
  EXPECT_EQ(lines[2], "    x  is the stack's x");
  EXPECT_EQ(lines[4].substr(0, 13), "        x = v");
  for (const std::string& line : lines) EXPECT_LE(Width(line), 80) << line;
  EXPECT_EQ(RenderExplanation(View(), "pw", true, {}, 80)[1], "  * stack.yaml:2:1  value: s3cret");
  EXPECT_EQ(json::serialize(ExplanationJson(View(), false)).find("s3cret"), std::string::npos);
  EXPECT_NE(json::serialize(ExplanationJson(View(), true)).find("s3cret"), std::string::npos);
}

TEST(Envrc, IsAFileForSh) {
  auto document = std::make_shared<control::StackDocument>();
  control::CapturesView view;
  view.document = document;
  control::CapturedVariable variable;
  variable.name = "NAME";
  variable.parameters = {"a", "b|c"};
  variable.briefs = {"first\nsecond \x1b[31m"};
  variable.required = true;
  view.variables.push_back(variable);
  variable = {};
  variable.name = "QUOTED";
  variable.parameters = {"q"};
  variable.defaults = {"it's\n$x"};
  view.variables.push_back(variable);
  variable.name = "not-a-name";
  view.variables.push_back(variable);
  const std::vector<std::string> lines = RenderEnvrc(view);
  EXPECT_EQ(lines[0], "# first");
  EXPECT_EQ(lines[1].find('\x1b'), std::string::npos);
  EXPECT_EQ(lines[2], "# a, b|c");
  EXPECT_EQ(lines[3], "export NAME=");
  const std::string all = Join(lines, "\n");
  EXPECT_NE(all.find("# export QUOTED='it'\\''s\n# $x'"), std::string::npos) << all;
  EXPECT_EQ(all.find("export not-a-name"), std::string::npos);
  for (const std::string& line : lines)
    EXPECT_TRUE(line.empty() || line[0] == '#' || line.starts_with("export ")) << line;
}

}  // namespace
}  // namespace davit::cli
