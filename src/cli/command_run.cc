#include <algorithm>

#include "base/clock.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/run_session.h"
#include "cli/views.h"

namespace davit::cli {
namespace {

/// Which run is meant: of several that are open `last` says too little, as the newest may only stand in the queue.
Result<RunId> RunToCancel(control::Client& client, const std::string& text) {
  if (Trim(text) != "last") return client.ResolveRun(text);
  TRY_ASSIGN(std::vector<control::RunView> open, client.ListRuns({}, /*only_open=*/true, 10));
  if (open.size() == 1) return open[0].run.id;
  if (open.empty()) return client.ResolveRun(text);
  std::vector<std::string> names;
  for (const control::RunView& view : open) names.push_back(view.run.id.text + " (" + StateOf(view.run) + ")");
  return davit::Fail(ErrorCode::kInvalidInput, "several runs are open: " + Join(names, ", "),
                     "say which one by its id");
}

int CancelRun(Context& context, CancelKind kind) {
  const bool forced = kind == CancelKind::kForced;
  RunSession session(context, "up");
  if (RunSession::Exit exit = session.Open(".", true)) return *exit;
  control::Client& client = session.client();
  Result<RunId> id = RunToCancel(client, context.options.run);
  if (!id) return context.Fail(id.error());
  Result<RunRow> run = client.GetRun(*id);
  if (!run) return context.Fail(run.error());
  if (run->state == RunState::kFinished) {
    if (context.options.json) {
      context.Json(RunJson(*run, {}, {}));
    } else {
      context.Line("run " + id->text + " has ended already: " + StateOf(*run));
    }
    return 0;
  }
  const std::string reason = std::string(forced ? "davit run force-cancel" : "davit run cancel") +
                             (context.options.message.empty() ? "" : ": " + context.options.message);
  if (Result<> done = client.Cancel(*id, kind, reason); !done) return context.Fail(done.error());
  // A run whose davit is gone has nobody to end it but us.
  if (RunSession::Exit exit = session.Recover()) return *exit;
  run = client.GetRun(*id);
  if (!run) return context.Fail(run.error());
  if (context.options.json) {
    context.Json(RunJson(*run, {}, {}));
    return 0;
  }
  if (run->state == RunState::kFinished) {
    context.Line("run " + id->text + " has ended: " + StateOf(*run));
  } else if (run->reconcile_tasks > 0) {
    context.Line("run " + id->text + " waits for you");
    context.Line("  davit run reconcile " + id->text);
    return ExitCodeOf(ErrorCode::kNeedsPerson);
  } else {
    context.Line("run " + id->text + (forced ? " is being stopped by force" : " ends when what has begun is finished"));
    if (!forced) context.Line("  davit run force-cancel " + id->text + " does not wait");
  }
  return 0;
}

}  // namespace

int RunRunList(Context& context) {
  Result<std::unique_ptr<control::Client>> client = context.Open(".", true, true);
  if (!client) return context.Fail(client.error());
  Result<std::vector<control::RunView>> runs =
      (*client)->ListRuns(context.Selector(), context.options.open, context.options.limit);
  if (!runs) return context.Fail(runs.error());
  if (context.options.json) {
    json::array list;
    for (const control::RunView& view : *runs) list.push_back(RunJson(view.run, view.deployment, view.waits_for));
    json::object answer;
    answer["runs"] = std::move(list);
    context.Json(answer);
    return 0;
  }
  if (runs->empty()) context.Line(context.options.open ? "no open runs" : "no runs");
  // As wide as what is there: a line of the usual kind fits 80 columns.
  int kind_width = 0;
  int state_width = 0;
  int duration_width = 0;
  bool several = false;
  for (const control::RunView& view : *runs) {
    kind_width = std::max(kind_width, Width(ToString(view.run.kind)));
    state_width = std::max(state_width, Width(StateOf(view.run)));
    duration_width = std::max(duration_width, Width(DurationOf(view.run.started_ms, view.run.finished_ms)));
    several = several || view.deployment != runs->front().deployment;
  }
  for (const control::RunView& view : *runs) {
    const RunRow& run = view.run;
    std::string line = run.id.text + "  " + Fit(ToString(run.kind), kind_width, context.style) + "  " +
                       Fit(StateOf(run), state_width, context.style) + "  " + FormatUtc(run.created_ms) + "  " +
                       Fit(DurationOf(run.started_ms, run.finished_ms), duration_width, context.style);
    if (several) line += "  " + view.deployment;
    if (!run.message.empty()) line += "  " + StripControls(run.message);
    context.Line(line.substr(0, line.find_last_not_of(' ') + 1));
  }
  return 0;
}

int RunRunShow(Context& context) {
  Result<std::unique_ptr<control::Client>> client = context.Open(".", true, true);
  if (!client) return context.Fail(client.error());
  Result<RunId> id = (*client)->ResolveRun(context.options.run);
  if (!id) return context.Fail(id.error());
  Result<control::RunView> view = (*client)->ShowRun(*id);
  if (!view) return context.Fail(view.error());
  const RunRow& run = view->run;
  if (context.options.json) {
    json::object answer;
    answer["run"] = RunJson(run, view->deployment, view->waits_for);
    answer["jobs"] = JobsJson(*view);
    context.Json(answer);
    return 0;
  }
  const Style& style = context.style;
  context.Line(Paint(style, Ink::kBold, run.id.text) + " " + std::string(ToString(run.kind)) + " of " +
               view->deployment);
  std::string line = "  " + StateOf(run) + ", created " + FormatUtc(run.created_ms);
  if (const std::string duration = DurationOf(run.started_ms, run.finished_ms); !duration.empty())
    line += ", took " + duration;
  context.Line(line);
  if (!run.message.empty()) context.Line("  message: " + StripControls(run.message));
  if (!run.reason.empty()) context.Line("  " + run.reason);
  if (!view->waits_for.empty() && view->waits_for != run.reason) context.Line("  " + view->waits_for);
  int name_width = 8;
  for (const control::JobView& job : view->jobs) name_width = std::max(name_width, Width(job.job.name));
  if (!view->jobs.empty()) context.Line("");
  for (const control::JobView& job : view->jobs) {
    const bool finished = job.job.state == JobState::kFinished;
    std::string text = "  " + Fit(job.job.name, name_width, style) + "  " + Fit(StateOf(job.job), 15, style) + "  " +
                       Fit(DurationOf(job.job.started_ms, job.job.finished_ms), 7, style) + "  ";
    const bool succeeded = finished && CountsAsSuccess(job.job.result);
    if (!finished) {
      text += job.waits_for;
    } else if (succeeded) {
      text += DescribeChanges(ParseChanges(job.job.changes), false);
    } else if (job.job.reason != ToString(job.job.result)) {
      text += job.job.reason;
    }
    if (!job.stale.empty()) text += " (planned again: " + job.stale + ")";
    context.Line(text.substr(0, text.find_last_not_of(' ') + 1));
  }
  if (run.reconcile_tasks > 0) {
    context.Line("");
    context.Line("davit run reconcile " + run.id.text);
  }
  return 0;
}

int RunRunCancel(Context& context) {
  return CancelRun(context, CancelKind::kGraceful);
}
int RunRunForceCancel(Context& context) {
  return CancelRun(context, CancelKind::kForced);
}

}  // namespace davit::cli
