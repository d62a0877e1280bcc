#include "manifest/merge.h"

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
    if ((left.reference < 0) != (right.reference < 0)) return false;
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
  return !value.IsConstant() || !(value.constant.is_null() || value.constant == json::value(""));
}

void MergeParameter(Parameter& base, bool* kind_given, ParameterPlaces& places, ParameterDeclaration over) {
  Parameter& from = over.parameter;
  if (over.kind_given) {
    const bool stronger =
        from.kind == ParameterKind::kLink || (from.kind == ParameterKind::kUser && base.kind == ParameterKind::kTech);
    if (!*kind_given || stronger) {
      base.kind = from.kind;
      places.kind = over.places.kind;
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
  }
  if (IsFilled(from.has_default, from.default_value) || (from.has_default && !base.has_default)) {
    base.default_value = std::move(from.default_value);
    base.has_default = true;
    places.default_value = over.places.default_value;
  }
  if (!from.from_env.empty()) places.from_env = over.places.from_env;
  if (!from.env.empty() || !from.var.empty()) places.env = over.places.env;
  Overwrite(base.from_env, std::move(from.from_env));
  Overwrite(base.env, std::move(from.env));
  Overwrite(base.var, std::move(from.var));
  Overwrite(base.brief, std::move(from.brief));
  if (IsFilled(base.has_value, base.value)) base.empty_allowed = false;
}

ParameterMerger::ParameterMerger(std::vector<Parameter>& parameters, std::vector<ParameterPlaces>& places, size_t most,
                                 Diagnostics& diagnostics)
    : parameters_(parameters), places_(places), diagnostics_(diagnostics) {
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
  for (; indexed_ < parameters_.size(); ++indexed_) {
    const Parameter& known = parameters_[indexed_];
    if (!known.component.empty()) qualified_.emplace(Key{known.name, known.component}, static_cast<int>(indexed_));
  }
  const auto found = qualified_.find({parameter.name, parameter.component});
  return found == qualified_.end() ? -1 : found->second;
}

void ParameterMerger::Merge(int index, ParameterDeclaration over) {
  const auto at = static_cast<size_t>(index);
  MergeParameter(parameters_[at], &states_[at].kind_given, places_[at], std::move(over));
}

void ParameterMerger::MergeIntoQualified(const SameName& same, const ParameterDeclaration& plain) {
  const Parameter& added = plain.parameter;
  for (int i = same.first_qualified; i >= 0; i = states_[static_cast<size_t>(i)].next_qualified) {
    if (!states_[static_cast<size_t>(i)].known_component) continue;
    const Parameter& qualified = parameters_[static_cast<size_t>(i)];
    if (IsFilled(qualified.has_value, qualified.value) && IsFilled(added.has_value, added.value) &&
        !SameValue(qualified.value, added.value)) {
      diagnostics_.AddWarning(
          "overwritten-by-plain",
          "parameter " + Named(added.name) + " overwrites the value of " + Named(QualifiedName(qualified)),
          added.value_pos, "to keep that one, give it with component: " + qualified.component + " after this one");
    }
    Merge(i, plain);
  }
}

void ParameterMerger::Add(ParameterDeclaration declaration, bool known_component) {
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
      Merge(index, std::move(declaration));
      return;
    }
  }
  CHECK(parameters_.size() < parameters_.capacity());
  const int index = static_cast<int>(parameters_.size());
  states_.push_back({-1, source_, declaration.kind_given, known_component});
  parameters_.push_back(std::move(declaration.parameter));
  places_.push_back(declaration.places);
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
