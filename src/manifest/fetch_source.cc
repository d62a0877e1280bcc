#include "manifest/fetch_source.h"

#include <utility>

namespace davit::manifest {

const std::string& CloneOf(const ComponentEntry& component) {
  return component.source.git_local_dir.empty() ? component.name.text : component.source.git_local_dir;
}

bool IsFetched(const SourceDeclaration& source) {
  return source.dir.empty() && !source.git && !source.text.empty();
}

std::optional<Path> FetchSource(const FetchGit& fetch, ComponentEntry& component, Diagnostics& diagnostics) {
  SourceDeclaration& source = component.source;
  const std::string who = "component '" + component.name.text + "': ";
  Result<FetchedSource> fetched = fetch({source.git_remote, source.git_ref, source.git_sub_dir});
  if (!fetched) {
    Error error = std::move(fetched).error();
    error.message = who + error.message;
    error.position = component.source_pos;
    diagnostics.Add(std::move(error));
    return std::nullopt;
  }
  if (!fetched->note.empty())
    diagnostics.AddWarning("git-source", who + fetched->note, component.source_pos, fetched->suggestion);
  source.git = false;
  source.text = source.git_remote + "@" + fetched->commit;
  if (!source.git_sub_dir.empty()) source.text += "//" + source.git_sub_dir;
  return std::move(fetched->directory);
}

}  // namespace davit::manifest
