#include <gtest/gtest.h>

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

}  // namespace
}  // namespace davit
