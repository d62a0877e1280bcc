#include "runner/trees.h"

#include <algorithm>

#include "source/bundle.h"

namespace davit::runner {
namespace {

Path Inside(const Path& tree, const std::string& relative) {
  return relative.empty() ? tree : tree / relative;
}

/// A copy beside the directory, so that relative paths out of it still hold.
Path SiblingOf(const Path& directory, const std::string& component) {
  return directory.parent_path() / (directory.filename().string() + "~" + component);
}

Result<> CopyDirectory(const Path& from, const Path& to) {
  using Options = std::filesystem::copy_options;
  std::error_code error;
  std::filesystem::remove_all(to, error);
  std::filesystem::create_directories(to, error);
  for (const auto& item : std::filesystem::directory_iterator(from, error)) {
    // Copies of neighbours stand in here where the directory is the whole tree.
    if (item.path().filename().string().find('~') != std::string::npos && item.is_directory()) continue;
    std::filesystem::copy(item.path(), to / item.path().filename(),
                          Options::recursive | Options::copy_symlinks | Options::overwrite_existing, error);
    if (error) break;
  }
  if (!error) return {};
  Result<> failed = FailErrno(error.value(), "cannot copy " + from.string() + " to " + to.string());
  return failed;
}

}  // namespace

Result<Path> Trees::LaidOut(const control::Lease& lease) {
  Path tree = MainTree(lease);
  if (const Tree& main = trees_[tree]; main.bundle != lease.bundle && main.users > 0)
    tree += "-" + lease.bundle.substr(0, 12);
  Tree& chosen = trees_[tree];
  if (chosen.bundle != lease.bundle) {
    TRY_ASSIGN(const std::string archive, client_.GetBundle(lease.bundle));
    TRY(source::LayOut(archive, tree));
    chosen.bundle = lease.bundle;
  }
  return tree;
}

Result<Place> Trees::Take(const control::Lease& lease) {
  TRY_ASSIGN(const Path tree, LaidOut(lease));
  Place place{Inside(tree, lease.module_path), Inside(tree, lease.base_path)};
  if (lease.shared_directory) {
    const Path copy = SiblingOf(place.module_directory, lease.component);
    TRY(CopyDirectory(place.module_directory, copy));
    place.module_directory = copy;
  }
  ++trees_[tree].users;
  used_[lease.attempt] = tree;
  return place;
}

Result<Place> Trees::Found(const control::Lease& lease) {
  std::error_code error;
  Place place;
  place.module_directory = std::filesystem::read_symlink(lease.attempt_directory / "module", error);
  if (error)
    return Fail(ErrorCode::kNotFound, "the directory of " + lease.component + "'s interrupted attempt is gone");
  Path tree = MainTree(lease);
  const Path spare = Path(tree.string() + "-" + lease.bundle.substr(0, 12));
  if (place.module_directory.string().starts_with(spare.string())) tree = spare;
  place.base_directory = Inside(tree, lease.base_path);
  ++trees_[tree].users;
  used_[lease.attempt] = tree;
  return place;
}

void Trees::Release(const control::Lease& lease) {
  auto used = used_.find(lease.attempt);
  if (used == used_.end()) return;
  --trees_[used->second].users;
  used_.erase(used);
}

void Trees::RemoveSpare() {
  for (auto tree = trees_.begin(); tree != trees_.end();) {
    if (tree->second.users > 0 || tree->first.filename() == "tree") {
      ++tree;
      continue;
    }
    std::error_code error;
    std::filesystem::remove_all(tree->first, error);
    std::filesystem::remove(tree->first.string() + ".stat", error);
    tree = trees_.erase(tree);
  }
}

}  // namespace davit::runner
