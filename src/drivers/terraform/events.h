// The lines that `terraform … -json` prints, understood: one parser for the live view (LineReader) and for the end
// (Finish). Tolerant: what is no JSON, or of a type not known here, is text or nothing. Values of outputs are never
// taken from it. Pure. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "drivers/driver.h"

namespace davit::drivers {

struct TerraformLine {
  std::optional<ToolEvent> event;        // for people
  std::optional<ResourceChange> change;  // planned_change
  std::optional<ResourceChange> drift;   // resource_drift
  bool output_changes = false;
  bool error = false;  // an error diagnostic: `summary` and `detail` are set
  bool warning = false;
  bool spoken = false;  // a line of `-json`
  bool torn = false;    // begins as one and does not end as one
  std::string summary;  // "local-exec provisioner error (terraform_data.db, main.tf:12)"
  std::string detail;   // one line
};

TerraformLine ParseTerraformLine(std::string_view line);

}  // namespace davit::drivers
