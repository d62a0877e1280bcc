// A file that is read in halves is the same as one that is read as a whole, wherever it is divided; and those that cannot be divided are not.
#include <gtest/gtest.h>

#include <random>
#include <string>

#include "yaml/builder.h"
#include "yaml/test_tree.h"

namespace davit::yaml {
namespace {

/// Divides the text before each of its lines; in how many places that could be done.
int Divide(const std::string& text) {
  Diagnostics diagnostics;
  const std::optional<TextTraits> traits = CheckText(text, Pos{1}, diagnostics);
  if (!traits) return 0;
  Tree whole{.source = text, .origin = Pos{1}};
  const bool good = Builder(whole, *traits, {traits->bom_bytes, text.size()}, diagnostics).Run();
  int divided = 0;
  for (size_t at = text.find('\n'); at != std::string::npos && at + 1 < text.size(); at = text.find('\n', at + 1)) {
    Tree tree{.source = text, .origin = Pos{1}};
    if (!ParseHalves(tree, *traits, at + 1)) {
      EXPECT_TRUE(tree.records.empty());
      continue;
    }
    ++divided;
    EXPECT_TRUE(good) << "divided at " << at + 1 << ", though it is broken:\n" << text;
    EXPECT_EQ(Outcome(tree, {}), Outcome(whole, diagnostics)) << "divided at " << at + 1 << ":\n" << text;
  }
  return divided;
}

TEST(Halves, ListsOfTheRootAreDivided) {
  EXPECT_EQ(Divide("a: 1\nb:\n  - x\n  - y: 1\n    z: [1,\n  2]\n  - |+\n    text\n\n  - w\nc:\n  - 1\n  - 2\nd: 3\n"),
            4);
  EXPECT_EQ(Divide("b:\n- x\n- y\n  more\n- z\n# end\n"), 2);
  EXPECT_EQ(Divide("\xEF\xBB\xBF# ü\nb:\n  - Größe: \"\\u00e9\"\n  - ü\n  # between\n  - - n\n    - m\n"), 2);
  EXPECT_EQ(Divide("!!map\nb:\n- x\n- y\n"), 1);
  std::string large = "list:\n";
  for (int i = 0; i < 3; ++i) {
    large += "  - m:\n";
    for (int k = 0; k < 20; ++k) large += "      k" + std::to_string(k * 7 % 20) + ": 'it''s'\n";
  }
  EXPECT_EQ(Divide(large), 2);
}

TEST(Halves, WhatReachesAcrossIsNotDivided) {
  EXPECT_EQ(Divide("b:\n  - &a x\n  - *a\n"), 0);
  EXPECT_EQ(Divide("a: &a {k: 1}\nb:\n  - x\n  - y\n<<: *a\n"), 0);
  EXPECT_EQ(Divide("<<: {k: 1}\nb:\n  - x\n  - y\n"), 0);
  EXPECT_EQ(Divide("%TAG ! tag:x,1:\n---\nb:\n  - x\n  - !u y\n"), 0);
  EXPECT_EQ(Divide("b:\n  - x\n  - y\nb: z\n"), 0);
  EXPECT_EQ(Divide("a: 1\n...\nb:\n  - x\n  - y\n"), 0);
  EXPECT_EQ(Divide("b:\n  - x\n---\nb:\n  - x\n  - y\n"), 0);
  // Dashes that are of no list, or of another one.
  EXPECT_EQ(Divide("b: |\n  - x\n  - y\n"), 0);
  EXPECT_EQ(Divide("b: 'x\n  - y\n  - z'\n"), 0);
  EXPECT_EQ(Divide("b: x\n  - y\n  - z\n"), 0);
  EXPECT_EQ(Divide("a:\n  b:\n    - x\n    - y\n"), 0);
  EXPECT_EQ(Divide("- x\n- y\n"), 0);
  EXPECT_EQ(Divide("b:\n  -\n    - x\n    - y\n"), 0);
  EXPECT_EQ(Divide("b: [x,\n  - y]\n"), 0);
  EXPECT_EQ(Divide(" a: 1\n b:\n  - x\n  - y\n"), 0);
  EXPECT_EQ(Divide("!!map\n  b:\n  - x\n  - y\nc: 3\n"), 0);
  EXPECT_EQ(Divide("&a\n  b:\n  - x\n  - y\n"), 0);
  EXPECT_EQ(Divide("? b\n: - x\n  - y\n"), 0);
  // There is something to say of them.
  EXPECT_EQ(Divide("b:\n  - x #{ a\n  - !u y\n"), 0);
  EXPECT_EQ(Divide("b:\n- x\n- #{ n }\n  y: 1\n- #{ n }\n  y: 1\n"), 0);
  // Its value stands where the next dash is.
  EXPECT_EQ(Divide("b:\n  - ? k\n  - y\n"), 0);
}

TEST(Halves, AnyTextIsTheSame) {
  const std::string seed =
      "# head\nmeta: {name: 'shop'}\ncomponents:\n  - name: db\n    depends:\n      - 'net'\n    text: |+\n      "
      "one\n\n      two\n\n"
      "  - name: b\n    quoted: \"a\n  b\\\n     c\"\n  # in between\n  - {name: c, flow: [a,\n      'b\n  c', # d\n   "
      " ]}\n"
      "  - plain\n    text\nparameters:\n- name: p\n  value: >2-\n      three\n- name: q\nextra: 'it''s'\n";
  const std::string_view pieces[] = {"\t",  "\n",    "  ",  " ",   ": ",   "- ",     "'",        "\"",   "[",
                                     "]",   "{",     "}",   "*a",  "&a ",  "<<:",    "#",        " #{ ", "|",
                                     ">",   "!x ",   "ü",   "\\",  "? ",   ",",      "|+\n",     "%x",   "2",
                                     "---", "...\n", "-\n", "a: ", "\n- ", "\n  - ", "\nmeta: 1"};
  std::mt19937 random(7);
  int divided = 0;
  for (int round = 0; round < 1'500 && !testing::Test::HasFailure(); ++round) {
    std::string text = seed;
    for (uint32_t k = random() % 4; k > 0; --k) {
      const size_t at = random() % (text.size() + 1);
      if (random() % 3 == 0) {
        text.erase(at, random() % 20);
      } else {
        text.insert(at, pieces[random() % std::size(pieces)]);
      }
    }
    divided += Divide(text);
  }
  EXPECT_GT(divided, 1000);
}

TEST(Halves, OnlyLargeFilesAreWorthIt) {
  std::string text = "a: 1\nlist:\n";
  EXPECT_EQ(FindSplit(text), std::nullopt);
  while (text.size() < (size_t{80} << 10)) text += "  - name: x\n    depends:\n      - y\n    url: http://a/?b=1&c=2\n";
  if (const std::optional<size_t> split = FindSplit(text)) {  // where there are two cores
    EXPECT_EQ(text.substr(*split - 1, 12), "\n  - name: x");
    EXPECT_GT(*split, text.size() / 2);
  }
  text.insert(5, "x: &x 1\n");
  EXPECT_EQ(FindSplit(text), std::nullopt);
}

}  // namespace
}  // namespace davit::yaml
