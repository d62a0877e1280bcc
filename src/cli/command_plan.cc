#include <fstream>

#include "cli/affected_view.h"
#include "cli/commands.h"
#include "cli/plan_view.h"
#include "cli/run_session.h"
#include "cli/signals.h"

namespace davit::cli {
namespace {

int RunAffected(Context& context) {
  const Options& options = context.options;
  for (const auto& [given, option] :
       {std::pair{!options.targets.empty(), "--target"}, {!options.output.empty(), "-o"}}) {
    if (given) {
      return context.Fail(ErrorCode::kInvalidInput, std::string("--affected does not go with ") + option,
                          "it plans nothing, and lists every component that differs");
    }
  }
  Result<RevisionRange> range = ParseRevisionRange(*options.affected);
  if (!range) return context.Fail(range.error());
  // Ctrl-C ends git, and what was read is still taken away.
  Result<Signals> signals = Signals::Open();
  if (!signals) return context.Fail(signals.error());
  Result<std::unique_ptr<control::Client>> client = context.Open(options.directory, true, false);
  if (!client) return context.Fail(client.error());
  // Kept until the process ends, which is soon: giving back two large stacks piece by piece takes as long as reading a part of them.
  static auto* const view =
      new Result<control::AffectedView>((*client)->Affected(context.Load(options.directory), range->base, range->head));
  if (signals->Take().Any()) return context.Fail(ErrorCode::kCancelled, "interrupted");
  if (!*view) return context.Fail(view->error());
  const control::AffectedView& affected = **view;
  if (affected.refused != nullptr) return context.Diagnose(*affected.refused);
  if (options.json) {
    context.Json(AffectedJson(affected, *range));
  } else {
    context.Lines(RenderAffected(affected, *range, context.style, options.full));
  }
  return options.detailed_exitcode && !affected.affected.empty() ? 2 : 0;
}

}  // namespace

int RunPlan(Context& context) {
  const Options& options = context.options;
  if (options.affected) return RunAffected(context);
  RunSession session(context, "plan");
  std::shared_ptr<control::StackDocument> document;
  if (RunSession::Exit exit = session.OpenStack(options.directory, /*recover=*/false, &document)) return *exit;
  control::SubmitRequest request;
  request.kind = RunKind::kPreview;
  request.deployment = context.Selector(document->stack.name);
  request.document = document;
  request.show = control::ShowPlan::kAlways;
  request.targets = options.targets;
  if (RunSession::Exit exit = session.Submit(request)) return *exit;
  std::vector<control::JobOverview> overview;
  std::string deployment;
  if (RunSession::Exit exit = session.Preview(&overview, &deployment)) return *exit;
  if (!options.output.empty()) {
    std::ofstream file(options.output, std::ios::trunc);
    file << RenderPlanMarkdown(overview, deployment);
    file.close();
    if (!file) {
      return context.Fail(ErrorCode::kInvalidInput, "the plan cannot be written to " + options.output,
                          "name a file in a directory that is there and may be written");
    }
  }
  if (options.json) {
    context.Json(PlanJson(overview, deployment));
  } else {
    context.Lines(RenderPlan(overview, deployment, context.style, context.columns() - 1, options.full));
  }
  return options.detailed_exitcode && HasChanges(overview) ? 2 : 0;
}

}  // namespace davit::cli
