#include "model/stack.h"

#include <algorithm>

namespace davit {

int Stack::Find(std::string_view component_name) const {
  for (size_t i = 0; i < components.size(); ++i) {
    if (components[i].name == component_name) return static_cast<int>(i);
  }
  return -1;
}

std::vector<std::string> Stack::FormerNames(std::string_view component_name) const {
  std::vector<std::string> names;
  for (std::string_view name = component_name; names.size() < moved.size();) {  // ends, however `moved` was made
    const auto move = std::find_if(moved.begin(), moved.end(), [&](const Move& one) { return one.to == name; });
    if (move == moved.end()) break;
    name = move->from;
    names.push_back(move->from);
  }
  return names;
}

std::string Stack::NewName(std::string_view former_name) const {
  std::string_view name = former_name;
  for (size_t steps = 0; steps < moved.size(); ++steps) {
    const auto move = std::find_if(moved.begin(), moved.end(), [&](const Move& one) { return one.from == name; });
    if (move == moved.end()) break;
    name = move->to;
  }
  return name == former_name || Find(name) < 0 ? "" : std::string(name);
}

}  // namespace davit
