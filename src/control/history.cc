// History: a stack version for each run that ended having done something, and what differs between two. A version is written in the
// transaction that ends its run, so there is none without the other. It names what is kept anyway: the run's document, each component's
// outputs and the inputs that it was last made with.
#include <algorithm>
#include <map>

#include "base/text.h"
#include "control/declared.h"
#include "control/direct.h"
#include "control/marking.h"

namespace davit::control {

/// What stood at a stack version, opened.
struct DirectClient::StackContent {
  std::shared_ptr<const RunDocument> document;  // of nothing after a destroy
  struct Standing {
    ComponentId id;  // empty in versions that were written before there were renames
    ValueMap inputs;
    ValueMap outputs;
  };
  std::map<std::string, Standing, std::less<>> standing;  // by component
};

namespace {

/// The keys of a component's declaration that a person wrote, as values.
ValueMap Declared(const RunDocument& document, int index) {
  ValueMap values;
  if (index < 0) return values;
  const Component& component = document.stack.components[static_cast<size_t>(index)];
  const auto set = [&](const char* name, json::value data) { values[name] = Value{std::move(data), false, false}; };
  for (const DeclaredKey& key : kDeclaredKeys) set(key.name, key.ValueIn(component));
  if (component.provisioner.empty())
    set("provisioner", json::string(document.modules[static_cast<size_t>(index)].driver));
  json::array outputs;
  for (const OutputDeclaration& output : component.outputs) outputs.emplace_back(output.name);
  set("outputs", std::move(outputs));
  return values;
}

/// The stack's own parameters that have a value of their own; those of a component that has another name in `new_names` by that one.
ValueMap Parameters(const Stack& stack, const std::map<std::string, std::string>& new_names) {
  ValueMap values;
  for (const Parameter& parameter : stack.parameters) {
    if (!parameter.has_value || !parameter.value.IsConstant()) continue;
    const auto renamed = new_names.find(parameter.component);
    const std::string& component = renamed == new_names.end() ? parameter.component : renamed->second;
    const std::string name = component.empty() ? parameter.name : parameter.name + "|" + component;
    values[name] = Value{parameter.value.constant, parameter.sensitive, false};
  }
  return values;
}

tl::unexpected<Error> NoVersion(const DeploymentRow& deployment, const std::string& what) {
  return Fail(ErrorCode::kNotFound, deployment.name + " has " + what, "`davit history` lists its versions");
}

}  // namespace

Result<> DirectClient::KeepHistory(Tx& tx) {
  for (const RunId& id : std::exchange(ended_, {})) {
    TRY_ASSIGN(const RunRow run, NeedRun(tx, id));
    if (run.state != RunState::kFinished || !run.any_done) continue;
    if (run.kind != RunKind::kDeploy && run.kind != RunKind::kDestroy) continue;
    if (run.result != RunResult::kSucceeded) {
      // One that never came to change anything left everything as it was.
      TRY_ASSIGN(const std::vector<TaskRow> tasks, tx.ListTasks(id));
      const bool changed = run.moves || std::any_of(tasks.begin(), tasks.end(), [](const TaskRow& task) {
                             const bool ended = task.result == RunResult::kSucceeded ||
                                                task.result == RunResult::kFailed || task.result == RunResult::kErrored;
                             return IsMutating(task.kind) && task.attempt_number > 0 && ended;
                           });
      if (!changed) continue;
    }
    TRY_ASSIGN(const std::vector<StackVersionRow> newest, tx.ListStackVersions(run.deployment, 1));
    json::object components;
    TRY_ASSIGN(const std::vector<ComponentRow> rows, tx.ListComponents(run.deployment));
    for (const ComponentRow& row : rows) {
      if (row.live)
        components[row.name] =
            json::object{{"id", row.id.text}, {"outputs", row.outputs.text}, {"resolution", row.resolution}};
    }
    StackVersionRow version;
    version.deployment = run.deployment;
    version.version = newest.empty() ? 1 : newest[0].version + 1;
    version.run = id;
    version.kind = run.kind;
    version.result = run.result;
    version.document = run.document;
    version.message = run.message;
    version.author = run.principal;
    version.components = json::serialize(json::object{{"v", 1}, {"components", std::move(components)}});
    version.created_ms = run.finished_ms;
    TRY(tx.PutStackVersion(version));
  }
  return {};
}

Result<HistoryView> DirectClient::History(const DeploymentSelector& selector, int limit) {
  TRY_ASSIGN(TxPtr tx, Read());
  HistoryView view;
  TRY_ASSIGN(view.deployment, FindDeployment(*tx, selector));
  TRY_ASSIGN(view.versions, tx->ListStackVersions(view.deployment.id, limit));
  return view;
}

Result<DirectClient::StackContent> DirectClient::ContentOf(Tx& tx, const StackVersionRow& row) {
  StackContent content;
  if (row.document.empty()) {
    content.document = std::make_shared<const RunDocument>();
  } else {
    TRY_ASSIGN(content.document, Document(tx, row.document));
  }
  TRY_ASSIGN(const json::value parsed, ParseJson(row.components));
  const json::object* components = parsed.is_object() ? GetObject(parsed.get_object(), "components") : nullptr;
  if (components == nullptr)
    return Fail(ErrorCode::kInternal, "stack version " + std::to_string(row.version) + " cannot be read");
  for (const auto& member : *components) {
    const json::object* one = member.value().if_object();
    if (one == nullptr) continue;
    StackContent::Standing& standing = content.standing[std::string(member.key())];
    standing.id = ComponentId(GetString(*one, "id"));
    ComponentRow component;  // what OutputsOf looks at
    component.name = member.key();
    component.outputs = OutputVersionId(GetString(*one, "outputs"));
    TRY_ASSIGN(const std::shared_ptr<const ComponentOutputs> outputs, OutputsOf(tx, component));
    if (outputs != nullptr) standing.outputs = outputs->values;
    const std::string resolution = GetString(*one, "resolution");
    if (resolution.empty()) continue;
    TRY_ASSIGN(standing.inputs, InputsOf(tx, resolution));
  }
  return content;
}

Result<StackDiff> DirectClient::DiffStack(const DeploymentSelector& selector, int64_t from, int64_t to) {
  TRY_ASSIGN(TxPtr tx, Read());
  StackDiff diff;
  TRY_ASSIGN(diff.deployment, FindDeployment(*tx, selector));
  if (to == 0) {
    TRY_ASSIGN(const std::vector<StackVersionRow> newest, tx->ListStackVersions(diff.deployment.id, 1));
    if (newest.empty()) return NoVersion(diff.deployment, "no version yet");
    to = newest[0].version;
  }
  if (from == 0) from = to - 1;
  if (from == 0) return NoVersion(diff.deployment, "no version before 1");
  for (auto [number, row] : {std::pair{from, &diff.from}, std::pair{to, &diff.to}}) {
    TRY_ASSIGN(std::optional<StackVersionRow> found, tx->GetStackVersion(diff.deployment.id, number));
    if (!found) return NoVersion(diff.deployment, "no version " + std::to_string(number));
    *row = std::move(*found);
  }
  TRY_ASSIGN(StackContent before, ContentOf(*tx, diff.from));
  TRY_ASSIGN(StackContent after, ContentOf(*tx, diff.to));

  // What is a secret in one of them is not shown of the other.
  std::vector<std::string> secrets = before.document->secrets;
  secrets.insert(secrets.end(), after.document->secrets.begin(), after.document->secrets.end());
  for (const StackContent* content : {&before, &after}) {
    for (const auto& [name, standing] : content->standing) {
      for (const ValueMap* values : {&standing.inputs, &standing.outputs}) {
        for (const auto& [key, value] : *values) {
          if (value.sensitive) CollectSecrets(value.data, secrets);
        }
      }
    }
  }
  const secrets::Masker masker(secrets);
  const auto differences = [&](ValueMap old, ValueMap now) {
    MarkHidden(masker, old);
    MarkHidden(masker, now);
    return DiffValues(old, now);
  };
  // The same component is the one with the same id, whatever it was called.
  std::map<ComponentId, std::string> old_names;
  for (const auto& [name, standing] : before.standing) {
    if (!standing.id.empty()) old_names[standing.id] = name;
  }
  std::map<std::string, std::string> new_names;  // old → new
  for (const auto& [name, standing] : after.standing) {
    const auto old = old_names.find(standing.id);
    if (old != old_names.end() && old->second != name) new_names[old->second] = name;
  }
  diff.parameters = differences(Parameters(before.document->stack, new_names), Parameters(after.document->stack, {}));

  std::map<std::string, std::string> names;  // now → then
  for (const Component& component : before.document->stack.components) {
    const auto renamed = new_names.find(component.name);
    names[renamed == new_names.end() ? component.name : renamed->second] = component.name;
  }
  for (const Component& component : after.document->stack.components) names.emplace(component.name, component.name);
  for (const auto& [name, old_name] : names) {
    const int old = before.document->stack.Find(old_name);
    const int now = after.document->stack.Find(name);
    ComponentDiff one;
    one.name = name;
    if (old_name != name) one.moved_from = old_name;
    one.action = old < 0 ? "added" : now < 0 ? "removed" : "changed";
    if (old >= 0 && now >= 0) {
      one.manifest = DiffValues(Declared(*before.document, old), Declared(*after.document, now));
      one.module_files = before.document->module_digests[static_cast<size_t>(old)] !=
                         after.document->module_digests[static_cast<size_t>(now)];
    }
    one.inputs = differences(before.standing[old_name].inputs, after.standing[name].inputs);
    one.outputs = differences(before.standing[old_name].outputs, after.standing[name].outputs);
    const bool differs = one.action != "changed" || !one.moved_from.empty() || one.module_files ||
                         !one.manifest.empty() || !one.inputs.empty() || !one.outputs.empty();
    if (differs) diff.components.push_back(std::move(one));
  }
  return diff;
}

}  // namespace davit::control
