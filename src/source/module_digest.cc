#include <set>

#include "base/digest.h"
#include "source/entries.h"
#include "source/ignore.h"

namespace davit::source {
namespace {

/// Digests parts of a bundle by what is in them, whatever their place in it: a directory more beside the stack changes no component.
class ModuleDigester {
 public:
  explicit ModuleDigester(const std::vector<Entry>& entries) : entries_(entries), links_(entries) {}

  void AddTree(std::string_view directory) {
    const auto [first, last] = EntriesBelow(entries_, directory);
    const size_t skip = directory.empty() ? 0 : directory.size() + 1;
    for (size_t i = first; i < last; ++i) AddEntry(entries_[i], std::string_view(entries_[i].path).substr(skip));
    digester_.Add("end");
  }

  void AddEntry(const Entry& entry, std::string_view name) {
    digester_.Add(name).Add(entry.digest).Add(entry.link ? "link" : entry.executable ? "executable" : "file");
    if (entry.link) AddTarget(entry);
  }

  std::string Finish() { return digester_.Finish(); }
  Digester& digester() { return digester_; }

 private:
  /// A link's own digest does not change with what it leads to, and the tool reads that.
  void AddTarget(const Entry& link) {
    const Links::End end = links_.Follow(link.path);
    if (end.way != Links::Way::kInside || !followed_.insert(end.path).second) return;
    if (const Entry* target = FindEntry(entries_, end.path)) {
      AddEntry(*target, "target");
    } else {
      AddTree(end.path);
    }
  }

  const std::vector<Entry>& entries_;
  Links links_;
  Digester digester_;
  std::set<std::string> followed_;
};

}  // namespace

Result<std::string> ModuleDigest(const Bundle& bundle, const std::vector<std::string>& directories,
                                 const std::vector<std::string>& globs) {
  ModuleDigester digester(bundle.entries);
  for (const std::string& directory : directories) {
    digester.digester().Add("directory");
    digester.AddTree(directory == "." ? "" : directory);
  }
  for (const std::string& glob : globs) {
    std::string pattern = (Path(bundle.base) / glob).lexically_normal().string();
    while (pattern.ends_with('/')) pattern.pop_back();
    if (pattern.empty() || pattern.starts_with('/') || pattern == ".." || pattern.starts_with("../")) {
      return Fail(ErrorCode::kInvalidInput, "inputs: '" + glob + "' names files outside of the stack",
                  "name files below the manifest's directory, or of a directory that the stack refers to");
    }
    if (pattern == ".") pattern = "**";
    // A pattern that names a directory means all that is in it.
    const Glob file(pattern);
    const Glob below(pattern + "/**");
    const std::string prefix = file.LiteralPrefix();
    digester.digester().Add("inputs").Add(glob);
    auto add = [&](const Entry& entry) {
      if (file.Matches(entry.path) || below.Matches(entry.path)) {
        digester.AddEntry(entry, Path(entry.path).lexically_relative(bundle.base.empty() ? "." : bundle.base).string());
      }
    };
    if (const Entry* entry = FindEntry(bundle.entries, prefix)) add(*entry);
    const auto [first, last] = EntriesBelow(bundle.entries, prefix);
    for (size_t i = first; i < last; ++i) add(bundle.entries[i]);
  }
  return digester.Finish();
}

}  // namespace davit::source
