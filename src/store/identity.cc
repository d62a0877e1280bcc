#include "store/identity.h"

#include <sys/stat.h>
#include <sys/vfs.h>

#include <cerrno>

#include "base/json.h"

namespace davit::store {

Result<Identity> IdentityOf(const Path& file, const std::string& machine_id) {
  struct stat info {};
  if (::stat(file.c_str(), &info) != 0) return FailErrno(errno, "cannot look at " + file.string());
  std::error_code error;
  Identity identity;
  identity.machine_id = machine_id;
  identity.path = std::filesystem::weakly_canonical(file, error).string();
  identity.device = info.st_dev;
  identity.inode = info.st_ino;
  return identity;
}

std::string Serialize(const Identity& identity) {
  return json::serialize(json::object{{"v", 1},
                                      {"machine_id", identity.machine_id},
                                      {"path", identity.path},
                                      {"device", static_cast<int64_t>(identity.device)},
                                      {"inode", static_cast<int64_t>(identity.inode)}});
}

Identity ParseIdentity(const std::string& text) {
  Identity identity;
  if (Result<json::value> value = ParseJson(text); value && value->is_object()) {
    const json::object& object = value->as_object();
    identity.machine_id = GetString(object, "machine_id");
    identity.path = GetString(object, "path");
    identity.device = static_cast<uint64_t>(GetInt(object, "device"));
    identity.inode = static_cast<uint64_t>(GetInt(object, "inode"));
  }
  return identity;
}

Place Compare(const Identity& recorded, const Identity& now) {
  const bool same_file = recorded.device == now.device && recorded.inode == now.inode;
  if (recorded.machine_id == now.machine_id && recorded.path == now.path && same_file) return Place::kSame;
  if (recorded.machine_id != now.machine_id) return Place::kCopy;
  struct stat info {};
  const bool old_is_gone = ::stat(recorded.path.c_str(), &info) != 0;
  return recorded.path != now.path && old_is_gone ? Place::kMoved : Place::kCopy;
}

Result<> CheckFileSystem(const Path& directory) {
  struct statfs info {};
  if (::statfs(directory.c_str(), &info) != 0) return FailErrno(errno, "cannot look at " + directory.string());
  const char* name = nullptr;
  switch (static_cast<unsigned long>(info.f_type)) {
    case 0x6969:
      name = "NFS";
      break;
    case 0xFF534D42:
    case 0xFE534D42:
    case 0x517B:
      name = "SMB";
      break;
    case 0x01021997:
      name = "9p";
      break;
    case 0x5346414F:
      name = "AFS";
      break;
    case 0x00C36400:
      name = "Ceph";
      break;
    default:
      return {};
  }
  return Fail(ErrorCode::kInvalidInput,
              directory.string() + " is on a network file system (" + name + "), where locks cannot be trusted",
              "keep the stack on a local disk");
}

}  // namespace davit::store
