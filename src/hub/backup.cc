#include "hub/backup.h"

#include <algorithm>
#include <optional>
#include <set>

#include "base/text.h"
#include "hub/yaml_value.h"

namespace davit::hub {
namespace {

std::string TextAt(const yaml::Node& node, std::string_view key) {
  const std::optional<yaml::Node> value = node.Find(key);
  return value && value->IsScalar() ? NodeToText(*value) : "";
}

Result<ComponentBackup> ComponentOf(const std::string& name, const yaml::Node& node) {
  if (!node.IsMapping())
    return Fail(ErrorCode::kInvalidInput, "component '" + name + "' of a backup is a map", "", node.pos());
  ComponentBackup backup;
  backup.timestamp = ParseTime(TextAt(node, "timestamp"));
  backup.status = TextAt(node, "status");
  backup.kind = TextAt(node, "kind");
  const std::optional<yaml::Node> outputs = node.Find("outputs");
  if (!outputs || (outputs->IsScalar() && NodeToText(*outputs).empty())) return backup;
  if (!outputs->IsSequence()) return Fail(ErrorCode::kInvalidInput, "'outputs' is a list", "", outputs->pos());
  for (size_t i = 0; i < outputs->size(); ++i) {
    const yaml::Node item = outputs->item(i);
    const std::string output = item.IsMapping() ? TextAt(item, "name") : "";
    if (output.empty()) return Fail(ErrorCode::kInvalidInput, "this output has no name", "", item.pos());
    const std::optional<yaml::Node> value = item.Find("value");
    backup.outputs.emplace_back(output, value ? NodeToJson(*value) : json::value());
  }
  return backup;
}

/// One backup of a component and where it comes from.
struct Found {
  const ComponentBackup* backup = nullptr;
  const std::string* source = nullptr;
};

std::string Named(const Found& found) {
  return *found.source + " (" + (found.backup->status.empty() ? "no status" : found.backup->status) +
         (found.backup->timestamp == 0 ? "" : ", " + FormatTime(found.backup->timestamp)) + ")";
}

/// The last good one; says where that is not the one that a person would expect.
const ComponentBackup* Choose(const std::string& component, const std::vector<Found>& all,
                              std::vector<std::string>& warnings) {
  const auto good =
      std::find_if(all.rbegin(), all.rend(), [](const Found& found) { return found.backup->status == "success"; });
  if (good == all.rend()) {
    warnings.push_back("there is no good backup of component '" + component + "': it is left out");
    return nullptr;
  }
  for (auto later = all.rbegin(); later != good; ++later)
    warnings.push_back("of component '" + component + "' the backup in " + Named(*good) + " is taken, not that in " +
                       Named(*later));
  for (auto earlier = good + 1; earlier != all.rend(); ++earlier) {
    if (earlier->backup->status == "success" && earlier->backup->timestamp > good->backup->timestamp)
      warnings.push_back("of component '" + component + "' the backup in " + Named(*good) +
                         " is taken, as it is named last; that in " + Named(*earlier) + " is newer");
  }
  return good->backup;
}

}  // namespace

Result<BackupBundle> ParseBackupBundle(SourceMap& map, uint32_t file_index) {
  map.Hide(file_index);
  std::optional<yaml::Document> document;
  TRY_ASSIGN(const std::optional<yaml::Node> root, ParseYaml(map, file_index, &document));
  const std::string& name = map.FileName(file_index);
  if (!root || !root->IsMapping() || TextAt(*root, "kind") != "backup")
    return Fail(ErrorCode::kInvalidInput, name + " is no backup bundle: its kind is not 'backup'",
                "name one that `backup create` wrote", map.At(file_index, 0));
  if (TextAt(*root, "version") != "1")
    return Fail(ErrorCode::kInvalidInput, name + " is a backup bundle of a version that this davit does not know",
                "version 1 is read", root->pos());
  BackupBundle bundle;
  bundle.timestamp = ParseTime(TextAt(*root, "timestamp"));
  bundle.status = TextAt(*root, "status");
  const std::optional<yaml::Node> components = root->Find("components");
  if (!components || (components->IsScalar() && NodeToText(*components).empty())) return bundle;
  if (!components->IsMapping())
    return Fail(ErrorCode::kInvalidInput, "'components' is a map: {name: backup}", "", components->pos());
  for (size_t i = 0; i < components->size(); ++i) {
    const std::string component(components->key(i));
    TRY_ASSIGN(bundle.components[component], ComponentOf(component, components->value(i)));
  }
  return bundle;
}

json::object BackupToJson(const BackupBundle& bundle) {
  json::object components;
  for (const auto& [name, backup] : bundle.components) {
    json::array outputs;
    for (const auto& [output, value] : backup.outputs)
      outputs.push_back(json::object{{"name", output}, {"value", value}});
    components[name] = json::object{{"timestamp", FormatTime(backup.timestamp)},
                                    {"status", backup.status},
                                    {"kind", backup.kind},
                                    {"outputs", std::move(outputs)}};
  }
  return {{"version", 1},
          {"kind", "backup"},
          {"timestamp", FormatTime(bundle.timestamp)},
          {"status", bundle.status},
          {"components", std::move(components)}};
}

ComponentBackup BackupOf(const std::string& component, const std::vector<RawOutput>& printed, TimeMs now,
                         std::string* warning) {
  ComponentBackup backup;
  backup.timestamp = now;
  backup.status = "success";
  backup.kind = component;
  for (const RawOutput& output : printed) {
    if (output.name == "kind") {
      if (!output.value.empty()) backup.kind = output.value;
    } else if (output.name == "timestamp") {
      const TimeMs time = ParseTime(output.value);
      if (time != 0) backup.timestamp = time;
      if (time == 0 && !output.value.empty())
        *warning = "the timestamp '" + output.value + "' of component '" + component + "' is none: now is taken";
    } else {
      backup.outputs.emplace_back(output.name, output.value);
    }
  }
  return backup;
}

json::object Unbundle(const UnbundleRequest& request, std::vector<std::string>& warnings) {
  const auto in = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  std::map<std::string, std::vector<Found>> all;
  std::set<std::string> seen;
  for (const UnbundleRequest::Source& source : request.bundles) {
    for (const auto& [name, backup] : source.bundle.components) {
      seen.insert(name);
      if (in(request.omit, name) || (!request.only.empty() && !in(request.only, name))) continue;
      const auto renamed = request.rename.find(name);
      all[renamed == request.rename.end() ? name : renamed->second].push_back({&backup, &source.name});
    }
  }
  std::vector<std::string> named = request.only;
  named.insert(named.end(), request.omit.begin(), request.omit.end());
  for (const auto& [old_name, new_name] : request.rename) named.push_back(old_name);
  for (const std::string& name : named) {
    if (!seen.contains(name)) warnings.push_back("component '" + name + "' is in no bundle");
  }
  json::array parameters;
  for (const auto& [component, found] : all) {
    const ComponentBackup* backup = Choose(component, found, warnings);
    if (backup == nullptr) continue;
    auto outputs = backup->outputs;
    std::stable_sort(outputs.begin(), outputs.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    for (const auto& [name, value] : outputs)
      parameters.push_back(json::object{{"component", component}, {"name", name}, {"value", value}});
  }
  return {{"parameters", std::move(parameters)}};
}

Result<std::map<std::string, std::string>> ParseRenames(const std::vector<std::string>& pairs) {
  std::map<std::string, std::string> renames;
  for (const std::string& pair : pairs) {
    const std::vector<std::string_view> names = Split(pair, ':');
    if (names.size() != 2 || names[0].empty() || names[1].empty())
      return Fail(ErrorCode::kInvalidInput, "'" + pair + "' renames nothing", "--rename old:new");
    const auto [place, added] = renames.emplace(names[0], names[1]);
    if (!added && place->second != names[1])
      return Fail(ErrorCode::kInvalidInput,
                  "'" + std::string(names[0]) + "' becomes '" + place->second + "' and '" + std::string(names[1]) + "'",
                  "name it once");
  }
  return renames;
}

}  // namespace davit::hub
