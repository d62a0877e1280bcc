// davit drift: what was changed outside of what stands, and whether `davit up` would undo it. It reads only.
#include <algorithm>

#include "base/diagnostics.h"
#include "base/text.h"
#include "cli/commands.h"
#include "cli/quiet_observer.h"
#include "cli/signals.h"
#include "cli/state_view.h"
#include "cli/views.h"

namespace davit::cli {
namespace {

constexpr int kDrifted = 2;
constexpr int kInterrupted = 130;

/// Does the next `davit up` undo what was changed outside?
struct Undoing {
  std::string answer;  // "yes", "no", "perhaps" or "unknown"
  std::string words;   // a sentence for people
};

struct Found {
  const control::ComponentView* view = nullptr;
  json::object look;
  /// Unseen: there is nothing that what is there could be compared with.
  enum class Stands { kAgrees, kDrifted, kFailed, kUnseen } stands = Stands::kAgrees;
  std::optional<Undoing> undoing;  // of one that has drifted
};

Found::Stands Judge(const json::object& look) {
  using Stands = Found::Stands;
  if (look.empty() || look.contains("no_state")) return Stands::kUnseen;
  if (look.contains("failed")) return Stands::kFailed;
  if (const json::array* differences = GetArray(look, "differences"))
    return differences->empty() ? Stands::kAgrees : Stands::kDrifted;
  return GetInt(look, "exit_code") == 0 ? Stands::kAgrees : Stands::kDrifted;
}

/// What `up` would do with one that has drifted: it leaves alone what is made from the same as before, whatever is there now.
Undoing Undo(control::Client& client, const std::shared_ptr<const control::StackDocument>& document,
             const DeploymentRow& deployment, const ComponentRow& component) {
  if (document->failure || !document->ok || document->diagnostics.HasErrors())
    return {"unknown",
            "whether `davit up` undoes this is not known: the manifest cannot be read, see `davit validate`"};
  control::DeploymentSelector selector;
  selector.name = deployment.name;
  const Result<control::JobOverview> why = client.Why(document, selector, component.name);
  if (!why) return {"unknown", "whether `davit up` undoes this is not known: " + why.error().message};
  const std::string because = why->because.empty() ? "" : " (" + Join(why->because, ", ") + ")";
  switch (why->kind) {
    case control::JobOverview::Kind::kUnchanged:
      return {"no", "`davit up` does not undo this by itself: nothing it is made from has changed"};
    case control::JobOverview::Kind::kChanged:
      if (component.driver == "script")
        return {"perhaps", "the next `davit up` runs this component again" + because + ", which may undo it"};
      return {"yes", "the next `davit up` plans this component" + because + " and would undo it"};
    case control::JobOverview::Kind::kMayChange:
      return {"perhaps", "the next `davit up` undoes this only if it comes to this component" + because};
    case control::JobOverview::Kind::kRemoved:
      return {"perhaps", "the next `davit up` takes this component away" + because};
    case control::JobOverview::Kind::kNew:
    case control::JobOverview::Kind::kDestroy:
    case control::JobOverview::Kind::kExcluded:
      break;
  }
  return {"unknown", "whether `davit up` undoes this is not known"};
}

/// The components that were named, or all that stand.
Result<std::vector<Found>> Choose(const control::StatusView& status, const std::vector<std::string>& names) {
  std::vector<std::string_view> standing;
  for (const control::ComponentView& view : status.components) {
    if (view.component.live) standing.push_back(view.component.name);
  }
  for (const std::string& name : names) {
    if (std::find(standing.begin(), standing.end(), name) != standing.end()) continue;
    const std::string suggestion = DidYouMean(name, standing);
    return Fail(ErrorCode::kNotFound, "nothing stands of a component '" + name + "' in " + status.deployment.name,
                suggestion.empty() ? "`davit status` shows what stands" : suggestion);
  }
  std::vector<Found> chosen;
  for (const control::ComponentView& view : status.components) {
    if (!view.component.live) continue;
    if (names.empty() || std::find(names.begin(), names.end(), view.component.name) != names.end())
      chosen.emplace_back().view = &view;
  }
  return chosen;
}

void ShowOne(const Context& context, const Found& found, int name_width) {
  const Style& style = context.style;
  const std::string name = "  " + Fit(found.view->component.name, name_width, style) + "  ";
  const std::string indent(static_cast<size_t>(name_width) + 4, ' ');
  const bool script = found.look.contains("exit_code");
  switch (found.stands) {
    case Found::Stands::kUnseen:
      context.Line(name + Paint(style, Ink::kDim,
                                found.look.empty() ? "cannot be looked at: it has no verb `status`"
                                                   : "has no state yet, there is nothing to compare"));
      break;
    case Found::Stands::kFailed:
      context.Line(name + Paint(style, Ink::kRed, "could not be looked at: ") + GetString(found.look, "failed"));
      break;
    case Found::Stands::kAgrees:
      context.Line(name + Paint(style, Ink::kGreen, script ? "its status is well" : "agrees with its state"));
      break;
    case Found::Stands::kDrifted:
      if (script) {
        context.Line(name + Paint(style, Ink::kYellow,
                                  "its status exits with code " + std::to_string(GetInt(found.look, "exit_code"))));
        if (const json::array* lines = GetArray(found.look, "lines")) {
          for (const json::value& line : *lines) context.Line(indent + "  " + std::string(line.as_string()));
        }
      } else {
        const json::array& differences = *GetArray(found.look, "differences");
        context.Line(name + Paint(style, Ink::kYellow, Plural(differences.size(), "resource") + " changed outside"));
        for (const json::value& entry : differences) {
          const json::object& one = entry.as_object();
          context.Line(indent + "  " + GetString(one, "address") + ": " + GetString(one, "action"));
          context.Lines(RenderDifference(one, Width(indent) + 4, context.columns() - 1, style));
        }
      }
      break;
  }
  if (found.view->running)
    context.Line(indent + "is being changed at this moment: it may look different when that has ended");
  if (found.undoing) {
    for (const std::string& line : Wrap(found.undoing->words, std::max(40, context.columns() - 1 - Width(indent))))
      context.Line(indent + line);
  }
}

json::object ToJson(const Found& found) {
  static constexpr const char* kWords[] = {"agrees", "drifted", "failed", "unseen"};
  json::object object{{"component", found.view->component.name},
                      {"driver", found.view->component.driver},
                      {"found", kWords[static_cast<size_t>(found.stands)]},
                      {"being_changed", found.view->running}};
  for (const char* key : {"differences", "exit_code", "lines"}) {
    if (const json::value* value = found.look.if_contains(key)) object[key] = *value;
  }
  if (found.stands == Found::Stands::kFailed) object["failed"] = GetString(found.look, "failed");
  if (found.undoing) object["undone_by_up"] = found.undoing->answer;
  return object;
}

}  // namespace

int RunDrift(Context& context) {
  Result<Signals> signals = Signals::Open();
  if (!signals) return context.Fail(signals.error());
  Result<std::unique_ptr<control::Client>> opened = context.Open(".", true, true);
  if (!opened) return context.Fail(opened.error());
  control::Client& client = **opened;
  const Result<control::StatusView> status = client.Status(context.Selector());
  if (!status) return context.Fail(status.error());
  Result<std::vector<Found>> chosen = Choose(*status, context.options.targets);
  if (!chosen) return context.Fail(chosen.error());

  int interrupts = 0;
  QuietObserver nobody;
  const std::unique_ptr<runner::Runner> runner =
      context.wiring.make_runner(client, nobody, context.options.parallelism, signals->fd(), [&] {
        const Signals::Caught caught = signals->Take();
        interrupts += caught.Any() ? std::max(1, caught.interrupts) : 0;
        if (interrupts > 1) std::_Exit(kInterrupted);
      });
  std::vector<ComponentId> components;
  for (const Found& found : *chosen) components.push_back(found.view->component.id);
  std::vector<json::object> looks = runner->LookAtStanding(components);

  const auto count = [&](Found::Stands stands) {
    return static_cast<size_t>(
        std::count_if(chosen->begin(), chosen->end(), [&](const Found& found) { return found.stands == stands; }));
  };
  for (size_t i = 0; i < looks.size(); ++i) {
    (*chosen)[i].look = std::move(looks[i]);
    (*chosen)[i].stands = Judge((*chosen)[i].look);
  }
  const size_t drifted = count(Found::Stands::kDrifted);
  const size_t failed = count(Found::Stands::kFailed);
  if (drifted > 0) {
    const std::shared_ptr<control::StackDocument> document = context.LoadStack(client, ".");
    for (Found& found : *chosen) {
      if (found.stands == Found::Stands::kDrifted)
        found.undoing = Undo(client, document, status->deployment, found.view->component);
    }
  }

  if (context.options.json) {
    json::array list;
    for (const Found& found : *chosen) list.push_back(ToJson(found));
    json::array open;
    for (const RunRow& run : status->open_runs) open.push_back(RunJson(run, status->deployment.name, ""));
    context.Json(json::object{{"deployment", status->deployment.name},
                              {"drift", drifted > 0},
                              {"components", std::move(list)},
                              {"open_runs", std::move(open)}});
  } else {
    context.Line(Paint(context.style, Ink::kBold, status->deployment.name));
    int name_width = 8;
    for (const Found& found : *chosen) name_width = std::max(name_width, Width(found.view->component.name));
    for (const Found& found : *chosen) ShowOne(context, found, std::min(name_width, 40));
    if (chosen->empty()) context.Line("  nothing stands");
    for (const RunRow& run : status->open_runs) {
      if (run.state == RunState::kQueued) continue;
      context.Lines(Wrap("run " + run.id.text + " holds the deployment (" + StateOf(run) +
                             "): what it changes may look as if somebody else had",
                         context.columns() - 1));
    }
    const size_t seen = drifted + count(Found::Stands::kAgrees);
    std::string summary = drifted > 0
                              ? "changed outside: " + std::to_string(drifted) + " of " + Plural(seen, "component")
                              : "nothing was changed outside; looked at " + Plural(seen, "component");
    if (failed > 0) summary += "; " + std::to_string(failed) + " could not be looked at";
    if (!chosen->empty()) context.Line(summary);
  }
  if (interrupts > 0) return kInterrupted;
  if (failed > 0) return ExitCodeOf(ErrorCode::kInternal);
  return drifted > 0 && context.options.exit_code ? kDrifted : 0;
}

}  // namespace davit::cli
