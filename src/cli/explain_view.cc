#include "cli/explain_view.h"

#include <algorithm>
#include <cctype>

#include "base/text.h"
#include "cli/context.h"

namespace davit::cli {
namespace {

using Item = control::ExplainedItem;
using Source = control::ExplainedSource;

constexpr int kMaxIndent = 8;  // a chain may be long, a screen is not wide

std::string ValueText(const Value& value, bool reveal) {
  if (value.unknown) return "(not known yet)";
  if (value.sensitive && !reveal) return "(sensitive)";
  if (value.data.is_string() && value.data.as_string().empty()) return "\"\"";
  if (value.data.is_null()) return "null";
  std::string text = ToText(value.data);
  std::replace(text.begin(), text.end(), '\n', ' ');
  return StripControls(text);
}

std::string PlaceText(Pos pos, const SourceMap& sources) {
  if (!pos) return {};
  const Location at = sources.Locate(pos);
  return at.file + ":" + std::to_string(at.line) + ":" + std::to_string(at.column);
}

std::string ThingText(const Item& item) {
  switch (item.kind) {
    case Item::Kind::kParameter:
      return item.name;
    case Item::Kind::kInput:
      return item.name + " of " + item.component;
    case Item::Kind::kOutput:
      return "output " + item.name;
  }
  return {};
}

std::string SourceText(const Source& source, const SourceMap& sources) {
  const std::string place = PlaceText(source.pos, sources);
  const std::string at = place.empty() ? "" : " at " + place;
  switch (source.kind) {
    case Source::Kind::kComponentFile:
    case Source::Kind::kStack:
    case Source::Kind::kParametersFile:
      return place;
    case Source::Kind::kPlatform:
      return "the platform's state" + at;
    case Source::Kind::kDavit:
      return "davit gives it";
    case Source::Kind::kVariable:
      return "variable " + source.name;
    case Source::Kind::kFile:
      return "file " + source.name;
    case Source::Kind::kAnswer:
      return "an answer";
    case Source::Kind::kDefault:
      return "default" + at;
    case Source::Kind::kEmpty:
      return "empty: allow";
    case Source::Kind::kParameter:
      return "the stack's " + source.name + at;
    case Source::Kind::kOutput:
      return "output " + source.name + at;
  }
  return {};
}

const char* KindName(Source::Kind kind) {
  switch (kind) {
    case Source::Kind::kComponentFile:
      return "component";
    case Source::Kind::kStack:
      return "stack";
    case Source::Kind::kParametersFile:
      return "parameters";
    case Source::Kind::kPlatform:
      return "platform";
    case Source::Kind::kDavit:
      return "davit";
    case Source::Kind::kVariable:
      return "variable";
    case Source::Kind::kFile:
      return "file";
    case Source::Kind::kAnswer:
      return "answer";
    case Source::Kind::kDefault:
      return "default";
    case Source::Kind::kEmpty:
      return "empty";
    case Source::Kind::kParameter:
      return "parameter";
    case Source::Kind::kOutput:
      return "output";
  }
  return "";
}

const char* KindName(Item::Kind kind) {
  return kind == Item::Kind::kParameter ? "parameter" : kind == Item::Kind::kInput ? "input" : "output";
}

/// A line with `rest` behind it, or below where it does not fit.
void AddLine(const std::string& indent, const std::string& mark, const std::string& what, const std::string& rest,
             const Style& style, int columns, std::vector<std::string>& lines) {
  const Ink ink = mark == "*" ? Ink::kGreen : Ink::kPlain;
  const std::string first = indent + Paint(style, ink, mark + " " + what);
  if (rest.empty()) {
    lines.push_back(first);
  } else if (Width(first) + 2 + Width(rest) <= columns) {
    lines.push_back(first + "  " + rest);
  } else {
    lines.push_back(first);
    const std::string below = indent + "      ";
    for (const std::string& line : Wrap(rest, std::max(20, columns - Width(below)))) lines.push_back(below + line);
  }
}

void AddItem(const control::ExplainView& view, const Item& item, bool reveal, const Style& style, int columns,
             std::vector<std::string>& lines) {
  const SourceMap& sources = view.document->sources;
  const std::string indent(static_cast<size_t>(std::min(item.depth * 2, kMaxIndent)), ' ');
  // What is private to a component is nothing of the stack.
  const std::string none = item.about.empty() ? "" : " has no value";
  const std::string value = item.has_value ? " = " + ValueText(item.value, reveal) : none;
  const std::string about = item.about.empty() ? "" : "  (" + item.about + ")";
  const int room = std::max(20, columns - Width(indent + about) - Width(ThingText(item)));
  lines.push_back(indent + Paint(style, Ink::kBold, StripControls(ThingText(item))) + Cut(value, room, style) +
                  Paint(style, Ink::kDim, about));
  for (const Source& source : item.sources) {
    std::vector<std::string> rest;
    for (const control::ExplainedFact& fact : source.says)
      rest.push_back(fact.what + ": " + ValueText(fact.value, reveal));
    const std::string said = Join(rest, ", ");
    AddLine(indent + "  ", source.won ? "*" : " ", StripControls(SourceText(source, sources)),
            said + (said.empty() || source.notes.empty() ? "" : "; ") + Join(source.notes, "; "), style, columns,
            lines);
  }
  for (const control::ExplainedName& name : item.names) {
    const bool lookup = std::any_of(item.sources.begin(), item.sources.end(),
                                    [&](const Source& source) { return source.won && source.name == name.text; });
    if (lookup) continue;  // said by the source
    std::string means = name.note;
    if (name.item >= 0) {
      const Item& meant = view.items[static_cast<size_t>(name.item)];
      means = (meant.kind == Item::Kind::kParameter ? "is the stack's " : "is ") + StripControls(ThingText(meant));
    }
    AddLine(indent + "  ", " ", StripControls(name.text), means, style, columns, lines);
  }
}

json::object ValueJson(const Value& value, bool reveal) {
  if (value.unknown) return {{"unknown", true}};
  return ToJson(value, reveal);
}

json::value PlaceJson(Pos pos, const SourceMap& sources) {
  if (!pos) return nullptr;
  const Location at = sources.Locate(pos);
  return json::object{{"file", at.file}, {"line", at.line}, {"column", at.column}};
}

json::array Texts(const std::vector<std::string>& texts) {
  return json::array(texts.begin(), texts.end());
}

/// One word of sh.
std::string ShellQuote(const std::string& text) {
  const auto plain = [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           (c != 0 && std::string_view("_./:@%+,-").find(static_cast<char>(c)) != std::string_view::npos);
  };
  if (!text.empty() && std::all_of(text.begin(), text.end(), plain)) return text;
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

/// Each line of it a comment.
void AddComment(const std::string& text, std::vector<std::string>& lines) {
  for (const std::string_view line : Split(text, '\n')) lines.push_back("# " + StripControls(line));
}

}  // namespace

std::vector<std::string> RenderExplanation(const control::ExplainView& view, const std::string& name, bool reveal,
                                           const Style& style, int columns) {
  std::vector<std::string> lines;
  for (const Item& item : view.items) {
    if (!lines.empty()) lines.emplace_back();
    AddItem(view, item, reveal, style, columns, lines);
  }
  if (view.takers.empty() || view.items.empty()) return lines;
  lines.emplace_back();
  const std::string takers = "Components that have a parameter of that name: " + Join(view.takers, ", ") +
                             ". `davit explain " + name + " COMPONENT` says what one of them gets.";
  for (std::string& line : Wrap(takers, columns)) lines.push_back(std::move(line));
  return lines;
}

json::object ExplanationJson(const control::ExplainView& view, bool reveal) {
  const SourceMap& map = view.document->sources;
  json::array items;
  for (const Item& item : view.items) {
    json::object object{{"kind", KindName(item.kind)}, {"name", item.name}, {"depth", item.depth}};
    if (!item.component.empty()) object["component"] = item.component;
    if (item.has_value) object["value"] = ValueJson(item.value, reveal);
    json::array sources;
    for (const Source& source : item.sources) {
      json::object said;
      for (const control::ExplainedFact& fact : source.says) said[fact.what] = ValueJson(fact.value, reveal);
      json::object entry{{"kind", KindName(source.kind)},
                         {"position", PlaceJson(source.pos, map)},
                         {"says", std::move(said)},
                         {"won", source.won},
                         {"notes", Texts(source.notes)}};
      if (!source.name.empty()) entry["name"] = source.name;
      sources.push_back(std::move(entry));
    }
    object["sources"] = std::move(sources);
    json::array names;
    for (const control::ExplainedName& named : item.names) {
      json::object entry{{"text", named.text}};
      if (named.item >= 0) entry["item"] = named.item;
      if (!named.note.empty()) entry["note"] = named.note;
      names.push_back(std::move(entry));
    }
    object["names"] = std::move(names);
    items.push_back(std::move(object));
  }
  return {{"items", std::move(items)}, {"takers", Texts(view.takers)}};
}

std::vector<std::string> RenderEnvrc(const control::CapturesView& view) {
  std::vector<std::string> lines;
  if (view.variables.empty()) AddComment(view.document->stack.name + " takes no value from a variable", lines);
  for (const control::CapturedVariable& variable : view.variables) {
    if (!lines.empty()) lines.emplace_back();
    for (const std::string& brief : variable.briefs) AddComment(brief, lines);
    std::string takers = Join(variable.parameters, ", ");
    if (variable.path) takers += ", from the file that it names";
    if (variable.sensitive) takers += " (sensitive)";
    if (!variable.required) {
      takers += variable.sensitive || variable.defaults.empty() ? "; may be left out"
                                                                : "; default: " + Join(variable.defaults, ", or ");
    }
    AddComment(takers, lines);
    if (!IsVariableName(variable.name)) {
      AddComment("sh cannot set a variable of the name " + variable.name, lines);
      continue;
    }
    const bool shows = variable.defaults.size() == 1 && !variable.path &&
                       variable.defaults[0].find("${") == std::string::npos &&
                       variable.defaults[0].find("#{") == std::string::npos;
    const std::string line =
        "export " + variable.name + "=" + (shows ? ShellQuote(variable.defaults[0]) : std::string());
    if (variable.required) {
      lines.push_back("export " + variable.name + "=");
    } else {
      AddComment(line, lines);
    }
  }
  return lines;
}

json::object EnvrcJson(const control::CapturesView& view) {
  json::array variables;
  for (const control::CapturedVariable& variable : view.variables) {
    variables.push_back(json::object{{"name", variable.name},
                                     {"kind", variable.path ? "path" : "value"},
                                     {"parameters", Texts(variable.parameters)},
                                     {"briefs", Texts(variable.briefs)},
                                     {"required", variable.required},
                                     {"sensitive", variable.sensitive},
                                     {"defaults", Texts(variable.defaults)},
                                     {"position", PlaceJson(variable.pos, view.document->sources)}});
  }
  return {{"stack", view.document->stack.name}, {"variables", std::move(variables)}};
}

}  // namespace davit::cli
