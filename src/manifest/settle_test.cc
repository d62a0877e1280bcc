// Where the values of the stack's parameters come from, and what expressions make of them.
#include "manifest/settle.h"

#include <gtest/gtest.h>

#include "manifest/test_source.h"

namespace davit::manifest {
namespace {

/// The stack with these parameters, one a line; the first stands in line 5.
struct Settled : MemorySource {
  explicit Settled(const std::string& parameters) {
    files["stack.yaml"] = "version: 1\nkind: stack\nmeta: {name: s}\nparameters:\n" + parameters;
  }
  Loaded Run() { return Loaded(*this, InMemory()); }
};

TEST(Settle, WhereAValueComesFrom) {
  Settled settled(
      "  - {name: value, kind: user, value: fixed, fromEnv: SET}\n"
      "  - {name: env, kind: user, default: lost, fromEnv: SET}\n"
      "  - {name: blank, kind: user, default: lost, fromEnv: BLANK}\n"
      "  - {name: default, kind: user, default: 42, fromEnv: UNSET}\n"
      "  - {name: empty, kind: user, empty: allow}\n"
      "  - {name: tech}\n"
      "  - {name: tech.empty, empty: allow}\n");
  settled.environment = {{"SET", "from-env"}, {"BLANK", ""}};
  const Loaded loaded = settled.Run();
  ASSERT_EQ(loaded.Said(),
            "warning(from-env-differs) stack.yaml:5:38 parameter 'value' has another value than the variable SET [its "
            "value wins: remove it to have that of the variable]\n");
  EXPECT_EQ(loaded.ValueOf("value"), json::value("fixed"));
  EXPECT_EQ(loaded.ValueOf("env"), json::value("from-env"));
  EXPECT_EQ(loaded.ValueOf("blank"), json::value(""));
  EXPECT_EQ(loaded.ValueOf("default"), json::value(42));
  EXPECT_EQ(loaded.ValueOf("empty"), json::value(""));
  EXPECT_TRUE(loaded.At("empty").has_value);
  EXPECT_FALSE(loaded.At("tech").has_value);
  EXPECT_FALSE(loaded.At("tech.empty").has_value);
  EXPECT_TRUE(loaded.At("tech.empty").empty_allowed);
}

TEST(Settle, APersonIsAskedOnlyWhereNeeded) {
  Settled settled(
      "  - {name: asked, kind: user, default: d}\n"
      "  - {name: entered, kind: user, default: d}\n"
      "  - {name: number, kind: user, type: number}\n"
      "  - {name: env, kind: user, fromEnv: SET}\n"
      "  - {name: empty, kind: user, empty: allow}\n"
      "  - {name: tech}\n"
      "  - {name: value, kind: user, value: v}\n");
  settled.environment = {{"SET", "x"}};
  std::vector<std::string> asked;
  settled.prompt = [&](const Parameter& parameter) -> std::optional<std::string> {
    asked.push_back(parameter.name);
    return parameter.name == "asked" ? "answer" : parameter.name == "number" ? " 12 " : "";
  };
  const Loaded loaded = settled.Run();
  ASSERT_EQ(loaded.Said(), "");
  EXPECT_EQ(asked, (std::vector<std::string>{"asked", "entered", "number"}));
  EXPECT_EQ(loaded.ValueOf("asked"), json::value("answer"));
  EXPECT_EQ(loaded.ValueOf("entered"), json::value("d"));
  EXPECT_EQ(loaded.ValueOf("number"), json::value(12));
}

TEST(Settle, MissingValuesAreAllSaid) {
  Settled settled("  - {name: a, kind: user}\n  - {name: b, fromEnv: B}\n");
  const char* expected =
      "error stack.yaml:5:12 parameter 'a' has no value [give it one in params.yaml or in a file named with -p, or say "
      "fromEnv: VARIABLE; `davit up` on a terminal asks for it]\n"
      "error stack.yaml:6:12 parameter 'b' has no value [set the variable B, or give it one in params.yaml or in a "
      "file named with -p]\n";
  EXPECT_EQ(settled.Run().Said(), expected);
  settled.prompt = [](const Parameter&) { return ""; };  // Enter, and no default
  EXPECT_EQ(settled.Run().Said(), expected);
}

TEST(Settle, TextsBecomeTheDeclaredType) {
  Settled settled(
      "  - {name: number, type: number, fromEnv: NUMBER}\n"
      "  - {name: flag, type: bool, fromEnv: FLAG}\n"
      "  - {name: list, type: list, fromEnv: LIST}\n"
      "  - {name: map, type: map, fromEnv: MAP}\n"
      "  - {name: text, type: string, fromEnv: NUMBER}\n"
      "  - {name: any, fromEnv: NUMBER}\n"
      "  - {name: blank, type: number, fromEnv: BLANK, empty: allow}\n");
  settled.environment = {
      {"NUMBER", "1.5"}, {"FLAG", "yes"}, {"LIST", "[1, \"a\"]"}, {"MAP", "{\"a\": null}"}, {"BLANK", ""}};
  const Loaded loaded = settled.Run();
  ASSERT_EQ(loaded.Said(), "");
  EXPECT_EQ(loaded.ValueOf("number"), json::value(1.5));
  EXPECT_EQ(loaded.ValueOf("flag"), json::value(true));
  EXPECT_EQ(loaded.ValueOf("list"), json::parse("[1,\"a\"]"));
  EXPECT_EQ(loaded.ValueOf("map"), json::parse("{\"a\":null}"));
  EXPECT_EQ(loaded.ValueOf("text"), json::value("1.5"));
  EXPECT_EQ(loaded.ValueOf("any"), json::value("1.5"));
  EXPECT_EQ(loaded.ValueOf("blank"), json::value(""));

  settled.environment = {{"NUMBER", "much"}, {"FLAG", "2"}, {"LIST", "{}"}, {"MAP", "x"}, {"BLANK", ""}};
  EXPECT_EQ(settled.Run().Said(),
            "error stack.yaml:5:43 parameter 'number' must be a number, not the text \"much\" of the variable NUMBER\n"
            "error stack.yaml:6:39 parameter 'flag' must be true or false, not the text \"2\" of the variable FLAG\n"
            "error stack.yaml:7:39 parameter 'list' must be a list, not the text \"{}\" of the variable LIST [write it "
            "as JSON]\n"
            "error stack.yaml:8:37 parameter 'map' must be a map, not the text \"x\" of the variable MAP [write it as "
            "JSON]\n");

  Settled asked("  - {name: number, type: number, kind: user, sensitive: true}\n");
  asked.prompt = [](const Parameter&) { return "hunter2"; };
  EXPECT_EQ(asked.Run().Said(),
            "error stack.yaml:5:12 parameter 'number' must be a number, not a text that was answered\n");
}

TEST(Settle, ConstantsHaveTheDeclaredType) {
  const Loaded loaded = Settled(
                            "  - {name: size, value: \"three\", type: number}\n"
                            "  - {name: version, value: 1.10, type: string}\n"
                            "  - {name: flag, kind: user, default: 3, type: bool}\n"
                            "  - {name: list, value: {a: b}, type: list}\n"
                            "  - {name: map, value: [], type: map}\n"
                            "  - {name: secret, value: hunter2, type: number, sensitive: true}\n"
                            "  - {name: three, value: 3}\n"
                            "  - {name: alone, value: \"${three}\", type: number}\n"
                            "  - {name: text, value: \"${three}.\", type: number}\n"
                            "  - {name: fine, value: 3, type: any}\n")
                            .Run();
  EXPECT_EQ(loaded.Said(),
            "error stack.yaml:5:25 parameter 'size' must be a number, not the text \"three\" [write the number without "
            "quotes]\n"
            "error stack.yaml:6:28 parameter 'version' must be a text, not the number 1.1 [put it in quotes]\n"
            "error stack.yaml:7:39 parameter 'flag' must be true or false, not the number 3\n"
            "error stack.yaml:8:25 parameter 'list' must be a list, not a mapping\n"
            "error stack.yaml:9:24 parameter 'map' must be a map, not a list\n"
            "error stack.yaml:10:27 parameter 'secret' must be a number, not a text [write the number without quotes]\n"
            "error stack.yaml:13:25 parameter 'text' must be a number, not the text \"3.\" [write the number without "
            "quotes]\n");
}

TEST(Settle, ExpressionsExpandInAnyOrder) {
  MemorySource source;
  source.files["stack.yaml"] = R"(version: 1
kind: stack
meta: {name: s}
components: [{name: api, source: ok, parameters: {late: "${x}"}}]
parameters:
  - {name: url, value: "https://${host}:${port}/${path}"}
  - {name: host, value: "db.${domain}"}
  - {name: domain, kind: user, fromEnv: DOMAIN}
  - {name: port, value: 5432}
  - {name: path}
  - {name: copy, value: "${list}"}
  - {name: list, value: [1, {a: b}]}
  - {name: escaped, value: "$${port}"}
  - {name: def, kind: user, default: "${port}0"}
  - {name: host, component: api, value: "api.${host}"}
  - {name: domain, component: api, value: internal}
  - {name: own, component: api, value: "${domain} ${host|api}"}
  - {name: exact, value: "${domain|api}"}
  - {name: nothing, value: "${path}"}
  - {name: link, kind: link, value: "${api:out} ${port}"}
)";
  source.directories.insert("ok");
  source.environment["DOMAIN"] = "shop.test";
  const Loaded loaded(source, InMemory());
  ASSERT_EQ(loaded.Said(), "");
  EXPECT_EQ(loaded.ValueOf("url"), json::value("https://db.shop.test:5432/"));
  EXPECT_EQ(loaded.ValueOf("copy"), json::parse("[1,{\"a\":\"b\"}]"));
  EXPECT_EQ(loaded.ValueOf("escaped"), json::value("${port}"));
  EXPECT_EQ(loaded.ValueOf("def"), json::value("54320"));
  EXPECT_EQ(loaded.ValueOf("host|api"), json::value("api.db.shop.test"));
  EXPECT_EQ(loaded.ValueOf("own|api"), json::value("internal api.db.shop.test"));
  EXPECT_EQ(loaded.ValueOf("exact"), json::value("internal"));
  EXPECT_FALSE(loaded.At("nothing").has_value);
  EXPECT_EQ(loaded.At("link").value.references.size(), 2u);
  EXPECT_EQ(loaded.At("late|api").value.references.size(), 1u);
}

TEST(Settle, ComputesWithTheLongestParameterThatANameBeginsWith) {
  Settled settled(
      "  - {name: n, value: 3}\n"
      "  - {name: net.size, value: 4}\n"
      "  - {name: tags, value: {team: \"x.y\", n: 7}}\n"
      "  - {name: twice, value: \"#{net.size * 2}\"}\n"
      "  - {name: field, value: \"#{tags.team} of #{tags.n + n}\"}\n"
      "  - {name: chain, value: \"#{twice > 7 ? 'big' : 'small'}\"}\n"
      "  - {name: secret, value: s, sensitive: true}\n"
      "  - {name: made, value: \"#{secret + 't'}\"}\n");
  const Loaded loaded = settled.Run();
  ASSERT_EQ(loaded.Said(), "");
  EXPECT_EQ(loaded.ValueOf("twice"), json::value(8));
  EXPECT_EQ(loaded.ValueOf("field"), json::value("x.y of 10"));
  EXPECT_EQ(loaded.ValueOf("chain"), json::value("big"));
  EXPECT_TRUE(loaded.At("made").sensitive);
  EXPECT_EQ(Settled("  - {name: a, value: \"#{a + 1}\"}\n").Run().Said(),
            "error stack.yaml:5:25 parameters refer to each other in a circle: a -> a [give one of them a value that "
            "does not need the "
            "others]\n");
  EXPECT_EQ(
      Settled("  - {name: a, value: 0}\n  - {name: b, value: \"x #{1 / a}\"}\n").Run().Said(),
      "error stack.yaml:6:31 #{1 / a} cannot be computed: division by zero [`davit eval` tries expressions out]\n");
  EXPECT_EQ(Settled("  - {name: size, value: 0}\n  - {name: b, value: \"#{sise + 1}\"}\n").Run().Said(),
            "error stack.yaml:6:25 unknown parameter 'sise' [did you mean 'size'?]\n");
}

TEST(Settle, SensitiveMakesSensitive) {
  const Loaded loaded = Settled(
                            "  - {name: a, value: \"${b} and more\"}\n"
                            "  - {name: b, value: \"${c}\"}\n"
                            "  - {name: c, value: x, sensitive: true}\n"
                            "  - {name: d, value: y}\n")
                            .Run();
  EXPECT_TRUE(loaded.At("a").sensitive);
  EXPECT_TRUE(loaded.At("b").sensitive);
  EXPECT_FALSE(loaded.At("d").sensitive);
}

TEST(Settle, WhatReferencesCanBeWrong) {
  const Loaded loaded = Settled(
                            "  - {name: region, value: eu}\n"
                            "  - {name: a, value: \"in ${regoin}\"}\n"
                            "  - {name: b, value: \"${xyzzy.plugh}\"}\n"
                            "  - {name: c, value: \"${db:host}\"}\n"
                            "  - {name: d, value: \"${l}\"}\n"
                            "  - {name: l, kind: link, value: \"${db:host}\"}\n"
                            "  - {name: e, value: \"${a}${region|db}\"}\n")
                            .Run();
  EXPECT_EQ(loaded.Said(),
            "error stack.yaml:6:28 unknown parameter 'regoin' [did you mean 'region'?]\n"
            "error stack.yaml:7:25 unknown parameter 'xyzzy.plugh' [declare it, or make this one kind: link if it is "
            "an output of a component]\n"
            "error stack.yaml:8:25 parameter 'c' refers to the output 'db:host', and outputs are not known yet "
            "[make it kind: link: it is then expanded where a component uses it]\n"
            "error stack.yaml:9:25 parameter 'd' refers to the link 'l', which is not known yet [make this one kind: "
            "link too]\n"
            "error stack.yaml:11:29 unknown parameter 'region|db' [did you mean 'region'?]\n");
}

TEST(Settle, CyclesAreFoundAsCycles) {
  EXPECT_EQ(Settled("  - {name: a, value: \"${b}\"}\n"
                    "  - {name: b, value: \"x${c}\"}\n"
                    "  - {name: c, value: \"${b}\"}\n"
                    "  - {name: d, value: \"${a}\"}\n"
                    "  - {name: e, value: \"${e}\"}\n")
                .Run()
                .Said(),
            "error stack.yaml:6:26 parameters refer to each other in a circle: b -> c -> b [give one of them a value "
            "that does not need the others]\n"
            "error stack.yaml:9:25 parameters refer to each other in a circle: e -> e [give one of them a value that "
            "does not need the others]\n");
}

TEST(Settle, ALongChainIsNoCycle) {
  std::string parameters;
  for (int i = 0; i < 20000; ++i) {
    parameters += "  - {name: p" + std::to_string(i) + ", value: \"${p" + std::to_string(i + 1) + "}\"}\n";
  }
  const Loaded loaded = Settled(parameters + "  - {name: p20000, value: end}\n").Run();
  ASSERT_EQ(loaded.Said(), "");
  EXPECT_EQ(loaded.ValueOf("p0"), json::value("end"));
}

TEST(Settle, DoublingIsRefused) {
  std::string parameters = "  - {name: p0, value: xxxxxxxxxxxxxxxx}\n";
  for (int i = 1; i <= 60; ++i) {
    const std::string before = "${p" + std::to_string(i - 1) + "}";
    parameters += "  - {name: p" + std::to_string(i) + ", value: \"" + before + before + "\"}\n";
  }
  const Loaded loaded = Settled(parameters).Run();
  EXPECT_EQ(loaded.diagnostics.error_count(), 1u);
  EXPECT_NE(loaded.Said().find(
                "the expressions of the stack's parameters grow beyond 64 MiB [let parameters repeat each other less]"),
            std::string::npos)
      << loaded.Said();
}

}  // namespace
}  // namespace davit::manifest
