// Backup bundles (spec/stacks.md 1.10): what the `backup` verb of components left, in one file, and parameters made of it again, so that a
// stack is restored by deploying it with them. Plain values; any thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "hub/state_file.h"

namespace davit::hub {

struct ComponentBackup {
  TimeMs timestamp = 0;
  std::string status;  // success, error
  std::string kind;
  std::vector<std::pair<std::string, json::value>> outputs;  // in the order of the file
};

struct BackupBundle {
  TimeMs timestamp = 0;
  std::string status;  // success, partial, error
  std::map<std::string, ComponentBackup> components;
};

/// {"version", "kind", "timestamp", "status", "components"}, as hubctl writes it: in YAML or JSON.
json::object BackupToJson(const BackupBundle& bundle);
/// What the `backup` of a component printed as outputs: `kind` and `timestamp` are of the backup itself, the rest is what it needs to be restored.
/// `now` where it says no time; a time that is none comes back as a warning.
ComponentBackup BackupOf(const std::string& component, const std::vector<RawOutput>& printed, TimeMs now,
                         std::string* warning);

/// What is wrong comes as an error with its place.
Result<BackupBundle> ParseBackupBundle(SourceMap& map, uint32_t file_index);

struct UnbundleRequest {
  struct Source {
    std::string name;  // for warnings
    BackupBundle bundle;
  };
  std::vector<Source> bundles;  // of several with a component the last one that has a good backup of it is taken
  std::map<std::string, std::string> rename;  // old name to new
  std::vector<std::string> omit;
  std::vector<std::string> only;  // empty = all
};
/// {"parameters": [{"component", "name", "value"}]}, sorted by component and name. `warnings`: what has no good backup, what is older than
/// another, what was named and is in no bundle.
json::object Unbundle(const UnbundleRequest& request, std::vector<std::string>& warnings);

/// "old:new,a:b".
Result<std::map<std::string, std::string>> ParseRenames(const std::vector<std::string>& pairs);

}  // namespace davit::hub
