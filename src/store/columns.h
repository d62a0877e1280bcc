// How each row maps to columns, said once: Visit(row, f) calls f(column name, field) for every column, the primary key first. Statements
// to write and read a row are made from it.
#pragma once

#include "model/rows.h"

namespace davit::store {

template <typename Row>
struct Table;

#define DAVIT_TABLE(Row, name, keys)           \
  template <>                                  \
  struct Table<Row> {                          \
    static constexpr const char* kName = name; \
    static constexpr int kKeyColumns = keys;   \
    template <typename R, typename F>          \
    static void Visit(R& r, F&& f);            \
  };                                           \
  template <typename R, typename F>            \
  void Table<Row>::Visit(R& r, F&& f)

DAVIT_TABLE(DeploymentRow, "deployments", 1) {
  f("id", r.id), f("name", r.name), f("directory", r.directory);
}

DAVIT_TABLE(ComponentRow, "components", 1) {
  f("id", r.id), f("deployment", r.deployment), f("name", r.name), f("fence", r.fence), f("live", r.live),
      f("position", r.order);
  f("driver", r.driver), f("tool", r.tool), f("tool_version", r.tool_version), f("fingerprint", r.fingerprint);
  f("fingerprint_parts", r.fingerprint_parts), f("bundle", r.bundle), f("snapshot", r.snapshot),
      f("resolution", r.resolution);
  f("success_bundle", r.success_bundle), f("success_snapshot", r.success_snapshot),
      f("success_resolution", r.success_resolution);
  f("snapshot_name", r.snapshot_name), f("success_name", r.success_name);
  f("state", r.state), f("outputs", r.outputs), f("producers", r.producers), f("last_run", r.last_run),
      f("last_result", r.last_result), f("protect", r.protect);
}

DAVIT_TABLE(RunRow, "runs", 1) {
  f("id", r.id), f("deployment", r.deployment), f("kind", r.kind), f("state", r.state), f("result", r.result),
      f("cancel", r.cancel);
  f("direct", r.direct), f("reason", r.reason), f("message", r.message), f("principal", r.principal),
      f("process", r.process);
  f("document", r.document), f("bundle", r.bundle), f("created_ms", r.created_ms), f("started_ms", r.started_ms);
  f("finished_ms", r.finished_ms), f("open_tasks", r.open_tasks), f("reconcile_tasks", r.reconcile_tasks);
  f("failed_mandatory", r.failed_mandatory), f("soft_failures", r.soft_failures),
      f("cancelled_tasks", r.cancelled_tasks);
  f("any_done", r.any_done), f("next_event", r.next_event), f("approval_tasks", r.approval_tasks);
  f("waiting_since_ms", r.waiting_since_ms), f("approval_timeout_s", r.approval_timeout_s), f("overview", r.overview);
  f("moves", r.moves), f("stops_on_failure", r.stops_on_failure);
}

DAVIT_TABLE(JobRow, "jobs", 1) {
  f("id", r.id), f("run", r.run), f("component", r.component), f("name", r.name), f("action", r.action),
      f("state", r.state);
  f("result", r.result), f("optional", r.optional), f("removal", r.removal), f("position", r.order),
      f("snapshot", r.snapshot);
  f("reason", r.reason), f("started_ms", r.started_ms), f("finished_ms", r.finished_ms), f("open_tasks", r.open_tasks);
  f("changes", r.changes), f("snapshot_name", r.snapshot_name);
}

DAVIT_TABLE(TaskRow, "tasks", 1) {
  f("id", r.id), f("run", r.run), f("job", r.job), f("component", r.component), f("kind", r.kind), f("state", r.state);
  f("result", r.result), f("blocked_on", r.blocked_on), f("priority", r.priority), f("lost_leases", r.lost_leases);
  f("not_before_ms", r.not_before_ms), f("fence", r.fence), f("holder", r.holder), f("renewals", r.renewals),
      f("attempt", r.attempt);
  f("attempt_number", r.attempt_number), f("mutating_begun", r.mutating_begun), f("resolution", r.resolution);
  f("plan", r.plan), f("awaits_approval", r.awaits_approval);
}

DAVIT_TABLE(PlanRow, "plans", 1) {
  f("task", r.task), f("run", r.run), f("job", r.job), f("component", r.component), f("grade", r.grade);
  f("empty", r.empty), f("reason", r.reason), f("producers", r.producers), f("digest", r.digest);
  f("changes", r.changes), f("basis", r.basis), f("stale", r.stale), f("created_ms", r.created_ms);
}

DAVIT_TABLE(ApprovalRow, "approvals", 1) {
  f("id", r.id), f("run", r.run), f("job", r.job), f("component", r.component), f("digest", r.digest);
  f("approved", r.approved), f("principal", r.principal), f("reason", r.reason), f("created_ms", r.created_ms);
}

DAVIT_TABLE(EdgeRow, "edges", 2) {
  f("from_task", r.from), f("to_task", r.to), f("kind", r.kind);
}

DAVIT_TABLE(EventRow, "events", 2) {
  f("run", r.run), f("sequence", r.sequence), f("wall_ms", r.wall_ms), f("kind", r.kind), f("job", r.job),
      f("task", r.task);
  f("data", r.data);
}

DAVIT_TABLE(AttemptRow, "attempts", 1) {
  f("id", r.id), f("task", r.task), f("job", r.job), f("number", r.number), f("fence", r.fence),
      f("process", r.process);
  f("directory", r.directory), f("started_ms", r.started_ms), f("finished_ms", r.finished_ms), f("result", r.result);
  f("operations", r.operations), f("cleaned", r.cleaned), f("before", r.before);
}

DAVIT_TABLE(LogChunkRow, "log_chunks", 2) {
  f("attempt", r.attempt), f("sequence", r.sequence), f("first_line", r.first_line), f("lines", r.lines);
  f("stdout_offset", r.stdout_offset), f("stderr_offset", r.stderr_offset), f("wall_ms", r.wall_ms), f("blob", r.blob);
}

DAVIT_TABLE(StateVersionRow, "state_versions", 1) {
  f("id", r.id), f("component", r.component), f("version", r.version), f("serial", r.serial), f("lineage", r.lineage),
      f("blob", r.blob);
  f("run", r.run), f("fence", r.fence), f("created_ms", r.created_ms), f("complete", r.complete),
      f("quarantined", r.quarantined);
  f("reason", r.reason);
}

DAVIT_TABLE(OutputVersionRow, "output_versions", 1) {
  f("id", r.id), f("component", r.component), f("version", r.version), f("blob", r.blob), f("digest", r.digest),
      f("run", r.run);
  f("created_ms", r.created_ms);
}

DAVIT_TABLE(StackVersionRow, "stack_versions", 2) {
  f("deployment", r.deployment), f("version", r.version), f("run", r.run), f("kind", r.kind), f("result", r.result);
  f("document", r.document), f("message", r.message), f("author", r.author), f("components", r.components);
  f("created_ms", r.created_ms);
}

DAVIT_TABLE(LockRow, "locks", 2) {
  f("key", r.key), f("sequence", r.sequence), f("run", r.run), f("held", r.held), f("reason", r.reason);
}

#undef DAVIT_TABLE

}  // namespace davit::store
