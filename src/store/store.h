// The store: the rows behind everything (engine.md 1). One Store contract, implemented for SQLite (embedded) and, later, PostgreSQL;
// tests/…/store_contract runs against each. A Transaction is the unit in which rows and events change together: it aborts unless it
// is committed. One writer thread owns a Store. Gets return nullopt where there is no such row; Puts insert or replace a whole row.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/rows.h"

namespace davit::store {

/// Who asks and what they may do. Every call that opens a transaction takes one; there is none without.
struct Scope {
  std::string organization = "local";
  std::string principal;  // "user@host" embedded
  bool may_write = true;
};

enum class Mode { kRead, kWrite };

/// Filter and page of lists: newest first, `before` is exclusive.
struct RunQuery {
  DeploymentId deployment;  // empty = all
  bool only_open = false;   // not finished
  bool previews = true;     // runs that only looked, too
  RunId before;             // empty = from the newest
  int limit = 20;
};

/// What Expire takes away, by wall-clock times: what is older than this.
struct Expiry {
  int64_t logs_ms = 0;      // logs of runs that ended before
  int64_t plans_ms = 0;     // plans of runs that ended before, and bundles that only such runs used
  int64_t states_ms = 0;    // state versions made before; the last of each day (UTC) stays
  int64_t states_kept = 0;  // so many of the newest state versions of each component stay, however old
};

class Transaction {
 public:
  virtual ~Transaction() = default;

  virtual Result<> Commit() = 0;

  // Deployments and components.
  virtual Result<std::optional<DeploymentRow>> GetDeployment(const DeploymentId& id) = 0;
  virtual Result<std::optional<DeploymentRow>> FindDeployment(const std::string& name) = 0;
  virtual Result<std::vector<DeploymentRow>> ListDeployments() = 0;
  virtual Result<> PutDeployment(const DeploymentRow& row) = 0;
  virtual Result<std::optional<ComponentRow>> GetComponent(const ComponentId& id) = 0;
  virtual Result<std::optional<ComponentRow>> FindComponent(const DeploymentId& deployment,
                                                            const std::string& name) = 0;
  virtual Result<std::vector<ComponentRow>> ListComponents(const DeploymentId& deployment) = 0;  // by order, name
  virtual Result<> PutComponent(const ComponentRow& row) = 0;

  // Runs.
  virtual Result<std::optional<RunRow>> GetRun(const RunId& id) = 0;
  virtual Result<std::vector<RunRow>> ListRuns(const RunQuery& query) = 0;
  /// Ids that begin with `prefix` (with or without "run_"), at most `limit`: people type short ones.
  virtual Result<std::vector<RunId>> FindRuns(const std::string& prefix, int limit) = 0;
  virtual Result<> PutRun(const RunRow& row) = 0;
  virtual Result<std::optional<JobRow>> GetJob(const JobId& id) = 0;
  virtual Result<std::vector<JobRow>> ListJobs(const RunId& run) = 0;  // by order
  virtual Result<> PutJob(const JobRow& row) = 0;
  virtual Result<std::optional<TaskRow>> GetTask(const TaskId& id) = 0;
  virtual Result<std::vector<TaskRow>> ListTasks(const RunId& run) = 0;
  virtual Result<std::vector<TaskRow>> ListJobTasks(const JobId& job) = 0;
  /// Ready tasks of a run, by priority (higher first), then id; those whose not_before_ms has not come are left out
  /// (kMaxBackoffMs).
  virtual Result<std::vector<TaskRow>> ReadyTasks(const RunId& run, int64_t monotonic_ms, int limit) = 0;
  /// Tasks that are leased or in needs_reconcile, of every run.
  virtual Result<std::vector<TaskRow>> HeldTasks() = 0;
  virtual Result<> PutTask(const TaskRow& row) = 0;
  virtual Result<std::vector<EdgeRow>> OutEdges(const TaskId& from) = 0;
  virtual Result<std::vector<EdgeRow>> InEdges(const TaskId& to) = 0;
  virtual Result<> PutEdge(const EdgeRow& row) = 0;
  virtual Result<> AppendEvent(const EventRow& row) = 0;
  virtual Result<std::vector<EventRow>> ListEvents(const RunId& run, int64_t after_sequence, int limit) = 0;

  // Attempts and logs.
  virtual Result<std::optional<AttemptRow>> GetAttempt(const AttemptId& id) = 0;
  virtual Result<std::vector<AttemptRow>> ListAttempts(const JobId& job) = 0;
  virtual Result<std::vector<AttemptRow>> UncleanedAttempts() = 0;
  virtual Result<> PutAttempt(const AttemptRow& row) = 0;
  virtual Result<std::vector<LogChunkRow>> ListLogChunks(const AttemptId& attempt, int64_t from_sequence) = 0;
  virtual Result<std::optional<LogChunkRow>> LastLogChunk(const AttemptId& attempt) = 0;
  virtual Result<> PutLogChunk(const LogChunkRow& row) = 0;

  // States and outputs. Versions are per component, from 1.
  virtual Result<std::optional<StateVersionRow>> GetStateVersion(const StateVersionId& id) = 0;
  virtual Result<std::vector<StateVersionRow>> ListStateVersions(const ComponentId& component,
                                                                 int limit) = 0;  // newest first
  virtual Result<> PutStateVersion(const StateVersionRow& row) = 0;
  virtual Result<std::optional<OutputVersionRow>> GetOutputVersion(const OutputVersionId& id) = 0;
  virtual Result<> PutOutputVersion(const OutputVersionRow& row) = 0;

  // Plans and what was said to them.
  virtual Result<std::optional<PlanRow>> GetPlan(const TaskId& task) = 0;
  virtual Result<std::vector<PlanRow>> ListPlans(const RunId& run, const ComponentId& component) = 0;
  virtual Result<> PutPlan(const PlanRow& row) = 0;
  virtual Result<std::vector<ApprovalRow>> ListApprovals(const RunId& run, const ComponentId& component) = 0;
  virtual Result<> PutApproval(const ApprovalRow& row) = 0;

  // Stack versions: per deployment, from 1.
  virtual Result<std::optional<StackVersionRow>> GetStackVersion(const DeploymentId& deployment, int64_t version) = 0;
  virtual Result<std::vector<StackVersionRow>> ListStackVersions(const DeploymentId& deployment,
                                                                 int limit) = 0;  // newest first
  virtual Result<> PutStackVersion(const StackVersionRow& row) = 0;

  // Locks: FIFO by sequence.
  virtual Result<std::vector<LockRow>> ListLocks(const std::string& key) = 0;  // by sequence
  virtual Result<std::vector<LockRow>> ListLocksOfRun(const RunId& run) = 0;
  virtual Result<int64_t> NextLockSequence(const std::string& key) = 0;
  virtual Result<> PutLock(const LockRow& row) = 0;
  virtual Result<> DeleteLocks(const RunId& run) = 0;

  // Small settings: store identity, key id, sealed check value. JSON or text.
  virtual Result<std::optional<std::string>> GetSetting(const std::string& name) = 0;
  virtual Result<> PutSetting(const std::string& name, const std::string& value) = 0;

  // Small sealed blobs, committed with the rows that name them (blob::BlobName gives the name).
  virtual Result<std::optional<std::string>> GetSmallBlob(const std::string& name) = 0;
  virtual Result<> PutSmallBlob(const std::string& name, const std::string& sealed) = 0;
  /// Takes away rows, and names of blobs in rows, that nobody needs any more (engine.md 9); never what a run that has not ended or a
  /// component names. The bytes go with the sweeps.
  virtual Result<> Expire(const Expiry& expiry) = 0;
  /// Drops the small blobs that no row names; gives how many.
  virtual Result<int64_t> SweepSmallBlobs() = 0;
  /// Names of all blobs that rows name; what is not among them may be swept while this transaction, a writing one, is open.
  virtual Result<std::vector<std::string>> ReferencedBlobs() = 0;
};

/// Counts for the budget tests: exact, since the store was opened.
struct Counters {
  int64_t statements = 0;
  int64_t commits = 0;  // durable ones
};

class Store {
 public:
  virtual ~Store() = default;
  /// Errors: unavailable (locked by another process longer than the busy timeout of 30 s), exhausted (disk full).
  virtual Result<std::unique_ptr<Transaction>> Begin(const Scope& scope, Mode mode) = 0;
  virtual Counters counters() const = 0;
};

}  // namespace davit::store
