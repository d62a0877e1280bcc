// The history of a deployment as JSON (docs/manual/json.md) and as lines for people. What is sensitive is hidden unless `reveal`. Pure
// functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "cli/style.h"
#include "control/client.h"

namespace davit::cli {

json::object HistoryJson(const control::HistoryView& view);
json::object StackDiffJson(const control::StackDiff& diff, bool reveal);
std::vector<std::string> RenderHistory(const control::HistoryView& view, const Style& style);
std::vector<std::string> RenderStackDiff(const control::StackDiff& diff, const Style& style, bool reveal);

}  // namespace davit::cli
