// The preview as a person reads it (engine.md 6): one picture of the whole graph, what is removed first, then in deploy order what would
// change, attribute by attribute where that was looked at. As text for a terminal, as Markdown for a pull request, as JSON. Pure functions;
// any thread.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "cli/style.h"
#include "control/client.h"

namespace davit::cli {

/// Is there anything in it to be done?
bool HasWork(const std::vector<control::JobOverview>& overview);
/// Would anything change, as far as is known? What could not be planned may.
bool HasChanges(const std::vector<control::JobOverview>& overview);
/// "3 new, 1 changed, 5 unchanged".
std::string CountOverview(const std::vector<control::JobOverview>& overview);

/// `full`: every attribute, nothing cut; else what fits on a screen, with the way to see the rest.
std::vector<std::string> RenderPlan(const std::vector<control::JobOverview>& overview, const std::string& deployment,
                                    const Style& style, int columns, bool full);
/// Of those that were planned again and wait for a yes: only what differs from what was shown before.
std::vector<std::string> RenderHeld(const std::vector<control::JobOverview>& overview, const Style& style, int columns);
std::string RenderPlanMarkdown(const std::vector<control::JobOverview>& overview, const std::string& deployment);
/// {"v", "deployment", "changes", "summary", "components"}: docs/manual/json.md.
json::object PlanJson(const std::vector<control::JobOverview>& overview, const std::string& deployment);

/// "forced by `input`", "not any more in its configuration"; why a resource is replaced or destroyed, in words. May be empty.
std::string WhyOf(const PlannedResource& resource);
/// A value as it is shown: what is sensitive or unknown as a word, texts in quotes.
std::string ShownValue(const Value& value);

}  // namespace davit::cli
