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

/// Where the parts of a parameter stand that a later stage may have to point at.
struct ParameterPlaces {
  Pos kind;
  Pos default_value;
  Pos from_env;
  Pos env;  // or `var`
  Pos component;
};

/// One leaf of a list of parameters. What is null or empty in the file is as if it were absent, so that it overwrites nothing (spec 1.2);
/// only `value: ""` is kept, as an intended empty one.
struct ParameterDeclaration {
  Parameter parameter;
  bool kind_given = false;
  bool type_given = false;
  ParameterPlaces places;
};

struct OutputEntry {
  OutputDeclaration output;
  bool kind_given = false;
  bool type_given = false;
};

/// What a component's entry in the stack and its own file may both say; the entry wins.
struct ComponentSettings {
  std::string provisioner;
  std::optional<int> timeout_s;
  std::optional<bool> idempotent;
  std::optional<bool> always;
  std::optional<bool> protect;
  std::vector<Name> pass_env;
  std::vector<Name> requires_;
  std::vector<Name> provides;
};

struct SourceDeclaration {
  std::string text;  // the directory, as written: that of `dir`, else that of `git`; "" = none
  std::string dir;
  bool git = false;
  bool refused = false;  // an error says why
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
  Pos pos;
};

struct Meta {
  Name name;
  std::string title;
};

/// With what every file but params*.yaml begins.
struct Header {
  bool has_version = false;
  Name kind;
  Meta meta;
};

struct LifecycleDeclaration {
  std::vector<Name> verbs;
  std::vector<Name> order;
  std::vector<Name> mandatory;
  std::vector<Name> optional;
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
  LifecycleDeclaration lifecycle;
  std::vector<ParameterDeclaration> parameters;
  std::vector<OutputEntry> outputs;
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
  std::vector<Name> verbs;
  std::vector<ParameterDeclaration> parameters;
  std::vector<OutputEntry> outputs;
};

/// "size" or "size|db", as a reference names it.
inline std::string QualifiedName(const Parameter& parameter) {
  return parameter.component.empty() ? parameter.name : parameter.name + "|" + parameter.component;
}

}  // namespace davit::manifest
