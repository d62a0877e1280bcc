#include "cli/run_session.h"

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "cli/plan_view.h"
#include "cli/views.h"

namespace davit::cli {
namespace {

constexpr int kQueuePollMs = 300;
constexpr int kInterrupted = 130;
constexpr int kNeedsPerson = 4;

}  // namespace

RunSession::RunSession(Context& context, std::string verb) : context_(context), verb_(std::move(verb)) {}
RunSession::~RunSession() = default;

RunSession::Exit RunSession::Open(const Path& directory, bool must_exist,
                                  const std::function<Exit(control::Client&)>& before_making) {
  Result<Signals> signals = Signals::Open();
  if (!signals) return context_.Fail(signals.error());
  signals_.emplace(std::move(*signals));
  Exit refused;
  const auto ask = [&](control::Client& loader) -> Result<> {
    if (before_making) refused = before_making(loader);
    if (refused) return davit::Fail(ErrorCode::kInvalidInput, "what was wrong has been shown");
    return {};
  };
  Result<std::unique_ptr<control::Client>> client = context_.Open(directory, false, must_exist, ask, needs_manifest_);
  if (refused) return refused;
  if (!client) return context_.Fail(client.error());
  client_ = std::move(*client);
  const Terminal& terminal = context_.wiring.terminal;
  // With --json the standard output belongs to the answer; progress goes to the other one, plainly.
  const bool live = Words() && terminal.output_is_terminal && !terminal.dumb;
  const int to = Words() ? terminal.output : terminal.errors;
  printer_ = std::make_unique<Printer>(quiet_ ? Printer::kNobody : to, live, terminal.size);
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

RunSession::Exit RunSession::OpenStack(const Path& directory, bool recover,
                                       std::shared_ptr<control::StackDocument>* document) {
  const auto load = [&](control::Client& client) -> Exit {
    control::LoadRequest request = context_.Load(directory);
    request.prompt = Prompt();
    *document = client.Load(request);
    if (interrupted()) return context_.Fail(ErrorCode::kCancelled, "interrupted; nothing was changed");
    if (const int code = context_.Diagnose(**document); code != 0) return code;
    return std::nullopt;
  };
  if (Exit exit = Open(directory, false, load)) return exit;
  if (recover) {
    if (Exit exit = Recover()) return exit;
  }
  return *document == nullptr ? load(client()) : std::nullopt;
}

void RunSession::Look(std::vector<control::Client::ReconcileItem>& items) {
  std::vector<TaskId> tasks;
  for (const control::Client::ReconcileItem& item : items) tasks.push_back(item.task.id);
  if (context_.interactive()) context_.Note("looking at what is there now; Ctrl-C goes on without");
  looking_ = true;
  std::vector<json::object> looks = runner_->Look(tasks);
  looking_ = false;
  for (size_t i = 0; i < items.size(); ++i) {
    if (!looks[i].empty()) items[i].report["look"] = std::move(looks[i]);
  }
}

std::function<std::optional<std::string>(const Parameter&)> RunSession::Prompt() {
  if (!context_.interactive() || context_.options.auto_approve) return {};
  return [this](const Parameter& parameter) -> std::optional<std::string> {
    if (interrupts_ > 0) return std::nullopt;
    std::string question = parameter.name;
    if (!parameter.brief.empty()) question += " (" + *parameter.brief + ")";
    if (parameter.has_default) {
      const bool shown = parameter.default_value->IsConstant() && !parameter.sensitive;
      question += " [" + (shown ? ToText(parameter.default_value->constant) : "its default") + "]";
    }
    std::optional<Silence> silence;  // before the question: what is typed at once must not be shown either
    if (parameter.sensitive) silence.emplace(context_.wiring.terminal.input);
    // A manifest is somebody's text: it neither moves the cursor nor makes lines of its own.
    question = StripControls(question);
    std::replace(question.begin(), question.end(), '\n', ' ');
    context_.Out(question + ": ");
    Answer answer = ReadAnswer(context_.wiring.terminal.input, *signals_);
    if (silence) context_.Out("\n");  // the one that was typed was not shown
    if (answer.kind == Answer::Kind::kLine) return std::string(Trim(answer.line));
    if (!silence) context_.Out("\n");
    if (answer.kind == Answer::Kind::kInterrupted) ++interrupts_;
    return std::nullopt;
  };
}

RunSession::Exit RunSession::CancelAndExit(int code, const std::string& reason) {
  if (Result<> done = client_->Cancel(run_, CancelKind::kGraceful, reason); !done) return context_.Fail(done.error());
  return code;
}

RunSession::Exit RunSession::Submit(const control::SubmitRequest& request) {
  const SourceMap* sources = request.document == nullptr ? nullptr : &request.document->sources;
  Result<control::Submitted> submitted = client_->Submit(request);
  if (!submitted) {
    if (submitted.error().code == ErrorCode::kNeedsPerson && Words()) {
      for (const RunId& run : waiting_) TellWaiting(run);
    }
    return context_.Fail(submitted.error(), sources);
  }
  if (Words() && request.document != nullptr) context_.Warn(submitted->warnings, request.document->sources);
  run_ = submitted->run;
  if (request.in_place) stack_ = request.document->stack.name;
  control::QueueStatus queue = submitted->queue;
  std::string shown;
  while (!queue.started) {
    if (queue.blocker_needs_person) {
      if (Exit failed = CancelAndExit(kNeedsPerson, "another run waits for a person"); *failed != kNeedsPerson)
        return failed;
      return context_.Fail(ErrorCode::kNeedsPerson,
                           "run " + queue.blocker.text + " holds the deployment and " + queue.blocker_reason,
                           queue.blocker_remedy);
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
      const int code = context_.Fail(next.error(), sources);
      (void)client_->Cancel(run_, CancelKind::kGraceful,
                            next.error().message);  // the first error is the one to be told
      return code;
    }
    queue = std::move(*next);
  }
  return std::nullopt;
}

void RunSession::BeginProgress(std::string title, const control::RunView& view) {
  size_t settled = 0;
  int name_width = 8;
  for (const control::JobView& job : view.jobs) {
    settled += job.job.state == JobState::kFinished ? 1 : 0;
    name_width = std::max(name_width, Width(job.job.name));
  }
  progress_->Begin(*client_, run_, std::move(title), settled, view.jobs.size(), name_width, view.run.next_event - 1);
}

int RunSession::Drive() {
  const Clock& clock = context_.wiring.clock;
  const int64_t begun = clock.MonotonicMs();
  for (;;) {
    if (has_work_) {
      control::RunView view;  // only a live table shows anything of it
      if (printer_->live()) {
        Result<control::RunView> found = client_->ShowRun(run_);
        if (!found) return context_.Fail(found.error());
        view = std::move(*found);
      }
      BeginProgress("davit " + verb_ + " " + stack_, view);
    }
    Result<RunRow> run = runner_->Drive(run_);
    progress_->End();
    if (!run) return context_.Fail(run.error());
    if (run->state == RunState::kRunning && run->approval_tasks > 0 && run->reconcile_tasks == 0 &&
        run->cancel == CancelKind::kNone) {
      if (Exit ended = AskAgain()) return *ended;
      continue;
    }
    const int code = Finish(*run, clock.MonotonicMs() - begun);
    if (Result<> kept = client_->Housekeep(); !kept)
      context_.Note("old logs, plans and states were not taken away: " + kept.error().message);
    return code;
  }
}

void RunSession::Begin(const RunId& run) {
  run_ = run;
  if (Result<control::RunView> view = client_->ShowRun(run); view) {
    stack_ = ShortName(view->deployment);
    if (view->run.kind == RunKind::kDestroy) verb_ = "down";
  }
}

int RunSession::DriveExisting(const RunId& run) {
  Begin(run);
  return Drive();
}

RunSession::Exit RunSession::DriveOn(const RunId& run) {
  Begin(run);
  Result<control::RunView> view = client_->ShowRun(run);
  if (!view) return context_.Fail(view.error());
  const int64_t begun = context_.wiring.clock.MonotonicMs();
  BeginProgress("davit " + verb_ + " " + stack_, *view);
  Result<RunRow> row = runner_->Drive(run);
  progress_->End();
  if (!row) return context_.Fail(row.error());
  const bool goes_on = row->state == RunState::kFinished ? row->result == RunResult::kSucceeded
                                                         : row->approval_tasks > 0 && row->cancel == CancelKind::kNone;
  if (goes_on) return std::nullopt;
  return Finish(*row, context_.wiring.clock.MonotonicMs() - begun);
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
  summary.before_gate = before_gate_;
  summary.adopts = verb_ == "state adopt";
  const bool of_hub = verb_.starts_with("hub ");
  const HubOptions& hub = context_.options.hub;
  if (of_hub) summary.command = "davit " + verb_;
  summary.rehearses = of_hub && hub.dry;
  summary.in_part = of_hub && !(hub.components.empty() && hub.offset.empty() && hub.limit.empty());
  summary.run.run = run;
  summary.unchanged =
      static_cast<size_t>(std::count_if(overview_.begin(), overview_.end(), [](const control::JobOverview& job) {
        return job.kind == control::JobOverview::Kind::kUnchanged;
      }));
  for (const control::JobOverview& job : overview_) {
    if (job.kind == control::JobOverview::Kind::kExcluded && !job.because.empty())
      summary.excluded.emplace_back(job.component, Join(job.because, "; "));
  }
  const bool unchanged = run.state == RunState::kFinished && run.result == RunResult::kUnchanged;
  control::OutputsView outputs;
  if (!unchanged || !Words() || of_hub) {  // there nothing is known of who is left out before it runs
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
    if (run.result == RunResult::kSucceeded) {
      summary.outputs = std::move(outputs.stack);
      summary.missing = std::move(outputs.missing);
    }
    if (!unchanged) context_.Line("");
    context_.Lines(RenderSummary(summary, context_.style, context_.columns()));
  } else if (!quiet_) {
    json::object answer;
    answer["run"] = RunJson(summary.run.run, summary.run.deployment, summary.run.waits_for);
    answer["result"] =
        run.state == RunState::kFinished ? json::value(json::string(ToString(run.result))) : json::value(nullptr);
    answer["jobs"] = JobsJson(summary.run);
    answer["outputs"] = OutputsJson(outputs, context_.options.show_sensitive);
    context_.Json(answer);
  }
  if (run.state != RunState::kFinished) return kNeedsPerson;
  // What a person refused, or did not answer in time, was not interrupted.
  if (run.result == RunResult::kCancelled) return run.cancel == CancelKind::kNone ? 1 : kInterrupted;
  return CountsAsSuccess(run.result) ? 0 : 1;
}

void RunSession::OnWake() {
  const Signals::Caught caught = signals_->Take();
  if (!caught.Any()) return;
  // A hang-up asks once and never for force: nobody is there to see what a forced stop leaves.
  if (caught.interrupts == 0 && interrupts_ > 0) return;
  interrupts_ += std::max(1, caught.interrupts);
  if (looking_) {
    if (interrupts_ > 1) std::_Exit(kInterrupted);
    return;
  }
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
