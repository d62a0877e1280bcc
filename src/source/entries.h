// What collecting, packing, laying out and digests share: lookups in a bundle's sorted entries, and where its symbolic links lead. Pure;
// any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "source/bundle.h"

namespace davit::source {

/// [first, last) of the entries below `directory` ("" = all).
std::pair<size_t, size_t> EntriesBelow(const std::vector<Entry>& entries, std::string_view directory);
const Entry* FindEntry(const std::vector<Entry>& entries, std::string_view path);
/// What Bundle::digest is.
std::string DigestOfBundle(const std::string& base, const std::vector<Entry>& entries);
/// "a/b" and "c" → "a/b/c"; either may be empty.
std::string JoinPath(std::string_view directory, std::string_view name);
std::string_view ParentOf(std::string_view path);
/// A glob of `inputs:`, which is relative to `base`, relative to the bundle's root; a directory means all that is in it. nullopt where it
/// names files outside of the bundle.
std::optional<std::string> PatternOfInput(const std::string& base, const std::string& glob);

/// Follows symbolic links as the kernel would, inside the bundle only.
class Links {
 public:
  explicit Links(const std::vector<Entry>& entries);
  enum class Way { kInside, kLeaves, kLoops };
  struct End {
    Way way = Way::kInside;
    std::string path;  // relative to the root, without links; where kInside
  };
  End Follow(std::string_view path) const;

 private:
  std::unordered_map<std::string, const std::string*> targets_;
};

}  // namespace davit::source
