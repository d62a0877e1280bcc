// davit state import: the tool's own import, as a run.
#include "cli/commands.h"
#include "cli/run_session.h"

namespace davit::cli {

int RunStateImport(Context& context) {
  RunSession session(context, "state import");
  std::shared_ptr<control::StackDocument> document;
  if (RunSession::Exit exit = session.OpenStack(".", /*recover=*/true, &document)) return *exit;
  control::ImportRequest request;
  request.deployment = context.Selector(document->stack.name);
  request.document = document;
  request.component = context.options.name;
  request.address = context.options.address;
  request.id = context.options.id;
  request.message = context.options.message;
  const Result<RunId> run = session.client().SubmitImport(request);
  if (!run) return context.Fail(run.error());
  return session.DriveExisting(*run);
}

}  // namespace davit::cli
