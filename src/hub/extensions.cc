#include "hub/extensions.h"

#include <unistd.h>

#include <algorithm>

#include "base/diagnostics.h"
#include "base/text.h"
#include "exec/foreground.h"

namespace davit::hub {
namespace {

constexpr std::string_view kPrefix = "hub-";

std::string Variable(const Variables& environment, const char* name) {
  const auto found = environment.find(name);
  return found == environment.end() ? "" : found->second;
}

bool IsProgram(const Path& file) {
  std::error_code error;
  return std::filesystem::is_regular_file(file, error) && ::access(file.c_str(), X_OK) == 0;
}

}  // namespace

std::vector<Path> ExtensionFolders(const Variables& environment) {
  std::vector<Path> folders = {Path(".") / ".hub"};
  if (const std::string own = Variable(environment, "HUB_EXTENSIONS"); !own.empty()) folders.emplace_back(own);
  if (const std::string home = Variable(environment, "HOME"); !home.empty()) folders.push_back(Path(home) / ".hub");
  folders.emplace_back("/usr/local/share/hub");
  folders.emplace_back("/usr/share/hub");
  const std::string path = Variable(environment, "PATH");
  for (const std::string_view folder : Split(path, ':')) {
    if (!folder.empty()) folders.emplace_back(folder);
  }
  return folders;
}

std::vector<Extension> ListExtensions(const Variables& environment) {
  std::map<std::string, Path> found;
  for (const Path& folder : ExtensionFolders(environment)) {
    std::error_code error;
    std::filesystem::directory_iterator entries(folder, error);
    if (error) continue;
    for (; entries != std::filesystem::directory_iterator(); entries.increment(error)) {
      if (error) break;
      const std::string name = entries->path().filename().string();
      if (!name.starts_with(kPrefix) || name.size() == kPrefix.size() || !IsProgram(entries->path())) continue;
      found.emplace(name.substr(kPrefix.size()), entries->path());
    }
  }
  std::vector<Extension> list;
  for (const auto& [name, file] : found) list.push_back({name, file, {}});
  return list;
}

Result<Extension> FindExtension(const std::vector<std::string>& words, const Variables& environment) {
  size_t names = 0;
  while (names < words.size() && !words[names].empty() && !words[names].starts_with("-") &&
         words[names].find('/') == std::string::npos)
    ++names;
  if (names == 0) return Fail(ErrorCode::kInvalidInput, "no extension is named", "`davit hub ext ls` lists them");
  const std::vector<Path> folders = ExtensionFolders(environment);
  for (size_t count = names; count > 0; --count) {
    const std::string name = Join({words.begin(), words.begin() + static_cast<ptrdiff_t>(count)}, "-");
    for (const Path& folder : folders) {
      const Path file = folder / (std::string(kPrefix) + name);
      if (IsProgram(file)) return Extension{name, file, {words.begin() + static_cast<ptrdiff_t>(count), words.end()}};
    }
  }
  std::vector<std::string> known;
  for (const Extension& extension : ListExtensions(environment)) known.push_back(extension.name);
  std::string suggestion = DidYouMean(words[0], std::vector<std::string_view>(known.begin(), known.end()));
  if (suggestion.empty())
    suggestion = "`davit hub ext ls` lists those that there are; $HUB_EXTENSIONS names a folder of them";
  return Fail(ErrorCode::kNotFound, "there is no extension '" + words[0] + "'", std::move(suggestion));
}

Result<int> RunExtension(const Extension& extension, Variables environment) {
  exec::Foreground command;
  std::error_code error;
  command.argv = {std::filesystem::absolute(extension.file, error).string()};
  command.argv.insert(command.argv.end(), extension.arguments.begin(), extension.arguments.end());
  command.directory = std::filesystem::current_path(error);
  command.environment = std::move(environment);
  return exec::RunInForeground(command);
}

}  // namespace davit::hub
