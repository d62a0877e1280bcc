#include "source/archive.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <unordered_map>

#include "base/digest.h"
#include "base/json.h"
#include "base/text.h"
#include "source/entries.h"
#include "source/walk.h"

namespace davit::source {
namespace {

constexpr std::string_view kMagic = "davit bundle 1\n";
constexpr size_t kFrame = kMagic.size() + 8;

tl::unexpected<Error> Damaged(const std::string& how) {
  return Fail(ErrorCode::kInvalidInput, "the bundle cannot be used: " + how,
              "submit the stack again, so that its files are packed anew");
}

tl::unexpected<Error> Changed(const Path& path) {
  return Fail(ErrorCode::kConflict, path.string() + " changed while it was packed",
              "wait until nothing writes it, or leave it out of the stack with a line in .davitignore");
}

bool SafePath(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) return false;
  for (std::string_view part : Split(path, '/')) {
    if (part.empty() || part == "." || part == "..") return false;
  }
  return true;
}

Result<Entry> ReadEntry(const json::value& value) {
  const json::array* fields = value.if_array();
  if (fields == nullptr || fields->size() < 4) return Damaged("an entry of its header is not one");
  const json::string* path = (*fields)[0].if_string();
  const json::string* kind = (*fields)[1].if_string();
  const json::string* digest = (*fields)[2].if_string();
  const int64_t* size = (*fields)[3].if_int64();
  if (path == nullptr || kind == nullptr || digest == nullptr || size == nullptr || *size < 0) {
    return Damaged("an entry of its header has a wrong type");
  }
  Entry entry;
  entry.path = std::string(*path);
  entry.digest = std::string(*digest);
  entry.size = static_cast<uint64_t>(*size);
  entry.executable = *kind == "x";
  entry.manifest = *kind == "m";
  entry.link = *kind == "l";
  if (entry.link) {
    const json::string* target = fields->size() > 4 ? (*fields)[4].if_string() : nullptr;
    if (target == nullptr) return Damaged("the link " + entry.path + " has no target");
    entry.target = std::string(*target);
    if (entry.target.empty() || entry.target.find('\0') != std::string::npos ||
        DigestOf(entry.target) != entry.digest) {
      return Damaged("the link " + entry.path + " has a wrong target");
    }
  }
  if (!SafePath(entry.path)) return Damaged("the path '" + ValidUtf8(entry.path) + "' would lie outside of its tree");
  return entry;
}

/// Sorted, none twice, none below a file or a link, no link that leaves.
Result<> CheckTree(const std::vector<Entry>& entries) {
  for (size_t i = 1; i < entries.size(); ++i) {
    if (entries[i - 1].path >= entries[i].path) return Damaged("its entries are not in order at " + entries[i].path);
  }
  const Links links(entries);
  for (const Entry& entry : entries) {
    for (std::string_view parent = ParentOf(entry.path); !parent.empty(); parent = ParentOf(parent)) {
      if (FindEntry(entries, parent) != nullptr)
        return Damaged(entry.path + " lies below something that is no directory");
    }
    if (entry.link && links.Follow(entry.path).way == Links::Way::kLeaves) {
      return Damaged("the link " + entry.path + " leads out of its tree");
    }
  }
  return {};
}

}  // namespace

std::string EncodeHeader(const Bundle& bundle) {
  json::array entries;
  entries.reserve(bundle.entries.size());
  for (const Entry& entry : bundle.entries) {
    json::array fields{entry.path,
                       entry.link         ? "l"
                       : entry.manifest   ? "m"
                       : entry.executable ? "x"
                                          : "f",
                       entry.digest, static_cast<int64_t>(entry.size)};
    if (entry.link) fields.emplace_back(entry.target);
    entries.push_back(std::move(fields));
  }
  const std::string text = json::serialize(
      json::object{{"v", 1}, {"digest", bundle.digest}, {"base", bundle.base}, {"entries", std::move(entries)}});
  std::string header(kMagic);
  for (int i = 0; i < 8; ++i) header += static_cast<char>(static_cast<uint64_t>(text.size()) >> (8 * i));
  return header + text;
}

Result<Archive> ReadArchive(std::string_view bytes) {
  if (bytes.size() < kFrame || !bytes.starts_with(kMagic)) return Damaged("it does not begin as one");
  uint64_t length = 0;
  for (size_t i = 0; i < 8; ++i) length |= uint64_t{static_cast<unsigned char>(bytes[kMagic.size() + i])} << (8 * i);
  if (length > bytes.size() - kFrame) return Damaged("it is cut short");
  Result<json::value> header = ParseJson(bytes.substr(kFrame, length));
  if (!header || !header->is_object()) return Damaged("its header is not JSON");
  const json::object& object = header->as_object();
  if (GetInt(object, "v") != 1) return Damaged("it was made by another version of davit");
  const json::array* entries = GetArray(object, "entries");
  if (entries == nullptr || entries->size() > kMaxBundleFiles) return Damaged("its header has no list of entries");

  Archive archive;
  archive.bundle.digest = GetString(object, "digest");
  archive.bundle.base = GetString(object, "base");
  if (!archive.bundle.base.empty() && !SafePath(archive.bundle.base))
    return Damaged("its base lies outside of its tree");
  std::string_view rest = bytes.substr(kFrame + length);
  std::unordered_map<std::string, std::string_view> seen;
  for (const json::value& value : *entries) {
    TRY_ASSIGN(Entry entry, ReadEntry(value));
    std::string_view content;
    if (!entry.link) {
      auto [place, added] = seen.try_emplace(entry.digest);
      if (added) {
        if (entry.size > rest.size()) return Damaged("it is cut short");
        place->second = rest.substr(0, entry.size);
        rest.remove_prefix(entry.size);
      }
      content = place->second;
      if (content.size() != entry.size) return Damaged("the size of " + entry.path + " is wrong");
    }
    archive.contents.push_back(content);
    archive.bundle.entries.push_back(std::move(entry));
  }
  if (!rest.empty()) return Damaged("it has bytes that belong to nothing");
  TRY(CheckTree(archive.bundle.entries));
  if (DigestOfBundle(archive.bundle.base, archive.bundle.entries) != archive.bundle.digest)
    return Damaged("its header was altered");
  return archive;
}

Result<Bundle> ReadHeader(std::string_view archive) {
  TRY_ASSIGN(Archive read, ReadArchive(archive));
  return std::move(read.bundle);
}

Result<std::string> Pack(const Bundle& bundle) {
  std::string archive = EncodeHeader(bundle);
  uint64_t total = archive.size();
  for (const Entry& entry : bundle.entries) total += entry.link ? 0 : entry.size;
  archive.reserve(total);
  std::unordered_map<std::string_view, bool> seen;
  for (const Entry& entry : bundle.entries) {
    if (entry.link || !seen.try_emplace(entry.digest, true).second) continue;
    const Path path = bundle.root / entry.path;
    Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd)
      return errno == ENOENT || errno == ELOOP ? Changed(path) : FailErrno(errno, "cannot open " + path.string());
    const size_t start = archive.size();
    archive.resize(start + entry.size);
    size_t used = 0;
    while (used < entry.size) {
      const ssize_t got = ::read(fd.get(), archive.data() + start + used, entry.size - used);
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return FailErrno(errno, "cannot read " + path.string());
      if (got == 0) return Changed(path);
      used += static_cast<size_t>(got);
    }
    if (DigestOf(std::string_view(archive).substr(start)) != entry.digest) return Changed(path);
    char more = 0;
    if (::read(fd.get(), &more, 1) != 0) return Changed(path);
  }
  return archive;
}

}  // namespace davit::source
