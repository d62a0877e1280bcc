#include "hub/state_file.h"

#include <gtest/gtest.h>

namespace davit::hub {
namespace {

StateFile Parsed(const std::string& text) {
  SourceMap map;
  Result<StateFile> state = ParseStateFile(map, map.AddFile("hub.yaml.state", text));
  if (!state) throw std::runtime_error(RenderError(&map, state.error(), false));
  return *std::move(state);
}

std::string Refused(const std::string& text) {
  SourceMap map;
  const Result<StateFile> state = ParseStateFile(map, map.AddFile("hub.yaml.state", text));
  return state ? "" : RenderError(&map, state.error(), false);
}

/// As hubctl writes it: nanoseconds, an offset, typed values, a cumulative list.
constexpr const char* kFile = R"(version: 1
kind: state
timestamp: 2024-01-02T05:04:05.123456789+02:00
status: deployed
meta:
  kind: stack
  name: demo:1
lifecycle:
  order:
  - db
  - app
stackParameters:
- name: n
  value: 3
- component: app
  name: list
  value:
  - 1
  - two
- name: quoted
  value: "42"
  env: QUOTED
- name: none
  value: null
capturedOutputs:
- component: db
  componentOrigin: postgresql
  componentKind: postgresql
  name: password
  value: s3cret
  kind: secret
stackOutputs:
- name: db:host
  value: h
  brief: where
provides:
  sql:
  - db
components:
  app:
    timestamp: 2024-01-02T03:04:05Z
    timestamps:
      start: 2024-01-02T03:04:00Z
      end: 2024-01-02T03:04:05.5Z
    status: error
    version: 1.2.3
    message: |-
      it failed:
      twice
    marker: {kept: [1, "2"]}
  db:
    status: deployed
    meta:
      origin: postgresql
      title: Database
    parameters:
    - name: size
      value: 5
    rawOutputs:
    - name: port
      value: "5432"
operations:
- id: 5e1c
  operation: deploy
  timestamp: 2024-01-02T03:04:05Z
  status: success
  options:
    args:
    - hub
    - -e
    - A=b
  initiator: ann
  phases:
  - phase: db
    status: success
of-another-version: yes
)";

TEST(StateFile, ReadsWhatHubctlWrites) {
  const StateFile state = Parsed(kFile);
  EXPECT_EQ(FormatTime(state.timestamp), "2024-01-02T03:04:05.123Z");
  EXPECT_EQ(state.meta_name, "demo:1");
  EXPECT_EQ(state.order, (std::vector<std::string>{"db", "app"}));
  ASSERT_EQ(state.stack_parameters.size(), 4u);
  EXPECT_EQ(state.stack_parameters[0].value, json::value(3));
  EXPECT_EQ(state.stack_parameters[1].QualifiedName(), "list|app");
  EXPECT_EQ(state.stack_parameters[1].value, (json::array{1, "two"}));
  EXPECT_EQ(state.stack_parameters[2].value, json::value("42"));
  EXPECT_TRUE(state.stack_parameters[3].value.is_null());
  EXPECT_EQ(state.captured_outputs[0]->QualifiedName(), "db:password");
  EXPECT_EQ(state.captured_outputs[0]->kind, "secret");
  EXPECT_EQ(state.provides.at("sql"), std::vector<std::string>{"db"});
  const ComponentState& app = *state.Find("app");
  EXPECT_EQ(app.end - app.start, 5500);
  EXPECT_EQ(app.meta.version, "1.2.3") << "where an older hubctl wrote it";
  EXPECT_EQ(app.message, "it failed:\ntwice");
  EXPECT_EQ(state.Find("db")->raw_outputs[0].value, "5432");
  EXPECT_EQ(state.operations[0].phases[0].status, "success");
  EXPECT_EQ(state.Find("other"), nullptr);
}

TEST(StateFile, WhatIsWrittenIsReadBackAlikeAndStaysSo) {
  const std::string once = WriteStateFile(Parsed(kFile));
  EXPECT_EQ(WriteStateFile(Parsed(once)), once);
  EXPECT_NE(once.find("    marker:\n      kept:\n      - 1\n      - \"2\"\n"), std::string::npos) << once;
  EXPECT_NE(once.find("of-another-version: \"yes\"\n"), std::string::npos) << once;
  EXPECT_NE(once.find("- name: quoted\n  value: \"42\"\n  env: QUOTED\n"), std::string::npos) << once;
  EXPECT_NE(once.find("- name: list\n  component: app\n  value:\n  - 1\n  - two\n"), std::string::npos) << once;
}

TEST(StateFile, ALargeOneIsReadAlike) {
  const std::string ours = WriteStateFile(Parsed(kFile));
  const std::string repeated =
      "version: 1\nkind: state\nmessage: |\n  components:\n      capturedOutputs:\n      - name: text\n"
      "capturedOutputs:\n- component: a\n  name: x\n  value: |\n    l1\n\n    l2\n- component: b\n  name: x\n  value: "
      "[1, 2]\ncomponents:\n"
      "  a:\n    capturedOutputs:\n    - component: a\n      name: x\n      value: |\n        l1\n\n        l2\n    "
      "status: deployed\n"
      "  b:\n    capturedOutputs:\n    - component: a\n      name: x\n      value: |\n        l1\n\n        l2\n    - "
      "component: b\n      name: x\n"
      "      value: [1, 2]\n  c: {capturedOutputs: [{name: flow, value: 1}]}\noperations:\n- id: o\n  logs: |\n    "
      "capturedOutputs:\n    - name: log\n";
  for (const std::string& text : {std::string(kFile), ours, repeated, std::string("kind: state\nversion: 1")}) {
    SourceMap map;
    const StateFile large = ParseStateFile(map, map.AddFile("state", text), 0).value();
    EXPECT_EQ(WriteStateFile(large), WriteStateFile(Parsed(text)));
  }
  SourceMap map;
  const StateFile large = ParseStateFile(map, map.AddFile("state", repeated), 0).value();
  EXPECT_EQ(large.Find("a")->captured_outputs[0], large.Find("b")->captured_outputs[0]) << "one entry, not two";
  // What is wrong has its place all the same.
  const Result<StateFile> broken = ParseStateFile(
      map, map.AddFile("bad", "kind: state\nversion: 1\ncapturedOutputs:\n- name: a\n  value: 1\n- value: 2\n"), 0);
  ASSERT_FALSE(broken);
  EXPECT_EQ(map.Locate(broken.error().position).line, 6u);
}

TEST(StateFile, TextStaysTextWhateverIsInIt) {
  StateFile state;
  for (const char* text : {"",           " ",        "yes",
                           "NULL",       "0x1f",     "1:20",
                           "2024-01-02", "- a",      "a: b",
                           "a #b",       "a:",       "#",
                           "&a",         "*a",       "!t",
                           "%",          "\"",       "'",
                           "\\",         "\x01",     "\t",
                           "\x7f",       "l1\nl2\n", "é \xe2\x80\xa8 \xf0\x9f\x98\x80",
                           "{a}",        "[a]",      "~",
                           "=",          "<<",       ".5",
                           "+1",         "a, b",     "http://h:80/?a=b&c",
                           "on",         "1e3",      "---",
                           "..."})
    state.stack_parameters.push_back({"", "p", text, ""});
  state.stack_parameters.push_back({"", "map", json::object{{"a: b", "yes"}, {"n", nullptr}, {"t", true}}, ""});
  for (const double number : {1.5, 1e20, 1.5e-7}) state.stack_parameters.push_back({"", "n", number, ""});
  const std::string written = WriteStateFile(state);
  const StateFile back = Parsed(written);
  ASSERT_EQ(back.stack_parameters.size(), state.stack_parameters.size());
  for (size_t i = 0; i < state.stack_parameters.size(); ++i)
    EXPECT_EQ(back.stack_parameters[i].value, state.stack_parameters[i].value) << written;
}

TEST(StateFile, SaysWhereItIsWrong) {
  EXPECT_NE(Refused("kind: stack\n").find("its kind is not 'state'\n --> hub.yaml.state:1:7"), std::string::npos)
      << Refused("kind: stack\n");
  EXPECT_NE(Refused("").find("is no state file"), std::string::npos);
  EXPECT_NE(Refused("kind: state\nversion: 2\n").find("hub.yaml.state:2:10"), std::string::npos);
  EXPECT_NE(Refused("kind: state\nversion: 1\ncomponents: [a]\n").find("'components' is a map"), std::string::npos);
  EXPECT_NE(Refused("kind: state\nversion: 1\ncomponents:\n  a:\n    parameters:\n    - value: 1\n")
                .find("this parameter has no name\n --> hub.yaml.state:6:7"),
            std::string::npos);
  EXPECT_NE(Refused("kind: state\nversion: 1\ntimestamp: soon\n").find("'timestamp' is a time like"),
            std::string::npos);
  EXPECT_NE(Refused("kind: state\n a: b\n").find("hub.yaml.state:2"), std::string::npos);
  EXPECT_EQ(Refused("kind: state\nversion: 1\ncomponents:\noperations: ~\ntimestamp: 0001-01-01T00:00:00Z\n"), "");
}

TEST(StateFile, Times) {
  EXPECT_EQ(ParseTime("1970-01-01T00:00:01Z"), 1000);
  EXPECT_EQ(ParseTime("1970-01-01T02:00:00.25+01:30"), 1800250);
  EXPECT_EQ(ParseTime("1970-01-01"), 0);
  EXPECT_EQ(ParseTime("1970-01-01T00:00:01"), 0);
  EXPECT_EQ(ParseTime("1970-01-01T00:00:01Zx"), 0);
  EXPECT_EQ(FormatTime(1000), "1970-01-01T00:00:01Z");
  EXPECT_EQ(FormatTime(1050), "1970-01-01T00:00:01.05Z");
}

}  // namespace
}  // namespace davit::hub
