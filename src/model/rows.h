// The rows of the store as plain values: the truth about runs, jobs, tasks and what is live (engine.md 1, 2). engine::Step works on
// these, store/ keeps them. JSON in rows carries `v`.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "model/ids.h"
#include "model/states.h"

namespace davit {

struct DeploymentRow {
  DeploymentId id;
  std::string name;       // "local/default/default/shop"
  std::string directory;  // where its manifest was last seen
};

/// A component of a deployment. Live: an attempt may have left something behind (`live`), so `down` and removal know of it.
struct ComponentRow {
  ComponentId id;
  DeploymentId deployment;
  std::string name;
  int64_t fence = 0;  // bumped by every lease; names the lease
  bool live = false;
  int order = 0;  // deploy order when last written
  std::string driver;
  std::string tool;  // recorded by the first apply (DESIGN 18)
  std::string tool_version;
  std::string fingerprint;        // of the last success; "" = none
  std::string fingerprint_parts;  // JSON {v, part: digest}, for `why`
  std::string bundle;             // blob digests of the last attempt that wrote its state: bundle, snapshot, resolution
  std::string snapshot;
  std::string snapshot_name;  // what it is called in there; "" = as it is now
  std::string resolution;
  std::string success_bundle;  // and of the last success
  std::string success_snapshot;
  std::string success_name;
  std::string success_resolution;
  StateVersionId state;                // newest state version; empty = none
  OutputVersionId outputs;             // newest output version; empty = none
  std::vector<std::string> producers;  // names of components it was built on, kept for the order of `down`
  RunId last_run;
  RunResult last_result = RunResult::kNone;
  bool protect = false;  // as the last manifest that was deployed says: it is not taken away
};

/// How long a run waits for a yes, where nobody says otherwise (engine.md 7).
inline constexpr int64_t kApprovalTimeoutS = int64_t{24} * 3600;

struct RunRow {
  RunId id;
  DeploymentId deployment;
  RunKind kind = RunKind::kDeploy;
  RunState state = RunState::kQueued;
  RunResult result = RunResult::kNone;
  CancelKind cancel = CancelKind::kNone;
  bool direct = false;     // plan and apply may be one process (--auto-approve)
  std::string reason;      // of the end or of the wait, for people: "interrupted", "deadline"
  std::string message;     // -m
  std::string principal;   // who asked
  ProcessId process;       // embedded: the process that drives it
  std::string document;    // blob: the elaborated stack
  std::string bundle;      // blob
  int64_t created_ms = 0;  // wall clock, for display
  int64_t started_ms = 0;
  int64_t finished_ms = 0;
  int open_tasks = 0;            // not finished
  int reconcile_tasks = 0;       // in needs_reconcile
  int failed_mandatory = 0;      // finished tasks of mandatory jobs that failed or errored
  int soft_failures = 0;         // the same of optional jobs
  int cancelled_tasks = 0;       // jobs that ended cancelled
  bool any_done = false;         // something was applied, or tried; planning does not count
  int64_t next_event = 1;        // sequence of the next event
  int approval_tasks = 0;        // planned again, and held for a person's yes (TaskRow::awaits_approval)
  int64_t waiting_since_ms = 0;  // wall clock: since when it waits for a yes; 0 = it does not
  int64_t approval_timeout_s = kApprovalTimeoutS;
  std::string overview;  // blob: what was to be done, as it was known before anything was planned; "" = nobody is asked
  bool stops_on_failure = false;  // the first failure of a mandatory component ends it (`davit hub`)
  bool moves =
      false;  // components get other names as it may begin (`moved`): something to ask for, also where no task is
};

struct JobRow {
  JobId id;
  RunId run;
  ComponentId component;
  std::string name;  // of the component
  JobAction action = JobAction::kDeploy;
  JobState state = JobState::kBlocked;
  RunResult result = RunResult::kNone;
  bool optional = false;
  bool removal = false;  // it left the manifest
  int order = 0;
  std::string snapshot;       // blob
  std::string snapshot_name;  // what the component is called in there; "" = `name`
  std::string reason;         // why it ended so: one line for people
  int64_t started_ms = 0;
  int64_t finished_ms = 0;
  int open_tasks = 0;
  std::string changes;  // JSON {v, create, update, replace, delete}: counts of the planned changes
};

/// What the component of a job is called in the job's snapshot.
inline const std::string& NameInSnapshot(const JobRow& job) {
  return job.snapshot_name.empty() ? job.name : job.snapshot_name;
}

/// No backoff is longer. A `not_before_ms` further ahead was written by another machine's clock, or before a reboot: it is not waited for.
inline constexpr int64_t kMaxBackoffMs = 16'000;

struct TaskRow {
  TaskId id;
  RunId run;
  JobId job;
  ComponentId component;
  TaskKind kind = TaskKind::kApply;
  TaskState state = TaskState::kBlocked;
  RunResult result = RunResult::kNone;
  int blocked_on = 0;         // edges into it that are not satisfied
  int64_t priority = 0;       // weight of the critical path from here; higher first
  int lost_leases = 0;        // leases lost before a mutating operation began (at most 3)
  int64_t not_before_ms = 0;  // backoff, by the monotonic clock of whoever took the lease back; 0 = none
  int64_t fence = 0;          // of its present or last lease
  ProcessId holder;           // while leased or needs_reconcile
  int64_t renewals = 0;
  AttemptId attempt;            // present or last attempt
  int attempt_number = 0;       // for people
  bool mutating_begun = false;  // the present attempt's mutating operation may have begun
  std::string resolution;       // blob: resolved inputs of this attempt
  std::string plan;  // blob: the saved plan that this apply is to carry out; "" = none, or too old to be kept
  bool awaits_approval = false;  // blocked until a person says yes to what was planned again
};

/// What was planned for a component in a run: the row of its plan task is what was shown before the gate, that of its apply task what was
/// planned again after its producers had been applied.
struct PlanRow {
  TaskId task;
  RunId run;
  JobId job;
  ComponentId component;
  PlanGrade grade = PlanGrade::kNone;
  bool empty = false;                  // nothing to do, as far as is known
  std::string reason;                  // of deferred: which input is unknown
  std::vector<std::string> producers;  // whose planned or unknown outputs it needs
  std::string digest;                  // change digest (engine/changes.h); "" where its changes were not looked at
  std::string changes;                 // blob: PlannedChanges; "" as above
  std::string basis;                   // JSON: what it is valid for (engine.md 6, "Validity")
  std::string stale;                   // why it may not be applied any more; "" = it may
  int64_t created_ms = 0;
};

/// A person's word on what was planned for one component. Bound to the change digest that was shown.
struct ApprovalRow {
  ApprovalId id;
  RunId run;
  JobId job;
  ComponentId component;
  std::string digest;  // "" where nothing could be planned: then it covers the bound that was shown
  bool approved = false;
  std::string principal;
  std::string reason;
  int64_t created_ms = 0;
};

struct EdgeRow {
  TaskId from;
  TaskId to;
  EdgeKind kind = EdgeKind::kNeeds;
};

/// One immutable event of a run (engine.md 1).
struct EventRow {
  RunId run;
  int64_t sequence = 0;
  int64_t wall_ms = 0;
  std::string kind;  // "run.created", "task.ready", "task.leased", "task.finished", "job.finished", "run.finished", …
  JobId job;         // may be empty
  TaskId task;       // may be empty
  json::object data;  // small; carries v
};

struct StateVersionRow {
  StateVersionId id;
  ComponentId component;
  int64_t version = 0;  // from 1
  int64_t serial = 0;   // the tool's
  std::string lineage;
  std::string blob;
  RunId run;
  int64_t fence = 0;
  int64_t created_ms = 0;
  bool complete = false;  // false: a copy of a growing state
  bool quarantined = false;
  std::string reason;  // of the quarantine
};

struct OutputVersionRow {
  OutputVersionId id;
  ComponentId component;
  int64_t version = 0;
  std::string blob;    // sealed ValueMap JSON
  std::string digest;  // keyed; identical data makes no new version (DESIGN 15)
  RunId run;
  int64_t created_ms = 0;
};

/// What a deployment was after a run that did something.
struct StackVersionRow {
  DeploymentId deployment;
  int64_t version = 0;  // from 1
  RunId run;
  RunKind kind = RunKind::kDeploy;
  RunResult result = RunResult::kNone;
  std::string document;  // blob: the elaborated stack; "" after a destroy
  std::string message;   // -m of the run
  std::string author;    // who asked for it
  std::string
      components;  // JSON {v, components: {name: {id, outputs: output version id, resolution: blob}}} of those that stood
  int64_t created_ms = 0;
};

/// An attempt: one lease of a task.
struct AttemptRow {
  AttemptId id;
  TaskId task;
  JobId job;
  int number = 1;
  int64_t fence = 0;
  ProcessId process;
  std::string directory;  // of the attempt, absolute
  int64_t started_ms = 0;
  int64_t finished_ms = 0;
  RunResult result = RunResult::kNone;
  std::string
      operations;  // JSON [{v, kind, result, exit_code, duration_ms, max_rss_kb, fused, changes: [{address, action}] of a plan}]
  bool cleaned = false;  // its directory is gone
  std::string
      before;  // JSON of what its claim changed in the component's row (control/undo.cc); "" = nothing, or it has ended
};

struct LogChunkRow {
  AttemptId attempt;
  int64_t sequence = 0;    // from 0
  int64_t first_line = 0;  // from 1
  int64_t lines = 0;
  int64_t stdout_offset = 0;  // raw bytes of each file that this and all earlier chunks hold
  int64_t stderr_offset = 0;
  int64_t wall_ms = 0;
  std::string blob;  // zstd of lines, each "<o|e> text\n", masked
};

/// A holder or a waiter of a lock key, FIFO by sequence.
struct LockRow {
  std::string key;  // "deployment/<id>"
  int64_t sequence = 0;
  RunId run;
  bool held = false;
  std::string reason;
};

}  // namespace davit
