// The elaborated stack: what manifest/ makes of the files, graph/ orders and engine/ resolves. It is a plain document: it can be
// stored (manifest/document.h) and read back in another process. Positions index the SourceMap it was loaded with and are lost when
// it is stored.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/diagnostics.h"
#include "base/fd.h"
#include "model/rare.h"
#include "model/states.h"
#include "model/value.h"

namespace davit {

enum class ParameterKind { kTech, kUser, kLink };

/// Where a reference inside an expression leads, fixed before anything runs, so that who sees what never depends on timing (DESIGN 5).
struct Reference {
  enum class Kind { kStackParameter, kOwnParameter, kOutput, kUnresolved };
  Kind kind = Kind::kUnresolved;
  std::string text;  // as written between the braces
  std::string name;  // of the output, the own input (Input::name), the stack parameter (`name` or `name|component`)
  int component =
      -1;  // kOutput: index of the producer in Stack::components; in an output's `value:` also the component itself
  Pos pos;
};

/// A text with `${ }` or `#{ }` in it, split: literal, reference, literal, … Evaluating gives the part's own value where the text is just
/// one reference or one computed part (type kept), else text.
struct Expression {
  struct Part {
    std::string literal;  // of a computed part: what stands between `#{` and `}`, CEL (expr/cel.h)
    int reference = -1;   // index into `references`; -1 = literal
    int names = -1;  // of a computed part: the names in it are so many references, from `reference` on; -1 = it is none
    bool IsComputed() const { return names >= 0; }
  };
  json::value constant;  // where `parts` is empty: the value as it stands (may be null = no value)
  std::vector<Part> parts;
  std::vector<Reference> references;
  bool IsConstant() const { return parts.empty(); }
};

struct Parameter {
  std::string name;       // dotted
  std::string component;  // qualifier; "" = for all
  ParameterKind kind = ParameterKind::kTech;
  ValueType type = ValueType::kAny;
  bool sensitive = false;
  bool empty_allowed = false;
  bool has_value = false;    // `value` is set
  bool has_default = false;  // `default_value` is set
  Expression value;
  Rare<Expression> default_value;
  Rare<std::string> brief;
  Rare<std::string> from_env;
  Rare<std::string> from_file;  // a path, or `$VARIABLE` that holds one
  Rare<std::string> env;        // process environment variable of a component parameter
  Rare<std::string> var;        // variable of the tool
  Pos pos;                      // of its name
  Pos value_pos;                // of its value; of its name where it has none
};

struct OutputDeclaration {
  std::string name;  // dotted; at stack level may be "comp:name"
  ValueType type = ValueType::kAny;
  bool sensitive = false;
  bool has_value = false;
  Rare<Expression> value;
  Rare<std::string> from_tf_var;
  Rare<std::string> brief;
  Pos pos;
};

/// One input of a component, bound: where its value comes from when its task starts. Beside its parameters a component has an input for
/// each foreign output that a `value:` of its own outputs refers to, named as written there, `${db:host}`: so they are in its resolution and
/// fingerprint.
struct Input {
  std::string name;
  ValueType type = ValueType::kAny;
  bool sensitive = false;
  bool empty_allowed = false;
  Expression value;  // what was found by the lookup of DESIGN 3: a stack parameter, an output, or its own expression
  bool has_fallback = false;  // used where `value` refers to an output that its optional producer did not leave
  Rare<Expression> fallback;
  Rare<std::string> env;
  Rare<std::string> var;
  Pos pos;
};

/// One entry of `templates`: files of the component that are rendered before its tool starts (spec/stacks.md 1.9).
struct TemplateSet {
  std::string kind;                      // curly, which "" means too, mustache, _mustache, go
  std::vector<std::string> files;        // globs
  std::vector<std::string> directories;  // where `files` are looked for; empty = the component's own
  Pos pos;
};

/// What is run before and after a verb (spec/stacks.md 1.9).
struct Hook {
  std::string file;
  std::string brief;
  std::vector<std::string> triggers;  // globs on `pre-<verb>`, `post-<verb>`
  bool ignore_error = false;          // `error: ignore`
  Pos pos;
};

/// What must be true before something counts as ready (spec/stacks.md 1.1); an empty text asks for nothing.
struct ReadyCondition {
  Expression dns;  // a name that resolves
  Expression url;  // an address that answers
  int wait_s = 1200;
  int pause_s = 0;  // before the first look
  Pos pos;
};

struct Component {
  std::string name;
  std::string origin;  // meta.name of its own file
  std::string kind;    // meta.kind of its own file, else `origin`
  std::string title;
  std::map<std::string, std::string> about;  // more of its own file's meta: version, brief, description, maturity, icon
  Path source_dir;                           // absolute
  std::string source_text;                   // as written
  std::string provisioner;                   // "" = found from the files
  std::vector<std::string> depends;
  std::vector<Pos> depends_pos;  // of each of `depends`; empty where the stack was stored
  std::vector<std::string> requires_;
  std::vector<std::string> provides;
  std::vector<std::string> verbs;
  std::vector<std::string> inputs_globs;  // `inputs:` files outside its directory that count as its own
  std::vector<Pos> inputs_pos;            // of each of `inputs_globs`; empty where the stack was stored
  std::vector<std::string> pass_env;      // names that the process environment passes on
  bool optional = false;
  bool idempotent = false;
  bool always = false;   // never ends `unchanged`
  bool protect = false;  // no plan that destroys or replaces something of it is applied
  bool declares_outputs = false;
  bool bare = false;     // `bare: allow`: it needs no implementation
  int random_bytes = 0;  // of HUB_RANDOM (options.random.bytes); 0 = none
  std::vector<TemplateSet> templates;
  std::vector<Hook> hooks;
  std::vector<ReadyCondition> ready_conditions;
  std::vector<std::string> tuned;  // requirements that, unmet, leave it out (lifecycle.requires.optional)
  std::string
      refused;  // why it cannot run, where that is only told when it is its turn (Stack::refuses_late); "" = it can
  std::vector<Input> conditions;      // parameters that, false or missing, leave it out; filled by graph::Bind
  int timeout_s = 0;                  // of a mutating operation; 0 = none
  std::vector<Parameter> parameters;  // as declared
  std::vector<OutputDeclaration> outputs;
  std::vector<Input> inputs;  // filled by graph::Bind
  Pos pos;
};

/// One entry of `moved`: what stands under the name `from` goes on as component `to`.
struct Move {
  std::string from;
  std::string to;
  Pos from_pos;  // lost where the stack was stored, as is the next
  Pos to_pos;
};

/// A capability that the stack itself requires and that nobody is known to provide before the run: a component prints it, or in the end it
/// is unmet (DESIGN 7).
struct Pending {
  std::string capability;
  Pos pos;
};

struct Stack {
  std::string name;     // meta.name without its :version
  std::string version;  // of meta.name; may be empty
  std::string title;
  Path base_dir;  // absolute directory of the manifest
  std::string manifest_file;
  std::string environment = "default";
  std::vector<Component> components;  // in deploy order
  std::vector<Parameter> parameters;  // stack level, settled: value set, kind user resolved
  std::vector<uint32_t>
      by_name;  // indexes in `parameters` by (name, component), filled by graph::Bind (graph/names.h);
                // empty where they stand in that order
  std::vector<OutputDeclaration> outputs;
  std::vector<std::string> requires_;
  std::vector<Pending> pending;  // of `requires_`; empty where the stack was stored
  std::vector<std::string> provides;
  std::vector<std::string> platform_provides;  // what a platform stack below this one provides
  std::vector<std::string> tuning;  // lifecycle.requires.optional as merged: "cdn", "cdn:web", "a.flag:web", …
  std::vector<ReadyCondition> ready_conditions;
  std::vector<Move> moved;
  std::vector<std::string>
      verbs;  // lifecycle.verbs: what each component must be able to do, before anything runs (`davit hub`); empty where the stack was stored
  bool explicit_order = false;     // lifecycle.order is given: it is kept (engine.md 8)
  std::vector<std::string> order;  // lifecycle.order: each component once
  std::vector<Pos> order_pos;      // of each of `order`; empty where the stack was stored
  bool refuses_late = false;       // what a component cannot get stops it, not the whole stack (`davit hub`)
  bool hub_convention = false;     // read from hub.yaml: scripts are idempotent by convention, scalars are YAML 1.1

  int Find(std::string_view component_name) const;  // index or -1
  /// Names that the component may still stand under, by `moved`: the last one that it had first.
  std::vector<std::string> FormerNames(std::string_view component_name) const;
  /// What is called so in `moved` is a component by now: its name, or "".
  std::string NewName(std::string_view former_name) const;
  /// The index of the parameter at that place of `by_name`.
  size_t IndexAt(size_t place) const { return by_name.empty() ? place : by_name[place]; }
};

/// An edge between components, producer → consumer, before it becomes an edge between tasks.
struct StackEdge {
  int from = 0;
  int to = 0;
  EdgeKind kind = EdgeKind::kNeeds;
  std::string reason;  // "depends", "output host -> db.host", "requires ingress", or that of an order
  /// Whether it only keeps neighbours of an order one after the other.
  bool OfOrder() const;
};

/// Reasons of such edges: an order that the manifest gives, and that of `davit hub`.
inline constexpr std::string_view kGivenOrderReason = "lifecycle.order";
inline constexpr std::string_view kHubOrderReason = "order";

inline bool StackEdge::OfOrder() const {
  return reason == kGivenOrderReason || reason == kHubOrderReason;
}

}  // namespace davit
