// `moved`: what it says, and everything that can be wrong with it before anything is known of what stands.
#include <gtest/gtest.h>

#include "manifest/test_source.h"

namespace davit::manifest {
namespace {

using Names = std::vector<std::string>;

constexpr char kTwo[] = "components: [{name: b, source: ok}, {name: d, source: ok}]\n";

std::string Said(const std::string& moved, const std::string& components = kTwo) {
  return LoadBody(components + moved).Said();
}

TEST(Moved, OneEntryARename) {
  const Loaded loaded =
      LoadBody(std::string(kTwo) + "moved:\n  - {from: a, to: b}\n  - null\n  - {from: c.1, to: d}\n");
  ASSERT_EQ(loaded.Said(), "");
  const Stack& stack = *loaded.stack;
  ASSERT_EQ(stack.moved.size(), 2u);
  EXPECT_EQ(stack.moved[1].from, "c.1");
  EXPECT_EQ(stack.moved[1].to, "d");
  EXPECT_EQ(loaded.map.Locate(stack.moved[0].from_pos).line, 5u);
  EXPECT_EQ(stack.FormerNames("b"), (Names{"a"}));
  EXPECT_EQ(stack.FormerNames("x"), (Names{}));
  EXPECT_EQ(stack.NewName("a"), "b");
  EXPECT_EQ(stack.NewName("b"), "");
  EXPECT_EQ(Said("moved: []\n"), "");
  EXPECT_EQ(Said("moved:\n"), "");
}

TEST(Moved, RenamesMayFollowEachOther) {
  const Loaded loaded = LoadBody(std::string(kTwo) + "moved: [{from: two, to: b}, {from: one, to: two}]\n");
  ASSERT_EQ(loaded.Said(), "");
  EXPECT_EQ(loaded.stack->FormerNames("b"), (Names{"two", "one"}));
  EXPECT_EQ(loaded.stack->NewName("one"), "b");
  EXPECT_EQ(loaded.stack->NewName("two"), "b");
}

TEST(Moved, ShapesAndMissingKeys) {
  EXPECT_EQ(Said("moved: {a: b}\n"),
            "error stack.yaml:4:8 moved must be a list, not a mapping [begin every item with '- ' on a line of its own "
            "below moved:]\n");
  EXPECT_EQ(
      Said("moved: [a]\n"),
      "error stack.yaml:4:9 an entry of moved must be a mapping, not the text \"a\" [write it as 'key: value']\n");
  EXPECT_EQ(Said("moved: [{from: a}]\n"),
            "error stack.yaml:4:9 an entry of moved has no to [write it as {from: OLD, to: NEW}]\n");
  EXPECT_EQ(Said("moved: [{to: b, from: ''}]\n"),
            "error stack.yaml:4:9 an entry of moved has no from [write it as {from: OLD, to: NEW}]\n");
  EXPECT_EQ(Said("moved: [{from: [a], to: b}]\n"), "error stack.yaml:4:16 from must be a text, not a list\n");
  EXPECT_EQ(Said("moved: [{form: a, from: a, to: b}]\n"),
            "warning(unknown-key) stack.yaml:4:10 unknown key 'form' of an entry of moved [did you mean 'from'?]\n");
}

TEST(Moved, NamesHaveToBeNames) {
  EXPECT_EQ(Said("moved: [{from: ../x, to: b}]\n"),
            "error stack.yaml:4:16 moved: '../x' cannot be the name of a component [use at most 128 letters, digits "
            "and - _ . "
            "and begin with a letter or digit]\n");
  EXPECT_EQ(
      Said("moved: [{from: a, to: 'b b'}]\n"),
      "error stack.yaml:4:23 moved: 'b b' cannot be the name of a component [use at most 128 letters, digits and - _ . "
      "and begin with a letter or digit]\n");
}

TEST(Moved, TheOldNameIsFreeAndTheNewOneIsThere) {
  EXPECT_EQ(Said("moved: [{from: b, to: b}]\n"),
            "error stack.yaml:4:23 moved: 'b' is moved to itself [remove the entry]\n");
  EXPECT_EQ(Said("moved: [{from: d, to: b}]\n"),
            "error stack.yaml:4:16 moved: component 'd' is to be called 'b', and is still declared [rename it in "
            "`components`, or remove the entry of moved] {it is declared here :3}\n");
  EXPECT_EQ(Said("moved: [{from: a, to: elsewhere}]\n"),
            "error stack.yaml:4:23 moved: 'a' is moved to 'elsewhere', which the stack does not have [add it to "
            "components, or "
            "remove the entry]\n");
  EXPECT_EQ(Said("moved: [{from: a, to: bb}]\n", "components: [{name: bbb, source: ok}]\n"),
            "error stack.yaml:4:23 moved: 'a' is moved to 'bb', which the stack does not have [did you mean 'bbb'?]\n");
}

TEST(Moved, EachNameOnceOnEachSide) {
  EXPECT_EQ(Said("moved: [{from: a, to: b}, {from: a, to: d}]\n"),
            "error stack.yaml:4:34 moved: 'a' is moved twice [a component has one name: remove one of the entries] "
            "{the first "
            "is here :4}\n");
  EXPECT_EQ(
      Said("moved: [{from: a, to: b}, {from: c, to: b}]\n"),
      "error stack.yaml:4:41 moved: two components are to be called 'b' [remove one of the entries; where 'b' had "
      "several "
      "names one after the other, say so one by one: {from: a, to: b}, {from: b, to: c}] {the first is here :4}\n");
}

TEST(Moved, RoundsLeadNowhere) {
  EXPECT_EQ(Said("moved: [{from: x, to: y}, {from: y, to: z}, {from: z, to: x}, {from: a, to: b}]\n"),
            "error stack.yaml:4:16 moved: 'x' comes back to itself, by way of 'y' [remove one of the entries, and "
            "declare the "
            "component that the others lead to]\n");
}

TEST(Moved, VeryManyInARow) {
  std::string moved = "moved:\n";
  for (int i = 0; i < 20'000; ++i)
    moved += "  - {from: n" + std::to_string(i) + ", to: n" + std::to_string(i + 1) + "}\n";
  const Loaded loaded = LoadBody("components: [{name: n20000, source: ok}]\n" + moved);
  EXPECT_EQ(loaded.Said(), "");
}

}  // namespace
}  // namespace davit::manifest
