#include "cli/commands.h"
#include "cli/run_session.h"

namespace davit::cli {

int RunDown(Context& context) {
  RunSession session(context, "down");
  if (RunSession::Exit exit = session.Open(".", true)) return *exit;
  if (RunSession::Exit exit = session.Recover()) return *exit;
  control::SubmitRequest request;
  request.kind = RunKind::kDestroy;
  request.deployment = context.Selector();
  request.direct = true;
  request.gate = !context.options.auto_approve;
  request.message = context.options.message;
  request.approval_timeout_s = context.options.approval_timeout_s;
  session.ProducersFromStatus(request.deployment);
  if (RunSession::Exit exit = session.Submit(request)) return *exit;
  if (RunSession::Exit exit = session.Gate(request)) return *exit;
  return session.Drive();
}

}  // namespace davit::cli
