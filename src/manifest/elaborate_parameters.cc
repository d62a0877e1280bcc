#include "manifest/elaborate_parameters.h"

#include <algorithm>

#include "manifest/suggest.h"

namespace davit::manifest {
namespace {

constexpr std::string_view kTerraformPrefix = "TF_VAR_";

/// What a component's own parameter brings into the stack: those of kind user, for this component only.
ParameterDeclaration Exported(const ParameterDeclaration& own, const std::string& component) {
  ParameterDeclaration declaration = own;
  declaration.parameter.component = component;
  declaration.parameter.env.clear();
  declaration.parameter.var.clear();
  declaration.places.env = {};
  return declaration;
}

}  // namespace

bool ReachesStack(const ParameterDeclaration& declaration) {
  const Parameter& parameter = declaration.parameter;
  return parameter.has_value || parameter.has_default || declaration.kind_given;
}

size_t CountOfFile(const ComponentFile& file) {
  return static_cast<size_t>(
      std::count_if(file.parameters.begin(), file.parameters.end(),
                    [](const ParameterDeclaration& own) { return own.parameter.kind == ParameterKind::kUser; }));
}

StackParameters::StackParameters(const StackFile& stack, std::vector<Parameter>& parameters,
                                 std::vector<ParameterPlaces>& places, size_t most, const Surroundings& surroundings,
                                 Diagnostics& diagnostics)
    : stack_(stack),
      application_(stack.header.kind.text == kApplication),
      parameters_(parameters),
      places_(places),
      merger_(parameters, places, most, surroundings.overrides, surroundings.trace, diagnostics),
      trace_(surroundings.trace),
      diagnostics_(diagnostics) {
  if (trace_ != nullptr) trace_->BeginStack();
  index_.reserve(stack.components.size());
  for (size_t i = 0; i < stack.components.size(); ++i) index_.emplace(stack.components[i].name.text, i);
}

void StackParameters::AddOfFile(const ComponentFile& file, const std::string& component) {
  NextSource(ParameterStep::From::kComponentFile);
  for (const ParameterDeclaration& declaration : file.parameters) {
    if (declaration.parameter.kind == ParameterKind::kUser) {
      merger_.Add(Exported(declaration, component));
    } else if (trace_ != nullptr) {
      trace_->Private(component, declaration);
    }
  }
}

void StackParameters::NextSource(ParameterStep::From from) {
  merger_.NextSource();
  if (trace_ != nullptr) trace_->From(from);
}

void StackParameters::AddOfBase(std::vector<ParameterDeclaration> declarations) {
  NextSource(ParameterStep::From::kStack);
  if (trace_ != nullptr) trace_->TakesOver(true);
  merger_.BeginMerged();
  AddAll(std::move(declarations));
  merger_.EndMerged();
  if (trace_ != nullptr) trace_->TakesOver(false);
}

void StackParameters::AddOfStack(std::vector<ParameterDeclaration> declarations) {
  NextSource(ParameterStep::From::kStack);
  AddAll(std::move(declarations));
}

void StackParameters::AddOfParametersFile(std::vector<ParameterDeclaration> declarations) {
  NextSource(ParameterStep::From::kFile);
  AddAll(std::move(declarations));
}

void StackParameters::AddAll(std::vector<ParameterDeclaration> declarations) {
  for (ParameterDeclaration& declaration : declarations) Add(std::move(declaration));
}

void StackParameters::Add(ParameterDeclaration declaration) {
  Parameter& parameter = declaration.parameter;
  if (!application_ && (!parameter.env.empty() || !parameter.var.empty())) {
    const std::string key = parameter.env.empty() ? "var" : "env";
    diagnostics_.AddWarning("env-of-stack",
                            "parameter " + Named(QualifiedName(parameter)) + " has " + key +
                                " at the level of the stack, which has no effect",
                            declaration.places.env, "give it to the parameter of the component that needs it");
    parameter.env.clear();
    parameter.var.clear();
  }
  const bool known = parameter.component.empty() || index_.contains(parameter.component);
  if (!known) {
    std::string help = Suggest(
        parameter.component, [&] { return ComponentNames(stack_); }, diagnostics_);
    if (help.empty()) help = "remove it, or add the component";
    diagnostics_.AddWarning(
        "unknown-component",
        "parameter " + Named(parameter.name) + " is for the unknown component " + Named(parameter.component),
        declaration.places.component, std::move(help));
  }
  // As in the reference, plain ones do not reach what is said of the application itself: it becomes a component only afterwards.
  const bool of_itself =
      application_ && !stack_.components.empty() && parameter.component == stack_.components.back().name.text;
  merger_.Add(std::move(declaration), known && !of_itself);
}

/// What is said of exactly one component in its entry, for the stack.
void StackParameters::AddOfEntry(std::vector<ParameterDeclaration>& entry, const std::string& component) {
  merger_.BeginComponent(component);
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
    merger_.Add(std::move(declaration));
  }
  // A large stack has many: the next component takes their memory.
  std::vector<ParameterDeclaration>().swap(entry);
}

void StackParameters::Warn() const {
  for (const uint32_t i : merger_.Notable()) {
    const Parameter& parameter = parameters_[i];
    if (parameter.from_env->starts_with(kTerraformPrefix)) {
      diagnostics_.AddWarning("from-env-tf-var",
                              "parameter " + Named(QualifiedName(parameter)) + " is taken from " + *parameter.from_env +
                                  ", a variable that is Terraform's own",
                              places_[i].from_env,
                              "name it otherwise: every Terraform of the process would read it too");
    }
    if (parameter.kind == ParameterKind::kUser) continue;
    const bool link = parameter.kind == ParameterKind::kLink;
    if (!parameter.from_env.empty()) {
      diagnostics_.AddWarning("from-env-unused",
                              "parameter " + Named(QualifiedName(parameter)) + " has fromEnv but is not of kind user",
                              places_[i].from_env, "say kind: user, or remove fromEnv");
    }
    if (IsFilled(parameter.has_default, parameter.default_value)) {
      diagnostics_.AddWarning("default-unused",
                              "parameter " + Named(QualifiedName(parameter)) + " has a default but is not of kind user",
                              places_[i].default_value, "say kind: user, or give it as value:");
    }
    if (link && !IsFilled(parameter.has_value, parameter.value)) {
      diagnostics_.AddWarning("link-without-value",
                              "parameter " + Named(QualifiedName(parameter)) + " is of kind link but has no value",
                              places_[i].kind, "add value: ${component:output}");
    }
  }
}

}  // namespace davit::manifest
