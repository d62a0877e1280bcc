#include "skeleton/skeleton.h"

#include <fcntl.h>

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "manifest/component_name.h"
#include "render/template.h"
#include "yaml/emit.h"

namespace davit::skeleton {
namespace {

/// MY_APP of my-app; of a name that begins with a digit _1ST.
std::string VariableOf(std::string_view name) {
  std::string variable;
  for (const char c : name)
    variable += std::isalnum(static_cast<unsigned char>(c)) ? static_cast<char>(std::toupper(c)) : '_';
  return variable.empty() || std::isdigit(static_cast<unsigned char>(variable[0])) ? "_" + variable : variable;
}

bool IsThere(const Path& path) {
  std::error_code error;
  return std::filesystem::symlink_status(path, error).type() != std::filesystem::file_type::not_found;
}

}  // namespace

Result<> CheckName(std::string_view what, std::string_view name) {
  if (manifest::IsComponentName(name)) return {};
  return Fail(ErrorCode::kInvalidInput,
              "'" + StripControls(ValidUtf8(name)) + "' cannot be the name of a " + std::string(what),
              manifest::kComponentNameRule);
}

Result<std::vector<NewFile>> FilesOf(std::string_view skeleton, const std::string& name) {
  const ValueMap values = {{"name", {json::string(name)}},
                           {"variable", {json::string(VariableOf(name))}},
                           {"yaml_name", {json::string(Trim(yaml::EmitYaml(json::string(name))))}}};
  const std::string prefix = std::string(skeleton) + "/";
  std::vector<NewFile> files;
  for (const EmbeddedFile& embedded : EmbeddedFiles()) {
    if (!embedded.path.starts_with(prefix)) continue;
    TRY_ASSIGN(std::string text, render::Render({"mustache", std::string(embedded.path), embedded.text}, values));
    const unsigned mode = text.starts_with("#!") ? 0755 : 0644;
    files.push_back({embedded.path.substr(prefix.size()), std::move(text), mode});
  }
  return files;
}

std::vector<std::string_view> ComponentKinds() {
  constexpr std::string_view kPrefix = "component-";
  std::vector<std::string_view> kinds;
  for (const EmbeddedFile& file : EmbeddedFiles()) {
    if (!file.path.starts_with(kPrefix)) continue;
    const std::string_view kind = file.path.substr(kPrefix.size(), file.path.find('/') - kPrefix.size());
    if (std::find(kinds.begin(), kinds.end(), kind) == kinds.end()) kinds.push_back(kind);
  }
  return kinds;
}

NewFiles::~NewFiles() {
  std::error_code error;  // what others have put into a directory meanwhile keeps it
  for (auto path = made_.rbegin(); path != made_.rend(); ++path) std::filesystem::remove(*path, error);
}

Result<> NewFiles::Add(const std::vector<NewFile>& files) {
  for (const NewFile& file : files) {
    const Path path = (directory_ / file.path).lexically_normal();
    std::error_code error;
    const bool in_a_file =
        std::filesystem::exists(directory_, error) && !std::filesystem::is_directory(directory_, error);
    if (in_a_file)
      return Fail(ErrorCode::kInvalidInput, directory_.string() + " is a file, and nothing was written",
                  "move it away, or name another directory");
    if (IsThere(path))
      return Fail(ErrorCode::kConflict, "there is a " + path.string() + " already, and nothing was written",
                  "move it away, or name another directory");
  }
  for (const NewFile& file : files) {
    const Path path = (directory_ / file.path).lexically_normal();
    TRY(MakeDirectory(path.parent_path()));
    TRY_ASSIGN(const Fd fd, OpenFile(path, O_WRONLY | O_CREAT | O_EXCL, file.mode));
    made_.push_back(path);
    TRY(WriteAll(fd.get(), file.content));
  }
  return {};
}

Result<> NewFiles::MakeDirectory(const Path& path) {
  if (path.empty() || IsThere(path)) return {};
  TRY(MakeDirectory(path.parent_path()));
  TRY(MakeDirectories(path, 0777));
  made_.push_back(path);
  return {};
}

}  // namespace davit::skeleton
