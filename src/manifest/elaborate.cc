#include "manifest/elaborate.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

#include "manifest/merge.h"
#include "manifest/suggest.h"

namespace davit::manifest {
namespace {

using NameIndex = std::unordered_map<std::string_view, size_t>;

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

/// Whether an item of a component's entry says more than that there is such a parameter.
bool ReachesStack(const ParameterDeclaration& declaration) {
  const Parameter& parameter = declaration.parameter;
  return parameter.has_value || parameter.has_default || declaration.kind_given;
}

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

/// What a component's own parameter brings into the stack: those of kind user, for this component only.
ParameterDeclaration Exported(const ParameterDeclaration& own, const std::string& component) {
  ParameterDeclaration declaration = own;
  declaration.parameter.component = component;
  declaration.parameter.env.clear();
  declaration.parameter.var.clear();
  declaration.places.env = {};
  return declaration;
}

void AddStackParameter(ParameterDeclaration declaration, const NameIndex& index, const StackFile& stack,
                       ParameterMerger& merger, Diagnostics& diagnostics) {
  Parameter& parameter = declaration.parameter;
  if (!parameter.env.empty() || !parameter.var.empty()) {
    const std::string key = parameter.env.empty() ? "var" : "env";
    diagnostics.AddWarning("env-of-stack",
                           "parameter " + Named(QualifiedName(parameter)) + " has " + key +
                               " at the level of the stack, which has no effect",
                           declaration.places.env, "give it to the parameter of the component that needs it");
    parameter.env.clear();
    parameter.var.clear();
  }
  const bool known = parameter.component.empty() || index.contains(parameter.component);
  if (!known) {
    std::string help = Suggest(
        parameter.component, [&] { return ComponentNames(stack); }, diagnostics);
    if (help.empty()) help = "remove it, or add the component";
    diagnostics.AddWarning(
        "unknown-component",
        "parameter " + Named(parameter.name) + " is for the unknown component " + Named(parameter.component),
        declaration.places.component, std::move(help));
  }
  merger.Add(std::move(declaration), known);
}

void WarnAboutParameters(const std::vector<Parameter>& parameters, const std::vector<ParameterPlaces>& places,
                         Diagnostics& diagnostics) {
  for (size_t i = 0; i < parameters.size(); ++i) {
    const Parameter& parameter = parameters[i];
    if (parameter.kind == ParameterKind::kUser) continue;
    const bool link = parameter.kind == ParameterKind::kLink;
    if (!parameter.from_env.empty()) {
      diagnostics.AddWarning("from-env-unused",
                             "parameter " + Named(QualifiedName(parameter)) + " has fromEnv but is not of kind user",
                             places[i].from_env, "say kind: user, or remove fromEnv");
    }
    if (IsFilled(parameter.has_default, parameter.default_value)) {
      diagnostics.AddWarning("default-unused",
                             "parameter " + Named(QualifiedName(parameter)) + " has a default but is not of kind user",
                             places[i].default_value, "say kind: user, or give it as value:");
    }
    if (link && !IsFilled(parameter.has_value, parameter.value)) {
      diagnostics.AddWarning("link-without-value",
                             "parameter " + Named(QualifiedName(parameter)) + " is of kind link but has no value",
                             places[i].kind, "add value: ${component:output}");
    }
  }
}

size_t CountParameters(const Declarations& declarations) {
  size_t count = declarations.stack.parameters.size();
  std::vector<size_t> exported;
  for (const ComponentFile& file : declarations.component_files) {
    exported.push_back(static_cast<size_t>(
        std::count_if(file.parameters.begin(), file.parameters.end(),
                      [](const ParameterDeclaration& own) { return own.parameter.kind == ParameterKind::kUser; })));
  }
  for (size_t i = 0; i < declarations.stack.components.size(); ++i) {
    count += declarations.stack.components[i].parameters.size();
    if (declarations.file_of[i] >= 0) count += exported[static_cast<size_t>(declarations.file_of[i])];
  }
  for (const ParametersFile& file : declarations.parameter_files) count += file.parameters.size();
  return count;
}

/// What is said of exactly one component in its entry, for the stack.
void AddEntryParameters(std::vector<ParameterDeclaration>& entry, const std::string& component,
                        ParameterMerger& merger) {
  merger.BeginComponent(component);
  for (ParameterDeclaration& declaration : entry) {
    if (!ReachesStack(declaration)) continue;
    Parameter& parameter = declaration.parameter;
    parameter.component = component;
    parameter.env.clear();
    parameter.var.clear();
    declaration.places.env = {};
    // Its expressions may name outputs, so they wait.
    if (parameter.has_value && !parameter.value.IsConstant()) {
      parameter.kind = ParameterKind::kLink;
      declaration.kind_given = true;
    }
    merger.Add(std::move(declaration));
  }
  // A large stack has many: the next component takes their memory.
  std::vector<ParameterDeclaration>().swap(entry);
}

void MergeOutputs(std::vector<OutputEntry>&& entries, bool hub, std::vector<OutputDeclaration>& outputs,
                  std::unordered_map<std::string, size_t>& index) {
  for (OutputEntry& entry : entries) {
    OutputDeclaration& from = entry.output;
    if (hub && !entry.kind_given && LooksSecret(from.name)) from.sensitive = true;
    const auto [found, added] = index.try_emplace(from.name, outputs.size());
    if (added) {
      outputs.push_back(std::move(from));
      continue;
    }
    OutputDeclaration& to = outputs[found->second];
    if (from.has_value) {
      to.value = std::move(from.value);
      to.has_value = true;
      to.pos = from.pos;
    }
    if (entry.type_given) to.type = from.type;
    to.sensitive |= from.sensitive;
    if (!from.from_tf_var.empty()) to.from_tf_var = std::move(from.from_tf_var);
    if (!from.brief.empty()) to.brief = std::move(from.brief);
  }
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
  component.verbs = {"deploy", "undeploy"};
  if (file != nullptr) {
    component.origin = file->header.meta.name.text;
    if (!file->verbs.empty()) component.verbs = TextsOf(file->verbs);
    std::vector<ParameterDeclaration> parameters = last ? std::move(file->parameters) : file->parameters;
    component.parameters.reserve(parameters.size());
    for (ParameterDeclaration& declaration : parameters)
      component.parameters.push_back(std::move(declaration.parameter));
    component.declares_outputs = !file->outputs.empty();
    std::unordered_map<std::string, size_t> index;
    MergeOutputs(last ? std::move(file->outputs) : std::vector<OutputEntry>(file->outputs), hub, component.outputs,
                 index);
  }
  AddDeclared(entry.parameters, component);
  return component;
}

}  // namespace

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

Elaborated Elaborate(Declarations declarations, Stack stack, Diagnostics& diagnostics) {
  Elaborated out;
  out.stack = std::move(stack);
  StackFile& file = declarations.stack;
  std::string name = std::move(file.header.meta.name.text);
  const size_t colon = name.find(':', 1);
  out.stack.version = colon == std::string::npos ? "" : name.substr(colon + 1);
  out.stack.name = name.substr(0, colon);
  out.stack.title = std::move(file.header.meta.title);
  out.stack.requires_ = Texts(std::move(file.requires_));
  out.stack.provides = Texts(std::move(file.provides));
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
  NameIndex index;
  index.reserve(count);
  for (size_t i = 0; i < count; ++i) index.emplace(file.components[i].name.text, i);

  ParameterMerger merger(out.stack.parameters, out.places, CountParameters(declarations), diagnostics);
  for (size_t i = 0; i < count; ++i) {
    const ComponentFile* own = file_of(i);
    if (own == nullptr) continue;
    merger.NextSource();
    for (const ParameterDeclaration& declaration : own->parameters) {
      if (declaration.parameter.kind == ParameterKind::kUser)
        merger.Add(Exported(declaration, file.components[i].name.text));
    }
  }
  merger.NextSource();
  for (ParameterDeclaration& declaration : file.parameters) {
    AddStackParameter(std::move(declaration), index, file, merger, diagnostics);
  }
  // After the stack's own, although they stand before them: what is said of exactly this component is not overwritten in the same file.
  merger.NextSource();
  out.stack.components.reserve(count);
  std::vector<size_t> last_user(declarations.component_files.size());
  for (size_t i = 0; i < count; ++i) {
    if (declarations.file_of[i] >= 0) last_user[static_cast<size_t>(declarations.file_of[i])] = i;
  }
  for (size_t i = 0; i < count; ++i) {
    ComponentEntry& entry = file.components[i];
    ComponentFile* own = file_of(i);
    const bool last = own != nullptr && last_user[static_cast<size_t>(declarations.file_of[i])] == i;
    Component& component = out.stack.components.emplace_back(MakeComponent(entry, own, last, out.stack.hub_convention));
    component.source_dir = std::move(declarations.source_dirs[i]);
    component.optional =
        optional.contains(component.name) || (!mandatory.empty() && !mandatory.contains(component.name));
    AddEntryParameters(entry.parameters, component.name, merger);
  }
  merger.EndComponent();
  for (ParametersFile& parameters : declarations.parameter_files) {
    merger.NextSource();
    for (ParameterDeclaration& declaration : parameters.parameters) {
      AddStackParameter(std::move(declaration), index, file, merger, diagnostics);
    }
  }
  WarnAboutParameters(out.stack.parameters, out.places, diagnostics);

  std::unordered_map<std::string, size_t> outputs;
  MergeOutputs(std::move(file.outputs), out.stack.hub_convention, out.stack.outputs, outputs);
  for (ParametersFile& parameters : declarations.parameter_files) {
    MergeOutputs(std::move(parameters.outputs), out.stack.hub_convention, out.stack.outputs, outputs);
  }
  return out;
}

}  // namespace davit::manifest
