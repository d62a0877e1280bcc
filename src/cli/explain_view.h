// `davit explain` and `davit envrc`: where a value comes from, and the variables that a stack takes values from, as text and as JSON. Pure
// functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "cli/style.h"
#include "control/client.h"

namespace davit::cli {

/// `reveal`: sensitive values too.
std::vector<std::string> RenderExplanation(const control::ExplainView& view, const std::string& name, bool reveal,
                                           const Style& style, int columns);
/// {"items", "takers"}: docs/manual/json.md.
json::object ExplanationJson(const control::ExplainView& view, bool reveal);

/// A file for sh: each variable with what it is for, those that have to be set as `export NAME=`, the others as comments.
std::vector<std::string> RenderEnvrc(const control::CapturesView& view);
/// {"stack", "variables"}.
json::object EnvrcJson(const control::CapturesView& view);

}  // namespace davit::cli
