#include "manifest/trace.h"

#include <iterator>
#include <utility>

namespace davit::manifest {

void Trace::BeginStack() {
  below_ = std::exchange(trails_, {});
  below_follow_ = false;
}

void Trace::Private(const std::string& component, const ParameterDeclaration& said) {
  ParameterStep& step = privates_.emplace_back(ParameterStep{from_, said, false, true});
  step.said.parameter.component = component;
}

void Trace::Added(const std::string& key, const ParameterDeclaration& said) {
  FieldSet took;
  const Parameter& parameter = said.parameter;
  if (parameter.has_value) took.Add(Field::kValue);
  if (parameter.has_default) took.Add(Field::kDefault);
  if (!parameter.from_env.empty()) took.Add(Field::kFromEnv);
  if (!parameter.from_file.empty()) took.Add(Field::kFromFile);
  if (said.kind_given) took.Add(Field::kKind);
  Merged(key, said, took);
}

void Trace::Merged(const std::string& key, const ParameterDeclaration& said, FieldSet took) {
  ParameterTrail& trail = trails_[key];
  const auto first = static_cast<int>(trail.steps.size());
  std::array<int, kFields> holders{};  // within what is appended
  const bool of_plain = QualifiedName(said.parameter) != key;
  const auto below = below_follow_ && !of_plain ? below_.find(key) : below_.end();
  if (below != below_.end()) {
    // The way that it came there is part of the way that it comes here.
    std::vector<ParameterStep>& steps = below->second.steps;
    trail.steps.insert(trail.steps.end(), std::make_move_iterator(steps.begin()), std::make_move_iterator(steps.end()));
    holders = below->second.holders;
    below_.erase(below);
  } else {
    trail.steps.push_back({from_, said, of_plain, false});
  }
  for (size_t i = 0; i < kFields; ++i) {
    if (took.Has(static_cast<Field>(i)) && holders[i] >= 0) trail.holders[i] = first + holders[i];
  }
}

void Trace::Given(const Parameter& given, ParameterStep::From from, Field field) {
  from_ = from;
  ParameterDeclaration said;
  said.parameter = given;
  FieldSet took;
  took.Add(field);
  Merged(QualifiedName(given), said, took);
}

void Trace::Settled(const std::string& key, SettleStep step) {
  trails_[key].settled.push_back(std::move(step));
}

void Trace::Named(const std::string& key, const std::string& text, const std::string& means) {
  std::vector<TracedName>& names = trails_[key].names;
  for (const TracedName& name : names) {
    if (name.text == text) return;
  }
  names.push_back({text, means});
}

const ParameterTrail* Trace::Find(const std::string& key) const {
  const auto found = trails_.find(key);
  return found == trails_.end() ? nullptr : &found->second;
}

}  // namespace davit::manifest
