#include "model/state_file.h"

#include <gtest/gtest.h>

namespace davit {
namespace {

constexpr char kState[] = R"({"version":4,"terraform_version":"1.11.4","serial": 7,"lineage":"l-1","outputs":{
  "id":{"value":"x","type":"string"},"serial":{"value":1,"type":"number"},"pw":{"value":"s3","type":"string","sensitive":true}},
 "resources":[
  {"mode":"managed","type":"terraform_data","name":"a","instances":[{"status":"tainted","attributes":
    {"id":"1","input":{"value":{"user":"u","pw":"p1"},"type":["object",{"user":"string","pw":"string"}]},"tags":{"a b":"c","d":null},
     "rule":[{"port":80}],"none":[],"big":12345678901234567890123},
    "sensitive_attributes":[[{"type":"get_attr","value":"input"},{"type":"get_attr","value":"pw"}],
                            [{"type":"get_attr","value":"rule"},{"type":"index","value":{"value":0,"type":"number"}}]]}]},
  {"mode":"data","type":"http","name":"c","instances":[{"attributes":{"id":"z"}}]}]})";

StateFile Read(std::string_view text) {
  Result<StateFile> state = ReadStateFile(text, StateDetail::kAttributes);
  EXPECT_TRUE(state) << state.error().message;
  return state ? *state : StateFile{};
}

std::string Replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

TEST(StateFile, HidesWhatTheToolCallsSensitive) {
  const StateFile state = Read(kState);
  ASSERT_EQ(state.resources.size(), 2u);
  EXPECT_EQ(state.CountManaged(), 1);
  EXPECT_EQ(state.resources[1].address, "data.http.c");
  EXPECT_TRUE(state.resources[0].tainted);
  const ValueMap& attributes = state.resources[0].attributes;
  EXPECT_EQ(attributes.at("input.user").data, "u");
  EXPECT_FALSE(attributes.at("input.user").sensitive);
  EXPECT_TRUE(attributes.at("input.pw").sensitive);
  EXPECT_TRUE(attributes.at("rule[0].port").sensitive);
  EXPECT_EQ(attributes.at("tags[\"a b\"]").data, "c");
  EXPECT_TRUE(attributes.at("tags.d").data.is_null());
  EXPECT_EQ(attributes.at("none").data, json::array());
  EXPECT_TRUE(state.outputs.at("pw").sensitive);
}

TEST(StateFile, PathsThatCannotBeReadHideMore) {
  const StateFile state =
      Read(Replaced(kState, R"({"type":"get_attr","value":"pw"})", R"({"type":"new_kind","value":{"a":1}})"));
  EXPECT_TRUE(state.resources[0].attributes.at("input.user").sensitive);
}

TEST(StateFile, DifferencesAreByAttribute) {
  const StateFile before = Read(kState);
  EXPECT_TRUE(DiffStates(before, before).empty());
  std::string text = Replaced(kState, R"("p1")", R"("p2")");
  text = Replaced(text, R"("value":"x")", R"("value":"y")");
  PlannedChanges changes = DiffStates(before, Read(text));
  ASSERT_EQ(changes.resources.size(), 1u);
  EXPECT_EQ(changes.resources[0].action, "update");
  ASSERT_EQ(changes.resources[0].attributes.size(), 1u);
  EXPECT_EQ(changes.resources[0].attributes[0].path, "input.pw");
  EXPECT_TRUE(changes.resources[0].attributes[0].after.sensitive);
  ASSERT_EQ(changes.outputs.size(), 1u);
  EXPECT_EQ(changes.outputs[0].after.data, "y");
  changes = DiffStates(StateFile{}, before);
  ASSERT_EQ(changes.resources.size(), 1u);
  EXPECT_EQ(changes.resources[0].action, "create");
  EXPECT_EQ(DiffStates(before, StateFile{}).resources[0].action, "delete");
  // A value that loses its mark stays hidden.
  changes = DiffStates(
      before, Read(Replaced(text, R"([{"type":"get_attr","value":"input"},{"type":"get_attr","value":"pw"}],)", "")));
  EXPECT_TRUE(changes.resources[0].attributes[0].before.sensitive);
  EXPECT_TRUE(changes.resources[0].attributes[0].after.sensitive);
}

TEST(StateFile, OnlyTheSerialChanges) {
  const Result<std::string> changed = WithSerial(kState, 41);
  ASSERT_TRUE(changed);
  EXPECT_EQ(*changed, Replaced(kState, "\"serial\": 7", "\"serial\": 41"));
  EXPECT_EQ(Read(*changed).serial, 41);
  EXPECT_EQ(*WithSerial(R"({"a":"serial","x":{"serial":1},"q":"\"serial\":5","serial" : 9})", 10),
            R"({"a":"serial","x":{"serial":1},"q":"\"serial\":5","serial" : 10})");
  EXPECT_FALSE(WithSerial("{}", 1));
  EXPECT_FALSE(WithSerial("", 1));
}

}  // namespace
}  // namespace davit
