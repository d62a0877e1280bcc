#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "cli/commands.h"
#include "manifest/json_schema.h"

namespace davit::cli {

void DeclareSchema(CLI::App& app, Options& options) {
  app.add_option("KIND", options.name, "stack, application, component or params; default: stack");
}

int RunSchema(Context& context) {
  const std::string& name = context.options.name;
  const auto begin = std::begin(manifest::kDocumentKinds);
  const auto end = std::end(manifest::kDocumentKinds);
  const auto found = name.empty() ? begin : std::find(begin, end, name);
  if (found == end) {
    std::string suggestion = DidYouMean(name, {begin, end});
    if (suggestion.empty()) suggestion = "one of stack, application, component, params";
    return context.Fail(ErrorCode::kInvalidInput, "there is no kind of manifest '" + name + "'", suggestion);
  }
  context.Json(manifest::JsonSchema(static_cast<manifest::DocumentKind>(found - begin)));
  return 0;
}

}  // namespace davit::cli
