#include "runner/trees.h"

#include <algorithm>

#include "source/bundle.h"

namespace davit::runner {
namespace {

Path Inside(const Path& tree, const std::string& relative) {
  return relative.empty() ? tree : tree / relative;
}

/// Where a component's own copy of a directory lies: beside it, so that relative paths out of it still hold, and in the tree, so that it goes
/// with it. The same from run to run.
Path CopyOf(const Path& directory, const Path& tree, const std::string& component) {
  if (directory == tree) return tree / ("~" + component);
  return directory.parent_path() / (directory.filename().string() + "~" + component);
}

/// What a tool could not store where it belongs is never thrown away.
bool IsState(const Path& file) {
  return file.extension() == ".tfstate";
}

/// Removes what an earlier attempt left in a copy.
std::error_code Empty(const Path& copy) {
  std::error_code error;
  if (!std::filesystem::is_directory(std::filesystem::symlink_status(copy, error))) {
    std::filesystem::remove(copy, error);
    return error;
  }
  std::vector<Path> old;
  for (const auto& item : std::filesystem::directory_iterator(copy, error)) {
    if (!IsState(item.path())) old.push_back(item.path());
  }
  for (const Path& path : old) {
    if (error) break;
    std::filesystem::remove_all(path, error);
  }
  return error;
}

/// Tools of other components may be at work in `from`: what vanishes meanwhile is left out.
std::error_code CopyInto(const Path& from, const Path& to, const std::set<Path>& left_out) {
  std::error_code error;
  std::filesystem::create_directories(to, error);
  if (error) return error;
  for (const auto& item : std::filesystem::directory_iterator(from, error)) {
    if (left_out.contains(item.path())) continue;
    const Path target = to / item.path().filename();
    std::error_code failed;
    if (item.is_symlink(failed)) {
      std::filesystem::copy_symlink(item.path(), target, failed);
    } else if (item.is_directory(failed)) {
      failed = CopyInto(item.path(), target, left_out);
    } else if (item.is_regular_file(failed)) {
      std::filesystem::copy_file(item.path(), target, std::filesystem::copy_options::overwrite_existing, failed);
    }
    if (failed && failed != std::errc::no_such_file_or_directory) return failed;
  }
  return error == std::errc::no_such_file_or_directory ? std::error_code() : error;
}

Result<> CopyDirectory(const Path& from, const Path& to, const std::set<Path>& left_out) {
  std::error_code error = Empty(to);
  if (!error) error = CopyInto(from, to, left_out);
  if (error) return FailErrno(error.value(), "cannot copy " + from.string() + " to " + to.string());
  return {};
}

}  // namespace

/// Trees that a davit which was killed left. Whoever lays out has the deployment's lock, so nobody else works in one.
void Trees::RemoveLeft(const Path& main_tree) {
  std::error_code error;
  for (const auto& item : std::filesystem::directory_iterator(main_tree.parent_path(), error)) {
    if (!item.path().filename().string().starts_with("tree-")) continue;
    Path tree = item.path();
    if (tree.extension() == ".stat") tree.replace_extension();
    if (!trees_.contains(tree)) std::filesystem::remove_all(item.path(), error);
  }
}

Result<Path> Trees::LaidOut(const control::Lease& lease) {
  Path tree = MainTree(lease);
  if (!trees_.contains(tree) && !lease.preview) RemoveLeft(tree);
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

Result<Place> Trees::Take(const control::Lease& lease, const drivers::Driver& driver) {
  if (lease.in_place) return Place{lease.module_path, lease.base_path, self_};
  TRY_ASSIGN(const Path tree, LaidOut(lease));
  Place place{Inside(tree, lease.module_path), Inside(tree, lease.base_path), self_};
  // What is rendered has values of this component in it.
  if (lease.shared_directory || !lease.templates.empty() ||
      driver.WritesIntoModule(lease.module, place.module_directory)) {
    const Path copy = CopyOf(place.module_directory, tree, lease.component);
    copies_.insert(copy);
    TRY(CopyDirectory(place.module_directory, copy, copies_));
    place.module_directory = copy;
    if (!lease.templates.empty()) rendered_[lease.attempt] = copy;
  }
  ++trees_[tree].users;
  used_[lease.attempt] = tree;
  return place;
}

Result<Place> Trees::Found(const control::Lease& lease) {
  if (lease.in_place) return Place{lease.module_path, lease.base_path, self_};
  std::error_code error;
  Place place;
  place.module_directory = std::filesystem::read_symlink(lease.attempt_directory / "module", error);
  if (error)
    return Fail(ErrorCode::kNotFound, "the directory of " + lease.component + "'s interrupted attempt is gone");
  Path tree = MainTree(lease);
  const Path spare = Path(tree.string() + "-" + lease.bundle.substr(0, 12));
  if (place.module_directory.string().starts_with(spare.string())) tree = spare;
  place.base_directory = Inside(tree, lease.base_path);
  place.self = self_;
  ++trees_[tree].users;
  used_[lease.attempt] = tree;
  return place;
}

void Trees::Release(const control::Lease& lease) {
  auto used = used_.find(lease.attempt);
  if (used == used_.end()) return;
  --trees_[used->second].users;
  // What was rendered may hold secrets.
  if (const auto rendered = rendered_.extract(lease.attempt); !rendered.empty()) (void)Empty(rendered.mapped());
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
