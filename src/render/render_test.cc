#include <gtest/gtest.h>
#include <sys/stat.h>

#include "render/files.h"
#include "render/template.h"

namespace davit::render {
namespace {

ValueMap Values() {
  ValueMap values;
  auto put = [&](const char* name, json::value data) { values[name].data = std::move(data); };
  put("db.host", "pg.local");
  put("db.port", 5432);
  put("url", "https://u:p@app.example.com/x?y");
  put("plain", "http://app:8080");
  put("list", json::array{"a", "b"});
  put("users", json::array{json::object{{"name", "ann"}}, json::object{{"name", "<bob>"}}});
  put("off", false);
  put("padded", " x ");
  put("half", 1.5);
  put("halves", json::array{0.5, "a b"});
  put("none", "");
  return values;
}

std::string Rendered(const char* kind, const char* text) {
  Result<std::string> result = Render({kind, "a.template", text}, Values());
  return result ? *result : "error: " + result.error().message + " / " + result.error().suggestion;
}

TEST(Render, CurlyPutsValuesIn) {
  EXPECT_EQ(Rendered("curly", "h=${db.host}:${db.port} $x ${ } {${db.port}}"), "h=pg.local:5432 $x ${ } {5432}");
  EXPECT_EQ(Rendered("", "[${padded}] ${list}"), "[x] [\"a\",\"b\"]");
  EXPECT_EQ(Rendered("curly", "$${db.port} ${"), "$5432 ${");
}

TEST(Render, PlainMustachePutsValuesInAndLeavesSectionsAlone) {
  EXPECT_EQ(Rendered("mustache", "{{db.host}} {{#if}} ${db.host}"), "pg.local {{#if}} ${db.host}");
}

TEST(Render, EncodingsAreChained) {
  EXPECT_EQ(Rendered("curly", "${db.host/base64} ${db.host|base64/unbase64}"), "cGcubG9jYWw= pg.local");
  EXPECT_EQ(Rendered("curly", "${list/json} ${list/first} ${db.port/json} ${db.host/json}"),
            "[\"a\",\"b\"] a 5432 \"pg.local\"");
  EXPECT_EQ(Rendered("curly", "${db.host/yaml} ${off/yaml} ${padded/yaml}"), "pg.local false \" x \"");
  EXPECT_EQ(Rendered("curly", "${half/json} ${halves/json} ${halves/yaml}"), "1.5 [0.5,\"a b\"] [0.5,\"a b\"]");
  EXPECT_EQ(Rendered("curly", "${url/yaml}"), "https://u:p@app.example.com/x?y");
  EXPECT_EQ(Rendered("curly", "[${none/hostname}${none/parseURL}] ${none/isSecure} ${none/insecure}"), "[] false true");
  EXPECT_EQ(Rendered("curly", "${url/hostname} ${url/port} ${url/scheme} ${url/isSecure} ${url/insecure}"),
            "app.example.com 443 https true false");
  EXPECT_EQ(Rendered("curly", "${url/parseURL} ${plain/parseURL/port}"), "https://u:p@app.example.com:443/x?y 8080");
}

TEST(Render, UnknownNamesAreNamedWithTheirPlaceAllAtOnce) {
  Result<std::string> result = Render({"curly", "conf/a.template", "ok\n é ${db.hst} ${nope}"}, Values());
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().message, "conf/a.template:2:4: there is no parameter 'db.hst' here");
  EXPECT_EQ(result.error().suggestion, "did you mean 'db.host'?");
  ASSERT_EQ(result.error().notes.size(), 1U);
  EXPECT_EQ(result.error().notes[0].message, "conf/a.template:2:14: there is no parameter 'nope' here");
}

TEST(Render, EncodingsThatCannotBe) {
  EXPECT_EQ(Rendered("curly", "${db.host/bas64}"),
            "error: a.template:1:1: there is no encoding 'bas64' / did you mean 'base64'?");
  EXPECT_EQ(Rendered("curly", "${db.host/rot}"),
            "error: a.template:1:1: there is no encoding 'rot' / there are for example: base64, unbase64, json, yaml, "
            "first, parseURL");
  EXPECT_EQ(Rendered("curly", "${db.host/port}"),
            "error: a.template:1:1: 'db.host' cannot go through port: the value is no URL: it has no `scheme://` / ");
  EXPECT_EQ(Rendered("curly", "${db.host/unbase64}"),
            "error: a.template:1:1: 'db.host' cannot go through unbase64: the value is no base64 / ");
}

TEST(Render, MustacheSections) {
  EXPECT_EQ(Rendered("_mustache", "{{#users}}\n- {{name}} {{{name}}}\n{{/users}}\n{{^off}}none{{/off}}{{! gone }}"),
            "- ann ann\n- &lt;bob&gt; <bob>\nnone");
  EXPECT_EQ(Rendered("_mustache", "{{db_host}} {{db.port}} {{#db}}{{host}}{{/db}}"), "pg.local 5432 pg.local");
  EXPECT_EQ(Rendered("_mustache", "{{#list}}{{.}},{{/list}}{{#off}}x{{/off}}{{#nope}}x{{/nope}}"), "a,b,");
  EXPECT_EQ(Rendered("_mustache", "{{=<% %>=}}<%db.port%> {{x}}"), "5432 {{x}}");
}

TEST(Render, MustacheErrors) {
  EXPECT_EQ(Rendered("_mustache", "\n {{db.hst}}"),
            "error: a.template:2:2: there is no parameter 'db.hst' here / did you mean 'db.host'?");
  EXPECT_EQ(Rendered("_mustache", "{{#a}}x"), "error: a.template:1:1: the section `a` is never closed / ");
  EXPECT_EQ(Rendered("_mustache", "{{#a}}{{/b}}"), "error: a.template:1:7: `/b` ends no section; `a` is open / ");
  EXPECT_EQ(Rendered("_mustache", "{{a"), "error: a.template:1:1: the tag has no end `}}` / close it");
  EXPECT_EQ(Rendered("_mustache", "{{>p}}"), "error: a.template:1:1: there are no partials (`p`) / put the text here");
  std::string deep;
  for (int i = 0; i < 100; ++i) deep += "{{#off}}";
  EXPECT_NE(Rendered("_mustache", deep.c_str()).find("nested too deeply"), std::string::npos);
}

TEST(Render, KindGoIsRefused) {
  EXPECT_NE(Rendered("go", "{{ .x }}").find("templates of kind go are not built into davit"), std::string::npos);
}

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "davit-render-XXXXXX").string();
    CHECK(::mkdtemp(pattern.data()) != nullptr);
    directory_ = pattern;
  }
  void TearDown() override {
    std::error_code error;
    std::filesystem::remove_all(directory_, error);
  }
  void Write(const std::string& name, const std::string& text, unsigned mode = 0644) {
    CHECK(MakeDirectories((directory_ / name).parent_path()).has_value());
    CHECK(WriteFile(directory_ / name, text, mode).has_value());
  }
  Path directory_;
};

TEST_F(Files, PatternsDirectoriesSuffixesAndModes) {
  Write("run.sh.template", "${db.host}", 0755);
  Write("a/x.yaml.gotemplate", "{{db.port}}");
  Write("plain.conf", "${db.port}");
  TemplateSet first;
  first.files = {"run.sh", "plain.conf"};
  TemplateSet second;
  second.kind = "mustache";
  second.files = {"*.gotemplate", "*.none"};
  second.directories = {"a"};
  std::vector<std::string> warnings;
  Result<std::vector<RenderedFile>> files = RenderAll({first, second}, directory_, Values(), &warnings);
  ASSERT_TRUE(files) << files.error().message;
  ASSERT_EQ(files->size(), 3U);
  EXPECT_EQ((*files)[0].path, directory_ / "run.sh");
  EXPECT_EQ((*files)[0].mode, 0755U);
  EXPECT_EQ((*files)[0].content, "pg.local");
  EXPECT_EQ((*files)[1].path, directory_ / "plain.conf");
  EXPECT_EQ((*files)[2].path, directory_ / "a" / "x.yaml");
  EXPECT_EQ((*files)[2].content, "5432");
  EXPECT_EQ(warnings, std::vector<std::string>{"no file matches the template `*.none` in a"});
}

TEST_F(Files, NamesHaveParametersInThem) {
  Write("pg.local/own.conf.template", "${db.port}");
  TemplateSet set;
  set.files = {"*.template"};
  set.directories = {"${db.host}"};
  std::vector<std::string> warnings;
  Result<std::vector<RenderedFile>> files = RenderAll({set}, directory_, Values(), &warnings);
  ASSERT_TRUE(files) << files.error().message;
  ASSERT_EQ(files->size(), 1U);
  EXPECT_EQ((*files)[0].path, directory_ / "pg.local" / "own.conf");
  set.files = {"${gone}.conf"};
  files = RenderAll({set}, directory_, Values(), &warnings);
  ASSERT_FALSE(files);
  EXPECT_NE(files.error().message.find("gone"), std::string::npos);
}

TEST_F(Files, WhatIsNotThereOrOutsideIsRefused) {
  std::vector<std::string> warnings;
  TemplateSet set;
  set.files = {"gone.conf"};
  Result<std::vector<RenderedFile>> files = RenderAll({set}, directory_, Values(), &warnings);
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().message, "there is no file gone.conf, which `templates` names");
  set.files = {"../x"};
  files = RenderAll({set}, directory_, Values(), &warnings);
  ASSERT_FALSE(files);
  EXPECT_EQ(files.error().message, "the template ../x lies outside of its component's directory");
}

}  // namespace
}  // namespace davit::render
