#include "source/ignore.h"

#include <gtest/gtest.h>

namespace davit::source {
namespace {

struct GlobCase {
  const char* pattern;
  std::vector<const char*> matches;
  std::vector<const char*> others;
};

TEST(Glob, Matches) {
  const std::vector<GlobCase> cases = {
      {"a", {"a"}, {"b", "aa", "a/b", "b/a", ""}},
      {"*", {"a", "abc"}, {"a/b"}},
      {"*.tf", {"main.tf", ".tf"}, {"main.tfvars", "a/main.tf", "tf"}},
      {"a*b*c", {"abc", "axbxbxc", "abcbc"}, {"ab", "acb", "abcx"}},
      {"?", {"a"}, {"", "ab", "/"}},
      {"a?c", {"abc", "a?c"}, {"ac", "a/c"}},
      {"[ab]", {"a", "b"}, {"c", "ab", "]"}},
      {"[!ab]", {"c", "!"}, {"a", "b", ""}},
      {"[^ab]", {"c", "^"}, {"a", "b"}},
      {"[a-c]x", {"ax", "cx"}, {"dx", "-x", "x"}},
      {"[c-a]", {"c"}, {"a", "b", "-"}},
      {"[]]", {"]"}, {"[", ""}},
      {"[!]]", {"a"}, {"]"}},
      {"[a-]", {"a", "-"}, {"b"}},
      {"[\\]]", {"]"}, {"\\"}},
      {"[[:digit:]]", {"0", "9"}, {"a", ":", "[:digit:]"}},
      {"[[:alpha:][:digit:]-]", {"a", "1", "-"}, {"_", "["}},
      {"[[:nonsense:]a]", {}, {"a", "n", ":"}},
      {"[[:a]b:]", {"ab:]", ":b:]", "[b:]"}, {"a", "b"}},
      {"[a", {}, {"a", "[a", "["}},
      {"a\\", {}, {"a", "a\\"}},
      {"\\*", {"*"}, {"a", "\\*"}},
      {"\\a", {"a"}, {"\\a"}},
      {"a/b", {"a/b"}, {"a", "b", "a/b/c", "x/a/b"}},
      {"a/*", {"a/b"}, {"a", "a/b/c"}},
      {"a/**", {"a/b", "a/b/c"}, {"a", "b"}},
      {"**/a", {"a", "b/a", "b/c/a"}, {"b", "a/b", "ba"}},
      {"a/**/b", {"a/b", "a/x/b", "a/x/y/b"}, {"ab", "a/x", "x/a/b", "a/xb"}},
      {"**", {"a", "a/b/c"}, {}},
      {"**/**/a", {"a", "x/a", "x/y/a"}, {"x"}},
      {"a/**/**", {"a/b", "a/b/c"}, {"a"}},
      {"a**", {"a", "abc"}, {"a/b", "b"}},
      {"a\\/b", {"a/b"}, {"a\\/b", "ab"}},
      {"**\\/b", {"b", "a/b"}, {"ab"}},
      {"[a/b]c", {"ac", "bc"}, {"/c", "a/bc"}},
  };
  for (const GlobCase& item : cases) {
    const Glob glob(item.pattern);
    for (const char* path : item.matches) EXPECT_TRUE(glob.Matches(path)) << item.pattern << " on " << path;
    for (const char* path : item.others) EXPECT_FALSE(glob.Matches(path)) << item.pattern << " on " << path;
  }
}

TEST(Glob, ManyStarsCostNoTime) {
  std::string pattern;
  std::string parts;
  for (int i = 0; i < 200; ++i) {
    pattern += "*a";
    parts += "**/a/";
  }
  EXPECT_FALSE(Glob(pattern + "b").Matches(std::string(20'000, 'a')));
  std::string path;
  for (int i = 0; i < 5'000; ++i) path += "a/";
  EXPECT_FALSE(Glob(parts + "b").Matches(path + "a"));
}

TEST(Glob, SaysWhereMatchesMayLie) {
  EXPECT_TRUE(Glob("a/b/c").MayMatchBelow("a"));
  EXPECT_TRUE(Glob("a/b/c").MayMatchBelow("a/b"));
  EXPECT_FALSE(Glob("a/b/c").MayMatchBelow("a/b/c"));
  EXPECT_FALSE(Glob("a/b/c").MayMatchBelow("b"));
  EXPECT_TRUE(Glob("*/b").MayMatchBelow("x"));
  EXPECT_TRUE(Glob("**/b").MayMatchBelow("x/y/z"));
  EXPECT_EQ(Glob("a/b/*.json").LiteralPrefix(), "a/b");
  EXPECT_EQ(Glob("a/b").LiteralPrefix(), "a/b");
  EXPECT_EQ(Glob("**/b").LiteralPrefix(), "");
  EXPECT_EQ(Glob("a/\\*/b").LiteralPrefix(), "a");
}

/// '-' not ignored, '+' ignored, ' ' nothing said.
char Say(const IgnoreFile& file, std::string_view path, bool directory = false) {
  const IgnorePattern* pattern = file.Match(path, directory);
  if (pattern == nullptr) return ' ';
  return pattern->negated ? '-' : '+';
}

TEST(IgnoreFile, ReadsLinesAsGitDoes) {
  const IgnoreFile file(
      "\xEF\xBB\xBF*.log\r\n"
      "# a comment\n"
      "\n"
      "\\#hash\n"
      "\\!bang\n"
      "trailing   \n"
      "kept\\ \n"
      "/top\n"
      "only/\n"
      "deep/er\n"
      "!important.log");
  EXPECT_EQ(Say(file, "x.log"), '+');
  EXPECT_EQ(Say(file, "a/b/x.log"), '+');
  EXPECT_EQ(Say(file, "a/important.log"), '-');
  EXPECT_EQ(Say(file, "# a comment"), ' ');
  EXPECT_EQ(Say(file, "#hash"), '+');
  EXPECT_EQ(Say(file, "!bang"), '+');
  EXPECT_EQ(Say(file, "trailing"), '+');
  EXPECT_EQ(Say(file, "trailing   "), ' ');
  EXPECT_EQ(Say(file, "kept "), '+');
  EXPECT_EQ(Say(file, "kept"), ' ');
  EXPECT_EQ(Say(file, "top"), '+');
  EXPECT_EQ(Say(file, "a/top"), ' ');
  EXPECT_EQ(Say(file, "only", true), '+');
  EXPECT_EQ(Say(file, "a/only", true), '+');
  EXPECT_EQ(Say(file, "only", false), ' ');
  EXPECT_EQ(Say(file, "deep/er"), '+');
  EXPECT_EQ(Say(file, "a/deep/er"), ' ');
  EXPECT_EQ(file.Match("important.log", false)->line, 11);
}

TEST(IgnoreFile, TheLastMatchDecides) {
  EXPECT_EQ(Say(IgnoreFile("a\n!a\n"), "a"), '-');
  EXPECT_EQ(Say(IgnoreFile("!a\na\n"), "a"), '+');
  EXPECT_EQ(Say(IgnoreFile("!\n/\n//\n"), "a"), ' ');
  EXPECT_TRUE(IgnoreFile("").empty());
  EXPECT_TRUE(IgnoreFile("# nothing\n\n").empty());
}

TEST(IgnoreFile, KnowsWhatItTakesBackBelow) {
  const IgnoreFile file("out\n!out/keep/*.json\n!everywhere\n");
  EXPECT_TRUE(file.TakesBackBelow("out"));
  EXPECT_TRUE(file.TakesBackBelow("out/keep"));
  EXPECT_FALSE(file.TakesBackBelow("other"));
}

}  // namespace
}  // namespace davit::source
