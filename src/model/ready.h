// A ready condition with its values: what is waited for after a component was deployed (spec/stacks.md 1.6). Plain values.
#pragma once

#include <string>
#include <vector>

#include "base/json.h"

namespace davit {

struct ReadyTarget {
  std::string dns;  // a name that has to resolve; "" = none
  std::string url;  // what has to answer, with any HTTP status below 500; "" = none
  int wait_s = 1200;
  int pause_s = 0;  // before the first look
};

json::array ToJson(const std::vector<ReadyTarget>& targets);
std::vector<ReadyTarget> ReadyTargetsFromJson(const json::array& array);

}  // namespace davit
