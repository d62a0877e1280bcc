// Change digests and what an approval covers (engine.md 6): the digest of what a person saw, and whether what is planned now is that. Pure;
// any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/changes.h"

namespace davit::engine {

/// Equal for equal changes, whatever their order or how a number is spelt. It covers addresses, actions, attributes and outputs with what is
/// unknown as unknown; what is sensitive enters by a hash with `key`, so that the digest is no way to guess it. Not the outputs that
/// stay, nor the tool's own word for a reason.
std::string ChangeDigest(const PlannedChanges& changes, std::string_view key);

struct Comparison {
  bool approved = false;
  PlannedChanges difference;      // what is new, or other than it was shown
  std::vector<std::string> gone;  // addresses that were to change and do not any more
};

/// `now` is what was `approved` where it is equal, or equal once what was unknown became known and nothing else differs.
Comparison Compare(const PlannedChanges& approved, const PlannedChanges& now);

/// After a reconcile: a part of what was approved is approved too.
bool IsSubset(const PlannedChanges& now, const PlannedChanges& approved);

/// The bound of a new component that could not be planned when it was approved.
bool OnlyCreates(const PlannedChanges& changes);

}  // namespace davit::engine
