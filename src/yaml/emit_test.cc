// What is written is read back as it was, by this reader and, of texts, by any of YAML 1.1.
#include "yaml/emit.h"

#include <gtest/gtest.h>

#include "yaml/yaml.h"

namespace davit::yaml {
namespace {

/// The tree as JSON; plain scalars, which are numbers and words here, as "plain:" and their text.
json::value Tree(Node node) {
  if (node.IsScalar()) return json::value((node.style() == Style::kPlain ? "plain:" : "") + std::string(node.text()));
  if (node.IsSequence()) {
    json::array array;
    for (size_t i = 0; i < node.size(); ++i) array.push_back(Tree(node.item(i)));
    return array;
  }
  json::object object;
  for (size_t i = 0; i < node.size(); ++i) object[node.key(i)] = Tree(node.value(i));
  return object;
}

json::value ReadBack(const std::string& text) {
  SourceMap map;
  Diagnostics diagnostics;
  const std::optional<Document> document = Parse(map, map.AddFile("x.yaml", text), diagnostics);
  EXPECT_TRUE(document && document->root() && diagnostics.list().empty()) << text;
  if (!document || !document->root()) return nullptr;
  return Tree(*document->root());
}

TEST(Emit, LooksAsAPersonWouldWriteIt) {
  json::object object;
  object["version"] = 1;
  object["meta"] = json::object{{"name", "shop:1"}, {"annotations", json::object()}};
  object["components"] = json::array{
      json::object{
          {"name", "pg"}, {"source", json::object{{"dir", "components/pg"}}}, {"depends", json::array{"net", "dns"}}},
      json::object{{"name", "web"}}};
  object["lists"] = json::array{json::array{1, 2}, json::array{}};
  object["value"] = "${db:host}/x";
  object["on"] = true;
  object["none"] = nullptr;
  object["text"] = "a\nb\n";
  EXPECT_EQ(EmitYaml(object),
            "version: 1\n"
            "meta:\n"
            "  name: shop:1\n"
            "  annotations: {}\n"
            "components:\n"
            "- name: pg\n"
            "  source:\n"
            "    dir: components/pg\n"
            "  depends:\n"
            "  - net\n"
            "  - dns\n"
            "- name: web\n"
            "lists:\n"
            "- - 1\n"
            "  - 2\n"
            "- []\n"
            "value: ${db:host}/x\n"
            "\"on\": true\n"
            "none: null\n"
            "text: |\n"
            "  a\n"
            "  b\n");
  EXPECT_EQ(EmitYaml(json::object()), "{}\n");
  EXPECT_EQ(EmitYaml(json::value("a")), "a\n");
}

TEST(Emit, TextsThatSomeReaderWouldTakeForSomethingElseAreQuoted) {
  for (const char* text :
       {"",      "y",    "Yes",  "no",  "ON",    "off",  "true", "False",    "null",       "~",
        "010",   "1.10", "0x1F", "1e3", "1_000", "-5",   "+.5",  "12:30:45", "2001-12-14", "2001-12-14T21:59:43Z",
        ".inf",  ".NaN", "=",    "<<",  " a",    "a ",   "a: b", "a:",       "a #b",       "#a",
        "- a",   "-",    "? a",  "*a",  "&a",    "!a",   "%a",   "@a",       "`a",         "'a",
        "\"a\"", "[a",   "{a",   "|",   ">",     "a\tb", "0o17", "1.5e3"}) {
    const std::string written = EmitYaml(json::object{{"k", text}});
    EXPECT_TRUE(written.starts_with("k: \"")) << written;
    EXPECT_EQ(ReadBack(written), (json::value{{"k", text}})) << written;
  }
  for (const char* text : {"a", "a-b", "10.4.0.0/16", "v1.2", "a:b", "/x", "${a}", ".template", "r2", "it's", "a (b)"})
    EXPECT_EQ(EmitYaml(json::object{{"k", text}}), std::string("k: ") + text + "\n");
}

TEST(Emit, EveryTextComesBack) {
  const std::string long_key(2000, 'k');
  for (const std::string& text :
       {std::string("a\nb"), std::string("a\nb\n"), std::string("a\n\n\n"), std::string("\n"), std::string("\na"),
        std::string(" a\nb"), std::string("a\n  b\n\n c  \nd"), std::string("a\n---\nb\n"), std::string("a\r\nb"),
        std::string("a\0b", 3), std::string("\x1b[1m \x7f"), std::string("größe \xE2\x80\xA8 \xC2\x85 \xEF\xBB\xBF"),
        std::string("\\ \" '"), std::string("\ta\nb"), std::string("a\n   \n")}) {
    json::object object;
    object["k"] = json::array{json::object{{"t", text}}, text};
    object[long_key] = text;
    json::value expected = object;
    const json::value read = ReadBack(EmitYaml(object));
    const auto strip = [](const json::value& value) {
      const std::string shown(value.as_string());
      return shown.starts_with("plain:") ? shown.substr(6) : shown;
    };
    EXPECT_EQ(strip(read.at("k").at(0).at("t")), text);
    EXPECT_EQ(strip(read.at("k").at(1)), text);
    EXPECT_EQ(strip(read.at(long_key)), text);
  }
}

TEST(Emit, NumbersAreNumbersInBothVersions) {
  EXPECT_EQ(EmitYaml(json::array{0, -1, 18446744073709551615u, 0.5, 1e20, 1.5e-7, 3.0}),
            "- 0\n- -1\n- 18446744073709551615\n- 0.5\n- 1.0e+20\n- 1.5e-07\n- 3\n");
}

TEST(Emit, PairByPair) {
  std::string out;
  AppendYamlText(out, 2, "name", "a", true);
  AppendYaml(out, 4, "value", json::object{{"x", json::array{1, "2"}}, {"z", json::array()}});
  AppendYamlText(out, 2, "name", "l1\nl2", true);
  AppendYaml(out, 4, "a: b", nullptr);
  EXPECT_EQ(out,
            "  - name: a\n    value:\n      x:\n      - 1\n      - \"2\"\n      z: []\n"
            "  - name: |-\n      l1\n      l2\n    \"a: b\": null\n");
}

}  // namespace
}  // namespace davit::yaml
