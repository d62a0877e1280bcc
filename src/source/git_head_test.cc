#include "source/git_head.h"

#include <gtest/gtest.h>

#include "source/test_git.h"

namespace davit::source {
namespace {

class GitHeadsOf : public GitWork {};

TEST_F(GitHeadsOf, ARepositoryAndNone) {
  tree_.Write("work/a/deploy", "one");
  tree_.Write("alone/deploy", "one");
  const std::string commit = Commit();
  const std::string ref = "main " + commit.substr(0, 7);
  GitHeads heads(environment_, false);
  EXPECT_EQ(heads.Of(tree_ / "work/a").ref, ref);
  EXPECT_EQ(heads.Of(tree_ / "work").clean, "not calculated");
  EXPECT_EQ(heads.Of(tree_ / "alone").ref, "(not a Git)");
  EXPECT_EQ(heads.Of(tree_ / "alone").clean, "");

  EXPECT_EQ(GitHeads(environment_, true).Of(tree_ / "work/a").clean, "clean");
  tree_.Write("work/new", "a file that git does not know");
  EXPECT_EQ(GitHeads(environment_, true).Of(tree_ / "work/a").clean, "dirty");
}

TEST_F(GitHeadsOf, WhatCannotBeRead) {
  EXPECT_EQ(GitHeads(environment_, true).Of(tree_ / "work").ref, "(not a Git)") << "nothing is committed";
  EXPECT_FALSE(GitHeads(environment_, true).Of(tree_ / "work").problem.empty());
  EXPECT_EQ(GitHeads(environment_, true).Of(tree_ / "home").problem, "");
  tree_.Write("work/a", "one");
  Commit();
  exec::ProcessEnv without = environment_;
  without["PATH"] = (tree_ / "home").string();
  const GitHead none = GitHeads(without, true).Of(tree_ / "work");
  EXPECT_EQ(none.ref, "(not a Git)");
  EXPECT_NE(none.problem.find("no git on the PATH"), std::string::npos);
}

}  // namespace
}  // namespace davit::source
