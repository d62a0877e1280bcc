// The parameters of a stack from all who say something of them, in the order of seed 004: files of components, the stack that it comes
// from, the stack itself, the entries of its components, files of parameters (spec/stacks.md 1.2). Used by elaborate and for the base
// stacks of a chain. One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/by_name.h"
#include "base/diagnostics.h"
#include "manifest/declarations.h"
#include "manifest/elaborate.h"
#include "manifest/merge.h"

namespace davit::manifest {

class StackParameters {
 public:
  /// Merges into `parameters` and `places`, which are empty. There will be at most `most`. `stack` has all components; of an application
  /// the variables stay, as its parameters become those of a component.
  StackParameters(const StackFile& stack, std::vector<Parameter>& parameters, std::vector<ParameterPlaces>& places,
                  size_t most, const Surroundings& surroundings, Diagnostics& diagnostics);

  /// Of a component's own file only those of kind user reach the stack, for this component.
  void AddOfFile(const ComponentFile& file, const std::string& component);
  /// As they came out of the stack that this one comes from.
  void AddOfBase(std::vector<ParameterDeclaration> declarations);
  void AddOfStack(std::vector<ParameterDeclaration> declarations);
  void AddOfParametersFile(std::vector<ParameterDeclaration> declarations);
  /// After the stack's own, although they stand before them: what is said of exactly one component is not overwritten in the same file.
  void BeginEntries() { NextSource(ParameterStep::From::kEntry); }
  void AddOfEntry(std::vector<ParameterDeclaration>& entry, const std::string& component);
  void EndEntries() { merger_.EndComponent(); }

  bool KindGiven(size_t index) const { return merger_.KindGiven(index); }
  bool ValueOfPlain(size_t index) const { return merger_.ValueOfPlain(index); }
  std::vector<uint32_t> Notable() const { return merger_.Notable(); }
  /// What can be wrong with what came out.
  void Warn() const;

 private:
  void NextSource(ParameterStep::From from);
  void AddAll(std::vector<ParameterDeclaration> declarations);
  void Add(ParameterDeclaration declaration);

  const StackFile& stack_;
  const bool application_;
  ByName<size_t> index_;  // of components
  std::vector<Parameter>& parameters_;
  std::vector<ParameterPlaces>& places_;
  ParameterMerger merger_;
  Trace* const trace_;
  Diagnostics& diagnostics_;
};

/// Whether an item of a component's entry says more than that there is such a parameter.
bool ReachesStack(const ParameterDeclaration& declaration);
/// How many of a file reach the stack.
size_t CountOfFile(const ComponentFile& file);

}  // namespace davit::manifest
