#include <gtest/gtest.h>

#include "model/changes.h"
#include "model/rows.h"
#include "model/stack.h"
#include "model/states.h"
#include "model/value.h"

namespace davit {
namespace {

TEST(States, TableIsThatOfTheSpecification) {
  using S = TaskState;
  const std::pair<S, S> legal[] = {{S::kBlocked, S::kReady},         {S::kReady, S::kLeased},
                                   {S::kLeased, S::kFinished},       {S::kLeased, S::kReady},
                                   {S::kLeased, S::kNeedsReconcile}, {S::kNeedsReconcile, S::kLeased},
                                   {S::kNeedsReconcile, S::kReady},  {S::kNeedsReconcile, S::kFinished},
                                   {S::kLeased, S::kBlocked},        {S::kBlocked, S::kFinished},
                                   {S::kReady, S::kFinished}};
  int count = 0;
  for (int from = 0; from < kTaskStateCount; ++from) {
    for (int to = 0; to < kTaskStateCount; ++to) count += IsLegalTransition(S(from), S(to)) ? 1 : 0;
  }
  EXPECT_EQ(count, 11);
  for (const auto& [from, to] : legal) EXPECT_TRUE(IsLegalTransition(from, to));
}

TEST(States, NamesGoBothWays) {
  EXPECT_EQ(ToString(TaskState::kNeedsReconcile), "needs_reconcile");
  EXPECT_EQ(FromString<TaskState>("needs_reconcile"), TaskState::kNeedsReconcile);
  EXPECT_EQ(FromString<RunResult>("not_reached"), RunResult::kNotReached);
  EXPECT_EQ(FromString<RunKind>("nonsense"), std::nullopt);
}

TEST(Values, TextOfNumbersIsExact) {
  EXPECT_EQ(ToText(json::value(3.0)), "3");
  EXPECT_EQ(ToText(json::value(0.1)), "0.1");
  EXPECT_EQ(ToText(json::value(nullptr)), "");
  EXPECT_EQ(ToText(json::parse("[1,\"a\"]")), "[1,\"a\"]");
}

TEST(Values, SensitiveDataIsLeftOutUnlessAskedFor) {
  const Value secret{json::value("x"), true, false};
  EXPECT_EQ(ToJson(secret, false).contains("value"), false);
  EXPECT_EQ(ValueMapFromJson(ToJson(ValueMap{{"k", secret}})).at("k"), secret);
}

TEST(Values, WhatCountsAsFalse) {
  for (const char* text : {"", "false", "0", "no", "(unknown)"}) EXPECT_FALSE(IsTruthy(json::value(text))) << text;
  EXPECT_FALSE(IsTruthy(json::value(nullptr)));
  EXPECT_FALSE(IsTruthy(json::value(false)));
  EXPECT_TRUE(IsTruthy(json::value("yes")));
}

PlannedChanges SomeChanges() {
  PlannedChanges changes;
  changes.resources = {
      {"a.one", "", "create", "", "i-1", false, {{"id", {}, {nullptr, false, true}, false}}},
      {"a.two",
       "b.two",
       "replace",
       "replace_because_cannot_update",
       "",
       true,
       {{"p", {"old", true, false}, {nullptr, true, true}, true},
        {"tags[\"a.b\"]", {json::parse("[1,1.5,null]"), false, false}, {json::object(), false, false}, false}}},
      {"a.zero", "", "forget", "", "", false, {}}};
  changes.outputs = {{"url", "update", {"a", false, false}, {nullptr, false, true}},
                     {"gone", "delete", {1, true, false}, {}}};
  changes.planned_outputs = {{"url", {nullptr, false, true}}, {"stays", {json::parse("{\"a\":[true]}"), true, false}}};
  return changes;
}

TEST(Changes, GoThroughJsonAndBack) {
  for (const PlannedChanges& changes : {SomeChanges(), PlannedChanges()}) {
    const Result<PlannedChanges> back = PlannedChangesFromJson(json::parse(json::serialize(ToJson(changes))));
    ASSERT_TRUE(back);
    EXPECT_EQ(*back, changes);
  }
}

TEST(Changes, WhatWasNotWrittenHereIsRefused) {
  for (const char* text :
       {"null", "[]", "{}", "\"v\"", R"({"v":1})", R"({"v":2,"resources":[],"outputs":[],"planned_outputs":{}})",
        R"({"v":1,"resources":{},"outputs":[],"planned_outputs":{}})",
        R"({"v":1,"resources":[1],"outputs":[],"planned_outputs":{}})",
        R"({"v":1,"resources":[{}],"outputs":[],"planned_outputs":{}})",
        R"({"v":1,"resources":[{"attributes":[2]}],"outputs":[],"planned_outputs":{}})",
        R"({"v":1,"resources":[],"outputs":["x"],"planned_outputs":{}})",
        R"({"v":1,"resources":[],"outputs":[],"planned_outputs":[]})", R"({"v":1,"resources":[],"outputs":[]})"}) {
    const Result<PlannedChanges> changes = PlannedChangesFromJson(json::parse(text));
    ASSERT_FALSE(changes) << text;
    EXPECT_EQ(changes.error().code, ErrorCode::kInternal) << text;
  }
}

TEST(Changes, OfValuesAreThoseThatDiffer) {
  const ValueMap before = {{"a", {1, false, false}}, {"b", {"x", true, false}}, {"c", {2, false, false}}};
  const ValueMap after = {{"a", {1, false, false}}, {"b", {"y", false, false}}, {"d", {3, false, false}}};
  const std::vector<AttributeChange> changes = DiffValues(before, after);
  ASSERT_EQ(changes.size(), 3u);
  EXPECT_EQ(changes[0], (AttributeChange{"b", {"x", true, false}, {"y", true, false}, false}));
  EXPECT_EQ(changes[1], (AttributeChange{"c", {2, false, false}, {}, false}));
  EXPECT_EQ(changes[2], (AttributeChange{"d", {}, {3, false, false}, false}));
  EXPECT_TRUE(DiffValues(before, before).empty());
}

}  // namespace
}  // namespace davit
