// The keys of a component's declaration that a person wrote and that are kept as they stand, as one table: for whoever compares two of them.
// Pure; any thread.
#pragma once

#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/json.h"
#include "model/stack.h"

namespace davit::control {

struct DeclaredKey {
  const char* name;
  std::variant<std::string Component::*, std::vector<std::string> Component::*, bool Component::*, int Component::*>
      field;

  json::value ValueIn(const Component& component) const {
    return std::visit([&](auto member) { return json::value_from(component.*member); }, field);
  }
};

inline constexpr DeclaredKey kDeclaredKeys[] = {
    {"source", &Component::source_text},
    {"provisioner", &Component::provisioner},
    {"depends", &Component::depends},
    {"requires", &Component::requires_},
    {"provides", &Component::provides},
    {"inputs", &Component::inputs_globs},
    {"passEnv", &Component::pass_env},
    {"optional", &Component::optional},
    {"idempotent", &Component::idempotent},
    {"always", &Component::always},
    {"protect", &Component::protect},
    {"timeout", &Component::timeout_s},
    {"bare", &Component::bare},
    {"random", &Component::random_bytes},
    {"tuned", &Component::tuned},
};

}  // namespace davit::control
