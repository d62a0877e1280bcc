#include "cli/state_view.h"

#include <algorithm>

#include "base/clock.h"
#include "base/text.h"
#include "cli/summary.h"

namespace davit::cli {
namespace {

constexpr size_t kShortLineage = 8;

/// As JSON writes it, on one line; a text keeps its quotes, so that "1" and 1 are told apart.
std::string TextOf(const Value& value, const Style& style, bool reveal) {
  if (value.sensitive && !reveal) return Paint(style, Ink::kDim, "(sensitive)");
  return StripControls(json::serialize(value.data));
}

std::string CountText(int64_t added, int64_t changed, int64_t removed) {
  std::vector<std::string> parts;
  if (added > 0) parts.push_back(std::to_string(added) + " added");
  if (changed > 0) parts.push_back(std::to_string(changed) + " changed");
  if (removed > 0) parts.push_back(std::to_string(removed) + " removed");
  return Join(parts, ", ");
}

json::object VersionViewJson(const control::StateVersionView& view) {
  json::object object = StateVersionJson(view.row);
  object["kind"] = json::string(ToString(view.run_kind));
  object["message"] = view.message;
  object["newest"] = view.newest;
  object["resources"] = view.readable ? json::value(view.resources) : json::value(nullptr);
  object["changes"] = nullptr;
  if (view.compared)
    object["changes"] = json::object{{"added", view.added}, {"changed", view.changed}, {"removed", view.removed}};
  return object;
}

json::object ValuesJson(const ValueMap& values, bool reveal) {
  json::object object;
  for (const auto& [name, value] : values) object[name] = ToJson(value, reveal);
  return object;
}

}  // namespace

std::string RenderSign(const std::string& action, const Style& style) {
  if (action == "create") return Paint(style, Ink::kGreen, "+");
  if (action == "delete") return Paint(style, Ink::kRed, "-");
  return Paint(style, Ink::kYellow, "~");
}

std::string RenderChange(const AttributeChange& change, const Style& style, bool reveal) {
  const std::string path = StripControls(change.path) + ": ";
  if (change.before.data.is_null()) return path + TextOf(change.after, style, reveal);
  if (change.after.data.is_null()) return path + TextOf(change.before, style, reveal) + ", gone";
  if ((change.before.sensitive || change.after.sensitive) && !reveal)
    return path + Paint(style, Ink::kDim, "(sensitive)") + ", changed";
  return path + TextOf(change.before, style, reveal) + " " + std::string(Glyph(style, Symbol::kArrow)) + " " +
         TextOf(change.after, style, reveal);
}

std::vector<std::string> RenderDifference(const json::object& difference, int indent, int columns, const Style& style) {
  std::vector<std::string> lines;
  const json::array* attributes = GetArray(difference, "attributes");
  if (attributes == nullptr) return lines;
  const auto value_of = [](const json::object* shown) -> Value {
    if (shown == nullptr) return {};
    if (shown->contains("sensitive")) return {json::value(true), true, false};
    if (shown->contains("unknown")) return {json::value(), false, true};
    return {shown->at("value"), false, false};
  };
  for (const json::value& item : *attributes) {
    const json::object& one = item.as_object();
    const AttributeChange change{GetString(one, "path"), value_of(GetObject(one, "before")),
                                 value_of(GetObject(one, "after")), false};
    lines.push_back(std::string(static_cast<size_t>(indent), ' ') +
                    Cut(RenderChange(change, style, /*reveal=*/false), columns - indent, style));
  }
  return lines;
}

json::array AttributesJson(const std::vector<AttributeChange>& changes, bool reveal) {
  json::array attributes;
  for (const AttributeChange& change : changes) {
    attributes.push_back(
        {{"path", change.path}, {"before", ToJson(change.before, reveal)}, {"after", ToJson(change.after, reveal)}});
  }
  return attributes;
}

std::string NameOf(const StateVersionRow& row) {
  return row.quarantined ? row.id.text : std::to_string(row.version);
}

json::object StateVersionJson(const StateVersionRow& row) {
  return {{"version", row.quarantined ? json::value(nullptr) : json::value(row.version)},
          {"id", row.id.text},
          {"serial", row.serial},
          {"lineage", row.lineage},
          {"run", row.run.text},
          {"created", FormatUtc(row.created_ms)},
          {"complete", row.complete},
          {"quarantined", row.quarantined},
          {"reason", row.reason}};
}

json::object StatesJson(const control::StatesView& view) {
  json::array components;
  for (const control::ComponentStates& states : view.components) {
    json::array versions;
    for (const control::StateVersionView& version : states.versions) versions.push_back(VersionViewJson(version));
    components.push_back({{"component", states.component}, {"live", states.live}, {"versions", std::move(versions)}});
  }
  return {{"deployment", view.deployment.name}, {"components", std::move(components)}};
}

json::object StateJson(const control::StateView& view, bool reveal) {
  json::array resources;
  for (const StateResource& resource : view.file.resources) {
    resources.push_back({{"address", resource.address},
                         {"data", resource.data},
                         {"tainted", resource.tainted},
                         {"attributes", ValuesJson(resource.attributes, reveal)}});
  }
  return {{"deployment", view.deployment.name},       {"component", view.component},
          {"version", VersionViewJson(view.version)}, {"tool_version", view.file.tool_version},
          {"resources", std::move(resources)},        {"outputs", ValuesJson(view.file.outputs, reveal)}};
}

json::object ChangesJson(const PlannedChanges& changes, bool reveal) {
  json::array resources;
  for (const PlannedResource& resource : changes.resources) {
    resources.push_back({{"address", resource.address},
                         {"action", resource.action},
                         {"attributes", AttributesJson(resource.attributes, reveal)}});
  }
  json::array outputs;
  for (const OutputChange& output : changes.outputs) {
    outputs.push_back({{"name", output.name},
                       {"action", output.action},
                       {"before", ToJson(output.before, reveal)},
                       {"after", ToJson(output.after, reveal)}});
  }
  return {{"resources", std::move(resources)}, {"outputs", std::move(outputs)}};
}

json::object StateDiffJson(const control::StateDiff& diff, bool reveal) {
  json::object object{{"deployment", diff.deployment.name},
                      {"component", diff.component},
                      {"from", StateVersionJson(diff.from)},
                      {"to", StateVersionJson(diff.to)},
                      {"same_lineage", diff.same_lineage}};
  for (auto& member : ChangesJson(diff.changes, reveal)) object[member.key()] = std::move(member.value());
  return object;
}

json::object LockJson(const control::LockView& lock) {
  json::object object{{"deployment", lock.deployment.name}, {"held", lock.held}};
  if (!lock.held) return object;
  const auto texts = [](const std::vector<std::string>& list) {
    json::array array;
    for (const std::string& text : list) array.emplace_back(text);
    return array;
  };
  json::array queue;
  for (const RunId& run : lock.queue) queue.emplace_back(run.text);
  object["run"] = lock.run.id.text;
  object["kind"] = json::string(ToString(lock.run.kind));
  object["principal"] = lock.run.principal;
  object["since"] = FormatUtc(lock.run.started_ms != 0 ? lock.run.started_ms : lock.run.created_ms);
  object["message"] = lock.run.message;
  object["waits_for"] = lock.waits_for;
  object["alive"] = lock.alive;
  object["at_work"] = texts(lock.at_work);
  object["uncertain"] = texts(lock.uncertain);
  object["queue"] = std::move(queue);
  return object;
}

std::vector<std::string> RenderStates(const control::StatesView& view, const Style& style) {
  std::vector<std::string> lines;
  if (view.components.empty()) lines.push_back("no states: nothing here was made by a tool that davit keeps one for");
  for (const control::ComponentStates& states : view.components) {
    if (!lines.empty()) lines.push_back("");
    lines.push_back(Paint(style, Ink::kBold, states.component) + (states.live ? "" : " (down)"));
    for (const control::StateVersionView& entry : states.versions) {
      const StateVersionRow& row = entry.row;
      std::string line = std::string("  ") + (entry.newest ? "* " : "  ");
      line += row.quarantined ? Paint(style, Ink::kYellow, "quarantine") + " " + row.id.text
                              : Fit(std::to_string(row.version), 4, style);
      line += "  serial " + Fit(std::to_string(row.serial), 4, style);
      line += "  " + Fit(row.lineage.substr(0, kShortLineage), kShortLineage, style) + "  " + FormatUtc(row.created_ms);
      line += "  " + std::string(ToString(entry.run_kind));
      if (entry.readable) line += ", " + Plural(static_cast<size_t>(entry.resources), "resource");
      if (entry.compared) {
        const std::string counts = CountText(entry.added, entry.changed, entry.removed);
        line += counts.empty() ? ", no difference" : ", " + counts;
      }
      if (!row.complete && !row.quarantined) line += ", unfinished";
      lines.push_back(line);
      lines.push_back("          " + row.run.text + (entry.message.empty() ? "" : "  " + StripControls(entry.message)));
      if (row.quarantined) lines.push_back("          " + row.reason);
    }
  }
  return lines;
}

std::vector<std::string> RenderState(const control::StateView& view, const Style& style, bool reveal) {
  const StateVersionRow& row = view.version.row;
  std::vector<std::string> lines;
  std::string title = Paint(style, Ink::kBold, view.component) + ": state version " + NameOf(row);
  if (view.version.newest) title += ", the newest";
  if (row.quarantined) title += ", in quarantine: " + row.reason;
  lines.push_back(title);
  lines.push_back("  serial " + std::to_string(row.serial) + ", lineage " + view.file.lineage +
                  (view.file.tool_version.empty() ? "" : ", written by version " + view.file.tool_version));
  lines.push_back("  " + row.run.text + " " + std::string(ToString(view.version.run_kind)) + ", " +
                  FormatUtc(row.created_ms));
  for (const StateResource& resource : view.file.resources) {
    lines.push_back("");
    lines.push_back(Paint(style, Ink::kBold, StripControls(resource.address)) + (resource.tainted ? " (tainted)" : ""));
    for (const auto& [path, value] : resource.attributes) {
      if (value.data.is_null()) continue;
      lines.push_back("  " + StripControls(path) + " = " + TextOf(value, style, reveal));
    }
  }
  if (view.file.resources.empty()) lines.push_back("\nno resources");
  if (view.file.outputs.empty()) return lines;
  lines.push_back("");
  lines.push_back(Paint(style, Ink::kBold, "outputs"));
  for (const auto& [name, value] : view.file.outputs)
    lines.push_back("  " + StripControls(name) + " = " + TextOf(value, style, reveal));
  return lines;
}

std::vector<std::string> RenderStateDiff(const control::StateDiff& diff, const Style& style, bool reveal) {
  std::vector<std::string> lines;
  lines.push_back(Paint(style, Ink::kBold, diff.component) + ": state version " + NameOf(diff.from) + " " +
                  std::string(Glyph(style, Symbol::kArrow)) + " " + NameOf(diff.to));
  if (!diff.same_lineage) lines.push_back("  they are of different lineages: not the same state, begun twice");
  if (diff.changes.empty()) lines.push_back("  no differences");
  int64_t added = 0;
  int64_t removed = 0;
  int64_t changed = 0;
  for (const PlannedResource& resource : diff.changes.resources) {
    int64_t& count = resource.action == "create" ? added : resource.action == "delete" ? removed : changed;
    ++count;
    lines.push_back("  " + RenderSign(resource.action, style) + " " + StripControls(resource.address));
    if (resource.action == "delete") continue;
    for (const AttributeChange& attribute : resource.attributes) {
      // What a resource begins without is no news.
      if (resource.action == "create" && attribute.after.data.is_null()) continue;
      lines.push_back("      " + RenderChange(attribute, style, reveal));
    }
  }
  for (const OutputChange& output : diff.changes.outputs) {
    AttributeChange change{"output " + output.name, output.before, output.after, false};
    lines.push_back("  " + RenderSign(output.action, style) + " " + RenderChange(change, style, reveal));
  }
  if (const std::string counts = CountText(added, changed, removed); !counts.empty()) {
    lines.push_back("");
    lines.push_back("  " + counts);
  }
  return lines;
}

std::vector<std::string> RenderAdoption(const control::AdoptView& view, const std::string& component,
                                        const Style& style) {
  std::vector<std::string> lines;
  lines.push_back(Paint(style, Ink::kBold, component) + ": adopt " +
                  (view.file.empty() ? "the state in its " + view.backend + " backend" : view.file.string()));
  lines.push_back("  serial " + std::to_string(view.serial) + ", lineage " + view.lineage +
                  (view.tool_version.empty() ? "" : ", written by version " + view.tool_version));
  lines.push_back("  sha256 " + view.sha256);
  lines.push_back("  " + Plural(view.resources.size(), "resource") + ":");
  for (const std::string& address : view.resources) lines.push_back("    " + StripControls(address));
  return lines;
}

std::vector<std::string> RenderLock(const control::LockView& lock) {
  if (!lock.held) return {lock.deployment.name + " is free: no run holds it"};
  const RunRow& run = lock.run;
  std::vector<std::string> lines;
  lines.push_back(lock.deployment.name + " is held by run " + run.id.text);
  lines.push_back("  " + std::string(ToString(run.kind)) + " by " + run.principal + ", since " +
                  FormatUtc(run.started_ms != 0 ? run.started_ms : run.created_ms));
  if (!run.message.empty()) lines.push_back("  message: " + StripControls(run.message));
  lines.push_back(lock.alive ? "  its davit lives" : "  its davit is gone");
  if (!lock.at_work.empty()) lines.push_back("  at work: " + Join(lock.at_work, ", "));
  if (!lock.uncertain.empty()) lines.push_back("  nobody saw the end of: " + Join(lock.uncertain, ", "));
  if (!lock.queue.empty()) lines.push_back("  " + Plural(lock.queue.size(), "run") + " behind it");
  return lines;
}

}  // namespace davit::cli
