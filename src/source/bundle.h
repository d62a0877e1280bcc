// Bundles (engine.md 5): the content-addressed archive of a stack's files, how it is collected (ignore files read by our own code, no
// process started), packed, and laid out as a tree. Digests come from a stat cache, so an unchanged stack reads no file. Any thread;
// a StatCache belongs to one.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace davit::source {

/// Digests of files by (device, inode, size, mtime, ctime). As git does with racy timestamps, a file that had changed within the same tick of
/// the clock in which it was read is read again. Kept in a file that may be deleted at any time.
class StatCache {
 public:
  /// A missing or broken file is an empty cache; no path at all is one that is not kept.
  static std::unique_ptr<StatCache> Open(const Path& file);
  virtual ~StatCache() = default;
  virtual Result<std::string> DigestOfFile(const Path& path) = 0;
  /// Writes it back if it changed (temporary file, rename; no fsync: it is a cache).
  virtual Result<> Save() = 0;
};

struct Entry {
  std::string path;    // relative to the bundle's root, '/' separated
  std::string digest;  // of the content; of the target for a symbolic link
  bool executable = false;
  bool link = false;
  bool manifest =
      false;  // read by davit alone: it may hold secrets, so it is in the sealed archive but not in the tree
  uint64_t size = 0;
  std::string target;  // of a symbolic link
};

struct BundleRequest {
  Path base_directory;                 // the manifest's
  std::vector<Path> more_directories;  // outside it: source dirs, local modules; kept at the same relative positions
  std::vector<Path> manifest_files;    // absolute; those that are in the bundle are marked (Entry::manifest)
};

struct Bundle {
  std::string digest;                 // over entries and layout
  Path root;                          // common root on this machine; entries are relative to it
  std::string base;                   // the manifest's directory below root ("" = root itself)
  std::vector<Entry> entries;         // sorted by path
  std::vector<std::string> warnings;  // an ignored *.tfvars beside a module
  /// `directory` (absolute, on this machine) inside the bundle, relative to root.
  std::string Relative(const Path& directory) const;
};

/// Collects without reading unchanged files. Leaves out .git, .davit, .terraform, what .gitignore and .davitignore say.
Result<Bundle> Collect(const BundleRequest& request, StatCache& cache);
/// Digest of the parts of a bundle below the given directories plus files matching globs relative to base: a component's module digest.
/// invalid_input where a glob names files outside of the bundle.
Result<std::string> ModuleDigest(const Bundle& bundle, const std::vector<std::string>& directories,
                                 const std::vector<std::string>& globs);
/// The files of which ModuleDigest is made, each once, by path; they live as long as the bundle. Errors: the same.
Result<std::vector<const Entry*>> ModuleFiles(const Bundle& bundle, const std::vector<std::string>& directories,
                                              const std::vector<std::string>& globs);
/// What one of a component's `inputs:` names.
enum class InputsMatch { kFiles, kNothing, kOutside };
/// Of each of `globs`, in the words of ModuleDigest: files of the bundle that the request would make, none of them, or something that no
/// bundle of it can hold. Walks the directories; reads no file. Errors: a directory that cannot be read.
Result<std::vector<InputsMatch>> MatchInputs(const BundleRequest& request, const std::vector<std::string>& globs);
/// The archive: header JSON and contents. Errors: conflict where a file changed while it was read.
Result<std::string> Pack(const Bundle& bundle);
/// Lays an archive out in `directory`, but for the manifest's files: writes what differs, removes what is not in it; a second call with the same archive and an
/// untouched tree only looks at stats. Never follows a link out of the tree; paths that would leave it are invalid_input.
Result<> LayOut(std::string_view archive, const Path& directory);
/// Header of an archive, for reading relative positions back.
Result<Bundle> ReadHeader(std::string_view archive);

}  // namespace davit::source
