#include "cli/commands.h"
#include "cli/run_session.h"

namespace davit::cli {
namespace {

Producers ProducersOf(const control::StackDocument& document) {
  Producers producers;
  const auto& components = document.stack.components;
  for (const StackEdge& edge : document.edges) {
    producers[components[static_cast<size_t>(edge.to)].name].push_back(components[static_cast<size_t>(edge.from)].name);
  }
  return producers;
}

}  // namespace

int RunUp(Context& context) {
  const Options& options = context.options;
  RunSession session(context, "up");
  std::shared_ptr<control::StackDocument> document;
  if (RunSession::Exit exit = session.OpenStack(options.directory, /*recover=*/true, &document)) return *exit;
  session.set_producers(ProducersOf(*document));
  control::SubmitRequest request;
  request.kind = RunKind::kDeploy;
  request.deployment = context.Selector(document->stack.name);
  request.document = document;
  request.direct = options.auto_approve;
  request.gate = !options.auto_approve;
  request.targets = options.targets;
  request.message = options.message;
  request.approval_timeout_s = options.approval_timeout_s;
  // What changes or goes is shown attribute by attribute; what is new is counted, and `davit plan --full` shows it.
  request.show = control::ShowPlan::kChanges;
  if (RunSession::Exit exit = session.Submit(request)) return *exit;
  if (RunSession::Exit exit = session.Gate(request)) return *exit;
  return session.Drive();
}

}  // namespace davit::cli
