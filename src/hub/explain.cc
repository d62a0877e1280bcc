#include "hub/explain.h"

#include <algorithm>

#include "base/clock.h"
#include "base/text.h"
#include "model/value.h"
#include "secrets/masker.h"

namespace davit::hub {
namespace {

json::object Named(const std::vector<LockedParameter>& parameters) {
  json::object named;
  for (const LockedParameter& parameter : parameters) named[parameter.QualifiedName()] = ToText(parameter.value);
  return named;
}

void AddTime(json::object& object, std::string_view key, TimeMs time) {
  if (time != 0) object[key] = FormatTime(time);
}

void AddText(json::object& object, std::string_view key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

void AddAll(json::object& object, std::string_view key, json::object all) {
  if (!all.empty()) object[key] = std::move(all);
}

json::object ComponentJson(const std::string& name, const ComponentState& component, bool raw_outputs) {
  json::object shown;
  AddTime(shown, "timestamp", component.timestamp);
  json::object times;
  AddTime(times, "start", component.start);
  AddTime(times, "end", component.end);
  AddAll(shown, "timestamps", std::move(times));
  AddText(shown, "status", component.status);
  AddText(shown, "message", component.message);
  json::object parameters;
  for (const LockedParameter& parameter : component.parameters) parameters[parameter.name] = ToText(parameter.value);
  AddAll(shown, "parameters", std::move(parameters));
  json::object outputs;
  for (const auto& output : OwnOutputs(component, name)) outputs[output->name] = ToText(output->value);
  AddAll(shown, "outputs", std::move(outputs));
  json::object raw;
  for (const RawOutput& output : component.raw_outputs) raw[output.name] = output.value;
  if (raw_outputs) AddAll(shown, "rawOutputs", std::move(raw));
  return shown;
}

/// On one line: a long one is cut, breaks of lines are seen.
std::string Short(const std::string& text) {
  constexpr size_t kWidth = 120;
  std::string line = StripControls(ValidUtf8(text));
  for (size_t at = 0; (at = line.find('\n', at)) != std::string::npos; at += 2) line.replace(at, 1, "\\n");
  if (line.size() <= kWidth) return line;
  size_t cut = kWidth;
  while (cut > 0 && (static_cast<unsigned char>(line[cut]) & 0xC0u) == 0x80u) --cut;  // not inside of a character
  return line.substr(0, cut) + "…";
}

std::string ValueText(const json::value& value, const std::string& kind, bool show_sensitive) {
  if (!show_sensitive && kind.starts_with("secret")) return "(sensitive)";
  return Short(ToText(value));
}

/// Whether a secret output is made of it: by its name, or because it holds it.
bool IsOfSecret(const RawOutput& raw, const CapturedOutputs& own) {
  return std::any_of(own.begin(), own.end(), [&](const std::shared_ptr<const CapturedOutput>& output) {
    if (!output->kind.starts_with("secret")) return false;
    const std::string text = ToText(output->value);
    return raw.name == output->name || (!text.empty() && raw.value.find(text) != std::string::npos) ||
           (!raw.value.empty() && text.find(raw.value) != std::string::npos);
  });
}

/// What outputs of kind secret hold: who takes one has it too, by itself or inside of a text.
secrets::Masker MaskerOf(const StateFile& state, bool show_sensitive) {
  std::vector<std::string> secrets;
  const auto take = [&](const json::value& value, const std::string& kind) {
    if (!show_sensitive && kind.starts_with("secret")) secrets.push_back(ToText(value));
  };
  for (const StackOutput& output : state.stack_outputs) take(output.value, output.kind);
  for (const auto& output : state.captured_outputs) take(output->value, output->kind);
  for (const auto& [name, component] : state.components) {
    for (const auto& output : OwnOutputs(component, name)) take(output->value, output->kind);
  }
  return secrets::Masker(secrets);
}

void AddParameters(std::vector<std::string>& lines, const std::string& indent,
                   const std::vector<LockedParameter>& parameters, const secrets::Masker& masker) {
  for (const LockedParameter& parameter : parameters) {
    lines.push_back(indent + parameter.QualifiedName() + " = " + Short(masker.Mask(ToText(parameter.value))) +
                    (parameter.env.empty() ? "" : "  (env: " + parameter.env + ")"));
  }
}

void AddComponent(std::vector<std::string>& lines, const std::string& name, const ComponentState& component,
                  const ExplainRequest& request, const secrets::Masker& masker) {
  const auto field = [&](const std::string& title, const std::string& text) {
    if (!text.empty()) lines.push_back("  " + title + ": " + text);
  };
  field("status", component.status);
  field("since", component.timestamp == 0 ? "" : FormatUtc(component.timestamp));
  field("took", component.start == 0 || component.end == 0 ? "" : FormatDuration(component.end - component.start));
  field("origin", component.meta.origin == name ? "" : component.meta.origin);
  field("kind", component.meta.kind == component.meta.origin ? "" : component.meta.kind);
  field("title", component.meta.title);
  field("version", component.meta.version);
  field("message", Short(component.message));
  const CapturedOutputs own = OwnOutputs(component, name);
  if (!component.parameters.empty()) lines.emplace_back("  parameters:");
  AddParameters(lines, "    ", component.parameters, masker);
  if (request.raw_outputs && !component.raw_outputs.empty()) {
    lines.emplace_back("  raw outputs:");
    for (const RawOutput& output : component.raw_outputs) {
      const bool secret = !request.show_sensitive && IsOfSecret(output, own);
      lines.push_back("    " + output.name + " = " + (secret ? "(sensitive)" : Short(output.value)));
    }
  }
  if (!own.empty()) lines.emplace_back("  outputs:");
  for (const auto& output : own) {
    lines.push_back("    " + output->name + " = " + ValueText(output->value, output->kind, request.show_sensitive) +
                    (output->brief.empty() ? "" : "  (" + output->brief + ")"));
  }
}

}  // namespace

CapturedOutputs OwnOutputs(const ComponentState& component, const std::string& name) {
  CapturedOutputs own;
  for (const auto& output : component.captured_outputs) {
    if (output->component == name && !output->name.starts_with("hub.components.")) own.push_back(output);
  }
  return own;
}

json::object ExplainJson(const StateFile& state, const ExplainRequest& request) {
  json::object shown;
  json::object meta;
  AddText(meta, "kind", state.meta_kind);
  AddText(meta, "name", state.meta_name);
  AddAll(shown, "meta", std::move(meta));
  AddTime(shown, "timestamp", state.timestamp);
  AddText(shown, "status", state.status);
  AddText(shown, "message", state.message);
  if (request.stack) {
    AddAll(shown, "stackParameters", Named(state.stack_parameters));
    json::object outputs;
    for (const StackOutput& output : state.stack_outputs) outputs[output.name] = ToText(output.value);
    AddAll(shown, "stackOutputs", std::move(outputs));
    json::object provides;
    for (const auto& [capability, by] : state.provides) provides[capability] = json::value_from(by);
    AddAll(shown, "provides", std::move(provides));
  }
  json::object components;
  for (const std::string& name : request.order) {
    if (const ComponentState* component = state.Find(name))
      components[name] = ComponentJson(name, *component, request.raw_outputs);
  }
  AddAll(shown, "components", std::move(components));
  return shown;
}

std::vector<std::string> ExplainLines(const StateFile& state, const ExplainRequest& request,
                                      const std::function<std::string(const std::string&)>& head) {
  std::vector<std::string> lines;
  const secrets::Masker masker = MaskerOf(state, request.show_sensitive);
  if (request.stack) {
    lines.push_back(head((state.meta_kind.empty() ? "stack" : state.meta_kind) + " " + state.meta_name) + "  " +
                    state.status + (state.timestamp == 0 ? "" : " since " + FormatUtc(state.timestamp)));
    if (!state.message.empty()) lines.push_back("  message: " + Short(state.message));
    if (!state.stack_parameters.empty()) lines.push_back(head("parameters"));
    AddParameters(lines, "  ", state.stack_parameters, masker);
    if (!state.stack_outputs.empty()) lines.push_back(head("outputs"));
    for (const StackOutput& output : state.stack_outputs) {
      lines.push_back("  " + output.name + " = " + ValueText(output.value, output.kind, request.show_sensitive) +
                      (output.brief.empty() ? "" : "  (" + output.brief + ")"));
    }
    if (!state.provides.empty()) lines.push_back(head("provides"));
    for (const auto& [capability, by] : state.provides) lines.push_back("  " + capability + ": " + Join(by, ", "));
  }
  for (const std::string& name : request.order) {
    const ComponentState* component = state.Find(name);
    if (component == nullptr) continue;
    lines.push_back(head("component " + name));
    AddComponent(lines, name, *component, request, masker);
  }
  return lines;
}

std::vector<std::string> OperationLines(const StateFile& state,
                                        const std::function<std::string(const std::string&)>& head) {
  std::vector<std::string> lines;
  for (const Operation& operation : state.operations) {
    lines.push_back(head(operation.operation) + "  " + operation.status +
                    (operation.timestamp == 0 ? "" : "  " + FormatUtc(operation.timestamp)) +
                    (operation.initiator.empty() ? "" : "  by " + operation.initiator) +
                    (operation.description.empty() ? "" : "  (" + operation.description + ")") + "  " + operation.id);
    if (const json::array* arguments = GetArray(operation.options, "args")) {
      std::vector<std::string> words;
      for (const json::value& argument : *arguments) words.push_back(ToText(argument));
      lines.push_back("  " + Short(Join(words, " ")));
    }
    for (const Phase& phase : operation.phases) lines.push_back("  " + phase.phase + ": " + phase.status);
    if (operation.logs.empty()) continue;
    lines.emplace_back("  log:");
    for (const std::string_view line : Split(Trim(operation.logs), '\n'))
      lines.push_back("    " + StripControls(ValidUtf8(line)));
  }
  return lines;
}

}  // namespace davit::hub
