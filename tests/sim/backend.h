// The transactions of the simulator: a message becomes control::ApplyStep and the rows that go with it, in one
// transaction on the real store, as control does it. Dropping the transaction before its commit is a crash before the
// commit. One thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control/apply_step.h"
#include "engine/tasks.h"
#include "sim/random.h"
#include "sim/world.h"
#include "store/store.h"

namespace davit::sim {

/// A component as a manifest names it; edges are indexes of the components before it.
struct PlannedComponent {
  std::string name;
  bool optional = false;
  bool excluded = false;
};

/// What a person wants: kept beside the run until it starts, as control keeps the document.
struct Wish {
  std::vector<PlannedComponent> components;
  std::vector<StackEdge> edges;
  bool gate = false;
};

/// The run has its turn: its tasks are made, and it starts.
struct StartRequest {};
/// A copy of a growing state, under the fence.
struct StateCopy {
  TaskId task;
  int64_t fence = 0;
};

struct Message {
  RunId run;
  std::variant<engine::Event, StartRequest, StateCopy> what;
  AttemptId attempt;             // claim: of the row to keep; finish and copy: whose state goes along
  int64_t looked_at_fence = -1;  // a decision about a waiting task: of the lease that was looked at
  bool by_person = false;
};
std::string Describe(const Message& message);

/// Numbers that tell what a simulation went through.
struct Counts {
  int64_t messages = 0, conflicts = 0, repeats = 0, runs = 0, finished = 0, quarantined = 0, adopted = 0, resumed = 0,
          abandoned = 0, held = 0, crashes = 0, reboots = 0, silences = 0, expired = 0;
};

class Backend {
 public:
  Backend(store::Store& store, IdSource& ids, World& world, Counts& counts)
      : store_(store), ids_(ids), world_(world), counts_(counts) {}

  /// A queued run with its place in the line for the deployment's lock.
  Result<RunId> Submit(RunRow run, Wish wish, int64_t wall_ms);
  /// One transaction. conflict: nothing changed. Any other error: a broken law.
  Result<engine::Changes> Deliver(const Message& message, int64_t wall_ms, bool commit);

  Result<std::unique_ptr<store::Transaction>> Read() { return store_.Begin(scope_, store::Mode::kRead); }
  const std::vector<EdgeRow>& Edges(const RunId& run) { return edges_[run]; }
  /// A person said no to something that was planned again.
  bool WasRejected(const RunId& run) const { return rejected_.contains(run); }
  /// Runs that changed since the last call.
  std::set<RunId> TakeTouched() { return std::exchange(touched_, {}); }

 private:
  using Tx = store::Transaction;
  Result<engine::Changes> Apply(Tx& tx, const Message& message, int64_t wall_ms);
  Result<engine::Changes> ApplyEvent(Tx& tx, const Message& message, const engine::Event& event, int64_t wall_ms);
  Result<engine::Changes> Start(Tx& tx, const RunId& id, int64_t wall_ms);
  Result<engine::Changes> Copy(Tx& tx, const Message& message, const StateCopy& copy, int64_t wall_ms);
  Result<> KeepState(Tx& tx, const RunId& run, const TaskRow& task, const AttemptId& attempt, bool complete,
                     bool quarantined, int64_t wall_ms);
  Result<> KeepWhatGoesAlong(Tx& tx, const Message& message, const engine::Event& event, int64_t wall_ms);
  Result<> KeepEnd(Tx& tx, const Message& message, const TaskRow& task, RunResult result, int64_t wall_ms);

  store::Store& store_;
  IdSource& ids_;
  World& world_;
  Counts& counts_;
  store::Scope scope_{"local", "simulator", true};
  std::map<RunId, Wish> wishes_;
  std::map<RunId, std::vector<EdgeRow>> edges_;
  std::vector<EdgeRow> started_edges_;  // of the transaction that is open
  std::set<RunId> touched_;
  std::set<RunId> rejected_;
};

template <typename T>
Result<T> Need(Result<std::optional<T>> row, const std::string& id) {
  if (!row) return tl::unexpected(row.error());
  if (!*row) return Fail(ErrorCode::kInternal, "the row " + id + " is missing");
  return std::move(**row);
}

}  // namespace davit::sim
