// What can be counted is counted (the budgets of DESIGN.md): SQL statements for each component, by use case. The number for a component is
// the same in a stack of 100 and in one of 500, and is written down here: more is a change that somebody has to want.
#include <functional>

#include "control/control_test.h"

namespace davit::control {
namespace {

constexpr int kFew = 100;  // more than a claim looks at in one go
constexpr int kMany = 500;

class CountsTest : public ControlTest {
 protected:
  /// Components c0, c1, …, of one module; `line` gives what each has besides its name.
  void WriteMany(int count, const std::function<std::string(int)>& line) {
    // A document that is always a file: a small one is a row, which is a statement more.
    std::string stack =
        "components:\n  - {name: large, source: job, parameters: {text: \"" + std::string(20'000, 'x') + "\"}}\n";
    for (int i = 0; i < count; ++i) stack += "  - {name: c" + std::to_string(i) + ", source: job" + line(i) + "}\n";
    WriteStack(stack, {"job"});
  }
  static std::string Alone(int) { return ""; }
  static std::string Uses(int producer) {
    return ", parameters: {before: \"${c" + std::to_string(producer) + ":id}\"}";
  }
  static std::string UsesTheLast(int i) { return i == 0 ? "" : Uses(i - 1); }
  static std::string UsesTheFirst(int i) { return i == 0 ? "" : Uses(0); }

  int64_t Counted(const std::function<void()>& use_case) {
    const int64_t before = davit_->store().counters().statements;
    use_case();
    return davit_->store().counters().statements - before;
  }

  /// Each component leaves the output `id`, a state and a line of log, as a runner of one slot reports it.
  void DriveAll(const RunId& run) {
    std::vector<Lease> leases = Claim(run, 1);
    while (!leases.empty()) {
      const Lease lease = leases.back();
      leases.pop_back();
      TaskOutcome outcome = Done({{"id", Text(lease.component)}});
      if (lease.kind != TaskKind::kDestroy) outcome.state = "{\"of\": \"" + lease.component + "\"}";
      if (lease.kind == TaskKind::kPlan) {
        outcome = TaskOutcome();
        outcome.plan = "plan of " + lease.component;
        outcome.planned.emplace();
        outcome.planned->planned_outputs["id"] = Text(lease.component);
      }
      LogUpload log;
      log.attempt = lease.attempt;
      log.stdout_offset = 3;
      log.lines.push_back({0, false, "hi"});
      ASSERT_TRUE(client().AttemptCleaned(lease.attempt));
      Result<FinishAnswer> answer = client().Finish(lease, outcome, log, 1);
      ASSERT_TRUE(answer) << answer.error().message;
      leases.insert(leases.end(), answer->leases.begin(), answer->leases.end());
      if (!leases.empty() || Row(run).state != RunState::kAwaitingApproval) continue;
      ASSERT_TRUE(client().Answered(run, {}));
      leases = Claim(run, 1);
    }
    EXPECT_EQ(Row(run).state, RunState::kFinished);
  }

  struct Costs {
    int64_t submit = 0, deploy = 0, unchanged = 0, submit_down = 0, down = 0;
  };
  /// A stack of `count` components from nothing to nothing; `planned`: each has a plan task of its own.
  Costs Live(int count, const std::function<std::string(int)>& line, bool planned) {
    TearDown();
    SetUp();
    if (planned) MakeTerraform("job", {"id"});
    WriteMany(count, line);
    Costs costs;
    SubmitRequest request = DeployRequest();
    request.direct = !planned;
    request.gate = planned;
    RunId run;
    costs.submit = Counted([&] { run = Submit(request); });
    costs.deploy = Counted([&] { DriveAll(run); });
    costs.unchanged = Counted([&] { run = Submit(request); });
    EXPECT_EQ(Row(run).result, RunResult::kUnchanged);
    costs.submit_down = Counted([&] { run = Submit(DestroyRequest()); });
    costs.down = Counted([&] { DriveAll(run); });
    return costs;
  }

  /// The same with few and with many components: each of the additional ones costs at most this, and all of them the same.
  void ExpectEach(const std::function<std::string(int)>& line, bool planned, const Costs& most) {
    const Costs few = Live(kFew, line, planned);
    const Costs many = Live(kMany, line, planned);
    auto expect = [&](const char* use_case, int64_t Costs::*cost) {
      const int64_t more = many.*cost - few.*cost;
      // A large overview of the run is a file, a small one a row.
      EXPECT_LE((more + 1) % (kMany - kFew), 1) << use_case << ": " << few.*cost << " and " << many.*cost;
      EXPECT_LE(more / (kMany - kFew), most.*cost) << use_case;
    };
    expect("submit", &Costs::submit);
    expect("deploy", &Costs::deploy);
    expect("unchanged", &Costs::unchanged);
    expect("submit_down", &Costs::submit_down);
    expect("down", &Costs::down);
  }
};

TEST_F(CountsTest, StatementsOfComponentsThatStandAlone) {
  ExpectEach(Alone, false, {.submit = 4, .deploy = 48, .unchanged = 3, .submit_down = 2, .down = 46});
}

TEST_F(CountsTest, StatementsOfAChain) {
  ExpectEach(UsesTheLast, false, {.submit = 5, .deploy = 54, .unchanged = 4, .submit_down = 3, .down = 46});
}

TEST_F(CountsTest, StatementsOfConsumersOfOneProducer) {
  ExpectEach(UsesTheFirst, false, {.submit = 5, .deploy = 57, .unchanged = 4, .submit_down = 3, .down = 48});
}

TEST_F(CountsTest, StatementsOfPlansAndApplies) {
  ExpectEach(UsesTheLast, true, {.submit = 8, .deploy = 155, .unchanged = 4, .submit_down = 3, .down = 47});
}

}  // namespace
}  // namespace davit::control
