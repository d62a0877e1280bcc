#include "cli/affected_view.h"

#include <algorithm>

#include "base/text.h"
#include "cli/state_view.h"

namespace davit::cli {
namespace {

using Cause = control::AffectedCause;

constexpr size_t kFilesShown = 5;  // of one component

const char* KindName(Cause::Kind kind) {
  switch (kind) {
    case Cause::Kind::kFile:
      return "file";
    case Cause::Kind::kInput:
      return "input";
    case Cause::Kind::kOutput:
      return "output";
    case Cause::Kind::kKey:
      return "key";
    case Cause::Kind::kCapabilities:
      return "capabilities";
    case Cause::Kind::kProducer:
      return "producer";
  }
  return "";
}

std::string Words(const Cause& cause) {
  const std::string name = StripControls(cause.name);
  if (cause.kind == Cause::Kind::kProducer) return "uses output " + name + " of " + cause.producer;
  if (cause.kind == Cause::Kind::kCapabilities) return "what is provided to it";
  std::string words = std::string(KindName(cause.kind)) + " " + name;
  if (cause.change != "changed") words += " (" + cause.change + ")";
  if (!cause.parameters.empty()) {
    words += std::string(", from ") + (cause.parameters.size() == 1 ? "parameter " : "parameters ") +
             Join(cause.parameters, ", ");
  }
  return words;
}

std::string Between(const RevisionRange& range) {
  return range.base + " and " + (range.head.empty() ? "the files as they are" : range.head);
}

json::value RevisionJson(const std::string& revision, const std::string& commit) {
  if (revision.empty()) return nullptr;
  return json::object{{"revision", revision}, {"commit", commit}};
}

}  // namespace

Result<RevisionRange> ParseRevisionRange(const std::string& text) {
  const auto refuse = [&](std::string suggestion) {
    return Fail(ErrorCode::kInvalidInput, "--affected does not take '" + ValidUtf8(text) + "'", std::move(suggestion));
  };
  const std::string usage = "write BASE..HEAD, or BASE.. to compare with the files as they are";
  const size_t dots = text.find("..");
  RevisionRange range{text.substr(0, dots), ""};
  if (dots != std::string::npos) range.head = text.substr(dots + 2);
  if (range.head.starts_with('.') && !range.base.empty()) {
    const std::string head = range.head.size() == 1 ? "HEAD" : range.head.substr(1);
    return refuse("for what " + head + " changed since it left " + range.base + " write \"$(git merge-base " +
                  range.base + " " + head + ").." + head + "\"");
  }
  const bool malformed = range.base.empty() || range.base.starts_with('-') || range.head.starts_with('-') ||
                         range.head.find("..") != std::string::npos;
  if (malformed) return refuse(usage);
  return range;
}

std::vector<std::string> RenderAffected(const control::AffectedView& view, const RevisionRange& range,
                                        const Style& style, bool full) {
  std::vector<std::string> lines;
  const std::string stack = Paint(style, Ink::kBold, view.stack);
  if (view.affected.empty()) {
    lines.push_back(stack + ": nothing differs between " + Between(range) + " (" +
                    Plural(view.components, "component") + ")");
    return lines;
  }
  const auto removed = static_cast<size_t>(
      std::count_if(view.affected.begin(), view.affected.end(),
                    [](const control::AffectedComponent& component) { return component.action == "removed"; }));
  lines.push_back(stack + ": " + std::to_string(view.affected.size()) + " of " +
                  Plural(view.components + removed, "component") +
                  (view.affected.size() == 1 ? " differs" : " differ") + " between " + Between(range));
  for (const control::AffectedComponent& component : view.affected) {
    const char* action = component.action == "added" ? "create" : component.action == "removed" ? "delete" : "update";
    lines.push_back("  " + RenderSign(action, style) + " " + component.name + ": " + component.action);
    size_t files = 0;
    for (const Cause& cause : component.because) {
      const bool hidden = cause.kind == Cause::Kind::kFile && ++files > kFilesShown && !full;
      if (!hidden) lines.push_back("      " + Words(cause));
      // They come first: the place after the last of them.
      const bool last = &cause == &component.because.back() || (&cause + 1)->kind != Cause::Kind::kFile;
      if (hidden && last) lines.push_back("      " + Plural(files - kFilesShown, "more file") + " (--full shows all)");
    }
  }
  return lines;
}

json::object AffectedJson(const control::AffectedView& view, const RevisionRange& range) {
  json::array components;
  for (const control::AffectedComponent& component : view.affected) {
    json::array because;
    for (const Cause& cause : component.because) {
      json::object one{{"kind", KindName(cause.kind)}};
      if (!cause.name.empty()) one["name"] = ValidUtf8(cause.name);
      if (!cause.change.empty()) one["change"] = cause.change;
      if (!cause.producer.empty()) one["producer"] = cause.producer;
      if (!cause.parameters.empty()) one["parameters"] = json::array(cause.parameters.begin(), cause.parameters.end());
      because.push_back(std::move(one));
    }
    components.push_back(
        {{"component", component.name}, {"action", component.action}, {"because", std::move(because)}});
  }
  return {{"v", 1},
          {"stack", view.stack},
          {"base", RevisionJson(range.base, view.base_commit)},
          {"head", RevisionJson(range.head, view.head_commit)},
          {"total", view.components},
          {"components", std::move(components)}};
}

}  // namespace davit::cli
