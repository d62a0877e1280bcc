#include "base/text.h"
#include "cli/commands.h"
#include "cli/views.h"

namespace davit::cli {

int RunWhy(Context& context) {
  Result<std::unique_ptr<control::Client>> client = context.Open(".", true, true);
  if (!client) return context.Fail(client.error());
  const std::shared_ptr<control::StackDocument> document = context.LoadStack(**client, ".");
  if (const int code = context.Diagnose(*document); code != 0) return code;
  Result<control::JobOverview> why =
      (*client)->Why(document, context.Selector(document->stack.name), context.options.name);
  if (!why) return context.Fail(why.error());
  const std::string& name = why->component;
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
  if (!why->moved_from.empty()) context.Line("  it stands as " + why->moved_from + ", and `davit up` renames it");
  if (why->kind != Kind::kUnchanged) {
    for (const std::string& reason : why->because) context.Line("  " + reason);
  }
  return 0;
}

}  // namespace davit::cli
