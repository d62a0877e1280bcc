// Follows a running run and shows it: the runner's Observer. Keeps what is known of each component and draws it through
// the printer: a live table on a terminal, one clean line per event elsewhere, nothing at all with --json. Also
// remembers what the summary needs. One thread, the runner's.
#pragma once

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "cli/printer.h"
#include "cli/progress_view.h"
#include "runner/runner.h"

namespace davit::cli {

class Progress final : public runner::Observer {
 public:
  Progress(Printer& printer, const Clock& clock, const Style& style)
      : printer_(printer), clock_(clock), style_(style) {}

  /// Begins the table of a run. `client` is asked now and then how many components have ended, unchanged ones included,
  /// which no other event tells. `settled` of `total` had nothing to do from the start.
  void Begin(control::Client& client, const RunId& run, std::string title, size_t settled, size_t total, int name_width,
             int64_t events_seen);
  /// Is told everything too; nullptr = nobody.
  void Watch(runner::Observer* watcher) { watcher_ = watcher; }
  /// Shown below the header until the end.
  void SetNotice(std::string notice);
  /// Takes the table away.
  void End();

  /// How long each component was at work, by name; for the critical path.
  const std::map<std::string, int64_t>& durations() const { return durations_; }
  std::vector<std::string> RunningNames() const;
  /// Runs of components that are at work; of an adopted one this may be an older run.
  std::vector<RunId> RunningRuns() const;

  void OnTaskStarted(const control::Lease& lease, bool adopted) override;
  void OnToolEvent(const control::Lease& lease, const drivers::ToolEvent& event) override;
  void OnTaskFinished(const control::Lease& lease, const control::TaskOutcome& outcome) override;
  void OnNeedsReconcile(const control::Lease& lease, const std::string& reason, const json::object& report) override;
  void OnNotice(const std::string& text) override;
  void OnTick() override;

 private:
  struct Entry {
    RunId run;
    int64_t started_ms = 0;  // of the present task, monotonic
    int64_t spent_ms = 0;    // by earlier tasks of this component
    std::string text;
    std::deque<std::string> tail;
    ChangeCounts planned;
    bool running = false;
  };

  void Ended(const control::Lease& lease, EndedView view);
  void CountEnded();
  void Draw(bool now);

  Printer& printer_;
  const Clock& clock_;
  Style style_;
  control::Client* client_ = nullptr;
  runner::Observer* watcher_ = nullptr;
  RunId run_;
  std::string title_;
  std::string notice_;
  size_t settled_ = 0;
  size_t total_ = 0;
  size_t ended_ = 0;       // as the client's events say
  size_t seen_ended_ = 0;  // as this observer saw
  size_t failed_ = 0;
  int64_t next_event_ = 0;
  int64_t begun_ms_ = 0;
  int64_t drawn_ms_ = -1000;
  int64_t counted_ms_ = 0;
  int name_width_ = 8;
  std::map<std::string, Entry> entries_;
  std::vector<std::string> order_;  // names in the order they started, running ones only
  std::map<std::string, int64_t> durations_;
};

}  // namespace davit::cli
