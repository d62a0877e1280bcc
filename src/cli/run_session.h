// One command that drives a run: up, down, run reconcile --resume. It opens the client, settles what an earlier davit
// left, waits its turn, asks, drives the run with progress on the screen, and tells how it ended. Each step gives the
// exit code where the command ends with it. One thread.
#pragma once

#include <functional>
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
  /// `before_making`: looks at the manifest of a directory that has no store yet; nothing is made where it gives an exit code.
  Exit Open(const Path& directory, bool must_exist, const std::function<Exit(control::Client&)>& before_making = {});
  /// Settles runs whose process is gone and says what was found.
  Exit Recover();
  /// Opens, recovers unless the command only looks, and loads the stack. The first time the manifest comes before the store: where it
  /// cannot be deployed nothing is made.
  Exit OpenStack(const Path& directory, bool recover, std::shared_ptr<control::StackDocument>* document);
  /// Adds to each report what is there now, as "look" (runner/look.h); Ctrl-C goes on without it.
  void Look(std::vector<control::Client::ReconcileItem>& items);
  /// Submits and waits in the queue until the run has its locks.
  Exit Submit(const control::SubmitRequest& request);
  /// Shows what the run is going to do, asks where a person has to be asked, opens the gate.
  Exit Gate(const control::SubmitRequest& request);
  /// Drives a run that only looks; what it found. An exit where something could not be planned.
  Exit Preview(std::vector<control::JobOverview>* overview, std::string* deployment);
  /// Drives the run to its end and shows the summary; then, once a day, what is too old is taken away.
  int Drive();
  /// The same for a run that exists already.
  int DriveExisting(const RunId& run);
  /// Drives such a run until it has succeeded or waits for an answer. An exit, after the summary, where it ended otherwise.
  Exit DriveOn(const RunId& run);

  /// What it drives is told to him too; he must live until it is over.
  void Watch(runner::Observer* watcher) { progress_->Watch(watcher); }
  /// Before Open: it says nothing but what is wrong before it begins; the caller tells how it ended.
  void BeQuiet() { quiet_ = true; }
  /// Before Open: the directory need not have a manifest.
  void NeedsNoManifest() { needs_manifest_ = false; }

  control::Client& client() { return *client_; }
  const RunId& run() const { return run_; }
  Signals& signals() { return *signals_; }
  /// Asks for a user parameter; empty where nobody can be asked.
  std::function<std::optional<std::string>(const Parameter&)> Prompt();
  bool interrupted() const { return interrupts_ > 0; }
  int interrupts() const { return interrupts_; }
  /// Runs that Recover found waiting for a person.
  const std::vector<RunId>& waiting() const { return waiting_; }
  void set_producers(Producers producers) { producers_ = std::move(producers); }
  /// Where the summary's producers come from where there is no manifest: what the components were built on.
  void ProducersFromStatus(const control::DeploymentSelector& selector);

 private:
  /// Makes the plans that can be made before the question. An exit where that ends the run.
  Exit Plan();
  /// Asks for a yes, which it passes on; no exit where the run goes on. `waits`: nobody else has answered yet.
  Exit Ask(const std::string& question, const std::function<bool(const RunRow&)>& waits);
  /// Shows what was planned again and came out different from what was shown, and asks for it.
  Exit AskAgain();
  Exit AfterAnswer();
  /// The run keeps its place and waits, without a process, for `davit run approve`.
  Exit LeaveWaiting(const std::string& why);
  void BeginProgress(std::string title, const control::RunView& view);
  void OnWake();
  Exit CancelAndExit(int code, const std::string& reason);
  void Begin(const RunId& run);
  int Finish(const RunRow& run, int64_t duration_ms);
  /// Says how a run of somebody else waits for a person.
  void TellWaiting(const RunId& run);
  bool Words() const { return !context_.options.json && !quiet_; }

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
  bool before_gate_ = false;  // the run ended before the question
  bool has_work_ = true;
  bool looking_ = false;
  bool quiet_ = false;
  bool needs_manifest_ = true;
  int interrupts_ = 0;
};

}  // namespace davit::cli
