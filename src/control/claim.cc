// Claiming: from ready tasks to leases. A ready task whose fingerprint equals that of the last success ends `unchanged` in the same
// transaction; for the others the inputs are resolved, kept as the resolution, and handed out with all that an attempt needs.
#include <algorithm>

#include "base/digest.h"
#include "base/text.h"
#include "control/direct.h"
#include "engine/resolve.h"

namespace davit::control {
namespace {

/// Capabilities that the environment is trusted to have (seed 004: built-in requirements).
bool IsBuiltIn(std::string_view capability) {
  static constexpr std::string_view kBuiltIn[] = {"aws",     "gcp",        "gcs",  "azure", "arm",
                                                  "kubectl", "kubernetes", "helm", "vault"};
  return std::find(std::begin(kBuiltIn), std::end(kBuiltIn), capability) != std::end(kBuiltIn);
}

/// <root>/<job id>, the seed's name, for the first attempt of a job; a suffix for the others.
Path AttemptDirectory(const Path& root, const TaskRow& task, bool direct) {
  std::string name = task.job.text;
  if (task.kind == TaskKind::kApply && !direct) name += ".apply";
  if (task.attempt_number > 1) name += "." + std::to_string(task.attempt_number);
  return root / name;
}

void CollectSecrets(const json::value& value, std::vector<std::string>& secrets) {
  if (value.is_object()) {
    for (const auto& item : value.as_object()) CollectSecrets(item.value(), secrets);
  } else if (value.is_array()) {
    for (const json::value& item : value.as_array()) CollectSecrets(item, secrets);
  } else {
    std::string text = ToText(value);
    if (!text.empty()) secrets.push_back(std::move(text));
  }
}

json::array ToJson(const std::vector<std::string>& texts) {
  json::array array;
  for (const std::string& text : texts) array.emplace_back(text);
  return array;
}

std::vector<std::string> Texts(const json::object& object, std::string_view key) {
  std::vector<std::string> texts;
  if (const json::array* array = GetArray(object, key)) {
    for (const json::value& item : *array) {
      if (item.is_string()) texts.emplace_back(item.as_string());
    }
  }
  return texts;
}

}  // namespace

std::string FingerprintRecord(const Evaluation& evaluation) {
  json::object inputs;
  for (const auto& [name, digest] : evaluation.input_digests) inputs[name] = digest;
  return json::serialize(
      json::object{{"v", 1}, {"parts", engine::ToJson(evaluation.parts)}, {"inputs", std::move(inputs)}});
}

Result<std::shared_ptr<const ComponentOutputs>> DirectClient::OutputsOf(Tx& tx, const ComponentRow& row) {
  if (row.outputs.empty()) return std::shared_ptr<const ComponentOutputs>();
  if (auto found = outputs_cache_.find(row.outputs); found != outputs_cache_.end()) return found->second;
  TRY_ASSIGN(std::optional<OutputVersionRow> version, tx.GetOutputVersion(row.outputs));
  if (!version) return Fail(ErrorCode::kInternal, "the outputs of " + row.name + " are missing in the store");
  TRY_ASSIGN(std::string text, GetBlob(tx, version->blob));
  TRY_ASSIGN(json::value value, ParseJson(text));
  auto outputs = std::make_shared<ComponentOutputs>();
  if (value.is_object()) {
    if (const json::object* values = GetObject(value.as_object(), "outputs"))
      outputs->values = ValueMapFromJson(*values);
    outputs->provides = Texts(value.as_object(), "provides");
  }
  outputs_cache_[row.outputs] = outputs;
  return std::shared_ptr<const ComponentOutputs>(outputs);
}

Result<Evaluation> DirectClient::Evaluate(Tx& tx, const RunDocument& document, int index, const ComponentRow& row) {
  const Component& component = document.stack.components[static_cast<size_t>(index)];
  const ModuleInfo& module = document.modules[static_cast<size_t>(index)];
  Evaluation evaluation;

  // What its producers left; loaded first, as the resolver only looks.
  std::map<int, std::shared_ptr<const ComponentOutputs>> producers;
  auto load = [&](int producer) -> Result<> {
    if (producer < 0 || producers.contains(producer)) return {};
    TRY_ASSIGN(std::optional<ComponentRow> producer_row,
               tx.FindComponent(row.deployment, document.stack.components[static_cast<size_t>(producer)].name));
    std::shared_ptr<const ComponentOutputs> outputs;
    if (producer_row && producer_row->live) {
      TRY_ASSIGN(outputs, OutputsOf(tx, *producer_row));
    }
    producers[producer] = std::move(outputs);
    return {};
  };
  for (const Input& input : component.inputs) {
    for (const Reference& reference : input.value.references) TRY(load(reference.component));
    for (const Reference& reference : input.fallback.references) TRY(load(reference.component));
  }

  // Requirements (seed 004, DESIGN 7): what was provided by the components that it waited for.
  if (!component.requires_.empty()) {
    std::set<std::string> provided(document.stack.provides.begin(), document.stack.provides.end());
    for (const StackEdge& edge : EdgesInto(document, index)) {
      const Component& producer = document.stack.components[static_cast<size_t>(edge.from)];
      TRY(load(edge.from));
      TRY_ASSIGN(std::optional<ComponentRow> producer_row, tx.FindComponent(row.deployment, producer.name));
      const bool deployed = producer_row && producer_row->live && CountsAsSuccess(producer_row->last_result);
      if (deployed) provided.insert(producer.provides.begin(), producer.provides.end());
      if (const auto& outputs = producers[edge.from])
        provided.insert(outputs->provides.begin(), outputs->provides.end());
    }
    for (const std::string& requirement : component.requires_) {
      if (provided.contains(requirement) || IsBuiltIn(requirement)) continue;
      return Fail(ErrorCode::kInvalidInput, "requires '" + requirement + "', which no component before it provided",
                  "add a component that provides it, or print it in a `Provides:` block", component.pos);
    }
    evaluation.capabilities.assign(provided.begin(), provided.end());
  }

  engine::OutputLookup lookup = [&](int producer) -> const ValueMap* {
    auto found = producers.find(producer);
    return found == producers.end() || found->second == nullptr ? nullptr : &found->second->values;
  };
  TRY_ASSIGN(engine::ResolvedInputs resolved, engine::Resolve(document.stack, index, lookup));
  const std::string_view key = parts_.keyring.digest_key();
  Digester inputs_digest(key);
  for (engine::ResolvedInput& input : resolved.inputs) {
    const std::string canonical =
        CanonicalJson(json::object{{"value", input.value.data}, {"env", input.env}, {"var", input.var}});
    evaluation.input_digests[input.name] = KeyedDigestOf(key, canonical);
    inputs_digest.Add(input.name).Add(canonical);
    evaluation.inputs.push_back({input.name, std::move(input.value), input.env, input.var});
  }
  for (const std::string& capability : evaluation.capabilities) inputs_digest.Add(capability);

  Digester environment_digest(key);
  for (const std::string& name : component.pass_env) {
    auto value = parts_.environment.find(name);
    environment_digest.Add(name).Add(value == parts_.environment.end() ? "" : value->second);
  }
  evaluation.parts.module = document.module_digests[static_cast<size_t>(index)];
  evaluation.parts.inputs = inputs_digest.Finish();
  evaluation.parts.environment = environment_digest.Finish();
  evaluation.parts.tool = document.tool_digests[static_cast<size_t>(index)];
  evaluation.parts.driver = module.driver + " " + module.driver_version;
  if (!row.state.empty()) {
    TRY_ASSIGN(std::optional<StateVersionRow> state, tx.GetStateVersion(row.state));
    if (state) evaluation.parts.state = state->blob;
  }
  evaluation.fingerprint = engine::FingerprintOf(evaluation.parts);

  if (!row.live || row.fingerprint.empty()) {
    evaluation.because.push_back(row.live ? "its last deployment did not succeed" : "it is new");
  } else if (component.always) {
    evaluation.because.push_back("always: true");
  } else if (!module.fully_read) {
    evaluation.because.push_back("its module has parts that davit cannot read, so it is always planned");
  } else if (!module.foreign_backend.empty()) {
    evaluation.because.push_back("its state is kept by its own " + module.foreign_backend +
                                 " backend, so it is always planned");
  } else if (row.fingerprint == evaluation.fingerprint) {
    evaluation.unchanged = true;
  } else {
    json::object record;
    if (Result<json::value> parsed = ParseJson(row.fingerprint_parts); parsed && parsed->is_object())
      record = parsed->as_object();
    const json::object* before = GetObject(record, "parts");
    for (const std::string& part :
         engine::Differences(before == nullptr ? engine::FingerprintParts{} : engine::FingerprintPartsFromJson(*before),
                             evaluation.parts)) {
      const json::object* old_inputs = GetObject(record, "inputs");
      if (part != "inputs" || old_inputs == nullptr) {
        evaluation.because.push_back(part);
        continue;
      }
      std::vector<std::string> names;
      for (const auto& [name, digest] : evaluation.input_digests) {
        if (GetString(*old_inputs, name) != digest) names.push_back(name);
      }
      for (const auto& item : *old_inputs) {
        if (!evaluation.input_digests.contains(std::string(item.key())))
          names.push_back(std::string(item.key()) + " (gone)");
      }
      evaluation.because.push_back(names.empty() ? "provided capabilities" : "input " + Join(names, ", "));
    }
  }
  return evaluation;
}

Result<std::string> DirectClient::PutResolution(Tx& tx, const std::vector<LeaseInput>& inputs,
                                                const std::vector<std::string>& capabilities) {
  json::array list;
  for (const LeaseInput& input : inputs) {
    list.push_back(json::object{{"name", input.name},
                                {"value", input.value.data},
                                {"sensitive", input.value.sensitive},
                                {"env", input.env},
                                {"var", input.var}});
  }
  return PutBlob(
      tx, "resolution",
      json::serialize(json::object{{"v", 1}, {"inputs", std::move(list)}, {"capabilities", ToJson(capabilities)}}));
}

Result<Lease> DirectClient::FillLease(Tx& tx, const RunRow& run, const TaskRow& task) {
  TRY_ASSIGN(std::optional<JobRow> job, tx.GetJob(task.job));
  TRY_ASSIGN(std::optional<ComponentRow> row, tx.GetComponent(task.component));
  if (!job || !row) return Fail(ErrorCode::kInternal, "rows of task " + task.id.text + " are missing");
  TRY_ASSIGN(std::shared_ptr<const RunDocument> document, Document(tx, job->snapshot));
  const int index = document->stack.Find(job->name);
  if (index < 0) return Fail(ErrorCode::kInternal, "component " + job->name + " is missing in its snapshot");
  const auto at = static_cast<size_t>(index);
  const Component& component = document->stack.components[at];

  Lease lease;
  lease.run = run.id;
  lease.job = job->id;
  lease.task = task.id;
  lease.component_id = row->id;
  lease.deployment = run.deployment;
  lease.component = job->name;
  lease.kind = task.kind;
  lease.fence = task.fence;
  lease.attempt = task.attempt;
  lease.attempt_number = task.attempt_number;
  lease.idempotent = component.idempotent;
  lease.always = component.always;
  lease.live = row->live;
  lease.shared_directory = document->shared_directories[at];
  lease.module = document->modules[at];
  lease.driver = lease.module.driver;
  lease.module_path = document->module_paths[at];
  lease.base_path = document->base_path;
  lease.module_digest = document->module_digests[at];
  lease.bundle = document->bundle;
  lease.output_declarations = component.outputs;
  lease.pass_env = component.pass_env;
  lease.timeout_ms = int64_t{component.timeout_s} * 1000;

  TRY_ASSIGN(std::string resolution, GetBlob(tx, task.resolution));
  TRY_ASSIGN(json::value parsed, ParseJson(resolution));
  if (!parsed.is_object()) return Fail(ErrorCode::kInternal, "the resolution of " + job->name + " cannot be read");
  lease.capabilities = Texts(parsed.as_object(), "capabilities");
  if (const json::array* inputs = GetArray(parsed.as_object(), "inputs")) {
    for (const json::value& item : *inputs) {
      if (!item.is_object()) continue;
      const json::object& object = item.as_object();
      LeaseInput input;
      input.name = GetString(object, "name");
      input.value.data = object.contains("value") ? object.at("value") : json::value();
      input.value.sensitive = GetBool(object, "sensitive");
      input.env = GetString(object, "env");
      input.var = GetString(object, "var");
      if (input.value.sensitive) CollectSecrets(input.value.data, lease.secrets);
      lease.inputs.push_back(std::move(input));
    }
  }
  if (std::string plan = GetString(parsed.as_object(), "plan"); !plan.empty()) {
    TRY_ASSIGN(lease.saved_plan, GetBlob(tx, plan));
  }
  lease.direct = lease.saved_plan.empty();
  if (!row->state.empty()) {
    TRY_ASSIGN(std::optional<StateVersionRow> state, tx.GetStateVersion(row->state));
    if (!state) return Fail(ErrorCode::kInternal, "the state of " + job->name + " is missing in the store");
    TRY_ASSIGN(lease.prior_state, GetBlob(tx, state->blob));
  }
  // Sensitive outputs that it left before may be printed by its tool again.
  TRY_ASSIGN(std::shared_ptr<const ComponentOutputs> outputs, OutputsOf(tx, *row));
  if (outputs != nullptr) {
    for (const auto& [name, value] : outputs->values) {
      if (value.sensitive) CollectSecrets(value.data, lease.secrets);
    }
  }
  TRY_ASSIGN(std::optional<std::string> lock_file, tx.GetSetting("lock-file/" + row->id.text));
  if (lock_file) lease.lock_file = *lock_file;
  TRY_ASSIGN(std::optional<AttemptRow> attempt, tx.GetAttempt(task.attempt));
  // By its name: the store may have been moved since.
  if (attempt) lease.attempt_directory = work_root() / Path(attempt->directory).filename();
  return lease;
}

Result<std::vector<Lease>> DirectClient::ClaimIn(Tx& tx, const RunId& run_id, int max) {
  std::vector<Lease> leases;
  // Unchanged components end here and make others ready, so look until nothing moves.
  for (bool moved = true; moved;) {
    moved = false;
    TRY_ASSIGN(RunRow run, NeedRun(tx, run_id));
    if (run.state != RunState::kRunning) break;
    TRY_ASSIGN(std::vector<TaskRow> ready, tx.ReadyTasks(run_id, parts_.clock.MonotonicMs(), 64));
    for (const TaskRow& task : ready) {
      const bool room = static_cast<int>(leases.size()) < max;
      if (!room && needs_process_.contains(task.id)) continue;
      TRY_ASSIGN(std::optional<JobRow> job, tx.GetJob(task.job));
      TRY_ASSIGN(std::optional<ComponentRow> row, tx.GetComponent(task.component));
      if (!job || !row) return Fail(ErrorCode::kInternal, "rows of task " + task.id.text + " are missing");
      std::string resolution = task.resolution;  // of the job's plan; a destroy gets that of the last write
      std::string failure;
      if (job->action == JobAction::kDestroy) {
        resolution = row->resolution;
      } else if (resolution.empty()) {
        TRY_ASSIGN(std::shared_ptr<const RunDocument> document, Document(tx, job->snapshot));
        const int index = document->stack.Find(job->name);
        if (index < 0) return Fail(ErrorCode::kInternal, "component " + job->name + " is missing in its snapshot");
        Result<Evaluation> evaluation = Evaluate(tx, *document, index, *row);
        if (!evaluation) {
          if (evaluation.error().code != ErrorCode::kInvalidInput) return tl::unexpected(evaluation.error());
          failure = evaluation.error().message;
          if (!evaluation.error().suggestion.empty()) failure += " (" + evaluation.error().suggestion + ")";
        } else if (evaluation->unchanged) {
          TRY(Step(tx, run_id, engine::FinishUnchanged{task.id, "nothing that it is made from has changed"}));
          row->last_run = run_id;
          row->last_result = RunResult::kUnchanged;
          row->order = job->order;
          TRY(tx.PutComponent(*row));
          moved = true;
          continue;
        } else if (room) {
          TRY_ASSIGN(resolution, PutResolution(tx, evaluation->inputs, evaluation->capabilities));
        }
      }
      if (!room && failure.empty()) {
        needs_process_.insert(task.id);
        continue;
      }
      const AttemptId attempt = AttemptId::New(parts_.ids);
      TRY(Step(tx, run_id, engine::ClaimTask{task.id, process(), attempt, parts_.clock.MonotonicMs()}));
      TRY_ASSIGN(TaskRow claimed, NeedTask(tx, task.id));
      if (!failure.empty()) {
        TRY(Step(tx, run_id, engine::FinishTask{task.id, claimed.fence, RunResult::kFailed, failure, false, {}}));
        TRY_ASSIGN(row, tx.GetComponent(task.component));
        row->last_run = run_id;
        row->last_result = RunResult::kFailed;
        TRY(tx.PutComponent(*row));
        moved = true;
        continue;
      }
      claimed.resolution = resolution;
      TRY(tx.PutTask(claimed));
      if (IsMutating(task.kind)) {
        // One commit for claim and begin: that the tool never started can be proven from the attempt directory (exec::TakeBack).
        TRY(Step(tx, run_id, engine::BeginMutation{task.id, claimed.fence}));
        TRY_ASSIGN(std::optional<ComponentRow> begun, tx.GetComponent(task.component));
        TRY_ASSIGN(std::shared_ptr<const RunDocument> document, Document(tx, job->snapshot));
        begun->live = true;
        begun->order = job->order;
        begun->snapshot = job->snapshot;
        begun->bundle = document->bundle;
        begun->resolution = resolution;
        begun->last_run = run_id;
        begun->last_result = RunResult::kNone;
        if (job->action == JobAction::kDeploy) {
          begun->producers.clear();
          const int index = document->stack.Find(job->name);
          for (const StackEdge& edge : EdgesInto(*document, index)) {
            const std::string& producer = document->stack.components[static_cast<size_t>(edge.from)].name;
            if (begun->producers.empty() || begun->producers.back() != producer) begun->producers.push_back(producer);
          }
        }
        TRY(tx.PutComponent(*begun));
      }
      TRY_ASSIGN(TaskRow begun_task, NeedTask(tx, task.id));
      TRY_ASSIGN(Lease lease, FillLease(tx, run, begun_task));
      AttemptRow attempt_row;
      attempt_row.id = attempt;
      attempt_row.task = task.id;
      attempt_row.job = task.job;
      attempt_row.number = begun_task.attempt_number;
      attempt_row.fence = begun_task.fence;
      attempt_row.process = process();
      attempt_row.started_ms = parts_.clock.WallMs();
      attempt_row.directory = AttemptDirectory(work_root(), begun_task, run.direct).string();
      lease.attempt_directory = attempt_row.directory;
      TRY(tx.PutAttempt(attempt_row));
      leases.push_back(std::move(lease));
      moved = true;
    }
  }
  return leases;
}

Result<std::vector<Lease>> DirectClient::Claim(const RunId& run, int max) {
  TRY_ASSIGN(TxPtr tx, Write());
  TRY_ASSIGN(RunRow row, NeedRun(*tx, run));
  if (row.process != process() && row.state != RunState::kFinished) {  // resumed: it is ours to drive from now on
    row.process = process();
    TRY(tx->PutRun(row));
  }
  TRY_ASSIGN(std::vector<Lease> leases, ClaimIn(*tx, run, max));
  TRY(CommitAt(*tx, "claim"));
  return leases;
}

}  // namespace davit::control
