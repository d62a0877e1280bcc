#include "runner/report.h"

#include "drivers/lines.h"
#include "drivers/made.h"

namespace davit::runner {
namespace {

constexpr size_t kMaxLine = size_t{1} << 20;

/// For sh: an address may hold brackets and quotes.
std::string Quoted(const std::string& text) {
  std::string quoted = "'";
  for (char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace

json::object ReconcileReport(drivers::Driver& driver, const drivers::Operation& operation, const std::string& tool,
                             std::string_view state, bool log_lost) {
  json::object report{{"v", 1}};
  if (!driver.keeps_state()) return report;
  drivers::StateInfo kept;
  if (!state.empty()) {
    if (Result<drivers::StateInfo> info = driver.ReadState(state)) kept = *std::move(info);
  }
  report["state_resources"] = kept.resources;

  drivers::Made made;
  const std::unique_ptr<drivers::LineReader> reader = driver.Reader(operation);
  (void)drivers::ForEachLine(operation.process.stdout_file, kMaxLine, [&](std::string_view line, bool) {
    if (const std::optional<drivers::ToolEvent> event = reader->Read(line, false)) made.Take(*event);
  });
  json::array lost;
  for (const drivers::Made::Thing& thing : made.Lost(kept)) {
    json::object entry{{"address", thing.address}};
    if (!thing.id_value.empty())
      entry["import"] = tool + " import " + Quoted(thing.address) + " " + Quoted(thing.id_value);
    lost.push_back(std::move(entry));
  }
  report["created_not_in_state"] = std::move(lost);
  json::array perhaps;
  for (const drivers::Made::Thing& thing : made.Perhaps(kept, log_lost)) perhaps.emplace_back(thing.address);
  report["perhaps_made"] = std::move(perhaps);
  return report;
}

std::string ReasonOf(const exec::ExitStatus* status) {
  if (status == nullptr) return "its tool was killed or the machine went down: nobody saw how it ended";
  if (status->timed_out) return "it did not end within its timeout and was stopped";
  if (status->killed) return "it was stopped by force";
  if (status->signal != 0) return "its tool was killed (signal " + std::to_string(status->signal) + ")";
  return "nobody saw how it ended";
}

}  // namespace davit::runner
