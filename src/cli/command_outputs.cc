#include "base/text.h"
#include "cli/commands.h"
#include "cli/summary.h"
#include "cli/views.h"

namespace davit::cli {
namespace {

/// "url" of the stack, else "component:name".
const Value* FindOutput(const control::OutputsView& view, const std::string& name) {
  if (auto found = view.stack.find(name); found != view.stack.end()) return &found->second;
  const size_t colon = name.find(':');
  if (colon == std::string::npos) return nullptr;
  auto component = view.components.find(name.substr(0, colon));
  if (component == view.components.end()) return nullptr;
  auto found = component->second.find(name.substr(colon + 1));
  return found == component->second.end() ? nullptr : &found->second;
}

int PrintOne(Context& context, const control::OutputsView& view) {
  const std::string& name = context.options.name;
  const Value* value = FindOutput(view, name);
  if (const auto missing = view.missing.find(name); value == nullptr && missing != view.missing.end())
    return context.Fail(ErrorCode::kNotFound, "the output '" + name + "' is missing: " + missing->second);
  if (value == nullptr) {
    std::vector<std::string> known;
    for (const auto& [output, unused] : view.stack) known.push_back(output);
    for (const auto& [component, outputs] : view.components) {
      for (const auto& [output, unused] : outputs) known.push_back(component + ":" + output);
    }
    const std::vector<std::string_view> candidates(known.begin(), known.end());
    std::string suggestion = DidYouMean(name, candidates);
    if (suggestion.empty()) suggestion = "`davit outputs` lists all of them";
    return context.Fail(ErrorCode::kNotFound, "no output '" + name + "'", suggestion);
  }
  if (value->sensitive && !context.options.show_sensitive) {
    return context.Fail(ErrorCode::kInvalidInput, "the output '" + name + "' is sensitive",
                        "davit outputs " + name + " --show-sensitive");
  }
  if (context.options.json) {
    context.Json(ToJson(*value, context.options.show_sensitive));
  } else {
    context.Line(ToText(value->data));
  }
  return 0;
}

}  // namespace

int RunOutputs(Context& context) {
  Result<std::unique_ptr<control::Client>> client = context.Open(".", true, true);
  if (!client) return context.Fail(client.error());
  Result<control::OutputsView> outputs = (*client)->Outputs(context.Selector());
  if (!outputs) return context.Fail(outputs.error());
  if (!context.options.name.empty()) return PrintOne(context, *outputs);
  const bool reveal = context.options.show_sensitive;
  if (context.options.json) {
    context.Json(OutputsJson(*outputs, reveal));
    return 0;
  }
  context.Lines(RenderOutputs(outputs->stack, outputs->missing, context.style, reveal, ""));
  bool first = outputs->stack.empty() && outputs->missing.empty();
  for (const auto& [name, values] : outputs->components) {
    if (values.empty()) continue;
    if (!first) context.Line("");
    first = false;
    context.Line(Paint(context.style, Ink::kBold, name));
    context.Lines(RenderOutputs(values, {}, context.style, reveal, "  "));
  }
  if (first) context.Line("no outputs");
  return 0;
}

}  // namespace davit::cli
