// From the graph of components to the rows of a run: jobs, tasks, edges between tasks, critical path. Pure.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "model/rows.h"
#include "model/stack.h"

namespace davit::engine {

/// One component's part of a run, before it has rows.
struct JobRequest {
  ComponentRow component;  // existing row, or a new one with its id
  JobAction action = JobAction::kDeploy;
  bool optional = false;
  bool removal = false;   // live, but no longer in the manifest
  bool excluded = false;  // left out from the start
  std::string excluded_because = "left out by --target";
  bool looks = false;  // one plan task, whatever the run's kind
  bool waits = false;  // one apply task, whatever the run's kind: it changes nothing, so there is nothing to plan
  int order = 0;
  int64_t weight_ms = 1000;   // expected duration, for the critical path
  std::string snapshot;       // blob digest
  std::string snapshot_name;  // JobRow::snapshot_name
};

struct RunRequest {
  RunRow run;  // id, deployment, kind, direct … filled by the caller
  std::vector<JobRequest> jobs;
  std::vector<StackEdge> edges;  // between indexes into `jobs` (deploys only), kind as the graph decided
};

struct RunRows {
  RunRow run;
  std::vector<ComponentRow> components;  // those that never ran
  std::vector<JobRow> jobs;
  std::vector<TaskRow> tasks;
  std::vector<EdgeRow> edges;
  std::vector<EventRow> events;
};

/// Deploy jobs: direct = one apply task; preview, or one that only looks = one plan task; else plan → apply. A plan waits for the plans of its producers, an apply for
/// its own plan and the applies of its producers. Preview runs have no removals.
/// Removals: a destroy task that `needs` every former consumer's last task (deployed or removed); what `waits` comes after them. Destroy runs: the same, of all. Jobs that are
/// excluded are finished from the start. invalid_input on a cycle.
Result<RunRows> MakeRun(const RunRequest& request, IdSource& ids, int64_t wall_ms);

}  // namespace davit::engine
