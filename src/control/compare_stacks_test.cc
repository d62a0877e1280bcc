#include "control/compare_stacks.h"

#include "control/control_test.h"

namespace davit::control {
namespace {

using Kind = AffectedCause::Kind;

class CompareStacksTest : public ControlTest {
 protected:
  std::shared_ptr<StackDocument> Stack(const std::string& body) {
    WriteStack(body, {"net", "db", "api"});
    return LoadGood();
  }

  /// What differs in a few words: "db: input size from size, key depends; api: output id of db".
  std::string Compare(const std::string& before, const std::string& after) {
    const std::shared_ptr<StackDocument> old = Stack(before);
    return Compare(*old, *Stack(after));
  }
  std::string Compare(const StackDocument& before, const StackDocument& after) {
    const auto files = [this](size_t, size_t now) { return now < files_.size() ? files_[now] : Causes(); };
    std::string text;
    for (const AffectedComponent& component : CompareStacks(before, after, files)) {
      text += (text.empty() ? "" : "; ") + component.name + ":";
      if (component.action != "changed") text += " " + component.action;
      for (const AffectedCause& cause : component.because) {
        if (&cause != &component.because[0]) text += ",";
        text += " " + Words(cause);
      }
    }
    return text;
  }
  static std::string Words(const AffectedCause& cause) {
    std::string text;
    switch (cause.kind) {
      case Kind::kFile:
        text = "file " + cause.name;
        break;
      case Kind::kInput:
        text = "input " + cause.name;
        break;
      case Kind::kOutput:
        text = "output " + cause.name;
        break;
      case Kind::kKey:
        text = "key " + cause.name;
        break;
      case Kind::kCapabilities:
        return "capabilities";
      case Kind::kProducer:
        return cause.name + " of " + cause.producer;
    }
    if (cause.change != "changed") text += " " + cause.change;
    for (const std::string& parameter : cause.parameters) text += " from " + parameter;
    return text;
  }

  using Causes = std::vector<AffectedCause>;
  std::vector<Causes> files_;  // by index in the newer stack
};

/// A stack of one component with these parameters and what else is given.
std::string Db(const std::string& parameters, const std::string& rest = "") {
  return "components:\n  - {name: db, source: db, parameters: {" + parameters + "}}\n" + rest;
}

TEST_F(CompareStacksTest, EqualOnesDifferInNothing) {
  const std::string body = Db("a: 1, b: \"${a}-${size}\"", "parameters: [{name: size, value: 3}]\n");
  EXPECT_EQ(Compare(body, body), "");
  EXPECT_EQ(Compare("components: []\n", "components: []\n"), "");
}

TEST_F(CompareStacksTest, WhatIsMeantCountsNotHowItIsSaid) {
  EXPECT_EQ(Compare(Db("a: \"${size}x\"", "parameters: [{name: size, value: 3}]\n"), Db("a: 3x")), "");
  EXPECT_EQ(Compare(Db("a: \"${x}\"", "parameters: [{name: x, value: 3}]\n"),
                    Db("a: \"${y}\"", "parameters: [{name: y, value: 3}, {name: x, value: 4}]\n")),
            "");
  EXPECT_EQ(Compare(Db("a: 3, b: \"${a}!\""), Db("b: \"3!\", a: 3")), "");
  EXPECT_EQ(Compare(Db("a: {k: 1, l: [1, 2]}"), Db("a: {l: [1, 2], k: 1}")), "");
  EXPECT_EQ(Compare(Db("a: 1.0"), Db("a: 1.0e0")), "");
  // With a type that makes both the same, and without.
  const std::string number = "  - {name: n|db, type: number, value: ";
  EXPECT_EQ(Compare(Db("a: 3"), Db("a: \"3\"")), "db: input a");
  EXPECT_EQ(Compare("components: [{name: db, source: db, parameters: [{name: a, type: number, value: 3}]}]\n",
                    "components: [{name: db, source: db, parameters: [{name: a, type: number, value: \"${x}\"}]}]\n"
                    "parameters: [{name: x, value: \"3\"}]\n"),
            "");
}

TEST_F(CompareStacksTest, OrderOfComponentsAndListsMeansNothing) {
  EXPECT_EQ(Compare("components:\n  - {name: net, source: net, passEnv: [A, B]}\n  - {name: db, source: db}\n"
                    "  - {name: api, source: api, depends: [net, db], parameters: {x: 1}}\n",
                    "components:\n  - {name: api, source: api, depends: [db, net], parameters: {x: 1}}\n"
                    "  - {name: db, source: db}\n  - {name: net, source: net, passEnv: [B, A]}\n"),
            "");
}

TEST_F(CompareStacksTest, NamesParametersOfTheStackThatAnInputIsMadeFrom) {
  const auto body = [](const char* x, const char* y) {
    return Db("a: \"${x}\", b: \"${a}${y}\", c: \"${y}\"",
              std::string("parameters: [{name: x, value: ") + x + "}, {name: y, value: " + y + "}]\n");
  };
  EXPECT_EQ(Compare(body("1", "1"), body("2", "1")), "db: input a from x, input b from x");
  EXPECT_EQ(Compare(body("1", "1"), body("2", "2")), "db: input a from x, input b from x from y, input c from y");
  // A value that changes in two places to the same whole.
  EXPECT_EQ(Compare(body("1", "12"), body("11", "2")), "db: input a from x, input c from y");
  EXPECT_EQ(Compare(Db("a: 1"), Db("a: 2")), "db: input a");  // its own
  // By a link, and by bare name.
  const std::string link = "parameters: [{name: url, kind: link, value: \"http://${host}\"}, {name: host, value: ";
  EXPECT_EQ(Compare(Db("a: \"${url}\"", link + "x}]\n"), Db("a: \"${url}\"", link + "y}]\n")), "db: input a from host");
  const std::string declared = "components: [{name: db, source: db, parameters: [{name: size}]}]\n";
  EXPECT_EQ(
      Compare(declared + "parameters: [{name: size, value: 1}]\n", declared + "parameters: [{name: size, value: 2}]\n"),
      "db: input size from size");
  EXPECT_EQ(
      Compare(Db("a: 1", "parameters: [{name: x, value: 1}]\n"), Db("a: 1", "parameters: [{name: y, value: 2}]\n")),
      "");
}

TEST_F(CompareStacksTest, WhatIsDeclaredOfAnInputCounts) {
  const auto body = [](const std::string& more) {
    return "components: [{name: db, source: db, parameters: [{name: a, value: 1" + more + "}]}]\n";
  };
  EXPECT_EQ(Compare(body(""), body(", brief: words")), "");
  for (const char* more : {", env: SIZE", ", var: size", ", sensitive: true", ", empty: allow"})
    EXPECT_EQ(Compare(body(""), body(more)), "db: input a") << more;
  EXPECT_EQ(Compare(Db("a: 1"), Db("a: 1, b: 2")), "db: input b added");
  EXPECT_EQ(Compare(Db("a: 1, b: 2"), Db("b: 2")), "db: input a removed");
}

TEST_F(CompareStacksTest, AnotherProducerOfTheSameNameIsAnotherValue) {
  MakeTerraform("net", {"id"});
  MakeTerraform("db", {"id"});
  const auto body = [](const std::string& depends, const std::string& id) {
    return "components:\n  - {name: net, source: net}\n  - {name: db, source: db}\n"
           "  - {name: api, source: api, depends: [" +
           depends + "], parameters: [{name: id" + id + "}]}\n";
  };
  EXPECT_EQ(Compare(body("net", ""), body("db", "")), "api: input id, key depends");
  EXPECT_EQ(Compare(body("net", ""), body("net", ", value: \"${db:id}\"")), "api: input id");
  EXPECT_EQ(Compare(body("net, db", ""), body("db, net", "")), "api: input id");
}

TEST_F(CompareStacksTest, AFallbackCounts) {
  MakeTerraform("net", {"id"});
  const auto body = [](const std::string& value) {
    return "components:\n  - {name: net, source: net}\n"
           "  - {name: db, source: db, parameters: [{name: id, empty: allow, value: " +
           value + "}]}\nlifecycle: {optional: [net]}\n";
  };
  EXPECT_EQ(Compare(body("a"), body("a")), "");
  EXPECT_EQ(Compare(body("a"), body("b")), "db: input id");
}

TEST_F(CompareStacksTest, Outputs) {
  const auto body = [&](const std::string& outputs, const std::string& size) {
    Write("db/component.yaml", "version: 1\nkind: component\nmeta: {name: db}\noutputs: [" + outputs + "]\n");
    return Stack(
        "components:\n  - {name: net, source: net}\n"
        "  - {name: db, source: db, parameters: {own: 1}}\nparameters: [{name: size, value: " +
        size + "}]\n");
  };
  const auto compare = [&](const std::string& before, const std::string& after, const std::string& size = "1") {
    const std::shared_ptr<StackDocument> old = body(before, "1");
    return Compare(*old, *body(after, size));
  };
  EXPECT_EQ(compare("{name: a}", "{name: a, brief: words}"), "");
  EXPECT_EQ(compare("{name: a}", "{name: a, sensitive: true}"), "db: output a");
  EXPECT_EQ(compare("{name: a}", "{name: a}, {name: b}"), "db: output b added");
  EXPECT_EQ(compare("{name: a}, {name: b}", "{name: b}"), "db: output a removed");
  EXPECT_EQ(compare("{name: a, value: \"${size}\"}", "{name: a, value: \"${size}\"}", "2"), "db: output a from size");
  EXPECT_EQ(compare("{name: a, value: \"x${size}\"}", "{name: a, value: \"x1\"}", "1"), "");
  EXPECT_EQ(compare("{name: a, value: \"${net:x}\"}", "{name: a, value: \"${net:y}\"}"), "db: output a");
  EXPECT_EQ(compare("{name: a, value: \"${own}\"}", "{name: a, value: \"${size}\"}"), "db: output a");
}

TEST_F(CompareStacksTest, AnInputIsToldOnceWhereAnOutputIsMadeFromIt) {
  Write("db/component.yaml",
        "version: 1\nkind: component\nmeta: {name: db}\nparameters: [{name: own}]\noutputs: [{name: a, value: "
        "\"${own}!\"}]\n");
  EXPECT_EQ(Compare(Db("own: 1"), Db("own: 2")), "db: input own");
}

TEST_F(CompareStacksTest, Keys) {
  const auto body = [](const std::string& more) {
    return "components:\n  - {name: net, source: net}\n  - {name: db, source: db" + more + "}\n";
  };
  for (const auto& [more, key] : std::map<std::string, std::string>{{", depends: [net]", "depends"},
                                                                    {", timeout: 5m", "timeout"},
                                                                    {", idempotent: true", "idempotent"},
                                                                    {", always: true", "always"},
                                                                    {", protect: true", "protect"},
                                                                    {", passEnv: [HOME]", "passEnv"},
                                                                    {", inputs: [stack.yaml]", "inputs"},
                                                                    {", requires: [aws]", "requires"},
                                                                    {", provides: [x]", "provides"}})
    EXPECT_EQ(Compare(body(""), body(more)), "db: key " + key);
  EXPECT_EQ(Compare(body(""), body(", provisioner: script")), "");  // it was found to be one
  EXPECT_EQ(Compare(body(""), body(", provisioner: make")), "db: key provisioner");
  EXPECT_EQ(Compare(body(", inputs: [a, b]"), body(", inputs: [b, a]")), "db: key inputs");
  EXPECT_EQ(Compare(body(""), "components:\n  - {name: net, source: ./net/}\n  - {name: db, source: api}\n"),
            "db: key source");
  EXPECT_EQ(Compare(body(""), body("") + "lifecycle: {optional: [db]}\n"), "db: key optional");
}

TEST_F(CompareStacksTest, WhatIsProvidedToWhatIsRequired) {
  const auto body = [](const std::string& provides, const std::string& requirement) {
    return "components:\n  - {name: net, source: net, provides: [" + provides +
           "]}\n  - {name: db, source: db, requires: [" + requirement +
           "]}\n  - {name: api, source: api, depends: [net]}\n";
  };
  EXPECT_EQ(Compare(body("x", "x"), body("x, y", "x")), "net: key provides; db: capabilities");
  EXPECT_EQ(Compare(body("x, y", "x"), body("x, y", "y")), "db: key requires");
}

TEST_F(CompareStacksTest, ConsumersFollowAndComeInDeployOrder) {
  MakeTerraform("net", {"id", "name"});
  MakeTerraform("db", {"id"});
  const std::string rest =
      "  - {name: api, source: api, parameters: {x: \"${db:id}\"}}\n"
      "  - {name: db, source: db, parameters: {n: \"${net:id}-${net:name}\", m: \"${net:id}\"}}\n"
      "  - {name: web, source: api, depends: [net]}\n";
  const std::string before = "components:\n  - {name: net, source: net}\n" + rest;
  EXPECT_EQ(Compare(before, "components:\n  - {name: net, source: net, protect: true}\n" + rest),
            "net: key protect; db: id of net, name of net; api: id of db");
  files_ = {{}, {{Kind::kFile, "db/main.tf", "added"}}};
  EXPECT_EQ(Compare(before, "components:\n  - {name: net, source: net, protect: true}\n" + rest),
            "net: key protect; db: file db/main.tf added, id of net, name of net; api: id of db");
}

TEST_F(CompareStacksTest, AddedAndRemoved) {
  const std::string net = "components:\n  - {name: net, source: net}\n";
  const std::string db = "  - {name: db, source: db}\n";
  const std::string api = "  - {name: api, source: api, parameters: {x: \"${net:id}\"}}\n";
  EXPECT_EQ(Compare(net + db, net + api), "db: removed; api: added");
  EXPECT_EQ(Compare("components: []\n", net + api), "net: added; api: added id of net");
  EXPECT_EQ(Compare(net + api, "components: []\n"), "net: removed; api: removed");
  EXPECT_EQ(Compare(StackDocument(), *Stack(net)), "net: added");
}

TEST_F(CompareStacksTest, ValuesThatDoubleAndDoubleDoNotGrow) {
  std::string parameters = "{name: p0, value: \"${size}\"}";
  for (int i = 1; i < 100; ++i) {
    const std::string last = "${p" + std::to_string(i - 1) + "}";
    parameters += ", {name: p" + std::to_string(i) + ", value: \"" + last + last + "\"}";
  }
  Write("db/component.yaml", "version: 1\nkind: component\nmeta: {name: db}\nparameters: [" + parameters + "]\n");
  const std::string rest = "components: [{name: db, source: db}]\nparameters: [{name: size, value: ";
  const std::string told = Compare(rest + "1}]\n", rest + "2}]\n");
  EXPECT_NE(told.find("input p99 from size"), std::string::npos) << told.substr(0, 1000);
}

}  // namespace
}  // namespace davit::control
