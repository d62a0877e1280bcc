#include "cli/text_diff.h"

#include <gtest/gtest.h>

namespace davit::cli {
namespace {

TEST(TextDiff, Shapes) {
  EXPECT_EQ(UnifiedDiff("a\nb\n", "a\nb\n", "f"), "");
  EXPECT_EQ(UnifiedDiff("", "a\n", "f"), "--- f\n+++ f\n@@ -0,0 +1 @@\n+a\n");
  EXPECT_EQ(UnifiedDiff("a\n", "", "f"), "--- f\n+++ f\n@@ -1 +0,0 @@\n-a\n");
  EXPECT_EQ(UnifiedDiff("a", "a\n", "f"), "--- f\n+++ f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
  EXPECT_EQ(UnifiedDiff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nX\n6\n7\n8\n9\n", "f"),
            "--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+X\n 6\n 7\n 8\n");
}

TEST(TextDiff, NearChangesAreOneAndFarOnesTwo) {
  std::string before;
  for (int i = 0; i < 20; ++i) before += std::to_string(i) + "\n";
  std::string near = before;
  near.replace(near.find("2\n"), 1, "x").replace(near.find("9\n"), 1, "y");
  EXPECT_EQ(UnifiedDiff(before, near, "f").find("@@ -1,13 +1,13 @@"), 12u);
  std::string far = before;
  far.replace(far.find("2\n"), 1, "x").replace(far.find("10\n"), 2, "y");
  const std::string two = UnifiedDiff(before, far, "f");
  EXPECT_NE(two.find("@@ -1,6 +1,6 @@"), std::string::npos) << two;
  EXPECT_NE(two.find("@@ -8,7 +8,7 @@"), std::string::npos) << two;
}

TEST(TextDiff, ALineThatMoves) {
  EXPECT_EQ(UnifiedDiff("a\nb\nc\n", "b\nc\na\n", "f"), "--- f\n+++ f\n@@ -1,3 +1,3 @@\n-a\n b\n c\n+a\n");
}

}  // namespace
}  // namespace davit::cli
