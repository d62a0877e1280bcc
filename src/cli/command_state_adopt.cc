// davit state adopt: takes over a state that was written without davit, from a file or from the backend that the module declares.
#include "base/text.h"
#include "cli/commands.h"
#include "cli/confirm.h"
#include "cli/run_session.h"
#include "cli/state_view.h"

namespace davit::cli {
namespace {

json::object ViewJson(const control::AdoptView& view) {
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
  };
  json::array resources;
  for (const std::string& address : view.resources) resources.emplace_back(address);
  return {{"file", text_or_null(view.file.string())},
          {"backend", text_or_null(view.backend)},
          {"sha256", view.sha256},
          {"serial", view.serial},
          {"lineage", view.lineage},
          {"resources", std::move(resources)}};
}

/// Shows it and asks. The exit code where the answer is not yes.
std::optional<int> Ask(const Context& context, RunSession& session, const control::AdoptView& view,
                       const std::function<bool()>& answered = {}) {
  const std::string& component = context.options.name;
  if (!context.options.json) {
    context.Lines(RenderAdoption(view, component, context.style));
    context.Line("");
    std::string text = "Davit keeps it, encrypted, as the state of " + component +
                       ". Nothing is made or destroyed now: the next `davit up` plans against it.";
    if (view.file.empty())
      text += " The backend keeps what it has and is not used from then on; nobody should go on from what lies there.";
    if (view.beside)
      text += " The file is renamed to " + view.file.filename().string() + ".adopted, so that nobody goes on from it.";
    context.Lines(Wrap(text, context.columns()));
  }
  std::string command = "davit state adopt " + component;
  if (!context.options.from.empty()) command += " --from " + context.options.from;
  return Confirm(context, session.signals(), "Adopt it?", command, answered);
}

int Tell(const Context& context, const control::AdoptView& view, const control::StateChange& change) {
  const std::string& component = context.options.name;
  if (context.options.json) {
    context.Json(json::object{
        {"run", change.run.text},
        {"component", component},
        {"version", StateVersionJson(change.version)},
        {"adopted", ViewJson(view)},
        {"moved_to", change.moved_to.empty() ? json::value(nullptr) : json::value(change.moved_to.string())}});
  } else {
    context.Line("");
    context.Line(component + " has state version " + NameOf(change.version) + " now");
    if (!change.moved_to.empty())
      context.Line("the file is " + change.moved_to.string() + " now; it holds secrets in clear");
    context.Line(view.file.empty() ? "Next: take the backend block out of its module, then `davit up`"
                                   : "Next: `davit up`");
  }
  if (!change.problem.empty())
    context.Note(view.file.string() + " could not be renamed (" + change.problem + "): move it away yourself");
  return 0;
}

int AdoptFile(const Context& context, RunSession& session, control::AdoptRequest request) {
  control::Client& client = session.client();
  const Result<control::AdoptView> view = client.LookAtAdoption(request);
  if (!view) return context.Fail(view.error());
  if (std::optional<int> exit = Ask(context, session, *view)) return *exit;
  request.expected = view->sha256;
  const Result<control::StateChange> change = client.AdoptState(request);
  if (!change) return context.Fail(change.error());
  return Tell(context, *view, *change);
}

/// The newest version, which the run has just written.
Result<control::StateChange> ChangeOf(control::Client& client, const control::AdoptRequest& request, const RunId& run) {
  TRY_ASSIGN(const control::StatesView states, client.ListStates(request.deployment, request.component, 1));
  control::StateChange change;
  change.run = run;
  change.version = states.components.at(0).versions.at(0).row;
  return change;
}

int AdoptFromBackend(const Context& context, RunSession& session, const control::AdoptRequest& request) {
  control::Client& client = session.client();
  const Result<RunId> run = client.SubmitAdoption(request);
  if (!run) return context.Fail(run.error());
  if (RunSession::Exit exit = session.DriveOn(*run)) return *exit;
  const Result<control::AdoptView> view = client.AdoptionOf(*run);
  if (!view) return context.Fail(view.error());
  const auto answered = [&] {
    const Result<RunRow> row = client.GetRun(*run);
    return row && row->approval_tasks == 0;
  };
  if (std::optional<int> exit = Ask(context, session, *view, answered)) {
    if (Result<> done = client.Cancel(*run, CancelKind::kGraceful, "nobody said yes"); !done)
      return context.Fail(done.error());
    return *exit;
  }
  if (Result<> done = client.Answered(*run, {}); !done) return context.Fail(done.error());
  if (RunSession::Exit exit = session.DriveOn(*run)) return *exit;
  const Result<control::StateChange> change = ChangeOf(client, request, *run);
  if (!change) return context.Fail(change.error());
  return Tell(context, *view, *change);
}

}  // namespace

int RunStateAdopt(Context& context) {
  RunSession session(context, "state adopt");
  std::shared_ptr<control::StackDocument> document;
  if (RunSession::Exit exit = session.OpenStack(".", /*recover=*/true, &document)) return *exit;
  control::AdoptRequest request;
  request.deployment = context.Selector(document->stack.name);
  request.document = document;
  request.component = context.options.name;
  request.from = context.options.from;
  request.message = context.options.message;
  const int index = document->stack.Find(request.component);
  const bool backend =
      index >= 0 && request.from.empty() && !document->modules[static_cast<size_t>(index)].foreign_backend.empty();
  return backend ? AdoptFromBackend(context, session, request) : AdoptFile(context, session, std::move(request));
}

}  // namespace davit::cli
