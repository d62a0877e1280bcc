// What `terraform show -json` says of a plan, read from texts.
#include "drivers/terraform/plan_json.h"

#include <gtest/gtest.h>

namespace davit::drivers {
namespace {

Value Known(json::value data) {
  return {std::move(data), false, false};
}
Value Secret(json::value data) {
  return {std::move(data), true, false};
}
const Value kUnknown{nullptr, false, true};
const Value kNothing;

/// An account of these changes of resources, with more of the top level's members.
std::string Account(const std::string& resources, const std::string& more = "") {
  return R"({"format_version":"1.2","resource_changes":[)" + resources + "]" + more + "}";
}
/// A resource t.x with these members of its change.
std::string Resource(const std::string& change, const std::string& more = "") {
  return R"({"address":"t.x","mode":"managed","change":{)" + change + "}" + more + "}";
}

PlannedChanges Parsed(const std::string& text) {
  const Result<PlannedChanges> changes = ParsePlan(text);
  EXPECT_TRUE(changes) << (changes ? "" : changes.error().message);
  return changes.value_or(PlannedChanges());
}
PlannedResource One(const std::string& change, const std::string& more = "") {
  const PlannedChanges changes = Parsed(Account(Resource(change, more)));
  EXPECT_EQ(changes.resources.size(), 1u);
  return changes.resources.empty() ? PlannedResource() : changes.resources[0];
}
using Attributes = std::vector<AttributeChange>;
/// Of an update.
Attributes Update(const std::string& before, const std::string& after, const std::string& more = "") {
  return One(R"("actions":["update"],"before":)" + before + R"(,"after":)" + after + more).attributes;
}

TEST(ParsePlan, ACreationNamesWhatIsSetAndWhatIsUnknown) {
  const PlannedResource resource =
      One(R"("actions":["create"],"before":null,"after":{"input":"a","nothing":null,"tags":{}},
    "after_unknown":{"id":true,"output":true,"tags":{}},"before_sensitive":false,"after_sensitive":{"tags":{}})");
  EXPECT_EQ(resource.address, "t.x");
  EXPECT_EQ(resource.action, "create");
  EXPECT_FALSE(resource.create_before_destroy);
  EXPECT_EQ(resource.attributes, (Attributes{{"id", kNothing, kUnknown, false},
                                             {"input", kNothing, Known("a"), false},
                                             {"output", kNothing, kUnknown, false},
                                             {"tags", kNothing, Known(json::object()), false}}));
}

TEST(ParsePlan, AnUpdateNamesWhatDiffers) {
  EXPECT_EQ(Update(R"({"id":"1","size":1,"on":true,"gone":"x"})", R"({"id":"1","size":2,"on":true,"gone":null})"),
            (Attributes{{"gone", Known("x"), kNothing, false}, {"size", Known(1), Known(2), false}}));
  EXPECT_EQ(Update(R"({"size":1})", R"({})", R"(,"after_unknown":{"size":true})"),
            (Attributes{{"size", Known(1), kUnknown, false}}));
}

TEST(ParsePlan, AReplacementNamesWhatForcesIt) {
  const std::string sides = R"("before":{"id":"1","image":{"name":"a","tag":"1"},"rule":[{"port":80}]},
    "after":{"image":{"name":"b","tag":"1"},"rule":[{"port":81}]},"after_unknown":{"id":true})";
  PlannedResource resource =
      One(R"("actions":["delete","create"],"replace_paths":[["image"],["rule",0,"port"]],)" + sides,
          R"(,"action_reason":"replace_because_cannot_update")");
  EXPECT_EQ(resource.action, "replace");
  EXPECT_EQ(resource.reason, "replace_because_cannot_update");
  EXPECT_FALSE(resource.create_before_destroy);
  EXPECT_EQ(resource.attributes, (Attributes{{"id", Known("1"), kUnknown, false},
                                             {"image.name", Known("a"), Known("b"), true},
                                             {"rule[0].port", Known(80), Known(81), true}}));
  resource = One(R"("actions":["create","delete"],"replace_paths":[["id"]],)" + sides);
  EXPECT_EQ(resource.action, "replace");
  EXPECT_TRUE(resource.create_before_destroy);
  EXPECT_TRUE(resource.attributes[0].forces_replacement);
  EXPECT_EQ(One(R"("actions":["create","forget"],)" + sides).action, "replace");
}

TEST(ParsePlan, WhatForcesInsideOfAWholeIsNotLost) {
  const Attributes attributes =
      Update(R"({"image":{"name":"a"},"imageless":1})", R"({"image":{"name":"b"},"imageless":2})",
             R"(,"after_sensitive":{"image":true},"replace_paths":[["image","name"]])");
  EXPECT_EQ(attributes,
            (Attributes{{"image", Secret(json::object{{"name", "a"}}), Secret(json::object{{"name", "b"}}), true},
                        {"imageless", Known(1), Known(2), false}}));
}

TEST(ParsePlan, ListsAndMapsAreNamedByTheirLeaves) {
  EXPECT_EQ(Update(R"({"m":{"a":{"b":[1,{"c":1}]}}})", R"({"m":{"a":{"b":[1,{"c":2}]}}})"),
            (Attributes{{"m.a.b[1].c", Known(1), Known(2), false}}));
  EXPECT_EQ(Update(R"({"l":[1,2,3]})", R"({"l":[1,4]})"),
            (Attributes{{"l[1]", Known(2), Known(4), false}, {"l[2]", Known(3), kNothing, false}}));
  EXPECT_EQ(Update(R"({"l":[]})", R"({"l":[null,"x"]})", R"(,"after_unknown":{"l":[true,false]})"),
            (Attributes{{"l[0]", kNothing, kUnknown, false}, {"l[1]", kNothing, Known("x"), false}}));
  EXPECT_EQ(Update(R"({"l":[],"m":{}})", R"({"l":null,"m":{"a":1}})"),
            (Attributes{{"l", Known(json::array()), kNothing, false}, {"m.a", kNothing, Known(1), false}}));
}

TEST(ParsePlan, KeysThatAreNoIdentifiersAreQuoted) {
  EXPECT_EQ(Update(R"({"tags":{}})", R"({"tags":{"a.b":1,"a_b-c":2,"":3,"0":4,"q\"${x}":5}})"),
            (Attributes{{"tags.a_b-c", kNothing, Known(2), false},
                        {R"(tags[""])", kNothing, Known(3), false},
                        {R"(tags["0"])", kNothing, Known(4), false},
                        {R"(tags["a.b"])", kNothing, Known(1), false},
                        {R"(tags["q\"\u0024{x}"])", kNothing, Known(5), false}}));
  const Attributes forced =
      Update(R"({"tags":{"a.b":["x"]}})", R"({"tags":{"a.b":["y"]}})", R"(,"replace_paths":[["tags","a.b",0]])");
  EXPECT_EQ(forced, (Attributes{{R"(tags["a.b"][0])", Known("x"), Known("y"), true}}));
}

TEST(ParsePlan, AValueThatBecomesOneOfAnotherKindIsShownAsAWhole) {
  EXPECT_EQ(Update(R"({"input":"a"})", R"({"input":{"a":1}})"),
            (Attributes{{"input", Known("a"), Known(json::object{{"a", 1}}), false}}));
  EXPECT_EQ(Update(R"({"input":[1]})", R"({"input":{"a":1}})"),
            (Attributes{{"input", Known(json::array{1}), Known(json::object{{"a", 1}}), false}}));
  // Its marks are inside of it: they are those of the whole.
  EXPECT_EQ(
      Update(R"({"input":{"password":"p"}})", R"({"input":"a"})", R"(,"before_sensitive":{"input":{"password":true}})"),
      (Attributes{{"input", Secret(json::object{{"password", "p"}}), Secret("a"), false}}));
  EXPECT_EQ(Update(R"({"input":"a"})", R"({"input":{"b":1}})", R"(,"after_unknown":{"input":{"a":true}})"),
            (Attributes{{"input", Known("a"), kUnknown, false}}));
}

TEST(ParsePlan, WhatIsSensitiveOnOneSideIsSoOnBoth) {
  EXPECT_EQ(Update(R"({"input":{"a":1,"b":{"c":"old"}}})", R"({"input":{"a":2,"b":{"c":"new"}}})",
                   R"(,"before_sensitive":{"input":{"b":true}},"after_sensitive":{"input":{"b":{}}})"),
            (Attributes{{"input.a", Known(1), Known(2), false},
                        {"input.b", Secret(json::object{{"c", "old"}}), Secret(json::object{{"c", "new"}}), false}}));
  EXPECT_EQ(Update(R"({"l":["a","b"]})", R"({"l":["b","a"]})",
                   R"(,"before_sensitive":{"l":[true,false]},"after_sensitive":{"l":[false,false]})"),
            (Attributes{{"l[0]", Secret("a"), Secret("b"), false}, {"l[1]", Known("b"), Known("a"), false}}));
  EXPECT_EQ(Update(R"({"p":null,"q":"old"})", R"({"p":"new","q":null})",
                   R"(,"before_sensitive":{"q":true},"after_sensitive":{"p":true})"),
            (Attributes{{"p", kNothing, Secret("new"), false}, {"q", Secret("old"), kNothing, false}}))
      << "what is not there hides nothing";
  const Value unknown_secret{nullptr, true, true};
  EXPECT_EQ(Update(R"({"p":"old"})", R"({})", R"(,"after_unknown":{"p":true},"before_sensitive":{"p":true})"),
            (Attributes{{"p", Secret("old"), unknown_secret, false}}));
}

TEST(ParsePlan, AValueThatBecomesSensitiveIsAChange) {
  EXPECT_EQ(Update(R"({"p":"same","q":"same"})", R"({"p":"same","q":"same"})",
                   R"(,"before_sensitive":{},"after_sensitive":{"p":true})"),
            (Attributes{{"p", Secret("same"), Secret("same"), false}}));
  EXPECT_EQ(
      Update(R"({"p":"same"})", R"({"p":"same"})", R"(,"before_sensitive":{"p":true},"after_sensitive":{"p":true})"),
      Attributes{});
  // One that comes or goes is no more than that.
  EXPECT_EQ(Update(R"({"p":null})", R"({"p":null})", R"(,"after_sensitive":{"p":true})"), Attributes{});
}

TEST(ParsePlan, MarksOfAWholeResourceAreThoseOfItsAttributes) {
  EXPECT_EQ(Update(R"({"p":"a"})", R"({"p":"b"})", R"(,"after_sensitive":true)"),
            (Attributes{{"p", Secret("a"), Secret("b"), false}}));
}

TEST(ParsePlan, WhatIsTooDeepIsComparedAsAWholeWithItsMarks) {
  std::string before = "1", after = "2", mark = "true";
  for (int i = 0; i < 100; ++i) {
    before = R"({"a":)" + before + "}";
    after = R"({"a":)" + after + "}";
    mark = R"({"a":)" + mark + "}";
  }
  const Attributes attributes = Update(before, after, R"(,"after_sensitive":)" + mark);
  ASSERT_EQ(attributes.size(), 1u);
  EXPECT_TRUE(attributes[0].before.sensitive);
  EXPECT_TRUE(attributes[0].after.sensitive);
  EXPECT_FALSE(Update(before, after)[0].after.sensitive);
}

TEST(ParsePlan, MovedImportedForgottenReadAndDeposed) {
  const std::string same = R"("before":{"id":"1"},"after":{"id":"1"})";
  PlannedResource resource = One(R"("actions":["no-op"],)" + same, R"(,"previous_address":"t.old")");
  EXPECT_EQ(resource.action, "no-op");
  EXPECT_EQ(resource.previous_address, "t.old");
  EXPECT_TRUE(resource.attributes.empty());
  resource = One(R"("actions":["no-op"],"importing":{"id":"i-1"},)" + same);
  EXPECT_EQ(resource.import_id, "i-1");
  EXPECT_EQ(One(R"("actions":["update"],"importing":{"identity":{"a":1}},)" + same).import_id, "its identity");
  EXPECT_EQ(One(R"("actions":["create"],"importing":{"unknown":true},)" + same).import_id, "not known yet");
  resource = One(R"("actions":["forget"],"before":{"id":"1"},"after":null)");
  EXPECT_EQ(resource.action, "forget");
  EXPECT_EQ(resource.attributes, (Attributes{{"id", Known("1"), kNothing, false}}));
  resource = One(R"("actions":["read"],"before":null,"after":{"q":"a"},"after_unknown":{"answer":true})",
                 R"(,"action_reason":"read_because_config_unknown")");
  EXPECT_EQ(resource.action, "read");
  EXPECT_EQ(resource.attributes.size(), 2u);

  // The instance that is there, and one that an earlier replacement left behind.
  const std::string change = R"("change":{"actions":["delete"],"before":{"id":"1"},"after":null}})";
  const PlannedChanges changes =
      Parsed(Account(R"({"address":"t.x","deposed":"ab12",)" + change + R"(,{"address":"t.x",)" + change));
  ASSERT_EQ(changes.resources.size(), 2u);
  EXPECT_EQ(changes.resources[0].address, "t.x");
  EXPECT_EQ(changes.resources[1].address, "t.x (deposed ab12)");
}

TEST(ParsePlan, WhatStaysIsLeftOutAndTheRestIsSorted) {
  const auto resource = [](const std::string& address, const std::string& action) {
    return R"({"address":")" + address + R"(","change":{"actions":[")" + action + R"("],"before":null,"after":null}})";
  };
  const PlannedChanges changes =
      Parsed(Account(resource("b", "create") + "," + resource("c", "no-op") + "," + resource("a", "create")));
  ASSERT_EQ(changes.resources.size(), 2u);
  EXPECT_EQ(changes.resources[0].address, "a");
  EXPECT_EQ(changes.resources[1].address, "b");
  EXPECT_TRUE(Parsed(Account(resource("c", "no-op"))).empty());
  EXPECT_TRUE(Parsed(R"({"format_version":"1.9"})").empty());
  EXPECT_FALSE(ParsePlan(Account(resource("a", "create") + "," + resource("a", "delete"))));
}

TEST(ParsePlan, OutputsKnownUnknownSensitiveAndGone) {
  const PlannedChanges changes = Parsed(Account("", R"(,"output_changes":{
    "url":{"actions":["update"],"before":"a","after":"b","after_unknown":false,"before_sensitive":false,"after_sensitive":false},
    "id":{"actions":["create"],"before":null,"after_unknown":true,"before_sensitive":false,"after_sensitive":false},
    "partly":{"actions":["create"],"before":null,"after":{"a":1},"after_unknown":{"b":true}},
    "password":{"actions":["update"],"before":"o","after":"n","after_unknown":false,"before_sensitive":true,"after_sensitive":true},
    "token":{"actions":["update"],"before":"o","after_unknown":true,"before_sensitive":false,"after_sensitive":true},
    "old":{"actions":["delete"],"before":[1],"after":null,"after_unknown":false},
    "stays":{"actions":["no-op"],"before":1,"after":1,"after_unknown":false}},
    "planned_values":{"outputs":{
    "url":{"sensitive":false,"type":"string","value":"b"},"id":{"sensitive":false},
    "partly":{"sensitive":false,"value":{"a":1}},"password":{"sensitive":true,"value":"n"},"token":{"sensitive":true},
    "stays":{"sensitive":false,"type":"number","value":1},"null":{"sensitive":false,"value":null}}})"));
  const Value unknown_secret{nullptr, true, true};
  EXPECT_EQ(changes.outputs, (std::vector<OutputChange>{{"id", "create", kNothing, kUnknown},
                                                        {"old", "delete", Known(json::array{1}), kNothing},
                                                        {"partly", "create", kNothing, kUnknown},
                                                        {"password", "update", Secret("o"), Secret("n")},
                                                        {"token", "update", Secret("o"), unknown_secret},
                                                        {"url", "update", Known("a"), Known("b")}}));
  EXPECT_EQ(changes.planned_outputs, (ValueMap{{"id", kUnknown},
                                               {"null", kNothing},
                                               {"partly", kUnknown},
                                               {"password", Secret("n")},
                                               {"stays", Known(1)},
                                               {"token", unknown_secret},
                                               {"url", Known("b")}}));
}

TEST(ParsePlan, WhatCannotBeReadIsRefused) {
  const auto refused = [](const std::string& text) {
    const Result<PlannedChanges> changes = ParsePlan(text);
    return changes ? std::string() : changes.error().message;
  };
  EXPECT_NE(refused(R"({"format_version":"1.2","errored":true})").find("the plan ended with errors"),
            std::string::npos);
  EXPECT_NE(refused(R"({"format_version":"2.0"})").find("its format is '2.0', not 1.x"), std::string::npos);
  for (const std::string& text :
       {std::string(), std::string("null"), std::string("[]"), std::string("{}"),
        std::string(R"({"format_version":1.2})"), std::string(R"({"format_version":"10"})"),
        std::string(R"({"format_version":"1.2",)"), Account("1"), Account("{}"), Account(R"({"address":"t.x"})"),
        Account(R"({"change":{"actions":["create"]}})"), Account(Resource(R"("actions":[])")),
        Account(Resource(R"("actions":["create","create"])")), Account(Resource(R"("actions":"create")"))}) {
    EXPECT_NE(refused(text), "") << text;
    EXPECT_EQ(ParsePlan(text).error().code, ErrorCode::kInvalidInput) << text;
  }
}

}  // namespace
}  // namespace davit::drivers
