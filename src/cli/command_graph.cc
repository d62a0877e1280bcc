#include "cli/commands.h"

namespace davit::cli {

int RunGraph(Context& context) {
  control::GraphFormat format = control::GraphFormat::kText;
  if (context.options.format == "dot") {
    format = control::GraphFormat::kDot;
  } else if (context.options.format == "json" || context.options.json) {
    format = control::GraphFormat::kJson;
  } else if (context.options.format != "text") {
    return context.Fail(ErrorCode::kInvalidInput, "no graph format '" + context.options.format + "'",
                        "use --format text, dot or json");
  }
  Result<std::unique_ptr<control::Client>> client = context.Open(context.options.directory, true, false);
  if (!client) return context.Fail(client.error());
  const std::shared_ptr<control::StackDocument> document = context.LoadStack(**client, context.options.directory);
  if (const int code = context.Diagnose(*document); code != 0) return code;
  const std::string text = (*client)->RenderGraph(*document, format);
  context.Out(text);
  if (!text.empty() && text.back() != '\n') context.Out("\n");
  return 0;
}

}  // namespace davit::cli
