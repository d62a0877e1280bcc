// The merge of the parameters of a stack: many lists, one after the other, become one list with at most one entry for each name and
// component (spec 1.2). Used by elaborate only. One thread.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/by_name.h"
#include "base/diagnostics.h"
#include "manifest/declarations.h"
#include "manifest/trace.h"
#include "model/stack.h"

namespace davit::manifest {

class ParameterMerger {
 public:
  /// Merges into `parameters` and `places`, which must be empty. There will be at most `most` entries.
  /// `overrides` (of variables that `fromEnv` names) reach what is merged from two sources, and nothing else: seed 004's command line
  /// does so. `trace` may be null.
  ParameterMerger(std::vector<Parameter>& parameters, std::vector<ParameterPlaces>& places, size_t most,
                  const std::map<std::string, std::string>& overrides, Trace* trace, Diagnostics& diagnostics);

  /// The lists that follow come from another source; within one, a parameter that is given twice is worth a warning.
  void NextSource() { ++source_; }
  /// A plain one is also merged into every qualified one of that name that was added before and whose component is there.
  void Add(ParameterDeclaration&& declaration, bool known_component = true);
  /// What follows, until the next call, is for this component only: nearly all of a large stack, which is why it has a shortcut.
  void BeginComponent(std::string_view component);
  void EndComponent() { fresh_component_ = {}; }
  /// What follows, until the next call, came out of one merger, so that each is there once.
  void BeginMerged() { merged_from_ = parameters_.size(); }
  void EndMerged() { merged_from_.reset(); }
  /// Whether the kind of the parameter of that index was said, and is not only the usual one.
  bool KindGiven(size_t index) const { return states_[index].kind_given; }
  /// Whether a qualified one has its value from a plain one that was merged into it.
  bool ValueOfPlain(size_t index) const { return states_[index].value_of_plain; }
  /// Indexes, ascending, of all that say more than a value: a variable or a default to take it from, or that it is a link without having a
  /// value yet. A large stack has few of them.
  std::vector<uint32_t> Notable() const;

 private:
  struct Key {
    std::string_view name;
    std::string_view component;
    friend bool operator==(const Key&, const Key&) = default;
  };
  struct Hash {
    size_t operator()(const Key& key) const {
      return std::hash<std::string_view>()(key.name) * 31 + std::hash<std::string_view>()(key.component);
    }
  };
  struct State {
    int next_qualified = -1;  // of the same name
    int source = 0;
    bool kind_given = false;
    bool known_component = true;
    bool value_of_plain = false;
  };
  /// All parameters of one name.
  struct SameName {
    int plain = -1;
    int first_qualified = -1;
    int last_qualified = -1;
  };

  int Find(const SameName& same, const Parameter& parameter);
  void Note(int index, const Parameter& parameter);
  void Merge(int index, ParameterDeclaration over);
  void MergeIntoQualified(const SameName& same, const ParameterDeclaration& plain);

  // The keys of the maps are texts of parameters_, which never moves.
  std::vector<Parameter>& parameters_;
  std::vector<ParameterPlaces>& places_;
  std::vector<State> states_;
  std::vector<uint32_t> notable_;  // as they were said, some more than once
  ByName<SameName> names_;
  boost::unordered_flat_map<Key, int, Hash> qualified_;  // of the first indexed_ parameters; made where it is needed
  size_t indexed_ = 0;
  NameSet components_;                 // that have qualified ones
  std::string_view fresh_component_;   // had none at BeginComponent
  std::optional<size_t> merged_from_;  // only those before this index may be the same
  int source_ = 0;
  const std::map<std::string, std::string>& overrides_;
  Trace* const trace_;
  Diagnostics& diagnostics_;
};

/// Whether a value is there and is not the empty text: only such overwrites (false and 0 do).
bool IsFilled(bool has_value, const Expression& value);
bool IsFilled(const json::value& value);
/// Fields of `over` that are not empty win; kind user beats tech, link stays link; a value ends `empty: allow`. Which of them won.
FieldSet MergeParameter(Parameter& base, bool* kind_given, ParameterPlaces& places, ParameterDeclaration over);

}  // namespace davit::manifest
