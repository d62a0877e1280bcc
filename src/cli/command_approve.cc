#include <algorithm>

#include "cli/commands.h"
#include "cli/plan_view.h"
#include "cli/run_session.h"
#include "cli/state_view.h"
#include "cli/views.h"

namespace davit::cli {
namespace {

/// The run that is meant: where none is named, the only one that waits for an answer.
Result<RunId> RunToAnswer(control::Client& client, const std::string& text) {
  if (!text.empty() && text != "last") return client.ResolveRun(text);
  TRY_ASSIGN(std::vector<control::RunView> open, client.ListRuns({}, /*only_open=*/true, 100));
  std::erase_if(open, [](const control::RunView& view) { return view.run.waiting_since_ms == 0; });
  if (open.size() == 1) return open[0].run.id;
  if (open.empty())
    return davit::Fail(ErrorCode::kNotFound, "no run waits for an approval", "`davit run list` shows the runs");
  return davit::Fail(ErrorCode::kInvalidInput, "several runs wait for an approval",
                     "say which one by its id: `davit run list --open`");
}

int AnswerRun(Context& context, bool approve) {
  RunSession session(context, "up");
  if (RunSession::Exit exit = session.Open(".", true)) return *exit;
  control::Client& client = session.client();
  if (RunSession::Exit exit = session.Recover()) return *exit;
  Result<RunId> id = RunToAnswer(client, context.options.run);
  if (!id) return context.Fail(id.error());
  Result<control::RunView> view = client.ShowRun(*id);
  if (!view) return context.Fail(view.error());
  const bool words = !context.options.json;
  if (view->run.waiting_since_ms == 0 || view->run.state == RunState::kFinished) {
    // Said already, by whomever: the answer is what was decided.
    if (words) {
      context.Line("run " + id->text + " does not wait for an answer: it " +
                   (view->run.state == RunState::kFinished ? "has ended, " + StateOf(view->run) : "goes on"));
    } else {
      context.Json(RunJson(view->run, view->deployment, view->waits_for));
    }
    return 0;
  }
  control::Client::Answer answer;
  answer.approve = approve;
  answer.components = context.options.components;
  answer.reason = context.options.message;
  if (!approve) answer.reason = "rejected" + (answer.reason.empty() ? "" : ": " + answer.reason);
  Result<std::vector<control::JobOverview>> overview = client.Overview(*id);
  if (!overview) return context.Fail(overview.error());
  for (const control::JobOverview& job : *overview) {
    if (job.held) answer.seen[job.component] = job.digest;
  }
  std::optional<control::AdoptView> adoption;
  if (view->run.kind == RunKind::kImport) {
    Result<control::AdoptView> found = client.AdoptionOf(*id);
    if (!found) return context.Fail(found.error());
    adoption = *std::move(found);
  }
  if (Result<> done = client.Answered(*id, answer); !done) return context.Fail(done.error());
  if (words && approve && adoption) {
    const std::string component = view->jobs.empty() ? std::string() : view->jobs[0].job.name;
    context.Lines(RenderAdoption(*adoption, component, context.style));
    context.Line("");
  } else if (words && approve) {
    const bool again = view->run.state == RunState::kRunning;
    if (!answer.components.empty())
      std::erase_if(*overview, [&](const control::JobOverview& job) {
        return std::count(answer.components.begin(), answer.components.end(), job.component) == 0;
      });
    context.Lines(again ? RenderHeld(*overview, context.style, context.columns() - 1)
                        : RenderPlan(*overview, view->deployment, context.style, context.columns() - 1, false));
    context.Line("");
  }
  view = client.ShowRun(*id);
  if (!view) return context.Fail(view.error());
  const RunRow& run = view->run;
  if (run.state == RunState::kFinished || view->alive) {
    if (!words) {
      context.Json(RunJson(run, view->deployment, {}));
    } else if (run.state == RunState::kFinished) {
      context.Line("run " + id->text + " has ended: " + StateOf(run) + (run.any_done ? "" : "; nothing was changed"));
    } else {
      context.Line(std::string(approve ? "approved" : "rejected") + "; the davit that drives run " + id->text +
                   " goes on");
    }
    return 0;
  }
  return session.DriveExisting(*id);
}

}  // namespace

int RunRunApprove(Context& context) {
  return AnswerRun(context, true);
}
int RunRunReject(Context& context) {
  return AnswerRun(context, false);
}

}  // namespace davit::cli
