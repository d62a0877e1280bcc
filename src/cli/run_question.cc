// The preview and the question of a run: what is planned before it, what is shown, who answers, and what becomes of no answer.
#include <algorithm>
#include <cctype>

#include "base/clock.h"
#include "base/text.h"
#include "cli/plan_view.h"
#include "cli/run_session.h"
#include "cli/views.h"

namespace davit::cli {
namespace {

constexpr int kInterrupted = 130;
constexpr int kNeedsPerson = 4;

}  // namespace

/// What can be planned before anything is applied is planned before the question.
RunSession::Exit RunSession::Plan() {
  Result<control::RunView> view = client_->ShowRun(run_);
  if (!view) return context_.Fail(view.error());
  const bool plans = std::any_of(view->jobs.begin(), view->jobs.end(), [](const control::JobView& job) {
    return std::any_of(job.tasks.begin(), job.tasks.end(),
                       [](const TaskRow& task) { return task.kind == TaskKind::kPlan; });
  });
  if (!plans) return std::nullopt;
  const int64_t begun = context_.wiring.clock.MonotonicMs();
  BeginProgress("planning " + stack_, *view);
  Result<RunRow> run = runner_->Drive(run_);
  progress_->End();
  if (!run) return context_.Fail(run.error());
  Result<std::vector<control::JobOverview>> overview = client_->Overview(run_);
  if (!overview) return context_.Fail(overview.error());
  overview_ = std::move(*overview);
  before_gate_ = run->state == RunState::kFinished;
  if (before_gate_) return Finish(*run, context_.wiring.clock.MonotonicMs() - begun);
  return std::nullopt;
}

RunSession::Exit RunSession::Gate(const control::SubmitRequest& request) {
  Result<std::vector<control::JobOverview>> overview = client_->Overview(run_);
  if (!overview) return context_.Fail(overview.error());
  overview_ = std::move(*overview);
  has_work_ = HasWork(overview_);
  Result<control::RunView> view = client_->ShowRun(run_);
  const std::string deployment = view ? view->deployment : run_.text;
  stack_ = ShortName(deployment);
  const bool destroy = request.kind == RunKind::kDestroy;
  if (!request.gate) {
    if (has_work_ && Words())
      printer_->Line(Paint(context_.style, Ink::kBold, stack_) + ": " + CountOverview(overview_));
    return std::nullopt;
  }
  if (has_work_) {
    if (Exit ended = Plan()) return ended;
    if (Words()) context_.Lines(RenderPlan(overview_, deployment, context_.style, context_.columns() - 1, false));
    const Exit ended = Ask(destroy ? "Take it away?" : "Apply?", [](const RunRow& run) {
      return run.state == RunState::kAwaitingApproval && run.cancel == CancelKind::kNone;
    });
    if (ended) return ended;
  } else if (Result<> opened = client_->Answered(run_, {}); !opened) {
    return context_.Fail(opened.error());
  }
  return std::nullopt;
}

RunSession::Exit RunSession::Preview(std::vector<control::JobOverview>* overview, std::string* deployment) {
  Result<control::RunView> view = client_->ShowRun(run_);
  if (!view) return context_.Fail(view.error());
  *deployment = view->deployment;
  stack_ = ShortName(view->deployment);
  const int64_t begun = context_.wiring.clock.MonotonicMs();
  if (view->run.state != RunState::kFinished) {
    BeginProgress("planning " + stack_, *view);
    Result<RunRow> run = runner_->Drive(run_);
    progress_->End();
    if (!run) return context_.Fail(run.error());
    view->run = *run;
  }
  Result<std::vector<control::JobOverview>> found = client_->Overview(run_);
  if (!found) return context_.Fail(found.error());
  *overview = std::move(*found);
  if (view->run.result == RunResult::kSucceeded || view->run.result == RunResult::kUnchanged) return std::nullopt;
  overview_ = *overview;
  before_gate_ = true;
  return Finish(view->run, context_.wiring.clock.MonotonicMs() - begun);
}

RunSession::Exit RunSession::LeaveWaiting(const std::string& why) {
  Error error;
  error.code = ErrorCode::kNeedsPerson;
  error.message = why + "; the run waits for a yes or a no, from anywhere";
  error.suggestion = "davit run approve " + run_.text;
  if (Words()) {
    // As intended, so no error: what the run does now, and what to do.
    Result<RunRow> run = client_->GetRun(run_);
    if (!run) return context_.Fail(run.error());
    std::string reason = why;
    reason[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(reason[0])));
    std::string until;
    if (run->approval_timeout_s > 0)
      until = ", until " + FormatUtc(run->waiting_since_ms + run->approval_timeout_s * 1000);
    context_.Line("\n" + reason + ".\nThe run waits for a yes or a no" + until + ":");
    context_.Line("  davit run approve " + run_.text);
    context_.Line("  davit run reject " + run_.text);
    return kNeedsPerson;
  }
  json::array list;
  for (const control::JobOverview& job : overview_) list.push_back(OverviewJson(job));
  json::object answer;
  answer["error"] = ErrorJson(error, nullptr);
  answer["run"] = run_.text;
  answer["overview"] = std::move(list);
  context_.Json(answer);
  return kNeedsPerson;
}

RunSession::Exit RunSession::Ask(const std::string& question, const std::function<bool(const RunRow&)>& waits) {
  if (!context_.interactive()) return LeaveWaiting("this is not a terminal, so nobody could be asked");
  const auto still = [&] {
    Result<RunRow> run = client_->GetRun(run_);
    return !run || waits(*run);
  };
  context_.Out("\n" + question + " [y/N] ");
  const Answer answer = ReadAnswer(context_.wiring.terminal.input, *signals_, [&] { return !still(); });
  switch (answer.kind) {
    case Answer::Kind::kLine:
      break;
    case Answer::Kind::kElsewhere:
      context_.Line("(answered from elsewhere)");
      return AfterAnswer();
    case Answer::Kind::kInterrupted: {
      context_.Line("");
      if (Exit failed = CancelAndExit(kInterrupted, "interrupted at the question"); *failed != kInterrupted)
        return failed;
      Result<RunRow> run = client_->GetRun(run_);
      const bool begun = run && run->any_done;
      return context_.Fail(ErrorCode::kCancelled,
                           begun ? "interrupted; what is applied stays" : "interrupted; nothing was changed");
    }
    case Answer::Kind::kEnd:
    case Answer::Kind::kHangup:
      return LeaveWaiting("nobody answered");
  }
  const std::string_view word = Trim(answer.line);
  control::Client::Answer said;
  said.approve = word == "y" || word == "Y" || word == "yes" || word == "Yes" || word == "YES";
  if (!said.approve) said.reason = "declined";
  for (const control::JobOverview& job : overview_) said.seen[job.component] = job.digest;
  if (Result<> done = client_->Answered(run_, said); !done) {
    // Somebody was faster, or cancelled it; or something else waits by now, which is shown then.
    context_.Note(done.error().message);
    if (still() && done.error().code != ErrorCode::kConflict) return context_.Fail(done.error());
    return AfterAnswer();
  }
  context_.Line("");
  if (said.approve) return std::nullopt;
  return AfterAnswer();
}

/// What an answer other than a yes left.
RunSession::Exit RunSession::AfterAnswer() {
  Result<RunRow> run = client_->GetRun(run_);
  if (!run) return context_.Fail(run.error());
  if (run->state != RunState::kFinished) return std::nullopt;  // there is more to do
  if (!run->any_done && run->reason == "declined") {
    context_.Line("Nothing was changed");
    return 0;
  }
  return Finish(*run, 0);
}

RunSession::Exit RunSession::AskAgain() {
  Result<std::vector<control::JobOverview>> overview = client_->Overview(run_);
  if (!overview) return context_.Fail(overview.error());
  std::erase_if(*overview, [](const control::JobOverview& job) { return !job.held; });
  overview_ = std::move(*overview);
  if (Words()) {
    context_.Line("");
    context_.Lines(RenderHeld(overview_, context_.style, context_.columns() - 1));
  }
  return Ask("Apply this too?", [](const RunRow& run) {
    return run.state == RunState::kRunning && run.approval_tasks > 0 && run.cancel == CancelKind::kNone;
  });
}

}  // namespace davit::cli
