// Runs, components and outputs as JSON (docs/manual/json.md) and as words. Pure functions; any thread.
#pragma once

#include <string>

#include "base/json.h"
#include "control/client.h"

namespace davit::cli {

/// {"id", "deployment", "kind", "state", "result", "reason", "message", "created", "started", "finished", "waits_for"}.
json::object RunJson(const RunRow& run, const std::string& deployment, const std::string& waits_for);
json::array JobsJson(const control::RunView& view);
json::object OverviewJson(const control::JobOverview& overview);
json::object StatusJson(const control::StatusView& view);
/// {"stack": {…}, "components": {…}}.
json::object OutputsJson(const control::OutputsView& view, bool reveal);

/// "shop" of "local/default/default/shop".
std::string ShortName(const std::string& deployment);
/// "up", "down", "failed", "running": what stands of a component.
std::string_view StandOf(const control::ComponentView& view);
/// "running", "succeeded", "waits for you": state or result of a run in a word.
std::string StateOf(const RunRow& run);
/// The same of one of its components.
std::string StateOf(const JobRow& job);
std::string DurationOf(int64_t started_ms, int64_t finished_ms);

}  // namespace davit::cli
