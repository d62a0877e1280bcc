#include "runner/runner.h"

#include <poll.h>

#include <algorithm>
#include <utility>

#include "base/cores.h"
#include "base/fault.h"
#include "base/text.h"
#include "exec/attempt_files.h"
#include "runner/attempt.h"
#include "runner/by_hand.h"
#include "runner/look.h"
#include "runner/spare_directory.h"
#include "runner/trees.h"

namespace davit::runner {
namespace {

constexpr int kAhead = 1;  // tasks laid out before there is a place for them
constexpr int kTickMs = 50;
constexpr int64_t kTellMs = 100;  // OnTick, at most so often
constexpr int64_t kLookMs = 300;  // somebody else may have cancelled the run
constexpr int64_t kPollMs = 500;  // a task that waits before its next try, or that another process holds
constexpr int64_t kForceWaitMs = 60'000;

}  // namespace

struct Runner::Impl {
  /// An attempt in the loop.
  struct Active {
    std::unique_ptr<Attempt> attempt;
    bool watched = false;  // not a child of our launcher: its end is found by looking
    bool told = true;      // the observer knows that it has started
    bool unasked = false;  // its launcher died, perhaps before it read what it was asked
    bool unready = false;  // it could not be laid out: it ends in its turn
  };

  Impl(control::Client& client_in, drivers::Registry& drivers_in, const Clock& clock_in, RunnerOptions options_in,
       Observer& observer_in)
      : client(client_in),
        drivers(drivers_in),
        clock(clock_in),
        options(std::move(options_in)),
        observer(observer_in),
        trees(client_in, client_in.work_root(), options.self) {
    if (options.parallelism <= 0) options.parallelism = UsableCores();
  }

  // ---- Starting.

  LogFollower::Take Teller(Attempt& attempt) {
    return [this, &attempt](const drivers::ToolEvent& event) { observer.OnToolEvent(attempt.lease(), event); };
  }

  Result<> EnsureLauncher() {
    if (launcher != nullptr) return {};
    TRY_ASSIGN(launcher, exec::StartLauncher(options.self));
    return {};
  }

  /// How many tasks may be claimed: those that run, and one more, which is laid out while they run.
  int Room() const {
    return options.parallelism + kAhead - static_cast<int>(active.size()) - static_cast<int>(prepared.size());
  }

  /// Lays a task out; it waits in `prepared` for its turn.
  void Prepare(control::Lease lease) {
    drivers::Driver* driver = drivers.Find(lease.driver);
    CHECK(driver != nullptr, "no driver " + lease.driver);
    auto attempt = std::make_unique<Attempt>(client, *driver, clock, std::move(lease), control::LogCursor());
    Result<> ready = [&]() -> Result<> {
      TRY_ASSIGN(const Place place, trees.Take(attempt->lease(), *driver));
      return attempt->Prepare(place, options.environment);
    }();
    if (!ready) {
      const Error& error = ready.error();
      const RunResult result = error.code == ErrorCode::kInvalidInput ? RunResult::kFailed : RunResult::kErrored;
      attempt->EndWith(result, error.message + (error.suggestion.empty() ? "" : " (" + error.suggestion + ")"));
    }
    Active& one = prepared.emplace_back();
    one.attempt = std::move(attempt);
    one.told = false;
    one.unready = !ready;
  }

  /// Starts what is laid out as far as there are places. `ended`: attempts in `active` whose last process is gone. What ends at once claims
  /// and lays out others, which this loop comes to: nothing here calls it, however long the chain.
  void StartPrepared(int ended = 0) {
    while (!prepared.empty() && !failure && static_cast<int>(active.size()) - ended < options.parallelism) {
      // What was cancelled a moment ago is not begun now.
      if (Result<RunRow> row = client.GetRun(prepared.front().attempt->lease().run))
        cancel = std::max(cancel, row->cancel);
      active.push_back(std::move(prepared.front()));
      prepared.erase(prepared.begin());
      if (cancel != CancelKind::kNone) active.back().told = true;  // it does not start
      if (ended == 0) TellStarted();
      if (active.back().unready) {
        End(active.size() - 1);
      } else {
        Next(active.size() - 1);
      }
    }
  }

  void TellStarted() {
    for (Active& one : active) {
      if (!std::exchange(one.told, true)) observer.OnTaskStarted(one.attempt->lease(), false);
    }
  }

  /// Starts the current process of an attempt, or ends its task where there is none.
  void Next(size_t index) {
    Attempt& attempt = *active[index].attempt;
    if (!attempt.has_operation()) {
      attempt.EndWith(RunResult::kSucceeded, "");
      return End(index);
    }
    if (cancel != CancelKind::kNone) {
      attempt.EndWith(RunResult::kCancelled, "cancelled");
      return End(index);
    }
    Result<> launched = EnsureLauncher();
    if (launched) launched = attempt.Launch(*launcher);
    MAYBE_FAULT("runner.launched");
    active[index].watched = active[index].unasked = false;
    if (launched) return;
    const Error& error = launched.error();
    std::string reason = error.message;
    for (const Note& note : error.notes) reason += "; " + note.message;
    if (!error.suggestion.empty()) reason += " (" + error.suggestion + ")";
    attempt.EndWith(error.code == ErrorCode::kInvalidInput ? RunResult::kFailed : RunResult::kErrored, reason);
    End(index);
  }

  // ---- Ending.

  /// Takes the attempt out of the loop; its place in `active` is another's from now on.
  std::unique_ptr<Attempt> Remove(size_t index) {
    std::unique_ptr<Attempt> attempt = std::move(active[index].attempt);
    active.erase(active.begin() + static_cast<std::ptrdiff_t>(index));
    trees.Release(attempt->lease());
    return attempt;
  }

  /// The store cannot be written: what runs goes on, nothing new begins, and the directories stay for the next davit.
  void StoreFailed(const Error& error) {
    if (!failure) {
      observer.OnNotice("what happened cannot be recorded: " + error.message);
      failure = error;
      if (failure->suggestion.empty() && error.code == ErrorCode::kExhausted) failure->suggestion = "free some space";
      failure->notes.push_back({"nothing is lost: run the command again, and it takes over what was begun", {}});
    }
  }

  void Clean(const control::Lease& lease) {
    std::error_code error;
    std::filesystem::remove_all(lease.attempt_directory, error);
    if (!error) (void)client.AttemptCleaned(lease.attempt);
  }

  /// What an attempt brings is refused, as somebody else has its task now. Its directory stays: whoever adopted it works there.
  void TookOver(const control::Lease& lease) {
    observer.OnNotice(lease.component + ": another davit took it over; what this one did is kept aside");
  }

  void End(size_t index) {
    if (!active[index].told) TellStarted();
    const std::unique_ptr<Attempt> attempt = Remove(index);
    const control::Lease& lease = attempt->lease();
    const bool claims = !recovering && !failure;
    const int room = claims ? Room() : -1;
    const control::LogUpload last_log = attempt->LastLog();
    Result<control::FinishAnswer> answer = client.Finish(lease, attempt->outcome(), last_log, room);
    if (!answer && answer.error().code == ErrorCode::kInvalidInput) {
      // Its tool did well, and what it left is not what the component declares: the component's failure, and no trouble of the store's.
      const Error& error = answer.error();
      attempt->EndWith(RunResult::kFailed,
                       error.message + (error.suggestion.empty() ? "" : " (" + error.suggestion + ")"));
      answer = client.Finish(lease, attempt->outcome(), last_log, room);
    }
    if (!answer) {
      if (answer.error().code != ErrorCode::kConflict) return StoreFailed(answer.error());
      return TookOver(lease);
    }
    observer.OnTaskFinished(lease, attempt->outcome());
    if (claims && answer->run_finished) run_finished = true;
    if (room > 0 && static_cast<int>(answer->leases.size()) < room) drained = answer->leases.empty() || drained;
    for (control::Lease& next : answer->leases) Prepare(std::move(next));
    ended.push_back(lease);
  }

  /// The directories of what has ended: after the next ones have started, which need not wait for it.
  void CleanEnded() {
    for (const control::Lease& lease : std::exchange(ended, {})) Clean(lease);
  }

  void Reconcile(size_t index) {
    const std::unique_ptr<Attempt> attempt = Remove(index);
    const control::Lease& lease = attempt->lease();
    if (control::LogUpload log = attempt->LastLog(); !log.lines.empty()) (void)client.PutLog(lease, log);
    Result<> marked = client.MarkReconcile(lease, attempt->outcome().reason, attempt->report());
    if (!marked) {
      if (marked.error().code != ErrorCode::kConflict) return StoreFailed(marked.error());
      return TookOver(lease);
    }
    for (const std::string& warning : attempt->outcome().warnings) observer.OnNotice(lease.component + ": " + warning);
    observer.OnNeedsReconcile(lease, attempt->outcome().reason, attempt->report());
  }

  void TakeEnd(size_t index, const exec::ExitStatus* status) {
    Attempt& attempt = *active[index].attempt;
    Result<Attempt::Step> step = attempt.TakeEnd(status, Teller(attempt));
    if (!step) {
      if (step.error().code == ErrorCode::kConflict) {
        const std::unique_ptr<Attempt> refused = Remove(index);
        return TookOver(refused->lease());
      }
      if (step.error().code == ErrorCode::kInvalidInput || step.error().code == ErrorCode::kNotFound) {
        attempt.EndWith(RunResult::kErrored, step.error().message);
        return End(index);
      }
      Remove(index);
      return StoreFailed(step.error());
    }
    if (*step == Attempt::Step::kNext) return Next(index);
    if (*step == Attempt::Step::kReconcile) return Reconcile(index);
    End(index);
  }

  /// Looks whether the current process of an attempt has ended; takes its end if so.
  void Look(size_t index, bool told) {
    Attempt& attempt = *active[index].attempt;
    Result<exec::Probe> probe = exec::ProbeOperation(attempt.lease().attempt_directory, attempt.operation().name);
    if (!probe) return StoreFailed(probe.error());
    switch (probe->phase) {
      case exec::Phase::kEnded:
        // The next one first: what this one left is read, recorded and told while that runs.
        if (!recovering && attempt.at_last_operation()) StartPrepared(1);
        TakeEnd(index, &*probe->status);
        return TellStarted();
      case exec::Phase::kDead:
        return TakeEnd(index, nullptr);
      case exec::Phase::kNeverBegan: {
        if (!told) return;
        // A supervisor that was forked already may begin at this very moment: the begin file decides. What cannot be written here, it could
        // not either, where it has said that it is gone.
        Result<bool> taken_back = exec::TakeBack(attempt.lease().attempt_directory, attempt.operation().name);
        if (taken_back ? !*taken_back : active[index].unasked) {
          active[index].watched = true;
          return;
        }
        attempt.EndUnbegun(RunResult::kErrored,
                           attempt.operation().name +
                               " could not be started: its directory cannot be written, or no process can be made");
        return End(index);
      }
      case exec::Phase::kRunning:
        return;
      case exec::Phase::kOrphaned:
        active[index].watched = true;  // its supervisor is gone, the tool is not: wait for it
        return;
    }
  }

  // ---- The loop.

  size_t IndexOf(const Path& directory) const {
    size_t index = 0;
    while (index < active.size() && active[index].attempt->lease().attempt_directory != directory) ++index;
    return index;
  }

  /// One turn: waits for something to happen, at most a tick.
  void Turn() {
    pollfd fds[2] = {{launcher == nullptr ? -1 : launcher->fd(), POLLIN, 0}, {options.wake_fd, POLLIN, 0}};
    ::poll(fds, 2, kTickMs);
    if (fds[1].fd >= 0 && fds[1].revents != 0 && options.on_wake) {
      options.on_wake();
      looked_ms = 0;
    }
    if (fds[0].fd >= 0 && fds[0].revents != 0) {
      Result<std::vector<exec::Launcher::Ended>> ended = launcher->Take();
      if (!ended) {
        // Whoever killed it left the supervisors alive: from now on their ends are found by looking.
        launcher.reset();
        for (Active& one : active) one.watched = one.unasked = true;
      } else {
        for (const exec::Launcher::Ended& one : *ended) {
          const size_t index = IndexOf(one.attempt_directory);
          if (index < active.size() && active[index].attempt->has_operation() &&
              active[index].attempt->operation().name == one.operation) {
            Look(index, true);
          }
        }
      }
    }
    for (size_t i = active.size(); i-- > 0;) {
      if (i < active.size() && active[i].watched) Look(i, active[i].unasked);
    }
    const int64_t now = clock.MonotonicMs();
    for (size_t i = active.size(); i-- > 0;) {
      Attempt& attempt = *active[i].attempt;
      if (Result<> followed = attempt.Follow(Teller(attempt));
          !followed && followed.error().code != ErrorCode::kConflict) {
        StoreFailed(followed.error());
      }
    }
    if (now - told_ms >= kTellMs) {
      told_ms = now;
      observer.OnTick();
    }
  }

  /// Carries out a cancel that somebody asked for.
  void ApplyCancel() {
    for (Active& one : active) {
      Attempt& attempt = *one.attempt;
      if (cancel == CancelKind::kForced) {
        attempt.Signal(exec::Signal::kForce);
      } else if (cancel == CancelKind::kGraceful && !attempt.mutating()) {
        attempt.Signal(exec::Signal::kInterrupt);
      }
    }
  }

  /// The same for what an earlier davit began: of several runs each has its own, and of a gracefully cancelled one what has begun ends.
  void ApplyForcedCancels() {
    for (Active& one : active) {
      Result<RunRow> row = client.GetRun(one.attempt->lease().run);
      if (row && row->cancel == CancelKind::kForced) one.attempt->Signal(exec::Signal::kForce);
    }
  }

  /// Ready tasks that have to wait, or tasks that another process holds: the run may go on without a person. What waits for the gate
  /// may not.
  Result<bool> MayGoOn(const RunId& run) {
    TRY_ASSIGN(control::RunView view, client.ShowRun(run));
    for (const control::JobView& job : view.jobs) {
      for (const TaskRow& task : job.tasks) {
        const bool waits = view.run.state == RunState::kAwaitingApproval && IsMutating(task.kind);
        if (task.state == TaskState::kReady && !waits) return true;
        if (task.state == TaskState::kLeased && task.holder != client.process()) return true;
      }
    }
    return false;
  }

  Result<RunRow> Drive(const RunId& run) {
    cancel = CancelKind::kNone;
    run_finished = false;
    failure.reset();
    looked_ms = 0;
    int64_t claimed_ms = 0;
    drained = false;
    for (;;) {
      const int64_t now = clock.MonotonicMs();
      if (!failure && now - looked_ms >= kLookMs) {
        looked_ms = now;
        TRY_ASSIGN(RunRow row, client.GetRun(run));
        cancel = row.cancel;
        run_finished = row.state == RunState::kFinished;
      }
      ApplyCancel();
      StartPrepared();
      CleanEnded();
      if (active.empty()) {
        if (failure) return Fail(*failure);
        if (run_finished) break;
      }
      const int room = Room();
      if (room > 0 && !failure && !run_finished && (!drained || active.empty()) && cancel == CancelKind::kNone &&
          (claimed_ms == 0 || !drained || now - claimed_ms >= kPollMs)) {
        claimed_ms = now;
        Result<std::vector<control::Lease>> leases = client.Claim(run, room);
        if (!leases) {
          StoreFailed(leases.error());
          continue;
        }
        drained = static_cast<int>(leases->size()) < room;
        for (control::Lease& lease : *leases) Prepare(std::move(lease));
        StartPrepared();
        CleanEnded();
        if (!active.empty()) continue;
        TRY_ASSIGN(RunRow row, client.GetRun(run));
        run_finished = row.state == RunState::kFinished;
        cancel = row.cancel;
        if (run_finished) break;
        TRY_ASSIGN(const bool may_go_on, MayGoOn(run));
        if (!may_go_on) break;
      } else if (active.empty() && cancel != CancelKind::kNone && !failure) {
        TRY_ASSIGN(RunRow row, client.GetRun(run));
        if (row.state == RunState::kFinished) break;
        TRY_ASSIGN(const bool may_go_on, MayGoOn(run));
        if (!may_go_on) break;
      }
      Turn();
    }
    trees.RemoveSpare();
    (void)Sweep();  // what cannot be removed now is at the next start
    return client.GetRun(run);
  }

  // ---- What an earlier davit left.

  /// A plan, or anything else that changes nothing: its processes are ended and what they made is thrown away.
  void EndIdle(const control::Lease& lease) {
    for (const std::string& name : exec::BegunOperations(lease.attempt_directory)) {
      const int64_t begun = clock.MonotonicMs();
      while (clock.MonotonicMs() - begun < kForceWaitMs) {
        Result<exec::Probe> probe = exec::ProbeOperation(lease.attempt_directory, name);
        if (!probe || (probe->phase != exec::Phase::kRunning && probe->phase != exec::Phase::kOrphaned)) break;
        (void)exec::SignalOperation(lease.attempt_directory, name, exec::Signal::kForce);
        ::poll(nullptr, 0, kTickMs);
      }
    }
  }

  /// A change that cannot be followed, as its files are gone: it is never stopped for that.
  void WaitForTool(const control::Lease& lease) {
    for (const std::string& name : exec::BegunOperations(lease.attempt_directory)) {
      for (;;) {
        Result<exec::Probe> probe = exec::ProbeOperation(lease.attempt_directory, name);
        if (!probe || (probe->phase != exec::Phase::kRunning && probe->phase != exec::Phase::kOrphaned)) break;
        pollfd wake{options.wake_fd, POLLIN, 0};
        ::poll(&wake, 1, kTickMs);
        if (wake.revents != 0 && options.on_wake) options.on_wake();
        observer.OnTick();
      }
    }
  }

  /// Another davit that looks for orphans at the same moment was first: it is settled, or being settled.
  static Result<> OfAnother(Error error) {
    if (error.code == ErrorCode::kConflict) return {};
    return davit::Fail(std::move(error));
  }
  Result<> TakenBack(const control::Lease& lease) {
    Result<> done = client.TakeBack(lease.run, lease.task);
    return done ? done : OfAnother(std::move(done).error());
  }

  Result<> TakeUp(const control::Orphan& orphan) {
    const std::string component = orphan.lease.component;
    if (orphan.state != TaskState::kNeedsReconcile) {
      observer.OnNotice(component + ": a " + std::string(ToString(orphan.lease.kind)) +
                        " was interrupted before it changed anything; it is thrown away");
      EndIdle(orphan.lease);
      return {};
    }
    drivers::Driver* driver = drivers.Find(orphan.lease.driver);
    CHECK(driver != nullptr, "no driver " + orphan.lease.driver);
    std::error_code error;
    if (!std::filesystem::exists(orphan.lease.attempt_directory / "state", error)) {
      // Never laid out: the launcher is asked only after that.
      observer.OnNotice(component + ": had not begun; it is taken back");
      return TakenBack(orphan.lease);
    }
    control::LogCursor kept;
    kept.attempt = orphan.lease.attempt;
    for (;;) {
      TRY_ASSIGN(control::LogPage page, client.ReadLog(kept));
      if (page.lines.empty()) break;
    }
    auto take_over = [&](control::Lease lease) -> std::pair<std::unique_ptr<Attempt>, Result<Attempt::Found>> {
      auto attempt = std::make_unique<Attempt>(client, *driver, clock, std::move(lease), kept);
      Result<Attempt::Found> found = [&]() -> Result<Attempt::Found> {
        TRY_ASSIGN(const Place place, trees.Found(attempt->lease()));
        return attempt->TakeOver(place, options.environment);
      }();
      return {std::move(attempt), std::move(found)};
    };
    // It is adopted only where it has begun: until then nothing is written that a crash could leave half done.
    if (auto [looked, found] = take_over(orphan.lease); found && *found == Attempt::Found::kNeverBegan) {
      trees.Release(orphan.lease);
      EndIdle(orphan.lease);
      observer.OnNotice(component + ": had not begun; it is taken back");
      return TakenBack(orphan.lease);
    }
    trees.Release(orphan.lease);
    Result<control::Lease> lease = client.Adopt(orphan.lease.task);
    if (!lease) return OfAnother(std::move(lease).error());
    auto [attempt, found] = take_over(*std::move(lease));
    if (found && *found == Attempt::Found::kNeverBegan) {
      // Taken back by a davit that then died, or that did not come to say so.
      trees.Release(attempt->lease());
      TRY(client.MarkReconcile(attempt->lease(), "had not begun", {}));
      return TakenBack(attempt->lease());
    }
    if (!found) {
      trees.Release(attempt->lease());
      observer.OnTaskStarted(attempt->lease(), true);
      WaitForTool(attempt->lease());
      TRY(client.MarkReconcile(attempt->lease(), found.error().message, {}));
      observer.OnNeedsReconcile(attempt->lease(), found.error().message, {});
      return {};
    }
    TRY_ASSIGN(const exec::Probe probe,
               exec::ProbeOperation(attempt->lease().attempt_directory, attempt->operation().name));
    if (probe.phase == exec::Phase::kRunning || probe.phase == exec::Phase::kOrphaned) {
      observer.OnTaskStarted(attempt->lease(), true);
    } else if (probe.phase == exec::Phase::kEnded) {
      observer.OnNotice(component + ": ended while no davit was there; its result is taken over");
    }
    active.push_back({std::move(attempt), true});
    return {};
  }

  /// Removes the directories of attempts that have ended: they hold secrets. What a resumed attempt left is found here too.
  Result<> Sweep() {
    TRY_ASSIGN(std::vector<AttemptRow> left, client.UncleanedAttempts());
    for (const AttemptRow& attempt : left) {
      std::error_code error;
      std::filesystem::remove_all(attempt.directory, error);
      if (!error) TRY(client.AttemptCleaned(attempt.id));
    }
    return {};
  }

  /// Trees of previews whose davit was killed.
  void SweepPreviews() {
    std::error_code error;
    for (const auto& deployment : std::filesystem::directory_iterator(client.work_root(), error)) {
      std::error_code ignored;
      for (const auto& item : std::filesystem::directory_iterator(deployment.path(), ignored)) {
        const std::string name = item.path().stem().string();
        if (!name.starts_with("preview-")) continue;
        Result<RunRow> run = client.GetRun(RunId("run_" + name.substr(8)));
        if (run && run->state == RunState::kFinished) std::filesystem::remove_all(item.path(), ignored);
      }
    }
  }

  Result<std::vector<RunId>> Recover() {
    recovering = true;
    failure.reset();
    cancel = CancelKind::kNone;
    TRY_ASSIGN(std::vector<control::Orphan> orphans, client.TakeOrphans());
    for (const control::Orphan& orphan : orphans) TRY(TakeUp(orphan));
    while (!active.empty() && !failure) {
      ApplyForcedCancels();  // one look a turn is cheap enough here
      Turn();
      CleanEnded();
    }
    recovering = false;
    if (failure) return Fail(*failure);
    TRY(TakeLostHands(client, observer));
    TRY_ASSIGN(std::vector<RunId> waiting, client.SettleRuns());
    TRY(Sweep());
    SweepSpareDirectories(client.work_root());
    SweepPreviews();
    return waiting;
  }

  control::Client& client;
  drivers::Registry& drivers;
  const Clock& clock;
  RunnerOptions options;
  Observer& observer;
  Trees trees;
  std::unique_ptr<exec::Launcher> launcher;
  std::vector<Active> active;
  std::vector<Active> prepared;       // claimed and laid out; each starts as soon as another ends
  std::vector<control::Lease> ended;  // their directories are still there
  std::optional<Error> failure;       // of the store
  CancelKind cancel = CancelKind::kNone;
  bool recovering = false;
  bool run_finished = false;
  bool drained = false;  // the last claim gave less than there was room for: nothing is ready before something ends
  int64_t looked_ms = 0;
  int64_t told_ms = 0;
};

Runner::Runner(control::Client& client, drivers::Registry& drivers, const Clock& clock, RunnerOptions options,
               Observer& observer)
    : impl_(std::make_unique<Impl>(client, drivers, clock, std::move(options), observer)) {}
Runner::~Runner() = default;

Result<std::vector<RunId>> Runner::Recover() {
  return impl_->Recover();
}
Result<RunRow> Runner::Drive(const RunId& run) {
  return impl_->Drive(run);
}
std::vector<json::object> Runner::Look(const std::vector<TaskId>& tasks) {
  std::vector<TakeLease> leases;
  for (const TaskId& task : tasks) leases.emplace_back([this, task] { return impl_->client.LeaseToLook(task); });
  return LookAt(impl_->client, impl_->drivers, impl_->options, leases);
}
Result<HandResult> Runner::ByHand(control::HandView view, const HandRequest& request) {
  SweepSpareDirectories(impl_->client.work_root());
  return WorkByHand(impl_->client, impl_->drivers, impl_->options, std::move(view), request);
}
std::vector<json::object> Runner::LookAtStanding(const std::vector<ComponentId>& components) {
  SweepSpareDirectories(impl_->client.work_root());  // perhaps nothing else is ever run here
  std::vector<TakeLease> leases;
  for (const ComponentId& id : components) leases.emplace_back([this, id] { return impl_->client.LeaseStanding(id); });
  return LookAt(impl_->client, impl_->drivers, impl_->options, leases);
}

}  // namespace davit::runner
