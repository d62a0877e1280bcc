#include "hub/projection.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "secrets/masker.h"

namespace davit::hub {
namespace {

constexpr std::string_view kPlatform = "*platform*";

bool Before(const std::shared_ptr<const CapturedOutput>& a, const std::shared_ptr<const CapturedOutput>& b) {
  return a->QualifiedName() < b->QualifiedName();
}

/// Adds the outputs of one component to what was known before it.
void Merge(CapturedOutputs& known, const CapturedOutputs& own) {
  for (const std::shared_ptr<const CapturedOutput>& output : own) {
    const auto place = std::lower_bound(known.begin(), known.end(), output, Before);
    if (place != known.end() && (*place)->QualifiedName() == output->QualifiedName()) {
      *place = output;
    } else {
      known.insert(place, output);
    }
  }
}

CapturedOutputs OutputsOf(const Component& component, const ComponentPicture& picture) {
  CapturedOutputs own;
  for (const CapturedOutput& output : picture.outputs) {
    auto entry = std::make_shared<CapturedOutput>(output);
    entry->component = component.name;
    entry->component_origin = component.origin;
    entry->component_kind = component.kind;
    own.push_back(std::move(entry));
  }
  return own;
}

/// What the file holds of a component's own outputs.
CapturedOutputs KeptOutputs(const std::string& name, const StateFile& state) {
  CapturedOutputs own;
  if (const ComponentState* kept = state.Find(name)) {
    std::copy_if(kept->captured_outputs.begin(), kept->captured_outputs.end(), std::back_inserter(own),
                 [&](const std::shared_ptr<const CapturedOutput>& output) { return output->component == name; });
  }
  return own;
}

std::vector<LockedParameter> Sorted(std::vector<LockedParameter> parameters) {
  std::sort(parameters.begin(), parameters.end(),
            [](const LockedParameter& a, const LockedParameter& b) { return a.QualifiedName() < b.QualifiedName(); });
  return parameters;
}

std::vector<RawOutput> Sorted(std::vector<RawOutput> outputs) {
  std::stable_sort(outputs.begin(), outputs.end(),
                   [](const RawOutput& a, const RawOutput& b) { return a.name < b.name; });
  return outputs;
}

ComponentMeta MetaOf(const Component& component, ComponentMeta meta) {
  if (meta.origin.empty()) meta.origin = component.origin;
  if (meta.kind.empty()) meta.kind = component.kind;
  if (meta.title.empty()) meta.title = component.title;
  if (meta.icon.size() >= 200) meta.icon.clear();  // a picture, not a link to one
  return meta;
}

bool IsDeploy(const RunPicture& run) {
  return run.operation == "deploy";
}

/// Does the verb change what stands?
bool IsLifecycle(const RunPicture& run) {
  return IsDeploy(run) || run.operation == "undeploy";
}

/// Has the run touched it?
bool IsPart(Progress progress) {
  return progress == Progress::kRunning || progress == Progress::kDone || progress == Progress::kFailed;
}

/// Puts the components that the run has come to into `state`; all that is known of outputs at the end.
CapturedOutputs ProjectComponents(const RunPicture& run, const secrets::Masker& masker, StateFile& state) {
  CapturedOutputs known;
  for (size_t i = 0; i < run.stack->components.size(); ++i) {
    const Component& component = run.stack->components[i];
    const ComponentPicture& picture = run.components[i];
    if (IsDeploy(run))
      Merge(known, IsPart(picture.progress) ? OutputsOf(component, picture) : KeptOutputs(component.name, state));
    if (picture.progress == Progress::kUnmet || picture.progress == Progress::kSwitchedOff) {
      const ComponentState* kept = state.Find(component.name);
      if (kept != nullptr && !kept->status.empty()) continue;  // it still stands from an earlier run
      state.components.erase(component.name);
      if (picture.progress == Progress::kUnmet) state.components[component.name].start = picture.start;
      continue;
    }
    if (!IsPart(picture.progress)) continue;
    ComponentState& entry = state.components[component.name];
    entry.start = picture.start;
    entry.end = picture.end;
    entry.timestamp = picture.end != 0 ? picture.end : picture.start;
    entry.meta = MetaOf(component, picture.meta);
    entry.message = masker.Mask(picture.message);
    entry.status = picture.progress == Progress::kRunning  ? Doing(run.operation)
                   : picture.progress == Progress::kFailed ? std::string(kError)
                                                           : Done(run.operation);
    if (!IsDeploy(run)) continue;  // what it was deployed with stays to be seen
    if (!picture.parameters.empty() || picture.progress != Progress::kFailed)
      entry.parameters = Sorted(picture.parameters);
    if (picture.progress == Progress::kDone || !picture.raw_outputs.empty())
      entry.raw_outputs = Sorted(picture.raw_outputs);
    entry.captured_outputs = known;
  }
  return known;
}

void ProjectProvides(const RunPicture& run, Providers& provides) {
  const auto add = [&](const std::string& capability, std::string_view by) {
    std::vector<std::string>& providers = provides[capability];
    if (std::find(providers.begin(), providers.end(), by) == providers.end()) providers.emplace_back(by);
  };
  const auto erase = [&](const std::string& component) {
    for (auto& [capability, providers] : provides) std::erase(providers, component);
  };
  if (IsDeploy(run)) {
    for (const std::string& capability : run.stack->platform_provides) add(capability, kPlatform);
  }
  std::map<std::string, size_t> places;
  for (size_t i = 0; i < run.stack->components.size(); ++i) {
    const std::string& name = run.stack->components[i].name;
    places[name] = i;
    if (run.components[i].progress != Progress::kDone) continue;
    if (IsDeploy(run)) {
      erase(name);
      for (const std::string& capability : run.components[i].provides) add(capability, name);
    } else {
      erase(name);
    }
  }
  std::erase_if(provides, [](const auto& entry) { return entry.second.empty(); });
  // Deploy order, whoever was done first; before it what is no component of this stack.
  const auto place = [&](const std::string& name) {
    const auto found = places.find(name);
    return found == places.end() ? size_t{0} : found->second + 1;
  };
  for (auto& [capability, providers] : provides) {
    std::stable_sort(providers.begin(), providers.end(),
                     [&](const std::string& a, const std::string& b) { return place(a) < place(b); });
  }
}

std::string_view StatusOf(RunEnd end) {
  switch (end) {
    case RunEnd::kNotYet:
      return kInProgress;
    case RunEnd::kSuccess:
      return kSuccess;
    case RunEnd::kError:
      return kError;
    case RunEnd::kInterrupted:
      return kInterrupted;
  }
  return kError;
}

void ProjectOperation(const RunPicture& run, const secrets::Masker& masker, std::vector<Operation>& operations) {
  Operation operation;
  operation.id = run.id;
  operation.operation = run.operation;
  operation.timestamp = run.now;
  operation.status = StatusOf(run.end);
  json::array arguments;
  for (const std::string& argument : MaskArguments(run.arguments, run.secrets)) arguments.emplace_back(argument);
  if (!arguments.empty()) operation.options["args"] = std::move(arguments);
  operation.initiator = run.initiator;
  operation.logs = masker.Mask(run.logs);
  const size_t count = run.stack->components.size();
  for (size_t i = 0; i < count; ++i) {
    const size_t at = IsDeploy(run) ? i : count - 1 - i;
    const Progress progress = run.components[at].progress;
    if (!IsPart(progress)) continue;
    operation.phases.push_back(
        {run.stack->components[at].name, std::string(progress == Progress::kRunning  ? kInProgress
                                                     : progress == Progress::kFailed ? kError
                                                                                     : kSuccess)});
  }
  // Who holds the lock is alone: what another left in progress was killed.
  for (Operation& other : operations) {
    if (other.id == operation.id || other.status != kInProgress) continue;
    other.status = kInterrupted;
    for (auto& phase : other.phases) {
      if (phase.status == kInProgress) phase.status = kInterrupted;
    }
  }
  const auto same = std::find_if(operations.begin(), operations.end(),
                                 [&](const Operation& other) { return other.id == operation.id; });
  if (same == operations.end()) {
    operations.push_back(std::move(operation));
  } else {
    *same = std::move(operation);
  }
}

/// Status and message of the stack.
void ProjectStatus(const RunPicture& run, const secrets::Masker& masker, StateFile& state) {
  const std::string& operation = run.operation;
  const bool begun = std::any_of(run.components.begin(), run.components.end(),
                                 [](const ComponentPicture& picture) { return IsPart(picture.progress); });
  if (run.end == RunEnd::kNotYet) {
    if (begun) {
      state.status = Doing(operation);
      state.message.clear();
    }
    return;
  }
  std::vector<std::string> left_out;
  std::string reason = run.message;
  for (size_t i = 0; i < run.components.size(); ++i) {
    const ComponentPicture& picture = run.components[i];
    if (picture.progress == Progress::kUnmet || picture.progress == Progress::kSwitchedOff)
      left_out.push_back(run.stack->components[i].name);
    if (reason.empty() && picture.progress == Progress::kFailed && !run.stack->components[i].optional)
      reason = picture.message;
  }
  state.status = StackStatus(*run.stack, state, left_out);
  // An interrupted run left something undone, also where all of it stands from an earlier one.
  const bool cut = run.end == RunEnd::kInterrupted && begun;
  if (cut || (!run.message.empty() && run.end != RunEnd::kSuccess)) state.status = kIncomplete;
  if (reason.empty() && run.end == RunEnd::kInterrupted) reason = "interrupted";
  state.message = run.end == RunEnd::kSuccess && state.status != kIncomplete ? "" : masker.Mask(reason);
}

/// "A=1,PASSWORD=x" and "--environment=A=1,PASSWORD=x": what follows a name that looks secret is masked, up to a comma that begins the
/// next name.
std::string MaskPairs(const std::string& argument) {
  std::vector<std::string> out;
  bool secret = false;
  for (const std::string_view pair : Split(argument, ',')) {
    size_t equals = pair.find('=');
    if (equals == std::string_view::npos) {
      out.emplace_back(secret ? "***" : pair);
      continue;
    }
    secret = false;
    for (size_t from = 0; equals != std::string_view::npos && !secret; equals = pair.find('=', from)) {
      secret = LooksSecret(pair.substr(from, equals - from)) && equals + 1 < pair.size();
      from = equals + 1;
      if (secret) out.push_back(std::string(pair.substr(0, from)) + "***");
    }
    if (!secret) out.emplace_back(pair);
  }
  return Join(out, ",");
}

}  // namespace

bool LooksSecret(std::string_view name) {
  std::string lower(name);
  for (char& c : lower) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  for (const std::string_view word : {"password", "passwd", "secret", "token", "key", "cookie", "credential", "cert"}) {
    if (lower.find(word) != std::string::npos) return true;
  }
  return false;
}

std::string Doing(std::string_view operation) {
  return std::string(operation) + "ing";
}

std::string Done(std::string_view operation) {
  return std::string(operation) + "ed";
}

std::vector<std::string> MaskArguments(const std::vector<std::string>& arguments,
                                       const std::vector<std::string>& secrets) {
  const secrets::Masker masker(secrets);
  std::vector<std::string> masked;
  for (const std::string& argument : arguments) masked.push_back(masker.Mask(MaskPairs(argument)));
  return masked;
}

std::string_view StackStatus(const Stack& stack, const StateFile& state, const std::vector<std::string>& left_out) {
  const std::set<std::string> not_counted(left_out.begin(), left_out.end());
  size_t mandatory = 0;
  size_t deployed = 0;
  size_t undeployed = 0;
  bool optional_deployed = false;
  for (const Component& component : stack.components) {
    const ComponentState* entry = state.Find(component.name);
    // What was left out counts where it stands from an earlier run.
    if (not_counted.contains(component.name) && (entry == nullptr || entry->status.empty())) continue;
    const bool stands = entry != nullptr && (entry->status.empty() || entry->status == kDeployed);
    if (component.optional) {
      optional_deployed |= stands;
      continue;
    }
    ++mandatory;
    deployed += stands ? 1 : 0;
    undeployed += entry == nullptr || entry->status == kUndeployed ? 1 : 0;
  }
  if (mandatory == 0) return optional_deployed ? kDeployed : kUndeployed;
  if (deployed == mandatory) return kDeployed;
  if (undeployed == mandatory && !optional_deployed) return kUndeployed;
  return kIncomplete;
}

StateFile Project(const RunPicture& run, const StateFile* previous) {
  CHECK(run.stack != nullptr && run.components.size() == run.stack->components.size());
  const secrets::Masker masker(run.secrets);
  StateFile state = previous != nullptr ? *previous : StateFile{};
  const Stack& stack = *run.stack;
  state.timestamp = run.now;
  state.meta_kind = run.stack_kind;
  state.meta_name = stack.version.empty() ? stack.name : stack.name + ":" + stack.version;
  state.order.clear();
  for (const Component& component : stack.components) state.order.push_back(component.name);
  if (!IsLifecycle(run)) {
    ProjectOperation(run, masker, state.operations);
    return state;
  }
  CapturedOutputs known = ProjectComponents(run, masker, state);
  if (IsDeploy(run)) {
    state.stack_parameters = Sorted(run.stack_parameters);
    if (run.end != RunEnd::kNotYet) state.captured_outputs = std::move(known);
    std::vector<StackOutput> outputs = run.stack_outputs;
    for (const StackOutput& kept : state.stack_outputs) {
      const auto is_it = [&](const auto& other) { return other.name == kept.name; };
      if (std::none_of(outputs.begin(), outputs.end(), is_it) &&
          std::any_of(stack.outputs.begin(), stack.outputs.end(), is_it))
        outputs.push_back(kept);
    }
    state.stack_outputs = std::move(outputs);
  }
  ProjectProvides(run, state.provides);
  ProjectStatus(run, masker, state);
  ProjectOperation(run, masker, state.operations);
  return state;
}

}  // namespace davit::hub
