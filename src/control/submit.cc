// Submitting and starting a run: pre-flight, bundle, the run in the queue of its lock, and, when it is its turn, its jobs and tasks in one
// transaction.
#include <algorithm>
#include <set>

#include "base/digest.h"
#include "base/fault.h"
#include "base/text.h"
#include "control/direct.h"
#include "control/overview.h"
#include "control/requirements.h"
#include "control/stack_ready.h"
#include "engine/tasks.h"
#include "graph/order.h"
#include "model/stack_ready.h"

namespace davit::control {
namespace {

/// Copies of a module that one component works in lie beside it, as `<module>~<component>` (runner/trees.cc).
Result<> CheckCopies(const StackDocument& document, const source::Bundle& bundle) {
  std::set<std::string_view> taken;  // directories with a ~ in their path
  for (const source::Entry& entry : bundle.entries) {
    for (size_t at = entry.path.find('~'); at != std::string::npos; at = entry.path.find('~', at + 1)) {
      const size_t slash = entry.path.find('/', at);
      if (slash != std::string::npos) taken.insert(std::string_view(entry.path).substr(0, slash));
    }
  }
  if (taken.empty()) return {};
  for (const Component& component : document.stack.components) {
    const std::string module = bundle.Relative(component.source_dir);
    const std::string copy = module.empty() ? "~" + component.name : module + "~" + component.name;
    if (!taken.contains(copy)) continue;
    return Fail(ErrorCode::kInvalidInput,
                "the directory " + copy + " has the name of the copy of its module that component '" + component.name +
                    "' may work in",
                "rename the directory", component.pos);
  }
  return {};
}

/// What is protected is not taken away, by whatever command.
Result<> RefuseProtected(const std::vector<std::string>& names) {
  if (names.empty()) return {};
  return Fail(
      ErrorCode::kInvalidInput,
      "nothing ran: " + Join(names, ", ") + (names.size() == 1 ? " is" : " are") +
          " protected (`protect: true`), and would be taken away",
      "if that is meant, take `protect` out of the manifest, with the component still in it, and run `davit up` "
      "first");
}

/// -1, 0, 1 by the numbers of "1.11.4"; what is no number counts as 0.
int CompareVersions(std::string_view a, std::string_view b) {
  const std::vector<std::string_view> left = Split(a, '.');
  const std::vector<std::string_view> right = Split(b, '.');
  for (size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
    auto number = [&](const std::vector<std::string_view>& parts) {
      int64_t value = 0;
      if (i < parts.size()) {
        for (char c : parts[i]) {
          if (c < '0' || c > '9' || value > 1000000) break;
          value = value * 10 + (c - '0');
        }
      }
      return value;
    };
    if (number(left) != number(right)) return number(left) < number(right) ? -1 : 1;
  }
  return 0;
}

std::string EndOfName(const std::string& name) {
  return name.substr(name.rfind('/') + 1);
}

}  // namespace

Result<std::shared_ptr<RunDocument>> DirectClient::MakeDocument(const StackDocument& document, source::Bundle* bundle,
                                                                bool waits) {
  auto made = std::make_shared<RunDocument>();
  made->stack = document.stack;
  made->edges = document.edges;
  made->modules = document.modules;

  TRY_ASSIGN(*bundle, source::Collect(BundleOf(document), parts_.stat_cache));
  made->bundle = bundle->digest;
  made->base_path = bundle->base;

  TRY(CheckCopies(document, *bundle));
  std::map<std::string, std::string> digests;  // of modules, by what makes them
  for (size_t i = 0; i < document.stack.components.size(); ++i) {
    const Component& component = document.stack.components[i];
    const ModuleInfo& module = document.modules[i];
    std::vector<std::string> directories{bundle->Relative(component.source_dir)};
    for (const Path& local : module.local_modules) directories.push_back(bundle->Relative(local));
    made->module_paths.push_back(directories[0]);
    std::vector<std::string> globs = component.inputs_globs;
    for (const Path& file : module.more_files)
      globs.push_back(file.lexically_relative(document.stack.base_dir).string());
    const std::string key = Join(directories, "\n") + "\n\n" + Join(globs, "\n");
    auto [entry, added] = digests.emplace(key, "");
    if (added) {
      TRY_ASSIGN(entry->second, source::ModuleDigest(*bundle, directories, globs));
    }
    made->module_digests.push_back(entry->second);
    std::string tool;
    if (!module.tool_path.empty()) {
      TRY_ASSIGN(tool, parts_.tool_digests.DigestOfFile(module.tool_path));
    }
    made->tool_digests.push_back(std::move(tool));
  }
  if (waits) AddStackReady(*made);
  Derive(*made);
  (void)parts_.stat_cache.Save();  // a cache that cannot be written costs time, nothing else
  (void)parts_.tool_digests.Save();
  return made;
}

Result<> DirectClient::Preflight(Tx& tx, const DeploymentRow& deployment, const RunDocument& document) {
  Error all;
  all.code = ErrorCode::kInvalidInput;
  auto problem = [&](const Component& component, std::string message) {
    all.notes.push_back({component.name + ": " + std::move(message), component.pos});
  };
  if (document.stack.components.empty()) {
    TRY_ASSIGN(std::vector<ComponentRow> rows, tx.ListComponents(deployment.id));
    const auto live =
        static_cast<size_t>(std::count_if(rows.begin(), rows.end(), [](const ComponentRow& row) { return row.live; }));
    if (live > 0) {
      return Fail(ErrorCode::kInvalidInput,
                  "the stack has no components any more, and " + Plural(live, "component") + " of it " +
                      (live == 1 ? "stands" : "stand"),
                  "correct `components` in the manifest; to take everything away use `davit down`");
    }
  }
  for (size_t i = 0; i < document.stack.components.size(); ++i) {
    const Component& component = document.stack.components[i];
    const ModuleInfo& module = document.modules[i];
    TRY_ASSIGN(std::optional<ComponentRow> row, FindRow(tx, deployment.id, document.stack, component.name));
    const bool managed = row && !row->state.empty();
    if (!module.unadopted_states.empty() && !managed && module.foreign_backend.empty()) {
      problem(
          component,
          "there is a state with resources beside its module (" + module.unadopted_states[0].string() +
              "), and davit has none: everything in it would be created again. Move that file away, or destroy what "
              "it holds with the tool that wrote it, or take it over with `davit state adopt " +
              component.name + "`");
    }
    if (row && row->live && !row->driver.empty() && row->driver != module.driver) {
      problem(component, "it was deployed with " + row->driver + " and is now for " + module.driver +
                             ". Take the old one away first: `davit down`, with the old files");
    } else if (row && row->live && !row->tool.empty() && module.tool != row->tool) {
      problem(component, "it was deployed with " + row->tool + " " + row->tool_version + " and would now run with " +
                             module.tool + ". Say `provisioner: " + row->tool +
                             "` to stay, or `davit down` first to change");
    } else if (row && row->live && !row->tool_version.empty() && !module.tool_version.empty() &&
               CompareVersions(module.tool_version, row->tool_version) < 0) {
      problem(component, "it was deployed with " + row->tool + " " + row->tool_version +
                             ", and the one on PATH is older (" + module.tool_version +
                             "): it may not read that state. Install " + row->tool_version + " or newer");
    }
  }
  if (all.notes.empty()) return {};
  all.message = "nothing ran: " + Plural(all.notes.size(), "component") + " cannot be deployed as they are";
  return Fail(std::move(all));
}

Result<std::vector<Diagnostic>> DirectClient::OverriddenBackends(Tx& tx, const DeploymentRow& deployment,
                                                                 const RunDocument& document) {
  std::vector<Diagnostic> warnings;
  for (size_t i = 0; i < document.stack.components.size(); ++i) {
    const Component& component = document.stack.components[i];
    const ModuleInfo& module = document.modules[i];
    if (module.foreign_backend.empty()) continue;
    TRY_ASSIGN(const std::optional<ComponentRow> row, tx.FindComponent(deployment.id, component.name));
    if (!row || row->state.empty()) continue;
    const Path place = (component.source_dir / module.backend_place).lexically_relative(document.stack.base_dir);
    Error error;
    error.message = "davit keeps the state of component '" + component.name + "', so the " + module.foreign_backend +
                    " backend that its module declares in " + place.string() + " is not used";
    error.suggestion = "take the block away; what that backend still holds is left as it is";
    error.position = component.pos;
    warnings.push_back({Severity::kWarning, "unused-backend", std::move(error)});
  }
  return warnings;
}

Result<DeploymentRow> DirectClient::OpenDeployment(Tx& tx, const SubmitRequest& request) {
  if (request.kind == RunKind::kDestroy && !request.in_place) return FindDeployment(tx, request.deployment);
  const Stack& stack = request.document->stack;
  const std::string name =
      FullName(request.deployment.name.empty() ? stack.name : request.deployment.name, stack.environment);
  TRY(KeepDeploymentId(tx, name, stack));
  TRY_ASSIGN(std::optional<DeploymentRow> found, tx.FindDeployment(name));
  if (found) {
    found->directory = stack.base_dir.string();
    TRY(tx.PutDeployment(*found));
    return *found;
  }
  // A new name beside one live deployment of the same environment is more likely a rename than a second stack.
  if (request.deployment.name.empty()) {
    TRY_ASSIGN(std::vector<DeploymentRow> all, tx.ListDeployments());
    for (const DeploymentRow& other : all) {
      if (other.directory != stack.base_dir.string() || EndOfName(other.name) == stack.name) continue;
      if (other.name.find("/" + stack.environment + "/") == std::string::npos) continue;
      TRY_ASSIGN(std::vector<ComponentRow> components, tx.ListComponents(other.id));
      if (std::none_of(components.begin(), components.end(), [](const ComponentRow& row) { return row.live; }))
        continue;
      return Fail(ErrorCode::kInvalidInput,
                  "this directory has a live deployment '" + EndOfName(other.name) +
                      "', and the stack is now called '" + stack.name + "'",
                  "--deployment " + EndOfName(other.name) + " goes on with it; --deployment " + stack.name +
                      " makes a second one");
    }
  }
  DeploymentRow row;
  row.id = DeploymentId::New(parts_.ids);
  row.name = name;
  row.directory = stack.base_dir.string();
  TRY(tx.PutDeployment(row));
  return row;
}

Result<Submitted> DirectClient::Submit(const SubmitRequest& request) {
  Pending pending;
  pending.request = request;
  source::Bundle bundle;
  if (request.in_place) {
    if (!request.in_place->force) TRY(CheckStackRequires(request.document->stack));
    pending.document = MakeDocumentInPlace(*request.document, *request.in_place, request.kind == RunKind::kDeploy);
  } else if (request.kind != RunKind::kDestroy) {
    // Of a part nobody says that the stack is ready, and a preview waits for nothing.
    const bool waits = request.kind == RunKind::kDeploy && request.targets.empty();
    TRY_ASSIGN(std::shared_ptr<RunDocument> document, MakeDocument(*request.document, &bundle, waits));
    pending.document = document;
    for (const std::string& target : request.targets) {
      if (document->stack.Find(target) >= 0) continue;
      if (const std::string name = document->stack.NewName(target); !name.empty())
        return Fail(ErrorCode::kInvalidInput,
                    "--target " + target + ": the manifest says that it is called " + name + " now",
                    "--target " + name);
      TRY_ASSIGN(TxPtr tx, Read());
      Result<DeploymentRow> deployment = FindDeployment(*tx, request.deployment);
      std::optional<ComponentRow> row;
      if (deployment) {
        TRY_ASSIGN(row, tx->FindComponent(deployment->id, target));
      }
      if (row && row->live) continue;  // a removal that was named
      std::vector<std::string_view> names;
      for (const Component& component : document->stack.components) names.push_back(component.name);
      return Fail(ErrorCode::kInvalidInput, "--target " + target + ": the stack has no such component",
                  DidYouMean(target, names));
    }
  }

  if (pending.document != nullptr && !(request.in_place && request.in_place->force)) {
    const std::vector<std::string> clouds = request.in_place ? request.in_place->clouds : std::vector<std::string>();
    TRY(CheckBuiltIn(pending.document->stack, clouds, parts_.inspector));
  }

  Submitted answer;
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(DeploymentRow deployment, OpenDeployment(*tx, request));
  RunRow run;
  run.id = RunId::New(parts_.ids);
  run.deployment = deployment.id;
  run.kind = request.kind;
  run.direct = request.direct;
  run.approval_timeout_s = request.approval_timeout_s;
  run.message = request.message;
  run.principal = parts_.scope.principal;
  run.process = process();
  run.created_ms = parts_.clock.WallMs();
  if (pending.document != nullptr) {
    if (!request.in_place) {
      TRY(Preflight(*tx, deployment, *pending.document));
      TRY_ASSIGN(answer.warnings, OverriddenBackends(*tx, deployment, *pending.document));
      TRY(KeepBundle(*tx, bundle));
    }
    TRY_ASSIGN(pending.document_blob, PutBlob(*tx, "document", Serialize(*pending.document)));
    documents_[pending.document_blob] = pending.document;
    run.document = pending.document_blob;
    run.bundle = pending.document->bundle;
  }
  const std::string key = "deployment/" + deployment.id.text;
  EventRow created;
  created.run = run.id;
  created.sequence = run.next_event++;
  created.wall_ms = run.created_ms;
  created.kind = "run.created";
  created.data = json::object{{"v", 1}, {"kind", std::string(ToString(run.kind))}};
  TRY(tx->PutRun(run));
  TRY(tx->AppendEvent(created));
  answer.run = run.id;
  if (request.kind == RunKind::kPreview) {
    // It writes nothing, so it waits for nobody (engine.md 7).
    Pending& kept = pending_[run.id] = std::move(pending);
    if (Result<> started = StartDeploy(*tx, run, kept); !started) {
      pending_.erase(run.id);
      return tl::unexpected(started.error());
    }
    TRY(CommitAt(*tx, "submit"));
    answer.queue.started = true;
    return answer;
  }
  LockRow lock;
  lock.key = key;
  TRY_ASSIGN(lock.sequence, tx->NextLockSequence(key));
  lock.run = run.id;
  lock.reason = std::string(ToString(run.kind));
  TRY(tx->PutLock(lock));
  TRY(Supersede(*tx, run));
  TRY_ASSIGN(answer.queue, QueueOf(*tx, run));
  if (answer.queue.blocker_needs_person) {
    // Nobody queues behind a person (engine.md 7); the transaction is dropped, so nothing was written.
    return Fail(ErrorCode::kNeedsPerson, "run " + answer.queue.blocker.text + " " + answer.queue.blocker_reason,
                answer.queue.blocker_remedy);
  }
  pending_[run.id] = std::move(pending);
  if (answer.queue.blocker.empty()) {
    if (Result<> started = Start(*tx, run, pending_[run.id]); !started) {
      pending_.erase(run.id);
      return tl::unexpected(started.error());
    }
    answer.queue.started = true;
  }
  TRY(CommitAt(*tx, "submit"));
  return answer;
}

Result<QueueStatus> DirectClient::TryStart(const RunId& id) {
  {
    TRY_ASSIGN(TxPtr tx, Read());
    TRY_ASSIGN(RunRow run, NeedRun(*tx, id));
    TRY_ASSIGN(QueueStatus status, QueueOf(*tx, run));
    if (status.started || (!status.blocker.empty() && !status.blocker_dead)) return status;
  }
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(RunRow run, NeedRun(*tx, id));
  TRY(Supersede(*tx, run));
  TRY_ASSIGN(QueueStatus status, QueueOf(*tx, run));
  if (status.started || !status.blocker.empty()) return status;
  auto pending = pending_.find(id);
  if (pending == pending_.end()) return Fail(ErrorCode::kConflict, "run " + id.text + " belongs to another process");
  TRY(Start(*tx, run, pending->second));
  TRY(CommitAt(*tx, "start"));
  status.started = true;
  return status;
}

Result<> DirectClient::StartRows(Tx& tx, const RunRow& run, const engine::RunRequest& request,
                                 const std::vector<JobRow>& unchanged, bool gate) {
  TRY_ASSIGN(std::vector<LockRow> locks, tx.ListLocksOfRun(run.id));
  for (LockRow& lock : locks) {
    lock.held = true;
    TRY(tx.PutLock(lock));
  }
  TRY_ASSIGN(engine::RunRows rows, engine::MakeRun(request, parts_.ids, parts_.clock.WallMs()));
  TRY(tx.PutRun(rows.run));
  for (const ComponentRow& row : rows.components) TRY(tx.PutComponent(row));
  for (const JobRow& row : unchanged) TRY(tx.PutJob(row));
  for (const JobRow& row : rows.jobs) TRY(tx.PutJob(row));
  for (const TaskRow& row : rows.tasks) TRY(tx.PutTask(row));
  for (const EdgeRow& row : rows.edges) TRY(tx.PutEdge(row));
  for (const EventRow& row : rows.events) TRY(tx.AppendEvent(row));
  TRY(Step(tx, run.id, engine::StartRun{gate}));
  return {};
}

Result<> DirectClient::Start(Tx& tx, const RunRow& run, Pending& pending) {
  const bool destroys = run.kind == RunKind::kDestroy;
  if (pending.request.in_place) {
    TRY(TakeKnown(tx, run, pending));
    return destroys ? StartDestroyInPlace(tx, run, pending) : StartDeploy(tx, run, pending);
  }
  return destroys ? StartDestroy(tx, run, pending) : StartDeploy(tx, run, pending);
}

Result<> DirectClient::StartDeploy(Tx& tx, const RunRow& run, Pending& pending) {
  const RunDocument& document = *pending.document;
  const size_t count = document.stack.components.size();
  TRY_ASSIGN(std::vector<ComponentRow> live, tx.ListComponents(run.deployment));
  // From here on everything has the name that it will have.
  using OldNames = std::map<ComponentId, std::string>;
  TRY_ASSIGN(const OldNames old_names, MoveRows(tx, document.stack, live));
  OldNames new_names;
  std::map<std::string, ComponentRow, std::less<>> by_name;
  for (ComponentRow& row : live) by_name.emplace(row.name, row);

  // --target: those and all that they wait for.
  std::vector<bool> wanted(count, pending.request.targets.empty());
  for (const std::string& target : pending.request.targets) {
    if (int index = document.stack.Find(target); index >= 0) wanted[static_cast<size_t>(index)] = true;
  }
  if (!pending.request.targets.empty()) {
    for (size_t i = count; i-- > 0;) {  // deploy order is topological
      if (!wanted[i]) continue;
      for (const StackEdge& edge : EdgesInto(document.edges, static_cast<int>(i)))
        wanted[static_cast<size_t>(edge.from)] = true;
    }
  }

  std::vector<std::string> left_out(count);  // why, where --target is not the reason
  const std::optional<InPlace>& in_place = pending.request.in_place;
  if (in_place) {
    for (const std::string& name : in_place->excluded) {
      const int index = document.stack.Find(name);
      if (index < 0) continue;
      wanted[static_cast<size_t>(index)] = false;
      left_out[static_cast<size_t>(index)] = "left out by the command";
    }
  }

  engine::RunRequest request;
  request.run = run;
  request.run.stops_on_failure = in_place && !in_place->force;
  std::vector<JobRow> unchanged_jobs;
  std::vector<bool> settled(count, false);  // unchanged for certain, or excluded: nobody has to wait for it
  std::vector<bool> differs(count, false);  // will run
  std::vector<int> job_of(count, -1);
  std::vector<std::vector<const StackEdge*>> into(count);
  for (const StackEdge& edge : document.edges) into[static_cast<size_t>(edge.to)].push_back(&edge);
  pending.overview.clear();

  for (size_t i = 0; i < count; ++i) {
    const Component& component = document.stack.components[i];
    auto found = by_name.find(component.name);
    ComponentRow row;
    if (found != by_name.end()) {
      row = found->second;
    } else {
      row.id = ComponentId::New(parts_.ids);
      row.deployment = run.deployment;
      row.name = component.name;
    }
    JobOverview overview;
    overview.component = component.name;
    overview.driver = document.modules[i].driver;
    overview.optional = component.optional;
    if (const auto old = old_names.find(row.id); old != old_names.end() && wanted[i]) {
      overview.moved_from = old->second;
      new_names[row.id] = component.name;
    }
    std::string waits_for;
    bool producers_settled = true;
    for (const StackEdge* edge : into[i]) {
      const auto from = static_cast<size_t>(edge->from);
      if (!settled[from]) producers_settled = false;
      if (edge->kind == EdgeKind::kValue && differs[from] && waits_for.empty())
        waits_for = document.stack.components[from].name;
    }
    if (component.name == kStackReady) {
      const bool removes = !in_place && std::any_of(live.begin(), live.end(), [&](const ComponentRow& other) {
        return other.live && document.stack.Find(other.name) < 0;
      });
      if (producers_settled && !removes && StackIsReady(row, live)) continue;
      engine::JobRequest wait;
      wait.component = row;
      wait.waits = true;
      wait.order = static_cast<int>(i);
      wait.snapshot = pending.document_blob;
      job_of[i] = static_cast<int>(request.jobs.size());
      request.jobs.push_back(std::move(wait));
      continue;
    }
    bool unchanged = false;
    if (!wanted[i]) {
      overview.kind = JobOverview::Kind::kExcluded;
      settled[i] = true;
    } else if (!row.live && (!waits_for.empty() || (component.conditions.empty() && component.tuned.empty()))) {
      overview.kind = JobOverview::Kind::kNew;
      differs[i] = true;
    } else if (!waits_for.empty()) {
      overview.kind = JobOverview::Kind::kMayChange;
      overview.because.push_back("uses outputs of " + waits_for);
      differs[i] = true;
    } else {
      Result<Evaluation> evaluation = Evaluate(tx, document, static_cast<int>(i), row);
      if (!evaluation && evaluation.error().code != ErrorCode::kInvalidInput) return tl::unexpected(evaluation.error());
      // What components that are still to run may provide is not missing yet.
      const bool out = evaluation && !evaluation->excluded.empty() &&
                       (producers_settled || !evaluation->excluded.starts_with(kLeftOutByRequirement));
      unchanged = evaluation && evaluation->unchanged;
      overview.kind = out         ? JobOverview::Kind::kExcluded
                      : unchanged ? JobOverview::Kind::kUnchanged
                      : row.live  ? JobOverview::Kind::kChanged
                                  : JobOverview::Kind::kNew;
      if (out) {
        overview.because.push_back(evaluation->excluded);
      } else if (row.live) {
        overview.because = evaluation ? evaluation->because : std::vector<std::string>{evaluation.error().message};
      }
      differs[i] = !unchanged && !out;
      settled[i] = (unchanged || out) && producers_settled;
      if (out && producers_settled) {
        wanted[i] = false;
        left_out[i] = evaluation->excluded;
      }
    }
    pending.overview.push_back(std::move(overview));

    if (settled[i] && wanted[i]) {
      // Nothing that it waits for can change, nor has it: its job is over as it begins, and costs no task.
      JobRow job;
      job.id = JobId::New(parts_.ids);
      job.run = run.id;
      job.component = row.id;
      job.name = component.name;
      job.state = JobState::kFinished;
      job.result = RunResult::kUnchanged;
      job.optional = component.optional;
      job.order = static_cast<int>(i);
      job.snapshot = pending.document_blob;
      job.reason = "nothing that it is made from has changed";
      job.started_ms = job.finished_ms = parts_.clock.WallMs();
      unchanged_jobs.push_back(std::move(job));
      continue;
    }
    engine::JobRequest job;
    job.component = row;
    job.optional = component.optional || (in_place && in_place->soft);
    job.excluded = !wanted[i];
    if (!left_out[i].empty()) job.excluded_because = left_out[i];
    job.order = static_cast<int>(i);
    job.snapshot = pending.document_blob;
    job_of[i] = static_cast<int>(request.jobs.size());
    request.jobs.push_back(std::move(job));
  }
  line_ = {};  // what was provided so far is asked again when it is a component's turn
  std::vector<bool> runs;
  for (const int job : job_of) runs.push_back(job >= 0 && !request.jobs[static_cast<size_t>(job)].excluded);
  for (const StackEdge& edge : graph::WithoutGaps(document.edges, runs)) {
    const int from = job_of[static_cast<size_t>(edge.from)];
    const int to = job_of[static_cast<size_t>(edge.to)];
    // In place who failed is asked when it is the turn of who depends on it: what is given up early would let others out of the order.
    if (from >= 0 && to >= 0) request.edges.push_back({from, to, in_place ? EdgeKind::kAfter : edge.kind, edge.reason});
  }

  // Removals: live, and no longer in the manifest.
  std::vector<JobOverview> removals;
  std::vector<std::string> protected_names;
  for (const ComponentRow& row : live) {
    if (in_place || !row.live || document.stack.Find(row.name) >= 0) continue;
    const auto& targets = pending.request.targets;
    if (!targets.empty() && std::find(targets.begin(), targets.end(), row.name) == targets.end()) continue;
    if (row.protect) protected_names.push_back(row.name);
    if (run.kind != RunKind::kPreview) {
      engine::JobRequest job;
      job.component = row;
      job.action = JobAction::kDestroy;
      job.removal = true;
      job.order = static_cast<int>(count + removals.size());
      job.snapshot = row.snapshot;
      job.snapshot_name = row.snapshot_name;
      request.jobs.push_back(std::move(job));
    }
    JobOverview overview;
    overview.component = row.name;
    overview.kind = JobOverview::Kind::kRemoved;
    overview.driver = row.driver;
    overview.because.push_back("it is no longer in the manifest");
    removals.push_back(std::move(overview));
  }
  TRY(RefuseProtected(protected_names));
  pending.overview.insert(pending.overview.begin(), removals.begin(), removals.end());
  if (pending.request.gate || run.kind == RunKind::kPreview) {
    TRY_ASSIGN(request.run.overview, PutBlob(tx, "overview", PackOverview(pending.overview)));
  }
  if (run.kind == RunKind::kDeploy) {
    request.run.moves = !new_names.empty();
    if (!pending.request.gate) TRY(GiveNames(tx, request.run, new_names));
  }
  TRY(StartRows(tx, run, request, unchanged_jobs, pending.request.gate));
  TRY_ASSIGN(const RunRow started, NeedRun(tx, run.id));
  return started.state == RunState::kAwaitingApproval ? Result<>() : KeepProtection(tx, started);
}

Result<> DirectClient::StartDestroy(Tx& tx, const RunRow& run, Pending& pending) {
  engine::RunRequest request;
  request.run = run;
  pending.overview.clear();
  TRY_ASSIGN(std::vector<ComponentRow> rows, tx.ListComponents(run.deployment));
  std::vector<std::string> protected_names;
  for (const ComponentRow& row : rows) {
    if (!row.live) continue;
    if (row.protect) protected_names.push_back(row.name);
    engine::JobRequest job;
    job.component = row;
    job.action = JobAction::kDestroy;
    job.order = static_cast<int>(rows.size()) - row.order;
    job.snapshot = row.snapshot;
    job.snapshot_name = row.snapshot_name;
    request.jobs.push_back(std::move(job));
    JobOverview overview;
    overview.component = row.name;
    overview.kind = JobOverview::Kind::kDestroy;
    overview.driver = row.driver;
    pending.overview.push_back(std::move(overview));
  }
  TRY(RefuseProtected(protected_names));
  std::reverse(pending.overview.begin(), pending.overview.end());
  if (pending.request.gate) {
    TRY_ASSIGN(request.run.overview, PutBlob(tx, "overview", PackOverview(pending.overview)));
  }
  return StartRows(tx, run, request, {}, pending.request.gate);
}

Result<> DirectClient::Cancel(const RunId& run, CancelKind kind, const std::string& reason) {
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(RunRow row, NeedRun(*tx, run));
  if (row.state == RunState::kFinished) return {};
  if (row.kind == RunKind::kShell)
    return Fail(ErrorCode::kConflict, "in run " + run.text + " a person works by hand (`davit shell --write`)",
                "it ends when the shell is left");
  TRY(Step(*tx, run, engine::CancelRun{kind, reason}));
  return CommitAt(*tx, "cancel");
}

}  // namespace davit::control
