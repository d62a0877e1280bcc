#include <algorithm>
#include <set>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/run_session.h"
#include "cli/state_view.h"
#include "cli/views.h"

namespace davit::cli {
namespace {

using Item = control::Client::ReconcileItem;

struct Created {
  std::string address;
  std::string import_command;
};

std::vector<Created> CreatedNotInState(const Item& item) {
  std::vector<Created> list;
  const json::array* array = GetArray(item.report, "created_not_in_state");
  if (array == nullptr) return list;
  for (const json::value& entry : *array) {
    if (const json::object* object = entry.if_object())
      list.push_back({GetString(*object, "address"), GetString(*object, "import")});
  }
  return list;
}

std::vector<std::string> Strings(const json::object& object, std::string_view key) {
  std::vector<std::string> list;
  const json::array* array = GetArray(object, key);
  if (array == nullptr) return list;
  for (const json::value& entry : *array) {
    if (entry.is_string()) list.emplace_back(entry.as_string());
  }
  return list;
}

/// What is there now (runner/look.h), as far as it could be looked at.
void ShowLook(const Context& context, const Item& item) {
  const json::object* look = GetObject(item.report, "look");
  if (look == nullptr) return;
  if (const std::string why = GetString(*look, "failed"); !why.empty()) {
    context.Line("  could not be looked at now: " + why);
    return;
  }
  if (look->contains("no_state")) {
    context.Line("  there is no state yet that what is there could be compared with");
    return;
  }
  if (const json::array* differences = GetArray(*look, "differences")) {
    context.Line(differences->empty() ? "  the state agrees with what is there"
                                      : "  what is there differs from the state:");
    for (const json::value& entry : *differences) {
      const json::object* one = entry.if_object();
      if (one == nullptr) continue;
      const std::string action = GetString(*one, "action");
      context.Line("    " + GetString(*one, "address") + ": " + (action == "changed" ? "changed outside" : action));
      context.Lines(RenderDifference(*one, 8, context.columns() - 1, context.style));
    }
    return;
  }
  const std::vector<std::string> lines = Strings(*look, "lines");
  context.Line("  its status exits with code " + std::to_string(GetInt(*look, "exit_code")) +
               (lines.empty() ? "" : ":"));
  for (const std::string& line : lines) context.Line("    " + line);
}

void Show(const Context& context, const control::RunView& view, const std::vector<Item>& items) {
  const Style& style = context.style;
  const std::string& id = view.run.id.text;
  context.Line(Paint(style, Ink::kBold, id) + " (" + std::string(ToString(view.run.kind)) + " of " + view.deployment +
               ") waits for you.");
  for (const Item& item : items) {
    context.Line("");
    const std::string reason = GetString(item.report, "reason", "nobody saw how it ended");
    context.Line(Paint(style, Ink::kYellow, item.component) + ": " + reason);
    if (const json::value* resources = item.report.if_contains("state_resources");
        resources != nullptr && !resources->is_null()) {
      context.Line("  kept state: " + Plural(static_cast<size_t>(GetInt(item.report, "state_resources")), "resource"));
    }
    const std::vector<Created> created = CreatedNotInState(item);
    if (!created.empty()) context.Line("  created, but not in the state:");
    for (const Created& one : created) {
      context.Line("    " + one.address);
      if (!one.import_command.empty()) context.Line("      import it: " + one.import_command);
    }
    const std::vector<std::string> perhaps = Strings(item.report, "perhaps_made");
    if (!perhaps.empty()) context.Line("  perhaps made:");
    for (const std::string& address : perhaps) context.Line("    " + address);
    ShowLook(context, item);
  }
  context.Line("");
  const bool cancelled = view.run.cancel != CancelKind::kNone;  // nothing more of it may run
  context.Line(cancelled ? "Look at it, then:" : "Look at it, then decide:");
  if (!cancelled) {
    context.Line("  davit run reconcile " + id +
                 " --resume   goes on: a script runs again, Terraform plans anew from the kept state");
  }
  context.Line("  davit run reconcile " + id +
               " --abandon  ends them as failed, keeps the state, frees the deployment" +
               (cancelled ? "; `davit up` then goes on from there" : ""));
}

json::object ItemsJson(const control::RunView& view, const std::vector<Item>& items) {
  json::array list;
  for (const Item& item : items) {
    json::object report = item.report;
    report.erase("v");
    list.push_back(
        json::object{{"component", item.component}, {"task", item.task.id.text}, {"report", std::move(report)}});
  }
  json::object answer;
  answer["run"] = RunJson(view.run, view.deployment, view.waits_for);
  answer["reconcile"] = std::move(list);
  return answer;
}

/// What was created and is in no state must be imported or named: else it would be made twice, or forgotten unseen.
std::vector<std::string> NotNamed(const std::vector<Item>& items, const std::vector<std::string>& forget) {
  std::vector<std::string> missing;
  for (const Item& item : items) {
    for (const Created& one : CreatedNotInState(item)) {
      const bool named = std::find(forget.begin(), forget.end(), one.address) != forget.end() ||
                         std::find(forget.begin(), forget.end(), item.component + ":" + one.address) != forget.end();
      if (!named) missing.push_back(one.address);
    }
  }
  return missing;
}

Result<RunId> ChooseRun(const Context& context, control::Client& client, const std::vector<RunId>& waiting) {
  if (!context.options.run.empty()) return client.ResolveRun(context.options.run);
  if (waiting.size() == 1) return waiting[0];
  if (waiting.empty())
    return Fail(ErrorCode::kNotFound, "no run waits to be reconciled", "`davit run list` shows the runs");
  std::vector<std::string> names;
  for (const RunId& run : waiting) names.push_back(run.text);
  return Fail(ErrorCode::kInvalidInput, "several runs wait to be reconciled: " + Join(names, ", "), "name one of them");
}

}  // namespace

int RunRunReconcile(Context& context) {
  const Options& options = context.options;
  if (options.resume && options.abandon) {
    return context.Fail(ErrorCode::kInvalidInput, "--resume and --abandon exclude each other", "give one of them");
  }
  RunSession session(context, "up");
  if (RunSession::Exit exit = session.Open(".", true)) return *exit;
  if (RunSession::Exit exit = session.Recover()) return *exit;
  control::Client& client = session.client();
  Result<RunId> id = ChooseRun(context, client, session.waiting());
  if (!id) return context.Fail(id.error());
  Result<control::RunView> view = client.ShowRun(*id);
  if (!view) return context.Fail(view.error());
  Result<std::vector<Item>> items = client.ReconcileItems(*id);
  if (!items) return context.Fail(items.error());
  if (items->empty()) {
    return context.Fail(ErrorCode::kNotFound,
                        "run " + id->text + " has nothing to reconcile: it is " + StateOf(view->run),
                        "davit run show " + id->text);
  }
  if (options.abandon) {
    if (Result<> done = client.Abandon(*id); !done) return context.Fail(done.error());
    // Now that nobody needs them any more, the directories of what was given up go: they hold secrets.
    if (RunSession::Exit exit = session.Recover()) return *exit;
    view = client.ShowRun(*id);
    if (!view) return context.Fail(view.error());
    if (options.json) {
      context.Json(ItemsJson(*view, {}));
      return 0;
    }
    std::vector<std::string> names;
    for (const Item& item : *items) names.push_back(item.component);
    context.Line("run " + id->text + " was given up: " + Join(names, ", ") + (names.size() == 1 ? " is" : " are") +
                 " failed, the state is kept, the deployment is free");
    return 0;
  }
  if (options.resume && view->run.cancel != CancelKind::kNone) {
    return context.Fail(
        ErrorCode::kNeedsPerson, "run " + id->text + " was cancelled: nothing more of it may run",
        "davit run reconcile " + id->text + " --abandon keeps its state; then `davit up` goes on from there");
  }
  if (options.resume) {
    const std::vector<std::string> missing = NotNamed(*items, options.forget);
    if (!missing.empty()) {
      return context.Fail(ErrorCode::kNeedsPerson,
                          Plural(missing.size(), "resource") + (missing.size() == 1 ? " was" : " were") +
                              " created but " + (missing.size() == 1 ? "is" : "are") +
                              " in no state: " + Join(missing, ", "),
                          "delete what is not wanted and name each with --forget ADDRESS; davit run reconcile " +
                              id->text + " shows more");
    }
    control::DeploymentSelector selector;
    selector.name = view->deployment;
    session.ProducersFromStatus(selector);
    for (const Item& item : *items) {
      if (Result<> done = client.Resume(*id, item.task.id); !done) return context.Fail(done.error());
    }
    return session.DriveExisting(*id);
  }
  session.Look(*items);
  if (options.json) {
    context.Json(ItemsJson(*view, *items));
  } else {
    Show(context, *view, *items);
  }
  return ExitCodeOf(ErrorCode::kNeedsPerson);
}

}  // namespace davit::cli
