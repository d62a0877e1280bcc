// Which components two revisions of a stack differ in: both are read from git into one private directory, one after the other, and loaded as
// any stack is. No row of a store is touched, and nothing stays.
#include <algorithm>
#include <map>
#include <unordered_map>

#include "base/text.h"
#include "control/compare_stacks.h"
#include "control/direct.h"
#include "source/git.h"

namespace davit::control {
namespace {

/// One of the two stacks that are compared.
struct Side {
  std::shared_ptr<StackDocument> document;
  Path root;             // of the repository, or of its copy
  bool there = false;    // it has such a stack
  bool refused = false;  // it cannot be deployed
  source::Bundle bundle;
  struct Module {
    std::vector<std::string> directories;  // in the bundle, the component's own first
    std::vector<std::string> globs;
  };
  std::vector<Module> modules;             // each once
  std::vector<size_t> module_of;           // by component
  std::vector<size_t> missing_parameters;  // files of the request that are not there, by index
};

/// Files of a revision, which lie in a directory that is soon gone, are told in git's own way: `REVISION:path`.
void TellRevision(const std::string& revision, const Path& root, Error& error) {
  const auto tell = [&](std::string& text) {
    ReplaceAll(text, root.string() + "/", revision + ":");
    ReplaceAll(text, root.string(), revision + ":");
  };
  tell(error.message);
  tell(error.suggestion);
  for (Note& note : error.notes) tell(note.message);
  if (!error.position) error.notes.push_back({"in the revision " + revision, {}});
}

Path TemporaryDirectory(const std::map<std::string, std::string>& environment) {
  const auto found = environment.find("TMPDIR");
  return found == environment.end() || found->second.empty() ? Path("/tmp") : Path(found->second);
}

/// The request as it is in a copy of the repository, where it names what lies in that.
LoadRequest RequestIn(const source::Repository& repository, const LoadRequest& request, const Path& copy) {
  LoadRequest moved = request;
  if (const std::optional<Path> inside = repository.Inside(request.directory))
    moved.directory = inside->empty() ? copy : copy / *inside;
  for (Path& file : moved.parameter_files) {
    if (const std::optional<Path> inside = repository.Inside(file)) file = copy / *inside;
  }
  return moved;
}

void FindModules(Side& side) {
  std::unordered_map<std::string, size_t> known;  // many components share one
  const StackDocument& document = *side.document;
  side.module_of.reserve(document.stack.components.size());
  for (size_t i = 0; i < document.stack.components.size(); ++i) {
    const Component& component = document.stack.components[i];
    std::string key = component.source_dir.native() + '\n' + component.provisioner;
    for (const std::string& glob : component.inputs_globs) key += '\n' + glob;
    const auto [module, added] = known.try_emplace(std::move(key), side.modules.size());
    side.module_of.push_back(module->second);
    if (!added) continue;
    Side::Module& made = side.modules.emplace_back();
    made.globs = component.inputs_globs;
    made.directories.push_back(side.bundle.Relative(component.source_dir));
    for (const Path& local : document.modules[i].local_modules) made.directories.push_back(side.bundle.Relative(local));
  }
}

/// `revision` "": the files as they are. Error: they cannot be a bundle.
Result<Side> LoadSide(Client& client, const LoadRequest& request, const std::string& revision, const Path& root,
                      source::StatCache& cache) {
  Side side;
  side.root = root;
  LoadRequest wanted = request;
  wanted.parameter_files.clear();
  for (size_t i = 0; i < request.parameter_files.size(); ++i) {
    std::error_code error;
    const Path& file = request.parameter_files[i];
    if (std::filesystem::exists(file, error)) {
      wanted.parameter_files.push_back(file);
    } else {
      side.missing_parameters.push_back(i);
    }
  }
  side.document = client.Load(wanted);
  StackDocument& document = *side.document;
  const auto tell = [&](Error& error) {
    if (!revision.empty()) TellRevision(revision, root, error);
  };
  document.diagnostics.Rewrite(tell);
  if (!revision.empty()) document.sources.ShowBelow(root.string() + "/", revision + ":");
  if (document.failure) {
    side.refused = document.failure->code != ErrorCode::kNotFound;
    tell(*document.failure);
    return side;
  }
  side.there = true;
  side.refused = !document.ok;
  if (side.refused) return side;
  Result<source::Bundle> bundle = source::Collect(BundleOf(document), cache);
  if (!bundle) {
    tell(bundle.error());
    return Fail(std::move(bundle).error());
  }
  side.bundle = *std::move(bundle);
  FindModules(side);
  return side;
}

/// One file of a component's module.
struct ModuleFile {
  std::string
      key;  // what makes it the same one on both sides: its place in the component's directory, else in the repository
  std::string shown;  // in the repository
  const source::Entry* entry = nullptr;
};

/// But for those that only davit reads: what is in them counts as it is settled.
Result<std::vector<ModuleFile>> FilesOf(const Side& side, const Side::Module& module) {
  TRY_ASSIGN(const std::vector<const source::Entry*> entries,
             source::ModuleFiles(side.bundle, module.directories, module.globs));
  const std::string& directory = module.directories[0];
  const std::string own = directory.empty() || directory == "." ? "" : directory + "/";
  const std::string root = side.root.string() + "/";
  std::vector<ModuleFile> files;
  files.reserve(entries.size());
  for (const source::Entry* entry : entries) {
    if (entry->manifest) continue;
    ModuleFile& file = files.emplace_back();
    file.entry = entry;
    file.shown = (side.bundle.root / entry->path).string();
    if (file.shown.starts_with(root)) file.shown.erase(0, root.size());
    file.key = entry->path.starts_with(own) ? "own " + entry->path.substr(own.size()) : "repository " + file.shown;
  }
  std::sort(files.begin(), files.end(), [](const ModuleFile& a, const ModuleFile& b) { return a.key < b.key; });
  return files;
}

Result<std::vector<AffectedCause>> CompareFiles(const Side& before, const Side::Module& old, const Side& after,
                                                const Side::Module& now) {
  TRY_ASSIGN(const std::vector<ModuleFile> left, FilesOf(before, old));
  TRY_ASSIGN(const std::vector<ModuleFile> right, FilesOf(after, now));
  std::vector<AffectedCause> causes;
  auto a = left.begin();
  auto b = right.begin();
  while (a != left.end() || b != right.end()) {
    const int order = a == left.end() ? 1 : b == right.end() ? -1 : a->key.compare(b->key);
    if (order < 0) causes.push_back({AffectedCause::Kind::kFile, a->shown, "removed"});
    if (order > 0) causes.push_back({AffectedCause::Kind::kFile, b->shown, "added"});
    if (order == 0) {
      const source::Entry& was = *a->entry;
      const source::Entry& is = *b->entry;
      const bool same = was.digest == is.digest && was.executable == is.executable && was.link == is.link;
      if (!same) causes.push_back({AffectedCause::Kind::kFile, b->shown, "changed"});
    }
    if (order <= 0) ++a;
    if (order >= 0) ++b;
  }
  return causes;
}

Result<std::vector<AffectedComponent>> CompareSides(const Side& before, const Side& after) {
  std::map<std::pair<size_t, size_t>, std::vector<AffectedCause>> known;  // by modules
  Result<> failed;
  std::vector<AffectedComponent> affected =
      CompareStacks(*before.document, *after.document, [&](size_t old, size_t now) -> std::vector<AffectedCause> {
        const std::pair modules{before.module_of[old], after.module_of[now]};
        const auto [entry, added] = known.try_emplace(modules);
        if (added && failed) {
          auto causes = CompareFiles(before, before.modules[modules.first], after, after.modules[modules.second]);
          if (causes) {
            entry->second = *std::move(causes);
          } else {
            failed = tl::unexpected(std::move(causes).error());
          }
        }
        return entry->second;
      });
  TRY(failed);
  return affected;
}

/// What is in neither of the two was not meant.
Result<> CheckThere(const LoadRequest& request, const Side& before, const Side& after, const std::string& where) {
  for (const size_t missing : before.missing_parameters) {
    const auto& others = after.missing_parameters;
    if (std::find(others.begin(), others.end(), missing) == others.end()) continue;
    return Fail(ErrorCode::kNotFound,
                "there is no file of parameters " + request.parameter_files[missing].string() + " in " + where,
                "-p takes a path that is relative to where davit is started");
  }
  if (before.there || after.there) return {};
  return Fail(ErrorCode::kNotFound, "there is no stack in the directory " + request.directory.string() + " in " + where,
              "name the directory of a stack, as in: davit plan DIR --affected BASE..HEAD");
}

}  // namespace

Result<AffectedView> DirectClient::Affected(const LoadRequest& request, const std::string& base,
                                            const std::string& head) {
  AffectedView view;
  TRY_ASSIGN(const source::Repository repository, source::Repository::Find(request.directory, parts_.environment));
  TRY_ASSIGN(view.base_commit, repository.CommitOf(base));
  if (!head.empty()) {
    TRY_ASSIGN(view.head_commit, repository.CommitOf(head));
  }
  LoadRequest wanted = request;
  wanted.prompt = {};  // what was answered would be of neither revision
  Side before;
  Side after;
  {
    const std::unique_ptr<source::StatCache> cache = source::StatCache::Open({});
    TRY_ASSIGN(source::Checkout checkout, source::Checkout::Make(repository, TemporaryDirectory(parts_.environment)));
    const LoadRequest in_copy = RequestIn(repository, wanted, checkout.tree());
    TRY(checkout.Move(view.base_commit));
    TRY_ASSIGN(before, LoadSide(*this, in_copy, base, checkout.tree(), *cache));
    view.before = before.document;
    if (before.refused) {
      view.refused = before.document;
      return view;
    }
    if (head.empty()) {
      TRY_ASSIGN(after, LoadSide(*this, wanted, "", repository.top(), parts_.stat_cache));
    } else {
      TRY(checkout.Move(view.head_commit));
      TRY_ASSIGN(after, LoadSide(*this, in_copy, head, checkout.tree(), *cache));
    }
    view.after = after.document;
  }
  if (after.refused) {
    view.refused = after.document;
    return view;
  }
  TRY(CheckThere(request, before, after, head.empty() ? base + " or now" : base + " or " + head));
  view.stack = after.there ? after.document->stack.name : before.document->stack.name;
  view.components = after.document->stack.components.size();
  TRY_ASSIGN(view.affected, CompareSides(before, after));
  return view;
}

}  // namespace davit::control
