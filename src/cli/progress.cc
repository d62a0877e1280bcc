#include "cli/progress.h"

#include <algorithm>

#include "base/text.h"
#include "model/stack_ready.h"

namespace davit::cli {
namespace {

constexpr size_t kTailLines = 10;
constexpr int64_t kFrameMs = 80;
constexpr int64_t kCountMs = 400;
constexpr int kEventPage = 1000;

}  // namespace

void Progress::Begin(control::Client& client, const RunId& run, std::string title, size_t settled, size_t total,
                     int name_width, int64_t events_seen) {
  client_ = &client;
  run_ = run;
  title_ = std::move(title);
  settled_ = settled;
  total_ = total;
  name_width_ = std::clamp(name_width, 8, 32);
  begun_ms_ = clock_.MonotonicMs();
  counted_ms_ = begun_ms_;
  next_event_ = events_seen;
}

void Progress::SetNotice(std::string notice) {
  if (!printer_.live() || client_ == nullptr) printer_.Line(notice);
  notice_ = std::move(notice);
  Draw(true);
}

void Progress::End() {
  client_ = nullptr;
  printer_.Close();
}

std::vector<std::string> Progress::RunningNames() const {
  return order_;
}

std::vector<RunId> Progress::RunningRuns() const {
  std::vector<RunId> runs;
  for (const std::string& name : order_) {
    const RunId& run = entries_.at(name).run;
    if (std::find(runs.begin(), runs.end(), run) == runs.end()) runs.push_back(run);
  }
  return runs;
}

void Progress::OnTaskStarted(const control::Lease& lease, bool adopted) {
  if (watcher_ != nullptr) watcher_->OnTaskStarted(lease, adopted);
  Entry& entry = entries_[lease.component];
  entry.run = lease.run;
  entry.started_ms = clock_.MonotonicMs();
  entry.text.clear();
  if (!entry.running) order_.push_back(lease.component);
  entry.running = true;
  const bool other_verb = lease.in_place && !lease.in_place->verb.empty();
  const std::string doing = lease.adopt                      ? "fetching its state"
                            : lease.component == kStackReady ? "waiting"
                            : other_verb                     ? "running " + lease.in_place->verb
                                                             : std::string(Doing(lease.kind, lease.driver == "script"));
  if (!lease.stale.empty()) OnNotice(lease.component + ": is planned again: " + lease.stale);
  if (!printer_.live() || client_ == nullptr) {
    printer_.Line(lease.component + ": " + (adopted ? "still " + doing + ", started by an earlier davit" : doing));
  } else {
    entry.text = doing;
  }
  Draw(false);
}

void Progress::OnToolEvent(const control::Lease& lease, const drivers::ToolEvent& event) {
  if (watcher_ != nullptr) watcher_->OnToolEvent(lease, event);
  if (event.text.empty()) return;
  Entry& entry = entries_[lease.component];
  entry.text = event.text;
  if (event.kind != drivers::ToolEvent::Kind::kProgress) {
    entry.tail.push_back(event.text);
    if (entry.tail.size() > kTailLines) entry.tail.pop_front();
  }
  if (!printer_.live() || client_ == nullptr) printer_.Line(lease.component + ": " + event.text);
  Draw(false);
}

void Progress::Ended(const control::Lease& lease, EndedView view) {
  Entry& entry = entries_[lease.component];
  entry.running = false;
  std::erase(order_, lease.component);
  entry.spent_ms += entry.started_ms == 0 ? 0 : clock_.MonotonicMs() - entry.started_ms;
  if (lease.component != kStackReady) durations_[lease.component] = entry.spent_ms;
  view.name = lease.component;
  view.kind = lease.kind;
  view.duration_ms = entry.spent_ms;
  view.log_command = "davit logs " + lease.run.text + " " + lease.component;
  ++seen_ended_;
  if (view.result == RunResult::kFailed || view.result == RunResult::kErrored) ++failed_;
  if (printer_.live()) {
    view.tail.assign(entry.tail.begin(), entry.tail.end());
    for (const std::string& line : RenderEnded(view, style_, printer_.size().columns, name_width_)) printer_.Line(line);
  } else {
    for (const std::string& line : RenderEndedPlain(view)) printer_.Line(line);
  }
  entry.tail.clear();
  Draw(false);
}

void Progress::OnTaskFinished(const control::Lease& lease, const control::TaskOutcome& outcome) {
  if (watcher_ != nullptr) watcher_->OnTaskFinished(lease, outcome);
  Entry& entry = entries_[lease.component];
  if (!outcome.changes.empty()) entry.planned = ParseChanges(outcome.changes);
  for (const std::string& warning : outcome.warnings) OnNotice(lease.component + ": " + warning);
  const bool plan_done =
      lease.kind == TaskKind::kPlan && outcome.result == RunResult::kSucceeded && !outcome.job_complete;
  if (plan_done) {
    // Its apply follows, when its turn comes.
    entry.running = false;
    std::erase(order_, lease.component);
    entry.spent_ms += entry.started_ms == 0 ? 0 : clock_.MonotonicMs() - entry.started_ms;
    if (!printer_.live()) {
      const std::string changes = DescribeChanges(entry.planned, true);
      printer_.Line(lease.component + (lease.adopt ? ": fetched" : ": planned") +
                    (changes.empty() ? "" : ", " + changes));
    }
    Draw(false);
    return;
  }
  if (outcome.plan_refused) OnNotice(lease.component + ": the plan was refused: " + outcome.reason);
  EndedView view;
  view.result = outcome.result;
  if (lease.kind == TaskKind::kPlan && outcome.job_complete && outcome.result == RunResult::kSucceeded)
    view.result = RunResult::kUnchanged;
  view.changes = entry.planned;
  view.reason = outcome.reason;
  Ended(lease, std::move(view));
}

void Progress::OnNeedsReconcile(const control::Lease& lease, const std::string& reason, const json::object& report) {
  if (watcher_ != nullptr) watcher_->OnNeedsReconcile(lease, reason, report);
  EndedView view;
  view.reconcile = true;
  view.reason = reason;
  Ended(lease, std::move(view));
}

void Progress::OnNotice(const std::string& text) {
  if (!printer_.live()) {
    printer_.Line(text);
    return;
  }
  for (const std::string& line : Wrap(text, printer_.size().columns - 3)) {
    printer_.Line(Paint(style_, Ink::kYellow, Glyph(style_, Symbol::kAttention)) + " " + line);
  }
  Draw(false);
}

void Progress::OnTick() {
  if (watcher_ != nullptr) watcher_->OnTick();
  Draw(false);
}

void Progress::CountEnded() {
  const int64_t now = clock_.MonotonicMs();
  if (now - counted_ms_ < kCountMs) return;
  counted_ms_ = now;
  Result<std::vector<EventRow>> events = client_->Events(run_, next_event_, kEventPage);
  if (!events) return;  // only a counter: the run itself reports what is wrong
  for (const EventRow& event : *events) {
    next_event_ = event.sequence;
    if (event.kind == "job.finished") ++ended_;
  }
}

void Progress::Draw(bool now) {
  if (!printer_.live() || client_ == nullptr) return;
  const int64_t present = clock_.MonotonicMs();
  if (!now && present - drawn_ms_ < kFrameMs) return;
  drawn_ms_ = present;
  CountEnded();
  FrameView view;
  view.title = title_;
  view.total = total_;
  view.done = std::min(total_, settled_ + std::max(ended_, seen_ended_));
  view.failed = failed_;
  view.elapsed_ms = present - begun_ms_;
  view.notice = notice_;
  for (const std::string& name : order_) {
    const Entry& entry = entries_.at(name);
    view.rows.push_back({name, entry.text, present - entry.started_ms});
  }
  const TerminalSize size = printer_.size();
  printer_.Frame(RenderFrame(view, style_, size.columns, size.rows));
}

}  // namespace davit::cli
