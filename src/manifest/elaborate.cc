#include "manifest/elaborate.h"

#include <algorithm>
#include <unordered_set>

#include "base/by_name.h"
#include "manifest/elaborate_parameters.h"
#include "manifest/from_stack.h"
#include "manifest/requirements.h"
#include "manifest/suggest.h"
#include "manifest/tuning.h"
#include "model/capabilities.h"

namespace davit::manifest {
namespace {

using NameIndex = ByName<size_t>;

std::vector<std::string> Texts(std::vector<Name>&& names) {
  std::vector<std::string> texts;
  texts.reserve(names.size());
  for (Name& name : names) texts.push_back(std::move(name.text));
  return texts;
}

std::vector<std::string> TextsOf(const std::vector<Name>& names) {
  return Texts(std::vector<Name>(names));
}

/// Finds the parameters of a component by name. Few, as they nearly always are, are found fastest by looking at all of them.
class DeclaredIndex {
 public:
  /// There will be at most `most`; they must not move.
  DeclaredIndex(std::vector<Parameter>& parameters, size_t most) : parameters_(parameters), few_(most <= 32) {
    for (size_t i = 0; i < parameters_.size() && !few_; ++i) index_.emplace(parameters_[i].name, i);
  }

  Parameter& FindOrAdd(const Parameter& like) {
    if (few_) {
      for (Parameter& parameter : parameters_) {
        if (parameter.name == like.name) return parameter;
      }
    } else if (const auto found = index_.find(like.name); found != index_.end()) {
      return parameters_[found->second];
    }
    Parameter& added = parameters_.emplace_back();
    added.name = like.name;
    added.pos = added.value_pos = like.pos;
    if (!few_) index_.emplace(added.name, parameters_.size() - 1);
    return added;
  }

 private:
  std::vector<Parameter>& parameters_;
  bool few_;
  NameIndex index_;
};

/// Whether it says something of the parameter beside its value.
bool Declares(const ParameterDeclaration& declaration) {
  const Parameter& parameter = declaration.parameter;
  return !parameter.env.empty() || !parameter.var.empty() || !parameter.brief.empty() || declaration.type_given ||
         parameter.sensitive || parameter.empty_allowed;
}

/// Declarations from the list of a component's entry, added to those of its own file: a name, a variable, a type. Of those that are
/// no more than a value there would be very many in a large stack; the stack's parameter for this component says enough.
void AddDeclared(const std::vector<ParameterDeclaration>& entry, Component& component) {
  const auto adds = [](const ParameterDeclaration& declaration) {
    return Declares(declaration) || !ReachesStack(declaration);
  };
  const auto more = static_cast<size_t>(std::count_if(entry.begin(), entry.end(), adds));
  if (more == 0) return;
  component.parameters.reserve(component.parameters.size() + more);
  DeclaredIndex index(component.parameters, component.parameters.size() + more);
  for (const ParameterDeclaration& declaration : entry) {
    if (!adds(declaration)) continue;
    const Parameter& from = declaration.parameter;
    Parameter& to = index.FindOrAdd(from);
    if (!from.env.empty()) to.env = from.env;
    if (!from.var.empty()) to.var = from.var;
    if (!from.brief.empty()) to.brief = from.brief;
    if (declaration.type_given) to.type = from.type;
    to.sensitive |= from.sensitive;
    to.empty_allowed |= from.empty_allowed;
  }
}

std::vector<OutputDeclaration> Declared(std::vector<OutputEntry> entries, bool hub) {
  std::vector<OutputDeclaration> outputs;
  outputs.reserve(entries.size());
  for (OutputEntry& entry : entries) {
    if (hub && entry.kind.empty() && LooksSecret(entry.output.name)) entry.output.sensitive = true;
    outputs.push_back(std::move(entry.output));
  }
  return outputs;
}

/// By file, not by component: in a large stack many share one.
std::vector<std::vector<OutputDeclaration>> OutputsOfFiles(std::vector<ComponentFile>& files, bool hub) {
  std::vector<std::vector<OutputDeclaration>> outputs;
  outputs.reserve(files.size());
  for (ComponentFile& file : files) {
    std::vector<OutputEntry> merged;
    MergeOutputs(merged, std::move(file.outputs));
    outputs.push_back(Declared(std::move(merged), hub));
  }
  return outputs;
}

/// A component of its entry and its file, of which it takes the parts where it is the `last` that needs them.
Component MakeComponent(ComponentEntry& entry, ComponentFile* file, bool last, bool hub) {
  const ComponentSettings none;
  const ComponentSettings& own = file != nullptr ? file->settings : none;
  ComponentSettings& settings = entry.settings;
  Component component;
  component.name = entry.name.text;
  component.pos = entry.name.pos;
  component.source_text = std::move(entry.source.text);
  component.provisioner = settings.provisioner.empty() ? own.provisioner : settings.provisioner;
  component.timeout_s = settings.timeout_s.value_or(own.timeout_s.value_or(0));
  component.idempotent = settings.idempotent.value_or(own.idempotent.value_or(hub));
  component.always = settings.always.value_or(own.always.value_or(false));
  component.protect = settings.protect.value_or(own.protect.value_or(false));
  for (const Name& name : entry.inputs) component.inputs_pos.push_back(name.pos);
  component.inputs_globs = Texts(std::move(entry.inputs));
  component.pass_env = settings.pass_env.empty() ? TextsOf(own.pass_env) : Texts(std::move(settings.pass_env));
  for (const Name& name : entry.depends) component.depends_pos.push_back(name.pos);
  component.depends = Texts(std::move(entry.depends));
  component.requires_ = TextsOf(own.requires_);
  component.provides = TextsOf(own.provides);
  for (Name& name : settings.requires_) component.requires_.push_back(std::move(name.text));
  for (Name& name : settings.provides) component.provides.push_back(std::move(name.text));
  component.bare = settings.bare.value_or(own.bare.value_or(false));
  component.hooks = std::move(settings.hooks);
  component.hooks.insert(component.hooks.end(), own.hooks.begin(), own.hooks.end());
  component.verbs = {"deploy", "undeploy"};
  if (file != nullptr) {
    const Meta& meta = file->header.meta;
    const LifecycleDeclaration& lifecycle = file->lifecycle;
    component.origin = meta.origin.empty() ? meta.name.text : meta.origin;
    component.kind = meta.kind.empty() ? meta.name.text : meta.kind;
    component.title = meta.title;
    for (const auto& item : meta.kept) {
      if (item.value().is_string()) component.about[std::string(item.key())] = item.value().as_string();
    }
    if (!lifecycle.verbs.empty()) component.verbs = TextsOf(lifecycle.verbs);
    if (!settings.bare && lifecycle.bare) component.bare = *lifecycle.bare;
    component.random_bytes = lifecycle.random_bytes;
    component.ready_conditions = lifecycle.ready_conditions;
    component.templates = file->templates;
    std::vector<ParameterDeclaration> parameters = last ? std::move(file->parameters) : file->parameters;
    component.parameters.reserve(parameters.size());
    for (ParameterDeclaration& declaration : parameters)
      component.parameters.push_back(std::move(declaration.parameter));
  }
  AddDeclared(entry.parameters, component);
  return component;
}

size_t CountParameters(const Declarations& declarations) {
  size_t count = declarations.base_parameters.size() + declarations.stack.parameters.size();
  std::vector<size_t> exported;
  for (const ComponentFile& file : declarations.component_files) exported.push_back(CountOfFile(file));
  for (size_t i = 0; i < declarations.stack.components.size(); ++i) {
    count += declarations.stack.components[i].parameters.size();
    if (declarations.file_of[i] >= 0) count += exported[static_cast<size_t>(declarations.file_of[i])];
  }
  for (const ParametersFile& file : declarations.parameter_files) count += file.parameters.size();
  return count;
}

/// What stands before the stack's own parameters, whose declarations it takes. The files of components of the base stacks are in what came out
/// there.
void AddBelow(Declarations& declarations, StackParameters& parameters) {
  if (declarations.elaborated) return;
  const std::vector<ComponentEntry>& components = declarations.stack.components;
  for (size_t i = 0; i < components.size(); ++i) {
    if (declarations.file_of[i] < 0 || components[i].level != declarations.top()) continue;
    parameters.AddOfFile(declarations.component_files[static_cast<size_t>(declarations.file_of[i])],
                         components[i].name.text);
  }
  if (!declarations.base_parameters.empty()) parameters.AddOfBase(std::move(declarations.base_parameters));
}

void AddUnique(std::vector<std::string>& texts, const std::string& text) {
  if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(text);
}

/// What the stack requires, less what the platform gives, and what it and its components provide.
void TakeCapabilities(Declarations& declarations, const Surroundings& surroundings, Elaborated& out) {
  const std::map<std::string, std::vector<std::string>>& platform = surroundings.platform_provides;
  const auto given = [&](const std::string& capability) {
    if (IsOfEnvironment(capability)) return false;
    const std::vector<std::string>& said = surroundings.provides;
    if (std::find(said.begin(), said.end(), capability) != said.end()) return true;
    const auto found = platform.find(capability);
    return found != platform.end() &&
           std::find(found->second.begin(), found->second.end(), "*environment*") == found->second.end();
  };
  std::vector<std::string> required =
      declarations.elaborated ? TextsOf(declarations.stack.requires_) : RequirementsOf(declarations);
  for (std::string& capability : required) {
    if (!given(capability)) out.stack.requires_.push_back(std::move(capability));
  }
  out.provides = CapabilitiesOf(declarations);
  out.stack.platform_provides = Texts(std::move(declarations.stack.platform_provides));
  std::vector<std::string> said = surroundings.provides;
  std::sort(said.begin(), said.end());
  for (const std::string& capability : said) AddUnique(out.stack.platform_provides, capability);
  for (const auto& [capability, by] : platform) AddUnique(out.stack.platform_provides, capability);
  if (!declarations.elaborated) return;
  // An elaborate file does not tell what the stack provides by itself from what its components provide.
  std::unordered_set<std::string> provided;
  for (const ComponentFile& file : declarations.component_files) {
    for (const Name& name : file.settings.provides) provided.insert(name.text);
  }
  std::erase_if(declarations.stack.provides, [&](const Name& name) { return provided.contains(name.text); });
}

/// Of what the stack itself requires what nobody is known to provide, and nobody of its own asks for when it is its turn.
std::vector<Pending> PendingOf(const std::vector<LevelCapabilities>& levels, const Stack& stack) {
  const auto has = [](const std::vector<std::string>& list, const std::string& name) {
    return std::find(list.begin(), list.end(), name) != list.end();
  };
  std::vector<Pending> pending;
  for (const LevelCapabilities& level : levels) {
    for (const Name& name : level.requires_) {
      const std::string& capability = name.text;
      const bool given = !has(stack.requires_, capability) || IsBuiltIn(capability) ||
                         has(stack.provides, capability) || has(stack.platform_provides, capability);
      const bool tuned = IsTuned(stack.tuning, capability);
      const bool of_component = std::any_of(
          stack.components.begin(), stack.components.end(),
          [&](const Component& one) { return has(one.provides, capability) || has(one.requires_, capability); });
      const bool known = std::any_of(pending.begin(), pending.end(),
                                     [&](const Pending& other) { return other.capability == capability; });
      if (!given && !tuned && !of_component && !known) pending.push_back({capability, name.pos});
    }
  }
  return pending;
}

/// The component that an application is gets the stack's parameters, and requires and provides what the stack does.
void FinishApplication(Elaborated& out) {
  Component& component = out.stack.components.back();
  std::unordered_set<std::string_view> seen;
  std::vector<Parameter*> sorted;
  sorted.reserve(out.stack.parameters.size());
  for (Parameter& parameter : out.stack.parameters) sorted.push_back(&parameter);
  std::sort(sorted.begin(), sorted.end(),
            [](const Parameter* a, const Parameter* b) { return QualifiedName(*a) < QualifiedName(*b); });
  for (Parameter* const each : sorted) {
    Parameter& parameter = *each;
    if ((parameter.component.empty() || parameter.component == component.name) && seen.insert(parameter.name).second) {
      Parameter& own = component.parameters.emplace_back();
      own.name = parameter.name;
      own.env = std::move(parameter.env);
      own.var = std::move(parameter.var);
      own.empty_allowed = parameter.empty_allowed;
      own.pos = own.value_pos = parameter.pos;
    }
    parameter.env.clear();
    parameter.var.clear();
  }
  component.requires_ = out.stack.requires_;
  component.provides = out.provides;
}

/// Which requirements a component can do without. Natively none of the environment: seed 004 says that those cannot be tuned.
void Tune(bool hub, const std::vector<Name>& tuning, Stack& stack, Diagnostics& diagnostics) {
  for (const Name& term : tuning) {
    const TuningTerm split = SplitTuning(term.text);
    if (split.erases || split.IsParameter()) continue;
    if (!hub && IsOfEnvironment(split.what)) {
      diagnostics.AddWarning("tuned-built-in",
                             "lifecycle.requires.optional names " + Named(split.what) +
                                 ", which is of the environment: that has no effect",
                             term.pos, "remove it; without " + std::string(split.what) + " the component fails");
      continue;
    }
    for (Component& component : stack.components) {
      if (split.Concerns(component.name)) AddUnique(component.tuned, std::string(split.what));
    }
  }
}

}  // namespace

std::string_view StackName(std::string_view name) {
  return name.substr(0, name.find(':', name.empty() ? 0 : 1));
}

bool LooksSecret(std::string_view name) {
  // As the reference has it: ".password", "_password", "Password", "PASSWORD" at the end, and so for the other words.
  static constexpr std::string_view kWords[] = {"password", "secret", "key", "cert", "token", "cookie", "kubeconfig"};
  if (name == "cloud.sshKey") return false;
  for (const std::string_view word : kWords) {
    if (name.size() < word.size()) continue;
    const std::string_view end = name.substr(name.size() - word.size());
    const char before = name.size() > word.size() ? name[name.size() - word.size() - 1] : '\0';
    std::string lower(end);
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    if (lower != word) continue;
    const bool all_upper = std::all_of(end.begin(), end.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
    const bool title = end.front() >= 'A' && end.front() <= 'Z' && end.substr(1) == word.substr(1);
    if (all_upper || title || (end == word && (before == '.' || before == '_'))) return true;
  }
  return false;
}

std::vector<ParameterDeclaration> ParametersOfBase(Declarations& declarations, const Surroundings& surroundings,
                                                   Diagnostics& diagnostics) {
  std::vector<Parameter> merged;
  std::vector<ParameterPlaces> places;
  StackParameters parameters(declarations.stack, merged, places, CountParameters(declarations), surroundings,
                             diagnostics);
  AddBelow(declarations, parameters);
  parameters.AddOfStack(std::move(declarations.stack.parameters));
  parameters.BeginEntries();
  for (const ComponentEntry& entry : declarations.stack.components) {
    if (entry.level != declarations.top()) continue;
    std::vector<ParameterDeclaration> own = entry.parameters;  // what they declare of the component is still needed
    parameters.AddOfEntry(own, entry.name.text);
  }
  parameters.EndEntries();
  for (const ParametersFile& file : declarations.parameter_files) parameters.AddOfParametersFile(file.parameters);
  std::vector<std::pair<std::string, size_t>> order(merged.size());
  for (size_t i = 0; i < merged.size(); ++i) order[i] = {QualifiedName(merged[i]), i};
  std::sort(order.begin(), order.end());
  std::vector<ParameterDeclaration> out(merged.size());
  for (size_t at = 0; at < out.size(); ++at) {
    const size_t i = order[at].second;
    out[at].kind_given = parameters.KindGiven(i);
    out[at].value_of_plain = parameters.ValueOfPlain(i);
    out[at].type_given = merged[i].type != ValueType::kAny;
    out[at].parameter = std::move(merged[i]);
    out[at].places = std::move(places[i]);
  }
  return out;
}

Elaborated Elaborate(Declarations declarations, Stack stack, const Surroundings& surroundings,
                     Diagnostics& diagnostics) {
  Elaborated out;
  out.stack = std::move(stack);
  StackFile& file = declarations.stack;
  TakeCapabilities(declarations, surroundings, out);
  const std::string& name = file.header.meta.name.text;
  out.stack.version = name.size() > StackName(name).size() ? name.substr(StackName(name).size() + 1) : "";
  out.stack.name = StackName(name);
  out.stack.title = std::move(file.header.meta.title);
  out.stack.provides = Texts(std::move(file.provides));
  out.stack.tuning = TextsOf(file.lifecycle.tuning);
  out.stack.verbs = TextsOf(file.lifecycle.verbs);
  out.stack.ready_conditions = std::move(file.lifecycle.ready_conditions);
  for (MoveEntry& move : file.moved)
    out.stack.moved.push_back({std::move(move.from.text), std::move(move.to.text), move.from.pos, move.to.pos});
  out.stack.explicit_order = file.lifecycle.has_order;
  for (const Name& entry : file.lifecycle.order) out.stack.order_pos.push_back(entry.pos);
  out.stack.order = Texts(std::move(file.lifecycle.order));

  std::unordered_set<std::string_view> optional;
  std::unordered_set<std::string_view> mandatory;
  for (const Name& entry : file.lifecycle.optional) optional.insert(entry.text);
  for (const Name& entry : file.lifecycle.mandatory) mandatory.insert(entry.text);
  const size_t count = file.components.size();
  const auto file_of = [&](size_t component) -> ComponentFile* {
    const int own = declarations.file_of[component];
    return own < 0 ? nullptr : &declarations.component_files[static_cast<size_t>(own)];
  };
  StackParameters parameters(file, out.stack.parameters, out.places, CountParameters(declarations), surroundings,
                             diagnostics);
  AddBelow(declarations, parameters);
  parameters.AddOfStack(std::move(file.parameters));
  parameters.BeginEntries();
  out.stack.components.reserve(count);
  const std::vector<std::vector<OutputDeclaration>> outputs =
      OutputsOfFiles(declarations.component_files, out.stack.hub_convention);
  std::vector<size_t> last_user(declarations.component_files.size());
  for (size_t i = 0; i < count; ++i) {
    if (declarations.file_of[i] >= 0) last_user[static_cast<size_t>(declarations.file_of[i])] = i;
  }
  for (size_t i = 0; i < count; ++i) {
    ComponentEntry& entry = file.components[i];
    ComponentFile* own = file_of(i);
    const bool last = own != nullptr && last_user[static_cast<size_t>(declarations.file_of[i])] == i;
    Component& component = out.stack.components.emplace_back(MakeComponent(entry, own, last, out.stack.hub_convention));
    if (own != nullptr) component.outputs = outputs[static_cast<size_t>(declarations.file_of[i])];
    component.declares_outputs = !component.outputs.empty();
    component.source_dir = std::move(declarations.source_dirs[i]);
    component.optional =
        optional.contains(component.name) || (!mandatory.empty() && !mandatory.contains(component.name));
    if (entry.level == declarations.top()) parameters.AddOfEntry(entry.parameters, component.name);
  }
  parameters.EndEntries();
  for (ParametersFile& more : declarations.parameter_files) parameters.AddOfParametersFile(std::move(more.parameters));
  if (!declarations.elaborated) parameters.Warn();
  out.kind_given.reserve(out.stack.parameters.size());
  for (size_t i = 0; i < out.stack.parameters.size(); ++i) out.kind_given.push_back(parameters.KindGiven(i));
  out.notable = parameters.Notable();
  out.stack.outputs = Declared(std::move(file.outputs), out.stack.hub_convention);
  if (file.header.kind.text == kApplication && !declarations.elaborated) FinishApplication(out);
  Tune(declarations.elaborated || surroundings.hub, file.lifecycle.tuning, out.stack, diagnostics);
  out.stack.pending = PendingOf(declarations.levels, out.stack);
  return out;
}

}  // namespace davit::manifest
