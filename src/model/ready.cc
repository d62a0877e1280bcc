#include "model/ready.h"

namespace davit {

json::array ToJson(const std::vector<ReadyTarget>& targets) {
  json::array array;
  for (const ReadyTarget& target : targets) {
    array.push_back(
        json::object{{"dns", target.dns}, {"url", target.url}, {"wait_s", target.wait_s}, {"pause_s", target.pause_s}});
  }
  return array;
}

std::vector<ReadyTarget> ReadyTargetsFromJson(const json::array& array) {
  std::vector<ReadyTarget> targets;
  for (const json::value& item : array) {
    if (!item.is_object()) continue;
    const json::object& object = item.as_object();
    ReadyTarget& target = targets.emplace_back();
    target.dns = GetString(object, "dns");
    target.url = GetString(object, "url");
    target.wait_s = static_cast<int>(GetInt(object, "wait_s"));
    target.pause_s = static_cast<int>(GetInt(object, "pause_s"));
  }
  return targets;
}

}  // namespace davit
