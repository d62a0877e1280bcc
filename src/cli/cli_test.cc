// What is pure in cli/: widths, the live table at 40, 80 and 200 columns, summaries, the critical path, and the command
// line.
#include <gtest/gtest.h>

#include "cli/commands.h"
#include "cli/parse.h"
#include "cli/progress_view.h"
#include "cli/style.h"
#include "cli/summary.h"
#include "cli/views.h"

namespace davit::cli {
namespace {

constexpr Style kPlain{false, true};
constexpr Style kAscii{false, false};
constexpr Style kColor{true, true};

std::string Joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST(Style, WidthCountsColumns) {
  EXPECT_EQ(Width("abc"), 3);
  EXPECT_EQ(Width("größe"), 5);
  EXPECT_EQ(Width("数据库"), 6);
  EXPECT_EQ(Width("e\u0301"), 1);  // a combining accent takes no room
  EXPECT_EQ(Width("\033[31mred\033[0m"), 3);
}

TEST(Style, CutNeverExceedsTheWidth) {
  EXPECT_EQ(Cut("abcdef", 6, kPlain), "abcdef");
  EXPECT_EQ(Cut("abcdefg", 6, kPlain), "abcde…");
  EXPECT_EQ(Cut("abcdefg", 6, kAscii), "abcde~");
  EXPECT_EQ(Cut("abc", 0, kPlain), "");
  for (int columns = 1; columns < 12; ++columns) {
    EXPECT_LE(Width(Cut("数据库 ab 数据库", columns, kPlain)), columns);
    EXPECT_EQ(Width(Fit("数据库 ab 数据库", columns, kPlain)), columns);
  }
}

TEST(Style, WrapKeepsLongWordsWhole) {
  EXPECT_EQ(Wrap("one two three", 7), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(Wrap("a run_01jdabcdefghijklmnop b", 10), (std::vector<std::string>{"a", "run_01jdabcdefghijklmnop", "b"}));
  EXPECT_TRUE(Wrap("", 10).empty());
}

TEST(Style, ChunksKeepTheSpacesOfAValue) {
  EXPECT_EQ(Chunks("ab  cd  ef", 6), (std::vector<std::string>{"ab", "cd  ef"}));
  EXPECT_EQ(Chunks("a bcdefghijk", 6), (std::vector<std::string>{"a bcde", "fghijk"}));
  EXPECT_EQ(Chunks("漢字漢字", 5), (std::vector<std::string>{"漢字", "漢字"}));
  EXPECT_EQ(Chunks("漢", 1), (std::vector<std::string>{"漢"}));
  EXPECT_TRUE(Chunks("", 6).empty());
}

FrameView BusyFrame(size_t rows) {
  FrameView view;
  view.title = "davit up a-stack-with-a-long-name";
  view.done = 12;
  view.total = 40;
  view.failed = 1;
  view.elapsed_ms = 7000;
  for (size_t i = 0; i < rows; ++i) {
    view.rows.push_back({"component-" + std::to_string(i),
                         "terraform_data.数据库[\"primary\"]: creating, still creating after a while", 1234});
  }
  return view;
}

TEST(Frame, FitsEveryWidth) {
  for (const Style& style : {kPlain, kAscii, kColor}) {
    for (int columns = 20; columns <= 220; ++columns) {
      for (const std::string& line : RenderFrame(BusyFrame(3), style, columns, 24))
        EXPECT_LT(Width(line), columns) << line;
    }
  }
}

TEST(Frame, LooksLikeThis) {
  EXPECT_EQ(Joined(RenderFrame(BusyFrame(2), kAscii, 80, 24)),
            "davit up a-stack-with-a-long-name  12/40  00:07  2 running  1 failed\n"
            "| component-0   1.2s  terraform_data.数据库[\"primary\"]: creating, still creati~\n"
            "| component-1   1.2s  terraform_data.数据库[\"primary\"]: creating, still creati~\n");
  EXPECT_EQ(Joined(RenderFrame(BusyFrame(1), kPlain, 40, 24)),
            "davit up a-sta…  12/40  00:07  1 failed\n"
            "⠹ component-0   1.2s  terraform_data.…\n");
}

TEST(Frame, NeverHigherThanTheScreen) {
  for (int rows = 4; rows < 30; ++rows) {
    const auto lines = RenderFrame(BusyFrame(50), kPlain, 80, rows);
    EXPECT_LT(lines.size(), static_cast<size_t>(rows));
    EXPECT_NE(lines.back().find(" more"), std::string::npos);
  }
  EXPECT_EQ(RenderFrame(BusyFrame(50), kPlain, 80, 10).back(), "  +44 more");
}

TEST(Ended, SuccessIsOneLine) {
  EndedView view;
  view.name = "network";
  view.result = RunResult::kSucceeded;
  view.changes.create = 2;
  view.duration_ms = 400;
  EXPECT_EQ(Joined(RenderEnded(view, kPlain, 80, 10)), "✓ network     created 2  0.4s\n");
  EXPECT_EQ(Joined(RenderEndedPlain(view)), "network: created 2 (0.4s)\n");
}

TEST(Ended, FailureShowsWhyAndWhereTheRestIs) {
  EndedView view;
  view.name = "api";
  view.result = RunResult::kFailed;
  view.reason = "make: *** [Makefile:2: deploy] Error 1";
  view.duration_ms = 250;
  view.tail = {"building", "no such file: server.key"};
  view.log_command = "davit logs run_1 api";
  EXPECT_EQ(Joined(RenderEnded(view, kPlain, 40, 10)),
            "✗ api         failed  0.2s\n"
            "    make: *** [Makefile:2: deploy]\n"
            "    Error 1\n"
            "    │ building\n"
            "    │ no such file: server.key\n"
            "    davit logs run_1 api\n");
}

TEST(Changes, AreReadFromJson) {
  const ChangeCounts counts = ParseChanges(R"({"v":1,"create":2,"update":0,"replace":1,"delete":3})");
  EXPECT_EQ(DescribeChanges(counts, false), "created 2, replaced 1, destroyed 3");
  EXPECT_EQ(DescribeChanges(counts, true), "will create 2, replace 1, destroy 3");
  EXPECT_EQ(DescribeChanges(ParseChanges("not json"), true), "");
}

TEST(CriticalPathTest, TheChainThatTookLongest) {
  const Producers producers = {{"api", {"db", "cache"}}, {"db", {"network"}}, {"cache", {"network"}}, {"web", {"api"}}};
  const CriticalPath path = FindCriticalPath(
      producers, {{"network", 100}, {"db", 500}, {"cache", 900}, {"api", 50}, {"web", 10}, {"lonely", 200}});
  EXPECT_EQ(path.components, (std::vector<std::string>{"network", "cache", "api", "web"}));
  EXPECT_EQ(path.duration_ms, 1060);
}

TEST(CriticalPathTest, GoesThroughUnchangedComponents) {
  const CriticalPath path = FindCriticalPath({{"c", {"b"}}, {"b", {"a"}}}, {{"a", 10}, {"c", 20}});
  EXPECT_EQ(path.components, (std::vector<std::string>{"a", "c"}));
  EXPECT_EQ(path.duration_ms, 30);
}

TEST(CriticalPathTest, ALongChainNeedsNoDeepStack) {
  Producers producers;
  Durations durations;
  for (int i = 0; i < 20000; ++i) {
    durations["c" + std::to_string(i)] = 1;
    if (i > 0) producers["c" + std::to_string(i)] = {"c" + std::to_string(i - 1)};
  }
  EXPECT_EQ(FindCriticalPath(producers, durations).duration_ms, 20000);
}

control::JobView Ended(std::string name, RunResult result, std::string reason = {}) {
  control::JobView view;
  view.job.name = std::move(name);
  view.job.state = JobState::kFinished;
  view.job.result = result;
  view.job.reason = std::move(reason);
  return view;
}

SummaryView Summary(RunResult result) {
  SummaryView view;
  view.stack = "shop";
  view.duration_ms = 3400;
  view.run.run.id = RunId("run_1");
  view.run.run.state = RunState::kFinished;
  view.run.run.result = result;
  return view;
}

TEST(Summary, Unchanged) {
  SummaryView view = Summary(RunResult::kUnchanged);
  view.unchanged = 8;
  EXPECT_EQ(Joined(RenderSummary(view, kPlain, 80)), "Nothing changed: 8 components are up to date (3.4s).\n");
}

TEST(Summary, SuccessWithOutputs) {
  SummaryView view = Summary(RunResult::kSucceeded);
  view.run.jobs = {Ended("network", RunResult::kSucceeded), Ended("api", RunResult::kUnchanged)};
  view.critical = {{"network", "db"}, 3200};
  view.outputs["url"] = Value{"https://shop.example", false, false};
  view.outputs["password"] = Value{"hunter2", true, false};
  EXPECT_EQ(Joined(RenderSummary(view, kPlain, 80)),
            "✓ shop is up: 1 done, 1 unchanged (3.4s)\n"
            "  critical path: network → db, 3.2s\n"
            "\n"
            "Outputs\n"
            "  password  (sensitive)\n"
            "  url       https://shop.example\n"
            "\n"
            "Next: `davit status` shows what stands, `davit down` takes it away\n");
}

TEST(Summary, FailureNamesCauseAndCommand) {
  SummaryView view = Summary(RunResult::kFailed);
  view.run.jobs = {Ended("network", RunResult::kSucceeded), Ended("api", RunResult::kFailed, "exit code 2: boom"),
                   Ended("web", RunResult::kNotReached, "api failed")};
  EXPECT_EQ(Joined(RenderSummary(view, kPlain, 80)),
            "✗ shop is not up: 1 failed, 1 done, 1 not reached (3.4s)\n"
            "  ✗ api: exit code 2: boom\n"
            "      davit logs run_1 api\n"
            "  · web: api failed\n"
            "\n"
            "Next: mend what failed and run `davit up` again; what is done stays done\n");
}

TEST(Summary, WaitsForAPerson) {
  SummaryView view = Summary(RunResult::kNone);
  view.run.run.state = RunState::kRunning;
  control::JobView job;
  job.job.name = "db";
  job.job.state = JobState::kNeedsReconcile;
  job.waits_for = "terraform was killed";
  view.run.jobs = {job};
  EXPECT_EQ(Joined(RenderSummary(view, kPlain, 80)),
            "! shop waits for you: 1 waits (3.4s)\n"
            "  ! db: terraform was killed\n"
            "\n"
            "Next: look at what happened, then decide\n"
            "  davit run reconcile run_1\n");
}

TEST(Summary, FitsNarrowScreensButForCommands) {
  SummaryView view = Summary(RunResult::kFailed);
  view.run.jobs = {
      Ended("a-component", RunResult::kFailed, "a long reason with many words in it that has to be wrapped somewhere")};
  view.critical = {{"first", "second", "third", "fourth", "fifth"}, 3200};
  for (int columns : {40, 80, 200}) {
    for (const std::string& line : RenderSummary(view, kColor, columns)) {
      if (line.find("davit logs") != std::string::npos) continue;
      EXPECT_LT(Width(line), columns) << line;
    }
  }
}

TEST(Json, SensitiveValuesStayOut) {
  control::OutputsView view;
  view.components["db"]["password"] = Value{"hunter2", true, false};
  EXPECT_EQ(PrettyJson(OutputsJson(view, false)).find("hunter2"), std::string::npos);
  EXPECT_NE(PrettyJson(OutputsJson(view, true)).find("hunter2"), std::string::npos);
}

Error ErrorOf(const std::vector<std::string>& arguments) {
  Result<Invocation> invocation = ParseCommandLine(arguments);
  EXPECT_FALSE(invocation.has_value());
  return invocation ? Error{} : invocation.error();
}

TEST(Parse, OptionsReachTheCommand) {
  Result<Invocation> up = ParseCommandLine({"up", "examples/shop", "--env", "dev", "-p", "a.yaml", "-p", "b.yaml",
                                            "--target", "api", "--parallelism", "3", "-m", "why"});
  ASSERT_TRUE(up.has_value());
  EXPECT_EQ(up->run, &RunUp);
  EXPECT_EQ(up->options.directory, Path("examples/shop"));
  EXPECT_EQ(up->options.environment, "dev");
  EXPECT_EQ(up->options.parameter_files, (std::vector<std::string>{"a.yaml", "b.yaml"}));
  EXPECT_EQ(up->options.targets, std::vector<std::string>{"api"});
  EXPECT_EQ(up->options.parallelism, 3);
  EXPECT_EQ(up->options.message, "why");
  Result<Invocation> cancel = ParseCommandLine({"run", "force-cancel", "last"});
  ASSERT_TRUE(cancel.has_value());
  EXPECT_EQ(cancel->run, &RunRunForceCancel);
  EXPECT_EQ(cancel->options.run, "last");
}

TEST(Parse, MistakesGetASuggestion) {
  EXPECT_EQ(ErrorOf({"valdate"}).suggestion, "did you mean 'validate'?");
  EXPECT_EQ(ErrorOf({"run", "cancle", "last"}).suggestion, "did you mean 'cancel'?");
  EXPECT_EQ(ErrorOf({"up", "--auto-aprove"}).suggestion, "did you mean '--auto-approve'?");
  EXPECT_EQ(ErrorOf({"up", "--auto-aprove"}).code, ErrorCode::kInvalidInput);
  EXPECT_EQ(ErrorOf({"up", "--parallelism", "many"}).code, ErrorCode::kInvalidInput);
  EXPECT_EQ(ErrorOf({"run", "show"}).code, ErrorCode::kInvalidInput);
  EXPECT_EQ(ErrorOf({"version", "extra"}).message, "`davit version` does not take 'extra'");
}

TEST(Parse, EveryCommandHasItsManualPage) {
  for (const char* name :
       {"validate", "graph", "up", "down", "status", "outputs", "logs", "run", "why", "version", "davit"}) {
    EXPECT_FALSE(ManualPage(name).empty()) << name;
  }
  Result<Invocation> help = ParseCommandLine({"up", "--help"});
  ASSERT_TRUE(help.has_value());
  EXPECT_NE(help->help.find("--auto-approve"), std::string::npos);
  EXPECT_NE(help->help.find(ManualPage("up")), std::string::npos);
}

}  // namespace
}  // namespace davit::cli
