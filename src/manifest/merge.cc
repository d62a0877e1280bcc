#include "manifest/merge.h"

#include <algorithm>

#include "base/result.h"
#include "manifest/suggest.h"

namespace davit::manifest {
namespace {

void Overwrite(Rare<std::string>& base, Rare<std::string>&& over) {
  if (!over.empty()) base = std::move(over);
}

bool SameValue(const Expression& a, const Expression& b) {
  if (a.parts.size() != b.parts.size()) return false;
  if (a.IsConstant()) return a.constant == b.constant;
  for (size_t i = 0; i < a.parts.size(); ++i) {
    const Expression::Part& left = a.parts[i];
    const Expression::Part& right = b.parts[i];
    if ((left.reference < 0) != (right.reference < 0) || left.names != right.names) return false;
    if (left.IsComputed()) {
      if (left.literal != right.literal) return false;
      continue;
    }
    if (left.reference < 0 ? left.literal != right.literal
                           : a.references[static_cast<size_t>(left.reference)].text !=
                                 b.references[static_cast<size_t>(right.reference)].text) {
      return false;
    }
  }
  return true;
}

}  // namespace

bool IsFilled(bool has_value, const Expression& value) {
  if (!has_value) return false;
  return !value.IsConstant() || IsFilled(value.constant);
}

bool IsFilled(const json::value& value) {
  return !value.is_null() && value != json::value("");
}

FieldSet MergeParameter(Parameter& base, bool* kind_given, ParameterPlaces& places, ParameterDeclaration over) {
  FieldSet won;
  Parameter& from = over.parameter;
  if (over.kind_given) {
    const bool stronger =
        from.kind == ParameterKind::kLink || (from.kind == ParameterKind::kUser && base.kind == ParameterKind::kTech);
    if (!*kind_given || stronger) {
      base.kind = from.kind;
      places.kind = over.places.kind;
      won.Add(Field::kKind);
    }
    *kind_given = true;
  }
  if (over.type_given) base.type = from.type;
  base.sensitive |= from.sensitive;
  base.empty_allowed |= from.empty_allowed;
  if (IsFilled(from.has_value, from.value) || (from.has_value && !base.has_value)) {
    base.value = std::move(from.value);
    base.has_value = true;
    base.value_pos = from.value_pos;
    won.Add(Field::kValue);
  }
  if (IsFilled(from.has_default, from.default_value) || (from.has_default && !base.has_default)) {
    base.default_value = std::move(from.default_value);
    base.has_default = true;
    places.default_value = over.places.default_value;
    won.Add(Field::kDefault);
  }
  if (!from.from_env.empty()) {
    places.from_env = over.places.from_env;
    won.Add(Field::kFromEnv);
  }
  if (!from.from_file.empty()) {
    places.from_file = over.places.from_file;
    won.Add(Field::kFromFile);
  }
  if (!from.env.empty() || !from.var.empty()) places.env = over.places.env;
  Overwrite(base.from_env, std::move(from.from_env));
  Overwrite(base.from_file, std::move(from.from_file));
  Overwrite(places.description, std::move(over.places.description));
  Overwrite(base.env, std::move(from.env));
  Overwrite(base.var, std::move(from.var));
  Overwrite(base.brief, std::move(from.brief));
  if (IsFilled(base.has_value, base.value)) base.empty_allowed = false;
  return won;
}

ParameterMerger::ParameterMerger(std::vector<Parameter>& parameters, std::vector<ParameterPlaces>& places, size_t most,
                                 const std::map<std::string, std::string>& overrides, Trace* trace,
                                 Diagnostics& diagnostics)
    : parameters_(parameters), places_(places), overrides_(overrides), trace_(trace), diagnostics_(diagnostics) {
  parameters_.reserve(most);
  places_.reserve(most);
  states_.reserve(most);
}

void ParameterMerger::BeginComponent(std::string_view component) {
  fresh_component_ = components_.contains(component) ? std::string_view() : component;
}

int ParameterMerger::Find(const SameName& same, const Parameter& parameter) {
  if (parameter.component.empty()) return same.plain;
  if (same.last_qualified < 0) return -1;
  if (parameters_[static_cast<size_t>(same.last_qualified)].component == parameter.component)
    return same.last_qualified;
  if (parameter.component == fresh_component_)
    return -1;  // its own come one after the other, so it would be the last one
  const size_t end = merged_from_.value_or(parameters_.size());
  if (indexed_ < end) qualified_.reserve(end);
  for (; indexed_ < end; ++indexed_) {
    const Parameter& known = parameters_[indexed_];
    if (!known.component.empty()) qualified_.emplace(Key{known.name, known.component}, static_cast<int>(indexed_));
  }
  const auto found = qualified_.find({parameter.name, parameter.component});
  return found == qualified_.end() ? -1 : found->second;
}

void ParameterMerger::Note(int index, const Parameter& parameter) {
  const bool unfilled_link = parameter.kind == ParameterKind::kLink && !IsFilled(parameter.has_value, parameter.value);
  if (unfilled_link || parameter.has_default || !parameter.from_env.empty())
    notable_.push_back(static_cast<uint32_t>(index));
}

std::vector<uint32_t> ParameterMerger::Notable() const {
  std::vector<uint32_t> notable = notable_;
  std::sort(notable.begin(), notable.end());
  notable.erase(std::unique(notable.begin(), notable.end()), notable.end());
  return notable;
}

void ParameterMerger::Merge(int index, ParameterDeclaration over) {
  Note(index, over.parameter);
  const auto at = static_cast<size_t>(index);
  Parameter& base = parameters_[at];
  if (trace_ == nullptr) {
    MergeParameter(base, &states_[at].kind_given, places_[at], std::move(over));
  } else {
    const FieldSet won = MergeParameter(base, &states_[at].kind_given, places_[at], over);
    trace_->Merged(QualifiedName(base), over, won);
  }
  if (overrides_.empty() || base.from_env.empty()) return;
  const auto found = overrides_.find(*base.from_env);
  if (found == overrides_.end()) return;
  base.value = Expression();
  base.value.constant = json::value(found->second);
  base.has_value = true;
  if (!found->second.empty()) base.empty_allowed = false;
}

void ParameterMerger::MergeIntoQualified(const SameName& same, const ParameterDeclaration& plain) {
  const Parameter& added = plain.parameter;
  for (int i = same.first_qualified; i >= 0; i = states_[static_cast<size_t>(i)].next_qualified) {
    if (!states_[static_cast<size_t>(i)].known_component) continue;
    const Parameter& qualified = parameters_[static_cast<size_t>(i)];
    State& state = states_[static_cast<size_t>(i)];
    const bool filled = IsFilled(added.has_value, added.value);
    if (IsFilled(qualified.has_value, qualified.value) && filled && !state.value_of_plain &&
        !SameValue(qualified.value, added.value)) {
      diagnostics_.AddWarning(
          "overwritten-by-plain",
          "parameter " + Named(added.name) + " overwrites the value of " + Named(QualifiedName(qualified)),
          added.value_pos, "to keep that one, give it with component: " + qualified.component + " after this one");
    }
    Merge(i, plain);
    state.value_of_plain |= filled;
  }
}

void ParameterMerger::Add(ParameterDeclaration&& declaration, bool known_component) {
  const Parameter& added = declaration.parameter;
  const auto same = names_.find(added.name);
  if (same != names_.end()) {
    if (added.component.empty()) MergeIntoQualified(same->second, declaration);
    if (const int index = Find(same->second, added); index >= 0) {
      State& state = states_[static_cast<size_t>(index)];
      if (state.source == source_) {
        diagnostics_.AddWarning("duplicate-parameter", "parameter " + Named(QualifiedName(added)) + " is given twice",
                                added.pos, "the second is merged into the first; make it one");
      }
      state.source = source_;
      if (IsFilled(added.has_value, added.value)) state.value_of_plain = declaration.value_of_plain;
      Merge(index, std::move(declaration));
      return;
    }
  }
  CHECK(parameters_.size() < parameters_.capacity());
  if (trace_ != nullptr) trace_->Added(QualifiedName(added), declaration);
  const int index = static_cast<int>(parameters_.size());
  Note(index, added);
  states_.push_back({-1, source_, declaration.kind_given, known_component, declaration.value_of_plain});
  parameters_.push_back(std::move(declaration.parameter));
  places_.push_back(std::move(declaration.places));
  const Parameter& parameter = parameters_.back();
  SameName& names = same != names_.end() ? same->second : names_[parameter.name];
  if (parameter.component.empty()) {
    names.plain = index;
    return;
  }
  // Each component begins once, so what it adds then need not be remembered.
  if (parameter.component != fresh_component_) components_.insert(parameter.component);
  if (names.first_qualified < 0) {
    names.first_qualified = index;
  } else {
    states_[static_cast<size_t>(names.last_qualified)].next_qualified = index;
  }
  names.last_qualified = index;
}

}  // namespace davit::manifest
