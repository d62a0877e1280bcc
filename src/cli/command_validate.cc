#include "base/text.h"
#include "cli/commands.h"

namespace davit::cli {

int RunValidate(Context& context) {
  Result<std::unique_ptr<control::Client>> client = context.Open(context.options.directory, true, false);
  if (!client) return context.Fail(client.error());
  const std::shared_ptr<control::StackDocument> document = context.LoadStack(**client, context.options.directory);
  if (document->failure) return context.Fail(*document->failure, &document->sources);
  const std::vector<Diagnostic> list = context.Shown(*document);
  const bool ok = document->ok && !(context.options.strict && !list.empty());
  if (context.options.json) {
    json::object answer;
    answer["ok"] = ok;
    answer["stack"] = document->stack.name;
    answer["components"] = document->stack.components.size();
    answer["diagnostics"] = DiagnosticsJson(list, document->sources);
    context.Json(answer);
    return ok ? 0 : ExitCodeOf(ErrorCode::kInvalidInput);
  }
  if (const int code = context.Diagnose(*document); code != 0) {
    const size_t errors = document->diagnostics.error_count();
    if (errors > 1) context.Note(Plural(errors, "error"));
    if (errors == 0 && document->ok) context.Note(Plural(list.size(), "warning") + ", and --strict allows none");
    return code;
  }
  const size_t warnings = list.size();
  context.Line(document->stack.name + " is valid: " + Plural(document->stack.components.size(), "component") +
               (warnings > 0 ? ", " + Plural(warnings, "warning") : ""));
  return 0;
}

}  // namespace davit::cli
