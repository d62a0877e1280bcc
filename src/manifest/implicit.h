// Parameters that every stack has without declaring them: `hub.deploymentId` and `hub.stackName` (spec/stacks.md 1.4), and where something
// mentions them `hub.components.NAME.git.ref` and `.clean` (1.7). Pure; any thread.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "manifest/trace.h"
#include "model/stack.h"

namespace davit::manifest {

/// Their values; "" = there is none.
struct Implicit {
  std::string deployment_id;
  std::string stack_name;
  /// Of the git repository that a component lies in: "ref" or "clean". Empty function = nobody knows.
  std::function<std::string(const Component& component, const std::string& what)> git;
};

/// Whether `name` is one that tells of a component's git repository; which, where these are not null.
bool IsGitName(std::string_view name, std::string* component = nullptr, std::string* what = nullptr);
/// Whether something in the stack refers to any of them, those of git left out.
bool MentionsImplicit(const Stack& stack);
/// Gives the stack those that it does not declare with a value itself; `only_mentioned`: only where something in the stack refers to them,
/// so that others do not change with it. `trace` may be null.
void AddImplicit(const Implicit& implicit, bool only_mentioned, Trace* trace, Stack& stack);

}  // namespace davit::manifest
