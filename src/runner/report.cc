#include "runner/report.h"

#include <algorithm>
#include <set>

#include "drivers/lines.h"

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
                             std::string_view state) {
  json::object report{{"v", 1}};
  if (!driver.keeps_state()) return report;
  std::set<std::string> in_state;
  int64_t resources = 0;
  if (!state.empty()) {
    if (Result<drivers::StateInfo> info = driver.ReadState(state)) {
      resources = info->resources;
      in_state.insert(info->addresses.begin(), info->addresses.end());
    }
  }
  report["state_resources"] = resources;

  std::vector<std::pair<std::string, std::string>> begun;    // address, action; in their order
  std::vector<std::pair<std::string, std::string>> created;  // address, id
  const std::unique_ptr<drivers::LineReader> reader = driver.Reader(operation);
  (void)drivers::ForEachLine(operation.process.stdout_file, kMaxLine, [&](std::string_view line, bool) {
    const std::optional<drivers::ToolEvent> event = reader->Read(line, false);
    if (!event) return;
    using Kind = drivers::ToolEvent::Kind;
    if (event->kind == Kind::kApplyStart) begun.emplace_back(event->address, event->action);
    if (event->kind == Kind::kApplyComplete || event->kind == Kind::kApplyErrored) {
      std::erase_if(begun, [&](const auto& one) { return one.first == event->address; });
    }
    if (event->kind == Kind::kApplyComplete && event->action == "create")
      created.emplace_back(event->address, event->id_value);
    if (event->kind == Kind::kApplyComplete && event->action == "delete") {
      std::erase_if(created, [&](const auto& one) { return one.first == event->address; });
    }
  });
  json::array lost;
  for (const auto& [address, id] : created) {
    if (in_state.contains(address)) continue;
    json::object entry{{"address", address}};
    if (!id.empty()) entry["import"] = tool + " import " + Quoted(address) + " " + Quoted(id);
    lost.push_back(std::move(entry));
  }
  report["created_not_in_state"] = std::move(lost);
  json::array perhaps;
  for (const auto& [address, action] : begun) {
    if (action != "create" || !in_state.contains(address)) perhaps.emplace_back(address);
  }
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
