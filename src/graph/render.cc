#include "graph/render.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace davit::graph {
namespace {

constexpr size_t kColumns = 80;
constexpr size_t kMaxNameWidth = 24;  // longer names push only their own line
constexpr size_t kMaxProducers = 12;  // shown of one component

/// Code points, which is what a terminal shows of ordinary names.
size_t Width(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c == '\n' ? ' ' : c;
  }
  return quoted + "\"";
}

/// "network (depends, output subnet -> subnet)" for each producer, in deploy order.
std::vector<std::string> WaitsFor(const Stack& stack, const std::vector<StackEdge>& edges, size_t begin, size_t end) {
  std::map<int, std::vector<std::string>> reasons;
  for (size_t i = begin; i < end; ++i) {
    std::vector<std::string>& list = reasons[edges[i].from];
    std::string reason = edges[i].reason;
    if (edges[i].kind == EdgeKind::kAfter && reason != kGivenOrderReason) reason += ", whatever its result";
    if (std::find(list.begin(), list.end(), reason) == list.end()) list.push_back(std::move(reason));
  }
  std::vector<std::string> items;
  for (const auto& [from, list] : reasons) {
    if (items.size() == kMaxProducers && reasons.size() > kMaxProducers + 1) {
      items.push_back(std::to_string(reasons.size() - kMaxProducers) + " more");
      break;
    }
    items.push_back(stack.components[static_cast<size_t>(from)].name + " (" + Join(list, "; ") + ")");
  }
  return items;
}

}  // namespace

int Waves(const Stack& stack, const std::vector<StackEdge>& edges, bool without_order) {
  std::vector<int> wave(stack.components.size(), 1);
  int most = stack.components.empty() ? 0 : 1;
  for (const StackEdge& edge :
       edges) {  // sorted by `to`, and each leads forward: what comes into `from` was seen before
    if (without_order && edge.reason == kGivenOrderReason) continue;
    int& to = wave[static_cast<size_t>(edge.to)];
    to = std::max(to, wave[static_cast<size_t>(edge.from)] + 1);
    most = std::max(most, to);
  }
  return most;
}

std::string RenderText(const Stack& stack, const std::vector<StackEdge>& edges) {
  std::string out = stack.name + ": " + Plural(stack.components.size(), "component");
  if (!stack.components.empty()) {
    const int waves = Waves(stack, edges, /*without_order=*/false);
    const int free = Waves(stack, edges, /*without_order=*/true);
    out += ", " + Plural(static_cast<size_t>(waves), "wave");
    if (free < waves) out += " (" + std::to_string(free) + " without lifecycle.order)";
  }
  out += "\n";
  size_t name_width = 0;
  for (const Component& component : stack.components) name_width = std::max(name_width, Width(component.name));
  name_width = std::min(name_width, kMaxNameWidth);
  size_t begin = 0;
  for (size_t i = 0; i < stack.components.size(); ++i) {
    size_t end = begin;
    while (end < edges.size() && edges[end].to == static_cast<int>(i)) ++end;
    std::string line = "  " + stack.components[i].name;
    const std::vector<std::string> items = WaitsFor(stack, edges, begin, end);
    begin = end;
    if (!items.empty()) {
      const size_t name = Width(stack.components[i].name);
      line += std::string(name < name_width ? name_width - name : 0, ' ') + "  after ";
    }
    const std::string indent(2 + name_width + 2 + 6, ' ');  // below the first producer
    for (size_t item = 0; item < items.size(); ++item) {
      const std::string text = items[item] + (item + 1 < items.size() ? "," : "");
      if (item > 0) {
        if (Width(line) + 1 + Width(text) <= kColumns) {
          line += " ";
        } else {
          out += line + "\n";
          line = indent;
        }
      }
      line += text;
    }
    out += line + "\n";
  }
  return out;
}

std::string RenderDot(const Stack& stack, const std::vector<StackEdge>& edges) {
  std::string out = "digraph " + Quoted(stack.name) + " {\n  rankdir=LR;\n  node [shape=box];\n";
  for (const Component& component : stack.components) {
    out += "  " + Quoted(component.name) + (component.optional ? " [style=dashed];\n" : ";\n");
  }
  // One line per pair and kind, with all its reasons.
  for (size_t i = 0; i < edges.size();) {
    const StackEdge& edge = edges[i];
    std::vector<std::string> reasons;
    for (; i < edges.size() && edges[i].from == edge.from && edges[i].to == edge.to && edges[i].kind == edge.kind;
         ++i) {
      reasons.push_back(edges[i].reason);
    }
    std::string label;
    for (const std::string& reason : reasons) {
      const std::string quoted = Quoted(reason);
      label += (label.empty() ? "" : "\\n") + quoted.substr(1, quoted.size() - 2);
    }
    const char* style = edge.kind == EdgeKind::kValue ? "bold" : edge.kind == EdgeKind::kAfter ? "dashed" : "solid";
    out += "  " + Quoted(stack.components[static_cast<size_t>(edge.from)].name) + " -> " +
           Quoted(stack.components[static_cast<size_t>(edge.to)].name) + " [style=" + style + ", label=\"" + label +
           "\"];\n";
  }
  return out + "}\n";
}

std::string RenderJson(const Stack& stack, const std::vector<StackEdge>& edges, const ModuleList& modules) {
  json::array components;
  for (size_t i = 0; i < stack.components.size(); ++i) {
    components.push_back(json::object{{"name", stack.components[i].name},
                                      {"driver", i < modules.size() ? modules[i].driver : std::string()},
                                      {"source", stack.components[i].source_text}});
  }
  json::array lines;
  for (const StackEdge& edge : edges) {
    lines.push_back(json::object{{"from", stack.components[static_cast<size_t>(edge.from)].name},
                                 {"to", stack.components[static_cast<size_t>(edge.to)].name},
                                 {"kind", std::string(ToString(edge.kind))},
                                 {"reason", edge.reason}});
  }
  return PrettyJson(
      json::object{{"stack", stack.name}, {"components", std::move(components)}, {"edges", std::move(lines)}});
}

}  // namespace davit::graph
