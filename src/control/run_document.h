// The document of a run: the elaborated stack and what was known of its modules when the run was created. It is the snapshot
// (engine.md 5) of every component of the run, stored once, sealed; jobs and live components refer to it by its blob digest.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "control/in_place.h"
#include "model/module.h"
#include "model/stack.h"

namespace davit::control {

struct RunDocument {
  Stack stack;
  std::vector<StackEdge> edges;           // indexes into stack.components
  ModuleList modules;                     // by component index, as are the next three
  std::vector<std::string> module_paths;  // of the component's directory inside the bundle
  std::vector<std::string> module_digests;
  std::vector<std::string> tool_digests;  // of the tool's binary; "" where there is none
  std::string base_path;                  // of the manifest's directory inside the bundle
  std::string bundle;                     // digest of the bundle; its archive is the blob of that name
  std::string import_address;             // of a run that imports into its only component; "" = it does not
  std::string import_id;
  /// Tools work in the directories of the stack themselves: module_paths and base_path are absolute, and there is no bundle.
  std::optional<InPlaceTools> in_place;
  bool adopt = false;  // it takes over the state that its only component's own backend holds
  // Derived:
  std::vector<bool> shared_directories;  // another script component has the same directory
  std::vector<bool> feeds;               // some other component uses an output of it
  std::vector<std::string> secrets;      // of the stack's sensitive parameters: masked in every log
};

/// The edges into a component: a range of those that graph::Bind gave, sorted by consumer.
std::span<const StackEdge> EdgesInto(const std::vector<StackEdge>& edges, int component);

/// Fills what is derived from the rest.
void Derive(RunDocument& document);

/// Every text in a value, each by itself: what has to be masked where the value is sensitive.
void CollectSecrets(const json::value& value, std::vector<std::string>& secrets);

std::string Serialize(const RunDocument& document);
Result<RunDocument> ParseRunDocument(std::string_view text);

}  // namespace davit::control
