#include "base/text.h"
#include "cli/commands.h"
#include "cli/history_view.h"

namespace davit::cli {
namespace {

/// "" is 0: the client's own choice.
Result<int64_t> StackVersion(const std::string& text) {
  if (text.empty()) return 0;
  const bool number = text.size() < 18 && text.find_first_not_of("0123456789") == std::string::npos;
  const int64_t version = number ? std::stoll(text) : 0;
  if (version < 1)
    return davit::Fail(ErrorCode::kInvalidInput, "'" + ValidUtf8(text) + "' is no version of a deployment",
                       "a number from 1: `davit history` lists them");
  return version;
}

}  // namespace

int RunHistory(Context& context) {
  Result<std::unique_ptr<control::Client>> client = context.Open(".", true, true);
  if (!client) return context.Fail(client.error());
  const Result<control::HistoryView> history = (*client)->History(context.Selector(), context.options.limit);
  if (!history) return context.Fail(history.error());
  if (context.options.json) {
    context.Json(HistoryJson(*history));
  } else {
    context.Lines(RenderHistory(*history, context.style));
  }
  return 0;
}

int RunDiff(Context& context) {
  const Result<int64_t> from = StackVersion(context.options.from);
  if (!from) return context.Fail(from.error());
  const Result<int64_t> to = StackVersion(context.options.to);
  if (!to) return context.Fail(to.error());
  Result<std::unique_ptr<control::Client>> client = context.Open(".", true, true);
  if (!client) return context.Fail(client.error());
  const Result<control::StackDiff> diff = (*client)->DiffStack(context.Selector(), *from, *to);
  if (!diff) return context.Fail(diff.error());
  const bool reveal = context.options.show_sensitive;
  if (context.options.json) {
    context.Json(StackDiffJson(*diff, reveal));
  } else {
    context.Lines(RenderStackDiff(*diff, context.style, reveal));
  }
  return 0;
}

}  // namespace davit::cli
