#include "base/text.h"
#include "cli/commands.h"
#include "cli/views.h"

namespace davit::cli {

int RunWhy(Context& context) {
  Result<std::unique_ptr<control::Client>> client = context.Open(".", true, true);
  if (!client) return context.Fail(client.error());
  const std::shared_ptr<control::StackDocument> document = (*client)->Load(context.Load("."));
  if (const int code = context.Diagnose(*document); code != 0) return code;
  const std::string& name = context.options.name;
  Result<control::JobOverview> why = (*client)->Why(document, context.Selector(document->stack.name), name);
  if (!why) return context.Fail(why.error());
  if (context.options.json) {
    context.Json(OverviewJson(*why));
    return 0;
  }
  using Kind = control::JobOverview::Kind;
  switch (why->kind) {
    case Kind::kNew:
      context.Line(name + " is new: it does not stand here");
      break;
    case Kind::kUnchanged:
      context.Line(name + " is unchanged: `davit up` would not touch it");
      break;
    case Kind::kChanged:
      context.Line(name + " has changed, `davit up` would run it:");
      break;
    case Kind::kMayChange:
      context.Line(name + " may change:");
      break;
    case Kind::kRemoved:
      context.Line(name + " would be removed:");
      break;
    case Kind::kDestroy:
      context.Line(name + " would be taken away:");
      break;
    case Kind::kExcluded:
      context.Line(name + " is excluded:");
      break;
  }
  if (why->kind != Kind::kUnchanged) {
    for (const std::string& reason : why->because) context.Line("  " + reason);
  }
  return 0;
}

}  // namespace davit::cli
