// davit hub explain: what a state file says.
#include <algorithm>

#include "cli/commands.h"
#include "cli/hub_input.h"
#include "hub/explain.h"
#include "hub/yaml_value.h"
#include "yaml/emit.h"

namespace davit::cli {
namespace {

/// Components in the order of an elaborate file: its lifecycle.order, else as they stand in it.
Result<std::vector<std::string>> OrderIn(SourceMap& sources, uint32_t file) {
  std::optional<yaml::Document> document;
  TRY_ASSIGN(const std::optional<yaml::Node> root, hub::ParseYaml(sources, file, &document));
  std::vector<std::string> order;
  if (!root || !root->IsMapping()) return order;
  const json::value stack = hub::NodeToJson(*root);
  if (const json::object* lifecycle = GetObject(stack.as_object(), "lifecycle")) order = GetTexts(*lifecycle, "order");
  if (!order.empty()) return order;
  if (const json::array* components = GetArray(stack.as_object(), "components")) {
    for (const json::value& component : *components) {
      if (const json::object* object = component.if_object()) order.push_back(GetString(*object, "name"));
    }
  }
  return order;
}

/// The order that is shown: the state's, then what it knows beside that.
std::vector<std::string> OrderOf(const hub::StateFile& state) {
  std::vector<std::string> order = state.order;
  for (const auto& [name, component] : state.components) {
    if (std::find(order.begin(), order.end(), name) == order.end()) order.push_back(name);
  }
  return order;
}

}  // namespace

int RunHubExplain(Context& context) {
  const HubFilesOptions& options = context.options.hub_files;
  SourceMap sources;
  const Result<hub::StateFile> state = ReadHubState(context, {options.files.back()}, sources);
  if (!state) return FailHub(context, state.error(), &sources);
  hub::ExplainRequest request;
  request.order = OrderOf(*state);
  if (options.files.size() == 2) {
    const Result<uint32_t> file = ReadHubFile(context, {options.files.front()}, "elaborate file", sources);
    if (!file) return FailHub(context, file.error(), &sources);
    Result<std::vector<std::string>> order = OrderIn(sources, *file);
    if (!order) return FailHub(context, order.error(), &sources);
    request.order = *std::move(order);
  }
  if (!options.component.empty()) {
    if (std::find(request.order.begin(), request.order.end(), options.component) == request.order.end()) {
      const std::vector<std::string_view> names(request.order.begin(), request.order.end());
      return FailHub(context, Fail(ErrorCode::kNotFound, "there is no component '" + options.component + "'",
                                   DidYouMean(options.component, names))
                                  .value());
    }
    request.order = {options.component};
    request.stack = options.global;
  } else if (options.global) {
    request.order.clear();
  }
  request.raw_outputs = options.raw_outputs;
  request.show_sensitive = context.options.show_sensitive;
  const bool text = !context.options.json && !options.yaml;
  if (options.operations && !text)
    return FailHub(
        context,
        Fail(ErrorCode::kInvalidInput, "what was done is shown as text only", "leave --json and --yaml out").value());
  if (text) {
    Style style = context.style;
    style.color |= options.color;
    const auto head = [&](const std::string& part) { return Paint(style, Ink::kBold, part); };
    context.Lines(options.operations ? hub::OperationLines(*state, head) : hub::ExplainLines(*state, request, head));
    return 0;
  }
  const json::object shown = hub::ExplainJson(*state, request);
  if (context.options.json) {
    context.Json(shown);
  } else {
    context.Out(yaml::EmitYaml(shown));
  }
  return 0;
}

}  // namespace davit::cli
