#include <algorithm>
#include <optional>
#include <set>

#include "base/digest.h"
#include "source/entries.h"
#include "source/ignore.h"

namespace davit::source {
namespace {

/// Goes over parts of a bundle by what is in them, whatever their place in it: a directory more beside the stack changes no component.
class ModuleWalk {
 public:
  explicit ModuleWalk(const std::vector<Entry>& entries) : entries_(entries) {}
  virtual ~ModuleWalk() = default;
  ModuleWalk(const ModuleWalk&) = delete;
  ModuleWalk& operator=(const ModuleWalk&) = delete;

  Result<> Walk(const std::string& base, const std::vector<std::string>& directories,
                const std::vector<std::string>& globs) {
    for (const std::string& directory : directories) {
      Mark("directory");
      WalkTree(directory == "." ? "" : directory);
    }
    for (const std::string& glob : globs) TRY(WalkGlob(base, glob));
    return {};
  }

 private:
  /// What parts the entries, or says where they come from.
  virtual void Mark(std::string_view text) = 0;
  /// `name`: of the entry in its part.
  virtual void Take(const Entry& entry, std::string_view name) = 0;

  void WalkTree(std::string_view directory) {
    const auto [first, last] = EntriesBelow(entries_, directory);
    const size_t skip = directory.empty() ? 0 : directory.size() + 1;
    for (size_t i = first; i < last; ++i) Visit(entries_[i], std::string_view(entries_[i].path).substr(skip));
    Mark("end");
  }

  Result<> WalkGlob(const std::string& base, const std::string& glob) {
    const std::optional<std::string> pattern = PatternOfInput(base, glob);
    if (!pattern) {
      return Fail(ErrorCode::kInvalidInput, "inputs: '" + glob + "' names files outside of the stack",
                  "name files below the manifest's directory, or of a directory that the stack refers to");
    }
    const Glob file(*pattern);
    const Glob below(*pattern + "/**");
    const std::string prefix = file.LiteralPrefix();
    Mark("inputs");
    Mark(glob);
    auto add = [&](const Entry& entry) {
      if (file.Matches(entry.path) || below.Matches(entry.path)) {
        Visit(entry, Path(entry.path).lexically_relative(base.empty() ? "." : base).string());
      }
    };
    if (const Entry* entry = FindEntry(entries_, prefix)) add(*entry);
    const auto [first, last] = EntriesBelow(entries_, prefix);
    for (size_t i = first; i < last; ++i) add(entries_[i]);
    return {};
  }

  void Visit(const Entry& entry, std::string_view name) {
    Take(entry, name);
    if (entry.link) VisitTarget(entry);
  }

  /// A link's own digest does not change with what it leads to, and the tool reads that.
  void VisitTarget(const Entry& link) {
    if (!links_) links_.emplace(entries_);
    const Links::End end = links_->Follow(link.path);
    if (end.way != Links::Way::kInside || !followed_.insert(end.path).second) return;
    if (const Entry* target = FindEntry(entries_, end.path)) {
      Visit(*target, "target");
    } else {
      WalkTree(end.path);
    }
  }

  const std::vector<Entry>& entries_;
  std::optional<Links> links_;  // made where there is one: it looks at every entry of the bundle
  std::set<std::string> followed_;
};

class ModuleDigester final : public ModuleWalk {
 public:
  using ModuleWalk::ModuleWalk;
  std::string Finish() { return digester_.Finish(); }

 private:
  void Mark(std::string_view text) override { digester_.Add(text); }
  void Take(const Entry& entry, std::string_view name) override {
    digester_.Add(name).Add(entry.digest).Add(entry.link ? "link" : entry.executable ? "executable" : "file");
  }

  Digester digester_;
};

class ModuleLister final : public ModuleWalk {
 public:
  using ModuleWalk::ModuleWalk;
  std::vector<const Entry*> Finish() {
    const auto by_path = [](const Entry* a, const Entry* b) { return a->path < b->path; };
    std::sort(found_.begin(), found_.end(), by_path);
    found_.erase(std::unique(found_.begin(), found_.end()), found_.end());
    return std::move(found_);
  }

 private:
  void Mark(std::string_view) override {}
  void Take(const Entry& entry, std::string_view) override { found_.push_back(&entry); }

  std::vector<const Entry*> found_;
};

}  // namespace

Result<std::string> ModuleDigest(const Bundle& bundle, const std::vector<std::string>& directories,
                                 const std::vector<std::string>& globs) {
  ModuleDigester digester(bundle.entries);
  TRY(digester.Walk(bundle.base, directories, globs));
  return digester.Finish();
}

Result<std::vector<const Entry*>> ModuleFiles(const Bundle& bundle, const std::vector<std::string>& directories,
                                              const std::vector<std::string>& globs) {
  ModuleLister lister(bundle.entries);
  TRY(lister.Walk(bundle.base, directories, globs));
  return lister.Finish();
}

}  // namespace davit::source
