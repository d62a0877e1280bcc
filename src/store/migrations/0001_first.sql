CREATE TABLE deployments (
  id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, directory TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE components (
  id TEXT PRIMARY KEY, deployment TEXT NOT NULL, name TEXT NOT NULL, fence INTEGER NOT NULL, live INTEGER NOT NULL,
  position INTEGER NOT NULL, driver TEXT NOT NULL, tool TEXT NOT NULL, tool_version TEXT NOT NULL, fingerprint TEXT NOT NULL,
  fingerprint_parts TEXT NOT NULL, bundle TEXT NOT NULL, snapshot TEXT NOT NULL, resolution TEXT NOT NULL,
  success_bundle TEXT NOT NULL, success_snapshot TEXT NOT NULL, success_resolution TEXT NOT NULL, state TEXT NOT NULL,
  outputs TEXT NOT NULL, producers TEXT NOT NULL, last_run TEXT NOT NULL, last_result TEXT NOT NULL,
  UNIQUE (deployment, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
  id TEXT PRIMARY KEY, deployment TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL, result TEXT NOT NULL, cancel TEXT NOT NULL,
  direct INTEGER NOT NULL, reason TEXT NOT NULL, message TEXT NOT NULL, principal TEXT NOT NULL, process TEXT NOT NULL,
  document TEXT NOT NULL, bundle TEXT NOT NULL, created_ms INTEGER NOT NULL, started_ms INTEGER NOT NULL,
  finished_ms INTEGER NOT NULL, open_tasks INTEGER NOT NULL, reconcile_tasks INTEGER NOT NULL, failed_mandatory INTEGER NOT NULL,
  soft_failures INTEGER NOT NULL, cancelled_tasks INTEGER NOT NULL, any_done INTEGER NOT NULL, next_event INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX runs_of_deployment ON runs (deployment, id);
CREATE INDEX runs_open ON runs (id) WHERE state <> 'finished';

CREATE TABLE jobs (
  id TEXT PRIMARY KEY, run TEXT NOT NULL, component TEXT NOT NULL, name TEXT NOT NULL, action TEXT NOT NULL, state TEXT NOT NULL,
  result TEXT NOT NULL, optional INTEGER NOT NULL, removal INTEGER NOT NULL, position INTEGER NOT NULL, snapshot TEXT NOT NULL,
  reason TEXT NOT NULL, started_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL, open_tasks INTEGER NOT NULL, changes TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_of_run ON jobs (run, position);

CREATE TABLE tasks (
  id TEXT PRIMARY KEY, run TEXT NOT NULL, job TEXT NOT NULL, component TEXT NOT NULL, kind TEXT NOT NULL, state TEXT NOT NULL,
  result TEXT NOT NULL, blocked_on INTEGER NOT NULL, priority INTEGER NOT NULL, lost_leases INTEGER NOT NULL,
  not_before_ms INTEGER NOT NULL, fence INTEGER NOT NULL, holder TEXT NOT NULL, renewals INTEGER NOT NULL, attempt TEXT NOT NULL,
  attempt_number INTEGER NOT NULL, mutating_begun INTEGER NOT NULL, resolution TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tasks_of_run ON tasks (run);
CREATE INDEX tasks_of_job ON tasks (job);
CREATE INDEX tasks_ready ON tasks (run, priority DESC, id) WHERE state = 'ready';
CREATE INDEX tasks_held ON tasks (id) WHERE state IN ('leased', 'needs_reconcile');

CREATE TABLE edges (
  from_task TEXT NOT NULL, to_task TEXT NOT NULL, kind TEXT NOT NULL, PRIMARY KEY (from_task, to_task)
) STRICT, WITHOUT ROWID;
CREATE INDEX edges_into ON edges (to_task);

CREATE TABLE events (
  run TEXT NOT NULL, sequence INTEGER NOT NULL, wall_ms INTEGER NOT NULL, kind TEXT NOT NULL, job TEXT NOT NULL, task TEXT NOT NULL,
  data TEXT NOT NULL, PRIMARY KEY (run, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE attempts (
  id TEXT PRIMARY KEY, task TEXT NOT NULL, job TEXT NOT NULL, number INTEGER NOT NULL, fence INTEGER NOT NULL, process TEXT NOT NULL,
  directory TEXT NOT NULL, started_ms INTEGER NOT NULL, finished_ms INTEGER NOT NULL, result TEXT NOT NULL, operations TEXT NOT NULL,
  cleaned INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX attempts_of_job ON attempts (job, id);
CREATE INDEX attempts_uncleaned ON attempts (id) WHERE cleaned = 0;

CREATE TABLE log_chunks (
  attempt TEXT NOT NULL, sequence INTEGER NOT NULL, first_line INTEGER NOT NULL, lines INTEGER NOT NULL,
  stdout_offset INTEGER NOT NULL, stderr_offset INTEGER NOT NULL, wall_ms INTEGER NOT NULL, blob TEXT NOT NULL,
  PRIMARY KEY (attempt, sequence)
) STRICT, WITHOUT ROWID;

CREATE TABLE state_versions (
  id TEXT PRIMARY KEY, component TEXT NOT NULL, version INTEGER NOT NULL, serial INTEGER NOT NULL, lineage TEXT NOT NULL,
  blob TEXT NOT NULL, run TEXT NOT NULL, fence INTEGER NOT NULL, created_ms INTEGER NOT NULL, complete INTEGER NOT NULL,
  quarantined INTEGER NOT NULL, reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX state_versions_of_component ON state_versions (component, id);

CREATE TABLE output_versions (
  id TEXT PRIMARY KEY, component TEXT NOT NULL, version INTEGER NOT NULL, blob TEXT NOT NULL, digest TEXT NOT NULL, run TEXT NOT NULL,
  created_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE locks (
  key TEXT NOT NULL, sequence INTEGER NOT NULL, run TEXT NOT NULL, held INTEGER NOT NULL, reason TEXT NOT NULL,
  PRIMARY KEY (key, sequence)
) STRICT, WITHOUT ROWID;
CREATE INDEX locks_of_run ON locks (run);

CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;

CREATE TABLE blobs (name TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT;
