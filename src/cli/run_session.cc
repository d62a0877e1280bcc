#include "cli/run_session.h"

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "cli/views.h"

namespace davit::cli {
namespace {

constexpr int kQueuePollMs = 300;
constexpr int kInterrupted = 130;
constexpr int kNeedsPerson = 4;

std::string LastPart(const std::string& name) {
  const size_t slash = name.rfind('/');
  return slash == std::string::npos ? name : name.substr(slash + 1);
}

}  // namespace

RunSession::RunSession(Context& context, std::string verb) : context_(context), verb_(std::move(verb)) {}
RunSession::~RunSession() = default;

RunSession::Exit RunSession::Open(const Path& directory, bool must_exist) {
  Result<Signals> signals = Signals::Open();
  if (!signals) return context_.Fail(signals.error());
  signals_.emplace(std::move(*signals));
  Result<std::unique_ptr<control::Client>> client = context_.Open(directory, false, must_exist);
  if (!client) return context_.Fail(client.error());
  client_ = std::move(*client);
  const Terminal& terminal = context_.wiring.terminal;
  // With --json the standard output belongs to the answer; progress goes to the other one, plainly.
  const bool live = Words() && terminal.output_is_terminal && !terminal.dumb;
  printer_ = std::make_unique<Printer>(Words() ? terminal.output : terminal.errors, live, terminal.size);
  progress_ = std::make_unique<Progress>(*printer_, context_.wiring.clock, context_.style);
  runner_ = context_.wiring.make_runner(*client_, *progress_, context_.options.parallelism, signals_->fd(),
                                        [this] { OnWake(); });
  return std::nullopt;
}

void RunSession::TellWaiting(const RunId& run) {
  Result<std::vector<control::Client::ReconcileItem>> items = client_->ReconcileItems(run);
  std::vector<std::string> names;
  if (items) {
    for (const auto& item : *items) names.push_back(item.component);
  }
  const std::string what = names.empty() ? "" : ": nobody saw how " + Join(names, ", ") + " ended";
  printer_->Line("run " + run.text + " waits for you" + what);
  printer_->Line("  davit run reconcile " + run.text);
}

RunSession::Exit RunSession::Recover() {
  Result<std::vector<RunId>> waiting = runner_->Recover();
  if (!waiting) return context_.Fail(waiting.error());
  waiting_ = std::move(*waiting);
  if (interrupts_ > 0) return context_.Fail(ErrorCode::kCancelled, "interrupted before anything new was started");
  return std::nullopt;
}

std::function<std::optional<std::string>(const Parameter&)> RunSession::Prompt() {
  if (!context_.interactive() || context_.options.auto_approve) return {};
  return [this](const Parameter& parameter) -> std::optional<std::string> {
    if (interrupts_ > 0) return std::nullopt;
    std::string question = parameter.name;
    if (!parameter.brief.empty()) question += " (" + parameter.brief + ")";
    if (parameter.has_default && parameter.default_value.IsConstant() && !parameter.sensitive) {
      question += " [" + ToText(parameter.default_value.constant) + "]";
    }
    context_.Out(question + ": ");
    Answer answer = ReadAnswer(context_.wiring.terminal.input, *signals_);
    if (answer.kind == Answer::Kind::kLine) return std::string(Trim(answer.line));
    context_.Out("\n");
    if (answer.kind == Answer::Kind::kInterrupted) ++interrupts_;
    return std::nullopt;
  };
}

RunSession::Exit RunSession::CancelAndExit(int code, const std::string& reason) {
  if (Result<> done = client_->Cancel(run_, CancelKind::kGraceful, reason); !done) return context_.Fail(done.error());
  return code;
}

RunSession::Exit RunSession::Submit(control::SubmitRequest request) {
  Result<control::Submitted> submitted = client_->Submit(request);
  if (!submitted) {
    if (submitted.error().code == ErrorCode::kNeedsPerson && Words()) {
      for (const RunId& run : waiting_) TellWaiting(run);
    }
    return context_.Fail(submitted.error());
  }
  run_ = submitted->run;
  control::QueueStatus queue = submitted->queue;
  std::string shown;
  while (!queue.started) {
    if (queue.blocker_needs_person) {
      if (Exit failed = CancelAndExit(kNeedsPerson, "another run waits for a person"); *failed != kNeedsPerson)
        return failed;
      return context_.Fail(ErrorCode::kNeedsPerson,
                           "run " + queue.blocker.text + " holds the deployment and " + queue.blocker_reason,
                           "davit run reconcile " + queue.blocker.text);
    }
    const std::string text = "waiting for " + queue.blocker.text + " (position " + std::to_string(queue.position) +
                             "; " + queue.blocker_reason + ")";
    if (text != shown && !queue.blocker.empty()) printer_->Line(text);
    shown = text;
    if (queue.blocker_dead) {
      const RunId mine = run_;
      run_ = RunId();
      Exit ended = Recover();
      run_ = mine;
      if (ended) {
        if (Exit failed = CancelAndExit(*ended, "interrupted"); *failed != *ended) return failed;
        return ended;
      }
    }
    const Signals::Caught caught = signals_->Wait(kQueuePollMs);
    if (caught.Any()) {
      if (Exit failed = CancelAndExit(kInterrupted, "left the queue"); *failed != kInterrupted) return failed;
      return context_.Fail(ErrorCode::kCancelled, "left the queue; nothing was changed");
    }
    Result<control::QueueStatus> next = client_->TryStart(run_);
    if (!next) {
      const int code = context_.Fail(next.error());
      (void)client_->Cancel(run_, CancelKind::kGraceful,
                            next.error().message);  // the first error is the one to be told
      return code;
    }
    queue = std::move(*next);
  }
  return std::nullopt;
}

RunSession::Exit RunSession::Gate(const control::SubmitRequest& request) {
  Result<std::vector<control::JobOverview>> overview = client_->Overview(run_);
  if (!overview) return context_.Fail(overview.error());
  overview_ = std::move(*overview);
  has_work_ = HasWork(overview_);
  Result<control::RunView> view = client_->ShowRun(run_);
  const std::string deployment = view ? view->deployment : run_.text;
  stack_ = LastPart(deployment);
  const bool destroy = request.kind == RunKind::kDestroy;
  if (!request.gate) {
    if (has_work_ && Words())
      printer_->Line(Paint(context_.style, Ink::kBold, stack_) + ": " + CountOverview(overview_));
    return std::nullopt;
  }
  if (has_work_) {
    if (Words()) context_.Lines(RenderOverview(overview_, deployment, context_.style, context_.columns() - 1));
    if (!context_.interactive()) {
      if (Exit failed = CancelAndExit(kNeedsPerson, "nobody could be asked"); *failed != kNeedsPerson) return failed;
      if (Words()) context_.Line("");
      Error error;
      error.code = ErrorCode::kNeedsPerson;
      error.message = "this is not a terminal, so nobody could be asked; nothing was changed";
      error.suggestion = "davit " + verb_ + " --auto-approve";
      if (Words()) return context_.Fail(error);
      json::array list;
      for (const control::JobOverview& job : overview_) list.push_back(OverviewJson(job));
      json::object answer;
      answer["error"] = ErrorJson(error, nullptr);
      answer["overview"] = std::move(list);
      context_.Json(answer);
      return kNeedsPerson;
    }
    context_.Out(destroy ? "\nTake it away? [y/N] " : "\nApply? [y/N] ");
    const Answer answer = ReadAnswer(context_.wiring.terminal.input, *signals_);
    if (answer.kind != Answer::Kind::kLine) {
      context_.Line("");
      const bool interrupted = answer.kind == Answer::Kind::kInterrupted;
      const int code = interrupted ? kInterrupted : kNeedsPerson;
      if (Exit failed = CancelAndExit(code, interrupted ? "interrupted at the question" : "nobody answered");
          *failed != code)
        return failed;
      if (interrupted) return context_.Fail(ErrorCode::kCancelled, "interrupted; nothing was changed");
      return context_.Fail(ErrorCode::kNeedsPerson, "nobody answered; nothing was changed",
                           "davit " + verb_ + " --auto-approve");
    }
    const std::string_view word = Trim(answer.line);
    if (word != "y" && word != "Y" && word != "yes" && word != "Yes" && word != "YES") {
      if (Exit failed = CancelAndExit(0, "declined"); *failed != 0) return failed;
      context_.Line("Nothing was changed");
      return 0;
    }
    context_.Line("");
  }
  if (Result<> opened = client_->OpenGate(run_); !opened) return context_.Fail(opened.error());
  return std::nullopt;
}

int RunSession::Drive() {
  const Clock& clock = context_.wiring.clock;
  const int64_t begun = clock.MonotonicMs();
  if (has_work_) {
    size_t total = overview_.size();
    size_t settled = 0;
    int name_width = 8;
    int64_t cursor = 0;
    if (printer_->live()) {
      Result<control::RunView> view = client_->ShowRun(run_);
      if (!view) return context_.Fail(view.error());
      total = view->jobs.size();
      cursor = view->run.next_event - 1;
      for (const control::JobView& job : view->jobs) {
        settled += job.job.state == JobState::kFinished ? 1 : 0;
        name_width = std::max(name_width, Width(job.job.name));
      }
    }
    progress_->Begin(*client_, run_, "davit " + verb_ + " " + stack_, settled, total, name_width, cursor);
  }
  Result<RunRow> run = runner_->Drive(run_);
  progress_->End();
  if (!run) return context_.Fail(run.error());
  return Finish(*run, clock.MonotonicMs() - begun);
}

int RunSession::DriveExisting(const RunId& run) {
  run_ = run;
  if (Result<control::RunView> view = client_->ShowRun(run); view) stack_ = LastPart(view->deployment);
  return Drive();
}

void RunSession::ProducersFromStatus(const control::DeploymentSelector& selector) {
  Result<control::StatusView> status = client_->Status(selector);
  if (!status) return;  // only the critical path of the summary is lost
  const bool destroy = verb_ == "down";
  for (const control::ComponentView& view : status->components) {
    for (const std::string& producer : view.component.producers) {
      // What is taken away last waits for what stood on it.
      if (destroy) {
        producers_[producer].push_back(view.component.name);
      } else {
        producers_[view.component.name].push_back(producer);
      }
    }
  }
}

int RunSession::Finish(const RunRow& run, int64_t duration_ms) {
  SummaryView summary;
  summary.stack = stack_;
  summary.duration_ms = duration_ms;
  summary.interrupted = interrupts_ > 0;
  summary.run.run = run;
  summary.unchanged =
      static_cast<size_t>(std::count_if(overview_.begin(), overview_.end(), [](const control::JobOverview& job) {
        return job.kind == control::JobOverview::Kind::kUnchanged;
      }));
  const bool unchanged = run.state == RunState::kFinished && run.result == RunResult::kUnchanged;
  control::OutputsView outputs;
  if (!unchanged || !Words()) {
    Result<control::RunView> view = client_->ShowRun(run.id);
    if (!view) return context_.Fail(view.error());
    summary.run = std::move(*view);
    if (run.kind != RunKind::kDestroy && run.state == RunState::kFinished) {
      control::DeploymentSelector selector;
      selector.name = summary.run.deployment;
      if (Result<control::OutputsView> found = client_->Outputs(selector); found) outputs = std::move(*found);
    }
  }
  if (Words()) {
    summary.critical = FindCriticalPath(producers_, progress_->durations());
    if (run.result == RunResult::kSucceeded) summary.outputs = outputs.stack;
    if (!unchanged) context_.Line("");
    context_.Lines(RenderSummary(summary, context_.style, context_.columns()));
  } else {
    json::object answer;
    answer["run"] = RunJson(summary.run.run, summary.run.deployment, summary.run.waits_for);
    answer["result"] =
        run.state == RunState::kFinished ? json::value(json::string(ToString(run.result))) : json::value(nullptr);
    answer["jobs"] = JobsJson(summary.run);
    answer["outputs"] = OutputsJson(outputs, context_.options.show_sensitive);
    context_.Json(answer);
  }
  if (run.state != RunState::kFinished) return kNeedsPerson;
  if (run.result == RunResult::kCancelled) return kInterrupted;
  return CountsAsSuccess(run.result) ? 0 : 1;
}

void RunSession::OnWake() {
  const Signals::Caught caught = signals_->Take();
  if (!caught.Any()) return;
  // A hang-up asks once and never for force: nobody is there to see what a forced stop leaves.
  if (caught.interrupts == 0 && interrupts_ > 0) return;
  interrupts_ += std::max(1, caught.interrupts);
  const std::vector<std::string> names = progress_->RunningNames();
  const std::string running = names.empty() ? "" : " (" + Join(names, ", ") + ")";
  if (run_.empty()) {
    // An adopted tool of an earlier run is waited for. It may be left to itself: the next command finds it again.
    if (interrupts_ == 1) {
      progress_->SetNotice("waiting for what an earlier davit began" + running + "; Ctrl-C again leaves it running");
      return;
    }
    printer_->Close();
    context_.Note("left" + running + " running; the next davit command finds it again");
    std::_Exit(kInterrupted);
  }
  if (interrupts_ == 1) {
    progress_->SetNotice("finishing what has begun" + running + "; Ctrl-C again to force");
    const std::string reason = caught.terminate                          ? "SIGTERM"
                               : caught.hangup && caught.interrupts == 0 ? "the terminal went away"
                                                                         : "Ctrl-C";
    if (Result<> done = client_->Cancel(run_, CancelKind::kGraceful, reason); !done)
      progress_->OnNotice(done.error().message);
    return;
  }
  progress_->SetNotice("stopping" + running + " by force");
  if (Result<> done = client_->Cancel(run_, CancelKind::kForced, "second Ctrl-C"); !done)
    progress_->OnNotice(done.error().message);
}

}  // namespace davit::cli
