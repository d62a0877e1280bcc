// davit hub backup: create, a bundle of what the verb `backup` of components leaves; unbundle, parameters out of bundles.
#include <algorithm>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/hub_input.h"
#include "cli/hub_run.h"
#include "cli/hub_stack.h"
#include "cli/quiet_observer.h"
#include "expr/expression.h"
#include "hub/backup.h"
#include "yaml/emit.h"

namespace davit::cli {
namespace {

/// To the places in `list`, or to the standard output where that is "". False: not to all of them.
bool WriteOut(const Context& context, const std::string& list, const char* what, const std::string& text) {
  if (list.empty()) {
    context.Out(text);
    return true;
  }
  Result<std::vector<hub::Place>> places = hub::ParsePlaces({list}, what);
  if (!places) return FailHub(context, places.error()) == 0;
  const hub::Storage storage(*std::move(places), what, StorageOptionsOf(context));
  const hub::Storage::Written written = storage.Write(text);
  for (const Error& error : written.errors) (void)context.Fail(error);
  return written.errors.empty();
}

/// Takes what each component left into the bundle.
class BackupRecorder final : public QuietObserver {
 public:
  BackupRecorder(const Context& context, hub::BackupBundle& bundle) : context_(context), bundle_(bundle) {}

  void OnTaskFinished(const control::Lease& lease, const control::TaskOutcome& outcome) override {
    std::vector<hub::RawOutput> printed;
    for (const auto& [name, value] : outcome.outputs) printed.push_back({name, ToText(value.data)});
    std::string warning;
    hub::ComponentBackup backup = hub::BackupOf(lease.component, printed, context_.wiring.clock.WallMs(), &warning);
    if (!CountsAsSuccess(outcome.result) || printed.empty()) {
      backup.status = "error";
      const std::string why = CountsAsSuccess(outcome.result) ? "it printed no outputs" : outcome.reason;
      warning = "there is no backup of component '" + lease.component + "': " + why;
    }
    if (!warning.empty()) WarnHub(context_, warning);
    bundle_.components[lease.component] = std::move(backup);
  }

 private:
  const Context& context_;
  hub::BackupBundle& bundle_;
};

}  // namespace

int RunHubUnbundle(Context& context) {
  const HubFilesOptions& options = context.options.hub_files;
  SourceMap sources;
  hub::UnbundleRequest request;
  Result<std::map<std::string, std::string>> renames = hub::ParseRenames(SplitLists(options.rename));
  if (!renames) return FailHub(context, renames.error());
  request.rename = *std::move(renames);
  request.omit = SplitLists(options.erase);
  request.only = SplitLists(options.only);
  for (const std::string& places : options.files) {
    const Result<uint32_t> file = ReadHubFile(context, {places}, "backup bundle", sources);
    if (!file) return FailHub(context, file.error(), &sources);
    Result<hub::BackupBundle> bundle = hub::ParseBackupBundle(sources, *file);
    if (!bundle) return FailHub(context, bundle.error(), &sources);
    request.bundles.push_back({sources.FileName(*file), *std::move(bundle)});
  }
  std::vector<std::string> warnings;
  json::object parameters = hub::Unbundle(request, warnings);
  // What was printed is no expression, whatever it looks like.
  for (json::value& parameter : parameters.at("parameters").as_array()) {
    json::value& value = parameter.as_object().at("value");
    value = expr::SourceOf(expr::Constant(std::move(value)));
  }
  for (const std::string& warning : warnings) WarnHub(context, warning);
  const std::string text = context.options.json ? PrettyJson(parameters) + "\n" : yaml::EmitYaml(parameters);
  if (!WriteOut(context, options.output, "parameters file", text)) return 1;
  if (options.output.empty()) return 0;
  context.Note("wrote " + Join(SplitLists({options.output}), ", ") + ": " +
               Plural(parameters.at("parameters").as_array().size(), "parameter"));
  return 0;
}

int RunHubBackupCreate(Context& context) {
  const HubVerbOptions& options = context.options.hub_verb;
  const std::string verb = context.options.hub.dry ? "backup-test" : "backup";
  hub::BackupBundle bundle;
  BackupRecorder recorder(context, bundle);
  HubStack stack(context, "backup create");
  if (options.output.empty()) stack.session().BeQuiet();  // the standard output is the bundle's
  if (stack.ReadElaborate(options.elaborate) || stack.ReadState(options.state, true)) return 1;
  if (!stack.state())
    return FailHub(context, Fail(ErrorCode::kNotFound, "there is no state file " + options.state,
                                 "what `davit hub deploy` has not deployed cannot be backed up")
                                .value());
  if (stack.Open({}, true)) return 1;
  const std::vector<std::string> wanted = SplitList(context.options.hub.components);
  for (const std::string& name : wanted) {
    if (stack.Check(name)) return 1;
  }
  control::SubmitRequest request =
      stack.Request(RunKind::kDeploy, DeploymentName(stack.state_places(), stack.stack().name));
  control::InPlace& in_place = *request.in_place;
  in_place.tools.verb = verb;
  in_place.force = in_place.force || options.allow_partial;
  std::vector<std::string> backed_up;
  for (const Component& component : stack.stack().components) {
    const bool named = std::find(wanted.begin(), wanted.end(), component.name) != wanted.end();
    const bool can = std::find(component.verbs.begin(), component.verbs.end(), "backup") != component.verbs.end();
    if (named && !can)
      return FailHub(context, Fail(ErrorCode::kInvalidInput, "component '" + component.name + "' has no verb 'backup'",
                                   "name it in `lifecycle: {verbs: […]}` of its own file, or leave the component out")
                                  .value());
    (can && (named || wanted.empty()) ? backed_up : in_place.excluded).push_back(component.name);
  }
  if (backed_up.empty())
    return FailHub(context, Fail(ErrorCode::kInvalidInput, "no component of the stack has the verb 'backup'",
                                 "name it in `lifecycle: {verbs: […]}` of a component's own file")
                                .value());
  stack.session().Watch(&recorder);
  if (stack.session().Submit(request)) return 1;
  (void)stack.session().Drive();  // how each ended is in the bundle
  size_t good = 0;
  for (const auto& [name, backup] : bundle.components) good += backup.status == "success" ? 1 : 0;
  bundle.status = good == backed_up.size() ? "success" : good > 0 && options.allow_partial ? "partial" : "error";
  bundle.timestamp = context.wiring.clock.WallMs();
  const json::object whole = hub::BackupToJson(bundle);
  const std::string text = context.options.json ? PrettyJson(whole) + "\n" : yaml::EmitYaml(whole);
  if (!WriteOut(context, options.output, "backup bundle", text)) return 1;
  if (!options.output.empty())
    context.Note("wrote " + Join(SplitLists({options.output}), ", ") + ": " + Plural(good, "good backup") + " of " +
                 std::to_string(backed_up.size()));
  return bundle.status == "error" ? 1 : 0;
}

}  // namespace davit::cli
