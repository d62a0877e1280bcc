// What the Client answers about states and locks, and which deployment is meant: part of control/client.h, which includes it. Plain values.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "model/rows.h"
#include "model/state_file.h"

namespace davit::control {

struct StackDocument;

/// Which deployment: by full name, or by the manifest's name and environment; all empty = the store's only live one.
struct DeploymentSelector {
  std::string name;  // --deployment: "shop" or "local/default/default/shop"
  std::string environment = "default";
  std::string stack_name;  // from the manifest, where there is one
};

/// A state version with what a list says of it.
struct StateVersionView {
  StateVersionRow row;
  RunKind run_kind = RunKind::kDeploy;
  std::string message;    // of its run
  bool newest = false;    // the one that the next run works from
  bool readable = false;  // its content is a state and could be opened: the numbers below are known
  int64_t resources = 0;
  bool compared = false;  // there is one before it, and it could be read too
  int64_t added = 0;      // addresses, against the version before
  int64_t changed = 0;
  int64_t removed = 0;
};

struct ComponentStates {
  std::string component;
  bool live = false;
  std::vector<StateVersionView> versions;  // newest first, those in quarantine among them
};

struct StatesView {
  DeploymentRow deployment;
  std::vector<ComponentStates> components;  // in deploy order; only those that have a state
};

/// One version; `text` is a number, the id of one in quarantine or the beginning of it, or "" for the newest.
struct StateSelector {
  DeploymentSelector deployment;
  std::string component;
  std::string version;
};

struct StateView {
  DeploymentRow deployment;
  std::string component;
  StateVersionView version;
  StateFile file;  // what is secret is marked, also where only davit knows that it is
};

struct StateDiff {
  DeploymentRow deployment;
  std::string component;
  StateVersionRow from;
  StateVersionRow to;
  PlannedChanges changes;
  bool same_lineage = true;
};

struct StateBytes {
  StateVersionRow version;
  std::string bytes;  // as the tool wrote it, secrets in clear
};

struct RollbackRequest {
  StateSelector to;
  StateVersionId expected;  // the newest version that the person saw
  std::string message;
};

struct AdoptRequest {
  DeploymentSelector deployment;
  std::shared_ptr<const StackDocument> document;
  std::string component;
  Path from;             // a file; empty = the state beside the module, or the one in its own backend
  std::string expected;  // of a file: digest of what the person saw
  std::string message;
};

struct ImportRequest {
  DeploymentSelector deployment;
  std::shared_ptr<const StackDocument> document;
  std::string component;
  std::string address;  // "aws_instance.web[0]"
  std::string id;       // what the provider calls it
  std::string message;
};

/// A state that was written without davit, and may be taken over.
struct AdoptView {
  Path file;            // "" = it is in a backend
  std::string backend;  // type of the module's own backend; "" = it is a file
  bool beside = false;  // it lies where the tool, run by hand, would work from it
  std::string sha256;
  int64_t serial = 0;
  std::string lineage;
  std::string tool_version;
  std::vector<std::string> resources;  // addresses of what it manages
};

/// What a change of a state by hand has written.
struct StateChange {
  RunId run;
  StateVersionRow version;
  bool outputs_changed = false;
  Path moved_to;        // adopt: what became of the file; empty = it lies where it did
  std::string problem;  // adopt: why it still does, although it should not
};

/// Who holds a deployment.
struct LockView {
  DeploymentRow deployment;
  bool held = false;
  RunRow run;
  std::string waits_for;               // what that run waits for, for people
  bool alive = false;                  // the process that drives it
  std::vector<std::string> at_work;    // components whose tool may run
  std::vector<std::string> uncertain;  // components that nobody saw the end of
  std::vector<RunId> queue;            // runs that wait behind it
  std::optional<Error> refusal;        // why nothing may be changed by hand meanwhile
};

}  // namespace davit::control
