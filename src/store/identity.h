// Where a store lives (engine.md 3): machine, path, device and inode of its own file, so that a copy of a directory never takes over what
// belongs to the original.
#pragma once

#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace davit::store {

struct Identity {
  std::string machine_id;
  std::string path;
  uint64_t device = 0;
  uint64_t inode = 0;
};

Result<Identity> IdentityOf(const Path& file, const std::string& machine_id);
std::string Serialize(const Identity& identity);
Identity ParseIdentity(const std::string& text);

enum class Place { kSame, kMoved, kCopy };
/// moved: the same machine, and the old path holds that file no more.
Place Compare(const Identity& recorded, const Identity& now);

/// invalid_input on a network file system, where locks cannot be trusted.
Result<> CheckFileSystem(const Path& directory);

}  // namespace davit::store
