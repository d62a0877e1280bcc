#include "model/stack.h"

namespace davit {

int Stack::Find(std::string_view component_name) const {
  for (size_t i = 0; i < components.size(); ++i) {
    if (components[i].name == component_name) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace davit
