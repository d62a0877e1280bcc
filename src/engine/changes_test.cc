// Change digests as they are for ever, and what an approval covers.
#include "engine/changes.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace davit::engine {
namespace {

constexpr char kKey[] = "a key for tests, of some length";

Value Known(json::value data) {
  return {std::move(data), false, false};
}
Value Unknown() {
  return {nullptr, false, true};
}
Value Secret(json::value data) {
  return {std::move(data), true, false};
}

PlannedChanges Some() {
  PlannedChanges changes;
  changes.resources = {
      {"a.one",
       "",
       "create",
       "",
       "",
       false,
       {{"id", Known(nullptr), Unknown(), false}, {"size", Known(nullptr), Known(3), false}}},
      {"a.two", "", "replace", "", "", false, {{"rule[0].port", Known(80), Known(81), true}}},
      {"a.three", "b.three", "update", "", "", false, {{"password", Secret("old"), Secret("new"), false}}}};
  changes.outputs = {{"url", "update", Known("http://a"), Unknown()}};
  changes.planned_outputs = {{"url", Unknown()}, {"stays", Known(1)}};
  return changes;
}

std::string DigestOfChanges(const PlannedChanges& changes) {
  return ChangeDigest(changes, kKey);
}

TEST(ChangeDigest, IsTheSameForEver) {
  EXPECT_EQ(DigestOfChanges({}), "0dd1a349aa9fe3403ba66f4e6ac5d7d7b9fb1e2b68ae833ba2d98e5906d859b1");
  EXPECT_EQ(DigestOfChanges(Some()), "0b633bbe9cbe516a9370149643d872df5e50479e41dbfc0429f8e84b5b81757a");
}

TEST(ChangeDigest, DoesNotDependOnOrderOrSpelling) {
  PlannedChanges other = Some();
  std::reverse(other.resources.begin(), other.resources.end());
  for (PlannedResource& resource : other.resources)
    std::reverse(resource.attributes.begin(), resource.attributes.end());
  other.resources.back().attributes.front().after = Known(3.0);
  EXPECT_EQ(DigestOfChanges(other), DigestOfChanges(Some()));
  other.resources.front().reason = "because";
  other.planned_outputs.clear();
  EXPECT_EQ(DigestOfChanges(other), DigestOfChanges(Some()));
  PlannedChanges one, two;
  one.outputs = {{"map", "create", Known(nullptr), Known(json::object{{"a", 1}, {"b", json::array{1e3}}})}};
  two.outputs = {{"map", "create", Known(nullptr), Known(json::object{{"b", json::array{1000}}, {"a", 1}})}};
  EXPECT_EQ(DigestOfChanges(one), DigestOfChanges(two));
}

TEST(ChangeDigest, CoversAllThatAPersonSaw) {
  const std::string before = DigestOfChanges(Some());
  const auto differs = [&](auto change) {
    PlannedChanges changes = Some();
    change(changes);
    return DigestOfChanges(changes) != before;
  };
  EXPECT_TRUE(differs([](PlannedChanges& c) { c.resources[0].address = "a.uno"; }));
  EXPECT_TRUE(differs([](PlannedChanges& c) { c.resources[1].action = "update"; }));
  EXPECT_TRUE(differs([](PlannedChanges& c) { c.resources[2].previous_address = ""; }));
  EXPECT_TRUE(differs([](PlannedChanges& c) { c.resources[0].import_id = "x"; }));
  EXPECT_TRUE(differs([](PlannedChanges& c) { c.resources[1].attributes[0].after = Known(82); }));
  EXPECT_TRUE(differs([](PlannedChanges& c) { c.resources[1].attributes[0].before = Known(79); }));
  EXPECT_TRUE(differs([](PlannedChanges& c) { c.resources[1].attributes[0].forces_replacement = false; }));
  EXPECT_TRUE(
      differs([](PlannedChanges& c) { c.resources[0].attributes[0].after = Known(nullptr); }));  // unknown is no null
  EXPECT_TRUE(differs([](PlannedChanges& c) { c.resources[2].attributes[0].after = Secret("newer"); }));
  EXPECT_TRUE(differs([](PlannedChanges& c) { c.resources[2].attributes[0].after = Known("new"); }));
  EXPECT_TRUE(differs([](PlannedChanges& c) { c.outputs[0].after = Known("http://b"); }));
  EXPECT_TRUE(differs([](PlannedChanges& c) { c.outputs.clear(); }));
  EXPECT_NE(ChangeDigest(Some(), "another key"), before);  // what is secret cannot be guessed by trying
}

TEST(Compare, WhatWasUnknownMayBecomeAnything) {
  PlannedChanges now = Some();
  now.resources[0].attributes[0].after = Known("i-1");
  now.outputs[0].after = Known("http://b");
  EXPECT_TRUE(Compare(Some(), now).approved);
  now.outputs.clear();  // and as well come out as it was
  EXPECT_TRUE(Compare(Some(), now).approved);
  PlannedChanges list = Some();
  list.resources[0].attributes[0] = {"tags", Known(nullptr), Unknown(), false};
  now = list;
  now.resources[0].attributes = {{"size", Known(nullptr), Known(3), false},
                                 {"tags.a", Known(nullptr), Known("x"), false},
                                 {"tags[\"b.c\"]", Known(nullptr), Known("y"), false}};
  EXPECT_TRUE(Compare(list, now).approved);
  now.resources[0].attributes.push_back({"tagsy", Known(nullptr), Known("z"), false});
  EXPECT_FALSE(Compare(list, now).approved);
}

TEST(Compare, ShowsOnlyWhatDiffers) {
  PlannedChanges now = Some();
  now.resources[0].attributes[1].after = Known(4);
  Comparison comparison = Compare(Some(), now);
  EXPECT_FALSE(comparison.approved);
  ASSERT_EQ(comparison.difference.resources.size(), 1u);
  ASSERT_EQ(comparison.difference.resources[0].attributes.size(), 1u);
  EXPECT_EQ(comparison.difference.resources[0].attributes[0].path, "size");
  EXPECT_TRUE(comparison.difference.outputs.empty());

  now = Some();
  now.resources[2].action = "replace";
  comparison = Compare(Some(), now);
  ASSERT_EQ(comparison.difference.resources.size(), 1u);
  EXPECT_EQ(comparison.difference.resources[0].address, "a.three");

  now = Some();
  now.resources.erase(now.resources.begin());
  now.resources.push_back({"z.new", "", "create", "", "", false, {}});
  comparison = Compare(Some(), now);
  EXPECT_FALSE(comparison.approved);
  EXPECT_EQ(comparison.gone, std::vector<std::string>{"a.one"});
  ASSERT_EQ(comparison.difference.resources.size(), 1u);
  EXPECT_EQ(comparison.difference.resources[0].address, "z.new");

  now = Some();
  now.resources[2].attributes.clear();  // what was shown to change stays as it is
  EXPECT_FALSE(Compare(Some(), now).approved);
  now = Some();
  now.resources[0].attributes[1].forces_replacement = true;
  EXPECT_FALSE(Compare(Some(), now).approved);
}

TEST(Bounds, ASubsetAndOnlyCreations) {
  PlannedChanges part = Some();
  part.resources.pop_back();
  part.outputs.clear();
  EXPECT_TRUE(IsSubset(part, Some()));
  EXPECT_FALSE(IsSubset(Some(), part));
  EXPECT_FALSE(OnlyCreates(Some()));
  part.resources.resize(1);
  EXPECT_TRUE(OnlyCreates(part));
  part.resources[0].import_id = "x";
  EXPECT_FALSE(OnlyCreates(part));
}

}  // namespace
}  // namespace davit::engine
