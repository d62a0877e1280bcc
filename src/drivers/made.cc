#include "drivers/made.h"

#include <algorithm>
#include <iterator>
#include <map>

#include "drivers/terraform/hcl.h"

namespace davit::drivers {
namespace {

/// The things of a state by their addresses, without escapes: tools write keys in their events otherwise than davit does in what it reads.
class Held {
 public:
  explicit Held(const StateInfo& state) {
    for (size_t i = 0; i < state.addresses.size(); ++i)
      ids_.emplace(HclUnescaped(state.addresses[i]), i < state.ids.size() ? state.ids[i] : "");
  }
  bool Has(const Made::Thing& thing) const {
    const auto found = ids_.find(HclUnescaped(thing.address));
    if (found == ids_.end()) return false;
    // In its place may be the one that it replaced.
    return thing.id_key != "id" || thing.id_value.empty() || found->second.empty() || found->second == thing.id_value;
  }

 private:
  std::map<std::string, std::string> ids_;
};

}  // namespace

void Made::Take(const ToolEvent& event) {
  using Kind = ToolEvent::Kind;
  const auto same = [&](const Thing& thing) { return thing.address == event.address; };
  const Thing thing{event.address, event.action, event.id_key, event.id_value};
  if (event.kind == Kind::kPlanned) planned_.push_back(thing);
  if (event.kind == Kind::kApplyStart) {
    std::erase_if(planned_, same);
    begun_.push_back(thing);
  }
  if (event.kind != Kind::kApplyComplete && event.kind != Kind::kApplyErrored) return;
  const auto mine = [&](const Thing& begun) { return same(begun) && begun.action == event.action; };
  const auto begun = std::find_if(begun_.begin(), begun_.end(), mine);
  const std::string id = begun == begun_.end() ? "" : begun->id_value;
  if (begun != begun_.end()) begun_.erase(begun);
  if (event.kind == Kind::kApplyErrored) return;
  if (event.action == "create") created_.push_back(thing);
  // Where the new one is made first, what is destroyed has its address and another id.
  if (event.action == "delete")
    std::erase_if(created_, [&](const Thing& one) { return same(one) && (id.empty() || one.id_value == id); });
}

std::vector<Made::Thing> Made::Lost(const StateInfo& state) const {
  const Held held(state);
  std::vector<Thing> lost;
  std::copy_if(created_.begin(), created_.end(), std::back_inserter(lost),
               [&](const Thing& thing) { return !held.Has(thing); });
  return lost;
}

std::vector<Made::Thing> Made::Perhaps(const StateInfo& state, bool log_lost) const {
  const Held held(state);
  std::vector<Thing> perhaps;
  for (const Thing& thing : begun_) {
    if (thing.action != "create" || !held.Has(thing)) perhaps.push_back(thing);
  }
  for (const Thing& thing : planned_) {
    if (log_lost && (thing.action == "replace" || (thing.action == "create" && !held.Has(thing))))
      perhaps.push_back(thing);
  }
  return perhaps;
}

bool Made::HasMoreThan(const StateInfo& state) const {
  const std::vector<Thing> perhaps = Perhaps(state, false);
  return !Lost(state).empty() ||
         std::any_of(perhaps.begin(), perhaps.end(), [](const Thing& thing) { return thing.action == "create"; });
}

}  // namespace davit::drivers
