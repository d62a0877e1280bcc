// davit explain and davit envrc: where a value comes from, and which variables of the process environment a stack takes values from.
#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/explain_view.h"

namespace davit::cli {

void DeclareExplain(CLI::App& app, Options& options) {
  app.add_option("NAME", options.name, "Parameter of the stack, `name` or `name|component`, or output `component:name`")
      ->required();
  app.add_option("COMPONENT", options.component, "As this component sees it");
}

int RunExplain(Context& context) {
  const Options& options = context.options;
  Result<std::unique_ptr<control::Client>> client = context.Open(".", true, false);
  if (!client) return context.Fail(client.error());
  const Result<control::ExplainView> view =
      (*client)->Explain(context.Load("."), context.Selector(), options.name, options.component);
  if (!view) return context.Fail(view.error());
  const control::StackDocument& document = *view->document;
  if (view->items.empty()) return context.Diagnose(document);
  if (options.json) {
    json::object answer = ExplanationJson(*view, options.show_sensitive);
    answer["diagnostics"] = DiagnosticsJson(context.Shown(document), document.sources);
    context.Json(answer);
    return document.ok ? 0 : ExitCodeOf(ErrorCode::kInvalidInput);
  }
  context.Lines(RenderExplanation(*view, options.name, options.show_sensitive, context.style, context.columns()));
  return context.Diagnose(document);
}

int RunEnvrc(Context& context) {
  const Options& options = context.options;
  Result<std::unique_ptr<control::Client>> client = context.Open(options.directory, true, false);
  if (!client) return context.Fail(client.error());
  const control::CapturesView view = (*client)->Captures(context.Load(options.directory));
  if (const int code = context.Diagnose(*view.document); code != 0) return code;
  if (options.json) {
    context.Json(EnvrcJson(view));
    return 0;
  }
  context.Lines(RenderEnvrc(view));
  return 0;
}

}  // namespace davit::cli
