#include "base/text.h"
#include "cli/commands.h"

namespace davit::cli {

int RunValidate(Context& context) {
  Result<std::unique_ptr<control::Client>> client = context.Open(context.options.directory, true, false);
  if (!client) return context.Fail(client.error());
  const std::shared_ptr<control::StackDocument> document = context.LoadStack(**client, context.options.directory);
  if (document->failure) return context.Fail(*document->failure, &document->sources);
  if (context.options.json) {
    json::object answer;
    answer["ok"] = document->ok;
    answer["stack"] = document->stack.name;
    answer["components"] = document->stack.components.size();
    answer["diagnostics"] = DiagnosticsJson(*document);
    context.Json(answer);
    return document->ok ? 0 : ExitCodeOf(ErrorCode::kInvalidInput);
  }
  if (const int code = context.Diagnose(*document); code != 0) {
    const size_t errors = document->diagnostics.error_count();
    if (errors > 1) context.Note(Plural(errors, "error"));
    return code;
  }
  const size_t warnings = document->diagnostics.list().size();
  context.Line(document->stack.name + " is valid: " + Plural(document->stack.components.size(), "component") +
               (warnings > 0 ? ", " + Plural(warnings, "warning") : ""));
  return 0;
}

}  // namespace davit::cli
