// What became of each parameter of a stack on its way from the files to its value: a record that the merge and settle keep where somebody
// asks (`davit explain`), and only there; elsewhere the pointer to it is null. It holds values in clear. One thread.
#pragma once

#include <array>
#include <string>
#include <unordered_map>
#include <vector>

#include "manifest/declarations.h"

namespace davit::manifest {

/// What a source may say of a parameter and another one may overwrite.
enum class Field { kValue, kDefault, kFromEnv, kFromFile, kKind };
inline constexpr size_t kFields = 5;

/// Fields as a set.
class FieldSet {
 public:
  void Add(Field field) { bits_ |= 1u << static_cast<unsigned>(field); }
  bool Has(Field field) const { return (bits_ >> static_cast<unsigned>(field) & 1u) != 0; }

 private:
  unsigned bits_ = 0;
};

/// What one source says of a parameter.
struct ParameterStep {
  enum class From {
    kComponentFile,
    kStack,     // its `parameters`
    kEntry,     // those of a component's entry
    kFile,      // of parameters
    kPlatform,  // the state of the stack that this one is put upon
    kDavit,     // nobody: every stack has it
  };
  From from = From::kStack;
  ParameterDeclaration said;
  bool of_plain = false;  // the plain parameter of that name, merged into this one of a component
  bool private_ = false;  // it is not of kind user, so that it stays in its component
};

/// Where settle looked for the value of a user parameter.
struct SettleStep {
  enum class Place { kVariable, kFile, kAnswer, kDefault, kEmpty };
  Place place = Place::kVariable;
  bool found = false;
  std::string name;  // of the variable; of the file as it is written
  Pos pos;
};

/// A name in the value of a stack parameter, and the stack parameter that it means; "" = none.
struct TracedName {
  std::string text;
  std::string means;
};

struct ParameterTrail {
  std::vector<ParameterStep> steps;  // in the order of the merge
  std::array<int, kFields> holders;  // by Field: whose word counts, index into `steps`; -1 = nobody's
  std::vector<SettleStep> settled;   // in order; the last one is the value's where it was found
  std::vector<TracedName> names;     // in the order of its value
  ParameterTrail() { holders.fill(-1); }
  int holder(Field field) const { return holders[static_cast<size_t>(field)]; }
};

class Trace {
 public:
  /// The parameters of the next stack of a chain, from the lowest up, are merged from here on.
  void BeginStack();
  /// Whose the words are that follow.
  void From(ParameterStep::From from) { from_ = from; }
  /// Those that the stack below had in the end follow, or end.
  void TakesOver(bool below) { below_follow_ = below; }

  /// `said` of a component's own file stays there.
  void Private(const std::string& component, const ParameterDeclaration& said);
  /// `said` is the first word on the parameter `key`, or was merged into it, where `took` of it counts now.
  void Added(const std::string& key, const ParameterDeclaration& said);
  void Merged(const std::string& key, const ParameterDeclaration& said, FieldSet took);
  /// `from` says `field` of a parameter that has it, after the files.
  void Given(const Parameter& given, ParameterStep::From from, Field field);
  void Settled(const std::string& key, SettleStep step);
  void Named(const std::string& key, const std::string& text, const std::string& means);

  /// By `name` or `name|component`; nullptr where nobody said anything.
  const ParameterTrail* Find(const std::string& key) const;
  /// What own files of components say that stays there, in the order of reading.
  const std::vector<ParameterStep>& privates() const { return privates_; }

 private:
  using Trails = std::unordered_map<std::string, ParameterTrail>;

  ParameterStep::From from_ = ParameterStep::From::kStack;
  bool below_follow_ = false;
  Trails trails_;
  Trails below_;  // of the stack below, until they are taken over
  std::vector<ParameterStep> privates_;
};

}  // namespace davit::manifest
