#include "cli/history_view.h"

#include "base/clock.h"
#include "base/text.h"
#include "cli/state_view.h"

namespace davit::cli {
namespace {

json::object VersionJson(const StackVersionRow& row) {
  return {{"version", row.version},
          {"run", row.run.text},
          {"kind", json::string(ToString(row.kind))},
          {"result", json::string(ToString(row.result))},
          {"message", row.message},
          {"author", row.author},
          {"created", FormatUtc(row.created_ms)}};
}

void AddChanges(std::vector<std::string>& lines, const std::string& what, const std::vector<AttributeChange>& changes,
                const Style& style, bool reveal) {
  for (const AttributeChange& change : changes) lines.push_back("      " + what + RenderChange(change, style, reveal));
}

}  // namespace

json::object HistoryJson(const control::HistoryView& view) {
  json::array versions;
  for (const StackVersionRow& row : view.versions) versions.push_back(VersionJson(row));
  return {{"deployment", view.deployment.name}, {"versions", std::move(versions)}};
}

json::object StackDiffJson(const control::StackDiff& diff, bool reveal) {
  json::array components;
  for (const control::ComponentDiff& component : diff.components) {
    json::object one{{"component", component.name},
                     {"action", component.action},
                     {"manifest", AttributesJson(component.manifest, reveal)},
                     {"inputs", AttributesJson(component.inputs, reveal)},
                     {"outputs", AttributesJson(component.outputs, reveal)},
                     {"module_files", component.module_files}};
    if (!component.moved_from.empty()) one["moved_from"] = component.moved_from;
    components.push_back(std::move(one));
  }
  return {{"deployment", diff.deployment.name},
          {"from", VersionJson(diff.from)},
          {"to", VersionJson(diff.to)},
          {"parameters", AttributesJson(diff.parameters, reveal)},
          {"components", std::move(components)}};
}

std::vector<std::string> RenderHistory(const control::HistoryView& view, const Style& style) {
  std::vector<std::string> lines;
  if (view.versions.empty()) lines.push_back("no history: no run of " + view.deployment.name + " has changed anything");
  for (const StackVersionRow& row : view.versions) {
    lines.push_back(Fit(std::to_string(row.version), 4, style) + "  " + Fit(ToString(row.kind), 7, style) + "  " +
                    Fit(ToString(row.result), 9, style) + "  " + FormatUtc(row.created_ms) + "  " +
                    StripControls(row.author));
    lines.push_back("      " + row.run.text + (row.message.empty() ? "" : "  " + StripControls(row.message)));
  }
  return lines;
}

std::vector<std::string> RenderStackDiff(const control::StackDiff& diff, const Style& style, bool reveal) {
  std::vector<std::string> lines;
  lines.push_back(Paint(style, Ink::kBold, diff.deployment.name) + ": version " + std::to_string(diff.from.version) +
                  " " + std::string(Glyph(style, Symbol::kArrow)) + " " + std::to_string(diff.to.version));
  if (diff.parameters.empty() && diff.components.empty()) lines.push_back("  no differences");
  if (!diff.parameters.empty()) {
    lines.push_back("  parameters");
    AddChanges(lines, "", diff.parameters, style, reveal);
  }
  for (const control::ComponentDiff& component : diff.components) {
    const char* action = component.action == "added" ? "create" : component.action == "removed" ? "delete" : "update";
    lines.push_back("  " + RenderSign(action, style) + " " + component.name + ": " +
                    (component.moved_from.empty() ? component.action : "moved from " + component.moved_from));
    AddChanges(lines, "", component.manifest, style, reveal);
    if (component.module_files) lines.push_back("      files of its module changed");
    AddChanges(lines, "input ", component.inputs, style, reveal);
    AddChanges(lines, "output ", component.outputs, style, reveal);
  }
  return lines;
}

}  // namespace davit::cli
