// davit shell: a person's shell where a component's tool worked. What happens in it does not reach the store, but with --write the state that
// it leaves.
#include "base/text.h"
#include "cli/commands.h"
#include "cli/notices.h"
#include "cli/state_view.h"
#include "cli/views.h"

namespace davit::cli {
namespace {

/// What is to run: the command after --, the line of -c, or the person's shell.
std::vector<std::string> CommandOf(const Context& context) {
  const Options& options = context.options;
  if (!options.command.empty()) return options.command;
  if (!options.command_text.empty()) return {"/bin/sh", "-c", options.command_text};
  const auto shell = context.wiring.environment.find("SHELL");
  const bool named = shell != context.wiring.environment.end() && shell->second.starts_with("/");
  return {named ? shell->second : "/bin/sh"};
}

void Tell(const Context& context, const control::HandView& view, const runner::HandRequest::Laid& laid) {
  const control::Lease& lease = view.lease;
  const std::string result = view.attempt.finished_ms == 0 ? "not ended" : std::string(ToString(view.attempt.result));
  context.Note(lease.component + " as attempt " + std::to_string(view.attempt.number) + " of run " + view.run.id.text +
               " had it (" + result + "), " +
               (view.state_version > 0 ? "with version " + std::to_string(view.state_version) + " of its state"
                                       : std::string("without a state")));
  context.Note("  " + laid.directory.string());
  if (!laid.commands.empty()) context.Note("  for example: " + Join(laid.commands, ", "));
  if (!laid.failed.empty()) context.Note("  the tool is not ready, its init failed: " + laid.failed);
  if (!view.writes.empty()) {
    context.Note("  run " + view.writes.text +
                 " holds the deployment until you leave; the state that is there then is kept, the directory is not");
  } else if (lease.module.foreign_backend.empty()) {
    context.Note(
        "  what is changed outside from here is real, but davit does not learn of it; the directory is removed at the "
        "end");
  } else {
    context.Note("  its state is kept by its own " + lease.module.foreign_backend +
                 " backend: what is changed from here is real, also there; the directory is removed at the end");
  }
}

/// Its end, in words; false where the state that was left is not the component's now.
bool TellEnd(const Context& context, const control::HandEnd& end) {
  if (!end.problem.empty()) {
    context.Note("what was left is kept aside as " + end.version->id.text + ", and is not the state of " +
                 end.component + ": " + end.problem);
    return false;
  }
  if (!end.version) {
    context.Note("the state of " + end.component + " is as it was");
    return true;
  }
  context.Note(end.component + " has state version " + std::to_string(end.version->version) + " now (serial " +
               std::to_string(end.version->serial) + ")" +
               (end.outputs_changed ? "; its outputs changed with it" : ""));
  context.Note("`davit state diff " + end.component + "` shows what changed, `davit up` plans against it");
  return true;
}

}  // namespace

int RunShell(Context& context) {
  const Options& options = context.options;
  if (!options.command.empty() && !options.command_text.empty())
    return context.Fail(ErrorCode::kInvalidInput, "-c and `-- COMMAND` exclude each other", "give one of them");
  if (!options.message.empty() && !options.write)
    return context.Fail(ErrorCode::kInvalidInput, "-m is for what is kept", "add --write, or leave -m out");
  Result<std::unique_ptr<control::Client>> opened = context.Open(".", !options.write, true);
  if (!opened) return context.Fail(opened.error());
  control::Client& client = **opened;
  std::optional<RunId> run;
  if (!options.run.empty()) {
    Result<RunId> resolved = client.ResolveRun(options.run);
    if (!resolved) return context.Fail(resolved.error());
    run = *resolved;
  }
  Notices notices(context);
  const std::unique_ptr<runner::Runner> runner = context.wiring.make_runner(client, notices, 0, -1, {});
  if (options.write) {
    if (Result<std::vector<RunId>> waiting = runner->Recover(); !waiting) return context.Fail(waiting.error());
  }
  const Result<control::HandView> view =
      options.write ? client.BeginByHand(context.Selector(), options.name, run, options.message)
                    : client.LeaseByHand(context.Selector(), options.name, run);
  if (!view) return context.Fail(view.error());
  runner::HandRequest request;
  request.argv = CommandOf(context);
  request.output_to_errors = options.json;
  json::object answer;
  request.ready = [&](const runner::HandRequest::Laid& laid) {
    Tell(context, *view, laid);
    answer = {{"component", view->lease.component},
              {"run", view->run.id.text},
              {"attempt", view->attempt.id.text},
              {"state_version", view->state_version}};
    if (!laid.failed.empty()) answer["init_failed"] = laid.failed;
  };
  const Result<runner::HandResult> done = runner->ByHand(*view, request);
  if (!done) return context.Fail(done.error());
  const bool kept = !done->end || TellEnd(context, *done->end);
  if (options.json) {
    answer["exit_code"] = done->exit_code;
    if (done->end) {
      answer["kept_by"] = view->writes.text;
      answer["version"] =
          done->end->version ? json::value(StateVersionJson(*done->end->version)) : json::value(nullptr);
      answer["outputs_changed"] = done->end->outputs_changed;
    }
    context.Json(answer);
  }
  return done->exit_code == 0 && !kept ? 1 : done->exit_code;
}

}  // namespace davit::cli
