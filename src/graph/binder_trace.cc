// What the binder tells those who ask how it found a value. Apart from it, so that what is done and what is told of it are not mixed.
#include <algorithm>

#include "graph/binder.h"
#include "graph/edges.h"

namespace davit::graph {

void Binder::TraceLookup(const Input& input, const Parameter& declared, int parameter, int producer) {
  using Place = LookupStep::Place;
  const Component& component = At(next_ - 1);
  trail_ = &trace_->inputs[input.name];
  std::vector<LookupStep>& steps = trail_->steps;
  const auto of_stack = [&](Place place, const std::string& qualifier) {
    const int index = names_.Parameter(input.name, qualifier);
    const std::string key = qualifier.empty() ? input.name : input.name + "|" + qualifier;
    steps.push_back({place, index >= 0, index >= 0 && index == parameter, key});
  };
  of_stack(Place::kQualified, component.name);
  // Those that were passed over, then the one that it is.
  for (size_t i = 0; i < depends_.size() && !steps[0].found && depends_[i] != producer; ++i)
    steps.push_back({Place::kOutput, false, false, At(depends_[i]).name + ":" + input.name});
  if (producer >= 0) steps.push_back({Place::kOutput, true, true, At(producer).name + ":" + input.name});
  of_stack(Place::kPlain, "");
  const bool found = parameter >= 0 || producer >= 0;
  const bool given = input.name == "hub.componentName" || input.name == kProvidesParameter;
  if (given) steps.push_back({Place::kGiven, true, !found && OwnValue(declared) == nullptr, {}});
  if (declared.has_value) steps.push_back({Place::kValue, true, !found, {}});
  if (declared.has_default) steps.push_back({Place::kDefault, true, !found && !declared.has_value, {}});
  if (!found && !given && OwnValue(declared) == nullptr && input.empty_allowed)
    steps.push_back({Place::kEmpty, true, true, {}});
}

void Binder::TraceName(const Reference& reference, const Meaning& meaning, int link) {
  NamedThing thing{reference.text, meaning.kind, meaning.name, {}};
  if (meaning.kind == Reference::Kind::kStackParameter)
    thing.name = KeyOf(stack_.parameters[static_cast<size_t>(meaning.parameter)]);
  if (meaning.kind == Reference::Kind::kOutput) thing.name = At(meaning.component).name + ":" + meaning.name;
  if (link >= 0) thing.stands_in = KeyOf(stack_.parameters[static_cast<size_t>(link)]);
  const bool known = std::any_of(trail_->names.begin(), trail_->names.end(), [&](const NamedThing& other) {
    return other.text == thing.text && other.stands_in == thing.stands_in;
  });
  if (!known) trail_->names.push_back(std::move(thing));
}

}  // namespace davit::graph
