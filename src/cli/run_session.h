// One command that drives a run: up, down, run reconcile --resume. It opens the client, settles what an earlier davit
// left, waits its turn, asks, drives the run with progress on the screen, and tells how it ended. Each step gives the
// exit code where the command ends with it. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/context.h"
#include "cli/printer.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "cli/summary.h"

namespace davit::cli {

class RunSession {
 public:
  /// `verb`: "up" or "down", for titles and remedies.
  RunSession(Context& context, std::string verb);
  ~RunSession();

  using Exit = std::optional<int>;
  Exit Open(const Path& directory, bool must_exist);
  /// Settles runs whose process is gone and says what was found.
  Exit Recover();
  /// Submits and waits in the queue until the run has its locks.
  Exit Submit(control::SubmitRequest request);
  /// Shows what the run is going to do, asks where a person has to be asked, opens the gate.
  Exit Gate(const control::SubmitRequest& request);
  /// Drives the run to its end and shows the summary.
  int Drive();
  /// The same for a run that exists already.
  int DriveExisting(const RunId& run);

  control::Client& client() { return *client_; }
  Signals& signals() { return *signals_; }
  /// Asks for a user parameter; empty where nobody can be asked.
  std::function<std::optional<std::string>(const Parameter&)> Prompt();
  bool interrupted() const { return interrupts_ > 0; }
  /// Runs that Recover found waiting for a person.
  const std::vector<RunId>& waiting() const { return waiting_; }
  void set_producers(Producers producers) { producers_ = std::move(producers); }
  /// Where the summary's producers come from where there is no manifest: what the components were built on.
  void ProducersFromStatus(const control::DeploymentSelector& selector);

 private:
  void OnWake();
  Exit CancelAndExit(int code, const std::string& reason);
  int Finish(const RunRow& run, int64_t duration_ms);
  /// Says how a run of somebody else waits for a person.
  void TellWaiting(const RunId& run);
  bool Words() const { return !context_.options.json; }

  Context& context_;
  std::string verb_;
  std::unique_ptr<control::Client> client_;
  std::optional<Signals> signals_;
  std::unique_ptr<Printer> printer_;
  std::unique_ptr<Progress> progress_;
  std::unique_ptr<runner::Runner> runner_;
  std::vector<RunId> waiting_;
  Producers producers_;
  RunId run_;          // empty: recovering
  std::string stack_;  // name for titles
  std::vector<control::JobOverview> overview_;
  bool has_work_ = true;
  int interrupts_ = 0;
};

}  // namespace davit::cli
