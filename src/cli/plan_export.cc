// The preview for machines and for pull requests: JSON and Markdown.
#include <algorithm>

#include "base/text.h"
#include "cli/plan_view.h"
#include "cli/progress_view.h"
#include "cli/views.h"

namespace davit::cli {
namespace {

using control::JobOverview;
using Kind = JobOverview::Kind;

bool IsShown(const JobOverview& job) {
  return (job.kind != Kind::kUnchanged && job.kind != Kind::kExcluded) || !job.moved_from.empty();
}

/// Text inside a table or a list: what would end it is written out.
std::string Escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|' || c == '`' || c == '<' || c == '\\' || c == '*' || c == '_') out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

/// Inside of a fence nothing but a longer fence would end it.
std::string Fence(const std::string& body) {
  size_t longest = 2;
  size_t run = 0;
  for (const char c : body) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fence + "diff\n" + body + fence + "\n";
}

void AddDiff(const JobOverview& job, std::string& body) {
  if (job.detail == nullptr) {
    for (const JobOverview::Resource& resource : job.resources) {
      const char mark = resource.action == "create" ? '+' : resource.action == "update" ? '!' : '-';
      body += std::string(1, mark) + " " + resource.address + " (" + resource.action + ")\n";
    }
    return;
  }
  for (const PlannedResource& resource : job.detail->resources) {
    const char mark = resource.action == "create" ? '+' : resource.action == "update" ? '!' : '-';
    const std::string why = WhyOf(resource);
    body += std::string(1, mark) + " " + resource.address + " (" + resource.action + ")" +
            (why.empty() ? "" : ": " + why) + "\n";
    if (!resource.previous_address.empty()) body += "    moved from " + resource.previous_address + "\n";
    if (!resource.import_id.empty()) body += "    imported, id " + resource.import_id + "\n";
    for (const AttributeChange& attribute : resource.attributes) {
      const bool had = !attribute.before.data.is_null() || attribute.before.sensitive;
      const bool has = !attribute.after.data.is_null() || attribute.after.sensitive || attribute.after.unknown;
      if (had) body += "-     " + attribute.path + " = " + ShownValue(attribute.before) + "\n";
      if (has) body += "+     " + attribute.path + " = " + ShownValue(attribute.after) + "\n";
    }
  }
  for (const OutputChange& output : job.detail->outputs) {
    const auto used = job.touches.find(output.name);
    const std::string by = used == job.touches.end() ? "" : "  (used by " + Join(used->second, ", ") + ")";
    if (output.action != "create") body += "- output " + output.name + " = " + ShownValue(output.before) + "\n";
    if (output.action != "delete") body += "+ output " + output.name + " = " + ShownValue(output.after) + by + "\n";
  }
}

std::string GradeWords(const JobOverview& job) {
  if (job.kind == Kind::kUnchanged) return "unchanged";
  if (job.kind == Kind::kRemoved || job.kind == Kind::kDestroy) return "removed";
  if (job.grade == JobOverview::Grade::kDeferred) return "deferred: " + job.reason;
  // Nothing can be planned of a script: what is known is that it runs.
  const std::string runs = job.driver == "script" ? "runs deploy" : "";
  if (job.grade == JobOverview::Grade::kProvisional)
    return (runs.empty() ? "" : runs + "; ") + "provisional (" + Join(job.producers, ", ") + ")";
  return runs.empty() ? std::string(ToString(job.grade)) : runs;
}

}  // namespace

std::string RenderPlanMarkdown(const std::vector<JobOverview>& overview, const std::string& deployment) {
  std::string text = "## Plan of " + Escaped(deployment) + "\n\n";
  std::string excluded;
  for (const JobOverview& job : overview) {
    if (job.kind == Kind::kExcluded && !job.because.empty())
      excluded += "- " + Escaped(job.component) + ": " + Escaped(Join(job.because, "; ")) + "\n";
  }
  if (!excluded.empty()) excluded.insert(0, "\n");
  if (!HasWork(overview)) return text + "No changes: " + CountOverview(overview) + ".\n" + excluded;
  text += CountOverview(overview) + ".\n\n";
  text += "| component | plan | create | change | replace | destroy |\n|---|---|---|---|---|---|\n";
  for (const JobOverview& job : overview) {
    if (!IsShown(job)) continue;
    const ChangeCounts counts = ParseChanges(job.changes);
    const std::string moved = job.moved_from.empty() ? "" : " (moved from " + job.moved_from + ")";
    text += "| " + Escaped(job.component + moved) + " | " + Escaped(GradeWords(job)) + " | " +
            std::to_string(counts.create) + " | " + std::to_string(counts.update) + " | " +
            std::to_string(counts.replace) + " | " + std::to_string(counts.remove) + " |\n";
  }
  for (const JobOverview& job : overview) {
    if (!IsShown(job)) continue;
    std::string body;
    AddDiff(job, body);
    if (body.empty() && job.because.empty()) continue;
    text += "\n<details><summary>" + Escaped(job.component) + "</summary>\n\n";
    if (!job.because.empty()) text += Escaped(Join(job.because, "; ")) + "\n\n";
    if (!body.empty()) text += Fence(body);
    text += "\n</details>\n";
  }
  return text + excluded;
}

json::object PlanJson(const std::vector<JobOverview>& overview, const std::string& deployment) {
  json::array components;
  ChangeCounts all;
  int64_t unchanged = 0;
  int64_t deferred = 0;
  int64_t provisional = 0;
  for (const JobOverview& job : overview) {
    components.push_back(OverviewJson(job));
    const ChangeCounts counts = ParseChanges(job.changes);
    all.create += counts.create;
    all.update += counts.update;
    all.replace += counts.replace;
    all.remove += counts.remove;
    unchanged += job.kind == Kind::kUnchanged ? 1 : 0;
    deferred += job.grade == JobOverview::Grade::kDeferred ? 1 : 0;
    provisional += job.grade == JobOverview::Grade::kProvisional ? 1 : 0;
  }
  return json::object{{"v", 1},
                      {"deployment", deployment},
                      {"changes", HasChanges(overview)},
                      {"summary", json::object{{"create", all.create},
                                               {"update", all.update},
                                               {"replace", all.replace},
                                               {"delete", all.remove},
                                               {"unchanged", unchanged},
                                               {"provisional", provisional},
                                               {"deferred", deferred}}},
                      {"components", std::move(components)}};
}

}  // namespace davit::cli
