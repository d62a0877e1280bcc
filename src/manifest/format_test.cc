// Pairs of texts before and after, each formatted twice, and what must stay as it is.
#include "manifest/format.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/text.h"
#include "manifest/document.h"
#include "manifest/test_source.h"

namespace davit::manifest {
namespace {

Result<std::string> Formatted(const std::string& text, const std::string& name) {
  SourceMap map;
  return Format(map, map.AddFile(name, text));
}

/// In its usual form; that again is the same.
std::string Usual(const std::string& text, const std::string& name = "values.yaml") {
  const Result<std::string> once = Formatted(text, name);
  if (!once) return "error: " + once.error().message;
  const Result<std::string> twice = Formatted(*once, name);
  EXPECT_EQ(twice.value_or("error"), *once);
  return *once;
}

std::string UsualStack(const std::string& text) {
  return Usual(text, "stack.yaml");
}

TEST(Format, Indentation) {
  EXPECT_EQ(Usual("a:\n    b: 1\n    c:\n          d: 2\ne: 3\n"), "a:\n  b: 1\n  c:\n    d: 2\ne: 3\n");
  EXPECT_EQ(Usual("a:\n- 1\n-   2\nb:\n      - x\n"), "a:\n  - 1\n  - 2\nb:\n  - x\n");
  EXPECT_EQ(Usual("-   a: 1\n    b:\n     - c: 2\n       d: 3\n"), "- a: 1\n  b:\n    - c: 2\n      d: 3\n");
  EXPECT_EQ(Usual("-   -  a\n    -  b: 1\n       c: 2\n"), "- - a\n  - b: 1\n    c: 2\n");
  EXPECT_EQ(Usual("  a: 1\n  b: 2\n"), "a: 1\nb: 2\n");
  EXPECT_EQ(Usual("-\n      a: 1\n      b: 2\n"), "-\n  a: 1\n  b: 2\n");
  EXPECT_EQ(Usual("a:\n     text\nb:\n   [1]\n"), "a:\n  text\nb:\n  [1]\n");
}

TEST(Format, BlankLinesAndEnds) {
  EXPECT_EQ(Usual("\n\na: 1   \n\n\n  \nb: 2\t\n\n\n"), "a: 1\n\nb: 2\n");
  EXPECT_EQ(Usual("a: 1"), "a: 1\n");
  EXPECT_EQ(Usual("a: 1\r\n\r\nb:\r\n  - 2\r\n"), "a: 1\n\nb:\n  - 2\n");
  EXPECT_EQ(Usual("\xEF\xBB\xBF"
                  "a:\n    b: ü\n"),
            "\xEF\xBB\xBF"
            "a:\n  b: ü\n");
}

TEST(Format, Quotes) {
  EXPECT_EQ(Usual("a: 'x'\nb: \"y z\"\n'c': \"a, b\"\n"), "a: x\nb: y z\nc: a, b\n");
  // What some reader takes for something else than a text keeps them.
  for (const char* text :
       {"\"yes\"",        "\"1.10\"",  "\"010\"", "\"null\"", "\"\"",    "\"a: b\"",  "\"a #b\"",    "\"*x\"",
        "\"2026-01-01\"", "\"1_000\"", "\"~\"",   "\"x \"",   "\"...\"", "\"y\"",     "\"1e3\"",     "\"a\\nb\"",
        "\"\\u00e9\"",    "'a\"b'",    "'a\\b'",  "\"${x}\"", "'#{x}'",  "'{{ x }}'", "!!str \"x\"", "&n \"x\""}) {
    EXPECT_EQ(Usual(std::string("a: ") + text + "\n"), std::string("a: ") + text + "\n");
  }
  EXPECT_EQ(Usual("a: 'yes'\nb: 'it''s: so'\nc: 'größe'\nd: ''\n"),
            "a: \"yes\"\nb: \"it's: so\"\nc: \"größe\"\nd: \"\"\n");
  EXPECT_EQ(Usual("a: 'x' # 'y'\nb: {c: 'd'}\n"), "a: x # 'y'\nb: {c: 'd'}\n");
  EXPECT_EQ(Usual("'... x': 1\n"), "\"... x\": 1\n");
  EXPECT_EQ(Usual("a: 'x'#c\n"), "a: 'x'#c\n");
}

TEST(Format, Comments) {
  EXPECT_EQ(
      Usual("#  head\n\na:\n      # of b\n    b: 1   # behind\n# of c\n    c: 2\n    # at the end of a\n# last\n"),
      "#  head\n\na:\n  # of b\n  b: 1   # behind\n  # of c\n  c: 2\n  # at the end of a\n# last\n");
  EXPECT_EQ(Usual("a:\n    b:\n        c: 1\n    # of a\n    d: 2\n        # deep\n\n    # of a\n\ne: 3\n"),
            "a:\n  b:\n    c: 1\n  # of a\n  d: 2\n  # deep\n\n  # of a\n\ne: 3\n");
  EXPECT_EQ(Usual("a:\n- x\n# of y\n- y # z\n# of b\nb: 1\n"), "a:\n  - x\n  # of y\n  - y # z\n# of b\nb: 1\n");
  EXPECT_EQ(Usual("a:\n    -   # of the item\n      b: 1\n    # further\n"),
            "a:\n  -   # of the item\n    b: 1\n  # further\n");
}

TEST(Format, BlockScalars) {
  EXPECT_EQ(Usual("a:\n      b: |\n            one\n              two\n\n\n            three\n\n\nc: >-\n x\n"),
            "a:\n  b: |\n    one\n      two\n\n\n    three\n\nc: >-\n  x\n");
  EXPECT_EQ(Usual("a:\n    b: |2\n        two in\n      text  \n"), "a:\n  b: |2\n      two in\n    text  \n");
  EXPECT_EQ(Usual("a: |+\n    x\n\n\nb: 1\n"), "a: |+\n  x\n\n\nb: 1\n");
  EXPECT_EQ(Usual("a: |\n    x\n# no comment of it\nb: 1\n"), "a: |\n  x\n# no comment of it\nb: 1\n");
  EXPECT_EQ(Usual("- |\n   x\n   # text\n- >\n      y\n"), "- |\n  x\n  # text\n- >\n  y\n");
  EXPECT_EQ(Usual("a:\n- |\n x\n- b: |\n     y\n"), "a:\n  - |\n    x\n  - b: |\n      y\n");
  EXPECT_EQ(Usual("a: |\n   x"), "a: |\n  x");  // a newline more would be one in the text
  EXPECT_EQ(Usual("a: |-\n\n   x\n      \n"), "a: |-\n\n  x\n     \n");
}

TEST(Format, TextsOverLines) {
  EXPECT_EQ(Usual("a:\n      b: one\n         two\n\n         three\n      c: \"x  \n  y\\\n     z\"\n"),
            "a:\n  b: one\n     two\n\n     three\n  c: \"x  \n    y\\\n    z\"\n");
  EXPECT_EQ(Usual("a:\n    b: [\n      1,   # one\n\n      'x y',\n    ]\n    c: {d: 'e\n\n      f'}\n"),
            "a:\n  b: [\n    1,   # one\n\n    'x y',\n  ]\n  c: {d: 'e\n\n    f'}\n");
}

TEST(Format, LeftAsItIs) {
  for (const char* text : {"? a\n: b\n", "a:\n    ? x\n    : y\n", "just text\n", "[a,   b]\n", "# nothing\n\n\n", "",
                           "--- # c\n a\n", "-\tname: x\n    \n", "a: 1\r    \n",
                           "a:   1   \n\xE2\x80\xA8"
                           "b: 2\n"}) {
    const Result<std::string> same = Formatted(text, "x.yaml");
    if (same) {
      EXPECT_EQ(*same, text);
    }
  }
  EXPECT_EQ(Usual("%YAML 1.2\n---   # one\na:\n    b: 1\n---\nc:\n      d:   'x'\n"),
            "%YAML 1.2\n---   # one\na:\n  b: 1\n---\nc:\n      d:   'x'\n");
  EXPECT_EQ(Usual("a:\n    b: 1\n...\n# end   \n"), "a:\n  b: 1\n...\n# end   \n");
}

TEST(Format, AnchorsAndTags) {
  EXPECT_EQ(Usual("a: &x\n    b: 1\nc:\n    <<: *x\nd: !!map\n    e: 1\nf: &y   'z'\n-k: *y\n"),
            "a: &x\n  b: 1\nc:\n  <<: *x\nd: !!map\n  e: 1\nf: &y   'z'\n-k: *y\n");
  EXPECT_EQ(Usual("-   &x\n    a: 1\n-   &y b: 1\n    c: 2\n-   !!str\n    x\n"),
            "- &x\n  a: 1\n- &y b: 1\n  c: 2\n- !!str\n  x\n");
}

TEST(Format, OrderOfKeys) {
  EXPECT_EQ(
      UsualStack(
          "# the shop\nkind: stack\nother: 1\n\n# all of them\ncomponents:\n  # the first\n  - source: x # where\n"
          "    # its name\n    name: a\n  - name: b\nversion: 1 # of the format\nmeta:\n  title: T\n  name: n\n# "
          "end\n"),
      "# the shop\nversion: 1 # of the format\nkind: stack\nmeta:\n  name: n\n  title: T\n\n# all of them\n"
      "components:\n  # the first\n  # its name\n  - name: a\n    source: x # where\n  - name: b\nother: 1\n# end\n");
  EXPECT_EQ(UsualStack("kind: stack\n\nversion: 1\n"), "version: 1\n\nkind: stack\n");
  // What aliases or merge keys may depend on stays in its order.
  EXPECT_EQ(UsualStack("kind: &k stack\nversion: 1\n"), "kind: &k stack\nversion: 1\n");
  EXPECT_EQ(UsualStack("<<: {x: 1}\nkind: stack\nversion: 1\n"), "<<: {x: 1}\nkind: stack\nversion: 1\n");
  EXPECT_EQ(UsualStack("kind: stack\nversion: 1\nmeta: {title: |-\n"), "error: a value cannot begin with '|'");
}

TEST(Format, WhatIsAllowedStaysWhatIsAllowed) {
  // A comment that would be above everything, or above another entry, if keys moved.
  for (const char* text : {
           "meta: {name: w}\nkind: stack\n# davit: allow unknown-key\nversion: 1\n",
           "version: 1\nparameters:\n  - value: 1\n    # davit: allow unknown-kind\n    name: x\n    kind: usr\n",
           "parameters:\n  - name: x\n    # davit: allow unknown-key\nmeta:\n  name: y\n",
       }) {
    EXPECT_EQ(UsualStack(text), text);
  }
  // Above a whole item it stays.
  EXPECT_EQ(UsualStack("parameters:\n  # davit: allow unknown-kind\n  - kind: usr\n    name: x\n"),
            "parameters:\n  # davit: allow unknown-kind\n  - name: x\n    kind: usr\n");
  EXPECT_EQ(UsualStack("version: 1\nzzz: 1\n# davit: allow unknown-key\nyyy: 2\nkind: stack\n"),
            "version: 1\nkind: stack\nzzz: 1\n# davit: allow unknown-key\nyyy: 2\n");
}

TEST(Format, TextsThatMove) {
  // Text at the end of the file that would gain a newline, and blank lines that would become part of a text.
  EXPECT_EQ(UsualStack("kind: stack\nversion: |\n  x"), "kind: stack\nversion: |\n  x");
  EXPECT_EQ(Usual(" ... : 1\n"), " ... : 1\n");
  EXPECT_EQ(Usual(" --- a: 1\n b: 2\n"), " --- a: 1\n b: 2\n");
  EXPECT_EQ(Usual("a: |#6\n     x\nb:\n- |+#2\n   y\n"), "a: |#6\n  x\nb:\n  - |+#2\n    y\n");
  EXPECT_EQ(Usual(" \xEF\xBB\xBF`: 0\n\n"), " \xEF\xBB\xBF`: 0\n\n");
  // Spaces that no line end follows are no line of the text, but what stands further in than it is text.
  EXPECT_EQ(UsualStack("kind: stack\nversion: |+\n  "), "version: |+\nkind: stack\n");
  EXPECT_EQ(UsualStack("kind: stack\nversion: |+\n  x\n\n  "), "version: |+\n  x\n\nkind: stack\n");
  EXPECT_EQ(UsualStack("kind: stack\nversion: |+\n  x\n   "), "kind: stack\nversion: |+\n  x\n   ");
  EXPECT_EQ(UsualStack("kind: stack\n\nmeta: x\nversion: |+\n  1\n\n"), "version: |+\n  1\n\nkind: stack\n\nmeta: x\n");
}

TEST(Format, NoYaml) {
  const Result<std::string> broken = Formatted("a: [1\nb: 2\n", "stack.yaml");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, ErrorCode::kInvalidInput);
  EXPECT_TRUE(broken.error().position);
}

/// What stands behind each `#` that may begin a comment, sorted.
std::vector<std::string> CommentsOf(const std::string& text) {
  std::vector<std::string> comments;
  for (const std::string_view line : Split(text, '\n')) {
    for (size_t at = 0; at < line.size(); ++at) {
      if (line[at] != '#' || (at > 0 && line[at - 1] != ' ' && line[at - 1] != '\t')) continue;
      comments.emplace_back(line.substr(at, line.find_last_not_of(" \t\r") + 1 - at));
      break;
    }
  }
  std::sort(comments.begin(), comments.end());
  return comments;
}

std::vector<Path> FilesBelow(const char* folder) {
  std::vector<Path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(Path(DAVIT_EXAMPLES).parent_path() / folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Once and twice is the same, no comment is lost or changed.
void Hold(const std::string& text, const std::string& name) {
  const Result<std::string> once = Formatted(text, name);
  if (!once) {
    EXPECT_NE(once.error().code, ErrorCode::kInternal) << text;
    return;
  }
  const Result<std::string> twice = Formatted(*once, name);
  ASSERT_TRUE(twice) << text;
  EXPECT_EQ(*twice, *once) << text;
  EXPECT_EQ(CommentsOf(*once), CommentsOf(text)) << text;
}

TEST(Format, EveryFileOfTheProject) {
  size_t count = 0;
  for (const char* folder : {"examples", "tests", "docs"}) {
    for (const Path& file : FilesBelow(folder)) {
      const std::string text = ReadFile(file).value();
      const std::string extension = file.extension().string();
      if (extension == ".yaml" || extension == ".yml" || file.string().find("corpus/yaml") != std::string::npos) {
        ++count;
        Hold(text, file.filename().string());
      } else if (extension == ".test") {
        // The files that a text test writes.
        for (size_t at = text.find("--- file "); at != std::string::npos; at = text.find("--- file ", at + 1)) {
          const size_t begin = text.find('\n', at) + 1;
          const std::string name = Path(text.substr(at + 9, begin - at - 10)).filename().string();
          if (name.ends_with(".yaml")) Hold(text.substr(begin, text.find("\n--- ", begin) + 1 - begin), name);
        }
      }
    }
  }
  EXPECT_GT(count, 10u);
}

TEST(Format, TheStacksOfTheExamplesStayTheSame) {
  size_t count = 0;
  for (const auto& example : std::filesystem::directory_iterator(DAVIT_EXAMPLES)) {
    if (!std::filesystem::exists(example.path() / "stack.yaml")) continue;
    ++count;
    MemorySource before;
    MemorySource after;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(example.path())) {
      if (!entry.is_regular_file()) continue;
      const std::string name = entry.path().lexically_relative(example.path()).string();
      const std::string text = ReadFile(entry.path()).value();
      before.files[name] = text;
      after.files[name] = name.ends_with(".yaml") ? Usual(text, name) : text;
    }
    const Loaded one(before, InMemory());
    const Loaded other(after, InMemory());
    ASSERT_TRUE(one.stack && other.stack) << example.path();
    EXPECT_EQ(ToDocument(*one.stack), ToDocument(*other.stack)) << example.path();
  }
  EXPECT_GT(count, 1u);
}

TEST(Format, SurvivesMutations) {
  const std::string seed =
      "# head\n\nkind: stack\nversion: 1 # v\nmeta: {name: 'shop', title: \"Größe \\u00e9\"}\ncomponents:\n- source: "
      "'x'\n"
      "  # name\n  name: db\n  depends:\n     - 'net'\n     - \"${x}\"\n  parameters:\n  - value: |+\n        one\n\n  "
      "        two\n\n"
      "    name: p.q\n  # tail\n\n\n-   name: b\n    timeout: '5'\n    text: >2-\n        three\n    more: a\n      "
      "b\n\n      c\n"
      "    quoted: \"a\n  b\\\n     c\"\n    flow: [a,\n      'b\n  c', # d\n    ]\n#  end\nextra: 'it''s'\n";
  const std::string_view pieces[] = {"\t", "\n",     "  ",    " ",     ": ",   "- ",     "'",    "\"",       "[",
                                     "]",  "{",      "}",     "*a",    "&a ",  "<<:",    "#",    " # c\n",   "|",
                                     ">",  "!x ",    "ü",     "\\",    "? ",   ",",      "\r\n", "|+\n",     "|-",
                                     "2",  "\n\n\n", "---\n", "...\n", "    ", "a: b\n", "-\n",  "name: x\n"};
  std::mt19937 random(11);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seed;
    for (uint32_t k = random() % 4 + 1; k > 0; --k) {
      const size_t at = random() % (text.size() + 1);
      if (random() % 3 == 0) {
        text.erase(at, random() % 20);
      } else {
        text.insert(at, pieces[random() % std::size(pieces)]);
      }
    }
    if (random() % 8 == 0) text.resize(random() % (text.size() + 1));
    Hold(text, "stack.yaml");
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace davit::manifest
