// What the Client answers about the history of a deployment: part of control/client.h, which includes it. Plain values.
#pragma once

#include <string>
#include <vector>

#include "model/changes.h"
#include "model/rows.h"

namespace davit::control {

struct HistoryView {
  DeploymentRow deployment;
  std::vector<StackVersionRow> versions;  // newest first
};

/// One component in two stack versions.
struct ComponentDiff {
  std::string name;
  std::string moved_from;                 // its name in `from`; "" = the same
  std::string action;                     // added, removed, changed
  std::vector<AttributeChange> manifest;  // keys of its declaration
  std::vector<AttributeChange> inputs;    // settled values
  std::vector<AttributeChange> outputs;
  bool module_files = false;  // files of its module differ
};

struct StackDiff {
  DeploymentRow deployment;
  StackVersionRow from;
  StackVersionRow to;
  std::vector<AttributeChange> parameters;  // of the stack
  std::vector<ComponentDiff> components;    // by name; those that differ
};

}  // namespace davit::control
