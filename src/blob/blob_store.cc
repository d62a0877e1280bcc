#include "blob/blob_store.h"

#include <sys/stat.h>

#include "base/digest.h"
#include "base/fault.h"

namespace davit::blob {

std::string BlobName(const secrets::Keyring& keyring, std::string_view kind, std::string_view bytes) {
  return Digester(keyring.digest_key()).Add(kind).AddRaw(bytes).Finish();
}

Result<std::string> FileBlobStore::Put(std::string_view kind, std::string_view bytes) {
  std::string name = BlobName(keyring_, kind, bytes);
  const Path file = FileOf(name);
  std::error_code error;
  if (std::filesystem::exists(file, error)) return name;
  const bool new_directory = !std::filesystem::exists(file.parent_path(), error);
  TRY(MakeDirectories(file.parent_path()));
  if (new_directory) TRY(SyncDirectory(directory_));
  TRY_ASSIGN(std::string sealed, keyring_.Seal(bytes));
  TRY(WriteFileAtomic(file, sealed));
  return name;
}

Result<std::string> FileBlobStore::Get(const std::string& name) const {
  if (name.size() < 3) return Fail(ErrorCode::kInternal, "'" + name + "' is no name of a blob");
  Result<std::string> sealed = ReadFile(FileOf(name));
  if (!sealed) {
    if (sealed.error().code != ErrorCode::kNotFound) return sealed;
    return Fail(ErrorCode::kNotFound, "the blob " + name.substr(0, 12) + " is missing: " + FileOf(name).string(),
                "restore .davit from a backup");
  }
  return keyring_.Open(*sealed);
}

size_t FileBlobStore::Sweep(const std::set<std::string>& referenced, int64_t before_ms) {
  size_t removed = 0;
  std::error_code error;
  for (const auto& folder : std::filesystem::directory_iterator(directory_, error)) {
    if (!folder.is_directory(error)) continue;
    for (const auto& item : std::filesystem::directory_iterator(folder.path(), error)) {
      if (referenced.contains(folder.path().filename().string() + item.path().filename().string())) continue;
      struct stat info {};
      if (::stat(item.path().c_str(), &info) != 0) continue;
      if (int64_t{info.st_mtim.tv_sec} * 1000 + info.st_mtim.tv_nsec / 1'000'000 >= before_ms) continue;
      if (!std::filesystem::remove(item.path(), error)) continue;
      ++removed;
      MAYBE_FAULT("blob.swept");
    }
  }
  return removed;
}

}  // namespace davit::blob
