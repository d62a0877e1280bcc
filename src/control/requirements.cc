#include "control/requirements.h"

#include <algorithm>
#include <set>

#include "manifest/tuning.h"

namespace davit::control {

namespace {

/// Is it of a cloud that nobody uses?
bool IsLeftOut(const std::string& requirement, const std::vector<std::string>& clouds) {
  if (clouds.empty()) return false;
  const std::string cloud = requirement == "gcs" ? "gcp" : requirement == "arm" ? "azure" : requirement;
  if (cloud != "aws" && cloud != "gcp" && cloud != "azure") return false;
  return std::find(clouds.begin(), clouds.end(), cloud) == clouds.end();
}

}  // namespace

Result<> CheckBuiltIn(const Stack& stack, const std::vector<std::string>& clouds, ModuleInspector& inspector) {
  std::set<std::string> provided(stack.platform_provides.begin(), stack.platform_provides.end());
  Error all;
  all.code = ErrorCode::kInvalidInput;
  for (const Component& component : stack.components) {
    for (const std::string& requirement : component.requires_) {
      if (component.optional || provided.contains(requirement) || !IsBuiltIn(requirement) ||
          IsLeftOut(requirement, clouds) ||
          std::find(component.tuned.begin(), component.tuned.end(), requirement) != component.tuned.end())
        continue;
      const std::string why = inspector.Missing(requirement);
      if (!why.empty()) all.notes.push_back({component.name + " requires " + requirement + ": " + why, component.pos});
    }
    for (const std::string& capability : component.provides) AddCapability(provided, capability);
  }
  // What the stack alone asks for (spec/stacks.md 1.8).
  for (const std::string& requirement : stack.requires_) {
    const bool of_component =
        std::any_of(stack.components.begin(), stack.components.end(), [&](const Component& component) {
          return std::find(component.requires_.begin(), component.requires_.end(), requirement) !=
                 component.requires_.end();
        });
    // `davit hub` lets it be tuned away, as its reference (DESIGN 8).
    const bool tuned = stack.refuses_late && manifest::IsTuned(stack.tuning, requirement);
    if (of_component || tuned || provided.contains(requirement) || !IsBuiltIn(requirement) ||
        IsLeftOut(requirement, clouds))
      continue;
    const std::string why = inspector.Missing(requirement);
    if (!why.empty()) all.notes.push_back({"the stack requires " + requirement + ": " + why, {}});
  }
  if (all.notes.empty()) return {};
  all.message = "nothing ran: " + std::string(all.notes.size() == 1 ? "a requirement is" : "requirements are") +
                " not to be had on this machine";
  all.suggestion = "install the tool and give it access, or make the component optional";
  return Fail(std::move(all));
}

}  // namespace davit::control
