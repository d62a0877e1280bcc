#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "base/digest.h"
#include "base/text.h"
#include "source/entries.h"
#include "source/ignore.h"
#include "source/walk.h"

namespace davit::source {
namespace {

constexpr size_t kMaxNotes = 20;

/// Without links; also where the end of the path does not exist.
Path RealPath(const Path& path) {
  if (char* real = ::realpath(path.c_str(), nullptr)) {
    Path result(real);
    std::free(real);
    return result;
  }
  std::error_code error;
  Path result = std::filesystem::weakly_canonical(std::filesystem::absolute(path, error), error);
  if (error) result = std::filesystem::absolute(path, error).lexically_normal();
  return result.has_filename() ? result : result.parent_path();
}

/// `path` relative to `root`, both real and absolute; `path` lies in it.
std::string Inside(const std::string& root, const std::string& path) {
  if (path.size() <= root.size()) return "";
  return path.substr(root == "/" ? 1 : root.size() + 1);
}

bool IsBelow(const std::string& directory, const std::string& path) {
  if (directory == "/") return true;
  return path.starts_with(directory) && (path.size() == directory.size() || path[directory.size()] == '/');
}

std::string CommonDirectory(const std::string& a, const std::string& b) {
  std::string common = a;
  while (!IsBelow(common, b)) {
    const size_t slash = common.rfind('/');
    common = slash == 0 ? "/" : common.substr(0, slash);
  }
  return common;
}

std::string Megabytes(uint64_t bytes) {
  return std::to_string(bytes >> 20) + " MB";
}

Result<> CheckSize(const std::vector<Found>& found) {
  uint64_t total = 0;
  const Found* largest = nullptr;
  for (const Found& file : found) {
    total += file.size;
    if (largest == nullptr || file.size > largest->size) largest = &file;
  }
  if (total <= kMaxBundleBytes) return {};
  return Fail(ErrorCode::kExhausted,
              "the files of this stack are " + Megabytes(total) + ", and a bundle holds " + Megabytes(kMaxBundleBytes) +
                  ": the largest is " + largest->path + " (" + Megabytes(largest->size) + ")",
              "list what a deployment does not need in .davitignore");
}

/// One error of all problems, so that they are mended in one go.
Result<> FailAll(std::vector<Error> problems) {
  if (problems.empty()) return {};
  if (problems.size() == 1) return Fail(std::move(problems[0]));
  Error all;
  all.code = problems[0].code;
  all.message = Plural(problems.size(), "file") + " cannot be part of the bundle";
  all.suggestion = problems[0].suggestion;
  for (size_t i = 0; i < std::min(problems.size(), kMaxNotes); ++i) all.notes.push_back({problems[i].message, {}});
  if (problems.size() > kMaxNotes)
    all.notes.push_back({"and " + std::to_string(problems.size() - kMaxNotes) + " more", {}});
  return Fail(std::move(all));
}

/// A link is kept as a link, so what it names must be in the bundle too.
void CheckLinks(const std::vector<std::string>& roots, Bundle& bundle, std::vector<Error>& problems) {
  const Links links(bundle.entries);
  for (const Entry& entry : bundle.entries) {
    if (!entry.link) continue;
    const std::string shown = (bundle.root / entry.path).string();
    const Links::End end = links.Follow(entry.path);
    if (end.way == Links::Way::kLoops) continue;  // as broken in the copy as it is here
    if (end.way == Links::Way::kInside) {
      if (FindEntry(bundle.entries, end.path) != nullptr) continue;
      const auto [first, last] = EntriesBelow(bundle.entries, end.path);
      if (first != last) continue;
      std::error_code error;
      const Path target = bundle.root / end.path;
      if (!std::filesystem::exists(target, error)) continue;
      const bool collected = std::any_of(roots.begin(), roots.end(),
                                         [&](const std::string& root) { return IsBelow(root, target.string()); });
      if (collected) {
        bundle.warnings.push_back("the link " + shown + " points to " + entry.target +
                                  ", which is ignored or empty: it leads nowhere in the deployed copy");
        continue;
      }
    }
    Error error;
    error.code = ErrorCode::kInvalidInput;
    error.message = "the link " + shown + " points to " + entry.target + ", which is not part of the stack";
    error.suggestion = entry.target.starts_with('/')
                           ? "make it a relative link to something inside the stack, or list it in .davitignore"
                           : "put what it points to into the stack, or list the link in .davitignore";
    problems.push_back(std::move(error));
  }
}

/// Resolving a path costs: each directory once.
class RealPaths {
 public:
  const std::string& Of(const Path& directory) {
    auto [known, added] = known_.try_emplace(directory);
    if (added) known->second = RealPath(directory).string();
    return known->second;
  }

 private:
  std::map<Path, std::string> known_;
};

/// The directories of a request, each once. Those that hold others come first, but the manifest's before all.
std::vector<std::string> RootsOf(const BundleRequest& request, RealPaths& real) {
  std::vector<std::string> roots{real.Of(request.base_directory)};
  for (const Path& directory : request.more_directories) roots.push_back(real.Of(directory));
  std::sort(roots.begin() + 1, roots.end());
  roots.erase(std::unique(roots.begin() + 1, roots.end()), roots.end());
  return roots;
}

/// Walks all of them, sorts what is found, and gives the directory that holds them all.
Result<std::string> WalkAll(const std::vector<std::string>& roots, Walker& walker) {
  std::string common = roots[0];
  for (const std::string& root : roots) {
    TRY(walker.WalkRoot(root));
    common = CommonDirectory(common, root);
  }
  std::vector<Found>& found = walker.found();
  std::sort(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.path < b.path; });
  found.erase(std::unique(found.begin(), found.end(), [](const Found& a, const Found& b) { return a.path == b.path; }),
              found.end());
  return common;
}

}  // namespace

Result<std::vector<InputsMatch>> MatchInputs(const BundleRequest& request, const std::vector<std::string>& globs) {
  RealPaths real;
  const std::vector<std::string> roots = RootsOf(request, real);
  Walker walker;
  TRY_ASSIGN(const std::string common, WalkAll(roots, walker));
  const std::string base = Inside(common, roots[0]);
  const std::vector<Found>& found = walker.found();
  std::vector<InputsMatch> answers;
  for (const std::string& glob : globs) {
    const std::optional<std::string> pattern = PatternOfInput(base, glob);
    if (!pattern) {
      answers.push_back(InputsMatch::kOutside);
      continue;
    }
    const Glob file(*pattern);
    const Glob below(*pattern + "/**");
    const std::string prefix = (Path(common) / file.LiteralPrefix()).string();
    auto at = std::lower_bound(found.begin(), found.end(), prefix,
                               [](const Found& one, const std::string& path) { return one.path < path; });
    const auto matches = [&](const Found& one) {
      const std::string path = Inside(common, one.path);
      return file.Matches(path) || below.Matches(path);
    };
    while (at != found.end() && at->path.starts_with(prefix) && !matches(*at)) ++at;
    const bool some = at != found.end() && at->path.starts_with(prefix);
    answers.push_back(some ? InputsMatch::kFiles : InputsMatch::kNothing);
  }
  return answers;
}

std::string Bundle::Relative(const Path& directory) const {
  const std::string real = RealPath(directory).string();
  if (IsBelow(root.string(), real)) return Inside(root.string(), real);
  return Path(real).lexically_relative(root).string();
}

Result<Bundle> Collect(const BundleRequest& request, StatCache& cache) {
  RealPaths real;
  const std::vector<std::string> roots = RootsOf(request, real);
  Walker walker;
  TRY_ASSIGN(const std::string common, WalkAll(roots, walker));
  std::vector<Found>& found = walker.found();
  TRY(CheckSize(found));

  std::set<std::string> manifest_files;
  for (const Path& file : request.manifest_files) {
    manifest_files.insert(
        (Path(real.Of(file.has_parent_path() ? file.parent_path() : Path("."))) / file.filename()).string());
  }

  Bundle bundle;
  bundle.root = common;
  bundle.base = Inside(common, roots[0]);
  bundle.warnings = std::move(walker.warnings());
  std::vector<Error> problems = std::move(walker.problems());
  bundle.entries.reserve(found.size());
  for (Found& file : found) {
    Entry entry;
    entry.path = Inside(common, file.path);
    entry.link = file.link;
    entry.manifest = !file.link && manifest_files.contains(file.path);
    entry.executable =
        file.executable && !entry.manifest;  // where every file is executable, as on some mounts, it means nothing
    entry.size = file.size;
    if (file.link) {
      entry.digest = DigestOf(file.target);
      entry.target = std::move(file.target);
    } else if (Result<std::string> digest = cache.DigestOfFile(file.path)) {
      entry.digest = *std::move(digest);
    } else {
      Error error = std::move(digest).error();
      if (error.code == ErrorCode::kNotFound) continue;  // gone meanwhile
      if (error.code == ErrorCode::kDenied) error.suggestion = "make it readable, or list it in .davitignore";
      problems.push_back(std::move(error));
    }
    bundle.entries.push_back(std::move(entry));
  }
  CheckLinks(roots, bundle, problems);
  TRY(FailAll(std::move(problems)));
  bundle.digest = DigestOfBundle(bundle.base, bundle.entries);
  return bundle;
}

}  // namespace davit::source
