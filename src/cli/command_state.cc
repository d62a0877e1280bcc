// davit state list|show|diff|pull: looking at states.
#include "base/text.h"
#include "cli/commands.h"
#include "cli/state_view.h"

namespace davit::cli {
namespace {

control::StateSelector StateOf(const Context& context, const std::string& version) {
  return {context.Selector(), context.options.name, version};
}

}  // namespace

int RunStateList(Context& context) {
  Result<std::unique_ptr<control::Client>> client = context.Open(".", true, true);
  if (!client) return context.Fail(client.error());
  const Result<control::StatesView> states =
      (*client)->ListStates(context.Selector(), context.options.name, context.options.limit);
  if (!states) return context.Fail(states.error());
  if (context.options.json) {
    context.Json(StatesJson(*states));
  } else {
    context.Lines(RenderStates(*states, context.style));
  }
  return 0;
}

int RunStateShow(Context& context) {
  Result<std::unique_ptr<control::Client>> client = context.Open(".", true, true);
  if (!client) return context.Fail(client.error());
  const Result<control::StateView> state = (*client)->ShowState(StateOf(context, context.options.version));
  if (!state) return context.Fail(state.error());
  const bool reveal = context.options.show_sensitive;
  if (context.options.json) {
    context.Json(StateJson(*state, reveal));
  } else {
    context.Lines(RenderState(*state, context.style, reveal));
  }
  return 0;
}

int RunStateDiff(Context& context) {
  Result<std::unique_ptr<control::Client>> client = context.Open(".", true, true);
  if (!client) return context.Fail(client.error());
  const Result<control::StateDiff> diff =
      (*client)->DiffState(StateOf(context, context.options.to), context.options.from);
  if (!diff) return context.Fail(diff.error());
  const bool reveal = context.options.show_sensitive;
  if (context.options.json) {
    context.Json(StateDiffJson(*diff, reveal));
  } else {
    context.Lines(RenderStateDiff(*diff, context.style, reveal));
  }
  return 0;
}

int RunStatePull(Context& context) {
  if (context.wiring.terminal.output_is_terminal && !context.options.show_sensitive) {
    return context.Fail(ErrorCode::kInvalidInput,
                        "the state holds secrets in clear, so it is not written to a terminal",
                        "davit state pull " + context.options.name + " > FILE, or --show-sensitive to see it here");
  }
  Result<std::unique_ptr<control::Client>> client = context.Open(".", true, true);
  if (!client) return context.Fail(client.error());
  const Result<control::StateBytes> state = (*client)->PullState(StateOf(context, context.options.version));
  if (!state) return context.Fail(state.error());
  // A backup that is cut short must not look like a whole one.
  if (Result<> written = WriteAll(context.wiring.terminal.output, state->bytes); !written)
    return context.Fail(written.error());
  return 0;
}

}  // namespace davit::cli
