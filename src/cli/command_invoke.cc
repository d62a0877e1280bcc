// davit invoke: one verb of a component, where its last attempt worked and with what it had. As in a shell there, nothing of it reaches the store.
#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/notices.h"

namespace davit::cli {

void DeclareInvoke(CLI::App& app, Options& options) {
  app.add_option("COMPONENT", options.name, "Component: as its last attempt had it")->required();
  app.add_option("VERB", options.verb, "What it is to do: a target of its Makefile, or a script of that name")
      ->required();
}

namespace {

/// A verb is a word: not another file, and not what only `up` and `down` may run.
Result<> CheckVerb(const std::string& verb) {
  if (verb.empty() || verb.find('/') != std::string::npos || std::string_view("._-").find(verb[0]) != std::string::npos)
    return Fail(ErrorCode::kInvalidInput, "'" + verb + "' is no verb",
                "a verb is a target of the component's Makefile, or the name of a script of its");
  for (const auto& [changing, command] : {std::pair("deploy", "up"), std::pair("undeploy", "down")}) {
    if (verb == changing || verb == std::string(changing) + ".sh")
      return Fail(ErrorCode::kInvalidInput, verb + " changes what stands, and davit would not know of it",
                  std::string("`davit ") + command + "` runs it");
  }
  return {};
}

}  // namespace

int RunInvoke(Context& context) {
  const Options& options = context.options;
  if (const Result<> checked = CheckVerb(options.verb); !checked) return context.Fail(checked.error());
  Result<std::unique_ptr<control::Client>> client = context.Open(".", true, true);
  if (!client) return context.Fail(client.error());
  const Result<control::HandView> view = (*client)->LeaseByHand(context.Selector(), options.name, std::nullopt);
  if (!view) return context.Fail(view.error());
  Notices notices(context);
  const std::unique_ptr<runner::Runner> runner = context.wiring.make_runner(**client, notices, 0, -1, {});
  runner::HandRequest request;
  request.verb = options.verb;
  request.output_to_errors = options.json;
  request.warned = [&](const std::string& warning) { context.Note("warning: " + warning); };
  const Result<runner::HandResult> done = runner->ByHand(*view, request);
  if (!done) return context.Fail(done.error());
  if (options.json) {
    context.Json(json::object{{"component", view->lease.component},
                              {"verb", options.verb},
                              {"run", view->run.id.text},
                              {"attempt", view->attempt.id.text},
                              {"exit_code", done->exit_code}});
  } else if (done->exit_code != 0) {
    context.Note(options.verb + " of " + view->lease.component + " exited with code " +
                 std::to_string(done->exit_code));
  }
  return done->exit_code;
}

}  // namespace davit::cli
