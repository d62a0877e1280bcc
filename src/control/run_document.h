// The document of a run: the elaborated stack and what was known of its modules when the run was created. It is the snapshot
// (engine.md 5) of every component of the run, stored once, sealed; jobs and live components refer to it by its blob digest.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "model/module.h"
#include "model/stack.h"

namespace davit::control {

struct RunDocument {
  Stack stack;
  std::vector<StackEdge> edges;           // indexes into stack.components
  std::vector<ModuleInfo> modules;        // by component index, as are the next three
  std::vector<std::string> module_paths;  // of the component's directory inside the bundle
  std::vector<std::string> module_digests;
  std::vector<std::string> tool_digests;  // of the tool's binary; "" where there is none
  std::string base_path;                  // of the manifest's directory inside the bundle
  std::string bundle;                     // digest of the bundle; its archive is the blob of that name
  std::vector<bool> shared_directories;   // derived by FindShared: another script component has the same directory
};

/// The edges into a component: a range of `edges`, which graph::Bind sorts by consumer.
std::span<const StackEdge> EdgesInto(const RunDocument& document, int component);

/// Fills what is derived from the rest.
void FindShared(RunDocument& document);

std::string Serialize(const RunDocument& document);
Result<RunDocument> ParseRunDocument(std::string_view text);

}  // namespace davit::control
