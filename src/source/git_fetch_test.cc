#include "source/git_fetch.h"

#include "source/test_git.h"

namespace davit::source {
namespace {

class GitFetchTest : public GitWork {
 protected:
  void SetUp() override {
    GitWork::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(MakeDirectories(tree_ / "stack"));
    tree_.Write("work/part/deploy", "1", 0755);
    first_ = Commit();
    Git({"tag", "v1"});
  }

  std::string Next() {
    tree_.Write("work/part/deploy", "22", 0755);
    return Commit();
  }
  std::string Remote() { return (tree_ / "work").string(); }
  /// By a davit of its own.
  Result<Fetched> Fetch(const std::string& ref, const std::string& sub_dir = "part", const std::string& remote = {}) {
    GitFetcher fetcher(tree_ / "stack/.davit/cache/git", tree_ / "stack", environment_);
    return fetcher.Fetch(remote.empty() ? Remote() : remote, ref, sub_dir);
  }
  std::string CommitAt(const std::string& ref) {
    const Result<Fetched> fetched = Fetch(ref);
    return fetched ? fetched->commit : fetched.error().message;
  }
  std::string Refused(const std::string& ref, const std::string& sub_dir, const std::string& remote = {}) {
    const Result<Fetched> fetched = Fetch(ref, sub_dir, remote);
    return fetched ? "fetched " + fetched->directory.string() : fetched.error().message;
  }
  void NoGit() { environment_["PATH"] = (tree_ / "home").string(); }

  std::string first_;
};

TEST_F(GitFetchTest, TakesBranchTagCommitAndDefault) {
  const std::string second = Next();
  EXPECT_EQ(CommitAt("main"), second);
  EXPECT_EQ(CommitAt("v1"), first_);
  EXPECT_EQ(CommitAt(first_), first_);
  EXPECT_EQ(CommitAt(first_.substr(0, 10)), first_);
  EXPECT_EQ(CommitAt(""), second);
  const Result<Fetched> fetched = Fetch("v1");
  ASSERT_TRUE(fetched);
  EXPECT_EQ(*ReadFile(fetched->directory / "deploy"), "1");
  EXPECT_EQ(fetched->note, "");  // said once
  EXPECT_TRUE(Fetch("main", "", "../work"));
}

TEST_F(GitFetchTest, APinHoldsWithoutGitUntilItIsRemoved) {
  const Result<Fetched> fetched = Fetch("main");
  ASSERT_TRUE(fetched);
  EXPECT_EQ(fetched->note, Remote() + " at main is now pinned to commit " + first_);
  EXPECT_EQ(*ReadFile(tree_ / "stack/davit.lock"),
            "{\"remote\":\"" + Remote() + "\",\"ref\":\"main\",\"commit\":\"" + first_ + "\"}\n");
  const std::string second = Next();
  // The cache is gone: the pinned commit comes again, though the branch has moved.
  std::filesystem::remove_all(tree_ / "stack/.davit");
  EXPECT_EQ(CommitAt("main"), first_);
  std::filesystem::remove_all(tree_ / "work");
  NoGit();
  EXPECT_EQ(CommitAt("main"), first_);
  EXPECT_EQ(CommitAt(first_), first_);
  EXPECT_EQ(CommitAt(second), "there is no git on the PATH, by which its source is fetched");
}

TEST_F(GitFetchTest, WhatAKilledDavitLeftDoesNotCount) {
  tree_.Write("stack/.davit/cache/git/part/tree/deploy", "torn");
  tree_.Write("stack/.davit/cache/git/part/repository/shallow.lock", "");
  const Result<Fetched> fetched = Fetch("main");
  ASSERT_TRUE(fetched) << fetched.error().message;
  EXPECT_EQ(*ReadFile(fetched->directory / "deploy"), "1");
  EXPECT_FALSE(std::filesystem::exists(tree_ / "stack/.davit/cache/git/part"));
}

TEST_F(GitFetchTest, RefusesWhatLeadsOut) {
  tree_.Link("work/out", "../../../../../..");
  Commit();
  EXPECT_EQ(Refused("main", "../.."), "subDir ../.. leads out of the repository");
  EXPECT_EQ(Refused("main", "/etc"), "subDir /etc leads out of the repository");
  EXPECT_EQ(Refused("main", "out"), "subDir out leads out of the repository");
  EXPECT_EQ(Refused("v1", "none"), "subDir none is not there at commit " + first_);
  EXPECT_EQ(Refused("main", "", "--upload-pack=touch x"), "its git remote begins with '-'");
  EXPECT_EQ(Refused("main", "", "ext::sh -c touch% x"), "its git remote is of the kind 'ext::'");
  EXPECT_EQ(Refused("main", "", "https://me:secret@example.org/r"), "its git remote has a password in it");
  EXPECT_EQ(Refused("--upload-pack=x", ""), "'--upload-pack=x' is no name of a branch, a tag or a commit");
  EXPECT_EQ(Refused("+main:main", ""), "'+main:main' is no name of a branch, a tag or a commit");
}

TEST_F(GitFetchTest, SaysWhatGitSays) {
  EXPECT_EQ(Refused("none", ""), "git cannot fetch " + Remote() + " at none: couldn't find remote ref none");
  const std::string gone = (tree_ / "gone").string();
  EXPECT_EQ(Refused("", "", gone),
            "git cannot fetch " + gone + ": '" + gone + "' does not appear to be a git repository");
  EXPECT_FALSE(std::filesystem::exists(tree_ / "stack/davit.lock"));
}

TEST_F(GitFetchTest, SaysThatSubmodulesAreLeftOut) {
  tree_.Write("work/.gitmodules", "");
  Commit();
  ASSERT_TRUE(Fetch("main"));
  EXPECT_EQ(Fetch("main")->note, Remote() + " has submodules, which are not fetched");
}

TEST_F(GitFetchTest, ABrokenLockFileIsNoPin) {
  for (const char* text : {"x", "[]\n", "\n{}", "{\"remote\":\"r\",\"ref\":\"\",\"commit\":\"../..\"}"}) {
    tree_.Write("stack/davit.lock", text);
    EXPECT_NE(Refused("main", "").find("davit.lock is no file of pinned git sources: "), std::string::npos) << text;
  }
}

}  // namespace
}  // namespace davit::source
