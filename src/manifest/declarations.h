// What the files of a stack declare, file by file, before anything is merged: the result of decode and the input of elaborate. Plain values
// that own their text (the YAML trees are gone by then); positions index the SourceMap. One thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "model/stack.h"

namespace davit::manifest {

/// A name in a list of names.
struct Name {
  std::string text;
  Pos pos;
};

/// Where the parts of a parameter stand that a later stage may have to point at, and what the model does not keep of it.
struct ParameterPlaces {
  Pos kind;
  Pos default_value;
  Pos from_env;
  Pos from_file;
  Pos env;  // or `var`
  Pos component;
  Rare<std::string> description;
};

/// One leaf of a list of parameters. What is null or empty in the file is as if it were absent, so that it overwrites nothing (spec 1.2);
/// only `value: ""` is kept, as an intended empty one.
struct ParameterDeclaration {
  Parameter parameter;
  bool kind_given = false;
  bool type_given = false;
  bool value_of_plain = false;  // of a base stack: of a plain one that was merged into it
  ParameterPlaces places;
};

struct OutputEntry {
  OutputDeclaration output;
  std::string kind;  // as written: "secret" makes it sensitive
  std::string description;
  bool type_given = false;
};

/// What a component's entry in the stack and its own file may both say; the entry wins.
struct ComponentSettings {
  std::string provisioner;
  std::optional<int> timeout_s;
  std::optional<bool> idempotent;
  std::optional<bool> always;
  std::optional<bool> protect;
  std::optional<bool> bare;
  std::vector<Name> pass_env;
  std::vector<Name> requires_;
  std::vector<Name> provides;
  std::vector<Hook> hooks;  // those of the entry and those of the file, in this order
};

struct SourceDeclaration {
  std::string text;  // the directory: that of `dir`, else that of `git`, by default named as the component; "" = none
  std::string dir;
  bool git = false;
  std::string git_remote;
  std::string git_ref;
  std::string git_local_dir;
  std::string git_sub_dir;
};

struct ComponentEntry {
  Name name;
  SourceDeclaration source;
  Pos source_pos;
  std::vector<Name> depends;
  std::vector<Name> inputs;
  ComponentSettings settings;
  std::vector<ParameterDeclaration> parameters;
  json::object kept;  // what is there for people: title, brief, annotations, …
  int level = 0;      // of the stack that declares it, 0 = the lowest of a chain of fromStack
  Pos pos;
};

struct Meta {
  Name name;
  std::string title;
  std::string kind;
  std::string origin;
  Name from_stack;
  SourceDeclaration source;  // of an application
  json::object kept;         // brief, version, annotations, …
};

/// The kind of a manifest that is a stack and a component at once (manifest/application.h).
inline constexpr std::string_view kApplication = "application";

/// With what every file but params*.yaml begins.
struct Header {
  bool has_version = false;
  Name kind;
  Meta meta;
};

/// `lifecycle` of a stack or of a component's file; the order, `mandatory`, `optional` and `requires` are the stack's alone.
struct LifecycleDeclaration {
  std::vector<Name> verbs;
  std::vector<Name> order;
  std::vector<Name> mandatory;
  std::vector<Name> optional;
  std::vector<Name> tuning;  // requires.optional
  std::vector<ReadyCondition> ready_conditions;
  std::optional<bool> bare;
  int random_bytes = 0;  // options.random.bytes
  bool has_order = false;
  Pos order_pos;
};

/// An entry of `moved`, as it is written; a name that is missing is "" (an error says so).
struct MoveEntry {
  Name from;
  Name to;
};

/// stack.yaml or hub.yaml.
struct StackFile {
  Header header;
  std::vector<ComponentEntry> components;
  std::vector<MoveEntry> moved;
  std::vector<Name> requires_;
  std::vector<Name> provides;
  std::vector<Name> platform_provides;
  LifecycleDeclaration lifecycle;
  std::vector<ParameterDeclaration> parameters;
  std::vector<OutputEntry> outputs;
  std::vector<TemplateSet> templates;  // of an application
};

/// params.yaml, params-<environment>.yaml, -p FILE.
struct ParametersFile {
  std::vector<ParameterDeclaration> parameters;
  std::vector<OutputEntry> outputs;
};

/// component.yaml or hub-component.yaml.
struct ComponentFile {
  Header header;
  ComponentSettings settings;
  LifecycleDeclaration lifecycle;
  std::vector<ParameterDeclaration> parameters;
  std::vector<OutputEntry> outputs;
  std::vector<TemplateSet> templates;
  json::array written_parameters;  // as they stand there, nested, where the file is written again
};

/// "size" or "size|db", as a reference names it.
inline std::string QualifiedName(const Parameter& parameter) {
  return parameter.component.empty() ? parameter.name : parameter.name + "|" + parameter.component;
}

}  // namespace davit::manifest
