// Which lines a comment of a file silences, and what is wrong in one.
#include "base/warnings.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace davit {
namespace {

/// The lines on which a warning "unknown-key" is still shown.
std::vector<size_t> LinesShown(const std::string& text, const std::vector<std::string>& allowed = {}) {
  SourceMap map;
  map.AddFile("before.yaml", "# davit: allow unknown-key\n");
  const uint32_t file = map.AddFile("stack.yaml", text);
  Diagnostics diagnostics;
  for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1)
    diagnostics.AddWarning("unknown-key", "", map.At(file, at));
  std::vector<size_t> lines;
  for (const Diagnostic& shown : WithoutAllowed(diagnostics.list(), map, allowed))
    lines.push_back(map.Locate(shown.error.position).line);
  return lines;
}

using Lines = std::vector<size_t>;

TEST(Allow, AtTheEndOfALineHoldsForThatLine) {
  EXPECT_EQ(LinesShown("a: 1\nb: 2  # davit: allow unknown-key\nc: 3\n"), (Lines{1, 3}));
  EXPECT_EQ(LinesShown("a: 1\nb: 2  # davit: allow unknown-tag, unknown-key\n"), Lines{1});
  EXPECT_EQ(LinesShown("a: 1\nb: 2  # davit: allow unknown-key - hubctl wants it\n"), Lines{1});
}

TEST(Allow, AboveALineHoldsForWhatBeginsThere) {
  EXPECT_EQ(LinesShown("a: 1\n# davit: allow unknown-key\n# why\n- b: 2\n  c: 3\n\n  d: 4\n- e: 5\n"), (Lines{1, 8}));
  EXPECT_EQ(LinesShown("a: 1\n# davit: allow unknown-key\n"), Lines{1});
  EXPECT_EQ(LinesShown("a: 1\n# davit: allow unknown-key\n---\nb: 2\nc: 3\n"), (Lines{1, 5}));
}

TEST(Allow, AboveAKeyHoldsForItsListAlsoWhereThatIsNotIndented) {
  EXPECT_EQ(LinesShown("a: 1\n# davit: allow unknown-key\nb:\n- c: 2\n  d: 3\n-\n  e: 4\nf: 5\n"), (Lines{1, 8}));
  EXPECT_EQ(LinesShown("a:\n# davit: allow unknown-key\n- b: 2\n- c: 3\n"), (Lines{1, 4}));
}

TEST(Allow, AboveEverythingHoldsForTheFile) {
  EXPECT_EQ(LinesShown("---\n# a stack\n# davit: allow unknown-key\n\na: 1\nb: 2\n"), Lines{});
  EXPECT_EQ(LinesShown("# davit: allow unknown-tag\na: 1\n"), (Lines{1, 2}));
}

TEST(Allow, OnlyACommentIsOne) {
  EXPECT_EQ(LinesShown("a: 1\nb: x#davit: allow unknown-key\n"), (Lines{1, 2}));
  EXPECT_EQ(LinesShown("a: 1\nb: 'davit: allow unknown-key'\n"), (Lines{1, 2}));
}

TEST(Allow, TheOptionHoldsForAllAndErrorsStay) {
  EXPECT_EQ(LinesShown("a: 1\nb: 2\n", {"unknown-key"}), Lines{});
  EXPECT_EQ(LinesShown("a: 1\nb: 2\n", {"unknown-tag"}), (Lines{1, 2}));
  SourceMap map;
  const uint32_t file = map.AddFile("stack.yaml", "# davit: allow unknown-key\na: 1\n");
  Diagnostics diagnostics;
  diagnostics.AddError("wrong", map.At(file, 27));
  EXPECT_EQ(WithoutAllowed(diagnostics.list(), map, {"unknown-key"}).size(), 1u);
}

TEST(Allow, UnknownCodesAreWarnedOfWhereTheyStand) {
  SourceMap map;
  map.AddFile("other.yaml", "a: 1\n");
  const uint32_t file = map.AddFile("stack.yaml", "a: 1\nb: 2  # davit: allow unknown-key, unknwon-tag\n");
  Diagnostics diagnostics;
  CheckAllowComments(map, file, diagnostics);
  ASSERT_EQ(diagnostics.list().size(), 1u);
  EXPECT_EQ(RenderDiagnostic(map, diagnostics.list()[0], false),
            "warning[unknown-code]: there is no warning 'unknwon-tag' that could be allowed\n"
            " --> stack.yaml:2:35\n"
            " 2 | b: 2  # davit: allow unknown-key, unknwon-tag\n"
            "   |                                   ^\n"
            "  help: did you mean 'unknown-tag'?\n");
}

TEST(Warnings, CodesAreSorted) {
  EXPECT_TRUE(std::is_sorted(WarningCodes().begin(), WarningCodes().end()));
  EXPECT_TRUE(IsWarningCode("module"));
  EXPECT_FALSE(IsWarningCode("modul"));
}

}  // namespace
}  // namespace davit
