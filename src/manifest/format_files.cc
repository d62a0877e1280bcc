#include "manifest/format_files.h"

#include <set>

#include "manifest/read.h"

namespace davit::manifest {
namespace {

bool IsManifest(const std::string& name) {
  return name == "stack.yaml" || name == "hub.yaml";
}

bool IsOfStack(const std::string& name) {
  return IsManifest(name) || name == "component.yaml" || name == "hub-component.yaml" ||
         (name.starts_with("params") && name.ends_with(".yaml"));
}

}  // namespace

Result<std::vector<Path>> FilesToFormat(const Path& directory) {
  std::set<Path> files;
  std::set<Path> read;
  const Path absolute = std::filesystem::absolute(directory).lexically_normal();
  std::error_code failed;
  for (auto entry = std::filesystem::directory_iterator(directory, failed);
       !failed && entry != std::filesystem::directory_iterator(); entry.increment(failed)) {
    const std::string name = entry->path().filename().string();
    std::error_code ignored;
    if (!IsOfStack(name) || !entry->is_regular_file(ignored)) continue;
    files.insert((directory / name).lexically_normal());
    if (!IsManifest(name)) continue;
    const std::unique_ptr<Source> disk = DiskSource({}, nullptr);
    RecordingSource source(*disk);
    SourceMap map;
    Diagnostics diagnostics;
    Stack stack;
    ReadOptions options;
    options.directory = directory / name;
    (void)ReadDeclarations(options, source, map, diagnostics, stack);  // as far as it comes
    for (const Path& file : source.read()) read.insert(file.lexically_normal());
  }
  if (failed) return FailErrno(failed.value(), "cannot read " + directory.string());
  for (const Path& file : read) {
    const Path below = file.lexically_relative(absolute);
    if (!below.empty() && *below.begin() != "..") files.insert((directory / below).lexically_normal());
  }
  if (files.empty()) {
    return Fail(ErrorCode::kNotFound, "there is no file of a stack in " + directory.string(),
                "name a file, or the directory of a stack, as in: davit fmt DIR");
  }
  return std::vector<Path>(files.begin(), files.end());
}

}  // namespace davit::manifest
