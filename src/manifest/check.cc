// What can be wrong with the names of components, before anything is merged.
#include <algorithm>
#include <unordered_map>

#include "base/by_name.h"
#include "base/text.h"
#include "manifest/component_name.h"
#include "manifest/elaborate.h"
#include "manifest/suggest.h"
#include "manifest/tuning.h"

namespace davit::manifest {
namespace {

using NameIndex = ByName<size_t>;

void CheckOrder(const StackFile& stack, const NameIndex& index, Diagnostics& diagnostics) {
  if (!stack.lifecycle.has_order) return;
  std::vector<bool> listed(stack.components.size());
  ByName<Pos> seen;
  for (const Name& name : stack.lifecycle.order) {
    const auto found = index.find(name.text);
    if (found == index.end()) {
      diagnostics.AddError("lifecycle.order names the unknown component " + Named(name.text), name.pos,
                           Suggest(
                               name.text, [&] { return ComponentNames(stack); }, diagnostics));
      continue;
    }
    if (listed[found->second]) {
      Error error{ErrorCode::kInvalidInput,
                  "lifecycle.order names component " + Named(name.text) + " twice",
                  name.pos,
                  {},
                  "remove one of them"};
      error.notes.push_back({"the first is here", seen[name.text]});
      diagnostics.Add(std::move(error));
      continue;
    }
    listed[found->second] = true;
    seen.emplace(name.text, name.pos);
  }
  std::vector<std::string> missing;
  for (size_t i = 0; i < listed.size(); ++i) {
    if (!listed[i] && index.at(stack.components[i].name.text) == i)
      missing.push_back("'" + stack.components[i].name.text + "'");
  }
  if (missing.empty()) return;
  const size_t count = missing.size();
  if (count > 5) missing.resize(5);
  diagnostics.AddError("lifecycle.order does not name " + std::string(count == 1 ? "component " : "the components ") +
                           Join(missing, ", ") + (count > 5 ? " and " + std::to_string(count - 5) + " more" : ""),
                       stack.lifecycle.order_pos,
                       "an order must name every component; without it the order follows from who uses what");
}

/// `moved`: every name once on each side, so that what is called so before and after is never in doubt. Renames may follow each other
/// (a to b, b to c), so that a manifest can carry all that there were; a round of them would lead nowhere.
class MovedChecker {
 public:
  MovedChecker(const StackFile& stack, const NameIndex& index, Diagnostics& diagnostics)
      : stack_(stack), index_(index), diagnostics_(diagnostics) {}

  void Run() {
    for (const MoveEntry& move : stack_.moved) {
      if (move.from.text.empty() || move.to.text.empty()) return;  // said already
    }
    for (const MoveEntry& move : stack_.moved) CheckEntry(move);
    if (bad_) return;
    for (const MoveEntry& move : stack_.moved) CheckTarget(move);
    if (!bad_) CheckRounds();
  }

 private:
  using Entries = ByName<const MoveEntry*>;

  void Say(std::string message, Pos pos, std::string suggestion, std::vector<Note> notes = {}) {
    bad_ = true;
    diagnostics_.Add(Error{ErrorCode::kInvalidInput, std::move(message), pos, std::move(notes), std::move(suggestion)});
  }

  void CheckEntry(const MoveEntry& move) {
    for (const Name* name : {&move.from, &move.to}) {
      if (!IsComponentName(name->text))
        return Say("moved: " + Named(name->text) + " cannot be the name of a component", name->pos, kComponentNameRule);
    }
    if (move.from.text == move.to.text)
      return Say("moved: " + Named(move.from.text) + " is moved to itself", move.to.pos, "remove the entry");
    if (const auto declared = index_.find(move.from.text); declared != index_.end()) {
      return Say("moved: component " + Named(move.from.text) + " is to be called " + Named(move.to.text) +
                     ", and is still declared",
                 move.from.pos, "rename it in `components`, or remove the entry of moved",
                 {{"it is declared here", stack_.components[declared->second].name.pos}});
    }
    if (const auto [first, added] = from_.emplace(move.from.text, &move); !added) {
      return Say("moved: " + Named(move.from.text) + " is moved twice", move.from.pos,
                 "a component has one name: remove one of the entries",
                 {{"the first is here", first->second->from.pos}});
    }
    if (const auto [first, added] = to_.emplace(move.to.text, &move); !added) {
      Say("moved: two components are to be called " + Named(move.to.text), move.to.pos,
          "remove one of the entries; where " + Named(move.to.text) +
              " had several names one after the other, say so one by one: {from: a, to: b}, {from: b, to: c}",
          {{"the first is here", first->second->to.pos}});
    }
  }

  void CheckTarget(const MoveEntry& move) {
    if (index_.contains(move.to.text)) return;
    if (from_.contains(move.to.text)) return;
    std::string help = Suggest(
        move.to.text, [&] { return ComponentNames(stack_); }, diagnostics_);
    if (help.empty()) help = "add it to components, or remove the entry";
    Say("moved: " + Named(move.from.text) + " is moved to " + Named(move.to.text) + ", which the stack does not have",
        move.to.pos, std::move(help));
  }

  void CheckRounds() {
    std::unordered_map<const MoveEntry*, size_t> walked;  // in which walk an entry was met first
    for (size_t i = 0; i < stack_.moved.size(); ++i) {
      const MoveEntry* at = &stack_.moved[i];
      while (at != nullptr && walked.emplace(at, i).second) {
        const auto next = from_.find(at->to.text);
        at = next == from_.end() ? nullptr : next->second;
      }
      if (at == nullptr || walked[at] != i) continue;
      Say("moved: " + Named(at->from.text) + " comes back to itself, by way of " + Named(at->to.text), at->from.pos,
          "remove one of the entries, and declare the component that the others lead to");
    }
  }

  const StackFile& stack_;
  const NameIndex& index_;
  Diagnostics& diagnostics_;
  Entries from_;
  Entries to_;
  bool bad_ = false;
};

struct ListChecker {
  const StackFile& stack;
  const NameIndex& index;
  bool only_warn;
  Diagnostics& diagnostics;

  void Check(const char* key, std::string_view name, Pos pos) const {
    if (index.contains(name)) return;
    std::string message = std::string(key) + " names the unknown component " + Named(name);
    std::string help = Suggest(
        name, [&] { return ComponentNames(stack); }, diagnostics);
    if (help.empty()) help = "remove it, or add the component";
    if (only_warn) {
      diagnostics.AddWarning("unknown-component", std::move(message), pos, std::move(help));
    } else {
      diagnostics.AddError(std::move(message), pos, std::move(help));
    }
  }
};

void CheckDepends(const ComponentEntry& component, const StackFile& stack, const NameIndex& index,
                  Diagnostics& diagnostics) {
  for (const Name& name : component.depends) {
    if (name.text == component.name.text) {
      diagnostics.AddError("component " + Named(name.text) + " depends on itself", name.pos,
                           "remove " + Named(name.text) + " from its depends");
    } else if (!index.contains(name.text)) {
      std::string help = Suggest(
          name.text, [&] { return ComponentNames(stack); }, diagnostics);
      if (help.empty()) help = "add it to components, or remove it from depends";
      diagnostics.AddError("component " + Named(component.name.text) + " depends on " + Named(name.text) +
                               ", which the stack does not have",
                           name.pos, std::move(help));
    }
  }
}

}  // namespace

bool IsComponentName(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  return !name.empty() && name.size() <= 128 && name.front() != '-' && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), allowed);
}

std::vector<std::string_view> ComponentNames(const StackFile& stack) {
  std::vector<std::string_view> names;
  names.reserve(stack.components.size());
  for (const ComponentEntry& component : stack.components) names.push_back(component.name.text);
  return names;
}

void CheckComponents(const StackFile& stack, Diagnostics& diagnostics) {
  NameIndex index;
  index.reserve(stack.components.size());
  for (size_t i = 0; i < stack.components.size(); ++i) {
    const Name& name = stack.components[i].name;
    if (!IsComponentName(name.text)) {
      diagnostics.AddError("the name " + Named(name.text) + " of a component is not allowed", name.pos,
                           kComponentNameRule);
    }
    const auto [first, added] = index.emplace(name.text, i);
    if (added) continue;
    Error error{ErrorCode::kInvalidInput,
                "there are two components " + Named(name.text),
                name.pos,
                {},
                "give one of them another name"};
    error.notes.push_back({"the first is here", stack.components[first->second].name.pos});
    diagnostics.Add(std::move(error));
  }
  CheckOrder(stack, index, diagnostics);
}

void CheckOrderOfDepends(const StackFile& stack, Diagnostics& diagnostics) {
  NameIndex place;
  for (size_t i = 0; i < stack.lifecycle.order.size(); ++i) place.emplace(stack.lifecycle.order[i].text, i);
  for (const ComponentEntry& component : stack.components) {
    const auto own = place.find(component.name.text);
    for (const Name& on : component.depends) {
      const auto other = place.find(on.text);
      if (own == place.end() || other == place.end() || other->second < own->second) continue;
      Error error{
          ErrorCode::kInvalidInput,
          "lifecycle.order puts " + Named(component.name.text) + " before " + Named(on.text) + ", which it depends on",
          stack.lifecycle.order[own->second].pos,
          {},
          "put " + Named(on.text) + " before " + Named(component.name.text) + ", or leave lifecycle.order out"};
      error.notes.push_back({"it depends on it here", on.pos});
      diagnostics.Add(std::move(error));
    }
  }
}

void CheckNames(const StackFile& stack, bool lists_may_differ, Diagnostics& diagnostics) {
  NameIndex index;
  index.reserve(stack.components.size());
  for (size_t i = 0; i < stack.components.size(); ++i) index.emplace(stack.components[i].name.text, i);
  for (const ComponentEntry& component : stack.components) CheckDepends(component, stack, index, diagnostics);
  const LifecycleDeclaration& lifecycle = stack.lifecycle;
  const ListChecker lists{stack, index, lists_may_differ, diagnostics};
  for (const Name& name : lifecycle.optional) lists.Check("lifecycle.optional", name.text, name.pos);
  for (const Name& name : lifecycle.mandatory) lists.Check("lifecycle.mandatory", name.text, name.pos);
  for (const Name& name : lifecycle.tuning) {
    const TuningTerm term = SplitTuning(name.text);
    if (!term.component.empty()) lists.Check("lifecycle.requires.optional", term.component, name.pos);
  }
  MovedChecker(stack, index, diagnostics).Run();
}

}  // namespace davit::manifest
