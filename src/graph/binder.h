// What each name in a component means (DESIGN 3, 5). Components are bound one after the other in deploy order: what one sees are the
// outputs of those bound before it, so every name leads backwards and nothing depends on timing. Links are written out where they are
// used, so that afterwards a reference leads to a settled value, an input or an output. One thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/by_name.h"
#include "base/diagnostics.h"
#include "graph/lookup_trace.h"
#include "graph/names.h"
#include "graph/types.h"
#include "model/module.h"
#include "model/stack.h"

namespace davit::graph {

class Binder {
 public:
  /// The stack is in deploy order and its parameters have their index.
  /// `trace` may be null.
  Binder(Stack& stack, const ModuleList& modules, const Names& names, LookupTrace* trace, Diagnostics& diagnostics);

  /// Inputs and outputs of the next component, and their types. Then what comes after it sees its outputs.
  void BindNext();
  /// The components that the last one that was bound names in `depends`.
  const std::vector<int>& DependsOn() const { return depends_; }
  /// After all components: what the other links name exactly is there too.
  void CheckUnusedLinks();
  /// After all components. In a hub.yaml an output that leads nowhere is dropped with a warning (seed 004), natively it is an error.
  void BindStackOutputs();
  void BindStackConditions();

 private:
  enum class Place { kInput, kOutput, kStackOutput };
  /// Whose names are looked up.
  struct Scope {
    Place place = Place::kInput;
    int component = -1;
    size_t own = 0;                     // kOutput: index of the output; those with a `value:` see only earlier ones
    std::function<std::string()> what;  // "parameter 'size' of component 'db'", made only where something is wrong
  };
  struct Producer {
    int component = -1;
    int other = -1;  // index in the same list of the last one before it that is of another kind; -1 = none
  };
  /// One meaning of a name: a stack parameter, an own input, or an output.
  struct Meaning {
    Reference::Kind kind = Reference::Kind::kUnresolved;
    int parameter = -1;
    int component = -1;
    std::string name;  // of an output or an own input
    bool sensitive = false;
  };

  void BindInput(const Parameter* declared, int qualified, std::vector<TypedInput>& typed);
  /// Tells whoever asks where an input was found: the stack's parameter or the producer, -1 = that is none.
  void TraceLookup(const Input& input, const Parameter& declared, int parameter, int producer);
  /// The same of a name in its value; `link` as BindExpression's.
  void TraceName(const Reference& reference, const Meaning& meaning, int link);
  void BindImplicit(Component& component);
  void BindImplicit(Component& component, std::string_view name, json::value value, std::string_view env);
  void BindOutput(size_t index);
  /// What must be true before it counts as ready, and the parameters that leave it out.
  void BindReadyConditions(std::vector<ReadyCondition>& conditions, const Scope& scope);
  void BindConditions();
  /// A parameter that has no value anywhere.
  [[gnu::cold]] void NoValue(const Parameter& declared, Input& input);
  /// `value` with its names bound; links are written out. False where an error was reported.
  bool BindExpression(const Expression& value, const Scope& scope, int link, Expression& bound, bool& sensitive);
  /// A part `#{ }` with its names bound, added to `result`. False where an error was reported.
  bool BindComputed(const Expression& value, const Expression::Part& part, const Scope& scope, int link,
                    Expression& result, bool& sensitive);
  bool IsLink(const Meaning& meaning) const;
  /// What a link that is one name, as in `size: "${size}"`, leads to where that is a parameter; else what it is.
  Meaning FollowAlias(const Meaning& meaning, const Scope& scope);
  /// What a name that means something else than a link becomes, added to `result`.
  void AddTarget(const Meaning& meaning, const Reference& reference, const Scope& scope, Expression& result);
  /// `inside`: the stack parameter whose value the reference stands in; `size: ${size}` of a component means the stack's. -1 = none.
  Meaning Find(const Reference& reference, const Scope& scope, int inside = -1);
  Meaning FindBare(const Reference& reference, std::string_view name, const Scope& scope, int inside);
  Meaning FindOutput(const Reference& reference, const NameParts& parts, const Scope& scope);
  Meaning FindOwn(const Reference& reference, std::string_view name, const Scope& scope);
  Meaning OfParameter(int index) const;
  Meaning OfOutput(int component, std::string_view name) const;
  /// The component whose output a bare name means: of `depends` in turn, else the nearest before it. -1 = none.
  int ProducerOf(std::string_view name, const Scope& scope, Pos pos);
  /// The last one before `producer` that `consumer` sees; -1 = none.
  int ProducerBefore(std::string_view name, int producer, int consumer);
  bool MayBeLeftOut(int component);
  void BindNextBest(const Parameter& declared, int producer, Input& input);
  /// Of a reference: what it means, as it was written, and where.
  void Fill(Reference& reference, const Meaning& meaning, std::string_view text, Pos pos) const;
  /// The input of its own by which an output's `value:` gets the output of another component.
  std::string InputFor(const Meaning& meaning, Pos pos);
  void AddProducers(int component);
  [[gnu::cold]] void Report(std::string message, Pos pos, std::string help);
  [[gnu::cold]] void Unknown(const Reference& reference, std::string_view name, const Scope& scope);
  /// Where else an output of that name is; "" = nowhere.
  std::string OtherOutput(std::string_view name, int component) const;
  std::string HelpFor(std::string_view name, const Scope& scope);
  bool SameKind(int a, int b) const { return kinds_[static_cast<size_t>(a)] == kinds_[static_cast<size_t>(b)]; }
  Component& At(int component) { return stack_.components[static_cast<size_t>(component)]; }
  const ModuleInfo& ModuleAt(int component) const { return modules_[static_cast<size_t>(component)]; }

  Stack& stack_;
  const ModuleList& modules_;
  const Names& names_;
  LookupTrace* const trace_;
  LookupTrail* trail_ = nullptr;  // of the input that is bound now, where somebody asks
  Diagnostics& diagnostics_;
  int next_ = 0;
  int binding_ = -1;          // the component that is bound now; -1 = something of the stack
  std::vector<int> depends_;  // of the component that is bound now
  NameSet done_;              // those of its own parameters
  std::vector<bool> used_;    // by stack parameter: a link that was written out somewhere
  std::vector<int> kinds_;    // by component: equal for those made from the same component file
  ByName<std::vector<Producer>> producers_;
  std::unordered_set<std::string> reported_;  // a link that many use is reported once
  int suggestions_left_ = 100;                // the search for the nearest name costs something
  bool soft_ = false;                         // reports are warnings
};

}  // namespace davit::graph
