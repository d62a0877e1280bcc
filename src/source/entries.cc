#include "source/entries.h"

#include <algorithm>

#include "base/digest.h"
#include "base/text.h"

namespace davit::source {
namespace {

constexpr int kMaxLinks = 40;  // as the kernel

bool PathBefore(const Entry& entry, std::string_view path) {
  return entry.path < path;
}

}  // namespace

std::pair<size_t, size_t> EntriesBelow(const std::vector<Entry>& entries, std::string_view directory) {
  if (directory.empty()) return {0, entries.size()};
  // '0' is the character after '/'.
  const std::string first = std::string(directory) + "/";
  const std::string last = std::string(directory) + "0";
  const auto begin = std::lower_bound(entries.begin(), entries.end(), first, PathBefore);
  const auto end = std::lower_bound(begin, entries.end(), last, PathBefore);
  return {static_cast<size_t>(begin - entries.begin()), static_cast<size_t>(end - entries.begin())};
}

const Entry* FindEntry(const std::vector<Entry>& entries, std::string_view path) {
  const auto found = std::lower_bound(entries.begin(), entries.end(), path, PathBefore);
  return found != entries.end() && found->path == path ? &*found : nullptr;
}

std::string DigestOfBundle(const std::string& base, const std::vector<Entry>& entries) {
  Digester digester;
  digester.Add("davit bundle 1").Add(base);
  for (const Entry& entry : entries) {
    digester.Add(entry.path).Add(entry.digest).Add(entry.link ? "link" : entry.executable ? "executable" : "file");
  }
  return digester.Finish();
}

std::string JoinPath(std::string_view directory, std::string_view name) {
  std::string path(directory);
  if (!path.empty() && !name.empty() && path.back() != '/') path += '/';
  path += name;
  return path;
}

std::string_view ParentOf(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

std::optional<std::string> PatternOfInput(const std::string& base, const std::string& glob) {
  std::string pattern = (Path(base) / glob).lexically_normal().string();
  while (pattern.ends_with('/')) pattern.pop_back();
  if (pattern.empty() || pattern.starts_with('/') || pattern == ".." || pattern.starts_with("../")) return std::nullopt;
  return pattern == "." ? "**" : pattern;
}

Links::Links(const std::vector<Entry>& entries) {
  for (const Entry& entry : entries) {
    if (entry.link) targets_.emplace(entry.path, &entry.target);
  }
}

Links::End Links::Follow(std::string_view path) const {
  std::string done;
  std::vector<std::string> ahead;  // the next part is the last element
  auto push = [&ahead](std::string_view more) {
    std::vector<std::string_view> parts = Split(more, '/');
    for (size_t i = parts.size(); i-- > 0;) ahead.emplace_back(parts[i]);
  };
  push(path);
  int links = 0;
  while (!ahead.empty()) {
    const std::string part = std::move(ahead.back());
    ahead.pop_back();
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (done.empty()) return {Way::kLeaves, {}};
      done = std::string(ParentOf(done));
      continue;
    }
    std::string next = JoinPath(done, part);
    const auto link = targets_.find(next);
    if (link == targets_.end()) {
      done = std::move(next);
      continue;
    }
    if (++links > kMaxLinks) return {Way::kLoops, {}};
    if (link->second->starts_with('/')) return {Way::kLeaves, {}};
    push(*link->second);
  }
  return {Way::kInside, std::move(done)};
}

}  // namespace davit::source
