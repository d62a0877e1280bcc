// davit hub kubeconfig: the cluster of a stack as an entry of a kubeconfig, written by davit itself: kubectl need not be there.
#include <sys/stat.h>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/hub_input.h"
#include "hub/kubeconfig.h"
#include "hub/yaml_value.h"
#include "yaml/emit.h"

namespace davit::cli {
namespace {

Result<Path> KubeconfigFile(const Context& context) {
  if (!context.options.hub_files.output.empty()) return Path(context.options.hub_files.output);
  const std::map<std::string, std::string>& environment = context.wiring.environment;
  for (const char* name : {"HUB_KUBECONFIG", "KUBECONFIG"}) {
    const auto found = environment.find(name);
    // Of a list kubectl writes to the first.
    if (found != environment.end() && !found->second.empty())
      return Path(found->second.substr(0, found->second.find(':')));
  }
  const auto home = environment.find("HOME");
  if (home == environment.end() || home->second.empty())
    return Fail(ErrorCode::kInvalidInput, "there is no kubeconfig: HOME and KUBECONFIG are not set",
                "name one with -o FILE");
  return Path(home->second) / ".kube" / "config";
}

/// What is in it; nothing where it is not there.
Result<json::object> ReadKubeconfig(const Path& file, SourceMap& sources) {
  Result<std::string> text = ReadFile(file);
  if (!text && text.error().code == ErrorCode::kNotFound) return json::object();
  if (!text) return Fail(text.error());
  const uint32_t index = sources.AddFile(file.string(), *std::move(text));
  std::optional<yaml::Document> document;
  TRY_ASSIGN(const std::optional<yaml::Node> root, hub::ParseYaml(sources, index, &document));
  if (!root) return json::object();
  json::value kubeconfig = hub::NodeToJson(*root);
  if (kubeconfig.is_null()) return json::object();
  if (!kubeconfig.is_object())
    return Fail(ErrorCode::kInvalidInput, file.string() + " is no kubeconfig", "name another with -o FILE",
                root->pos());
  return std::move(kubeconfig.as_object());
}

}  // namespace

int RunHubKubeconfig(Context& context) {
  const HubFilesOptions& options = context.options.hub_files;
  SourceMap sources;
  const Result<hub::StateFile> state =
      ReadHubState(context, options.states.empty() ? options.files : options.states, sources);
  if (!state) return FailHub(context, state.error(), &sources);
  const Result<hub::KubeEntry> entry =
      hub::KubeEntryOf(*state, {SplitLists(options.providers), options.context, context.wiring.environment});
  if (!entry) return FailHub(context, entry.error());
  const Result<Path> file = KubeconfigFile(context);
  if (!file) return FailHub(context, file.error());
  Result<json::object> kubeconfig = ReadKubeconfig(*file, sources);
  if (!kubeconfig) return FailHub(context, kubeconfig.error(), &sources);
  std::string warning;
  const json::object before = *kubeconfig;
  const Result<bool> put =
      hub::MergeKubeEntry(*kubeconfig, *entry, {context.options.hub.force, options.switch_context}, &warning);
  if (!put) return FailHub(context, put.error());
  if (!warning.empty()) WarnHub(context, warning);
  if (*kubeconfig != before) {
    if (Result<> made = MakeDirectories(file->parent_path()); !made) return FailHub(context, made.error());
    struct stat info {};
    const unsigned mode = ::stat(file->c_str(), &info) == 0 ? info.st_mode & 07777u : 0600u;
    if (Result<> written = WriteFileAtomic(*file, yaml::EmitYaml(*kubeconfig), mode); !written)
      return FailHub(context, written.error());
  }
  if (context.options.json) {
    context.Json(
        {{"file", file->string()}, {"context", entry->context}, {"cluster", entry->cluster}, {"written", *put}});
  } else if (*put) {
    context.Line("wrote context " + entry->context + " to " + file->string());
  } else {
    context.Line("context " + entry->context + " is in " + file->string() + " already; -f writes it anew");
  }
  return 0;
}

}  // namespace davit::cli
