#include "source/git.h"

#include "source/test_git.h"

namespace davit::source {
namespace {

class GitTest : public GitWork {
 protected:
  void SetUp() override {
    GitWork::SetUp();
    if (IsSkipped()) return;
    ASSERT_TRUE(MakeDirectories(tree_ / "temporary"));
  }
  Result<Repository> Find(const Path& directory = "work") { return Repository::Find(tree_ / directory, environment_); }
};

TEST_F(GitTest, MovesOneTreeFromCommitToCommit) {
  tree_.Write("work/a", "1");
  tree_.Write("work/b/run", "2", 0755);
  tree_.Link("work/b/link", "../a");
  const std::string first = Commit();
  tree_.Write("work/a", "3");
  tree_.Remove("work/b");
  tree_.Write("work/c/d", "4");
  const std::string second = Commit();
  tree_.Write("work/a", "not committed");

  const Repository repository = Find().value();
  EXPECT_EQ(repository.top(), tree_ / "work");
  EXPECT_EQ(repository.CommitOf("HEAD~1").value(), first);
  EXPECT_EQ(repository.CommitOf("main").value(), second);
  {
    Checkout made = Checkout::Make(repository, tree_ / "temporary").value();
    Checkout checkout = std::move(made);
    EXPECT_EQ(tree_.Stat(checkout.tree().parent_path().lexically_relative(tree_.root())).st_mode & 0777, 0700u);
    ASSERT_TRUE(checkout.Move(first));
    const Path shown = checkout.tree().lexically_relative(tree_.root());
    using Listing = std::map<std::string, std::string>;
    EXPECT_EQ(tree_.Listing(shown),
              (Listing{{".git", "d"}, {"a", "f 1"}, {"b", "d"}, {"b/link", "l ../a"}, {"b/run", "x 2"}}));
    tree_.Write(shown / "a", "9");  // whatever happened to it meanwhile
    ASSERT_TRUE(checkout.Move(second));
    EXPECT_EQ(tree_.Listing(shown), (Listing{{".git", "d"}, {"a", "f 3"}, {"c", "d"}, {"c/d", "f 4"}}));
  }
  EXPECT_EQ(tree_.Listing("temporary").size(), 0u);
  EXPECT_EQ(tree_.Read("work/a"), "not committed");
}

TEST_F(GitTest, SaysWhereAPathLies) {
  tree_.Write("work/infra/stack.yaml", "");
  tree_.Link("work/link", "infra");
  tree_.Link("to-work", "work");
  tree_.Link("to-infra", "work/infra");
  const Repository repository = Find("work/infra").value();
  EXPECT_EQ(repository.top(), tree_ / "work");
  EXPECT_EQ(repository.Inside(tree_ / "work").value(), "");
  EXPECT_EQ(repository.Inside(tree_ / "work/").value(), "");
  EXPECT_EQ(repository.Inside(tree_ / "work/infra/stack.yaml").value(), "infra/stack.yaml");
  EXPECT_EQ(repository.Inside(tree_ / "work/infra/../x/y").value(), "x/y");                 // not there
  EXPECT_EQ(repository.Inside(tree_ / "work/link/stack.yaml").value(), "link/stack.yaml");  // the revision's own link
  EXPECT_EQ(repository.Inside(tree_ / "to-work/link").value(), "link");
  EXPECT_EQ(repository.Inside(tree_ / "to-infra/stack.yaml").value(), "infra/stack.yaml");
  EXPECT_EQ(repository.Inside(tree_ / "home"), std::nullopt);
  EXPECT_EQ(repository.Inside(tree_ / "work2"), std::nullopt);
}

TEST_F(GitTest, IsFoundFromADirectoryThatIsNotThere) {
  EXPECT_EQ(Find("work/gone/and/more").value().top(), tree_ / "work");
}

TEST_F(GitTest, RefusesWithAReason) {
  tree_.Write("work/a", "1");
  Commit();
  const Repository repository = Find().value();
  for (const char* revision : {"", "nothing", "-h", "--all", "HEAD:a", "HEAD^{tree}", "a b"}) {
    const Result<std::string> commit = repository.CommitOf(revision);
    ASSERT_FALSE(commit) << revision;
    EXPECT_EQ(commit.error().code, ErrorCode::kNotFound);
  }
  const Result<Repository> none = Repository::Find("/", environment_);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().message, "/ is in no git repository");
  const Result<Repository> inside = Find("work/.git");
  ASSERT_FALSE(inside);
  EXPECT_NE(inside.error().message.find("this operation must be run in a work tree"), std::string::npos)
      << inside.error().message;
  const Result<Repository> no_git = Repository::Find(tree_ / "work", {{"PATH", "/nowhere"}});
  ASSERT_FALSE(no_git);
  EXPECT_EQ(no_git.error().code, ErrorCode::kNotFound);
  EXPECT_EQ(Checkout::Make(repository, tree_ / "nowhere").error().code, ErrorCode::kNotFound);
  Checkout checkout = Checkout::Make(repository, tree_ / "temporary").value();
  const Result<> moved = checkout.Move(std::string(40, '1'));
  ASSERT_FALSE(moved);
  EXPECT_EQ(moved.error().code, ErrorCode::kUnavailable);
}

}  // namespace
}  // namespace davit::source
