#include "control/explainer.h"

#include <algorithm>

#include "expr/expression.h"
#include "graph/names.h"
#include "manifest/merge.h"

namespace davit::control {
namespace {

using manifest::Field;
using manifest::ParameterStep;
using manifest::ParameterTrail;
using Item = ExplainedItem;
using Source = ExplainedSource;

Pos PosOf(const manifest::ParameterDeclaration& said) {
  return said.parameter.has_value && said.parameter.value_pos ? said.parameter.value_pos : said.parameter.pos;
}

/// Whether it holds more than names.
bool SaysMore(const Expression& written) {
  return written.IsConstant() ||
         std::any_of(written.parts.begin(), written.parts.end(),
                     [](const Expression::Part& part) { return part.IsComputed() || part.reference < 0; });
}

ExplainedFact Fact(std::string what, const Expression& written, bool sensitive) {
  return {std::move(what), Value{expr::SourceOf(written), sensitive && SaysMore(written)}};
}

ExplainedFact Fact(std::string what, const std::string& text) {
  return {std::move(what), Value{json::value(text)}};
}

/// What is written there, in the order of a manifest.
std::vector<ExplainedFact> FactsOf(const Parameter& parameter, bool sensitive) {
  std::vector<ExplainedFact> facts;
  if (parameter.has_value) facts.push_back(Fact("value", parameter.value, sensitive));
  if (parameter.has_default) facts.push_back(Fact("default", *parameter.default_value, sensitive));
  if (!parameter.from_env.empty()) facts.push_back(Fact("fromEnv", *parameter.from_env));
  if (!parameter.from_file.empty()) facts.push_back(Fact("fromFile", *parameter.from_file));
  return facts;
}

std::vector<ExplainedFact> FactsOf(const manifest::ParameterDeclaration& said, bool sensitive) {
  const Parameter& parameter = said.parameter;
  std::vector<ExplainedFact> facts = FactsOf(parameter, sensitive);
  if (said.kind_given) {
    facts.push_back(Fact("kind", parameter.kind == ParameterKind::kUser   ? "user"
                                 : parameter.kind == ParameterKind::kLink ? "link"
                                                                          : "tech"));
  }
  if (parameter.empty_allowed) facts.push_back(Fact("empty", "allow"));
  return facts;
}

}  // namespace

Explainer::Explainer(const StackDocument& document, const manifest::Trace& trace, const graph::LookupTrace& lookups,
                     const ValueMap& values)
    : document_(document), stack_(document.stack), trace_(trace), lookups_(lookups), values_(values) {
  for (const Parameter& parameter : stack_.parameters) parameters_.emplace(graph::KeyOf(parameter), &parameter);
}

std::string Explainer::Where(Pos pos) const {
  const Location at = document_.sources.Locate(pos);
  return at.file + ":" + std::to_string(at.line);
}

std::string Explainer::Where(const ParameterStep& step) const {
  return step.from == ParameterStep::From::kDavit ? "davit" : Where(PosOf(step.said));
}

const Parameter* Explainer::OwnParameter(const std::string& name) const {
  const int component = stack_.Find(lookups_.component);
  if (component < 0) return nullptr;
  for (const Parameter& parameter : stack_.components[static_cast<size_t>(component)].parameters) {
    if (parameter.name == name) return &parameter;
  }
  return nullptr;
}

bool Explainer::Knows(const ToExplain& what) const {
  if (what.kind == Item::Kind::kInput) return lookups_.inputs.contains(what.name);
  if (what.kind == Item::Kind::kOutput) return values_.contains(what.name);
  const auto is_it = [&](const ParameterStep& step) {
    return manifest::QualifiedName(step.said.parameter) == what.name;
  };
  return parameters_.contains(what.name) || trace_.Find(what.name) != nullptr ||
         std::any_of(trace_.privates().begin(), trace_.privates().end(), is_it);
}

std::vector<Item> Explainer::Run(std::vector<ToExplain> roots) {
  std::vector<Item> items;
  std::unordered_map<std::string, int> known;
  std::vector<ToExplain> open(roots.rbegin(), roots.rend());
  while (!open.empty()) {
    const ToExplain todo = std::move(open.back());
    open.pop_back();
    if (!known.emplace(todo.Key(), static_cast<int>(items.size())).second) continue;
    Item& item = items.emplace_back();
    means_.emplace_back();
    item.kind = todo.kind;
    item.name = todo.name;
    item.depth = todo.depth;
    Explain(todo, item);
    for (ToExplain& part : means_.back()) {
      part.depth = todo.depth + 1;
      part.sensitive = item.kind == Item::Kind::kInput && item.value.sensitive;
    }
    for (auto part = means_.back().rbegin(); part != means_.back().rend(); ++part) {
      if (!part->name.empty()) open.push_back(*part);
    }
  }
  for (size_t i = 0; i < items.size(); ++i) {
    for (size_t n = 0; n < items[i].names.size(); ++n) {
      if (!means_[i][n].name.empty()) items[i].names[n].item = known.at(means_[i][n].Key());
    }
  }
  return items;
}

void Explainer::Explain(const ToExplain& todo, Item& item) {
  switch (todo.kind) {
    case Item::Kind::kParameter:
      return ExplainParameter(todo, item);
    case Item::Kind::kInput:
      return ExplainInput(todo, item);
    case Item::Kind::kOutput:
      return ExplainOutput(todo, item);
  }
}

void Explainer::TakeValue(const std::string& name, Item& item) const {
  const auto found = values_.find(name);
  if (found == values_.end()) return;
  const bool sensitive = item.value.sensitive || found->second.sensitive;
  item.has_value = true;
  item.value = found->second;
  item.value.sensitive = sensitive;
}

void Explainer::AddName(Item& item, std::string text, Item::Kind kind, std::string name) {
  ExplainedName& added = item.names.emplace_back();
  added.text = std::move(text);
  if (name.empty()) added.note = "nothing of that name is known here";
  means_.back().push_back({kind, std::move(name)});
}

/// Those in the value of `stands_in`, as the lookup of a component found them.
void Explainer::AddNames(const graph::LookupTrail& lookup, const std::string& stands_in, Item& item) {
  for (const graph::NamedThing& thing : lookup.names) {
    if (thing.stands_in != stands_in) continue;
    Item::Kind kind = Item::Kind::kParameter;
    if (thing.kind == Reference::Kind::kOutput) kind = Item::Kind::kOutput;
    if (thing.kind == Reference::Kind::kOwnParameter) kind = Item::Kind::kInput;
    AddName(item, thing.text, kind, thing.name);
  }
}

/// Of a link the names mean what they mean to the component that asks; of others settle has said it.
void Explainer::AddNames(const std::string& key, const ParameterTrail& trail, bool link, Item& item) {
  for (const auto& [input, lookup] : lookups_.inputs) {
    if (item.names.empty()) AddNames(lookup, key, item);
  }
  if (!item.names.empty()) return;
  if (!link) {
    for (const manifest::TracedName& name : trail.names) AddName(item, name.text, Item::Kind::kParameter, name.means);
    return;
  }
  const int holder = trail.holder(Field::kValue);
  if (holder < 0) return;
  for (const Reference& reference : trail.steps[static_cast<size_t>(holder)].said.parameter.value.references) {
    const graph::NameParts parts = graph::SplitName(reference.text);
    const bool output = parts.form == graph::NameParts::Form::kOutput;
    const ToExplain meant{output ? Item::Kind::kOutput : Item::Kind::kParameter, reference.text};
    const bool exact = parts.form != graph::NameParts::Form::kBare && Knows(meant);
    AddName(item, reference.text, meant.kind, exact ? reference.text : "");
    if (!exact && parts.form == graph::NameParts::Form::kBare)
      item.names.back().note = "what it means depends on the component that uses the link";
    else if (!exact && !document_.ok)  // of its outputs nothing is known then
      item.names.back().note = "not looked for, as the stack has errors";
  }
}

Source Explainer::OfStep(const ParameterTrail& trail, int index, bool valued, bool user, bool sensitive) const {
  const ParameterStep& step = trail.steps[static_cast<size_t>(index)];
  const Parameter& said = step.said.parameter;
  Source source;
  source.pos = step.from == ParameterStep::From::kDavit ? Pos() : PosOf(step.said);
  source.says = FactsOf(step.said, sensitive);
  switch (step.from) {
    case ParameterStep::From::kComponentFile:
      source.kind = Source::Kind::kComponentFile;
      break;
    case ParameterStep::From::kStack:
    case ParameterStep::From::kEntry:
      source.kind = Source::Kind::kStack;
      break;
    case ParameterStep::From::kFile:
      source.kind = Source::Kind::kParametersFile;
      break;
    case ParameterStep::From::kPlatform:
      source.kind = Source::Kind::kPlatform;
      break;
    case ParameterStep::From::kDavit:
      source.kind = Source::Kind::kDavit;
      break;
  }
  if (step.of_plain) source.notes.push_back("said of all components");
  const auto lost = [&](Field field) { return trail.holder(field) != index; };
  const auto over = [&](Field field) {
    const int holder = trail.holder(field);
    return holder < 0 ? std::string() : "overwritten by " + Where(trail.steps[static_cast<size_t>(holder)]);
  };
  const bool filled = manifest::IsFilled(said.has_value, said.value);
  if (said.has_value && !filled && trail.steps.size() > 1)
    source.notes.emplace_back("an empty value overwrites nothing");
  if (filled && lost(Field::kValue)) source.notes.push_back(over(Field::kValue));
  source.won = said.has_value && !lost(Field::kValue) && (filled || trail.settled.empty());
  if (said.has_default) {
    if (lost(Field::kDefault)) {
      source.notes.push_back("default " + over(Field::kDefault));
    } else if (!user) {
      source.notes.emplace_back("default without effect: it is not of kind user");
    } else if (valued && !source.won) {
      source.notes.emplace_back("default not needed: there is a value");
    }
  }
  if (!said.from_env.empty()) {
    if (lost(Field::kFromEnv)) {
      source.notes.push_back("fromEnv " + over(Field::kFromEnv));
    } else if (!user) {
      source.notes.emplace_back("fromEnv without effect: it is not of kind user");
    } else if (valued) {
      source.notes.emplace_back("fromEnv not asked: there is a value");
    }
  }
  return source;
}

Source Explainer::OfSettling(const ParameterTrail& trail, const manifest::SettleStep& step) const {
  using Place = manifest::SettleStep::Place;
  Source source;
  source.won = step.found;
  source.name = step.name;
  source.pos = step.pos;
  switch (step.place) {
    case Place::kVariable:
      source.kind = Source::Kind::kVariable;
      source.notes.emplace_back(step.found ? "is set" : "is not set");
      break;
    case Place::kFile:
      source.kind = Source::Kind::kFile;
      source.notes.emplace_back(step.found ? "was read" : "cannot be read, or no variable names it");
      break;
    case Place::kAnswer:
      source.kind = Source::Kind::kAnswer;
      source.notes.emplace_back("only `davit up` asks, on a terminal");
      break;
    case Place::kDefault: {
      source.kind = Source::Kind::kDefault;
      const int holder = trail.holder(Field::kDefault);
      if (holder >= 0) source.pos = PosOf(trail.steps[static_cast<size_t>(holder)].said);
      break;
    }
    case Place::kEmpty:
      source.kind = Source::Kind::kEmpty;
      break;
  }
  return source;
}

void Explainer::ExplainParameter(const ToExplain& todo, Item& item) {
  const Parameter* parameter = ParameterAt(todo.name);
  const ParameterTrail* trail = trace_.Find(todo.name);
  item.value.sensitive = todo.sensitive || (parameter != nullptr && parameter->sensitive);
  for (const ParameterStep& step : trace_.privates()) {
    if (manifest::QualifiedName(step.said.parameter) != todo.name) continue;
    item.value.sensitive = item.value.sensitive || step.said.parameter.sensitive;
    item.sources.push_back({Source::Kind::kComponentFile,
                            {},
                            PosOf(step.said),
                            FactsOf(step.said, item.value.sensitive),
                            false,
                            {"private to its component: it is not of kind user"}});
  }
  if (parameter == nullptr || trail == nullptr) return;
  const bool user = parameter->kind == ParameterKind::kUser;
  const bool link = parameter->kind == ParameterKind::kLink;
  item.about = std::string("kind ") + (user ? "user" : link ? "link" : "tech");
  if (parameter->has_value && parameter->value.IsConstant()) {  // its own: an output may have the same name
    item.has_value = true;
    item.value.data = parameter->value.constant;
  } else {
    TakeValue(todo.name, item);
  }
  const int holder = trail->holder(Field::kValue);
  const bool valued =
      holder >= 0 && manifest::IsFilled(true, trail->steps[static_cast<size_t>(holder)].said.parameter.value);
  for (size_t i = 0; i < trail->steps.size(); ++i)
    item.sources.push_back(OfStep(*trail, static_cast<int>(i), valued, user, item.value.sensitive));
  for (const manifest::SettleStep& step : trail->settled) item.sources.push_back(OfSettling(*trail, step));
  AddNames(todo.name, *trail, link, item);
}

void Explainer::ExplainInput(const ToExplain& todo, Item& item) {
  using Place = graph::LookupStep::Place;
  item.component = lookups_.component;
  const Component& component = stack_.components[static_cast<size_t>(stack_.Find(lookups_.component))];
  item.value.sensitive = todo.sensitive;
  for (const Input& input : component.inputs) {
    if (input.name != todo.name) continue;
    item.value.sensitive = item.value.sensitive || input.sensitive;
    if (!input.env.empty()) item.about = "its tool gets it as the variable " + *input.env;
    if (!input.var.empty()) item.about = "its module gets it as the variable " + *input.var;
  }
  TakeValue(todo.name, item);
  const Parameter* own = OwnParameter(todo.name);
  const auto found = lookups_.inputs.find(todo.name);
  if (found == lookups_.inputs.end()) return;
  const graph::LookupTrail& trail = found->second;
  std::string winner;
  for (const graph::LookupStep& step : trail.steps) {
    Source& source = item.sources.emplace_back();
    source.won = step.found;
    source.name = step.name;
    const bool of_stack = step.place == Place::kQualified || step.place == Place::kPlain;
    switch (step.place) {
      case Place::kQualified:
      case Place::kPlain:
        source.kind = Source::Kind::kParameter;
        if (const Parameter* parameter = ParameterAt(step.name)) source.pos = parameter->pos;
        break;
      case Place::kOutput:
        source.kind = Source::Kind::kOutput;
        break;
      case Place::kGiven:
        source.kind = Source::Kind::kDavit;
        break;
      case Place::kValue:
      case Place::kDefault:
        source.kind = Source::Kind::kComponentFile;
        if (own == nullptr) break;
        source.pos = step.place == Place::kValue && own->value_pos ? own->value_pos : own->pos;
        source.says.push_back(step.place == Place::kValue ? Fact("value", own->value, item.value.sensitive)
                                                          : Fact("default", *own->default_value, item.value.sensitive));
        break;
      case Place::kEmpty:
        source.kind = Source::Kind::kEmpty;
        break;
    }
    if (!step.there) {
      source.notes.emplace_back(of_stack ? "is not declared" : "there is no such output");
    } else if (!step.found) {
      source.notes.push_back(winner.empty() ? "is declared, but has no value" : "hidden by " + winner);
    }
    if (!step.found) continue;
    winner = step.name.empty() ? step.place == Place::kValue ? "value" : "the one before" : step.name;
    if (of_stack) AddName(item, step.name, Item::Kind::kParameter, step.name);
    if (step.place == Place::kOutput) AddName(item, step.name, Item::Kind::kOutput, step.name);
  }
  AddNames(trail, "", item);
}

void Explainer::ExplainOutput(const ToExplain& todo, Item& item) {
  const graph::NameParts parts = graph::SplitName(todo.name);
  const int index = stack_.Find(parts.component);
  item.value.sensitive = todo.sensitive;
  TakeValue(todo.name, item);
  Source& source = item.sources.emplace_back();
  source.kind = Source::Kind::kOutput;
  source.name = todo.name;
  source.won = true;
  if (!item.has_value || item.value.unknown) {
    item.has_value = true;
    item.value.unknown = true;
    source.notes.push_back("is not known before " + std::string(parts.component) + " is deployed");
  } else {
    source.notes.push_back("as " + std::string(parts.component) + " left it");
  }
  if (index < 0) return;
  const Component& component = stack_.components[static_cast<size_t>(index)];
  source.pos = component.pos;
  if (const OutputDeclaration* declared = graph::FindOutput(component, parts.name)) {
    source.pos = declared->pos;
    if (declared->has_value) source.says.push_back(Fact("value", declared->value, item.value.sensitive));
    if (!declared->from_tf_var.empty()) source.says.push_back(Fact("fromTfVar", declared->from_tf_var));
  }
}

}  // namespace davit::control
