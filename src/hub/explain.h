// What `davit hub explain` shows of a state file: parameters, outputs, capabilities, and what each component added. Pure; any thread.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "hub/state_file.h"

namespace davit::hub {

struct ExplainRequest {
  std::vector<std::string> order;  // components to be shown
  bool stack = true;               // what is not of one component
  bool raw_outputs = false;
  bool show_sensitive = false;  // only for text; JSON always has all
};

/// By name, values as text (JSON for lists and maps), in the shape of hubctl.
json::object ExplainJson(const StateFile& state, const ExplainRequest& request);
/// As lines; `head` colours what begins a part.
std::vector<std::string> ExplainLines(const StateFile& state, const ExplainRequest& request,
                                      const std::function<std::string(const std::string&)>& head);
/// The operations, the oldest first.
std::vector<std::string> OperationLines(const StateFile& state,
                                        const std::function<std::string(const std::string&)>& head);

/// What the component added to what was known before it; what Davit itself knows of its sources (hub.components.*) is left out.
CapturedOutputs OwnOutputs(const ComponentState& component, const std::string& name);

}  // namespace davit::hub
