// What a component would run with, and whether there is anything to do: its inputs from what its producers left or, while a run is being
// planned, from what they are going to leave (engine.md 5, 6).
#include <algorithm>
#include <utility>

#include "base/digest.h"
#include "base/text.h"
#include "control/direct.h"
#include "control/requirements.h"
#include "engine/resolve.h"
#include "graph/edges.h"
#include "model/stack_ready.h"
#include "secrets/masker.h"

namespace davit::control {
namespace {

/// A value that holds a secret is one, whatever its declaration says: a script, or a module, knows nothing of that.
void Mark(const secrets::Masker& masker, Value& value) {
  if (value.sensitive || value.unknown) return;
  std::vector<std::string> texts;
  CollectSecrets(value.data, texts);  // every text in it
  value.sensitive =
      std::any_of(texts.begin(), texts.end(), [&](const std::string& text) { return masker.Mask(text) != text; });
}

std::vector<std::string> SecretsOf(const std::vector<LeaseInput>& inputs) {
  std::vector<std::string> secrets;
  for (const LeaseInput& input : inputs) {
    if (input.value.sensitive) CollectSecrets(input.value.data, secrets);
  }
  return secrets;
}

void Collect(const Value& value, std::vector<std::string>& secrets) {
  if (value.sensitive) CollectSecrets(value.data, secrets);
}

/// Who takes a mark away on one side does not show what was hidden on the other.
template <typename Change>
void MarkBoth(const secrets::Masker& masker, Change& change) {
  Mark(masker, change.before);
  Mark(masker, change.after);
  const bool sensitive = change.before.sensitive || change.after.sensitive;
  for (Value* side : {&change.before, &change.after}) {
    if (!side->data.is_null()) side->sensitive = sensitive;  // else there is nothing to hide
  }
}

/// What the tool itself marks. It marks what is in the configuration, and not what a provider makes of it: a secret that is changed would
/// else be shown by its last value.
void CollectMarked(const PlannedChanges& changes, std::vector<std::string>& secrets) {
  for (const PlannedResource& resource : changes.resources) {
    for (const AttributeChange& attribute : resource.attributes) {
      Collect(attribute.before, secrets);
      Collect(attribute.after, secrets);
    }
  }
  for (const OutputChange& output : changes.outputs) {
    Collect(output.before, secrets);
    Collect(output.after, secrets);
  }
  for (const auto& [name, value] : changes.planned_outputs) Collect(value, secrets);
}

/// What is said of templates, hooks and random bytes; "" where nothing is. Ready conditions change nothing that stands.
std::string DigestAround(const Component& component) {
  if (component.templates.empty() && component.hooks.empty() && component.random_bytes == 0) return {};
  Digester digest;
  auto add_all = [&](const std::vector<std::string>& texts) {
    digest.Add(std::to_string(texts.size()));
    for (const std::string& text : texts) digest.Add(text);
  };
  for (const TemplateSet& set : component.templates) {
    digest.Add("templates").Add(set.kind.empty() ? "curly" : set.kind);
    add_all(set.files);
    add_all(set.directories);
  }
  for (const Hook& hook : component.hooks) {
    digest.Add("hook").Add(hook.file).Add(hook.ignore_error ? "ignore" : "");
    add_all(hook.triggers);
  }
  return digest.Add(std::to_string(component.random_bytes)).Finish();
}

}  // namespace

void MarkSecrets(const std::vector<LeaseInput>& inputs, ValueMap& outputs) {
  const std::vector<std::string> secrets = SecretsOf(inputs);
  if (secrets.empty()) return;
  const secrets::Masker masker(secrets);
  for (auto& [name, value] : outputs) Mark(masker, value);
}

void MarkSecrets(const std::vector<LeaseInput>& inputs, const std::vector<std::string>& more, PlannedChanges& changes) {
  std::vector<std::string> secrets = SecretsOf(inputs);
  secrets.insert(secrets.end(), more.begin(), more.end());
  CollectMarked(changes, secrets);
  if (secrets.empty()) return;
  const secrets::Masker masker(secrets);
  for (PlannedResource& resource : changes.resources) {
    for (std::string* text : {&resource.address, &resource.previous_address, &resource.import_id})
      *text = masker.Mask(*text);
    for (AttributeChange& attribute : resource.attributes) {
      attribute.path = masker.Mask(attribute.path);
      MarkBoth(masker, attribute);
    }
  }
  for (OutputChange& output : changes.outputs) MarkBoth(masker, output);
  for (auto& [name, value] : changes.planned_outputs) Mark(masker, value);
}

void Evaluation::UsesPlanned(const std::string& producer) {
  if (grade == PlanGrade::kFirm) grade = PlanGrade::kProvisional;
  if (std::find(producers.begin(), producers.end(), producer) == producers.end()) producers.push_back(producer);
}

void Evaluation::Defer(std::string why, const std::vector<std::string>& of) {
  for (const std::string& producer : of) UsesPlanned(producer);
  if (grade != PlanGrade::kDeferred) reason = std::move(why);
  grade = PlanGrade::kDeferred;
}

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
    outputs->provides = GetTexts(value.as_object(), "provides");
  }
  outputs_cache_[row.outputs] = outputs;
  return std::shared_ptr<const ComponentOutputs>(outputs);
}

Result<DirectClient::Left> DirectClient::LeftBy(Tx& tx, const RunDocument& document, int producer,
                                                const DeploymentId& deployment, const RunRow* planning) {
  Left left;
  const std::string& name = document.stack.components[static_cast<size_t>(producer)].name;
  TRY_ASSIGN(std::optional<ComponentRow> row, FindRow(tx, deployment, document.stack, name));
  if (!row) return left;
  left.deployed = row->live && CountsAsSuccess(row->last_result);
  if (row->live) {
    TRY_ASSIGN(left.outputs, OutputsOf(tx, *row));
  }
  if (planning == nullptr) return left;
  TRY_ASSIGN(const std::vector<PlanRow> plans, tx.ListPlans(planning->id, row->id));
  if (plans.empty()) return left;  // nothing is planned for it: what it left stands
  const PlanRow& plan = plans[0];
  const bool stays =
      plan.empty && row->live;  // of one whose state was only adopted the plan says what it is going to leave
  if (stays && plan.grade == PlanGrade::kFirm) return left;
  left.deployed = true;  // by the time that its consumer runs
  left.planned = true;
  if (stays && plan.grade == PlanGrade::kProvisional) return left;
  left.unknown = plan.changes.empty();  // a script, or something that could not be planned
  if (left.unknown) return left;
  TRY_ASSIGN(left.outputs, PlannedOutputs(tx, document, producer, plan));
  left.unknown = left.outputs == nullptr;
  return left;
}

Result<std::shared_ptr<const ComponentOutputs>> DirectClient::PlannedOutputs(Tx& tx, const RunDocument& document,
                                                                             int index, const PlanRow& plan) {
  if (auto found = planned_cache_.find(plan.task); found != planned_cache_.end()) return found->second;
  TRY_ASSIGN(const std::string text, GetBlob(tx, plan.changes));
  TRY_ASSIGN(const json::value parsed, ParseJson(text));
  TRY_ASSIGN(const PlannedChanges changes, PlannedChangesFromJson(parsed));
  TRY_ASSIGN(const TaskRow task, NeedTask(tx, plan.task));
  TRY_ASSIGN(const Resolved resolved, ReadResolution(tx, task.resolution));
  auto outputs = std::make_shared<ComponentOutputs>();
  outputs->values = changes.planned_outputs;
  ValueMap inputs;
  for (const LeaseInput& input : resolved.inputs) inputs[input.name] = input.value;
  std::shared_ptr<const ComponentOutputs> answer;
  // Where its declarations cannot be met it fails when it is applied: until then nothing is known.
  if (engine::ResolveOutputs(document.stack, index, inputs, outputs->values)) {
    MarkSecrets(resolved.inputs, outputs->values);
    answer = std::move(outputs);
  }
  planned_cache_[plan.task] = answer;
  return answer;
}

Result<Evaluation> DirectClient::Evaluate(Tx& tx, const RunDocument& document, int index, const ComponentRow& row,
                                          const RunRow* planning, bool destroys) {
  const Component& component = document.stack.components[static_cast<size_t>(index)];
  const ModuleInfo& module = document.modules[static_cast<size_t>(index)];
  Evaluation evaluation;

  // What its producers left; loaded first, as the resolver only looks.
  std::map<int, Left> producers;
  auto load = [&](int producer) -> Result<> {
    if (producer < 0 || producers.contains(producer)) return {};
    TRY_ASSIGN(producers[producer], LeftBy(tx, document, producer, row.deployment, planning));
    if (!destroys || !document.in_place || producers[producer].outputs != nullptr) return {};
    // What is taken away gets what it was made from, also where that is gone (spec/stacks.md 1.10).
    const std::string& name = document.stack.components[static_cast<size_t>(producer)].name;
    TRY_ASSIGN(const std::optional<ComponentRow> gone, FindRow(tx, row.deployment, document.stack, name));
    if (!gone) return {};
    TRY_ASSIGN(producers[producer].outputs, OutputsOf(tx, *gone));
    producers[producer].gone = true;
    return {};
  };
  auto each_reference = [&](const auto& take) {
    for (const Input& input : component.inputs) {
      for (const Reference& reference : input.value.references) take(input, reference);
      for (const Reference& reference : input.fallback->references) take(input, reference);
    }
    for (const Input& condition : component.conditions) {
      for (const Reference& reference : condition.value.references) take(condition, reference);
    }
  };
  Result<> loaded;
  each_reference([&](const Input&, const Reference& reference) {
    if (loaded) loaded = load(reference.component);
  });
  TRY(loaded);

  // Of a producer that nobody can ask yet every output is unknown: there is no stand-in for a value anywhere.
  std::map<int, ValueMap> unknown;
  each_reference([&](const Input&, const Reference& reference) {
    if (reference.kind == Reference::Kind::kOutput && producers[reference.component].unknown)
      unknown[reference.component][reference.name] = Value{nullptr, false, true};
  });
  engine::OutputLookup lookup = [&](int producer) -> const ValueMap* {
    if (auto found = unknown.find(producer); found != unknown.end()) return &found->second;
    auto found = producers.find(producer);
    return found == producers.end() || found->second.outputs == nullptr ? nullptr : &found->second.outputs->values;
  };

  // Tuned parameters (seed 004, spec 1.8) come before everything else that it may lack.
  std::vector<std::string> open;
  if (const std::vector<std::string> off = engine::FalseConditions(document.stack, index, lookup, &open);
      !off.empty()) {
    evaluation.excluded =
        std::string(kLeftOutByTuning) + Join(off, ", ") + (off.size() == 1 ? " is" : " are") + " false or missing";
    return evaluation;
  }
  if (!component.refused.empty()) return Fail(ErrorCode::kInvalidInput, component.refused, {}, component.pos);
  if (!open.empty()) evaluation.Defer("whether it runs depends on " + open[0] + ", which is not known yet", {});

  // Requirements (seed 004, DESIGN 7): what was provided by the components that it waited for.
  const bool asks = graph::AsksForCapabilities(component);
  bool may_change = false;  // what is provided, before it runs
  if (!component.requires_.empty() || asks || document.in_place) {
    const Stack& stack = document.stack;
    std::set<std::string> provided(stack.provides.begin(), stack.provides.end());
    provided.insert(stack.platform_provides.begin(), stack.platform_provides.end());
    std::vector<std::string> may_provide;
    std::set<int> before;  // that it waits for
    bool in_line = false;  // it waits for all before it
    for (const StackEdge& edge : EdgesInto(document.edges, index)) {
      before.insert(edge.from);
      in_line = in_line || edge.reason == kHubOrderReason;
    }
    const auto add = [&](int from, std::set<std::string>& to) -> Result<> {
      const Component& producer = document.stack.components[static_cast<size_t>(from)];
      TRY(load(from));
      const Left& left = producers[from];
      if (left.deployed) to.insert(producer.provides.begin(), producer.provides.end());
      if (left.outputs != nullptr && !left.gone)
        to.insert(left.outputs->provides.begin(), left.outputs->provides.end());
      if (left.planned) may_provide.push_back(producer.name);
      return {};
    };
    if (in_line) {
      // Each adds to what those before it found: looking at all of them again would take longer with every component.
      const bool goes_on = line_.document == &document && line_.deployment == row.deployment && line_.end <= index;
      if (!goes_on || destroys || planning != nullptr) line_ = {&document, row.deployment, 0, {}};
      for (; line_.end < index; ++line_.end) TRY(add(line_.end, line_.provided));
      provided.insert(line_.provided.begin(), line_.provided.end());
    } else {
      for (const int from : before) TRY(add(from, provided));
    }
    for (const std::string& requirement : component.requires_) {
      if (provided.contains(requirement)) continue;
      if (requirement == "kubectl" && provided.contains("kubernetes")) continue;
      if (IsBuiltIn(requirement)) {
        // Whatever is not optional was asked for before the run (Submit).
        const bool tuned =
            std::find(component.tuned.begin(), component.tuned.end(), requirement) != component.tuned.end();
        const std::string why = component.optional || tuned ? parts_.inspector.Missing(requirement) : std::string();
        if (why.empty()) continue;
        if (tuned) {
          evaluation.excluded = std::string(kLeftOutByRequirement) + "'" + requirement + "' is not here: " + why;
          return evaluation;
        }
        if (destroys) continue;
        return Fail(ErrorCode::kInvalidInput, "requires '" + requirement + "', which is not here: " + why, {},
                    component.pos);
      }
      if (!may_provide.empty()) {
        evaluation.Defer("it requires " + requirement + ", which an earlier component may provide", may_provide);
        continue;
      }
      if (std::find(component.tuned.begin(), component.tuned.end(), requirement) != component.tuned.end()) {
        evaluation.excluded = std::string(kLeftOutByRequirement) + "'" + requirement + "' is not provided";
        return evaluation;
      }
      if (destroys) continue;  // seed 004: what is provided no more keeps nothing standing
      if (component.name == kStackReady) {
        return Fail(ErrorCode::kInvalidInput, "the stack requires '" + requirement + "', which nothing provided",
                    std::string(kProvideIt), component.pos);
      }
      return Fail(ErrorCode::kInvalidInput, "requires '" + requirement + "', which no component before it provided",
                  document.in_place ? "add a component that provides it, or print it in a `Provides:` block"
                                    : std::string(kProvideIt) + ", or print it in a `Provides:` block",
                  component.pos);
    }
    // And those of the environment that somebody asks for (spec/stacks.md 1.6); each was looked for once.
    for (const std::vector<std::string>* needed : {&component.requires_, &stack.requires_}) {
      if (!asks && !document.in_place) break;
      for (const std::string& requirement : *needed) {
        if (IsBuiltIn(requirement) && !provided.contains(requirement) && parts_.inspector.Missing(requirement).empty())
          provided.insert(requirement);
      }
    }
    evaluation.capabilities.assign(provided.begin(), provided.end());
    may_change = !may_provide.empty();
  }

  TRY_ASSIGN(engine::ResolvedInputs resolved, engine::Resolve(document.stack, index, lookup));
  const bool takes = std::any_of(component.inputs.begin(), component.inputs.end(), graph::TakesCapabilities);
  for (engine::ResolvedInput& input : resolved.inputs) {
    if (!takes || input.name != kProvidesParameter) continue;
    input.value.unknown = may_change;
    input.value.data = may_change ? json::value(nullptr) : json::value(Join(evaluation.capabilities, " "));
  }
  std::set<std::string_view> unknown_inputs;
  for (const engine::ResolvedInput& input : resolved.inputs) {
    if (input.value.unknown) unknown_inputs.insert(input.name);
  }
  each_reference([&](const Input& input, const Reference& reference) {
    if (reference.kind != Reference::Kind::kOutput || !producers[reference.component].planned) return;
    const std::string& producer = document.stack.components[static_cast<size_t>(reference.component)].name;
    evaluation.UsesPlanned(producer);
    const ValueMap* left = lookup(reference.component);
    const auto value = left == nullptr ? ValueMap::const_iterator() : left->find(reference.name);
    if (!unknown_inputs.contains(input.name) || left == nullptr || value == left->end() || !value->second.unknown)
      return;
    evaluation.Defer("input " + input.name + " is the output " + reference.name + " of " + producer +
                         ", which is not known before " + producer + " is there",
                     {producer});
  });
  if (!unknown_inputs.empty() && evaluation.grade != PlanGrade::kDeferred)
    evaluation.Defer("input " + std::string(*unknown_inputs.begin()) + " is not known yet", {});

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
  evaluation.parts.around = DigestAround(component);
  if (!row.state.empty()) {
    TRY_ASSIGN(std::optional<StateVersionRow> state, tx.GetStateVersion(row.state));
    if (state) evaluation.parts.state = state->blob;
  }
  evaluation.fingerprint = engine::FingerprintOf(evaluation.parts);

  if (!row.live || row.fingerprint.empty()) {
    evaluation.because.push_back(row.live ? "its last deployment did not succeed" : "it is new");
  } else if (component.always) {
    evaluation.because.push_back("always: true");
  } else if (document.in_place) {
    evaluation.because.push_back("`davit hub` runs every component");
  } else if (!module.fully_read) {
    evaluation.because.push_back("its module has parts that davit cannot read, so it is always planned");
  } else if (!module.foreign_backend.empty() && row.state.empty()) {
    evaluation.because.push_back("its state is kept by its own " + module.foreign_backend +
                                 " backend, so it is always planned");
  } else if (evaluation.grade == PlanGrade::kDeferred) {
    evaluation.because.push_back(evaluation.reason);
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

}  // namespace davit::control
