// A git repository in a temporary directory, for the tests of this folder. One thread.
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include "exec/supervisor.h"
#include "source/test_tree.h"

namespace davit::source {

/// An empty repository in work/, with a home of its own. Skipped where there is no git.
class GitWork : public testing::Test {
 protected:
  void SetUp() override {
    environment_ = {{"PATH", std::getenv("PATH")}, {"HOME", (tree_ / "home").string()}};
    if (exec::FindOnPath("git", environment_).empty()) GTEST_SKIP() << "not run: needs git";
    for (const char* directory : {"home", "work"}) ASSERT_TRUE(MakeDirectories(tree_ / directory));
    Git({"init", "-q", "-b", "main", "."});
  }

  std::string Git(std::vector<std::string> arguments) {
    std::vector<std::string> argv{exec::FindOnPath("git", environment_).string(),
                                  "-C",
                                  (tree_ / "work").string(),
                                  "-c",
                                  "user.name=tester",
                                  "-c",
                                  "user.email=tester@example.org"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    std::string errors;
    const Result<std::string> printed = exec::RunAndCapture(argv, environment_, 60'000, &errors);
    EXPECT_TRUE(printed) << errors;
    return printed ? printed->substr(0, printed->find('\n')) : "";
  }
  std::string Commit() {
    Git({"add", "-A"});
    Git({"commit", "-q", "-m", "a commit"});
    return Git({"rev-parse", "HEAD"});
  }

  TestTree tree_;
  exec::ProcessEnv environment_;
};

}  // namespace davit::source
