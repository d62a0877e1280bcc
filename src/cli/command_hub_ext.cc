// davit hub ext: extensions of hubctl, programs `hub-<name>`.
#include "cli/commands.h"
#include "cli/hub_input.h"
#include "hub/extensions.h"

namespace davit::cli {
namespace {

int List(const Context& context) {
  const std::vector<hub::Extension> extensions = hub::ListExtensions(context.wiring.environment);
  if (context.options.json) {
    json::array list;
    for (const hub::Extension& extension : extensions)
      list.push_back(json::object{{"name", extension.name}, {"file", extension.file.string()}});
    context.Json(list);
    return 0;
  }
  if (extensions.empty()) context.Note("There are no extensions; $HUB_EXTENSIONS names a folder of them.");
  size_t width = 0;
  for (const hub::Extension& extension : extensions) width = std::max(width, extension.name.size());
  for (const hub::Extension& extension : extensions)
    context.Line(extension.name + std::string(width - extension.name.size() + 2, ' ') + extension.file.string());
  return 0;
}

/// davit under the name `hub`, by which it is `davit hub`: so `"$HUB" explain` means to an extension what it means with hubctl. Empty where
/// there is no place for it.
Path HubLink(const std::map<std::string, std::string>& environment) {
  const auto variable = [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? Path() : Path(found->second);
  };
  Path cache = variable("XDG_CACHE_HOME");
  if (cache.empty() && !variable("HOME").empty()) cache = variable("HOME") / ".cache";
  if (cache.empty() || !MakeDirectories(cache / "davit")) return {};
  const Path link = cache / "davit" / "hub";
  std::error_code error;
  const Path self = std::filesystem::read_symlink("/proc/self/exe", error);
  if (error) return {};
  if (std::filesystem::read_symlink(link, error) == self) return link;
  std::filesystem::remove(link, error);
  std::filesystem::create_symlink(self, link, error);
  return error ? Path() : link;
}

}  // namespace

int RunHubExt(Context& context) {
  const std::vector<std::string>& words = context.options.hub_files.files;
  if (!words.empty() && words[0] == "ls") return List(context);
  const Result<hub::Extension> extension = hub::FindExtension(words, context.wiring.environment);
  if (!extension) return FailHub(context, extension.error());
  std::map<std::string, std::string> environment = context.wiring.environment;
  if (const Path hub = HubLink(environment); !hub.empty()) environment.emplace("HUB", hub.string());
  const Result<int> code = hub::RunExtension(*extension, std::move(environment));
  if (!code) return FailHub(context, code.error());
  return *code;
}

}  // namespace davit::cli
