// `davit plan --affected`: the range of revisions as it is typed, and the components that differ as text and as JSON. Pure functions; any
// thread.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "cli/style.h"
#include "control/client.h"

namespace davit::cli {

struct RevisionRange {
  std::string base;
  std::string head;  // "" = the files as they are
};

/// "BASE..HEAD", "BASE.." or "BASE". invalid_input with the way to write what was meant.
Result<RevisionRange> ParseRevisionRange(const std::string& text);

/// `full`: every file.
std::vector<std::string> RenderAffected(const control::AffectedView& view, const RevisionRange& range,
                                        const Style& style, bool full);
/// {"v", "stack", "base", "head", "total", "components"}: docs/manual/json.md.
json::object AffectedJson(const control::AffectedView& view, const RevisionRange& range);

}  // namespace davit::cli
