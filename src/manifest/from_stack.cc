#include "manifest/from_stack.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "manifest/merge.h"
#include "manifest/suggest.h"
#include "manifest/tuning.h"

namespace davit::manifest {
namespace {

void AddNew(std::vector<Name>& names, std::vector<Name> more) {
  std::unordered_set<std::string> known;
  for (const Name& name : names) known.insert(name.text);
  for (Name& name : more) {
    if (known.insert(name.text).second) names.push_back(std::move(name));
  }
}

void MergeComponents(std::vector<ComponentEntry>& components, std::vector<ComponentEntry> over) {
  std::unordered_map<std::string, size_t> index;
  for (size_t i = 0; i < components.size(); ++i) index.emplace(components[i].name.text, i);
  for (ComponentEntry& entry : over) {
    const auto found = index.find(entry.name.text);
    if (found == index.end()) {
      components.push_back(std::move(entry));
    } else {
      components[found->second] = std::move(entry);
    }
  }
}

std::vector<Name> MergeTunings(const std::vector<Name>& base, const std::vector<Name>& derived) {
  std::unordered_map<std::string, Pos> places;
  const auto texts = [&](const std::vector<Name>& names) {
    std::vector<std::string> all;
    for (const Name& name : names) {
      all.push_back(name.text);
      places[name.text] = name.pos;
    }
    return all;
  };
  const std::vector<std::string> older = texts(base);
  std::vector<Name> merged;
  for (std::string& term : MergeTuning(older, texts(derived))) {
    const Pos pos = places[term];
    merged.push_back({std::move(term), pos});
  }
  return merged;
}

void MergeAnnotations(json::object& base, json::object& derived) {
  const json::value* older = base.if_contains("annotations");
  if (older == nullptr || !older->is_object()) return;
  json::object merged = older->as_object();
  if (const json::value* newer = derived.if_contains("annotations"); newer != nullptr && newer->is_object()) {
    for (const auto& item : newer->as_object()) merged[item.key()] = item.value();
  }
  derived["annotations"] = std::move(merged);
}

}  // namespace

std::vector<Name> OrderOf(const StackFile& stack, Diagnostics& diagnostics) {
  if (stack.lifecycle.has_order) return stack.lifecycle.order;
  enum class Mark : uint8_t { kNew, kOpen, kDone };
  std::unordered_map<std::string_view, size_t> index;
  for (size_t i = 0; i < stack.components.size(); ++i) index.emplace(stack.components[i].name.text, i);
  std::vector<Name> order;
  std::vector<Mark> marks(stack.components.size(), Mark::kNew);
  std::vector<std::pair<size_t, size_t>> path;  // a component, and which of its depends comes next
  const auto report = [&](size_t back_to) {
    std::string loop;
    bool inside = false;
    for (const auto& [component, next] : path) {
      inside = inside || component == back_to;
      if (inside) loop += stack.components[component].name.text + " -> ";
    }
    const ComponentEntry& first = stack.components[back_to];
    diagnostics.AddError("components wait for each other: " + loop + first.name.text, first.name.pos,
                         "remove one of these dependencies");
  };
  for (size_t start = 0; start < stack.components.size(); ++start) {
    if (marks[start] != Mark::kNew) continue;
    marks[start] = Mark::kOpen;
    path.emplace_back(start, 0);
    while (!path.empty()) {
      const ComponentEntry& component = stack.components[path.back().first];
      if (path.back().second == component.depends.size()) {
        order.push_back(component.name);
        marks[path.back().first] = Mark::kDone;
        path.pop_back();
        continue;
      }
      const auto on = index.find(component.depends[path.back().second++].text);
      if (on == index.end() || marks[on->second] == Mark::kDone) continue;
      if (marks[on->second] == Mark::kOpen) {
        report(on->second);
        return order;
      }
      marks[on->second] = Mark::kOpen;
      path.emplace_back(on->second, 0);
    }
  }
  return order;
}

std::vector<Name> MergeOrders(const std::vector<Name>& base, const std::vector<Name>& derived,
                              Diagnostics& diagnostics) {
  std::unordered_map<std::string_view, size_t> places;
  for (size_t i = 0; i < base.size(); ++i) places.emplace(base[i].text, i);
  std::vector<Name> order;
  order.reserve(base.size() + derived.size());
  size_t taken = 0;              // of `base`
  std::vector<Name> before;      // of `derived`, since the last anchor
  const Name* anchor = nullptr;  // the last one
  for (const Name& name : derived) {
    const auto place = places.find(name.text);
    if (place == places.end()) {
      before.push_back(name);
      continue;
    }
    if (place->second < taken) {
      Error error{ErrorCode::kInvalidInput,
                  "lifecycle.order puts " + Named(name.text) + " after " + Named(anchor->text) +
                      ", and the stack that it comes from the other way round",
                  name.pos,
                  {},
                  "keep the order of the base stack for the components that are in both"};
      error.notes.push_back({"the base stack has it here", base[place->second].pos});
      diagnostics.Add(std::move(error));
      continue;
    }
    for (; taken < place->second; ++taken) order.push_back(base[taken]);
    for (Name& own : before) order.push_back(std::move(own));
    before.clear();
    order.push_back(name);
    ++taken;
    anchor = &name;
  }
  for (; taken < base.size(); ++taken) order.push_back(base[taken]);
  for (Name& own : before) order.push_back(std::move(own));
  return order;
}

void MergeOutputs(std::vector<OutputEntry>& outputs, std::vector<OutputEntry> over) {
  if (over.empty()) return;
  std::unordered_map<std::string, size_t> index;
  for (size_t i = 0; i < outputs.size(); ++i) index.emplace(outputs[i].output.name, i);
  for (OutputEntry& entry : over) {
    const auto [found, added] = index.try_emplace(entry.output.name, outputs.size());
    if (added) {
      outputs.push_back(std::move(entry));
      continue;
    }
    OutputEntry& base = outputs[found->second];
    OutputDeclaration& to = base.output;
    OutputDeclaration& from = entry.output;
    if (IsFilled(from.has_value, from.value)) {
      to.value = std::move(from.value);
      to.has_value = true;
      to.pos = from.pos;
    }
    if (entry.type_given) to.type = from.type;
    base.type_given |= entry.type_given;
    to.sensitive |= from.sensitive;
    if (!from.from_tf_var.empty()) to.from_tf_var = std::move(from.from_tf_var);
    if (!from.brief.empty()) to.brief = std::move(from.brief);
    if (!entry.kind.empty()) base.kind = std::move(entry.kind);
    if (!entry.description.empty()) base.description = std::move(entry.description);
  }
}

StackFile MergeStacks(StackFile base, StackFile derived, Diagnostics& diagnostics) {
  const bool ordered = base.lifecycle.has_order || derived.lifecycle.has_order;
  std::vector<Name> order;
  if (ordered) order = MergeOrders(OrderOf(base, diagnostics), OrderOf(derived, diagnostics), diagnostics);
  StackFile merged;
  MergeAnnotations(base.header.meta.kept, derived.header.meta.kept);
  merged.header = std::move(derived.header);
  merged.components = std::move(base.components);
  MergeComponents(merged.components, std::move(derived.components));
  merged.moved = std::move(base.moved);
  merged.moved.insert(merged.moved.end(), derived.moved.begin(), derived.moved.end());
  merged.requires_ = std::move(base.requires_);
  AddNew(merged.requires_, std::move(derived.requires_));
  merged.provides = std::move(base.provides);
  AddNew(merged.provides, std::move(derived.provides));
  merged.platform_provides = std::move(base.platform_provides);
  AddNew(merged.platform_provides, std::move(derived.platform_provides));
  merged.outputs = std::move(base.outputs);
  MergeOutputs(merged.outputs, std::move(derived.outputs));
  merged.parameters = std::move(derived.parameters);

  LifecycleDeclaration& to = merged.lifecycle;
  LifecycleDeclaration& newer = derived.lifecycle;
  to = std::move(base.lifecycle);
  AddNew(to.verbs, std::move(newer.verbs));
  AddNew(to.mandatory, std::move(newer.mandatory));
  AddNew(to.optional, std::move(newer.optional));
  to.tuning = MergeTunings(to.tuning, newer.tuning);
  to.ready_conditions.insert(to.ready_conditions.end(), newer.ready_conditions.begin(), newer.ready_conditions.end());
  if (!to.bare) to.bare = newer.bare;
  to.random_bytes = 0;
  to.has_order = ordered;
  to.order_pos = newer.has_order ? newer.order_pos : to.order_pos;
  to.order = std::move(order);
  return merged;
}

}  // namespace davit::manifest
