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
  if (RunSession::Exit exit = session.Open(options.directory, false)) return *exit;
  if (RunSession::Exit exit = session.Recover()) return *exit;
  control::LoadRequest load = context.Load(options.directory);
  load.prompt = session.Prompt();
  const std::shared_ptr<control::StackDocument> document = session.client().Load(load);
  if (session.interrupted()) return context.Fail(ErrorCode::kCancelled, "interrupted; nothing was changed");
  if (const int code = context.Diagnose(*document); code != 0) return code;
  session.set_producers(ProducersOf(*document));
  control::SubmitRequest request;
  request.kind = RunKind::kDeploy;
  request.deployment = context.Selector(document->stack.name);
  request.document = document;
  request.direct = options.auto_approve;
  request.gate = !options.auto_approve;
  request.targets = options.targets;
  request.message = options.message;
  if (RunSession::Exit exit = session.Submit(request)) return *exit;
  if (RunSession::Exit exit = session.Gate(request)) return *exit;
  return session.Drive();
}

}  // namespace davit::cli
