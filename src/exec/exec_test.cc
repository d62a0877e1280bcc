#include <dirent.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <fstream>

#include "base/clock.h"
#include "exec/attempt_files.h"
#include "exec/proc.h"
#include "exec/supervisor.h"

namespace davit::exec {
namespace {

int OpenDescriptors() {
  int count = 0;
  DIR* directory = ::opendir("/proc/self/fd");
  while (::readdir(directory) != nullptr) ++count;
  ::closedir(directory);
  return count;
}

class ExecTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/davit-exec-XXXXXX";
    root_ = ::mkdtemp(name);
    launcher_ = StartLauncher(LAUNCHER).value();
  }
  void TearDown() override {
    launcher_.reset();
    std::filesystem::remove_all(root_);
  }
  Path Attempt(const std::string& name) {
    EXPECT_TRUE(MakeDirectories(root_ / name / "state"));
    EXPECT_TRUE(MakeDirectories(root_ / name / "logs"));
    return root_ / name;
  }
  ProcessSpec Shell(const Path& attempt, const std::string& script) {
    ProcessSpec spec;
    spec.argv = {"/bin/sh", "-c", script};
    spec.directory = attempt;
    spec.environment = {{"PATH", "/usr/bin:/bin"}, {"SECRET", "canary-4711"}};
    spec.stdout_file = attempt / "logs/stdout";
    spec.stderr_file = attempt / "logs/stderr";
    return spec;
  }
  /// Waits for the next end, at most 20 s.
  bool AwaitEnd() {
    pollfd fd{launcher_->fd(), POLLIN, 0};
    if (::poll(&fd, 1, 20000) <= 0) return false;
    auto ended = launcher_->Take();
    return ended && !ended->empty();
  }
  /// Waits until the file is there.
  static void AwaitFile(const Path& file) {
    for (int i = 0; i < 10000 && !std::filesystem::exists(file); ++i) ::usleep(1000);
    ASSERT_TRUE(std::filesystem::exists(file)) << file;
  }
  static pid_t PidOf(const Path& attempt, const char* who) {
    const json::object begin = ReadJsonFile(BeginFile(attempt, "op"));
    return static_cast<pid_t>(GetInt(*GetObject(begin, who), "pid"));
  }
  ExitStatus Status(const Path& attempt) { return ProbeOperation(attempt, "op").value().status.value(); }

  Path root_;
  std::unique_ptr<Launcher> launcher_;
};

TEST_F(ExecTest, RunsAndRecordsTheEnd) {
  const Path attempt = Attempt("a");
  EXPECT_EQ(ProbeOperation(attempt, "op")->phase, Phase::kNeverBegan);
  ASSERT_TRUE(launcher_->Launch(attempt, "op", Shell(attempt, "echo out; echo err >&2; cat; exit 3")));
  ASSERT_TRUE(AwaitEnd());
  const ExitStatus status = Status(attempt);
  EXPECT_EQ(status.exit_code, 3);
  EXPECT_TRUE(status.Clean());
  EXPECT_GT(status.max_rss_kb, 0);
  EXPECT_EQ(ReadFile(attempt / "logs/stdout").value(), "out\n");
  EXPECT_EQ(ReadFile(attempt / "logs/stderr").value(), "err\n");
  for (const auto& file : std::filesystem::recursive_directory_iterator(attempt)) {
    if (!file.is_regular_file()) continue;
    EXPECT_EQ(ReadFile(file.path())->find("canary-4711"), std::string::npos) << file.path();
  }
}

TEST_F(ExecTest, ABinaryThatIsNotThereIsSaidAndNothingRan) {
  const Path attempt = Attempt("a");
  ProcessSpec spec = Shell(attempt, "");
  spec.argv = {"/nonexistent/tool"};
  ASSERT_TRUE(launcher_->Launch(attempt, "op", spec));
  ASSERT_TRUE(AwaitEnd());
  EXPECT_NE(Status(attempt).start_error.find("/nonexistent/tool: No such file"), std::string::npos);
  EXPECT_FALSE(Status(attempt).Clean());
}

TEST_F(ExecTest, TakenBackMeansThatItNeverStarts) {
  const Path attempt = Attempt("a");
  EXPECT_TRUE(TakeBack(attempt, "op").value());
  ASSERT_TRUE(launcher_->Launch(attempt, "op", Shell(attempt, "touch ran")));
  ASSERT_TRUE(AwaitEnd());
  EXPECT_FALSE(std::filesystem::exists(attempt / "ran"));
  EXPECT_EQ(ProbeOperation(attempt, "op")->phase, Phase::kDead);
}

TEST_F(ExecTest, AToolOutlivesItsLauncher) {
  const Path attempt = Attempt("a");
  ASSERT_TRUE(
      launcher_->Launch(attempt, "op", Shell(attempt, "touch began; while [ ! -e go ]; do sleep 0.01; done; exit 7")));
  AwaitFile(attempt / "began");
  launcher_.reset();
  EXPECT_EQ(ProbeOperation(attempt, "op")->phase, Phase::kRunning);
  EXPECT_FALSE(TakeBack(attempt, "op").value());
  ASSERT_TRUE(WriteFile(attempt / "go", ""));
  AwaitFile(StatusFile(attempt, "op"));
  EXPECT_EQ(Status(attempt).exit_code, 7);
}

TEST_F(ExecTest, AKilledSupervisorLeavesAnOrphanThatIsFound) {
  const Path attempt = Attempt("a");
  ASSERT_TRUE(launcher_->Launch(attempt, "op", Shell(attempt, "touch began; exec sleep 100")));
  AwaitFile(attempt / "began");
  const pid_t supervisor = PidOf(attempt, "supervisor");
  const pid_t tool = PidOf(attempt, "tool");
  ::kill(supervisor, SIGKILL);
  ASSERT_TRUE(AwaitEnd());
  EXPECT_EQ(ProbeOperation(attempt, "op")->phase, Phase::kOrphaned);
  ASSERT_TRUE(SignalOperation(attempt, "op", Signal::kForce));
  while (StartTimeOf(tool) != 0) ::usleep(1000);
  EXPECT_EQ(ProbeOperation(attempt, "op")->phase, Phase::kDead);
}

TEST_F(ExecTest, ForceKillsWhatIgnoresSignalsAndWhatDaemonized) {
  const Path attempt = Attempt("a");
  ProcessSpec spec = Shell(
      attempt,
      "setsid sh -c 'echo $$ > daemon; exec sleep 100' & trap '' INT TERM; touch began; while :; do sleep 0.01; done");
  spec.grace_ms = 50;
  ASSERT_TRUE(launcher_->Launch(attempt, "op", spec));
  AwaitFile(attempt / "began");
  AwaitFile(attempt / "daemon");
  const pid_t daemon = std::atoi(ReadFile(attempt / "daemon")->c_str());
  ASSERT_TRUE(SignalOperation(attempt, "op", Signal::kForce));
  ASSERT_TRUE(AwaitEnd());
  EXPECT_TRUE(Status(attempt).killed);
  EXPECT_EQ(Status(attempt).signal, SIGKILL);
  EXPECT_EQ(StartTimeOf(daemon), 0u);
}

TEST_F(ExecTest, ATimeoutInterruptsFirst) {
  const Path attempt = Attempt("a");
  ProcessSpec spec = Shell(attempt, "trap 'echo stopped; exit 9' INT; while :; do sleep 0.01; done");
  spec.timeout_ms = 200;
  ASSERT_TRUE(launcher_->Launch(attempt, "op", spec));
  ASSERT_TRUE(AwaitEnd());
  EXPECT_TRUE(Status(attempt).timed_out);
  EXPECT_EQ(Status(attempt).exit_code, 9);
  EXPECT_EQ(ReadFile(attempt / "logs/stdout").value(), "stopped\n");
}

TEST_F(ExecTest, SurvivorsOfANormalEndAreNamedAndLeft) {
  const Path attempt = Attempt("a");
  ASSERT_TRUE(launcher_->Launch(attempt, "op", Shell(attempt, "setsid sleep 100 & sleep 0.1; exit 0")));
  ASSERT_TRUE(AwaitEnd());
  const ExitStatus status = Status(attempt);
  ASSERT_EQ(status.survivors.size(), 1u);
  EXPECT_NE(status.survivors[0].find("sleep"), std::string::npos);
  ::kill(std::atoi(status.survivors[0].c_str()), SIGKILL);
}

TEST_F(ExecTest, WhatAToolLeftBehindMayStillWriteItsLog) {
  const Path attempt = Attempt("a");
  ASSERT_TRUE(launcher_->Launch(attempt, "op",
                                Shell(attempt, "(sleep 0.3; echo late) & (exec >/dev/null 2>&1; sleep 100) & exit 0")));
  ASSERT_TRUE(AwaitEnd());
  EXPECT_EQ(ReadFile(attempt / "logs/stdout").value(), "late\n");
  const ExitStatus status = Status(attempt);
  EXPECT_LT(status.wall_ms, 4000) << "what has no log of its tool's is not waited for";
  ASSERT_FALSE(status.survivors.empty());
  for (const std::string& survivor : status.survivors) ::kill(std::atoi(survivor.c_str()), SIGKILL);
}

TEST_F(ExecTest, ChildrenOfAToolThatWasKilledAloneAreEnded) {
  const Path attempt = Attempt("a");
  const char* const text =
      "setsid sh -c 'echo $$ > one; exec sleep 100' & sh -c \"trap '' TERM; echo \\$\\$ > two; exec sleep 100\" & "
      "while [ ! -s one ] || [ ! -s two ]; do sleep 0.01; done; kill -9 $$";
  ProcessSpec spec = Shell(attempt, text);
  spec.grace_ms = 50;
  ASSERT_TRUE(launcher_->Launch(attempt, "op", spec));
  ASSERT_TRUE(AwaitEnd());
  const ExitStatus status = Status(attempt);
  EXPECT_EQ(status.signal, SIGKILL);
  EXPECT_FALSE(status.killed);
  EXPECT_TRUE(status.survivors.empty());
  for (const char* name : {"one", "two"}) EXPECT_EQ(StartTimeOf(std::atoi(ReadFile(attempt / name)->c_str())), 0u);
}

TEST_F(ExecTest, ManyAtOnceLeakNothing) {
  const int before = OpenDescriptors();
  for (int round = 0; round < 10; ++round) {
    int open = 0;
    for (int i = 0; i < 30; ++i) {
      const Path attempt = Attempt(std::to_string(round) + "-" + std::to_string(i));
      ProcessSpec spec = Shell(attempt, "");
      spec.argv = {"/bin/true"};
      ASSERT_TRUE(launcher_->Launch(attempt, "op", spec));
      ++open;
    }
    while (open > 0) {
      pollfd fd{launcher_->fd(), POLLIN, 0};
      ASSERT_GT(::poll(&fd, 1, 20000), 0);
      open -= static_cast<int>(launcher_->Take()->size());
    }
  }
  EXPECT_EQ(OpenDescriptors(), before);
  EXPECT_EQ(launcher_->started(), 301);
  for (int i = 0; i < 30; ++i) EXPECT_EQ(Status(root_ / ("9-" + std::to_string(i))).exit_code, 0);
}

TEST(RunAndCapture, GivesOutputOrTheLastLineOfTheError) {
  const ProcessEnv environment{{"PATH", "/usr/bin:/bin"}};
  const std::string sh = FindOnPath("sh", environment).string();
  EXPECT_EQ(RunAndCapture({sh, "-c", "echo hi"}, environment, 5000).value(), "hi\n");
  const std::string input(100'000, 'x');
  EXPECT_EQ(RunAndCapture({sh, "-c", "cat"}, environment, 5000, nullptr, &input).value(), input);
  EXPECT_NE(RunAndCapture({sh, "-c", "echo a >&2; echo b >&2; exit 1"}, environment, 5000).error().message.find('b'),
            std::string::npos);
  EXPECT_EQ(RunAndCapture({sh, "-c", "sleep 9"}, environment, 50).error().code, ErrorCode::kTimedOut);
  EXPECT_EQ(FindOnPath("no-such-tool", environment), "");
}

}  // namespace
}  // namespace davit::exec
