#include <algorithm>

#include "base/clock.h"
#include "cli/commands.h"
#include "cli/views.h"

namespace davit::cli {
namespace {

Ink InkOf(std::string_view stand) {
  if (stand == "up") return Ink::kGreen;
  if (stand == "failed") return Ink::kRed;
  if (stand == "down") return Ink::kDim;
  return Ink::kYellow;
}

std::string Tool(const ComponentRow& row) {
  if (row.tool.empty()) return row.driver;
  return row.tool_version.empty() ? row.tool : row.tool + " " + row.tool_version;
}

}  // namespace

int RunStatus(Context& context) {
  Result<std::unique_ptr<control::Client>> client =
      context.Open(".", !context.options.moved && !context.options.fresh, true);
  if (!client) return context.Fail(client.error());
  Result<control::StatusView> status = (*client)->Status(context.Selector());
  if (!status) return context.Fail(status.error());
  if (context.options.json) {
    context.Json(StatusJson(*status));
    return 0;
  }
  const Style& style = context.style;
  context.Line(Paint(style, Ink::kBold, status->deployment.name));
  int name_width = 8;
  for (const control::ComponentView& view : status->components)
    name_width = std::max(name_width, Width(view.component.name));
  name_width = std::min(name_width, 40);
  for (const control::ComponentView& view : status->components) {
    const std::string_view stand = StandOf(view);
    std::string line = "  " + Fit(view.component.name, name_width, style) + "  " +
                       Paint(style, InkOf(stand), Fit(stand, 10, style)) + "  ";
    line += Fit(Tool(view.component), 16, style);
    if (view.state_version > 0) line += "  state " + std::to_string(view.state_version);
    context.Line(line.substr(0, line.find_last_not_of(' ') + 1));
  }
  if (status->components.empty()) context.Line("  nothing stands");
  for (const RunRow& run : status->open_runs) {
    context.Line("run " + run.id.text + " " + std::string(ToString(run.kind)) + " " + StateOf(run));
    if (run.reconcile_tasks > 0) {
      context.Line("  davit run reconcile " + run.id.text);
    } else if (run.waiting_since_ms != 0) {
      context.Line("  davit run approve " + run.id.text);
    }
  }
  if (status->last_run && status->last_run->state == RunState::kFinished) {
    const RunRow& run = *status->last_run;
    const std::string duration = DurationOf(run.started_ms, run.finished_ms);
    context.Line("last run " + run.id.text + " " + std::string(ToString(run.kind)) + " " + StateOf(run) + ", " +
                 FormatUtc(run.finished_ms) + (duration.empty() ? "" : " (" + duration + ")"));
  }
  return 0;
}

}  // namespace davit::cli
