#include "drivers/extensions.h"

#include <fnmatch.h>
#include <unistd.h>

#include <algorithm>

namespace davit::drivers {
namespace {

bool IsFile(const Path& file) {
  std::error_code error;
  return std::filesystem::is_regular_file(file, error);
}

}  // namespace

std::vector<Path> ExtensionDirectories(const Path& base_directory, const exec::ProcessEnv& environment) {
  std::vector<Path> directories{base_directory / ".hub"};
  if (auto named = environment.find("HUB_EXTENSIONS"); named != environment.end() && !named->second.empty())
    directories.emplace_back(named->second);
  if (auto home = environment.find("HOME"); home != environment.end() && !home->second.empty())
    directories.push_back(Path(home->second) / ".hub");
  directories.emplace_back("/usr/local/share/hub");
  directories.emplace_back("/usr/share/hub");
  return directories;
}

Path FindExtension(const std::string& name, const Path& base_directory, const exec::ProcessEnv& environment) {
  for (const Path& directory : ExtensionDirectories(base_directory, environment)) {
    Path file = directory / name;
    if (IsFile(file) && ::access(file.c_str(), X_OK) == 0) return file;
  }
  return exec::FindOnPath(name, environment);
}

Path FindHook(const std::string& file, const Path& directory, const Path& base_directory,
              const exec::ProcessEnv& environment) {
  if (file.empty()) return {};
  if (file.starts_with('/')) return IsFile(file) ? Path(file) : Path();
  std::vector<Path> places{directory, base_directory, base_directory / "bin", base_directory / ".hub",
                           base_directory / ".hub" / "bin"};
  const std::vector<Path> extensions = ExtensionDirectories(base_directory, environment);
  places.insert(places.end(), extensions.begin() + 1, extensions.end());  // the first of them is among those before
  const bool bare = file.find('/') == std::string::npos;
  std::vector<std::string> forms{file};
  if (bare) forms.insert(forms.end(), {"bin/" + file, "_" + file});  // as the scripts of verbs are named
  for (const char* ending : {"", ".sh"}) {
    for (const Path& place : places) {
      for (const std::string& form : forms) {
        if (Path found = (place / (form + ending)).lexically_normal(); IsFile(found)) return found;
      }
    }
    if (!bare) continue;
    if (Path found = exec::FindOnPath(file + ending, environment); !found.empty()) return found;
  }
  return {};
}

bool Triggers(const Hook& hook, const std::string& point) {
  return std::any_of(hook.triggers.begin(), hook.triggers.end(),
                     [&](const std::string& pattern) { return ::fnmatch(pattern.c_str(), point.c_str(), 0) == 0; });
}

}  // namespace davit::drivers
