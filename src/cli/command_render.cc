// davit render: templates in the present directory, with what the stack or one of its components has now.
#include <CLI/CLI.hpp>

#include "base/text.h"
#include "cli/commands.h"
#include "cli/render_here.h"

namespace davit::cli {

void DeclareRender(CLI::App& app, Options& options) {
  HubVerbOptions& verb = options.hub_verb;
  app.add_option("TEMPLATES", verb.templates, "Files or patterns, in this directory")->required();
  app.add_option("-C,--stack", options.directory, "Directory of the stack")->capture_default_str()->type_name("DIR");
  app.add_option("-c,--component", options.component, "As this component of the stack sees it")->type_name("COMPONENT");
  app.add_option("-k,--kind", verb.kind, "curly, mustache or _mustache")->capture_default_str();
  app.add_option("-a,--additional-parameters", verb.additional, "More values: NAME=value,OTHER=value");
}

int RunRender(Context& context) {
  const Options& options = context.options;
  Result<std::unique_ptr<control::Client>> client = context.Open(options.directory, true, false);
  if (!client) return context.Fail(client.error());
  const std::shared_ptr<control::StackDocument> document = (*client)->Load(context.Load(options.directory));
  if (const int code = context.Diagnose(*document); code != 0) return code;
  Result<ValueMap> names = (*client)->Names(document, context.Selector(), options.component);
  if (!names) return context.Fail(names.error());
  Result<std::vector<std::string>> written =
      RenderHere(context, options.hub_verb.templates, options.hub_verb.kind, options.hub_verb.additional,
                 *std::move(names), /*strict=*/true);
  if (!written) {
    std::string& help = written.error().suggestion;
    if (help.empty() && options.component.empty()) help = "-c COMPONENT fills in what one component sees";
    return context.Fail(written.error());
  }
  if (options.json) {
    context.Json(json::object{{"written", json::array(written->begin(), written->end())}});
    return 0;
  }
  for (const std::string& name : *written) context.Line("wrote " + name);
  return 0;
}

}  // namespace davit::cli
