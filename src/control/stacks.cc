// Stacks: from a directory to a document that can be deployed, with everything that was found wrong on the way. Nothing runs, and no row
// of the store is touched.
#include <algorithm>
#include <set>
#include <unordered_map>
#include <unordered_set>

#include "base/digest.h"
#include "control/direct.h"
#include "control/requirements.h"
#include "graph/bind.h"
#include "graph/render.h"
#include "manifest/elaborated_file.h"
#include "manifest/load.h"
#include "source/git_fetch.h"
#include "source/git_head.h"

namespace davit::control {
namespace {

constexpr char kDeploymentIdSetting[] = "deployment-id/";  // and the whole name of the deployment

/// What a component cannot do stops it when it is its turn, where its stack asks for nothing beforehand (spec/stacks.md 1.6); else the stack.
void Refuse(StackDocument& document, size_t component, Error error) {
  const std::vector<std::string>& verbs = document.stack.verbs;
  const bool listed = std::find(verbs.begin(), verbs.end(), "deploy") != verbs.end();
  if (!document.stack.refuses_late || listed) {
    document.diagnostics.Add(std::move(error));
    return;
  }
  std::string& refused = document.stack.components[component].refused;
  refused = error.message + (error.suggestion.empty() ? "" : " (" + error.suggestion + ")");
  document.diagnostics.AddWarning("cannot-run", std::move(error.message), error.position, std::move(error.suggestion));
}

/// Inspects every component; many share one module, which is looked at once. What is wrong with one is shown at each component that
/// uses it, as the message names the component.
void InspectAll(ModuleInspector& inspector, StackDocument& document) {
  std::unordered_map<std::string, size_t> known;  // what the answer depends on → index of the first such component
  document.modules.Reserve(document.stack.components.size());
  for (size_t i = 0; i < document.stack.components.size(); ++i) {
    const Component& component = document.stack.components[i];
    std::string key = component.source_dir.string() + '\n' + component.provisioner + '\n';
    key += component.inputs_globs.empty() ? '0' : '1';  // whether files outside of the directory are looked after
    key += component.bare ? '1' : '0';
    const auto& needs = component.requires_;
    key += std::find(needs.begin(), needs.end(), "arm") != needs.end() ? '1' : '0';
    for (const Hook& hook : component.hooks) key += '\n' + hook.file;
    for (const Parameter& parameter : component.parameters) {
      if (!parameter.env.empty()) key += '\n' + *parameter.env;
    }
    const auto [first, added] = known.try_emplace(std::move(key), i);
    if (!added) {
      document.modules.AddSame(first->second);
      continue;
    }
    Result<ModuleInfo> module = inspector.Inspect(component, document.stack.base_dir);
    if (!module) {
      known.erase(first);
      if (!module.error().position) module.error().position = component.pos;
      Refuse(document, i, std::move(module).error());
      // Nothing is known of it, which is no reason to call a reference to its outputs wrong.
      ModuleInfo unknown;
      unknown.fully_read = false;
      document.modules.Add(std::move(unknown));
      continue;
    }
    for (const ModuleWarning& warning : module->warnings) {
      if (warning.hook) {
        document.diagnostics.AddWarning("hook-not-found", warning.text, warning.hook);
      } else {
        document.diagnostics.AddWarning("module", warning.text, component.pos);
      }
    }
    document.modules.Add(*std::move(module));
  }
}

/// Make gives an empty text for what neither the environment nor the Makefile sets, so each variable of a component wants a default there.
/// Said once for each parameter, however many components share its file.
void CheckDefaults(StackDocument& document) {
  std::unordered_set<uint32_t> seen;  // positions
  for (size_t i = 0; i < document.stack.components.size(); ++i) {
    const ModuleInfo& module = document.modules[i];
    if (module.tool != "make") continue;
    for (const Parameter& parameter : document.stack.components[i].parameters) {
      const auto variable = module.variables.find(parameter.env);
      if (variable == module.variables.end() || !variable->second.required) continue;
      if (!seen.insert(parameter.pos.index).second) continue;
      document.diagnostics.AddWarning("env-without-default",
                                      "parameter '" + parameter.name + "' goes to the variable " + *parameter.env +
                                          ", for which the Makefile of component '" +
                                          document.stack.components[i].name + "' has no default",
                                      parameter.pos, "write there, for example: " + *parameter.env + " ?= none");
    }
  }
}

/// A component may still print what the stack requires; that nothing else provides it is told before anything runs.
void WarnOfPending(StackDocument& document) {
  for (const Pending& requirement : document.stack.pending) {
    document.diagnostics.AddWarning("pending-requirement",
                                    "the stack requires '" + requirement.capability +
                                        "', which nothing is known to provide: without a component that prints it "
                                        "the run fails at its end",
                                    requirement.pos, std::string(kProvideIt));
  }
}

/// What only the reference of existing stacks can fill in is told before anything runs.
void CheckTemplates(StackDocument& document) {
  std::unordered_set<uint32_t> seen;  // positions: many components share a file
  for (Component& component : document.stack.components) {
    for (const TemplateSet& set : component.templates) {
      if (set.kind != "go") continue;
      const bool first = seen.insert(set.pos.index).second;
      std::string message =
          "component '" + component.name + "' has templates of kind go, which are not built into davit";
      const char* help = "write them as curly, mustache or _mustache";
      if (document.stack.refuses_late) {
        component.refused += (component.refused.empty() ? "" : "; ") + message + " (" + help + ")";
        if (first) document.diagnostics.AddWarning("cannot-run", std::move(message), set.pos, help);
      } else if (first) {
        document.diagnostics.AddError(std::move(message), set.pos, help);
      }
    }
  }
}

/// A file that somebody has read already, before all others.
class GivenFile final : public manifest::Source {
 public:
  GivenFile(manifest::Source& others, Path file, const std::string& content)
      : others_(others), file_(std::move(file)), content_(content) {}
  Result<std::string> Read(const Path& file) override { return IsIt(file) ? content_ : others_.Read(file); }
  bool IsFile(const Path& path) override { return IsIt(path) || others_.IsFile(path); }
  bool IsDirectory(const Path& path) override { return others_.IsDirectory(path); }
  std::optional<std::string> Environment(const std::string& name) override { return others_.Environment(name); }
  std::optional<std::string> Prompt(const Parameter& parameter) override { return others_.Prompt(parameter); }

 private:
  bool IsIt(const Path& path) const {
    std::error_code error;
    return path == file_ || std::filesystem::absolute(path, error).lexically_normal() ==
                                std::filesystem::absolute(file_, error).lexically_normal();
  }
  manifest::Source& others_;
  const Path file_;
  const std::string& content_;
};

/// The order of `davit hub` (engine.md 8): one after the other, or only what the components themselves say.
std::vector<StackEdge> InOrder(std::vector<StackEdge> edges, const Stack& stack, bool sequential) {
  std::erase_if(edges, [](const StackEdge& edge) { return edge.reason == kGivenOrderReason; });
  if (!sequential) return edges;
  for (int to = 1; to < static_cast<int>(stack.components.size()); ++to)
    edges.push_back({to - 1, to, EdgeKind::kAfter, std::string(kHubOrderReason)});
  std::stable_sort(edges.begin(), edges.end(), [](const StackEdge& a, const StackEdge& b) { return a.to < b.to; });
  return edges;
}

}  // namespace

source::BundleRequest BundleOf(const StackDocument& document) {
  source::BundleRequest request;
  const Path& base = document.stack.base_dir;
  request.base_directory = base;
  std::set<std::string> modules;  // many components share one
  std::set<std::string> directories;
  for (size_t i = 0; i < document.stack.components.size(); ++i) {
    modules.insert(document.stack.components[i].source_dir.native());
    for (const Path& module : document.modules[i].local_modules) directories.insert(module.native());
  }
  directories.insert(modules.begin(), modules.end());
  request.more_directories.assign(directories.begin(), directories.end());

  // What only davit reads. Values in it may be secret, so no copy of it lies where tools work.
  std::vector<Path>& files = request.manifest_files;
  files = {base / "stack.yaml", base / "hub.yaml"};
  std::error_code error;
  for (const auto& item : std::filesystem::directory_iterator(base, error)) {
    const std::string name = item.path().filename().string();
    if (name.starts_with("params") && name.ends_with(".yaml")) files.push_back(item.path());
  }
  files.insert(files.end(), document.parameter_files.begin(), document.parameter_files.end());
  files.insert(files.end(), document.manifest_files.begin(), document.manifest_files.end());
  for (const std::string& module : modules) {
    for (const char* name : {"component.yaml", "hub-component.yaml"}) files.push_back(Path(module) / name);
  }
  return request;
}

/// `inputs:` that name nothing, or what cannot be part of the bundle. Only stacks that have some pay for the walk.
void DirectClient::CheckInputs(StackDocument& document) {
  std::vector<std::string> globs;
  for (const Component& component : document.stack.components)
    globs.insert(globs.end(), component.inputs_globs.begin(), component.inputs_globs.end());
  if (globs.empty()) return;
  const Result<std::vector<source::InputsMatch>> matches = source::MatchInputs(BundleOf(document), globs);
  if (!matches) return;  // whoever makes the bundle says what is wrong with the directories
  auto match = matches->begin();
  for (const Component& component : document.stack.components) {
    for (size_t i = 0; i < component.inputs_globs.size(); ++i) {
      const Pos pos = i < component.inputs_pos.size() ? component.inputs_pos[i] : component.pos;
      const std::string what = "inputs: '" + component.inputs_globs[i] + "' of component '" + component.name + "' ";
      switch (*match++) {
        case source::InputsMatch::kFiles:
          break;
        case source::InputsMatch::kNothing:
          document.diagnostics.AddWarning("inputs-match-nothing", what + "matches no file", pos,
                                          "it is relative to the manifest; files that are ignored do not count");
          break;
        case source::InputsMatch::kOutside:
          document.diagnostics.AddError(
              what + "names files outside of the stack", pos,
              "name files below the manifest's directory, or of a directory that the stack refers to");
          break;
      }
    }
  }
}

/// What each load of files is made with: sources in git are fetched, whatever is asked of the stack.
Result<manifest::LoadOptions> DirectClient::OptionsOf(const LoadRequest& request, SourceMap& sources) const {
  manifest::LoadOptions options{request.directory, request.environment, request.parameter_files};
  if (request.platform) {
    TRY_ASSIGN(options.platform, request.platform(sources));
  }
  std::error_code error;
  const Path& named = request.directory;
  const Path beside = std::filesystem::is_directory(named, error) ? named : named.parent_path();
  const auto fetcher = std::make_shared<source::GitFetcher>(parts_.store_directory / "cache" / "git", beside,
                                                            parts_.environment, request.update_sources);
  options.fetch = [fetcher](const manifest::GitSource& git) -> Result<manifest::FetchedSource> {
    TRY_ASSIGN(source::Fetched fetched, fetcher->Fetch(git.remote, git.ref, git.sub_dir));
    return manifest::FetchedSource{std::move(fetched.directory), std::move(fetched.commit), std::move(fetched.note),
                                   std::move(fetched.suggestion)};
  };
  return options;
}

Result<Stack> DirectClient::LoadStack(const LoadRequest& request, manifest::Trace* trace, StackDocument& document) {
  const std::unique_ptr<manifest::Source> disk = manifest::DiskSource(parts_.environment, request.prompt);
  if (!request.elaborated) {
    manifest::RecordingSource recording(*disk);
    TRY_ASSIGN(manifest::LoadOptions options, OptionsOf(request, document.sources));
    options.implicit = [&](const Stack& stack) { return ImplicitOf(stack, request); };
    options.trace = trace;
    Result<Stack> stack = manifest::Load(options, recording, document.sources, document.diagnostics);
    // Files of components are those of their modules; all others, also what `fromFile` names, are as secret as the stack's own.
    for (const Path& file : recording.read()) {
      const std::string name = file.filename().string();
      if (name != "component.yaml" && name != "hub-component.yaml") document.manifest_files.push_back(file);
    }
    return stack;
  }
  const ElaboratedRequest& elaborated = *request.elaborated;
  manifest::ElaboratedOptions options;
  options.files = {elaborated.name};
  options.clones_dir = elaborated.clones_directory;
  options.overrides = elaborated.overrides;
  for (const ElaboratedRequest::StateValue& value : elaborated.state) {
    // What was checked out then is not what counts now.
    if (!manifest::IsGitName(value.name)) options.state.push_back({value.name, value.component, value.value});
  }
  options.implicit = {elaborated.deployment_id, elaborated.stack_name, {}};
  if (elaborated.git_outputs) {
    const auto heads = std::make_shared<source::GitHeads>(parts_.environment, elaborated.git_status);
    const auto told = std::make_shared<std::set<std::string>>();
    options.implicit.git = [heads, told, &document](const Component& component, const std::string& what) {
      const source::GitHead& head = heads->Of(component.source_dir);
      if (!head.problem.empty() && told->insert(head.problem).second)
        document.diagnostics.AddWarning(
            "git-repository",
            "the git repository of component '" + component.name + "' cannot be read: " + head.problem, component.pos,
            "mend it, or leave git out with --git-outputs=false");
      return what == "ref" ? head.ref : head.clean;
    };
  }
  GivenFile source(*disk, elaborated.name, elaborated.content);
  return manifest::LoadElaborated(options, source, document.sources, document.diagnostics);
}

std::string FullName(const std::string& name, const std::string& environment) {
  return name.find('/') == std::string::npos ? "local/default/" + environment + "/" + name : name;
}

Result<> KeepDeploymentId(store::Transaction& tx, const std::string& deployment, const Stack& stack) {
  for (const Parameter& parameter : stack.parameters) {
    if (parameter.name != "hub.deploymentId" || !parameter.component.empty() || !parameter.value.constant.is_string())
      continue;
    const std::string setting = kDeploymentIdSetting + deployment;
    TRY_ASSIGN(const std::optional<std::string> kept, tx.GetSetting(setting));
    if (!kept) TRY(tx.PutSetting(setting, std::string(parameter.value.constant.as_string())));
  }
  return {};
}

/// The id of the deployment for its components. The first submit keeps it; what is loaded before has one that nobody has seen.
manifest::Implicit DirectClient::ImplicitOf(const Stack& stack, const LoadRequest& request) {
  manifest::Implicit implicit;
  const std::string& name = request.deployment.empty() ? stack.name : request.deployment;
  const auto variable = parts_.environment.find("HUB_STACK_NAME");
  implicit.stack_name = variable != parts_.environment.end() && !variable->second.empty() ? variable->second : name;
  if (const Result<TxPtr> tx = Read()) {
    const Result<std::optional<std::string>> kept =
        (*tx)->GetSetting(kDeploymentIdSetting + FullName(name, request.environment));
    if (kept && *kept) implicit.deployment_id = **kept;
  }
  if (implicit.deployment_id.empty()) {
    std::string uuid = Digester().Add(parts_.ids.NewUlid()).Finish().substr(0, 32);
    uuid[12] = '8';  // of one's own making, in the terms of RFC 9562
    uuid[16] = "89ab"[uuid[16] & 3];
    for (const size_t dash : {8, 13, 18, 23}) uuid.insert(dash, "-");
    implicit.deployment_id = std::move(uuid);
  }
  return implicit;
}

std::shared_ptr<StackDocument> DirectClient::Load(const LoadRequest& request) {
  return LoadTraced(request, nullptr, nullptr);
}

std::shared_ptr<StackDocument> DirectClient::LoadTraced(const LoadRequest& request, manifest::Trace* trace,
                                                        graph::LookupTrace* lookups) {
  auto document = std::make_shared<StackDocument>();
  document->parameter_files = request.parameter_files;
  Result<Stack> stack = LoadStack(request, trace, *document);
  if (!stack) {
    document->failure = std::move(stack).error();
    return document;
  }
  document->stack = *std::move(stack);
  const bool sound = !document->diagnostics.HasErrors();
  InspectAll(parts_.inspector, *document);
  if (!sound) return document;
  CheckInputs(*document);
  if (!request.elaborated) {
    CheckDefaults(*document);
    WarnOfPending(*document);
  }
  document->edges = graph::Bind(document->stack, document->modules, document->diagnostics, lookups);
  CheckTemplates(*document);
  if (request.elaborated)
    document->edges = InOrder(std::move(document->edges), document->stack, request.elaborated->sequential);
  document->ok = !document->diagnostics.HasErrors();
  return document;
}

std::string DirectClient::RenderGraph(const StackDocument& document, GraphFormat format) {
  switch (format) {
    case GraphFormat::kText:
      return graph::RenderText(document.stack, document.edges);
    case GraphFormat::kDot:
      return graph::RenderDot(document.stack, document.edges);
    case GraphFormat::kJson:
      return graph::RenderJson(document.stack, document.edges, document.modules);
  }
  return {};
}

}  // namespace davit::control
