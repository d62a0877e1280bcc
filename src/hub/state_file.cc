// Writing a state file, and its times.
#include "hub/state_file.h"

#include <cstdio>
#include <ctime>
#include <unordered_map>

#include "base/clock.h"
#include "yaml/emit.h"

namespace davit::hub {
namespace {

class Writer {
 public:
  std::string out;

  void Text(size_t indent, std::string_view key, std::string_view value) {
    if (!value.empty()) yaml::AppendYamlText(out, indent, key, value);
  }
  void Time(size_t indent, std::string_view key, TimeMs time) {
    if (time == 0) return;
    out.append(indent, ' ');
    out += key;
    out += ": ";
    out += FormatTime(time);
    out += '\n';
  }
  void Value(size_t indent, const json::value& value) { yaml::AppendYaml(out, indent, "value", value); }
  void Other(size_t indent, const json::object& other) {
    for (const auto& [key, value] : other) yaml::AppendYaml(out, indent, key, value);
  }
  void Key(size_t indent, std::string_view key) {
    out.append(indent, ' ');
    out += key;
    out += ":\n";
  }
  void Item(size_t indent, std::string_view key, std::string_view value) {
    yaml::AppendYamlText(out, indent, key, value, true);
  }

  void Parameters(size_t indent, std::string_view key, const std::vector<LockedParameter>& parameters) {
    if (parameters.empty()) return;
    Key(indent, key);
    for (const LockedParameter& parameter : parameters) {
      Item(indent, "name", parameter.name);
      Text(indent + 2, "component", parameter.component);
      Value(indent + 2, parameter.value);
      Text(indent + 2, "env", parameter.env);
    }
  }
  void Captured(size_t indent, const CapturedOutputs& outputs) {
    if (outputs.empty()) return;
    Key(indent, "capturedOutputs");
    Places& written = indent == 0 ? of_stack_ : of_components_;
    for (const std::shared_ptr<const CapturedOutput>& output : outputs) {
      // Most of a large file are outputs that the component before has too: what was written for it is taken again.
      const bool shared = output.use_count() > 1;
      if (const auto before = written.find(output.get()); shared && before != written.end()) {
        out.append(out, before->second.first, before->second.second);
        continue;
      }
      const size_t begin = out.size();
      Item(indent, "name", output->name);
      Text(indent + 2, "component", output->component);
      Text(indent + 2, "componentOrigin", output->component_origin);
      Text(indent + 2, "componentKind", output->component_kind);
      Value(indent + 2, output->value);
      Text(indent + 2, "brief", output->brief);
      Text(indent + 2, "kind", output->kind);
      if (shared) written[output.get()] = {begin, out.size() - begin};
    }
  }
  void Meta(size_t indent, const ComponentMeta& meta) {
    const std::pair<std::string_view, const std::string&> fields[] = {{"origin", meta.origin},
                                                                      {"kind", meta.kind},
                                                                      {"title", meta.title},
                                                                      {"brief", meta.brief},
                                                                      {"description", meta.description},
                                                                      {"version", meta.version},
                                                                      {"maturity", meta.maturity},
                                                                      {"icon", meta.icon}};
    bool any = false;
    for (const auto& [key, value] : fields) {
      if (!any && !value.empty()) Key(indent, "meta");
      any |= !value.empty();
      Text(indent + 2, key, value);
    }
  }
  void Component(const std::string& name, const ComponentState& component) {
    const size_t begin = out.size();
    yaml::AppendYaml(out, 2, name, json::object());  // " {}" gives way to what there is
    out.resize(out.size() - 4);
    out += '\n';
    const size_t filled = out.size();
    Time(4, "timestamp", component.timestamp);
    if (component.start != 0 || component.end != 0) {
      Key(4, "timestamps");
      Time(6, "start", component.start);
      Time(6, "end", component.end);
    }
    Text(4, "status", component.status);
    Meta(4, component.meta);
    Text(4, "message", component.message);
    Parameters(4, "parameters", component.parameters);
    if (!component.raw_outputs.empty()) Key(4, "rawOutputs");
    for (const RawOutput& output : component.raw_outputs) {
      Item(4, "name", output.name);
      yaml::AppendYamlText(out, 6, "value", output.value);
    }
    Captured(4, component.captured_outputs);
    Other(4, component.other);
    if (out.size() != filled) return;
    out.resize(begin);
    yaml::AppendYaml(out, 2, name, json::object());
  }
  void OneOperation(const Operation& operation) {
    Item(0, "id", operation.id);
    Text(2, "operation", operation.operation);
    Time(2, "timestamp", operation.timestamp);
    Text(2, "status", operation.status);
    if (!operation.options.empty()) yaml::AppendYaml(out, 2, "options", operation.options);
    Text(2, "description", operation.description);
    Text(2, "initiator", operation.initiator);
    Text(2, "logs", operation.logs);
    if (!operation.phases.empty()) Key(2, "phases");
    for (const Phase& phase : operation.phases) {
      Item(2, "phase", phase.phase);
      Text(4, "status", phase.status);
    }
    Other(2, operation.other);
  }

 private:
  /// Where in `out` an output stands, and how long it is: in the list of the stack, and in those of components, which are further in.
  using Places = std::unordered_map<const CapturedOutput*, std::pair<size_t, size_t>>;
  Places of_stack_;
  Places of_components_;
};

/// `digits` digits at `*at`, which moves on; -1 where there are none.
int Digits(std::string_view text, size_t* at, size_t digits) {
  if (*at + digits > text.size()) return -1;
  int number = 0;
  for (size_t i = 0; i < digits; ++i) {
    const char c = text[*at + i];
    if (c < '0' || c > '9') return -1;
    number = number * 10 + (c - '0');
  }
  *at += digits;
  return number;
}

bool Skip(std::string_view text, size_t* at, std::string_view any_of) {
  if (*at >= text.size() || any_of.find(text[*at]) == std::string_view::npos) return false;
  ++*at;
  return true;
}

}  // namespace

const ComponentState* StateFile::Find(const std::string& component) const {
  const auto found = components.find(component);
  return found == components.end() ? nullptr : &found->second;
}

std::string WriteStateFile(const StateFile& state) {
  Writer writer;
  writer.out = "version: 1\nkind: state\n";
  writer.Time(0, "timestamp", state.timestamp);
  writer.Text(0, "status", state.status);
  writer.Text(0, "message", state.message);
  if (!state.meta_kind.empty() || !state.meta_name.empty()) writer.Key(0, "meta");
  writer.Text(2, "kind", state.meta_kind);
  writer.Text(2, "name", state.meta_name);
  if (!state.order.empty()) writer.Key(0, "lifecycle");
  if (!state.order.empty()) yaml::AppendYaml(writer.out, 2, "order", json::value_from(state.order));
  writer.Parameters(0, "stackParameters", state.stack_parameters);
  writer.Captured(0, state.captured_outputs);
  if (!state.stack_outputs.empty()) writer.Key(0, "stackOutputs");
  for (const StackOutput& output : state.stack_outputs) {
    writer.Item(0, "name", output.name);
    writer.Value(2, output.value);
    writer.Text(2, "brief", output.brief);
    writer.Text(2, "kind", output.kind);
  }
  if (!state.provides.empty()) writer.Key(0, "provides");
  for (const auto& [capability, providers] : state.provides)
    yaml::AppendYaml(writer.out, 2, capability, json::value_from(providers));
  if (!state.components.empty()) writer.Key(0, "components");
  for (const auto& [name, component] : state.components) writer.Component(name, component);
  if (!state.operations.empty()) writer.Key(0, "operations");
  for (const Operation& operation : state.operations) writer.OneOperation(operation);
  writer.Other(0, state.other);
  return std::move(writer.out);
}

std::string FormatTime(TimeMs time) {
  std::string text = FormatUtc(time);
  const int ms = static_cast<int>(time % 1000);
  if (ms == 0) return text;
  char fraction[8];
  std::snprintf(fraction, sizeof fraction, ".%03d", ms);
  std::string digits = fraction;
  while (digits.back() == '0') digits.pop_back();
  text.insert(text.size() - 1, digits);
  return text;
}

TimeMs ParseTime(std::string_view text) {
  size_t at = 0;
  tm parts{};
  const int year = Digits(text, &at, 4);
  if (!Skip(text, &at, "-")) return 0;
  const int month = Digits(text, &at, 2);
  if (!Skip(text, &at, "-")) return 0;
  parts.tm_mday = Digits(text, &at, 2);
  if (!Skip(text, &at, "Tt ")) return 0;
  parts.tm_hour = Digits(text, &at, 2);
  if (!Skip(text, &at, ":")) return 0;
  parts.tm_min = Digits(text, &at, 2);
  if (!Skip(text, &at, ":")) return 0;
  parts.tm_sec = Digits(text, &at, 2);
  if (year < 1970 || month < 1 || month > 12 || parts.tm_mday < 1 || parts.tm_mday > 31 || parts.tm_hour < 0 ||
      parts.tm_min < 0 || parts.tm_sec < 0)
    return 0;
  parts.tm_year = year - 1900;
  parts.tm_mon = month - 1;
  int64_t ms = 0;
  if (Skip(text, &at, ".")) {
    int64_t unit = 100;
    int digit = 0;
    while ((digit = Digits(text, &at, 1)) >= 0) {
      ms += digit * unit;
      unit /= 10;
    }
  }
  int64_t offset_s = 0;
  if (at < text.size() && (text[at] == '+' || text[at] == '-')) {
    const int sign = text[at++] == '-' ? -1 : 1;
    const int hours = Digits(text, &at, 2);
    if (!Skip(text, &at, ":") || hours < 0) return 0;
    const int minutes = Digits(text, &at, 2);
    if (minutes < 0) return 0;
    offset_s = sign * (hours * 3600 + minutes * 60);
  } else if (!Skip(text, &at, "Zz")) {
    return 0;
  }
  if (at != text.size()) return 0;
  return (static_cast<int64_t>(timegm(&parts)) - offset_s) * 1000 + ms;
}

}  // namespace davit::hub
