// States as JSON (docs/manual/json.md) and as lines for people. What is sensitive is hidden unless `reveal`. Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "cli/style.h"
#include "control/client.h"

namespace davit::cli {

json::object StatesJson(const control::StatesView& view);
json::object StateJson(const control::StateView& view, bool reveal);
json::object StateDiffJson(const control::StateDiff& diff, bool reveal);
json::object LockJson(const control::LockView& lock);
json::object StateVersionJson(const StateVersionRow& row);
/// {"resources": […], "outputs": […]}.
json::object ChangesJson(const PlannedChanges& changes, bool reveal);

std::vector<std::string> RenderStates(const control::StatesView& view, const Style& style);
std::vector<std::string> RenderState(const control::StateView& view, const Style& style, bool reveal);
/// The differences and, where there are some, a line that counts them.
std::vector<std::string> RenderStateDiff(const control::StateDiff& diff, const Style& style, bool reveal);
/// What is about to be taken over for `component`.
std::vector<std::string> RenderAdoption(const control::AdoptView& view, const std::string& component,
                                        const Style& style);
std::vector<std::string> RenderLock(const control::LockView& lock);
/// [{"path", "before", "after"}].
json::array AttributesJson(const std::vector<AttributeChange>& changes, bool reveal);
/// "input: "a" → "b""; where one side is not there, only the other, and "gone".
std::string RenderChange(const AttributeChange& change, const Style& style, bool reveal);
/// The attributes of what was changed outside (runner/look.h), one a line, cut to the columns.
std::vector<std::string> RenderDifference(const json::object& difference, int indent, int columns, const Style& style);
/// "+", "-" or "~", of create, delete or update.
std::string RenderSign(const std::string& action, const Style& style);
/// "3", or the id of one in quarantine.
std::string NameOf(const StateVersionRow& row);

}  // namespace davit::cli
