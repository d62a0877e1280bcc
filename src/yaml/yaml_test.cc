#include "yaml/yaml.h"

#include <gtest/gtest.h>

#include <random>

namespace davit::yaml {
namespace {

/// A file that is parsed, with what was said about it.
struct Parsed {
  explicit Parsed(std::string text) {
    map.AddFile("before.yaml", "something else: 1\n");  // so that positions do not begin at 1
    document = Parse(map, map.AddFile("stack.yaml", std::move(text)), diagnostics);
  }
  Node Root() const { return document.value().root().value(); }
  std::string At(Pos pos) const {
    const Location place = map.Locate(pos);
    EXPECT_EQ(place.file, "stack.yaml");
    return std::to_string(place.line) + ":" + std::to_string(place.column);
  }
  std::string Message() const { return diagnostics.list().empty() ? "" : diagnostics.list().at(0).error.message; }
  std::string Rule() const { return diagnostics.list().empty() ? "" : diagnostics.list().at(0).rule; }

  SourceMap map;
  Diagnostics diagnostics;
  std::optional<Document> document;
};

/// The tree as text: {a: 1, b: [x]}.
std::string Show(Node node) {
  if (node.IsScalar()) return std::string(node.text());
  std::string out;
  for (size_t i = 0; i < node.size(); ++i) {
    if (i != 0) out += ", ";
    if (node.IsMapping()) out += std::string(node.key(i)) + ": ";
    out += Show(node.IsMapping() ? node.value(i) : node.item(i));
  }
  return node.IsMapping() ? "{" + out + "}" : "[" + out + "]";
}

std::string Tree(std::string text) {
  const Parsed parsed(std::move(text));
  EXPECT_TRUE(parsed.document) << parsed.Message();
  return parsed.document && parsed.document->root() ? Show(*parsed.document->root()) : "nothing";
}

TEST(Yaml, Structures) {
  EXPECT_EQ(Tree("a: 1\nb:\n- x\n- y: z\n  w: [1, {q: r}]\nc: {}\nd: []\ne:\n"),
            "{a: 1, b: [x, {y: z, w: [1, {q: r}]}], c: {}, d: [], e: }");
  EXPECT_EQ(Tree("- - a\n  - b\n- c\n"), "[[a, b], c]");
  EXPECT_EQ(Tree("{\"a\": 1, \"b\": [true, null]}"), "{a: 1, b: [true, null]}");
  EXPECT_EQ(Tree("just text\n"), "just text");
  EXPECT_EQ(Tree("? a\n? b\n: c\n"), "{a: , b: c}");
  EXPECT_EQ(Tree("%YAML 1.2\n---\na: 1\n"), "{a: 1}");
}

TEST(Yaml, NothingInAFile) {
  for (const char* text : {"", "\n\n", "# a comment\n", "---\n", "---\n# a comment\n...\n", "\xEF\xBB\xBF", "   "}) {
    EXPECT_EQ(Tree(text), "nothing") << text;
  }
  EXPECT_EQ(Tree("''"), "");
  EXPECT_EQ(Tree("~"), "~");
}

TEST(Yaml, ScalarsOfEveryStyle) {
  const Parsed parsed(
      "- plain text\n- 'single ''quoted'''\n- \"double \\\"q\\\" \\t\\u00e9\"\n- |\n  literal\n   kept\n- >-\n  "
      "folded\n"
      "  text\n- plain\n  on two lines\n- \"quoted\n  on two\\\n  lines\"\n-\n");
  const Node root = parsed.Root();
  ASSERT_EQ(root.size(), 8u);
  EXPECT_EQ(root.item(0).text(), "plain text");
  EXPECT_EQ(root.item(0).style(), Style::kPlain);
  EXPECT_EQ(root.item(1).text(), "single 'quoted'");
  EXPECT_EQ(root.item(1).style(), Style::kSingleQuoted);
  EXPECT_EQ(root.item(2).text(), "double \"q\" \t\u00e9");
  EXPECT_EQ(root.item(2).style(), Style::kDoubleQuoted);
  EXPECT_EQ(root.item(3).text(), "literal\n kept\n");
  EXPECT_EQ(root.item(3).style(), Style::kLiteral);
  EXPECT_EQ(root.item(4).text(), "folded text");
  EXPECT_EQ(root.item(4).style(), Style::kFolded);
  EXPECT_EQ(root.item(5).text(), "plain on two lines");
  EXPECT_EQ(root.item(6).text(), "quoted on twolines");
  EXPECT_EQ(root.item(7).text(), "");
  EXPECT_EQ(root.item(7).style(), Style::kPlain);
}

TEST(Yaml, EscapesThatGrow) {
  // \L is two bytes in the file and three in the text.
  const Parsed parsed("a: \"\\L\\P\\0\"\nb: \"\\L\"\n");
  EXPECT_EQ(parsed.Root().value(0).text(), std::string("\u2028\u2029\0", 7));
  EXPECT_EQ(parsed.Root().value(1).text(), "\u2028");
}

TEST(Yaml, PositionsOfEveryKind) {
  const Parsed parsed(
      "a: 1\n"                    // 1
      "b:\n"                      // 2
      "  - x\n"                   // 3
      "  -\n"                     // 4
      "c: {d: 'e', \"f\": []}\n"  // 5
      "g: |\n"                    // 6
      "  text\n"                  // 7
      "h: &n !!str v\n"           // 8
      "i: *n\n"                   // 9
      "j:\n"                      // 10
      "k: &m\n"                   // 11
      "  l: 2\n");                // 12
  const Node root = parsed.Root();
  EXPECT_EQ(parsed.At(root.pos()), "1:1");
  EXPECT_EQ(parsed.At(root.key_pos(0)), "1:1");
  EXPECT_EQ(parsed.At(root.value(0).pos()), "1:4");
  EXPECT_EQ(parsed.At(root.key_pos(1)), "2:1");
  EXPECT_EQ(parsed.At(root.value(1).pos()), "3:3");
  EXPECT_EQ(parsed.At(root.value(1).item(0).pos()), "3:5");
  EXPECT_EQ(parsed.At(root.value(1).item(1).pos()), "4:4");
  const Node flow = root.value(2);
  EXPECT_EQ(parsed.At(flow.pos()), "5:4");
  EXPECT_EQ(parsed.At(flow.key_pos(0)), "5:5");
  EXPECT_EQ(parsed.At(flow.value(0).pos()), "5:8");
  EXPECT_EQ(parsed.At(flow.key_pos(1)), "5:13");
  EXPECT_EQ(parsed.At(flow.value(1).pos()), "5:18");
  EXPECT_EQ(parsed.At(root.value(3).pos()), "6:4");
  EXPECT_EQ(parsed.At(root.value(4).pos()), "8:4");
  EXPECT_EQ(parsed.At(root.value(4).PosOf(0)), "8:13");
  EXPECT_EQ(parsed.At(root.value(5).pos()), "9:4");
  EXPECT_EQ(parsed.At(root.value(5).PosOf(0)), "9:4");
  EXPECT_EQ(parsed.At(root.value(6).pos()), "10:3");
  EXPECT_EQ(parsed.At(root.value(7).pos()), "11:4");
  EXPECT_EQ(parsed.At(root.value(7).value(0).pos()), "12:6");
}

TEST(Yaml, PositionsCountCodePointsInLines) {
  const Parsed parsed("日本: 'grün x'\n\"ß\": {é: [😀, ü, \"a\"]} # ö\nz: 1\n");
  const Node root = parsed.Root();
  EXPECT_EQ(parsed.At(root.value(0).pos()), "1:5");
  EXPECT_EQ(parsed.At(root.value(0).PosOf(std::string("grün ").size())), "1:11");
  EXPECT_EQ(parsed.At(root.key_pos(1)), "2:1");
  EXPECT_EQ(parsed.At(root.value(1).pos()), "2:6");
  EXPECT_EQ(parsed.At(root.value(1).key_pos(0)), "2:7");
  EXPECT_EQ(parsed.At(root.value(1).value(0).item(0).pos()), "2:11");
  EXPECT_EQ(parsed.At(root.value(1).value(0).item(1).pos()), "2:14");
  EXPECT_EQ(parsed.At(root.value(1).value(0).item(2).pos()), "2:17");
  EXPECT_EQ(parsed.At(root.key_pos(2)), "3:1");
  EXPECT_EQ(parsed.At(root.value(2).pos()), "3:4");
}

TEST(Yaml, PositionsInTexts) {
  const Parsed parsed(
      "a: see ${x}\nb: 'q ${y}'\nc: \"d ${z}\"\nd: \"\\t${w}\"\ne: two\n  lines\nf: 'it''s'\ng: \"\"\n");
  const Node root = parsed.Root();
  EXPECT_EQ(parsed.At(root.value(0).PosOf(4)), "1:8");
  EXPECT_EQ(parsed.At(root.value(0).PosOf(1000)), "1:12");  // the end of the text
  EXPECT_EQ(parsed.At(root.value(1).PosOf(2)), "2:7");
  EXPECT_EQ(parsed.At(root.value(2).PosOf(2)), "3:7");
  EXPECT_EQ(parsed.At(root.value(3).PosOf(1)), "4:4");  // an escape: where the value begins
  EXPECT_EQ(parsed.At(root.value(4).PosOf(5)), "6:4");
  EXPECT_EQ(parsed.At(root.value(5).PosOf(3)), "7:4");
  EXPECT_EQ(parsed.At(root.value(6).PosOf(0)), "8:5");
}

TEST(Yaml, PositionsInTextsOfSeveralLines) {
  const Parsed parsed(
      "a: |2-  # ${c}\n   one\n\n  two ${x}\nb: >\n   three\r\n   ${y} four\n   five ${z}\nc: 'six\n  ${w}'\n");
  const Node root = parsed.Root();
  for (const auto& [index, name, where] :
       {std::tuple{size_t{0}, "${x}", "4:7"}, {size_t{1}, "${y}", "7:4"}, {size_t{1}, "${z}", "8:9"}}) {
    EXPECT_EQ(parsed.At(root.value(index).PosOf(root.value(index).text().find(name))), where);
  }
  EXPECT_EQ(parsed.At(root.value(0).PosOf(1000)), "4:11");
  EXPECT_EQ(parsed.At(root.value(2).PosOf(4)), "9:4");  // in quotes: where the value begins
}

TEST(Yaml, LineEndsAndByteOrderMark) {
  const Parsed parsed(
      "\xEF\xBB\xBF"
      "a: 1\r\nb:\r\n  - ü\r\nc: |\r\n  x\r\n  y\r\n");
  EXPECT_EQ(Show(parsed.Root()), "{a: 1, b: [ü], c: x\ny\n}");
  EXPECT_EQ(parsed.At(parsed.Root().value(1).item(0).pos()), "3:5");
  EXPECT_EQ(parsed.At(parsed.Root().key_pos(2)), "4:1");
  EXPECT_TRUE(parsed.diagnostics.list().empty());
}

TEST(Yaml, Find) {
  for (size_t count : {size_t{0}, size_t{1}, size_t{16}, size_t{17}, size_t{3000}}) {
    std::string text = "{";
    for (size_t i = 0; i < count; ++i) text += "key" + std::to_string(i) + ": value" + std::to_string(i) + ", ";
    const Parsed parsed(text + "}");
    const Node root = parsed.Root();
    ASSERT_EQ(root.size(), count);
    for (size_t i = 0; i < count; ++i) {
      EXPECT_EQ(root.key(i), "key" + std::to_string(i));  // the order of the file
      const std::optional<Node> found = root.Find("key" + std::to_string(i));
      ASSERT_TRUE(found);
      EXPECT_EQ(found->text(), "value" + std::to_string(i));
    }
    EXPECT_FALSE(root.Find("key"));
    EXPECT_FALSE(root.Find("key" + std::to_string(count)));
    EXPECT_FALSE(root.Find(""));
  }
  EXPECT_FALSE(Parsed("[a]").Root().Find("a"));
}

TEST(Yaml, NodesOutliveAMoveOfTheDocument) {
  Parsed parsed("a: [1, 2]\n");
  const Node root = parsed.Root();
  const Document moved = std::move(*parsed.document);
  EXPECT_EQ(Show(root), "{a: [1, 2]}");
}

TEST(Yaml, Aliases) {
  EXPECT_EQ(Tree("a: &x {b: [1]}\nc: *x\nd: [*x, *x]\n"), "{a: {b: [1]}, c: {b: [1]}, d: [{b: [1]}, {b: [1]}]}");
  EXPECT_EQ(Tree("a: &x 1\nb: &x 2\nc: *x\n"), "{a: 1, b: 2, c: 2}");
  EXPECT_EQ(Tree("a: &x [&x 1]\nb: *x\n"), "{a: [1], b: 1}");
  EXPECT_EQ(Tree("a: &x k\n*x : 2\n"), "{a: k, k: 2}");
}

TEST(Yaml, MergeKeys) {
  EXPECT_EQ(Tree("d: &d {a: 1, b: 2}\nx: {<<: *d, b: 3}\n"), "{d: {a: 1, b: 2}, x: {b: 3, a: 1}}");
  EXPECT_EQ(Tree("- &a {p: 1}\n- &b {p: 2, q: 3}\n- {<<: [*a, *b], r: 4}\n"),
            "[{p: 1}, {p: 2, q: 3}, {r: 4, p: 1, q: 3}]");
  EXPECT_EQ(Tree("- &a {p: 1}\n- &b {<<: *a, q: 2}\n- {<<: *b}\n"), "[{p: 1}, {q: 2, p: 1}, {q: 2, p: 1}]");
  EXPECT_EQ(Tree("x: {<<: {a: 1}, b: 2}\n"), "{x: {b: 2, a: 1}}");
  EXPECT_EQ(Tree("x: {'<<': 1}\n"), "{x: {<<: 1}}");  // in quotes it is a key like another
  EXPECT_EQ(Tree("- &a {}\n- {<<: *a}\n"), "[{}, {}]");
}

TEST(Yaml, MergeKeysOfLargeMappings) {
  std::string text = "- &a\n";
  for (int i = 0; i < 40; ++i) text += "  k" + std::to_string(i) + ": old\n";
  text += "-\n  <<: *a\n";
  for (int i = 30; i < 60; ++i) text += "  k" + std::to_string(i) + ": new\n";
  const Parsed parsed(text);
  const Node merged = parsed.Root().item(1);
  ASSERT_EQ(merged.size(), 60u);
  EXPECT_EQ(merged.key(0), "k30");
  for (int i = 0; i < 60; ++i) {
    EXPECT_EQ(merged.Find("k" + std::to_string(i)).value().text(), i < 30 ? "old" : "new") << i;
  }
}

TEST(Yaml, DuplicateKeysAreAllReported) {
  const Parsed small("a: 1\nb: {c: 1, c: 2}\na: 2\n");
  EXPECT_FALSE(small.document);
  EXPECT_EQ(small.diagnostics.error_count(), 2u);

  std::string text;
  for (int i = 0; i < 100; ++i) text += "k" + std::to_string(i % 98) + ": 1\n";
  const Parsed large(text);
  EXPECT_FALSE(large.document);
  ASSERT_EQ(large.diagnostics.error_count(), 2u);
  std::vector<std::string> places;
  for (const Diagnostic& diagnostic : large.diagnostics.list()) places.push_back(large.At(diagnostic.error.position));
  std::sort(places.begin(), places.end());
  EXPECT_EQ(places, (std::vector<std::string>{"100:1", "99:1"}));

  std::string many;
  for (int i = 0; i < 1000; ++i) many += "k: 1\n";
  EXPECT_EQ(Parsed(many).diagnostics.error_count(), 20u);
}

TEST(Yaml, Tags) {
  const Parsed parsed("- !!str 5\n- !!int \"5\"\n- ! 5\n- !!seq [a]\n- !!map {a: b}\n");
  EXPECT_TRUE(parsed.diagnostics.list().empty());
  EXPECT_EQ(parsed.Root().item(0).style(), Style::kDoubleQuoted);
  EXPECT_EQ(parsed.Root().item(1).style(), Style::kPlain);
  EXPECT_EQ(parsed.Root().item(2).style(), Style::kDoubleQuoted);

  const Parsed own("a: !Ref x\n");
  EXPECT_EQ(Show(own.Root()), "{a: x}");
  EXPECT_EQ(own.Rule(), "unknown-tag");
  EXPECT_EQ(own.Message(), "the tag '!Ref' means nothing here");
  EXPECT_EQ(Parsed("a: !!binary x\n").Message(), "the tag '!!binary' means nothing here");
  EXPECT_EQ(Parsed("a: !!map [x]\n").Message(), "the tag '!!map' means nothing here");
}

TEST(Yaml, WarnsOfTheHashThatBeginsAComment) {
  for (const char* text : {"a: #{x}\n", "a: v #{x}\n", "- v  #{x}\n"}) {
    const Parsed parsed(text);
    EXPECT_TRUE(parsed.document);
    EXPECT_EQ(parsed.Rule(), "hash-expression") << text;
  }
  for (const char* text : {"a: '#{x}'\n", "a: b#{x}\n", "a: b # {x}\n", "#{x}\na: b\n"}) {
    EXPECT_TRUE(Parsed(text).diagnostics.list().empty()) << text;
  }
}

TEST(Yaml, OnlyTheFirstDocumentIsRead) {
  const Parsed parsed("a: 1\n---\nb: [\n");
  EXPECT_EQ(Show(parsed.Root()), "{a: 1}");
  EXPECT_EQ(parsed.Rule(), "second-document");
  EXPECT_EQ(parsed.At(parsed.diagnostics.list().at(0).error.position), "2:1");
  EXPECT_EQ(Parsed("a: 1\n...\n%YAML 1.1\n---\nb: 2\n").Rule(), "second-document");
  EXPECT_EQ(Parsed("[a]\n--- b\n").Rule(), "second-document");
  for (const char* text : {"# licence\n---\na: 1\n", "a: 1\n---\n", "a: 1\n...\n# end\n", "a: 1\r\n---\r\n\r\n"}) {
    const Parsed one(text);
    EXPECT_TRUE(one.document);
    EXPECT_TRUE(one.diagnostics.list().empty()) << text;
  }
}

TEST(YamlLimits, Depth) {
  const auto nested = [](int depth) {
    return std::string(static_cast<size_t>(depth), '[') + std::string(static_cast<size_t>(depth), ']');
  };
  EXPECT_TRUE(Parsed(nested(kMaxDepth)).document);
  EXPECT_EQ(Parsed(nested(kMaxDepth + 1)).Message(), "lists and mappings are nested deeper than 64");
  EXPECT_EQ(Parsed(nested(200'000)).Message(), "lists and mappings are nested deeper than 64");
  std::string block;
  for (int i = 0; i < 20'000; ++i) block += "- ";
  EXPECT_EQ(Parsed(block).Message(), "lists and mappings are nested deeper than 64");
  EXPECT_EQ(Parsed(std::string(200'000, '{')).Message(), "a mapping cannot be a key");
}

TEST(YamlLimits, DepthThroughAliases) {
  std::string chain = "- &a0 []\n";
  for (int i = 1; i <= 62; ++i) chain += "- &a" + std::to_string(i) + " [*a" + std::to_string(i - 1) + "]\n";
  EXPECT_EQ(Parsed(chain).Message(), "");
  EXPECT_EQ(Parsed(chain + "- [*a62]\n").Message(), "lists and mappings are nested deeper than 64");
  EXPECT_EQ(Parsed(chain + "- {<<: {x: *a62}}\n").Message(), "lists and mappings are nested deeper than 64");
}

TEST(YamlLimits, Size) {
  const std::string just = "a: " + std::string(kMaxBytes - 3, 'x');
  EXPECT_TRUE(Parsed(just).document);
  EXPECT_EQ(Parsed(just + "x").Message(), "the file has 64 MB, and at most 64 MB are read");
}

TEST(YamlLimits, AliasBomb) {
  std::string bomb = "- &a0 [x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string inner = "*a" + std::to_string(i - 1);
    bomb += "- &a" + std::to_string(i) + " [";
    for (int k = 0; k < 9; ++k) bomb += inner + ", ";
    bomb += "]\n";
  }
  EXPECT_EQ(Parsed(bomb).Message(), "aliases would make this file larger than 100000 values");
}

TEST(YamlLimits, AliasesAreCountedAsOftenAsTheyAreReached) {
  std::string text = "- &a [";
  for (int i = 0; i < 999; ++i) text += "x, ";
  text += "]\n";  // 1,000 nodes
  for (int i = 0; i < 100; ++i) text += "- *a\n";
  EXPECT_TRUE(Parsed(text).document);
  EXPECT_FALSE(Parsed(text + "- *a\n").document);
}

TEST(YamlLimits, MergesInPlaceDoNotMultiply) {
  std::string inner = "{";
  for (int i = 0; i < 3000; ++i) inner += "k" + std::to_string(i) + ": 1, ";
  inner += "}";
  for (int i = 0; i < 40; ++i) inner = "{<<: " + inner + "}";
  EXPECT_EQ(Parsed(inner).Message(), "aliases would make this file larger than 100000 values");
}

TEST(YamlLimits, Directives) {
  std::string many;
  for (int i = 0; i < 17; ++i) many += "%TAG !a" + std::to_string(i) + "! x\n";
  EXPECT_NE(Parsed(many + "---\na\n").Message().find("'%' directives"), std::string::npos);
  EXPECT_NE(Parsed("%TAG ! " + std::string(2000, 'x') + "\n---\na\n").Message().find("'%' directives"),
            std::string::npos);
}

/// Walks over all of a tree and looks at each position, so that anything out of bounds is seen.
void Visit(Node node, size_t& left) {
  if (left == 0) return;
  --left;
  EXPECT_TRUE(node.pos());
  if (node.IsScalar()) {
    EXPECT_TRUE(node.PosOf(node.text().size()));
  }
  for (size_t i = 0; i < node.size(); ++i) {
    if (node.IsMapping()) {
      EXPECT_TRUE(node.Find(node.key(i)));
      EXPECT_TRUE(node.key_pos(i));
    }
    Visit(node.IsMapping() ? node.value(i) : node.item(i), left);
  }
}

TEST(Yaml, SurvivesMutations) {
  const std::string seed =
      "version: 1\nkind: stack\nmeta: {name: 'shop', title: \"Größe \\u00e9\"}\ncomponents:\n  - &a\n    name: db\n"
      "    depends: [net, ${x}]\n    parameters:\n    - {name: p.q, value: \"${a:b}\"}\n  - <<: *a\n    text: |\n"
      "      one\n      two\n    other: >-\n      three\n# end\n...\n";
  const std::string_view pieces[] = {"\t", "\n",   "  ",  ": ",    "- ",    "'",  "\"", "[", "]", "{",
                                     "}",  "*a",   "&a ", "<<: ",  "#",     "%",  "@",  "|", ">", "!",
                                     "ü",  "\xE9", "\\",  "---\n", "...\n", "? ", ",",  "\r"};
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seed;
    for (uint32_t k = random() % 4 + 1; k > 0; --k) {
      const size_t at = random() % (text.size() + 1);
      if (random() % 3 == 0) {
        text.erase(at, random() % 20);
      } else {
        text.insert(at, pieces[random() % std::size(pieces)]);
      }
    }
    const Parsed parsed(text);
    EXPECT_EQ(parsed.document.has_value(), !parsed.diagnostics.HasErrors());
    for (const Diagnostic& diagnostic : parsed.diagnostics.list()) {
      EXPECT_TRUE(diagnostic.error.position);
      EXPECT_FALSE(diagnostic.error.suggestion.empty()) << diagnostic.error.message << "\n" << text;
      EXPECT_FALSE(RenderDiagnostic(parsed.map, diagnostic, false).empty());
    }
    size_t left = 10'000;
    if (parsed.document && parsed.document->root()) Visit(*parsed.document->root(), left);
  }
}

}  // namespace
}  // namespace davit::yaml
