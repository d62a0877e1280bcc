#include "drivers/terraform/events.h"

#include <algorithm>

#include "base/clock.h"
#include "drivers/lines.h"

namespace davit::drivers {
namespace {

constexpr std::string_view kLineBegin = R"({"@level":)";  // of every line of `-json`
constexpr size_t kTellsItself = 3;                        // so much of it is nothing else's

const json::object& Member(const json::object& object, std::string_view key) {
  static const json::object kEmpty;
  const json::object* member = GetObject(object, key);
  return member != nullptr ? *member : kEmpty;
}

/// Several lines as one: Terraform wraps its sentences.
std::string OneLine(const std::string& text, size_t max_bytes) {
  std::string out = text;
  std::replace(out.begin(), out.end(), '\n', ' ');
  std::replace(out.begin(), out.end(), '\r', ' ');
  return CleanLine(out, max_bytes);
}

ToolEvent Event(ToolEvent::Kind kind, const std::string& text, std::string address = {}, std::string action = {}) {
  ToolEvent event;
  event.kind = kind;
  event.text = CleanLine(text);
  event.address = std::move(address);
  event.action = std::move(action);
  return event;
}

/// "create" of an apply_start → "creating"; of an apply_complete → "created".
std::string Doing(const std::string& action) {
  if (action == "create") return "creating";
  if (action == "update") return "updating";
  if (action == "delete") return "destroying";
  if (action == "replace") return "replacing";
  if (action == "read") return "reading";
  return action;
}
std::string Done(const std::string& action) {
  if (action == "create") return "created";
  if (action == "update") return "updated";
  if (action == "delete") return "destroyed";
  if (action == "replace") return "replaced";
  if (action == "read") return "read";
  return action + " done";
}

std::string ActionName(const std::string& action) {
  if (action == "noop") return "no-op";
  return action == "remove" ? "forget" : action;
}

std::string Seconds(const json::object& hook) {
  const int64_t seconds = GetInt(hook, "elapsed_seconds");
  return seconds > 0 ? FormatDuration(seconds * 1000) : std::string();
}

ResourceChange ChangeOf(const json::object& change) {
  return {GetString(Member(change, "resource"), "addr"), ActionName(GetString(change, "action"))};
}

void TakeDiagnostic(const json::object& root, TerraformLine& out) {
  const json::object& diagnostic = Member(root, "diagnostic");
  const std::string severity = GetString(diagnostic, "severity");
  std::string summary = OneLine(GetString(diagnostic, "summary"), 400);
  // Ours, not the user's: the driver passes -state (terraform-facts 27).
  if (severity == "warning" && summary == "Deprecated flag: -state") return;
  std::string where = GetString(diagnostic, "address");
  const json::object& range = Member(diagnostic, "range");
  if (const std::string file = GetString(range, "filename"); !file.empty()) {
    if (!where.empty()) where += ", ";
    where += file + ":" + std::to_string(GetInt(Member(range, "start"), "line"));
  }
  if (!where.empty()) summary += " (" + where + ")";
  out.error = severity == "error";
  out.warning = severity == "warning";
  out.summary = summary;
  out.detail = OneLine(GetString(diagnostic, "detail"), 1000);
  std::string text = (out.error ? "error: " : "warning: ") + summary;
  if (!out.detail.empty()) text += ": " + out.detail;
  out.event = Event(ToolEvent::Kind::kDiagnostic, std::move(text), GetString(diagnostic, "address"));
  out.event->error = out.error;
}

void TakeId(const json::object& hook, ToolEvent& event) {
  event.id_key = GetString(hook, "id_key");
  event.id_value = GetString(hook, "id_value");
}

void TakeHook(const json::object& root, const std::string& type, TerraformLine& out) {
  const json::object& hook = Member(root, "hook");
  const std::string address = GetString(Member(hook, "resource"), "addr");
  const std::string action = GetString(hook, "action");
  using Kind = ToolEvent::Kind;
  if (type == "apply_start") {
    out.event = Event(Kind::kApplyStart, address + ": " + Doing(action), address, action);
    TakeId(hook, *out.event);
  } else if (type == "apply_progress") {
    const std::string elapsed = Seconds(hook);
    out.event =
        Event(Kind::kProgress, address + ": still " + Doing(action) + (elapsed.empty() ? "" : " (" + elapsed + ")"),
              address, action);
  } else if (type == "apply_complete") {
    out.event = Event(Kind::kApplyComplete, "", address, action);
    TakeId(hook, *out.event);
    const bool has_id = !out.event->id_key.empty() && !out.event->id_value.empty();
    const std::string id = has_id ? " (" + out.event->id_key + "=" + out.event->id_value + ")" : "";
    out.event->text = CleanLine(address + ": " + Done(action) + id);
  } else if (type == "apply_errored") {
    out.event = Event(Kind::kApplyErrored, address + ": failed while " + Doing(action), address, action);
    out.event->error = true;
  } else if (type == "provision_progress") {
    const std::string text = CleanLine(GetString(hook, "output"));
    // What a provisioner runs was asked to stay unsaid: nor is it said that it does.
    if (!text.empty() && text.find("Suppressed by quiet=true") == std::string::npos)
      out.event = Event(Kind::kText, address + ": " + text, address);
  } else if (type == "provision_errored") {
    out.event = Event(Kind::kText, address + ": " + GetString(hook, "provisioner") + " failed", address);
    out.event->error = true;
  } else if (type == "refresh_start") {
    out.event = Event(Kind::kProgress, address + ": reading", address, "read");
  }
}

}  // namespace

TerraformLine ParseTerraformLine(std::string_view line) {
  TerraformLine out;
  const size_t begin = line.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return out;
  Result<json::value> root = Fail(ErrorCode::kInvalidInput, "");
  if (line[begin] == '{') root = ParseJson(line);
  if (!root || !root->is_object()) {
    const std::string_view rest = line.substr(begin);
    out.torn = rest.find(kLineBegin) != std::string_view::npos ||
               (rest.size() >= kTellsItself && kLineBegin.starts_with(rest));
    ToolEvent event = Event(ToolEvent::Kind::kText, std::string(line));
    event.error = event.text.starts_with("Error:") || event.text.starts_with("│ Error:");
    if (!event.text.empty()) out.event = std::move(event);
    return out;
  }
  const json::object& object = root->get_object();
  const std::string type = GetString(object, "type");
  out.spoken = object.contains("@level");
  if (type == "diagnostic") {
    TakeDiagnostic(object, out);
  } else if (type == "planned_change") {
    out.change = ChangeOf(Member(object, "change"));
    if (out.change->action != "no-op") {
      out.event = Event(ToolEvent::Kind::kPlanned, out.change->address + ": to " + out.change->action,
                        out.change->address, out.change->action);
    }
  } else if (type == "resource_drift") {
    out.drift = ChangeOf(Member(object, "change"));
    out.event =
        Event(ToolEvent::Kind::kText, out.drift->address + ": changed outside of Davit (" + out.drift->action + ")",
              out.drift->address);
  } else if (type == "change_summary") {
    out.event = Event(ToolEvent::Kind::kSummary, GetString(object, "@message"));
  } else if (type == "outputs") {
    for (const auto& member : Member(object, "outputs")) {
      const json::object* output = member.value().if_object();
      const std::string action = output == nullptr ? std::string() : GetString(*output, "action");
      if (!action.empty() && action != "noop") out.output_changes = true;
    }
  } else if (type == "init_output" || type == "log" || type.empty()) {
    const std::string text = GetString(object, "@message");
    if (!CleanLine(text).empty()) out.event = Event(ToolEvent::Kind::kText, text);
  } else {
    TakeHook(object, type, out);
  }
  return out;
}

}  // namespace davit::drivers
