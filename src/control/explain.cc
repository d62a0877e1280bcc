// Where a value comes from, and which variables a stack takes values from.
#include <algorithm>

#include "control/direct.h"
#include "control/explainer.h"
#include "expr/expression.h"
#include "graph/names.h"
#include "manifest/load.h"
#include "manifest/merge.h"

namespace davit::control {
namespace {

/// What could have been meant.
std::string HelpFor(const std::string& name, std::vector<std::string> known) {
  std::sort(known.begin(), known.end());
  known.erase(std::unique(known.begin(), known.end()), known.end());
  return DidYouMeanOneOf(name, {known.begin(), known.end()});
}

/// Whether the stack or a component says so of a parameter of that name.
bool IsSensitive(const Stack& stack, std::string_view name) {
  const auto says = [&](const Parameter& parameter) { return parameter.sensitive && parameter.name == name; };
  return std::any_of(stack.parameters.begin(), stack.parameters.end(), says) ||
         std::any_of(stack.components.begin(), stack.components.end(), [&](const Component& component) {
           return std::any_of(component.parameters.begin(), component.parameters.end(), says);
         });
}

}  // namespace

Result<ExplainView> DirectClient::Explain(const LoadRequest& request, const DeploymentSelector& deployment,
                                          const std::string& name, const std::string& component) {
  manifest::Trace trace;
  graph::LookupTrace lookups{component, {}};
  ExplainView view;
  const std::shared_ptr<StackDocument> document = LoadTraced(request, &trace, component.empty() ? nullptr : &lookups);
  view.document = document;
  if (document->failure) return view;
  const Stack& stack = document->stack;
  if (!component.empty() && !stack.components.empty() && stack.Find(component) < 0) {
    std::vector<std::string> known;
    for (const Component& other : stack.components) known.push_back(other.name);
    return Fail(ErrorCode::kNotFound, "the stack has no component '" + component + "'", HelpFor(component, known));
  }
  ValueMap values;
  if (document->ok) {
    DeploymentSelector selector = deployment;
    selector.stack_name = stack.name;
    TRY_ASSIGN(values, Names(document, selector, component));
  }

  Explainer explainer(*document, trace, lookups, values);
  using Kind = ExplainedItem::Kind;
  std::vector<ToExplain> roots;
  std::vector<std::string> known;
  const auto add = [&](Kind kind, std::string root) {
    ToExplain todo{kind, std::move(root)};
    if (explainer.Knows(todo)) roots.push_back(std::move(todo));
  };
  if (!component.empty() && document->ok) {
    add(Kind::kInput, name);
    for (const auto& [input, trail] : lookups.inputs) known.push_back(input);
  } else if (!component.empty()) {
    add(Kind::kParameter, name + "|" + component);
    add(Kind::kParameter, name);
  } else {
    const graph::NameParts parts = graph::SplitName(name);
    if (parts.form == graph::NameParts::Form::kOutput) add(Kind::kOutput, name);
    add(Kind::kParameter, name);
    const bool bare = parts.form == graph::NameParts::Form::kBare;
    for (const Parameter& parameter : stack.parameters) {
      if (bare && !parameter.component.empty() && parameter.name == name)
        add(Kind::kParameter, graph::KeyOf(parameter));
      known.push_back(graph::KeyOf(parameter));
    }
    for (const Component& taker : stack.components) {
      for (const Parameter& parameter : taker.parameters) {
        if (bare && parameter.name == name) view.takers.push_back(taker.name);
        known.push_back(parameter.name);
      }
    }
    if (roots.empty() && bare) {  // nothing of the stack: of its components, then
      for (const std::string& taker : view.takers) add(Kind::kParameter, name + "|" + taker);
      for (const Component& producer : stack.components) add(Kind::kOutput, producer.name + ":" + name);
    }
  }
  // What anybody calls sensitive is not shown for lack of the word in another place.
  for (ToExplain& root : roots) root.sensitive = IsSensitive(stack, graph::SplitName(root.name).name);
  if (!roots.empty()) view.items = explainer.Run(std::move(roots));
  if (!view.items.empty() || !document->ok) return view;
  return Fail(ErrorCode::kNotFound,
              component.empty() ? "the stack has no parameter '" + name + "'"
                                : "component '" + component + "' has no parameter '" + name + "'",
              HelpFor(name, std::move(known)));
}

CapturesView DirectClient::Captures(const LoadRequest& request) {
  CapturesView view;
  const auto document = std::make_shared<StackDocument>();
  view.document = document;
  const std::unique_ptr<manifest::Source> disk = manifest::DiskSource(parts_.environment, {});
  const auto find = [&]() -> Result<manifest::Captures> {
    TRY_ASSIGN(const manifest::LoadOptions options, OptionsOf(request, document->sources));
    return manifest::FindCaptures(options, *disk, document->sources, document->diagnostics);
  };
  Result<manifest::Captures> captures = find();
  if (!captures) {
    document->failure = std::move(captures).error();
    return view;
  }
  const auto add = [](std::vector<std::string>& texts, std::string text) {
    if (std::find(texts.begin(), texts.end(), text) == texts.end()) texts.push_back(std::move(text));
  };
  for (const manifest::Capture& capture : captures->variables) {
    CapturedVariable& variable = view.variables.emplace_back();
    variable.name = capture.variable;
    variable.path = capture.path;
    variable.pos = capture.takers.front()->pos;
    for (const Parameter* taker : capture.takers) variable.sensitive = variable.sensitive || taker->sensitive;
    for (const Parameter* taker : capture.takers) {
      variable.parameters.push_back(graph::KeyOf(*taker));
      if (!taker->brief.empty()) add(variable.briefs, *taker->brief);
      const bool filled = manifest::IsFilled(taker->has_default, taker->default_value);
      variable.required = variable.required ||
                          (!filled && !taker->empty_allowed && (taker->from_env.empty() || taker->from_file.empty()));
      if (filled && !variable.sensitive) add(variable.defaults, ToText(expr::SourceOf(taker->default_value)));
    }
  }
  document->stack = std::move(captures->stack);
  document->ok = !document->diagnostics.HasErrors();
  return view;
}

}  // namespace davit::control
