// The runner: claims tasks, lays out attempt directories, starts tools under a supervisor, follows their logs and states, reports. It
// knows the Client and the drivers, no store. One thread: a poll loop over the launcher, the caller's descriptor and a tick.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "control/client.h"
#include "drivers/driver.h"
#include "exec/supervisor.h"

namespace davit::runner {

/// What a face sees of a running run; called on the runner's thread, must not block.
class Observer {
 public:
  virtual ~Observer() = default;
  virtual void OnTaskStarted(const control::Lease& lease, bool adopted) = 0;
  virtual void OnToolEvent(const control::Lease& lease, const drivers::ToolEvent& event) = 0;  // already masked
  virtual void OnTaskFinished(const control::Lease& lease, const control::TaskOutcome& outcome) = 0;
  virtual void OnNeedsReconcile(const control::Lease& lease, const std::string& reason, const json::object& report) = 0;
  virtual void OnNotice(const std::string& text) = 0;  // something a person should know, one line
  virtual void OnTick() = 0;                           // about ten times a second, and after every event
};

struct RunnerOptions {
  int parallelism = 0;            // 0 = UsableCores()
  Path self;                      // this binary
  exec::ProcessEnv environment;   // davit's own: what is passed on is chosen from it
  int wake_fd = -1;               // the caller's: readable → on_wake
  std::function<void()> on_wake;  // e.g. Ctrl-C arrived: the caller calls Client::Cancel
};

/// A shell, or one command, of a person who wants to work by hand where an attempt would (runner/by_hand.h).
struct HandRequest {
  std::vector<std::string> argv;  // the first is looked for on PATH
  std::string verb;               // instead: what the component does for this verb, with its hooks and templates
  bool output_to_errors = false;  // its standard output belongs to somebody else
  struct Laid {
    Path directory;                     // where the shell begins: the component's, in a tree of its own
    std::vector<std::string> commands;  // what can be said there
    std::string failed;                 // what the tool needs first could not be done: why; empty = it is ready
  };
  std::function<void(const Laid&)> ready;          // before it begins
  std::function<void(const std::string&)> warned;  // with `verb`: what went wrong and stopped nothing
};

struct HandResult {
  int exit_code = 0;
  std::optional<control::HandEnd> end;  // of one that writes
};

class Runner {
 public:
  Runner(control::Client& client, drivers::Registry& drivers, const Clock& clock, RunnerOptions options,
         Observer& observer);
  ~Runner();

  /// First thing of up, down and run …: settles attempts whose process is gone (engine.md 4 "What the next command does"): adopts and
  /// waits for living tools, finishes from a status, takes back what never began, marks what needs a person; then ends their runs.
  /// Gives the runs that wait for a person.
  Result<std::vector<RunId>> Recover();

  /// Drives a run until it has ended, or until only a person can move it on: before its gate is open it makes the plans that can be made.
  /// Leaves nothing running but what a forced stop left.
  Result<RunRow> Drive(const RunId& run);

  /// What is there now of tasks that wait for a person, one answer each (runner/look.h says which). Changes nothing and takes no lock; it
  /// never fails: an answer may say why there could be no look.
  std::vector<json::object> Look(const std::vector<TaskId>& tasks);
  /// The same of components that stand, also while somebody else holds their deployment.
  std::vector<json::object> LookAtStanding(const std::vector<ComponentId>& components);

  /// Lays out what an attempt with this lease would have, in a directory of its own that is gone afterwards, and runs the request there, on
  /// davit's own terminal. Nothing of it reaches the store but, where the view writes, the state that is there at the end. Where that cannot be
  /// kept the directory stays, and Recover tries again.
  Result<HandResult> ByHand(control::HandView view, const HandRequest& request);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace davit::runner
