// What can be wrong with the names of components, before anything is merged.
#include <algorithm>
#include <unordered_map>

#include "base/text.h"
#include "manifest/elaborate.h"
#include "manifest/suggest.h"

namespace davit::manifest {
namespace {

using NameIndex = std::unordered_map<std::string_view, size_t>;

/// Names become parts of references, of file names and of command lines.
bool IsComponentName(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '.';
  };
  return name.size() <= 128 && name.front() != '-' && name.front() != '.' &&
         std::all_of(name.begin(), name.end(), allowed);
}

void CheckOrder(const StackFile& stack, const NameIndex& index, Diagnostics& diagnostics) {
  if (!stack.lifecycle.has_order) return;
  std::vector<bool> listed(stack.components.size());
  std::unordered_map<std::string_view, Pos> seen;
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

void CheckListed(const std::vector<Name>& names, const char* key, const StackFile& stack, const NameIndex& index,
                 Diagnostics& diagnostics) {
  for (const Name& name : names) {
    if (index.contains(name.text)) continue;
    std::string help = Suggest(
        name.text, [&] { return ComponentNames(stack); }, diagnostics);
    if (help.empty()) help = "remove it, or add the component";
    diagnostics.AddError(std::string(key) + " names the unknown component " + Named(name.text), name.pos,
                         std::move(help));
  }
}

}  // namespace

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
                           "use at most 128 letters, digits and - _ . and begin with a letter or digit");
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
  CheckListed(stack.lifecycle.optional, "lifecycle.optional", stack, index, diagnostics);
  CheckListed(stack.lifecycle.mandatory, "lifecycle.mandatory", stack, index, diagnostics);
  CheckOrder(stack, index, diagnostics);
}

}  // namespace davit::manifest
