// What the merge, settle and the binder kept of their work, as items for people: each value with the places where it was looked for, followed
// by what it is made of. Reads only; one thread.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include "control/client.h"
#include "graph/lookup_trace.h"
#include "manifest/trace.h"

namespace davit::control {

/// What is still to be explained.
struct ToExplain {
  ExplainedItem::Kind kind = ExplainedItem::Kind::kParameter;
  std::string name;
  int depth = 0;
  bool sensitive = false;  // to those who get it

  std::string Key() const { return std::to_string(static_cast<int>(kind)) + name; }
};

class Explainer {
 public:
  /// `values` of `davit eval`, for the component of `lookups` where it has one.
  Explainer(const StackDocument& document, const manifest::Trace& trace, const graph::LookupTrace& lookups,
            const ValueMap& values);

  bool Knows(const ToExplain& what) const;
  /// Everything that they lead to, however long the way is; each thing once, so that circles end.
  std::vector<ExplainedItem> Run(std::vector<ToExplain> roots);

 private:
  void Explain(const ToExplain& todo, ExplainedItem& item);
  void ExplainParameter(const ToExplain& todo, ExplainedItem& item);
  void ExplainInput(const ToExplain& todo, ExplainedItem& item);
  void ExplainOutput(const ToExplain& todo, ExplainedItem& item);
  ExplainedSource OfStep(const manifest::ParameterTrail& trail, int index, bool valued, bool user,
                         bool sensitive) const;
  ExplainedSource OfSettling(const manifest::ParameterTrail& trail, const manifest::SettleStep& step) const;
  void AddNames(const graph::LookupTrail& lookup, const std::string& stands_in, ExplainedItem& item);
  void AddNames(const std::string& key, const manifest::ParameterTrail& trail, bool link, ExplainedItem& item);
  void AddName(ExplainedItem& item, std::string text, ExplainedItem::Kind kind, std::string name);
  void TakeValue(const std::string& name, ExplainedItem& item) const;
  const Parameter* ParameterAt(const std::string& key) const {
    const auto found = parameters_.find(key);
    return found == parameters_.end() ? nullptr : found->second;
  }
  const Parameter* OwnParameter(const std::string& name) const;
  std::string Where(const manifest::ParameterStep& step) const;
  std::string Where(Pos pos) const;

  const StackDocument& document_;
  const Stack& stack_;
  const manifest::Trace& trace_;
  const graph::LookupTrace& lookups_;
  const ValueMap& values_;
  std::unordered_map<std::string, const Parameter*> parameters_;
  std::vector<std::vector<ToExplain>> means_;  // by item: of each of its names
};

}  // namespace davit::control
