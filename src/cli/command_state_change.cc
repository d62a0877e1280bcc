// davit state rollback|unlock: what a person changes by hand. Each first settles what an earlier davit left, as `up` does.
#include "base/text.h"
#include "cli/commands.h"
#include "cli/confirm.h"
#include "cli/run_session.h"
#include "cli/state_view.h"

namespace davit::cli {

int RunStateRollback(Context& context) {
  const std::string& component = context.options.name;
  const std::string& version = context.options.to;
  RunSession session(context, "up");
  if (RunSession::Exit exit = session.Open(".", true)) return *exit;
  if (RunSession::Exit exit = session.Recover()) return *exit;
  control::Client& client = session.client();
  const control::DeploymentSelector deployment = context.Selector();
  const Result<control::LockView> lock = client.LockOf(deployment);
  if (!lock) return context.Fail(lock.error());
  if (lock->refusal) return context.Fail(*lock->refusal);
  const Result<control::StateBytes> newest = client.PullState({deployment, component, ""});
  if (!newest) return context.Fail(newest.error());
  const Result<control::StateDiff> diff = client.DiffState({deployment, component, version}, NameOf(newest->version));
  if (!diff) return context.Fail(diff.error());
  if (diff->to.id == diff->from.id) {
    return context.Fail(ErrorCode::kInvalidInput,
                        component + " works from state version " + NameOf(diff->to) + " already: it is the newest",
                        "name an older one; `davit state list " + component + "` shows them");
  }
  const std::string next = std::to_string(newest->version.version + 1);
  if (!context.options.json) {
    context.Lines(RenderStateDiff(*diff, context.style, false));
    context.Line("");
    context.Lines(Wrap("This becomes state version " + next +
                           ". Nothing is made or destroyed now: the next `davit up` plans against it, and changes what "
                           "is there back to what the manifest says.",
                       context.columns()));
  }
  if (std::optional<int> exit =
          Confirm(context, session.signals(), "Roll back?", "davit state rollback " + component + " --to " + version)) {
    return *exit;
  }
  const Result<control::StateChange> change =
      client.RollbackState({{deployment, component, version}, newest->version.id, context.options.message});
  if (!change) return context.Fail(change.error());
  if (context.options.json) {
    context.Json(json::object{{"run", change->run.text},
                              {"component", component},
                              {"version", StateVersionJson(change->version)},
                              {"outputs_changed", change->outputs_changed},
                              {"diff", StateDiffJson(*diff, false)}});
    return 0;
  }
  context.Line("");
  context.Line(component + " has state version " + NameOf(change->version) + " now, with the content of " +
               NameOf(diff->to) + " (serial " + std::to_string(change->version.serial) + ")");
  if (change->outputs_changed) context.Line("its outputs changed with it");
  context.Line("Next: `davit up`");
  return 0;
}

int RunStateUnlock(Context& context) {
  RunSession session(context, "up");
  if (RunSession::Exit exit = session.Open(".", true)) return *exit;
  control::Client& client = session.client();
  Result<control::LockView> lock = client.LockOf(context.Selector());
  if (!lock) return context.Fail(lock.error());
  if (!context.options.json) context.Lines(RenderLock(*lock));
  const bool was_held = lock->held;
  const bool was_alive = lock->held && lock->alive;
  if (lock->held && !lock->alive) {
    // A tool that still runs is adopted and waited for; what nobody saw the end of stays held.
    if (RunSession::Exit exit = session.Recover()) return *exit;
    lock = client.LockOf(context.Selector());
    if (!lock) return context.Fail(lock.error());
  }
  if (!lock->held || (was_held && !was_alive && lock->alive)) {
    if (context.options.json) {
      context.Json(LockJson(*lock));
    } else if (was_held) {
      context.Line(lock->held ? "it is free of that run; another one has begun since" : "it is free now");
    }
    return 0;
  }
  const std::string& run = lock->run.id.text;
  if (!lock->uncertain.empty()) {
    return context.Fail(ErrorCode::kNeedsPerson,
                        "it stays held: nobody saw how " + Join(lock->uncertain, ", ") + " ended",
                        "davit run reconcile " + run);
  }
  if (!lock->alive)
    return context.Fail(ErrorCode::kNeedsPerson, "it stays held: run " + run + " " + lock->waits_for,
                        "`davit run approve " + run + "` answers it, `davit run cancel " + run + "` ends it");
  if (lock->run.kind == RunKind::kShell) return context.Fail(*lock->refusal);
  return context.Fail(ErrorCode::kConflict, "its davit lives, so it is not taken away from run " + run,
                      "wait for its end, or end it with `davit run cancel " + run + "`");
}

}  // namespace davit::cli
