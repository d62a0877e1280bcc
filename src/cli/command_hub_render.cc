// davit hub render: templates in the present directory, with what a component or the stack has. Mostly a component calls it during its own deploy.
#include "base/text.h"
#include "cli/commands.h"
#include "cli/hub_input.h"
#include "cli/hub_stack.h"
#include "cli/render_here.h"

namespace davit::cli {
namespace {

constexpr int kFailed = 1;

/// What the state file says: parameters and outputs of the stack, and over them those of the component.
ValueMap ValuesOf(const hub::StateFile& state, const std::string& component) {
  ValueMap values;
  const auto add = [&](const std::vector<hub::LockedParameter>& parameters) {
    for (const hub::LockedParameter& parameter : parameters) {
      if (parameter.component.empty() || parameter.component == component)
        values[parameter.name].data = parameter.value;
    }
  };
  for (const hub::StackOutput& output : state.stack_outputs) {
    if (component.empty()) values[output.name].data = output.value;
  }
  const hub::ComponentState* own = component.empty() ? nullptr : state.Find(component);
  for (const auto& output : own != nullptr ? own->captured_outputs : state.captured_outputs) {
    values[output->name].data = output->value;
    values[output->component + ":" + output->name].data = output->value;
  }
  add(state.stack_parameters);
  if (own != nullptr) add(own->parameters);
  return values;
}

/// What the component has now: during a deploy the store knows it before the state file does.
Result<> AddPresent(HubStack& stack, const std::string& component, ValueMap& values) {
  control::DeploymentSelector selector;
  selector.name = DeploymentName(stack.state_places(), stack.stack().name);
  control::Client& client = stack.session().client();
  Result<ValueMap> names = client.Names(stack.document(), selector, component);
  // It was deployed elsewhere: the state file is all there is.
  if (!names && names.error().code == ErrorCode::kNotFound) names = client.Names(stack.document(), {}, component);
  if (!names) return tl::unexpected(names.error());
  for (auto& [name, value] : *names) {
    if (!value.unknown) values[name] = std::move(value);
  }
  return {};
}

}  // namespace

int RunHubRender(Context& context) {
  const HubVerbOptions& options = context.options.hub_verb;
  Result<HubVerbFiles> files = HubVerbFilesOf(context);
  if (!files) return FailHub(context, files.error());
  HubStack stack(context, "render");
  stack.session().BeQuiet();
  stack.set_base_dir(files->base_dir);
  if (stack.ReadState(files->state, false)) return kFailed;
  if (!stack.state())
    return FailHub(context, Fail(ErrorCode::kNotFound, "there is no state file " + files->state,
                                 "`davit hub deploy` writes it; name it with -s FILE")
                                .value());
  std::string component = options.component;
  if (component.empty()) component = VariableOf(context, "HUB_COMPONENT");
  ValueMap values = ValuesOf(*stack.state(), component);
  if (!component.empty() && !files->elaborate.empty()) {
    if (stack.ReadElaborate(files->elaborate) || stack.Open({}, false) || stack.Check(component)) return kFailed;
    if (const Result<> added = AddPresent(stack, component, values); !added) return FailHub(context, added.error());
  } else if (!component.empty() && stack.state()->Find(component) == nullptr) {
    WarnHub(context, "the state file knows no component '" + component + "': the stack's own values are taken");
  }
  const Result<std::vector<std::string>> written =
      RenderHere(context, options.templates, options.kind, options.additional, std::move(values), /*strict=*/false);
  if (!written) return FailHub(context, written.error());
  for (const std::string& name : *written) context.Line("wrote " + name);
  return 0;
}

}  // namespace davit::cli
