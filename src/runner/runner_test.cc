// The parts of the runner that need no store. The loop itself runs for real in tests/cli and tests/cluster.
#include <gtest/gtest.h>

#include "drivers/script/script_driver.h"
#include "drivers/terraform/terraform_driver.h"
#include "drivers/test_runner.h"
#include "runner/attempt.h"
#include "runner/log_follower.h"
#include "runner/passed_environment.h"
#include "runner/report.h"

namespace davit::runner {
namespace {

using drivers::TestDirectory;

class LogFollowerTest : public testing::Test {
 protected:
  Path Out() const { return directory_.path() / "out"; }
  Path Err() const { return directory_.path() / "err"; }
  void Append(const Path& file, const std::string& text) {
    const std::string before = ReadFile(file).value_or("");
    ASSERT_TRUE(WriteFile(file, before + text));
  }
  LogFollower Follower(std::vector<std::string> secrets = {}, const control::LogCursor& kept = {}) {
    LogFollower follower(std::move(secrets), {"token"}, kept);
    follower.Begin(Out(), Err(), driver_.Reader({}));
    return follower;
  }
  std::vector<std::string> Pump(LogFollower& follower, bool ended) {
    std::vector<std::string> texts;
    while (follower.Pump(ended, [&](const drivers::ToolEvent& event) { texts.push_back(event.text); })) {
    }
    return texts;
  }
  TestDirectory directory_;
  drivers::ScriptDriver driver_;
};

TEST_F(LogFollowerTest, GivesWholeLinesAsTheyCome) {
  LogFollower follower = Follower();
  EXPECT_TRUE(Pump(follower, false).empty());  // no file yet
  Append(Out(), "one\ntw");
  EXPECT_EQ(Pump(follower, false), std::vector<std::string>{"one"});
  Append(Out(), "o\nlast");
  Append(Err(), "oh\n");
  EXPECT_EQ(Pump(follower, false), (std::vector<std::string>{"two", "oh"}));
  EXPECT_EQ(Pump(follower, true), std::vector<std::string>{"last"});
  const control::LogUpload upload = follower.TakePending(AttemptId("att_1"));
  ASSERT_EQ(upload.lines.size(), 4u);
  EXPECT_TRUE(upload.lines[2].from_stderr);
  EXPECT_EQ(upload.stdout_offset, 12);
  EXPECT_EQ(upload.stderr_offset, 3);
  EXPECT_EQ(follower.pending_bytes(), 0u);
}

TEST_F(LogFollowerTest, SecretsAreMaskedBeforeAnybodySeesThem) {
  LogFollower follower = Follower({"hunter22"});
  Append(Out(), "the password is hunter22\n");
  EXPECT_EQ(Pump(follower, true), std::vector<std::string>{"the password is ***"});
  EXPECT_EQ(follower.TakePending(AttemptId("att_1")).lines[0].text, "the password is ***");
}

TEST_F(LogFollowerTest, WhatIsPrintedAsASecretOutputIsASecret) {
  LogFollower follower = Follower();
  Append(Out(), "made hunter22\nOutputs:\ntoken = \"hunter22\"\nother = plain\n\nplain hunter22\n");
  Append(Err(), "errors hunter22\n");
  EXPECT_EQ(Pump(follower, true), (std::vector<std::string>{"made hunter22", "plain ***", "errors ***"}));
  const control::LogUpload upload = follower.TakePending(AttemptId("att_1"));
  ASSERT_EQ(upload.lines.size(), 3u);
  EXPECT_EQ(upload.lines[0].text, "made ***") << "it was not kept yet";
}

TEST_F(LogFollowerTest, ALineWithoutEndCostsNoMemoryAndTheNextOneIsWhole) {
  LogFollower follower = Follower();
  Append(Out(), std::string(3 << 20, 'x') + "\nnext\n");
  const std::vector<std::string> texts = Pump(follower, false);
  ASSERT_EQ(texts.size(), 2u);
  EXPECT_LE(texts[0].size(), 8192u);
  EXPECT_EQ(texts[1], "next");
}

TEST_F(LogFollowerTest, AnAdopterReadsAllAndKeepsWhatIsNew) {
  Append(Out(), "one\ntwo\n");
  LogFollower first = Follower();
  Pump(first, false);
  const control::LogUpload upload = first.TakePending(AttemptId("att_1"));
  control::LogCursor kept;
  kept.stdout_offset = upload.stdout_offset;
  LogFollower second = Follower({}, kept);
  Append(Out(), "three\n");
  EXPECT_EQ(Pump(second, true).size(), 3u);
  const control::LogUpload more = second.TakePending(AttemptId("att_1"));
  ASSERT_EQ(more.lines.size(), 1u);
  EXPECT_EQ(more.lines[0].text, "three");
}

TEST_F(LogFollowerTest, OffsetsGoOnOverTheProcessesOfAnAttempt) {
  LogFollower follower = Follower();
  Append(Out(), "init\n");
  Pump(follower, true);
  const Path second = directory_.path() / "second";
  follower.Begin(second, Err(), driver_.Reader({}));
  Append(second, "apply\n");
  Pump(follower, true);
  EXPECT_EQ(follower.TakePending(AttemptId("att_1")).stdout_offset, 11);
}

TEST(Report, JoinsStateAndLog) {
  TestDirectory directory;
  drivers::TerraformDriver driver;
  drivers::Operation operation;
  operation.name = "apply";
  operation.process.stdout_file = directory.path() / "out";
  auto hook = [](const char* type, const char* address, const char* more = "") {
    return std::string(R"({"type":")") + type + R"(","hook":{"resource":{"addr":")" + address +
           R"("},"action":"create")" + more + "}}\n";
  };
  auto planned = [](const char* address) {
    return std::string(R"({"type":"planned_change","change":{"action":"create","resource":{"addr":")") + address +
           "\"}}}\n";
  };
  ASSERT_TRUE(WriteFile(
      operation.process.stdout_file,
      planned("a.kept") + planned("a.lost") + planned("a.begun") + planned("a.planned") +
          hook("apply_start", "a.kept") + hook("apply_complete", "a.kept", R"(,"id_key":"id","id_value":"1")") +
          hook("apply_start", "a.lost") + hook("apply_complete", "a.lost", R"(,"id_key":"id","id_value":"it's")") +
          hook("apply_start", "a.begun") + "{\"type\":\"apply_sta"));
  const std::string state = R"({"version":4,"serial":3,"lineage":"l","outputs":{},"resources":[)"
                            R"({"mode":"managed","type":"a","name":"kept","instances":[{"attributes":{}}]}]})";
  const json::object report = ReconcileReport(driver, operation, "terraform", state);
  EXPECT_EQ(GetInt(report, "state_resources"), 1);
  EXPECT_EQ(json::serialize(report.at("created_not_in_state")),
            R"([{"address":"a.lost","import":"terraform import 'a.lost' 'it'\\''s'"}])");
  EXPECT_EQ(json::serialize(report.at("perhaps_made")), R"(["a.begun"])");
  const json::object more = ReconcileReport(driver, operation, "terraform", state, true);
  EXPECT_EQ(json::serialize(more.at("perhaps_made")), R"(["a.begun","a.planned"])");
}

TEST(Report, ReasonsSayWhatIsKnown) {
  exec::ExitStatus status;
  status.signal = 9;
  EXPECT_EQ(ReasonOf(&status), "its tool was killed (signal 9)");
  status.timed_out = true;
  EXPECT_NE(ReasonOf(&status).find("timeout"), std::string::npos);
  EXPECT_NE(ReasonOf(nullptr).find("nobody saw"), std::string::npos);
}

TEST(PassedEnvironment, IsWhatTheModeLetsThrough) {
  const exec::ProcessEnv own{{"PATH", "/bin"}, {"AWS_PROFILE", "a"}, {"TF_VAR_x", "1"},
                             {"LC_ALL", "C"},  {"EXTRA", "e"},       {"MINE", "m"}};
  control::Lease lease;
  lease.module.environment = {"PATH"};
  lease.pass_env = {"EXTRA", "MISSING"};
  using Names = std::vector<std::string>;
  const auto passed = [&] {
    Names names;
    for (const auto& [name, value] : PassedEnvironmentOf(lease, own)) names.push_back(name + "=" + value);
    return names;
  };
  EXPECT_EQ(passed(), (Names{"EXTRA=e", "PATH=/bin"})) << "natively only what is declared";
  control::InPlaceTools& tools = lease.in_place.emplace();
  EXPECT_EQ(passed(), (Names{"AWS_PROFILE=a", "EXTRA=e", "LC_ALL=C", "MINE=m", "PATH=/bin"}));
  tools.passed_environment = control::PassedEnvironment::kEverything;
  EXPECT_EQ(passed().size(), 6u);
  tools.passed_environment = control::PassedEnvironment::kStrict;
  tools.more_environment = {{"HUB_STATE", "s"}, {"PATH", "/over"}};
  EXPECT_EQ(passed(), (Names{"AWS_PROFILE=a", "EXTRA=e", "HUB_STATE=s", "LC_ALL=C", "PATH=/over"}));
}

TEST(Changes, AreCountedByAction) {
  EXPECT_EQ(CountChanges({}), "");
  EXPECT_EQ(CountChanges({{"a", "create"}, {"b", "create"}, {"c", "replace"}, {"d", "read"}}),
            R"({"v":1,"create":2,"update":0,"replace":1,"delete":0})");
}

}  // namespace
}  // namespace davit::runner
